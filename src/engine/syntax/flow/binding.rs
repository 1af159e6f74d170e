//! What stands for a literal elsewhere: the variable or the member that is given it, the function that returns it, the
//! parameter that takes it.

use std::ops::Range;

use super::used::{OWNERS, Use};
use super::{Drawn, LONGEST_LINE, LONGEST_NAME, REACH, opens_line};
use crate::engine::job::Job;
use crate::engine::locate::{How, locate};
use crate::engine::names::{self, Role};
use crate::engine::parse;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::bracket::{close_behind, open_before};
use crate::engine::syntax::given;
use crate::engine::syntax::neighbour::line_before;
use crate::part::start_in;

/// Most variables that a literal is handed on to.
const MOST_RENAMED: usize = 2;
/// Most places of a name that are looked at to find those.
const MOST_PLACES: usize = 64;
/// Shorter names say nothing: `at` may be an access token.
const SHORTEST_WORD: usize = 3;
/// Shorter names are written too often to be looked for far away.
const SHORTEST_FAR: usize = 4;
/// Longest arguments of a function that only returns a literal, bytes.
const LONGEST_ARGUMENTS: usize = 64;
/// What the members of an object are called in its own methods.
const SELVES: [&[u8]; 5] = [b"self", b"this", b"cls", b"static", b"Self"];

/// A literal and the name that it is given.
#[derive(Debug)]
pub(super) struct Literal<'t> {
    pub(super) value: Range<usize>,
    pub(super) name: &'t [u8],
    /// The name and the value.
    pub(super) definition: Range<usize>,
    pub(super) form: Form<'t>,
}

/// How the name of a literal is used.
#[derive(Debug, Clone)]
pub(super) enum Form<'t> {
    /// As it is.
    Name,
    /// As that of a function: `k()`, or `k` where calls have no brackets.
    Function,
    /// As a member of the object whose method it is used in: `self.k`.
    Own,
    /// As a member of what is called so: `o.k`, `o["k"]`.
    Member(&'t [u8]),
    /// As it is, in the body of the function whose parameter it is.
    Parameter(Range<usize>),
}

impl<'t> Literal<'t> {
    /// A literal that is given to a variable, or returned. What is given with a colon, passed or listed is no variable's.
    pub(super) fn of(text: &'t [u8], drawn: &Drawn) -> Option<Literal<'t>> {
        let value = drawn.value.clone();
        let open = drawn.marks.as_ref().map(|marks| marks.start);
        if let Some(open) = open
            && let Some((name, owner)) = member_before(text, open)
        {
            let form = if SELVES.contains(&owner) { Form::Name } else { Form::Member(owner) };
            return Literal::named(text, name, value, form);
        }
        if let Some(name) = open.and_then(|open| given::tuple::name(text, open)) {
            return Literal::named(text, bare(name), value, Form::Name);
        }
        let located = locate(text, value.clone());
        // `a` is an article elsewhere.
        let own = assigned(text, open).filter(|_| located.names.is_empty());
        let name = located.names.first().copied().or(own);
        let given = name.and_then(|name| Literal::given(text, name, &value, open, located.how));
        // `k = env.get("K", "…")`
        let by_default = || Literal::named(text, default_of(text, open?)?, value.clone(), Form::Name);
        given.or_else(by_default)
    }

    /// A literal under a name that stands before it, as what stands between gives it.
    fn given(
        text: &'t [u8],
        name: &'t [u8],
        value: &Range<usize>,
        open: Option<usize>,
        how: How,
    ) -> Option<Literal<'t>> {
        let at = Some(start_in(text, name)).filter(|at| at.saturating_add(name.len()) <= value.start)?;
        let sign = text.get(at + name.len()..open.unwrap_or(value.start))?;
        // What a name is compared with is not its value.
        let compares =
            || [&b"=="[..], b"!=", b"~="].iter().any(|two| crate::memmem::find(sign, two).is_some());
        // `@seed "…"` of Elixir
        let is_attribute = open.is_some() && text[..start_in(text, bare(name))].ends_with(b"@");
        let is_given = match how {
            How::Assigned => sign.contains(&b'=') && !sign.trim_ascii_end().ends_with(b"=>") && !compares(),
            // `(def k "…")` of Lisp.
            How::Spoken => is_attribute || is_defined(text, at),
            // `k = ("…" if a else None)`
            _ => is_attribute || wrapped(text, open?).is_some(),
        };
        let is_returned = || {
            let is_sign = |b: &u8| matches!(b, b'(' | b'{' | b':' | b'\n' | b'-' | b',');
            let follows = sign.trim_ascii_start().first().is_some_and(is_sign) || sign.contains(&b'\n');
            open.is_some() && follows && given::names(text, value) == Some(name)
        };
        let form = if is_given { Form::Name } else { is_returned().then_some(Form::Function)? };
        let name = bare(name);
        let before = &text[..start_in(text, name)];
        (open.is_some() || opens_line(before)).then(|| Literal::named(text, name, value.clone(), form))?
    }

    /// A literal under a name, where that may be one.
    pub(super) fn named(
        text: &'t [u8],
        name: &'t [u8],
        value: Range<usize>,
        form: Form<'t>,
    ) -> Option<Literal<'t>> {
        let start = start_in(text, name);
        let is_key = text[..start].last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`' | b'<'));
        let is_name = (1..=LONGEST_NAME).contains(&name.len())
            && name.iter().all(|b| is_word(*b))
            && !name[0].is_ascii_digit()
            && (!is_key || matches!(form, Form::Member(_)))
            && !parse::is_stand_in(name)
            && !names::normalized(name).ends_with(&names::normalized(&text[value.clone()]))
            && !counts(name);
        let definition = match form {
            Form::Parameter(_) => start..start + name.len(),
            _ => start..value.end,
        };
        (is_name && definition.start < definition.end).then_some(Literal { name, definition, value, form })
    }

    /// Where it stands for something, under its name and under those that it is handed on to, up to `most` times.
    pub(super) fn places(&self, job: &Job<'t>, most: usize, reach: usize) -> Vec<Use> {
        let text = job.text;
        let reach = if self.name.len() < SHORTEST_FAR { REACH.min(reach) } else { reach };
        let further = self.renamed(text, reach);
        let all = self.uses(text, reach).chain(further.iter().flat_map(|further| further.uses(text, reach)));
        all.filter_map(|at| Use::at(text, at, &self.value, job.hint)).take(most).collect()
    }

    /// The same literal under the names of variables that it is handed on to: `b = a`, `let c: &str = b.clone();`.
    fn renamed(&self, text: &'t [u8], reach: usize) -> Vec<Literal<'t>> {
        let mut out: Vec<Literal<'t>> = Vec::new();
        while out.len() < MOST_RENAMED {
            let known = out.last().unwrap_or(self);
            // `self.k = k` hands it on under the same name.
            let becomes_own = |next: &Literal<'t>| {
                matches!(next.form, Form::Own) && !matches!(known.form, Form::Own | Form::Name)
            };
            let is_new = |next: &Literal<'t>| {
                becomes_own(next) || next.name != self.name && out.iter().all(|other| other.name != next.name)
            };
            let mut uses = known.uses(text, reach);
            let next = uses.find_map(|at| known.handed_on(text, at)).filter(is_new);
            drop(uses);
            let Some(next) = next else { break };
            out.push(next);
        }
        out
    }

    /// Where the name stands within `reach` bytes but for its definition, the nearest behind first.
    pub(super) fn uses(&self, text: &'t [u8], reach: usize) -> impl Iterator<Item = Range<usize>> {
        let (before, behind) = match &self.form {
            Form::Parameter(body) => (body.end..body.end, body.clone()),
            _ => (
                self.definition.start.saturating_sub(reach)..self.definition.start,
                self.definition.end..text.len().min(self.definition.end + reach),
            ),
        };
        let is_free = |b: Option<&u8>| !b.is_some_and(|b| is_word(*b));
        let places = |part: Range<usize>| {
            let (name, form) = (self.name, &self.form);
            memchr::memmem::find_iter(&text[part.clone()], name)
                .map(move |at| part.start + at..part.start + at + name.len())
                .filter(move |at| is_free(text[..at.start].last()) && is_free(text.get(at.end)))
                .take(MOST_PLACES)
                .filter_map(|at| form.used(text, at))
        };
        places(behind).chain(places(before))
    }

    /// The variable that a name is given to, where it is all that is given: `b = a;`.
    fn handed_on(&self, text: &'t [u8], name: Range<usize>) -> Option<Literal<'t>> {
        const COPIES: [&[u8]; 6] =
            [b".clone()", b".to_string()", b".to_owned()", b".as_str()", b".strip()", b".trim()"];
        let rest = &text[name.end..text.len().min(name.end + LONGEST_NAME)];
        let rest = COPIES.iter().find_map(|copy| rest.strip_prefix(*copy)).unwrap_or(rest);
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        if !matches!(rest.get(blanks), None | Some(b'\n' | b';' | b',' | b'}')) {
            return None;
        }
        let before = line_before(text, name.start, LONGEST_LINE).trim_ascii_end();
        let before =
            before.strip_suffix(b"&").or(before.strip_suffix(b"$")).unwrap_or(before).trim_ascii_end();
        let left = before.strip_suffix(b"=")?;
        let left = left.strip_suffix(b":").unwrap_or(left);
        if left.last().is_some_and(|b| matches!(b, b'=' | b'!' | b'<' | b'>' | b'+' | b'|' | b'?')) {
            return None;
        }
        // `let b: String = a`.
        let left = left.trim_ascii_end();
        let is_type = |b: &u8| is_word(*b) || matches!(b, b'&' | b'?' | b'\'' | b'<' | b'>' | b'.');
        let bare = left[..left.len() - left.iter().rev().take_while(|b| is_type(b)).count()].trim_ascii_end();
        let left =
            bare.strip_suffix(b":").filter(|_| !bare.ends_with(b"::")).unwrap_or(left).trim_ascii_end();
        let length = left.iter().rev().take_while(|b| is_word(**b)).count();
        let end = start_in(text, left) + left.len();
        let given = end - length..end;
        let bare = &text[given.clone()];
        let form = match &self.form {
            _ if OWNERS.iter().any(|owner| text[..given.start].ends_with(owner)) => Form::Own,
            Form::Parameter(body) => Form::Parameter(body.clone()),
            _ => Form::Name,
        };
        let definition = given.start..name.end;
        ((1..=LONGEST_NAME).contains(&length) && !bare[0].is_ascii_digit() && !counts(bare))
            .then(|| Literal { value: self.value.clone(), name: bare, definition, form })
    }
}

impl Form<'_> {
    /// What a literal takes the place of where its name stands, if it is that literal's there.
    fn used(&self, text: &[u8], at: Range<usize>) -> Option<Range<usize>> {
        // What is called is a function of the same name.
        if text.get(at.end) == Some(&b'(') && !matches!(self, Form::Function) {
            return None;
        }
        match self {
            Form::Name => Some(start_of_type(text, at.start)..at.end),
            Form::Parameter(_) => Some(at),
            Form::Own => OWNERS.iter().any(|owner| text[..at.start].ends_with(owner)).then_some(at),
            Form::Function => {
                let behind = &text[at.end..text.len().min(at.end + LONGEST_ARGUMENTS)];
                let called = behind.strip_prefix(b"(").and_then(|rest| close_behind(rest, b"(", b")"));
                Some(start_of_type(text, at.start)..at.end + called.map_or(0, |close| close + 2))
            }
            Form::Member(owner) => member(text, &at, owner),
        }
    }
}

/// A name without the sigils before it.
fn bare(name: &[u8]) -> &[u8] {
    &name[name.iter().take_while(|b| !is_word(**b)).count()..]
}

/// Whether what a name holds is surely no secret.
fn counts(name: &[u8]) -> bool {
    let is_short = name.len() < SHORTEST_WORD && !name.eq_ignore_ascii_case(b"id");
    !is_short && names::role(name) == Role::Counter
}

/// Where the type begins whose constant a name is: `Keys.TOKEN`, `Keys::TOKEN`.
fn start_of_type(text: &[u8], name: usize) -> usize {
    let before = &text[..name];
    let Some(lead) = before.strip_suffix(b"::").or(before.strip_suffix(b".")) else { return name };
    let length = lead.iter().rev().take(LONGEST_NAME).take_while(|b| is_word(**b)).count();
    let start = lead.len() - length;
    let is_type = length > 0 && lead[start].is_ascii_uppercase();
    if is_type && !lead[..start].ends_with(b".") { start } else { name }
}

/// The member that the literal which opens at `open` is given to, and whose it is: `o.k = "…"`, `o["k"] = "…"`.
fn member_before(text: &[u8], open: usize) -> Option<(&[u8], &[u8])> {
    let lead = line_before(text, open, LONGEST_LINE).trim_ascii_end().strip_suffix(b"=")?;
    let lead = lead.trim_ascii_end();
    if lead.last().is_some_and(|b| b"=!<>+|?~:".contains(b)) {
        return None;
    }
    let lead = lead.strip_suffix(b"]").map_or(lead, without_quote);
    let end = start_in(text, lead) + lead.len();
    let length = text[..end].iter().rev().take(LONGEST_NAME).take_while(|b| is_word(**b)).count();
    let name = end - length..end;
    let (_, owner) = owner_before(text, &name)?;
    Some((&text[name], owner))
}

/// A text without the quote that ends it.
fn without_quote(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\"").or(text.strip_suffix(b"'")).unwrap_or(text)
}

/// Where what a member belongs to begins, and its name: `o` of `o.k`, `o["k"]`, `o[:k]`, `a.o->k`.
fn owner_before<'t>(text: &'t [u8], member: &Range<usize>) -> Option<(usize, &'t [u8])> {
    let before = &text[..member.start];
    let keyed = || {
        let lead = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).or(before.strip_suffix(b":"))?;
        const CALLS: [&[u8]; 5] = [b"[", b".get(", b".fetch(", b".dig(", b"?["];
        CALLS.iter().find_map(|call| lead.strip_suffix(*call))
    };
    const SIGNS: [&[u8]; 4] = [b"?->", b"->", b"?.", b"."];
    let lead = SIGNS.iter().find_map(|sign| before.strip_suffix(*sign)).or_else(keyed)?;
    // `K["prod"]["v"]`
    let inner = lead.strip_suffix(b"]").map(without_quote);
    let end = inner.unwrap_or(lead).len();
    let length = lead[..end].iter().rev().take(LONGEST_NAME).take_while(|b| is_word(**b)).count();
    let name = &text[end - length..end];
    if name.is_empty() || name[0].is_ascii_digit() {
        return None;
    }
    let is_path = |b: &&u8| is_word(**b) || matches!(b, b'.' | b'[' | b']' | b'"' | b'\'' | b'@');
    let path = text[..end - length].iter().rev().take(LONGEST_NAME).take_while(is_path).count();
    let path = &text[end - length - path..end - length];
    // What stands before a closed literal is none of it.
    let from = match inner {
        Some(_) => path.iter().position(|b| is_word(*b)).unwrap_or(path.len()),
        None => path.iter().rposition(|b| !is_word(*b) && *b != b'.').map_or(0, |at| at + 1),
    };
    Some((start_in(text, path) + from, name))
}

/// The whole of an expression whose member is used, where that is a member of `owner`.
fn member(text: &[u8], at: &Range<usize>, owner: &[u8]) -> Option<Range<usize>> {
    let (start, of) = owner_before(text, at)?;
    let rest = &text[at.end..];
    let quote = usize::from(matches!(rest.first(), Some(b'"' | b'\'')));
    let is_keyed = !matches!(text[..at.start].last(), Some(b'.' | b'>'));
    let close = match rest.get(quote) {
        _ if !is_keyed => 0,
        Some(b']' | b')') => quote + 1,
        _ => return None,
    };
    (of == owner).then_some(start..at.end + close)
}

/// What stands before the bracket around a literal that is given to a name: `k = ("…" if a else None)`.
fn wrapped(text: &[u8], open: usize) -> Option<&[u8]> {
    text[..open]
        .trim_ascii_end()
        .strip_suffix(b"(")
        .map(<[u8]>::trim_ascii_end)
        .filter(|lead| lead.ends_with(b"="))
}

/// The name right before the sign that gives it a literal, or before the literal where that is all: `@seed "…"`.
fn assigned(text: &[u8], open: Option<usize>) -> Option<&[u8]> {
    let open = open?;
    let lead = wrapped(text, open).unwrap_or(text[..open].trim_ascii_end());
    let before = lead.strip_suffix(b"=").map(|before| before.strip_suffix(b":").unwrap_or(before));
    let named = before.unwrap_or(lead).trim_ascii_end();
    let length = named.iter().rev().take(LONGEST_NAME + 1).take_while(|b| is_word(**b)).count();
    let (lead, name) = named.split_at(named.len() - length);
    (length > 0 && (before.is_some() || lead.ends_with(b"@"))).then_some(name)
}

/// The variable that is all a line gives what the environment holds, or the literal where nothing is set there:
/// `k = os.environ.get("K", "…")`, `k = ENV.fetch("K") { "…" }`.
fn default_of(text: &[u8], open: usize) -> Option<&[u8]> {
    let line = line_before(text, open, LONGEST_LINE);
    let (named, asked) = line.split_at(memchr::memchr(b'=', line)?);
    let asked = asked[1..].trim_ascii();
    let is_block = || asked.strip_suffix(b"{")?.trim_ascii_end().strip_suffix(b")");
    let arguments = asked.strip_suffix(b",").or_else(is_block)?;
    let path = &arguments[..open_before(arguments, b"(", b")")?];
    let is_path = path.iter().all(|b| is_word(*b) || matches!(b, b'.' | b':' | b'(' | b')'));
    let is_asked = path.windows(3).any(|three| three.eq_ignore_ascii_case(b"env"));
    let named = named.strip_suffix(b":").unwrap_or(named).trim_ascii_end();
    let length = named.iter().rev().take(LONGEST_NAME + 1).take_while(|b| is_word(**b)).count();
    (is_path && is_asked && length > 0).then(|| &named[named.len() - length..])
}

/// Whether a name stands behind the `def` of a Lisp.
fn is_defined(text: &[u8], name: usize) -> bool {
    line_before(text, name, LONGEST_LINE).trim_ascii_start().starts_with(b"(def")
}
