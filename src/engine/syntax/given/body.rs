//! What a function or a block returns, where that is all it does.

use super::place::{Place, bracketed, without_type};
use super::{last_block, last_name, passed};
use crate::engine::locate::words::is_ident;
use crate::engine::syntax::neighbour::line_before;

/// Longest type that a function returns, bytes, and longest parameters of a closure.
const LONGEST_TYPE: usize = 60;
const LONGEST_PARAMETERS: usize = 24;
/// Most comments between the head of a function and what it returns.
const MOST_REMARKS: usize = 3;

/// Words before brackets, and before names with brackets, that declare no function.
const CONTROL: [&[u8]; 22] = [
    b"if", b"elif", b"while", b"for", b"foreach", b"switch", b"catch", b"match", b"when", b"unless",
    b"until", b"with", b"case", b"and", b"or", b"not", b"in", b"is", b"return", b"new", b"await", b"using",
];
/// Words of functions without a name.
const ANONYMOUS: [&[u8]; 8] = [b"function", b"func", b"fn", b"async", b"static", b"lambda", b"proc", b"sub"];
/// Words before names of functions and properties without brackets.
const INTRODUCERS: [&[u8]; 15] = [
    b"def",
    b"defp",
    b"sub",
    b"function",
    b"Function",
    b"fun",
    b"func",
    b"fn",
    b"var",
    b"val",
    b"get",
    b"proc",
    b"procedure",
    b"property",
    b"Get",
];
/// Blocks that give what they hold, later.
const DEFERRED: [&[u8]; 5] = [b"lazy", b"lambda", b"proc", b"Proc.new", b"run"];
/// What gives back what stands behind it, in programs and in functions of shells.
const RETURNS: [&[u8]; 9] = [
    b"return",
    b"Return",
    b"yield",
    b"echo",
    b"printf '%s'",
    b"printf \"%s\"",
    b"echo -n",
    b"Write-Output",
    b"Result :=",
];

/// What a literal is all the result of.
pub(super) enum Enclosing<'t> {
    /// A function without a name.
    Closure(Place<'t>),
    /// A function, a property or a call whose block says what it is about.
    Named(&'t [u8]),
}

/// What encloses a literal and does nothing but return it.
pub(super) fn enclosing<'t>(place: &Place<'t>) -> Option<Enclosing<'t>> {
    let lead = place.before();
    let closure = |outer: &[u8], end: usize| {
        let open = place.offset(outer) + outer.trim_ascii_end().len();
        let end = end + if super::behind(place.text, end).starts_with(b"()") { 2 } else { 0 };
        Some(Enclosing::Closure(Place { text: place.text, open, end }))
    };
    let of = |declared: Declared<'t>, end: usize| match declared {
        Declared::Closure(outer) => closure(outer, end),
        Declared::Named(name) => Some(Enclosing::Named(name)),
    };
    match lead.last()? {
        b'>' => {
            let head = lead.strip_suffix(b"=>").or(lead.strip_suffix(b"->"))?.trim_ascii_end();
            // `fn -> "…" end` of Elixir.
            if let Some(outer) = head.strip_suffix(b"fn").filter(|outer| !ends_in_word(outer)) {
                return closure(outer, place.offset(ended(place.next())?));
            }
            return of(function(head, true)?, place.end);
        }
        b'|' => return closure(before_bars(lead)?, place.end),
        b':' => {
            if let Some(head) =
                lead.strip_suffix(b"do:").and_then(|head| head.trim_ascii_end().strip_suffix(b","))
            {
                return function(head, false)
                    .or_else(|| introduced(head, false).map(Declared::Named))
                    .and_then(|it| of(it, place.end));
            }
            if let Some(outer) = before_lambda(lead) {
                return closure(outer, place.end);
            }
        }
        b']' | b')' if place.next().starts_with(b")") => return defined(lead).map(Enclosing::Named),
        // `function() "…"` of R.
        b')' if place.ends_statement() && !place.is_below() => {
            let (outer, _) = bracketed(lead)?;
            return closure(outer.strip_suffix(b"function").or(outer.strip_suffix(b"\\"))?, place.end);
        }
        _ => {}
    }
    let (head, end) = body(place)?;
    of(declared(head)?, end)
}

/// What declares the body that a literal is all of, and where that ends.
fn body<'t>(place: &Place<'t>) -> Option<(&'t [u8], usize)> {
    let lead = place.before();
    let returned =
        RETURNS.iter().find_map(|word| lead.strip_suffix(*word)).filter(|rest| !ends_in_word(rest));
    let is_returned = returned.is_some();
    let is_below =
        place.is_below() || returned.is_some_and(|rest| rest[rest.trim_ascii_end().len()..].contains(&b'\n'));
    let mut head = returned.unwrap_or(lead).trim_ascii_end();
    if is_below {
        head = without_remarks(head);
    }
    let next = place.next();
    if let Some(head) = head.strip_suffix(b"{") {
        return Some((head, place.offset(next.strip_prefix(b"}")?)));
    }
    if let Some(head) = head.strip_suffix(b":").filter(|_| is_returned) {
        let line = line_before(head, head.len(), super::LONGEST).trim_ascii_start();
        let is_function =
            line.starts_with(b"def ") || line.starts_with(b"async def ") || line.starts_with(b")");
        return (is_function && place.ends_statement()).then_some((head, place.end));
    }
    let end = place.offset(ended(next)?);
    let opened = head.strip_suffix(b" do").or(head.strip_suffix(b"begin")).or(head.strip_suffix(b";"));
    let is_apart = is_below || is_returned || opened.is_some();
    let head = opened.unwrap_or(head).trim_ascii_end();
    is_apart.then_some((head.strip_suffix(b";").unwrap_or(head), end))
}

/// What is declared with a body.
enum Declared<'t> {
    /// Nothing that has a name: what stands before it.
    Closure(&'t [u8]),
    Named(&'t [u8]),
}

/// What the head before a body declares.
fn declared(head: &[u8]) -> Option<Declared<'_>> {
    // The parameters of Tcl.
    let head = head.trim_ascii_end();
    let head = head.strip_suffix(b"{}").unwrap_or(head).trim_ascii_end();
    if let Some(rest) = head.strip_suffix(b"=>").or(head.strip_suffix(b"->")) {
        let rest = rest.trim_ascii_end();
        // `-> { … }` of Ruby.
        let is_bare = rest.last().is_none_or(|b| matches!(b, b'=' | b':' | b',' | b'(' | b'{'));
        return if is_bare { Some(Declared::Closure(rest)) } else { function(rest, true) };
    }
    if head.ends_with(b"=") {
        return Some(Declared::Closure(head));
    }
    if let Some(outer) =
        DEFERRED.iter().find_map(|word| head.strip_suffix(*word)).filter(|rest| !ends_in_word(rest))
    {
        return Some(Declared::Closure(outer));
    }
    function(head, false).or_else(|| introduced(head, true).map(Declared::Named))
}

/// The function whose head ends a text, with its parameters and what it returns.
fn function(head: &[u8], is_arrow: bool) -> Option<Declared<'_>> {
    let Some((lead, arguments, _)) = parameters(head) else {
        // `x => "…"`
        let outer = &head[..head.len() - last_name(head)?.len()];
        let is_parameter = matches!(outer.trim_ascii_end().last(), Some(b'=' | b':' | b'(' | b','));
        let is_closure = is_arrow && is_parameter && !outer.trim_ascii_end().ends_with(b"=>");
        return match is_closure {
            true => Some(Declared::Closure(outer)),
            false => accessor(head).map(Declared::Named),
        };
    };
    let lead = lead.trim_ascii_end();
    let word = &lead
        [lead.len() - lead.iter().rev().take_while(|b| is_ident(**b) || matches!(b, b'!' | b'-')).count()..];
    let outer = &lead[..lead.len() - word.len()];
    if word.is_empty() || word == b"-" {
        let is_closure = is_arrow || lead.ends_with(b"->");
        return is_closure.then(|| Declared::Closure(lead.strip_suffix(b"->").unwrap_or(lead)));
    }
    if ANONYMOUS.contains(&word) {
        let outer = outer.trim_ascii_end();
        let is_chain = |word: &&&[u8]| outer.ends_with(word);
        let rest = ANONYMOUS.iter().find(is_chain).map_or(outer, |word| &outer[..outer.len() - word.len()]);
        return Some(Declared::Closure(rest));
    }
    let above = last_name(outer).unwrap_or_default();
    if CONTROL.contains(&word) || CONTROL.contains(&above) {
        return None;
    }
    // `val NAME: String get() = …` of Kotlin.
    if word == b"get" {
        return last_name(without_type(outer.trim_ascii_end())).map(Declared::Named);
    }
    // `let(:NAME) { … }`
    if let Some(name) = passed::first_name(arguments) {
        return Some(Declared::Named(name));
    }
    // `case Some(x) => "…"`, where nothing before it says that this is a function.
    (!is_arrow || !above.is_empty()).then_some(Declared::Named(word))
}

/// What stands before the parameters that end the head of a function, these, and the type behind them.
fn parameters(head: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let line = line_before(head, head.len(), LONGEST_TYPE + 2);
    let close = memchr::memrchr(b')', line)?;
    let kind = line[close + 1..].trim_ascii();
    let is_type = |b: &u8| is_ident(*b) || b"<>[]?.&*'|:,- ".contains(b);
    let starts = kind.first().is_none_or(|b| is_ident(*b) || b":-[*&".contains(b));
    if !starts || !kind.iter().all(is_type) {
        return None;
    }
    let (lead, arguments) = bracketed(&head[..head.len() - (line.len() - close - 1)])?;
    // `func NAME() (string, error)` of Go.
    match lead.trim_ascii_end().ends_with(b")") && kind.is_empty() {
        true => bracketed(lead.trim_ascii_end()).map(|(lead, arguments)| (lead, arguments, kind)),
        false => Some((lead, arguments, kind)),
    }
}

/// What is declared without brackets: `var NAME: String {`, `def NAME`, `sub NAME {`, `NAME { get {`.
fn introduced(head: &[u8], has_block: bool) -> Option<&[u8]> {
    if let Some(name) = accessor(head) {
        return Some(name);
    }
    let line = line_before(head, head.len(), super::LONGEST).trim_ascii();
    let bare = without_type(line);
    let is_of_name = |b: &&u8| is_ident(**b) || matches!(b, b'-' | b'?' | b'!');
    let name = &bare[bare.len() - bare.iter().rev().take_while(is_of_name).count()..];
    let outer = &bare[..bare.len() - name.len()];
    let outer = outer.strip_suffix(b"self.").unwrap_or(outer).trim_ascii_end();
    let is_introduced = last_name(outer).is_some_and(|word| INTRODUCERS.contains(&word));
    // `NAME { … }`, the attribute of a factory.
    let is_alone = has_block && name.len() == line.len() || outer.ends_with(b"{");
    (!name.is_empty() && (is_introduced || is_alone && has_block)).then_some(name)
}

/// `NAME { get` of C#.
fn accessor(head: &[u8]) -> Option<&[u8]> {
    let outer = head.trim_ascii_end().strip_suffix(b"get")?.trim_ascii_end().strip_suffix(b"{")?;
    last_name(without_type(outer.trim_ascii_end()))
}

/// `def NAME()`, `fun NAME(): String`, `val NAME: String get()` before an equals sign.
pub(super) fn equated(head: &[u8]) -> Option<&[u8]> {
    let (_, _, kind) = parameters(head)?;
    let is_type = kind.is_empty() || kind.starts_with(b":") || kind.starts_with(b"->");
    match is_type.then(|| function(head, false))?? {
        Declared::Named(name) => Some(name),
        Declared::Closure(_) => None,
    }
}

/// `mock.NAME.return_value`
pub(super) fn mocked(head: &[u8]) -> Option<&[u8]> {
    last_name(head.trim_ascii_end().strip_suffix(b".return_value")?)
}

/// `NAME :: "…"` of Odin, and a term of AsciiDoc: `Auth token:: …`.
pub(super) fn termed<'t>(place: &Place<'t>) -> Option<&'t [u8]> {
    let term = place.before().strip_suffix(b"::")?.trim_ascii_end();
    let is_apart = matches!(place.text[..place.open].last(), Some(b' ' | b'\t')) && !place.is_below();
    let line = line_before(term, term.len(), LONGEST_TYPE);
    let is_term = line.iter().all(|b| is_ident(*b) || matches!(b, b' ' | b'-'));
    (is_apart && is_term && line.len() < LONGEST_TYPE && place.ends_statement()).then(|| last_name(term))?
}

/// `(defn NAME [] "…")`, `(define (NAME) "…")`, `(defun NAME () "…")`.
fn defined(lead: &[u8]) -> Option<&[u8]> {
    let is_word = |b: &&u8| !b.is_ascii_whitespace() && !matches!(b, b'(' | b')' | b'[' | b']' | b'"');
    let last_word = |text: &'_ [u8]| text.iter().rev().take_while(is_word).count();
    if let Some(head) = lead.strip_suffix(b"]") {
        let head = head[..memchr::memrchr(b'[', head)?].trim_ascii_end();
        let (outer, name) = head.split_at(head.len() - last_word(head));
        return outer
            .trim_ascii_end()
            .ends_with(b"defn")
            .then_some(name)
            .or_else(|| outer.trim_ascii_end().ends_with(b"(defn-").then_some(name));
    }
    let (head, inner) = bracketed(lead)?;
    let head = head.trim_ascii_end();
    if head.ends_with(b"(define") {
        let length = inner.iter().take_while(is_word).count();
        return (length > 0).then(|| &inner[..length]);
    }
    let (outer, name) = head.split_at(head.len() - last_word(head));
    outer.trim_ascii_end().ends_with(b"defun").then_some(name)
}

/// What is asked in the block before an infix word: `every { config.NAME } returns "…"` of Kotlin.
pub(super) fn asked(lead: &[u8]) -> Option<&[u8]> {
    let (head, inner) = last_block(lead)?;
    let is_asked = [&b"every"[..], b"coEvery"].iter().any(|word| head.trim_ascii_end().ends_with(word));
    is_asked.then(|| passed::target(inner)).flatten()
}

/// What stands before `|| "…"` and `|_| "…"` of Rust, no alternative of something.
fn before_bars(lead: &[u8]) -> Option<&[u8]> {
    let rest = lead.strip_suffix(b"|")?;
    let near = &rest[rest.len().saturating_sub(LONGEST_PARAMETERS)..];
    let parameters = near.len() - memchr::memrchr(b'|', near)? - 1;
    let outer = rest[..rest.len() - parameters - 1].trim_ascii_end();
    let outer = outer.strip_suffix(b"move").unwrap_or(outer).trim_ascii_end();
    let is_name = near[near.len() - parameters..].iter().all(|b| is_ident(*b) || matches!(b, b' ' | b','));
    (is_name && matches!(outer.last(), Some(b'=' | b'(' | b',' | b':'))).then_some(outer)
}

/// What stands before `lambda: "…"`.
fn before_lambda(lead: &[u8]) -> Option<&[u8]> {
    let near = &lead[lead.len().saturating_sub(LONGEST_PARAMETERS)..lead.len() - 1];
    let at = memchr::memmem::rfind(near, b"lambda")?;
    let parameters = &near[at + b"lambda".len()..];
    let outer = &lead[..lead.len() - 1 - (near.len() - at)];
    let is_name = parameters.iter().all(|b| is_ident(*b) || matches!(b, b' ' | b',' | b'*'));
    (is_name && !ends_in_word(outer)).then_some(outer)
}

/// What follows the word that ends a body.
fn ended(next: &[u8]) -> Option<&[u8]> {
    let rest = next.strip_prefix(b"end").or(next.strip_prefix(b"End"))?;
    (!rest.first().is_some_and(|b| is_ident(*b))).then_some(rest)
}

/// A text without the comments that end it.
fn without_remarks(mut text: &[u8]) -> &[u8] {
    for _ in 0..MOST_REMARKS {
        if let Some(rest) = text.strip_suffix(b"\"\"\"") {
            let Some(open) = memchr::memmem::rfind(rest, b"\"\"\"") else { break };
            text = text[..open].trim_ascii_end();
            continue;
        }
        let line = line_before(text, text.len(), super::LONGEST);
        let bare = line.trim_ascii_start();
        if ![&b"#"[..], b"//", b"--", b"/*", b"*"].iter().any(|sign| bare.starts_with(sign))
            || line.len() == text.len()
        {
            break;
        }
        text = text[..text.len() - line.len()].trim_ascii_end();
    }
    text
}

fn ends_in_word(text: &[u8]) -> bool {
    text.last().is_some_and(|b| is_ident(*b))
}
