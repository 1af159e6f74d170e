//! The sections and the file that a password is set in: `<smtp>` of a firewall's settings, `[remote]` of `rclone.conf`.

use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::login::{LONGEST_ELEMENT, Login};
use crate::engine::owner::named::kind_named;
use crate::engine::owner::{self, Clue, Words, mention, setting, structure};
use crate::engine::syntax::neighbour;

impl<'t> Login<'t> {
    /// Whose setting it is by its name and its place, see [`setting`].
    pub(in crate::engine) fn setting(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let place = (self.hint.path(), self.text);
        setting::owner(self.located.names.first()?, place, self.value, words)
    }

    /// The product whose file it is, of a plain name in a section: `[vault]` of `rclone.conf` is no Vault's.
    pub(super) fn own_file(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let name = self.located.names.first().copied();
        let is_section = neighbour::bracketed(self.text, self.value.start, LONGEST_ELEMENT).is_some();
        let rule = mention::of_own_file(name, self.hint, words).filter(|_| is_section)?;
        Some((rule, "the path"))
    }

    /// Whether the nearest sections say which kind of service the password is for, and not whose: `<smtp>` of a firewall's
    /// settings.
    pub(super) fn is_of_kind(&self, of_anybody: Words<'_>) -> bool {
        let mut headers = neighbour::headers_above(self.text, self.value.start);
        headers.next().is_some_and(|header| kind_named(header).is_some()) && self.headed(of_anybody).is_some()
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
            if found.is_some() || kind_named(header).is_some() && told(other).is_some() {
                let may_be = |rule: &RuleIx| {
                    !is_database || owner::is_database(words.catalogue.rule(*rule).vendor.key)
                };
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
