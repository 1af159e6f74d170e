//! From rules as written to what a run needs: automata, keyword lists, packed text.
//!
//! The build script runs this for `rules.yaml`, `user.rs` for a user's own rules: the same rule gives the
//! same bytes both ways. Call it after `check.rs` found nothing wrong.

use regex_automata::dfa::{Automaton, StartKind, dense, sparse};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::inherit;
use super::lists::{Lists, Stretch, Word};
use super::pack::{Writer, plain_name};
use super::prose::Prose;
use super::rule::{ByName, Check, Origin, Parser};
use super::schema;
use super::spoken;

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
    /// A sign that every match holds, neither letter nor digit.
    pub sign: Option<u8>,
    /// By which byte every match has had a run of [`HEAD_RUN`](super::HEAD_RUN), if it must have one.
    pub run_by: Option<usize>,
    /// Whether every match has such a run, wherever.
    pub holds_run: bool,
}

/// What makes a long run of base64 characters matter to a rule, with no keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// An account id of the rule: its first two bytes and its length.
    Id([u8; 2], usize),
    /// A secret of the rule that a sum in it proves wherever it stands: its length.
    Sum(usize),
    /// The rule looks at base64 itself.
    Base64,
}

/// A rule that goes by a name.
#[derive(Debug)]
pub struct Named {
    /// Its number.
    pub rule: u32,
    /// The number of its vendor.
    pub vendor: u32,
    /// What it takes over.
    pub takes: ByName,
    /// The words that speak of it, lower case without separators; none: the vendor's.
    pub words: Vec<String>,
}

/// A line for each of the rules with its words, a blank between two.
pub fn names(by_name: &[Named]) -> String {
    by_name.iter().map(|named| named.words.join(" ") + "\n").collect()
}

/// Shortest id that is looked for without a keyword: the probe sees no shorter run.
const SHORTEST_ID: u32 = 20;

/// Everything, owned.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Packed records, see `pack.rs`.
    pub bytes: Vec<u8>,
    /// What a person reads of each rule.
    pub(super) prose: Prose,
    /// Where each vendor's record starts.
    pub vendors: Vec<u32>,
    /// Where each rule's record starts.
    pub rules: Vec<u32>,
    /// Keywords that are looked for everywhere, in alphabetical order as the next two lists.
    pub words: Vec<Word>,
    /// Keywords that count only around a long run, see [`NEAR_LINES`](super::NEAR_LINES).
    pub nearby: Vec<Word>,
    /// Prefixes of secrets that start with a long run, see [`HEAD_RUN`](super::HEAD_RUN).
    pub heads: Vec<Word>,
    /// Number of the rule, and what wakes it without a keyword.
    pub runs: Vec<(u32, Run)>,
    /// The rules that go by a name.
    pub by_name: Vec<Named>,
    /// The words that speak of them, for each [`ByName`].
    pub(super) spoken: [spoken::Built; 3],
    /// Rules whose secrets hold a sum or have a structure.
    pub checked: Vec<u32>,
    /// Bytes of all automata.
    pub shapes: usize,
}

/// Compiles a whole document.
///
/// # Errors
/// Id of the rule, which of that id it is, and what is wrong, for every rule whose shape cannot be compiled.
pub fn compile(
    document: &schema::Document,
    endian: Endian,
) -> Result<Compiled, Vec<(String, usize, String)>> {
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
                let id = &full.rule.id;
                let nth = inherit::rules(document).take(number).filter(|other| other.rule.id == *id).count();
                faults.push((id.clone(), nth, message));
                continue;
            }
        };
        out.shapes += shape.iter().chain(&companions).map(|shape| shape.dfa.len()).sum::<usize>();
        lists.add(number as u32, &full.rule.detect, shape.as_ref());
        if let Some(takes) = full.rule.detect.by_name {
            let words = full.rule.detect.keywords.iter().map(|word| plain_name(word)).collect();
            out.by_name.push(Named { rule: number as u32, vendor: full.vendor_at as u32, takes, words });
        }
        out.checked.extend(full.rule.detect.check.map(|_| number as u32));
        out.runs.extend(runs(&full.rule.detect, shape.as_ref(), &companions).map(|run| (number as u32, run)));
        out.rules.push(writer.rule(&full, shape.as_ref(), &companions));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    (out.bytes, out.prose) = writer.finish();
    [out.words, out.nearby, out.heads] = lists.finish();
    out.spoken = ByName::ALL.map(|takes| spoken::build(document, &out.by_name, takes));
    Ok(out)
}

type Shapes = (Option<CompiledShape>, Vec<CompiledShape>);

fn shapes(rule: &schema::Rule, endian: Endian) -> Result<Shapes, String> {
    let own = rule
        .detect
        .shape
        .as_deref()
        .map(|pattern| shape(pattern, &rule.detect.prefix, endian))
        .transpose()?;
    let companions = rule
        .detect
        .companions
        .iter()
        .map(|one| shape(&one.shape, &[], endian).map_err(|why| format!("companion “{}”: {why}", one.name)))
        .collect::<Result<_, _>>()?;
    Ok((own, companions))
}

/// What wakes the rule. `None` when the rule says too little or too much; `check.rs` reports that.
pub fn origin(detect: &schema::Detect) -> Option<Origin> {
    match (detect.prefix.is_empty(), detect.inside.is_empty(), detect.parse) {
        (true, true, None)
            if detect.by_name.is_some() && detect.shape.is_none() && has_names_alone(detect) =>
        {
            detect.by_name.map(Origin::Name)
        }
        _ if detect.by_name.is_some() => None,
        (false, true, None) => Some(Origin::Prefix),
        (true, false, None) => Some(Origin::Inside),
        (true, true, Some(parser)) => Some(Origin::Parse(parser)),
        (true, true, None) if !detect.keywords.is_empty() && detect.near.is_some() => Some(Origin::Token),
        _ => None,
    }
}

/// Whether nothing of the context is asked for but a name.
fn has_names_alone(detect: &schema::Detect) -> bool {
    let near = detect.near.as_ref();
    near.is_none_or(|near| {
        near.calls.is_empty() && near.within == schema::Within::default() && !near.names.is_empty()
    })
}

/// Ids of a fixed length that open with two capitals or more (`AC…`, `(?:MA|SA)…`, `SCW…`), secrets that a sum proves, and
/// rules about base64.
fn runs<'r>(
    detect: &'r schema::Detect,
    secret: Option<&'r CompiledShape>,
    companions: &'r [CompiledShape],
) -> impl Iterator<Item = Run> + 'r {
    let of_sum =
        |shape: &&CompiledShape| shape.min == shape.max && detect.check.is_some_and(Check::stands_alone);
    let sum = secret.filter(of_sum).map(|shape| Run::Sum(shape.max as usize));
    let base64 = (detect.parse == Some(Parser::Base64Text)).then_some(Run::Base64);
    let fixed = companions.iter().filter(|shape| shape.min == shape.max && shape.min >= SHORTEST_ID);
    let ids = fixed.flat_map(|shape| {
        let pattern = shape.pattern.trim_start_matches("(?:").as_bytes();
        let head = pattern.split(|b| !b.is_ascii_uppercase() && *b != b'|').next().unwrap_or_default();
        let starts = head.split(|&b| b == b'|').filter(|start| start.len() >= 2);
        starts.map(|start| Run::Id([start[0], start[1]], shape.max as usize))
    });
    base64.into_iter().chain(sum).chain(ids)
}

/// Compiles one shape, which each of `heads` can start.
///
/// # Errors
/// What is wrong with the pattern, and what to write instead.
pub fn shape(pattern: &str, heads: &[String], endian: Endian) -> Result<CompiledShape, String> {
    let hir = parse(pattern)?;
    let min = hir.properties().minimum_len().unwrap_or(0);
    let max = hir.properties().maximum_len().map_or(u32::MAX, |max| max as u32);
    let mut alphabet = [0; 4];
    collect(&hir, &mut alphabet);
    let dfa = automaton(&hir).map_err(|why| {
        format!(
            "shape cannot be a DFA: {why}. Describe only the secret, with narrow bounds; put context in near"
        )
    })?;
    if let Some(head) = heads.iter().find(|head| !can_start(&dfa, head)) {
        return Err(format!(
            "prefix `{head}` starts nothing that the shape matches: the shape is the whole secret, its prefix included"
        ));
    }
    let dfa = match endian {
        Endian::Little => dfa.to_bytes_little_endian(),
        Endian::Big => dfa.to_bytes_big_endian(),
    };
    if dfa.len() > MAX_SHAPE {
        return Err(format!(
            "shape needs {} bytes as a DFA, {MAX_SHAPE} are allowed. Describe only the secret, with narrow bounds; put context in near",
            dfa.len()
        ));
    }
    let Stretch { by: run_by, holds: holds_run, .. } = Stretch::of(&hir);
    let signs = held(&hir) & !held_in_words();
    let sign = (signs != 0).then(|| signs.trailing_zeros() as u8);
    Ok(CompiledShape {
        pattern: pattern.to_owned(),
        dfa,
        min: min as u32,
        max,
        alphabet,
        sign,
        run_by,
        holds_run,
    })
}

/// Shortest and, when there is one, longest match of a pattern, without compiling it.
///
/// # Errors
/// As [`shape`].
pub fn lengths(pattern: &str) -> Result<(usize, Option<usize>), String> {
    let hir = parse(pattern)?;
    Ok((hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len()))
}

/// Whether every match of a pattern holds the word, in whatever case, as far as the pattern spells it in one piece.
pub fn always_holds(pattern: &str, word: &str) -> bool {
    fn spells(hir: &Hir, word: &[u8]) -> bool {
        match hir.kind() {
            HirKind::Literal(text) => text.0.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)),
            HirKind::Repetition(repetition) => repetition.min > 0 && spells(&repetition.sub, word),
            HirKind::Capture(capture) => spells(&capture.sub, word),
            HirKind::Concat(parts) => parts.iter().any(|part| spells(part, word)),
            HirKind::Alternation(parts) => parts.iter().all(|part| spells(part, word)),
            HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => false,
        }
    }
    !word.is_empty() && parse(pattern).is_ok_and(|hir| spells(&hir, word.as_bytes()))
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

/// The ASCII characters that every match holds, a bit each.
fn held(hir: &Hir) -> u128 {
    let bit = |byte: u8| if byte.is_ascii() { 1 << byte } else { 0 };
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().fold(0, |held, byte| held | bit(*byte)),
        HirKind::Class(Class::Bytes(class)) => match class.ranges() {
            [one] if one.start() == one.end() => bit(one.start()),
            _ => 0,
        },
        HirKind::Repetition(repetition) if repetition.min == 0 => 0,
        HirKind::Repetition(repetition) => held(&repetition.sub),
        HirKind::Capture(capture) => held(&capture.sub),
        HirKind::Concat(parts) => parts.iter().fold(0, |all, part| all | held(part)),
        HirKind::Alternation(parts) => parts.iter().fold(u128::MAX, |all, part| all & held(part)),
        HirKind::Class(Class::Unicode(_)) | HirKind::Empty | HirKind::Look(_) => 0,
    }
}

/// Letters, digits and the underscore, a bit each.
fn held_in_words() -> u128 {
    (0..128u8)
        .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .fold(0, |all, byte| all | 1 << byte)
}

/// All matches, not the leftmost: the engine wants the longest end that stands at a boundary.
fn automaton(hir: &Hir) -> Result<sparse::DFA<Vec<u8>>, String> {
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
    dfa.to_sparse().map_err(|why| why.to_string())
}

/// Whether a match can start with `head`.
fn can_start(dfa: &sparse::DFA<Vec<u8>>, head: &str) -> bool {
    let start = Input::new(head).anchored(Anchored::Yes);
    let Ok(mut state) = dfa.start_state_forward(&start) else { return true };
    head.bytes().all(|byte| {
        state = dfa.next_state(state, byte);
        !dfa.is_dead_state(state)
    })
}
