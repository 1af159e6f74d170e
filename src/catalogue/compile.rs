//! From rules as written to what a run needs: automata, keyword lists, packed text.
//!
//! The build script runs this for `rules.yaml`, `user.rs` for a user's own rules: the same rule gives the
//! same bytes both ways. Call it after `check.rs` found nothing wrong.

use std::collections::BTreeMap;

use regex_automata::dfa::{Automaton, StartKind, dense, sparse};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::inherit;
use super::keywords::Spec;
use super::pack::Writer;
use super::rule::{Origin, Parser};
use super::schema;

/// Most bytes that a shape's automaton may have. 900 of 1,161 shapes of the field's formats stay under 4 KiB.
pub const MAX_SHAPE: usize = 16 << 10;
/// Most bytes of all automata together: they are most of the binary.
pub const MAX_SHAPES: usize = 4 << 20;
/// Where determinization gives up; a shape near this would never fit [`MAX_SHAPE`].
const GIVE_UP: usize = 8 << 20;
/// Minimizing costs more than it saves above this many bytes of dense automaton.
const MINIMIZE: usize = 512 << 10;

/// Byte order of the machine that will run the automata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// That of the machine this was compiled for.
    pub const NATIVE: Endian = if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };
}

/// A shape ready to be packed.
#[derive(Debug, Clone)]
pub struct CompiledShape {
    /// As written.
    pub pattern: String,
    /// A sparse DFA.
    pub dfa: Vec<u8>,
    /// Shortest match, bytes.
    pub min: u32,
    /// Longest match, bytes; `u32::MAX` when unbounded.
    pub max: u32,
    /// One bit for each byte that can occur.
    pub alphabet: [u64; 4],
    /// By which byte every match has had a run of [`HEAD_RUN`], if it must have one.
    pub run_by: Option<usize>,
}

/// Why a keyword is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordKind {
    /// The secret starts with it.
    Prefix,
    /// It stands inside the secret.
    Inside,
    /// It stands around the secret: wakes rules of [`Origin::Token`], is context for the others.
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

/// What makes a long run of base64 characters matter to a rule, with no keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// An account id of the rule: its first two bytes and its length.
    Id([u8; 2], usize),
    /// The rule looks at base64 itself.
    Base64,
}

/// Shortest id that is looked for without a keyword: the probe sees no shorter run.
const SHORTEST_ID: u32 = 20;

/// Prefixes of secrets that start with so many run bytes are looked for only where such a run starts, which
/// spares the pass over all bytes most of the short keywords.
pub const HEAD_RUN: usize = 16;

/// How far from a secret its rule's words may stand, lines, for the words to be looked for only around runs
/// of [`HEAD_RUN`] bytes that may be random: in ordinary source that is a twentieth of the text. The words of
/// rules that reach further, or whose secret need not hold such a run, are looked for everywhere.
pub const NEAR_LINES: u32 = 3;
/// How soon in a secret such a run must come for its prefix, and how long it may be for its inner keywords, to
/// be looked for in the same way, bytes.
pub const NEAR_SECRET: usize = 512;

/// Everything, owned.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Packed records, see `pack.rs`.
    pub bytes: Vec<u8>,
    /// What a person reads of each rule, in blocks that are packed one by one.
    pub pages: Vec<Vec<u8>>,
    /// Where each vendor's record starts.
    pub vendors: Vec<u32>,
    /// Where each rule's record starts.
    pub rules: Vec<u32>,
    /// Keywords that are looked for everywhere, in alphabetical order as the next two lists.
    pub words: Vec<Word>,
    /// Keywords that count only around a long run, see [`NEAR_LINES`].
    pub nearby: Vec<Word>,
    /// Prefixes of secrets that start with a long run, see [`HEAD_RUN`].
    pub heads: Vec<Word>,
    /// Number of the rule, and what wakes it without a keyword.
    pub runs: Vec<(u32, Run)>,
    /// Bytes of all automata.
    pub shapes: usize,
}

/// Compiles a whole document.
///
/// # Errors
/// Id of the rule and what is wrong, for every rule whose shape cannot be compiled.
pub fn compile(document: &schema::Document, endian: Endian) -> Result<Compiled, Vec<(String, String)>> {
    let mut out = Compiled::default();
    let mut faults = Vec::new();
    let mut lists = Lists::default();
    let mut writer = Writer::default();
    for vendor in &document.vendors {
        out.vendors.push(writer.position());
        writer.vendor(vendor);
    }
    for (number, full) in inherit::rules(document).enumerate() {
        let compiled = shapes(full.rule, endian);
        let (shape, companions) = match compiled {
            Ok(compiled) => compiled,
            Err(message) => {
                faults.push((full.rule.id.clone(), message));
                continue;
            }
        };
        out.shapes += shape.iter().chain(&companions).map(|shape| shape.dfa.len()).sum::<usize>();
        lists.add(number as u32, &full.rule.detect, shape.as_ref());
        out.runs.extend(runs(&full.rule.detect, &companions).map(|run| (number as u32, run)));
        out.rules.push(writer.rule(&full, shape.as_ref(), &companions));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    (out.bytes, out.pages) = writer.finish();
    out.words = lists.words.into_values().collect();
    out.nearby = lists.nearby.into_values().collect();
    out.heads = lists.heads.into_values().collect();
    Ok(out)
}

type Shapes = (Option<CompiledShape>, Vec<CompiledShape>);

fn shapes(rule: &schema::Rule, endian: Endian) -> Result<Shapes, String> {
    let own = rule.detect.shape.as_deref().map(|pattern| shape(pattern, endian)).transpose()?;
    let companions = rule
        .detect
        .companions
        .iter()
        .map(|one| shape(&one.shape, endian).map_err(|why| format!("companion “{}”: {why}", one.name)))
        .collect::<Result<_, _>>()?;
    Ok((own, companions))
}

/// What wakes the rule. `None` when the rule says too little or too much; `check.rs` reports that.
pub fn origin(detect: &schema::Detect) -> Option<Origin> {
    match (detect.prefix.is_empty(), detect.inside.is_empty(), detect.parse) {
        (false, true, None) => Some(Origin::Prefix),
        (true, false, None) => Some(Origin::Inside),
        (true, true, Some(parser)) => Some(Origin::Parse(parser)),
        (true, true, None) if !detect.keywords.is_empty() && detect.near.is_some() => Some(Origin::Token),
        _ => None,
    }
}

/// Ids of a fixed length that open with two letters (`AC…`, `(?:MA|SA)…`), and rules about base64.
fn runs<'r>(detect: &'r schema::Detect, companions: &'r [CompiledShape]) -> impl Iterator<Item = Run> + 'r {
    let base64 = (detect.parse == Some(Parser::Base64Text)).then_some(Run::Base64);
    let fixed = companions.iter().filter(|shape| shape.min == shape.max && shape.min >= SHORTEST_ID);
    let ids = fixed.flat_map(|shape| {
        let pattern = shape.pattern.trim_start_matches("(?:").as_bytes();
        let head = pattern.split(|b| !b.is_ascii_uppercase() && *b != b'|').next().unwrap_or_default();
        let pairs = head.split(|&b| b == b'|').filter(|pair| pair.len() == 2);
        pairs.map(|pair| Run::Id([pair[0], pair[1]], shape.max as usize))
    });
    base64.into_iter().chain(ids)
}

/// Keywords by their text and whether its case matters.
type Words = BTreeMap<(Vec<u8>, bool), Word>;

/// The lists of [`Compiled`] in the making.
#[derive(Debug, Default)]
struct Lists {
    words: Words,
    nearby: Words,
    heads: Words,
}

impl Lists {
    fn add(&mut self, number: u32, detect: &schema::Detect, shape: Option<&CompiledShape>) {
        let run_by = shape.and_then(|shape| shape.run_by).filter(|by| *by <= NEAR_SECRET);
        for text in &detect.prefix {
            let head = shape.map_or(Head::ANY, |shape| Head::of(&shape.dfa, text.as_bytes()));
            let list = match head.run >= HEAD_RUN {
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
        for text in &detect.keywords {
            let list = if is_near { &mut self.nearby } else { &mut self.words };
            add_word(list, text.to_ascii_lowercase().into_bytes(), &Head::ANY, (number, kind));
        }
    }
}

/// Whether context of a rule counts only near a long run.
fn stays_near(detect: &schema::Detect, shape: Option<&CompiledShape>) -> bool {
    let within = detect.near.as_ref().map_or(schema::Within::default(), |near| near.within);
    // A secret with a prefix is known where it stands, however short it is.
    let is_placed = shape.is_some_and(|shape| shape.run_by.is_some()) || !detect.prefix.is_empty();
    is_placed
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
    /// With how many run bytes every secret starts at least, counted up to [`HEAD_RUN`].
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
        while run < HEAD_RUN && !states.iter().any(|state| ends(*state)) {
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

/// The run bytes in a row that every match of an expression holds.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// How many there are at least at its start and at its end.
    head: usize,
    tail: usize,
    /// Whether a match holds nothing else.
    whole: bool,
    /// Bytes of the longest match; `None` when it has no bound.
    most: Option<usize>,
    /// By which byte there has been a run of [`HEAD_RUN`].
    by: Option<usize>,
}

impl Stretch {
    const NONE: Stretch = Stretch { head: 0, tail: 0, whole: false, most: Some(1), by: None };
    const EMPTY: Stretch = Stretch { head: 0, tail: 0, whole: true, most: Some(0), by: None };
    const ONE: Stretch = Stretch { head: 1, tail: 1, whole: true, most: Some(1), by: None };

    fn of(hir: &Hir) -> Stretch {
        let one = |is_run: bool| if is_run { Stretch::ONE } else { Stretch::NONE };
        let are_run = |first: u8, last: u8| (first..=last).all(is_run_byte);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Stretch::EMPTY,
            HirKind::Literal(literal) => {
                literal.0.iter().map(|byte| one(is_run_byte(*byte))).fold(Stretch::EMPTY, Stretch::then)
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
        let joined = (self.tail + next.head >= HEAD_RUN).then_some(HEAD_RUN);
        let later = joined.or(next.by).and_then(|by| Some(self.most? + by));
        Stretch {
            head,
            tail: if next.whole { self.tail + next.tail } else { next.tail },
            whole: self.whole && next.whole,
            most,
            by: if head >= HEAD_RUN { Some(HEAD_RUN) } else { self.by.or(later) },
        }
    }

    fn or(self, other: Stretch) -> Stretch {
        Stretch {
            head: self.head.min(other.head),
            tail: self.tail.min(other.tail),
            whole: self.whole && other.whole,
            most: self.most.zip(other.most).map(|(one, other)| one.max(other)),
            by: self.by.zip(other.by).map(|(one, other)| one.max(other)),
        }
    }
}

/// Compiles one shape.
///
/// # Errors
/// What is wrong with the pattern, and what to write instead.
pub fn shape(pattern: &str, endian: Endian) -> Result<CompiledShape, String> {
    let hir = parse(pattern)?;
    let min = hir.properties().minimum_len().unwrap_or(0);
    let max = hir.properties().maximum_len().map_or(u32::MAX, |max| max as u32);
    let mut alphabet = [0; 4];
    collect(&hir, &mut alphabet);
    let dfa = automaton(&hir, endian).map_err(|why| {
        format!(
            "shape cannot be a DFA: {why}. Describe only the secret, with narrow bounds; put context in near"
        )
    })?;
    if dfa.len() > MAX_SHAPE {
        return Err(format!(
            "shape needs {} bytes as a DFA, {MAX_SHAPE} are allowed. Describe only the secret, with narrow bounds; put context in near",
            dfa.len()
        ));
    }
    let run_by = Stretch::of(&hir).by;
    Ok(CompiledShape { pattern: pattern.to_owned(), dfa, min: min as u32, max, alphabet, run_by })
}

/// Shortest and, when there is one, longest match of a pattern, without compiling it.
///
/// # Errors
/// As [`shape`].
pub fn lengths(pattern: &str) -> Result<(usize, Option<usize>), String> {
    let hir = parse(pattern)?;
    Ok((hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len()))
}

fn parse(pattern: &str) -> Result<Hir, String> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).nest_limit(50).build().parse(pattern).map_err(
        |why| {
            // The full text draws the pattern with a caret over several lines.
            let why = match &why {
                regex_syntax::Error::Parse(why) => {
                    format!("{} at column {}", why.kind(), why.span().start.column)
                }
                regex_syntax::Error::Translate(why) => {
                    format!("{} at column {}", why.kind(), why.span().start.column)
                }
                _ => why.to_string(),
            };
            format!("shape is no regular expression over bytes: {why}")
        },
    )?;
    if !hir.properties().look_set().is_empty() {
        return Err(
            "shape uses ^, $, \\b or look-around: boundaries are the engine's, leave them out".to_owned()
        );
    }
    match hir.properties().minimum_len() {
        None => return Err("shape can match nothing at all".to_owned()),
        Some(0) => return Err("shape matches the empty text: say what the secret has at least".to_owned()),
        Some(_) => {}
    }
    if uses_unicode(&hir) {
        return Err("shape uses Unicode classes: write the bytes, [A-Za-z0-9_] for instance".to_owned());
    }
    Ok(hir)
}

fn uses_unicode(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => !class.is_ascii(),
        HirKind::Repetition(repetition) => uses_unicode(&repetition.sub),
        HirKind::Capture(capture) => uses_unicode(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(uses_unicode),
        _ => false,
    }
}

fn collect(hir: &Hir, alphabet: &mut [u64; 4]) {
    let mut add = |first: u8, last: u8| {
        for byte in first..=last {
            alphabet[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    };
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| add(*byte, *byte)),
        HirKind::Class(Class::Bytes(class)) => class.iter().for_each(|range| add(range.start(), range.end())),
        // Only ASCII ones are left, see `parse`.
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().for_each(|range| add(range.start() as u8, range.end() as u8));
        }
        HirKind::Repetition(repetition) => collect(&repetition.sub, alphabet),
        HirKind::Capture(capture) => collect(&capture.sub, alphabet),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect(part, alphabet))
        }
        HirKind::Empty | HirKind::Look(_) => {}
    }
}

/// All matches, not the leftmost: the engine wants the longest end that stands at a boundary.
fn automaton(hir: &Hir, endian: Endian) -> Result<Vec<u8>, String> {
    let nfa = thompson::Compiler::new()
        .configure(
            thompson::Config::new()
                .utf8(false)
                .which_captures(WhichCaptures::None)
                .nfa_size_limit(Some(GIVE_UP)),
        )
        .build_from_hir(hir)
        .map_err(|why| why.to_string())?;
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Anchored)
        .accelerate(false)
        .dfa_size_limit(Some(GIVE_UP))
        .determinize_size_limit(Some(GIVE_UP));
    let build = |minimize| {
        dense::Builder::new()
            .configure(config.clone().minimize(minimize))
            .build_from_nfa(&nfa)
            .map_err(|why| why.to_string())
    };
    let mut dfa = build(false)?;
    if dfa.memory_usage() <= MINIMIZE {
        dfa = build(true)?;
    }
    let sparse = dfa.to_sparse().map_err(|why| why.to_string())?;
    Ok(match endian {
        Endian::Little => sparse.to_bytes_little_endian(),
        Endian::Big => sparse.to_bytes_big_endian(),
    })
}
