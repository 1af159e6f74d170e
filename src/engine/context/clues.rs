//! The clues of what stands around a value, the surest first: what it is given to, the section, what belongs to it, the
//! call, the header, the login.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use super::{
    Judged, Surroundings, around, away, is_listed, listing, stands_in_word, starts_with_ignoring_case,
};
use crate::catalogue::{Confidence, Near, Rule};
use crate::engine::doubt::evidence::Evidence;
use crate::engine::doubt::{instead, record, table};
use crate::engine::locate::user::is_user_of_two;
use crate::engine::locate::{How, Located, words};
use crate::engine::names::{self, Role};
use crate::engine::owner::client::{TAKES, is_call, is_client, is_listed_call, stands_for_client};
use crate::engine::owner::vendor_word::{
    file_names_it, holds_whole_word, is_in_own_query, names_vendor, says_only_vendor,
};
use crate::engine::shape::companion::is_distinct;
use crate::engine::shape::form::is_called_otherwise;
use crate::engine::syntax::neighbour;
use crate::engine::value::entropy;

/// How much of a line is looked at before a value, bytes.
const LONGEST_LINE: usize = 200;
/// How far around a value the entries of its list are looked at, bytes.
const ENTRIES_REACH: usize = 2560;
/// How much behind a value is looked at for the host that it is a label of, bytes.
const LONGEST_LABEL: usize = 48;

/// Another part of a credential near a value: what it is, where it stands, and how many lines away.
type Companion = (&'static str, Range<usize>, u32);

/// A value and what all clues ask about it.
pub(super) struct Case<'a, 't> {
    rule: &'static Rule,
    near: &'a Near,
    around: &'a Surroundings<'t>,
    located: &'t Located<'t>,
    /// The name that tells most of it.
    name: Option<&'t [u8]>,
    /// What that says.
    role: Role,
    /// Whether that speaks of the vendor.
    pub(super) names_vendor: bool,
    /// How much of that the rule lists, see [`listing`].
    listing: u32,
    companion: Option<&'a Companion>,
    is_anothers: OnceCell<bool>,
}

impl<'a, 't> Case<'a, 't> {
    /// `None` for the members of a structure that are not those which the rule lists.
    pub(super) fn of(
        rule: &'static Rule,
        near: &'a Near,
        around: &'a Surroundings<'t>,
    ) -> Option<Case<'a, 't>> {
        let located = around.located;
        // A member such as `d` of a JSON Web Key: the structure it stands in is given to a secret's name as well,
        // and so are its public members `x`, `y` and `n`.
        let members = near.names.iter().all(|name| name.len() <= 2) && !near.names.is_empty();
        if members && !located.names.first().is_some_and(|name| is_listed(near, name)) {
            return None;
        }
        let name = telling_name(rule, near, located);
        let role = name.map_or(Role::Neutral, names::role);
        let companion = around.companions.iter().find(|(name, ..)| is_distinct(rule, name));
        // `session = boto3.Session(id, secret)`: the name is the client's, not the argument's.
        let takes_it = || located.callees.iter().any(|call| is_listed_call(near, call));
        let is_of_result = located.how == How::Argument
            && !located.callees.is_empty()
            && (companion.is_some() || takes_it())
            && !name.is_some_and(names::is_of_sums);
        let names_vendor = name.is_some_and(|name| names_vendor(rule, name));
        // `Llave de Acme`, `Clé API Acme`: other languages have the secret before the vendor.
        let is_elsewhere = || located.names.iter().any(|name| names::is_foreign(name));
        let role = if names_vendor && role == Role::Neutral && is_elsewhere() { Role::Secret } else { role };
        Some(Case {
            rule,
            near,
            around,
            located,
            name,
            role: if is_of_result && role == Role::Counter { Role::Neutral } else { role },
            names_vendor,
            // Of two kinds of one vendor's secrets the one that lists the name goes first, or the one that lists more.
            listing: name.map_or(0, |name| listing(near, name)),
            companion,
            is_anothers: OnceCell::new(),
        })
    }

    /// The password of a companion: `user:password`.
    pub(super) fn of_user(&self) -> Option<Judged> {
        let user = self.located.user.as_ref().filter(|_| self.located.how == How::Password)?;
        let (companion, ..) = self.around.companions.iter().find(|(_, range, _)| range == user)?;
        let why = format!("password of the {companion} before it (`user:password`)");
        Some(judged(Confidence::High, 100, why).surely())
    }

    /// A label of one of the vendor's hosts.
    pub(super) fn of_host(&self) -> Option<Judged> {
        let (text, at) = (self.around.text, self.around.value.end);
        let behind = text[at..text.len().min(at + LONGEST_LABEL)].strip_prefix(b".")?;
        let vendor = self.rule.vendor;
        let is_own = vendor.words.iter().any(|word| starts_with_ignoring_case(behind, word.as_bytes()));
        is_own.then(|| judged(Confidence::High, 80, format!("label of a {} host", vendor.name)).surely())
    }

    /// Whether the vendor is spoken of at all, by a name that may be a secret's.
    pub(super) fn is_spoken_of(&self) -> bool {
        // `VAULT_SECRET_ID`: what the rule lists is that, whatever its last word says elsewhere.
        let is_own = || {
            let name = self.name.unwrap_or_default();
            // `VAULT_SECRET_ID_SANDBOX`.
            let ends = [names::normalized(name), names::without_place(name)];
            self.near.names.iter().any(|listed| match listed.len() {
                0..=2 => false,
                3..=4 => ends.contains(&(*listed).to_owned()),
                _ => ends.iter().any(|end| end.ends_with(listed)),
            })
        };
        let is_near = self.around.keyword_lines.is_some() || self.companion.is_some() || self.names_vendor;
        is_near && (self.role != Role::Counter || is_own())
    }

    /// Leaves out the companion where it is none of this value's.
    pub(super) fn drop_companion_of_others(&mut self) {
        let is_entry = self.companion.is_some() && self.located.how == How::Assigned && self.is_anothers();
        // An id beside a header says nothing of what is sent there, unless secrets of the kind are.
        let is_sent = || self.is_listed() || is_sent(self.near) || !is_header(self.located);
        self.companion = self.companion.filter(|_| !is_entry && is_sent());
    }

    /// Whether a name says both that it is a secret and whose.
    pub(super) fn is_told(&self) -> bool {
        self.role == Role::Secret
            && (self.located.names.iter().any(|name| names_vendor(self.rule, name))
                || is_in_own_query(self.rule, self.around.text, &self.around.value))
    }

    /// What doubts have to outweigh besides the clue.
    pub(super) fn evidence(&self) -> Evidence {
        let own = self.located.names.first();
        let is_called = self.role == Role::Secret || own.is_some_and(|own| names::role(own) == Role::Secret);
        if self.is_told() || self.companion.is_some() {
            Evidence::Told
        } else if is_called
            || self.located.how == How::Password
            || is_login(self.located)
            || is_client(self.located)
        {
            Evidence::Called
        } else {
            Evidence::Context
        }
    }

    /// What the first clue says.
    pub(super) fn verdict(&self) -> Option<Judged> {
        let sure = self.of_name();
        if sure.is_some() || self.around.is_machine_made {
            return sure;
        }
        let told = self
            .of_section()
            .or_else(|| self.beside_companion())
            .or_else(|| self.of_call())
            .or_else(|| self.of_client())
            .or_else(|| self.of_vendors_name())
            .or_else(|| self.of_listed_name())
            .or_else(|| self.of_structure())
            .or_else(|| self.of_comment())
            .or_else(|| self.of_header());
        let login = || self.keyword_within(10).filter(|_| is_login(self.located) && !self.is_anothers());
        if told.is_some() || login().is_some() && is_user_of_two(self.around.text, &self.around.value) {
            return told;
        }
        login()
            .map(|lines| judged(Confidence::Medium, 50 - lines, "argument of a login".to_owned()))
            .or_else(|| self.of_constructor())
            .or_else(|| self.near_companion())
            .or_else(|| self.of_anybody())
            .or_else(|| self.without_name())
            .or_else(|| self.alone_in_file())
    }

    /// What a companion is given with no more than a sign between: `AC…: …`, `TWILIO=AC…:…`.
    pub(super) fn of_companion(&self) -> Option<Judged> {
        let (companion, range, _) = self.companion.filter(|_| self.located.how == How::Assigned)?;
        let between = self.around.text.get(range.end..self.around.value.start)?;
        let is_sign =
            |b: &u8| matches!(b, b':' | b'=' | b'>' | b'"' | b'\'' | b'`' | b'\\') || b.is_ascii_whitespace();
        let is_given = between.iter().all(is_sign) && between.iter().any(|b| matches!(b, b':' | b'='));
        let is_of_sums = || self.located.names.iter().any(|name| names::is_of_sums(name));
        (is_given && !is_of_sums())
            .then(|| judged(Confidence::High, 100, format!("given to the {companion}")).surely())
    }

    fn of_name(&self) -> Option<Judged> {
        let is_told = self.names_vendor && (self.role == Role::Secret || self.is_listed());
        is_told.then(|| judged(Confidence::High, 90 + self.listing, self.given()))
    }

    fn of_section(&self) -> Option<Judged> {
        let name = self.name.filter(|_| self.role == Role::Secret && !self.is_listed())?;
        // Whoever chooses a password chooses no hex digits.
        let row =
            || around::row_of(self.rule, self.around).filter(|_| !is_of_account(name) || is_hex(self.around));
        let section =
            || around::section_of(self.rule, self.around).filter(|_| !is_of_account(name)).or_else(row);
        let section = (self.located.names.first() == Some(&name)).then(section)??;
        Some(judged(Confidence::High, 35, format!("{} under `{}`", self.given(), shown(section))))
    }

    fn beside_companion(&self) -> Option<Judged> {
        let (companion, _, lines) = self.companion?;
        let may_pair = self.role == Role::Secret
            || self.is_listed()
            || self.located.how != How::Assigned && !self.is_apart();
        let strength = 85 + self.listing - (*lines).min(20);
        may_pair.then(|| judged(Confidence::High, strength, format!("{companion} {}", away(*lines))))
    }

    fn of_call(&self) -> Option<Judged> {
        let call = self.located.callees.iter().find(|call| is_call(self.rule, self.near, call))?;
        // Where the argument has a name, the kind that lists it goes first: `Client(client_secret="…")` is no token.
        let is_named = !self.is_listed()
            && !self.near.names.is_empty()
            && self.located.names.first().is_some_and(|own| names::role(own) == Role::Secret);
        Some(
            judged(
                Confidence::High,
                if is_named { 45 } else { 75 },
                format!("argument of `{}`", shown(call)),
            )
            .surely(),
        )
    }

    fn of_client(&self) -> Option<Judged> {
        let mut calls = self.located.callees.iter();
        let call = calls.find(|call| stands_for_client(self.rule, self.around, call))?;
        let vendor = &self.rule.vendor.name;
        let why = format!("argument of `{}`, which stands for {vendor}", shown(call));
        Some(judged(Confidence::High, 74, why).surely())
    }

    fn of_vendors_name(&self) -> Option<Judged> {
        let is_own = self.names_vendor
            && is_own_name(self.located, self.name, self.near)
            && may_name(self.rule, self.around, self.name);
        // Hex digits under a name that goes on are the revision, the digest or the number of what it names.
        let is_told =
            || !is_hex(self.around) || self.name.is_none_or(|name| says_only_vendor(self.rule, name));
        let sure = || if is_told() { Confidence::Medium } else { Confidence::Low };
        is_own.then(|| judged(sure(), 60, self.given()))
    }

    fn of_listed_name(&self) -> Option<Judged> {
        let may_be = self.is_listed() || self.role == Role::Secret && self.near.names.is_empty();
        if !may_be || self.is_anothers() || self.companion.is_none() && around::is_only_listed(self.around) {
            return None;
        }
        let lines = self.around.keyword_lines.or(self.companion.map(|(.., lines)| *lines)).unwrap_or(0);
        let sure = if lines <= 10 { Confidence::High } else { Confidence::Medium };
        Some(judged(sure, 70 - lines.min(30), self.given()))
    }

    fn of_structure(&self) -> Option<Judged> {
        let structure = around::structure_of(self.rule, self.around).filter(|_| self.role == Role::Secret)?;
        Some(judged(Confidence::High, 42, format!("{} of a `{}`", self.given(), shown(structure))).surely())
    }

    fn of_comment(&self) -> Option<Judged> {
        let comment = around::comment_of(self.rule, self.around)?;
        Some(judged(Confidence::High, 42, format!("{} below `{}`", self.given(), shown(comment))).surely())
    }

    fn of_header(&self) -> Option<Judged> {
        let lines =
            self.keyword_within(3).filter(|_| self.role == Role::Secret && is_header(self.located))?;
        let is_other = || is_called_otherwise(Some(self.near), &self.located.names);
        let is_ours = !self.is_anothers() && is_sent(self.near) && !is_other();
        let why = || "sent in a header that carries a secret".to_owned();
        is_ours.then(|| judged(Confidence::Medium, 55 - lines, why()))
    }

    fn of_constructor(&self) -> Option<Judged> {
        let lines = self.keyword_within(3).filter(|_| is_client(self.located))?;
        Some(judged(Confidence::Medium, 48 - lines, "argument of a client's constructor".to_owned()))
    }

    fn near_companion(&self) -> Option<Judged> {
        let (companion, _, lines) = self.companion.filter(|(.., lines)| *lines <= 3 && !self.is_apart())?;
        Some(judged(Confidence::Medium, 40, format!("{companion} {}", away(*lines))))
    }

    fn of_anybody(&self) -> Option<Judged> {
        let is_password = self.located.how == How::Password && !self.is_anothers();
        is_password.then(|| judged(Confidence::High, 50, "password part of `user:password`".to_owned()))
    }

    fn without_name(&self) -> Option<Judged> {
        self.keyword_within(10).filter(|_| is_unnamed(self.rule, self.located))?;
        Some(judged(Confidence::Medium, 34, "a parameter without a name of its own".to_owned()))
    }

    fn alone_in_file(&self) -> Option<Judged> {
        let is_alone = self.located.how == How::Alone
            && file_names_it(self.rule, self.around.file_name)
            && !stands_in_word(self.around.text, &self.around.value);
        let why = || "alone on its line in a file named for it".to_owned();
        is_alone.then(|| judged(Confidence::Medium, 30, why()))
    }

    /// How far away a keyword of the rule stands, where that is no more than so many lines.
    fn keyword_within(&self, most: u32) -> Option<u32> {
        self.around.keyword_lines.filter(|lines| *lines <= most)
    }

    fn is_listed(&self) -> bool {
        self.listing > 0
    }

    fn is_anothers(&self) -> bool {
        *self.is_anothers.get_or_init(|| is_another_entry(self.near, self.around, self.name))
    }

    /// Whether a value that nothing calls a secret is something else than what the companion goes with: it is a part of a
    /// path, or what an address names where the companion is; or it belongs to a record of that, or is called after what has
    /// such numbers.
    fn is_apart(&self) -> bool {
        let (text, start) = (self.around.text, self.around.value.start);
        let is_named_in_path = || {
            let place = self.companion.filter(|(.., lines)| *lines == 0).map(|(_, range, _)| range.start);
            let is_loose = matches!(self.located.how, How::Alone | How::Listed | How::Spoken | How::Assigned);
            is_loose && place.is_some_and(|place| instead::is_path_segment(text, place))
        };
        let own = || self.located.names.first().filter(|_| self.located.how == How::Assigned);
        let is_of_record =
            |(_, id, _): &Companion| record::is_of_record(text, &self.around.value, self.located, id);
        instead::is_path_segment(text, start)
            || is_named_in_path()
            || self.companion.is_some_and(is_of_record)
            || own().is_some_and(|own| names::has_number(own))
    }

    fn given(&self) -> String {
        format!("given to `{}`", shown(self.name.unwrap_or_default()))
    }
}

/// Of the names around a value the one that tells most: the first that speaks of a secret, a counter or the vendor.
fn telling_name<'t>(rule: &Rule, near: &Near, located: &Located<'t>) -> Option<&'t [u8]> {
    let speaks = |name: &&&[u8]| names::role(name) != Role::Neutral || names_vendor(rule, name);
    let name = located.names.iter().find(speaks).or(located.names.first());
    // `agent` of `tokens { agent = "…" }`: the nearest name that the rule lists.
    let is_told = |name: &&&[u8]| names::role(name) == Role::Secret && !is_listed(near, name);
    let own = || located.names.first().filter(|name| is_listed(near, name));
    // Nor does the block around it speak for it: `networks: { base: { accounts: ["…"] } }`.
    let is_around =
        |n: &&&[u8]| names::role(n) == Role::Counter && located.names.first().is_some_and(|own| own != *n);
    let name = name.filter(|n| is_told(n) || is_around(n)).and_then(|_| own()).or(name);
    // Of chains of blocks one is called Base, and no commit stands among keys.
    let is_chain = name.is_some_and(|name| name.eq_ignore_ascii_case(b"base"));
    let outer = || located.names.get(1).filter(|outer| is_chain && names::role(outer) == Role::Secret);
    outer().or(name).copied()
}

pub(super) fn judged(confidence: Confidence, strength: u32, why: String) -> Judged {
    let (is_told, evidence) = (false, Evidence::Context);
    Judged { confidence, strength, is_told, evidence, why: vec![Cow::Owned(why)] }
}

impl Judged {
    /// By a clue that tells what the value is.
    fn surely(self) -> Judged {
        Judged { evidence: Evidence::Told, ..self }
    }
}

/// A name as it may be shown: printable, short. Names are not secrets, but may hold anything.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[name.len().saturating_sub(48)..]).into_owned();
    name.chars().filter(|c| !c.is_control()).collect()
}

/// Whether a name is that of an account's password, which may be none of the secrets that the vendor makes.
fn is_of_account(name: &[u8]) -> bool {
    names::normalized(name).ends_with("password")
}

/// Whether a value that starts as the rule's secrets do is only called a value, as the parameters of a list are.
fn is_unnamed(rule: &Rule, located: &Located<'_>) -> bool {
    let starts = rule.detect.shape.as_ref().is_some_and(|shape| !shape.fixed_start.is_empty());
    starts && located.how == How::Assigned && located.names.is_empty()
}

/// Whether the text tells another owner of the value, and the rule's vendor stands near it only in other entries and
/// sections of settings.
pub(super) fn is_another_entry(near: &Near, around: &Surroundings<'_>, name: Option<&[u8]>) -> bool {
    let value = &around.value;
    let from = value.start.saturating_sub(ENTRIES_REACH);
    let first = around.keywords.partition_point(|at| *at < from);
    let mut places =
        around.keywords[first..].iter().copied().take_while(|at| *at < value.end + ENTRIES_REACH).peekable();
    let is_near = places.peek().is_some();
    neighbour::Entry::of(near.names, around.text, value.start, name).is_some_and(|entry| {
        // Where only a far part of a large file speaks of the vendor, a section speaks for itself.
        (is_near || entry.is_of_settings()) && places.all(|at| entry.is_apart_from(at))
    })
}

/// Whether a name that says no more than the vendor may be that of a secret: neither a part of a path or of another word
/// nor, before hex digits, one of what has a revision, and nothing else that the value is given to is public.
fn may_name(rule: &Rule, around: &Surroundings<'_>, name: Option<&[u8]>) -> bool {
    const REVISIONS: [&[u8]; 7] = [b" to", b" from", b" at", b" commit", b" rev", b" revision", b" by"];
    let (text, name) = (around.text, name.unwrap_or_default());
    let start = name.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    let line = neighbour::line_before(text, around.value.start, LONGEST_LINE).trim_ascii_end();
    let is_hex = is_hex(around);
    let is_revision = || line.ends_with(b"@") || REVISIONS.iter().any(|word| line.ends_with(word));
    let is_part = || start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'/');
    let is_spoken = around.located.how == How::Spoken;
    // `Acme found issue …` in prose: what stands between tells what it is.
    let between = around.located.names.iter().take_while(|other| **other != name);
    let is_of_command = |word: &String| TAKES.contains(&word.as_str()) || names::says_nothing(word);
    let is_option = around.located.names.first().is_some_and(|own| own.starts_with(b"-"));
    let is_about =
        is_spoken && !is_option && !between.flat_map(|word| names::words(word)).all(|w| is_of_command(&w));
    // `AcmeForm = "<UUID>"`: what is called after a thing of the vendor's is that thing's number.
    let is_others = |word: &String| {
        let of_vendor = |own: &&str| names::normalized(own.as_bytes()).contains(word.as_str());
        !neighbour::is_anybodys(word) && !rule.vendor.words.iter().any(of_vendor)
    };
    let is_thing = || {
        entropy::is_uuid(&text[around.value.clone()])
            && (names::has_number(name) || names::words(name).iter().any(is_others))
    };
    holds_whole_word(rule, name)
        && !is_about
        && !is_thing()
        && !((is_spoken || around.located.how == How::Listed) && is_hex && (is_part() || is_revision()))
        && !around.located.names.iter().any(|name| names::role(name) == Role::Counter)
        && !(is_hex && table::is_in_table(rule, around))
}

fn is_hex(around: &Surroundings<'_>) -> bool {
    around.text[around.value.clone()].iter().all(u8::is_ascii_hexdigit)
}

/// Whether the value is an argument of a login with user and password.
fn is_login(located: &Located<'_>) -> bool {
    located.how == How::Argument && located.callees.iter().any(|callee| words::is_login(callee))
}

/// Whether a name is the value's own, or that of a structure around a member which may be a secret: `"organization"` of
/// an `acme_group` is none.
fn is_own_name(located: &Located<'_>, name: Option<&[u8]>, near: &Near) -> bool {
    let first = located.names.first().copied();
    located.how != How::Assigned
        || first == name
        || first.is_some_and(|own| names::role(own) == Role::Secret || is_listed(near, own))
}

/// Whether secrets of a kind go by the names that headers have: AWS' secret key signs, and is sent nowhere.
fn is_sent(near: &Near) -> bool {
    const NAMES: [&str; 9] =
        ["token", "key", "apikey", "authtoken", "accesstoken", "auth", "secret", "authorization", "bearer"];
    near.names.is_empty() || near.names.iter().any(|name| NAMES.contains(name))
}

/// Whether the value is given to an HTTP header for credentials.
fn is_header(located: &Located<'_>) -> bool {
    const HEADERS: &[&str] = &[
        "authorization",
        "bearer",
        "xapikey",
        "xauthtoken",
        "xaccesstoken",
        "apikey",
        "xtoken",
        "privatetoken",
    ];
    located.names.iter().any(|name| HEADERS.contains(&names::normalized(name).as_str()))
}
