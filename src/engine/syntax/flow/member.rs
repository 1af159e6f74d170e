//! Literals of a map: that of an environment, `KEYS = { "production" => "…" }`, and elsewhere `KEYS.fetch(env)`; any one
//! under its key, `o = { k: "…" }`, and elsewhere `o.k`.

use std::ops::Range;

use super::binding::{Form, Literal};
use super::used::{Part, Use};
use super::{LONGEST_NAME, MOST_USES};
use crate::engine::Syntax;
use crate::engine::job::Job;
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::bracket::{close_behind, open_before};

/// How far before an entry its map begins, and behind it ends, bytes.
const REACH: usize = 640;
/// How far from the start of a text its object begins, where it is nothing else, bytes.
const LONGEST_HEAD: usize = 256;
/// Longest place in a map.
const LONGEST_PLACE: usize = 64;
/// What an environment is called.
#[rustfmt::skip]
const ENVIRONMENTS: [&[u8]; 20] = [
    b"production", b"prod", b"prd", b"live", b"staging", b"stage", b"stg", b"development", b"dev", b"test", b"testing",
    b"sandbox", b"default", b"local", b"qa", b"uat", b"preprod", b"preview", b"ci", b"demo",
];
/// Methods that look up an entry.
const LOOKUPS: [&[u8]; 4] = [b".fetch(", b".get(", b".dig(", b".getOrDefault("];

/// The uses of the map that a literal is the entry of an environment of, and the map itself where its name says that it
/// keeps secrets. `open` is where its marks begin.
pub(super) fn uses(job: &Job<'_>, value: &Range<usize>, open: usize) -> Option<Vec<Use>> {
    let text = job.text;
    let key = &text[key_before(text, open)?];
    let is_environment = ENVIRONMENTS.iter().any(|known| key.eq_ignore_ascii_case(known));
    let (name, map) = is_environment.then(|| map_around(text, value.start))??;
    let quoted = |range| Use {
        range,
        parts: vec![Part::Sign(b"\""), Part::Literal(value.clone()), Part::Sign(b"\"")],
    };
    let literal = Literal {
        name: &text[name.clone()],
        definition: name.start..map.end,
        value: value.clone(),
        form: Form::Name,
    };
    let looked_up = literal.uses(text, super::REACH).filter_map(|at| Some(at.start..lookup(text, at.end)?));
    let own = (names::role(literal.name) == Role::Secret).then_some(map);
    Some(looked_up.chain(own).take(MOST_USES).map(quoted).collect())
}

/// A literal under the key that it has in an object of code: `o = { k: "…" }`, `o = T { k: "…" }`.
pub(super) fn literal<'t>(job: &Job<'t>, value: &Range<usize>) -> Option<Literal<'t>> {
    let text = job.text;
    // What is one object has no code beside it.
    let head = &text[..text.len().min(LONGEST_HEAD)];
    let is_data = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    if is_data || job.syntax() != Syntax::Code {
        return None;
    }
    let key = key_before(text, value.start.checked_sub(1)?)?;
    let outer = || {
        let floor = key.start.saturating_sub(REACH);
        key_before(text, floor + open_before(&text[floor..key.start], b"{[(", b"}])")?)
    };
    let owner = outer().or_else(|| map_around(text, key.start).map(|(name, _)| name))?;
    Literal::named(text, &text[key], value.clone(), Form::Member(&text[owner]))
}

/// The key before what it is given at `at`.
fn key_before(text: &[u8], at: usize) -> Option<Range<usize>> {
    let lead = text[..at].trim_ascii_end();
    let lead = lead.strip_suffix(b"=>").or(lead.strip_suffix(b":"))?.trim_ascii_end();
    let end = lead.len() - usize::from(matches!(lead.last(), Some(b'"' | b'\'')));
    let length = lead[..end].iter().rev().take(LONGEST_NAME).take_while(|b| is_word(**b)).count();
    (length > 0).then_some(end - length..end)
}

/// The map that an entry stands in, and the variable that it is given to.
fn map_around(text: &[u8], at: usize) -> Option<(Range<usize>, Range<usize>)> {
    let before = &text[at.saturating_sub(REACH)..at];
    let open = open_before(before, b"{[(", b"}])")?;
    // `map[string]string{`, `%{`, `array(`, `Map.of(`.
    let in_type = |b: &&u8| is_word(**b) || b"[]<>.%* ,:".contains(b);
    let lead = &before[..open];
    let lead = &lead[..lead.len() - lead.iter().rev().take_while(in_type).count()];
    let named = lead.strip_suffix(b"=").map(|lead| lead.strip_suffix(b":").unwrap_or(lead))?.trim_ascii_end();
    // `KEYS: Dict[str, str] = {`
    let kind = named.iter().rev().take_while(in_type).count();
    let line = &named[named.len() - kind..];
    let named = match memchr::memchr(b':', line) {
        Some(at) => named[..named.len() - kind + at].trim_ascii_end(),
        None => named,
    };
    let length = named.iter().rev().take_while(|b| is_word(**b)).count();
    let offset = at - before.len();
    let end = offset + named.len();
    let behind = &text[at..text.len().min(at + REACH)];
    let close = close_behind(behind, b"{[(", b"}])")?;
    (1..=LONGEST_NAME).contains(&length).then(|| (end - length..end, offset + open..at + close + 1))
}

/// Where the place in a map ends that stands behind its name: `[env]`, `.fetch(Rails.env)`, `.production`.
fn lookup(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..text.len().min(at + LONGEST_PLACE)];
    let rest_from = |from: usize, close: u8| {
        let mut depth = 0_usize;
        let end = rest[from..].iter().position(|b| {
            match b {
                b'(' | b'[' => depth += 1,
                b')' | b']' if depth > 0 => depth -= 1,
                byte => return *byte == close,
            }
            false
        })?;
        Some(at + from + end + 1)
    };
    if rest.starts_with(b"[") {
        return rest_from(1, b']');
    }
    if let Some(method) = LOOKUPS.iter().find(|method| rest.starts_with(method)) {
        return rest_from(method.len(), b')');
    }
    let name = rest.strip_prefix(b".")?;
    let length = name.iter().take_while(|b| is_word(**b)).count();
    let is_environment = ENVIRONMENTS.iter().any(|known| name[..length].eq_ignore_ascii_case(known));
    is_environment.then_some(at + 1 + length)
}
