//! What belongs to the same thing as a password: the other attributes of its element, the cells of its row, the entries
//! of its section.

use std::collections::BTreeSet;

use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::login::{LONGEST_ELEMENT, Login};
use crate::engine::owner::{Clue, Words, database, mention, structure};
use crate::engine::syntax::element::{self, Attribute};
use crate::engine::syntax::{heading, neighbour};
use crate::part::start_in;

/// How attributes are called that say who logs in.
const PERSON: [&str; 6] = ["user", "username", "name", "login", "id", "clientid"];

impl<'t> Login<'t> {
    /// The other attributes of the element that the value is an attribute of, `<Resource driverClassName="…"
    /// password="…"/>`. What one of those is called who may log in says nothing.
    fn attributes(&self) -> Option<Vec<&'t [u8]>> {
        let range = element::around(self.text, self.value)?;
        let element = &self.text[range.clone()];
        if !structure::is_of_people(element::tag(element)) {
            return Some(vec![
                &self.text[range.start..self.value.start],
                &self.text[self.value.end..range.end],
            ]);
        }
        let all = element::attributes(element).into_iter();
        let is_told = |other: &Attribute<'_>| {
            let name = names::normalized(other.name);
            !PERSON.contains(&name.as_str()) && names::role(other.name) != names::Role::Secret
        };
        Some(all.filter(is_told).map(|other| other.given).collect())
    }

    /// The database of the elements that the value stands in: `<datasource><connection-url>jdbc:…`, the nearest first.
    pub(super) fn source(&self, words: Words<'_>) -> Option<RuleIx> {
        neighbour::headers_above(self.text, self.value.start).find_map(|header| {
            let tag = header.trim_ascii().strip_prefix(b"<")?;
            let tag = &tag[..tag.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'-'))?];
            let start = start_in(self.text, header);
            let inside = &self.text[start..self.text.len().min(start + LONGEST_ELEMENT)];
            let end = crate::memmem::find(inside, &[b"</", tag, b">"].concat())?;
            database::of_jdbc(&inside[..end], words)
        })
    }

    /// The lines that belong to the same thing as the value, without its name: entries for others are left out.
    pub(super) fn lines_beside(&self) -> &[&'t [u8]] {
        self.beside.get_or_init(|| {
            let name = self.located.names.first().copied().unwrap_or_default();
            let own = names::words(name).into_iter().next();
            if let Some(attributes) = self.attributes() {
                return attributes;
            }
            if let Some(row) = heading::row(self.text, self.value) {
                return vec![&self.text[row.start..self.value.start], &self.text[self.value.end..row.end]];
            }
            let [before, behind] = neighbour::siblings(self.text, self.value.start).unwrap_or_default();
            let behind = behind.get(self.value.len()..).unwrap_or_default();
            let named_at = start_in(before, name);
            let before = before.get(..named_at).filter(|_| !name.is_empty()).unwrap_or(before);
            let lines = [before, behind].into_iter().flat_map(|part| part.split(|b| *b == b'\n'));
            // A setting that is switched off is of another thing, too: `#- OIDC_ENDPOINT=https://…`.
            let is_own = |line: &&[u8]| {
                mention::variable(switched_on(line)).is_none_or(|other| {
                    names::words(other).first() == own.as_ref() && !structure::is_apart(name, other)
                })
            };
            // Nor does what one of those is called who may log in: `"clients": [{ "clientId": "acme", "secret": …`.
            let is_one = structure::is_of_person(self.enclosure());
            let lines = lines.filter(is_own).filter(|line| !(is_one && is_person(line)));
            lines.flat_map(without_user).filter(|part| !part.is_empty()).collect()
        })
    }

    /// The one owner that the line speaks of before the name of the value: `set snmp v3 … authentication-password SECRET` is
    /// a line of words and about one thing.
    pub(super) fn on_own_line(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let name = self.located.names.first().copied();
        let [own, _] = self.own_line();
        let named_at = name.map_or(0, |name| start_in(own, name));
        let own = own.get(..named_at).unwrap_or_default();
        // What stands before a bracket or a comma may be about something else, and the attributes of an element are no words.
        let is_break = |b: &u8| matches!(b, b'{' | b'(' | b',' | b';');
        if own.contains(&b'<') {
            return None;
        }
        let own = &own[own.iter().rposition(is_break).map_or(0, |at| at + 1)..];
        let mut owners = BTreeSet::new();
        // What the user is called says less: `user jenkins insecure-password …`.
        let [before, behind] = without_user(own);
        self.heard.in_line(before, words, &mut owners);
        self.heard.in_line(behind, words, &mut owners);
        owners.retain(|rule| words.may_own(*rule, name));
        Some((mention::alone(owners)?, "what stands beside it"))
    }
}

/// Whether a line says who logs in.
fn is_person(line: &[u8]) -> bool {
    let name = line.split(|b| matches!(b, b':' | b'=')).next().unwrap_or_default();
    PERSON.contains(&names::normalized(name).as_str())
}

/// A line of settings without the sign that switches it off.
fn switched_on(line: &[u8]) -> &[u8] {
    let bare = line.trim_ascii_start();
    bare.strip_prefix(b"#").map_or(line, <[u8]>::trim_ascii_start)
}

/// A line of words before and behind the user that it tells.
fn without_user(line: &[u8]) -> [&[u8]; 2] {
    const LABELS: [&[u8]; 2] = [b"user ", b"username "];
    let bare = line.trim_ascii_start();
    let Some(rest) = LABELS.iter().find_map(|label| bare.strip_prefix(*label)) else { return [line, b""] };
    [b"", &rest[rest.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len())..]]
}
