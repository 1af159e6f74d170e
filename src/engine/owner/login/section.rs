//! The sections and the file that a password is set in: `<smtp>` of a firewall's settings, `[remote]` of `rclone.conf`.

use crate::catalogue::{ByName, Parser, RuleIx, Service};
use crate::engine::names;
use crate::engine::owner::login::{LONGEST_ELEMENT, Login, last_in};
use crate::engine::owner::named::service_named;
use crate::engine::owner::{self, Clue, Words, mention, setting, structure};
use crate::engine::syntax::enclosing::Enclosure;
use crate::engine::syntax::neighbour;

/// How much of a path is looked at: the file's name and the folders around it.
const MOST_FOLDERS: usize = 3;

impl<'t> Login<'t> {
    /// What the password stands in.
    pub(super) fn enclosure(&self) -> &Enclosure<'t> {
        self.enclosure.get_or_init(|| Enclosure::of(self.text, self.value))
    }

    /// Whose setting it is by its name and its place, see [`setting`].
    pub(in crate::engine) fn setting(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        setting::owner(self.located.names.first()?, self.hint.path(), || self.enclosure(), words)
    }

    /// The product whose file it is, of a plain name in a section: `[vault]` of `rclone.conf` is no Vault's. A list of logins
    /// is that of the program which its name tells: `chap-secrets`.
    pub(super) fn own_file(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let name = self.located.names.first().copied();
        if self.parser == Parser::Netrc {
            return Some((words.find(&names::normalized(&self.hint.lower_stem()))?, "the path"));
        }
        neighbour::bracketed(self.text, self.value.start, LONGEST_ELEMENT)?;
        let rule = mention::of_own_file(name, self.hint, words)?;
        let is_used = mention::is_of_used_server(self.text, self.value.start, rule, words);
        (!is_used).then_some((rule, "the path"))
    }

    /// The product that the file's name or the folders around it speak of.
    pub(super) fn filed(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        // Keys are named after what they are for, and folders after much else.
        let folders = if words.takes == ByName::PrivateKey { 1 } else { MOST_FOLDERS };
        let mut parts = self.hint.path().rsplit(|b| *b == b'/').take(folders);
        let (rule, _) = parts.find_map(|part| last_in(&names::words(part), words, mention::is_origin))?;
        // `DBPassword` of a program's own file is its database's.
        let name = self.located.names.first().copied();
        let is_password = words.takes == ByName::Password;
        let is_other = is_password && owner::is_of_database(name) && !words.may_own(rule, name);
        // So is the password of the mail server that a program sends through, and of the directory that it asks.
        let kind =
            name.and_then(service_named).filter(|kind| matches!(kind, Service::Mail | Service::Directory));
        let is_elsewhere = || {
            kind.is_some() && words.catalogue.rule(rule).vendor.service != kind
                || mention::is_of_used_server(self.text, self.value.start, rule, words)
        };
        (!(is_other || is_password && is_elsewhere())).then_some((rule, "the path"))
    }

    /// Whether the nearest sections say which kind of service the password is for, and not whose: `<smtp>` of a firewall's
    /// settings.
    pub(super) fn is_of_kind(&self, of_anybody: Words<'_>) -> bool {
        let mut headers = neighbour::headers_above(self.text, self.value.start);
        headers.next().is_some_and(|header| service_named(header).is_some())
            && self.headed(of_anybody).is_some()
    }

    /// The product that the headers of the sections around speak of. One for a kind of service stops a farther one: `<smtp>` of a
    /// firewall's settings is for none of its own users, nor is `database:` of a program's.
    pub(super) fn headed(&self, words: Words<'_>) -> Option<RuleIx> {
        let other = Words { is_generic: !words.is_generic, ..words };
        let headers: Vec<&[u8]> = neighbour::headers_above(self.text, self.value.start).collect();
        let mut is_database = false;
        for (at, header) in headers.iter().enumerate() {
            let parts = || header.split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''));
            let told = |words| parts().find_map(|part| self.in_name(part, words));
            // One of those who may log in is called whatever he is.
            let is_person = names::role(structure::key_of(header)) != names::Role::Secret
                && headers.get(at + 1).is_some_and(|list| structure::is_of_people(list));
            if is_store(header) || is_person {
                continue;
            }
            let found = told(words);
            if found.is_some() || service_named(header).is_some() && told(other).is_some() {
                let may_be =
                    |rule: &RuleIx| !is_database || owner::is_database(words.catalogue.rule(*rule).vendor);
                return found.filter(may_be);
            }
            is_database |= owner::is_of_database(Some(header));
        }
        None
    }
}

/// Whether a header is that of what keeps secrets, whoever's: `resource "azurerm_key_vault_secret" "db" {`.
fn is_store(header: &[u8]) -> bool {
    let bare = header.trim_ascii_start();
    bare.starts_with(b"resource \"") && crate::memmem::find(bare, b"_secret").is_some()
}
