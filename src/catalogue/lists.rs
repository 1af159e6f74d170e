//! Which keyword is looked for where.
//!
//! Most of what is written is neither a secret nor near one, so a keyword should cost nothing there. Three lists:
//! what has to be looked for everywhere; what counts only near a run of [`HEAD_RUN`] characters that may be random;
//! and the prefixes that such a run follows at once, which are looked up where it may start. A rule's shape
//! decides, by what every match of it holds.

use std::collections::BTreeMap;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, sparse};
use regex_automata::util::start;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::compile::CompiledShape;
use super::keywords::Spec;
use super::schema;

/// Prefixes that start so many run bytes are looked for only where a run that may be random starts, which spares the
/// pass over all bytes most of the short keywords.
pub const HEAD_RUN: usize = 16;
/// How many of them must come after the prefix, which may well read like a word. Of 200,000 random base-62 values
/// behind each of seven prefixes 0.004 to 0.05 % read like words then.
const HEAD_RANDOM: usize = 13;

/// How far from a secret its rule's words may stand, lines, for the words to be looked for only around runs
/// of [`HEAD_RUN`] bytes that may be random: in ordinary source that is a twentieth of the text. The words of
/// rules that reach further, or whose secret need not hold such a run, are looked for everywhere.
pub const NEAR_LINES: u32 = 3;
/// How soon in a secret such a run must come for its prefix, and how long it may be for its inner keywords, to
/// be looked for in the same way, bytes.
pub const NEAR_SECRET: usize = 512;

/// Why a keyword is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordKind {
    /// The secret starts with it.
    Prefix,
    /// It stands inside the secret.
    Inside,
    /// It stands around the secret: wakes rules of [`Origin::Token`](super::Origin::Token), is context for the others.
    Context,
    /// It wakes the rule's parser.
    Parse,
}

/// A keyword and the rules it matters to.
#[derive(Debug, Clone)]
pub struct Word {
    /// For the prefilter.
    pub spec: Spec,
    /// Number of the rule in the document, and why.
    pub wakes: Vec<(u32, WordKind)>,
}

/// Keywords by their text and whether its case matters.
type Words = BTreeMap<(Vec<u8>, bool), Word>;

/// The lists of [`Compiled`] in the making.
#[derive(Debug, Default)]
pub(super) struct Lists {
    words: Words,
    nearby: Words,
    heads: Words,
}

impl Lists {
    /// Adds the keywords of a rule.
    pub(super) fn add(&mut self, number: u32, detect: &schema::Detect, shape: Option<&CompiledShape>) {
        if detect.by_name.is_some() {
            return;
        }
        let run_by = shape.and_then(|shape| shape.run_by).filter(|by| *by <= NEAR_SECRET);
        for text in &detect.prefix {
            let head = shape.map_or(Head::ANY, |shape| Head::of(&shape.dfa, text.as_bytes()));
            let list = match head.run >= HEAD_RUN.max(text.len() + HEAD_RANDOM) {
                true => &mut self.heads,
                false if run_by.is_some() => &mut self.nearby,
                false => &mut self.words,
            };
            let text = if head.exact { text.clone() } else { text.to_ascii_lowercase() };
            add_word(list, text.into_bytes(), &head, (number, WordKind::Prefix));
        }
        for text in &detect.inside {
            let is_short = shape.is_some_and(|shape| shape.max as usize <= NEAR_SECRET);
            let list = if is_short && run_by.is_some() { &mut self.nearby } else { &mut self.words };
            add_word(list, text.to_ascii_lowercase().into_bytes(), &Head::ANY, (number, WordKind::Inside));
        }
        let kind = if detect.parse.is_some() { WordKind::Parse } else { WordKind::Context };
        let is_near = kind == WordKind::Context && stays_near(detect, shape);
        for text in detect.keywords.iter().cloned().chain(detect.aligned_keywords()) {
            let list = if is_near { &mut self.nearby } else { &mut self.words };
            add_word(list, text.to_ascii_lowercase().into_bytes(), &Head::ANY, (number, kind));
        }
    }

    /// The three lists, each in alphabetical order: everywhere, nearby, heads.
    pub(super) fn finish(self) -> [Vec<Word>; 3] {
        [self.words, self.nearby, self.heads].map(|words| words.into_values().collect())
    }
}

/// Whether context of a rule counts only near a long run.
fn stays_near(detect: &schema::Detect, shape: Option<&CompiledShape>) -> bool {
    let within = detect.near.as_ref().map_or(schema::Within::default(), |near| near.within);
    // A secret with a prefix is known where it stands, however short it is.
    let is_placed = shape.is_some_and(|shape| shape.run_by.is_some()) || !detect.prefix.is_empty();
    // The lines are counted from the run.
    let is_on_one_line = shape.is_none_or(|shape| shape.alphabet[0] >> b'\n' & 1 == 0);
    is_placed
        && is_on_one_line
        && matches!(within, schema::Within::Lines(lines) if lines <= NEAR_LINES)
        && detect.companions.iter().all(|companion| companion.within_lines <= NEAR_LINES)
}

fn add_word(words: &mut Words, text: Vec<u8>, head: &Head, wake: (u32, WordKind)) {
    let spec = Spec { text: text.clone(), exact: head.exact, follow: [0; 4] };
    let word = words.entry((text, head.exact)).or_insert_with(|| Word { spec, wakes: Vec::new() });
    word.spec.follow.iter_mut().zip(head.follow).for_each(|(all, more)| *all |= more);
    if !word.wakes.contains(&wake) {
        word.wakes.push(wake);
    }
}

/// Whether a byte belongs to the runs that the engine finds without keywords: base64 of either alphabet.
pub const fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-')
}

/// What a shape says of the secrets that start with one of its prefixes.
#[derive(Debug)]
struct Head {
    /// Whether the case of the prefix matters.
    exact: bool,
    /// The bytes that may follow it.
    follow: [u64; 4],
    /// With how many run bytes every secret starts at least, counted up to [`HEAD_RUN`] after the prefix.
    run: usize,
}

impl Head {
    /// Of a keyword that is no prefix.
    const ANY: Head = Head { exact: false, follow: [u64::MAX; 4], run: 0 };

    fn of(dfa: &[u8], prefix: &[u8]) -> Head {
        // An automaton for the other byte order cannot be walked here: the prefix is sought as any keyword.
        let Ok((dfa, _)) = sparse::DFA::from_bytes(dfa) else { return Head::ANY };
        let Ok(start) = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)) else {
            return Head::ANY;
        };
        let is_alive = |state, byte| !dfa.is_dead_state(dfa.next_state(state, byte));
        let after =
            |text: &mut dyn Iterator<Item = u8>| text.fold(start, |at, byte| dfa.next_state(at, byte));
        let other_case = after(
            &mut prefix.iter().map(|byte| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { *byte }),
        );
        let state = after(&mut prefix.iter().copied());
        let mut follow = [0; 4];
        for byte in (0..=255u8).filter(|byte| is_alive(state, *byte)) {
            follow[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        if dfa.is_dead_state(state) || dfa.is_match_state(dfa.next_eoi_state(state)) {
            follow = [u64::MAX; 4];
        }
        let exact = dfa.is_dead_state(other_case) && prefix.iter().any(u8::is_ascii_alphabetic);
        let mut states = vec![if exact { state } else { start }];
        let mut run = if exact { prefix.len() } else { 0 };
        if exact && !prefix.iter().all(|byte| is_run_byte(*byte)) {
            return Head { exact, follow, run: 0 };
        }
        let ends = |state| {
            dfa.is_match_state(dfa.next_eoi_state(state))
                || (0..=255u8).any(|byte| !is_run_byte(byte) && is_alive(state, byte))
        };
        while run < prefix.len() + HEAD_RUN && !states.iter().any(|state| ends(*state)) {
            let next =
                |state| (0..=255u8).map(move |byte| (state, byte)).filter(|(_, byte)| is_run_byte(*byte));
            states =
                states.into_iter().flat_map(next).map(|(state, byte)| dfa.next_state(state, byte)).collect();
            states.retain(|state| !dfa.is_dead_state(*state));
            states.sort_unstable();
            states.dedup();
            run += 1;
        }
        Head { exact, follow, run }
    }
}

/// The run bytes in a row that every match of an expression holds, those aside that are the same in all:
/// `password-of-` may well read like words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// How many there are at least at its start and at its end.
    head: usize,
    tail: usize,
    /// Whether a match holds nothing else.
    whole: bool,
    /// Bytes of the longest match; `None` when it has no bound.
    most: Option<usize>,
    /// Whether every match holds a run of [`HEAD_RUN`].
    pub(super) holds: bool,
    /// By which byte there has been one.
    pub(super) by: Option<usize>,
}

impl Stretch {
    const EMPTY: Stretch = Stretch { head: 0, tail: 0, whole: true, most: Some(0), holds: false, by: None };
    const FIXED: Stretch = Stretch { most: Some(1), ..Stretch::EMPTY };
    const NONE: Stretch = Stretch { whole: false, ..Stretch::FIXED };
    const ONE: Stretch = Stretch { head: 1, tail: 1, ..Stretch::FIXED };

    /// What every match of `hir` holds.
    pub(super) fn of(hir: &Hir) -> Stretch {
        let one = |is_run: bool| if is_run { Stretch::ONE } else { Stretch::NONE };
        let are_run = |first: u8, last: u8| (first..=last).all(is_run_byte);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Stretch::EMPTY,
            HirKind::Literal(literal) => {
                let fixed = |byte: &u8| if is_run_byte(*byte) { Stretch::FIXED } else { Stretch::NONE };
                literal.0.iter().map(fixed).fold(Stretch::EMPTY, Stretch::then)
            }
            HirKind::Class(Class::Bytes(class)) => one(class.iter().all(|r| are_run(r.start(), r.end()))),
            HirKind::Class(Class::Unicode(class)) => {
                one(class.is_ascii() && class.iter().all(|r| are_run(r.start() as u8, r.end() as u8)))
            }
            HirKind::Repetition(repetition) => {
                let sub = Stretch::of(&repetition.sub);
                let least = (0..repetition.min).fold(Stretch::EMPTY, |all, _| all.then(sub));
                // What may come or not ends no run when it is of run bytes only.
                let (tail, whole) = if sub.whole { (least.tail, least.whole) } else { (0, false) };
                let times = repetition.max.map(|max| max as usize);
                let most = sub.most.zip(times).map(|(most, times)| most * times);
                match repetition.max == Some(repetition.min) {
                    true => least,
                    false => Stretch { tail, whole, most, ..least },
                }
            }
            HirKind::Capture(capture) => Stretch::of(&capture.sub),
            HirKind::Concat(parts) => parts.iter().map(Stretch::of).fold(Stretch::EMPTY, Stretch::then),
            HirKind::Alternation(parts) => {
                parts.iter().map(Stretch::of).reduce(Stretch::or).unwrap_or(Stretch::EMPTY)
            }
        }
    }

    fn then(self, next: Stretch) -> Stretch {
        let most = self.most.zip(next.most).map(|(most, more)| most + more);
        let head = if self.whole { self.head + next.head } else { self.head };
        let joins = self.tail + next.head >= HEAD_RUN;
        let later = joins.then_some(HEAD_RUN).or(next.by).and_then(|by| Some(self.most? + by));
        Stretch {
            head,
            tail: if next.whole { self.tail + next.tail } else { next.tail },
            whole: self.whole && next.whole,
            most,
            holds: self.holds || next.holds || joins,
            by: self.by.or(later),
        }
    }

    fn or(self, other: Stretch) -> Stretch {
        Stretch {
            head: self.head.min(other.head),
            tail: self.tail.min(other.tail),
            whole: self.whole && other.whole,
            most: self.most.zip(other.most).map(|(one, other)| one.max(other)),
            holds: self.holds && other.holds,
            by: self.by.zip(other.by).map(|(one, other)| one.max(other)),
        }
    }
}

/// Whether a text is `written-like-this`.
pub(super) fn is_kebab(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// Whether a text is `WRITTEN_LIKE_THIS`.
pub(super) fn is_upper_snake(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
