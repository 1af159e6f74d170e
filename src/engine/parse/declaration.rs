//! Names that a declaration gives a value in languages and files with forms of their own for it: Lisps, COBOL and ABAP, CL,
//! Prolog, Smalltalk, the packages of SSIS.

use std::ops::Range;

use super::assignment::LONGEST_NAME;
use super::operand::{Literal, literal};
use crate::engine::Syntax;
use crate::engine::syntax::literal;
use crate::part::start_in;

/// How far behind a name its value may stand, bytes, and where a statement may go on below.
const LONGEST_STEP: usize = 80;
const LONGEST_BLOCK: usize = 400;

/// `(define api-key "…")` of Scheme, `(defparameter *api-key* "…")`, `(setq api-key "…")` of other Lisps.
pub(super) fn defined(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    const DEFINES: [&[u8]; 10] = [
        b"(define",
        b"(def",
        b"(defvar",
        b"(defparameter",
        b"(defconstant",
        b"(defconst",
        b"(defcustom",
        b"(setq",
        b"(setf",
        b"(set!",
    ];
    let is_mark = |b: &u8| matches!(b, b'*' | b'+');
    let lead = &text[name.start.saturating_sub(24)..name.start];
    let lead = &lead[..lead.len() - lead.iter().rev().take_while(|b| is_mark(b)).count()];
    let head = lead.trim_ascii_end();
    if head.len() == lead.len() || !DEFINES.iter().any(|define| head.ends_with(define)) {
        return None;
    }
    let rest = &text[name.end..text.len().min(name.end + LONGEST_STEP)];
    let step = rest.iter().take_while(|b| is_mark(b) || b.is_ascii_whitespace()).count();
    rest.get(step).filter(|b| **b == b'"')?;
    literal(text, name.end + step, Syntax::Code)
}

/// `05 WS-DB-PASSWORD PIC X(08) VALUE 'SECRET'.` of COBOL, `CONSTANTS gc_apikey TYPE string VALUE 'SECRET'.` of ABAP.
pub(super) fn picture(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let window = &text[name.end..text.len().min(name.end + LONGEST_STEP)];
    let line = &window[..memchr::memchr(b'\n', window).unwrap_or(window.len())];
    // ABAP writes the length behind the name: `c_mdp(12) TYPE c`.
    let length = line.strip_prefix(b"(").and_then(|rest| Some(memchr::memchr(b')', rest)? + 2));
    let head = line[length.unwrap_or(0)..].trim_ascii_start();
    [&b"PIC"[..], b"TYPE "]
        .iter()
        .find(|word| head.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))?;
    let upper = line.trim_ascii_end().to_ascii_uppercase();
    // The literal may stand on the next line.
    let value = match crate::memmem::find(&upper, b" VALUE ") {
        Some(at) => at + b" VALUE ".len(),
        None => upper.ends_with(b" VALUE").then_some(upper.len())?,
    };
    let behind = &text[name.end + value..text.len().min(name.end + value + LONGEST_STEP)];
    let blanks = behind.iter().take_while(|b| b.is_ascii_whitespace()).count();
    literal(text, name.end + value + blanks, Syntax::Code)
}

/// `bot_token(viber, '…').`, a fact of Prolog: what holds for an atom.
pub(super) fn fact(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let is_atom = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
    let starts_line = matches!(text[..name.start].last(), None | Some(b'\n'));
    let rest = text[name.end..].strip_prefix(b"(").filter(|_| starts_line)?;
    let atom = rest.iter().take(LONGEST_NAME).take_while(|b| is_atom(b)).count();
    let behind = rest[atom..].strip_prefix(b",").filter(|_| atom > 0)?.trim_ascii_start();
    let start = text.len() - behind.len();
    let found = literal::at(text, start).filter(|_| behind.starts_with(b"'"))?;
    text[found.end..].starts_with(b").").then_some((found.value, true))
}

/// What a method of Smalltalk answers: its name on a line, a remark in quotes, and `^ '…'`.
pub(super) fn answered(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let starts_line = matches!(text[..name.start].last(), None | Some(b'\n'));
    let window = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let mut body = window.strip_prefix(b"\n").or(window.strip_prefix(b"\r\n")).filter(|_| starts_line)?;
    body = body.trim_ascii_start();
    if let Some(remark) = body.strip_prefix(b"\"") {
        body = remark[memchr::memchr(b'"', remark)? + 1..].trim_ascii_start();
    }
    let answer = body.strip_prefix(b"^")?.trim_ascii_start();
    let start = name.end + window.len() - answer.len();
    literal::at(text, start).filter(|_| answer.starts_with(b"'")).map(|found| (found.value, true))
}

/// `DCL VAR(&PWD) TYPE(*CHAR) LEN(16) VALUE('…')` of CL; a sign at the end of a line says that the next one belongs to it.
pub(super) fn variable(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    const OPENS: &[u8] = b"VAR(&";
    const GIVES: &[u8] = b"VALUE(";
    let lead = &text[name.start.checked_sub(OPENS.len())?..name.start];
    let rest = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let rest = rest.strip_prefix(b")").filter(|_| lead.eq_ignore_ascii_case(OPENS))?;
    let goes_on = |line: &&[u8]| matches!(line.trim_ascii_end().last(), Some(b'+' | b'-'));
    let above: usize = rest.split(|b| *b == b'\n').take_while(goes_on).map(|line| line.len() + 1).sum();
    let below = rest.get(above..).unwrap_or_default();
    let statement = &rest[..above.min(rest.len()) + memchr::memchr(b'\n', below).unwrap_or(below.len())];
    let at = statement.windows(GIVES.len()).position(|word| word.eq_ignore_ascii_case(GIVES))?;
    literal(text, name.end + 1 + at + GIVES.len(), Syntax::Code)
}

/// `<Configuration Path="\Package.Connections[DWH].Properties[Password]" …><ConfiguredValue>…` of SSIS.
pub(super) fn configured(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    const OPENS: &[u8] = b"<ConfiguredValue>";
    let rest = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let rest = rest.strip_prefix(b"]\"").filter(|_| text[..name.start].ends_with(b".Properties["))?;
    let inner = &rest[memchr::memchr(b'>', rest)? + 1..].trim_ascii_start();
    let value = inner.strip_prefix(OPENS)?;
    let length = memchr::memchr2(b'<', b'\n', value).filter(|length| *length > 0)?;
    let start = start_in(text, value);
    Some((start..start + length, true))
}
