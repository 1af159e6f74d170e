//! What lines and names speak of, read once: the same ones stand around many secrets, and in many versions of a file.

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use foldhash::fast::FixedState;

use super::{addressed, in_line, is_comment, variable};
use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::{self, Words, address, login, receiver};

/// Longest line that is kept, bytes, and most lines of each kind.
pub(super) const LONGEST_HEARD: usize = 256;
const MOST_HEARD: usize = 4096;

/// What was read, for the words of one catalogue.
#[derive(Default)]
pub(in crate::engine) struct Heard {
    /// For each kind of [`Words`].
    kinds: [RefCell<Kept>; 6],
}

/// What words of one kind speak of.
#[derive(Default)]
struct Kept {
    lines: HashMap<Box<[u8]>, Line, FixedState>,
    names: Names,
    /// The names of passwords, which are read otherwise.
    logins: Names,
    hosts: Names,
}

type Names = HashMap<Box<[u8]>, Option<RuleIx>, FixedState>;

/// A line, by what it speaks of.
struct Line {
    kind: Kind,
    /// The rules, by any word of it.
    all: Box<[RuleIx]>,
    /// By what can be nobody else's.
    addressed: Box<[RuleIx]>,
    /// All but by the hosts of mailboxes, where there are any: where somebody has a mailbox says nothing.
    unposted: Option<Box<[RuleIx]>>,
    /// Words of it that stand there for other reasons as well, each with its rule.
    everyday: Box<[(String, RuleIx)]>,
}

enum Kind {
    /// Of an environment file: it speaks for itself only.
    Entry,
    Comment,
    Other,
}

impl Line {
    fn read(line: &[u8], words: Words<'_>) -> Line {
        let read = |read: fn(&[u8], Words<'_>, &mut BTreeSet<RuleIx>), line: &[u8]| {
            let mut rules = BTreeSet::new();
            read(line, words, &mut rules);
            rules.into_iter().collect()
        };
        let kind = match variable(line) {
            Some(_) => Kind::Entry,
            None if is_comment(line) => Kind::Comment,
            None => Kind::Other,
        };
        let bare = address::without_mailboxes(line);
        let unposted = matches!(bare, Cow::Owned(_)).then(|| read(in_line, &bare));
        Line {
            kind,
            all: read(in_line, line),
            addressed: read(addressed, &bare),
            unposted,
            everyday: everyday(line, words),
        }
    }
}

/// The words of a line that may stand there for other reasons than their owner. What is nobody's has none.
fn everyday(line: &[u8], words: Words<'_>) -> Box<[(String, RuleIx)]> {
    if words.is_generic {
        return Box::default();
    }
    let all = names::words(line).into_iter().filter(|word| owner::is_everyday(word));
    all.filter_map(|word| words.find(&word).map(|rule| (word, rule))).collect()
}

impl Heard {
    /// [`in_line`], asked once a line.
    pub(in crate::engine) fn in_line(&self, line: &[u8], words: Words<'_>, vendors: &mut BTreeSet<RuleIx>) {
        self.line(line, words, |line| vendors.extend(&line.all));
    }

    /// Whom a line of code speaks of; words that stand there for other reasons as well count where `text` imports such a
    /// module.
    pub(in crate::engine) fn in_code(&self, line: &[u8], text: &[u8], words: Words<'_>) -> BTreeSet<RuleIx> {
        let mut owners = BTreeSet::new();
        self.in_line(line, words, &mut owners);
        owners.extend(self.imported(line, text, words));
        owners
    }

    /// Whom a line of code speaks of by words that stand there for other reasons as well, where `text` imports such a
    /// module.
    pub(in crate::engine) fn imported(&self, line: &[u8], text: &[u8], words: Words<'_>) -> Vec<RuleIx> {
        let mut rules = Vec::new();
        self.line(line, words, |line| {
            let imported = line.everyday.iter().filter(|(word, _)| receiver::is_imported(text, word));
            rules.extend(imported.map(|(_, rule)| *rule));
        });
        rules
    }

    /// The vendors that pieces of a text speak of, that may own a value of this name. An address can be nobody else's, a
    /// word may be another's too, and in a comment no name at all.
    /// Says as well whether only comments speak of them.
    pub(super) fn around(
        &self,
        parts: &[&[u8]],
        name: Option<&[u8]>,
        words: Words<'_>,
    ) -> (BTreeSet<RuleIx>, bool) {
        let [mut by_address, mut by_word, mut in_comments] = [const { BTreeSet::new() }; 3];
        for line in parts.iter().flat_map(|part| part.split(|b| *b == b'\n')) {
            self.line(line, words, |line| {
                let rules = match line.kind {
                    Kind::Entry => return,
                    Kind::Comment => &mut in_comments,
                    Kind::Other => &mut by_word,
                };
                rules.extend(line.unposted.as_ref().unwrap_or(&line.all));
                by_address.extend(&line.addressed);
            });
        }
        let owners = [&mut by_address, &mut by_word, &mut in_comments];
        owners.into_iter().for_each(|rules| rules.retain(|rule| words.may_own(*rule, name)));
        match (by_address.len(), by_word.len()) {
            (1, _) => (by_address, false),
            (_, 0) => (in_comments, true),
            _ => (by_word, false),
        }
    }

    fn line(&self, line: &[u8], words: Words<'_>, told: impl FnOnce(&Line)) {
        if line.trim_ascii().is_empty() {
            return;
        }
        if line.len() > LONGEST_HEARD {
            return told(&Line::read(line, words));
        }
        let Kept { lines, .. } = &mut *self.kept(words);
        if let Some(known) = lines.get(line) {
            return told(known);
        }
        if lines.len() >= MOST_HEARD {
            lines.clear();
        }
        told(lines.entry(line.into()).or_insert_with(|| Line::read(line, words)));
    }

    /// [`owner::in_name`], asked once a name.
    pub(in crate::engine) fn in_name(&self, name: &[u8], words: Words<'_>) -> Option<RuleIx> {
        known(&mut self.kept(words).names, name, || owner::in_name(name, words))
    }

    /// [`login::in_name`], asked once a name.
    pub(in crate::engine) fn in_login(&self, name: &[u8], words: Words<'_>) -> Option<RuleIx> {
        known(&mut self.kept(words).logins, name, || login::in_name(name, words))
    }

    /// [`Words::of_host`], asked once a host.
    pub(in crate::engine) fn of_host(&self, host: &[u8], words: Words<'_>) -> Option<RuleIx> {
        known(&mut self.kept(words).hosts, host, || words.of_host(host))
    }

    fn kept(&self, words: Words<'_>) -> RefMut<'_, Kept> {
        self.kinds[2 * words.takes as usize + usize::from(words.is_generic)].borrow_mut()
    }
}

/// What a name speaks of, read when it is not known.
fn known(names: &mut Names, name: &[u8], read: impl FnOnce() -> Option<RuleIx>) -> Option<RuleIx> {
    if let Some(known) = names.get(name) {
        return *known;
    }
    let found = read();
    if names.len() >= MOST_HEARD {
        names.clear();
    }
    if name.len() <= LONGEST_HEARD {
        names.insert(name.into(), found);
    }
    found
}

/// Without the lines: they stand around secrets.
impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard").finish_non_exhaustive()
    }
}
