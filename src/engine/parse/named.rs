//! The name that a keyword stands in.

use std::ops::Range;

use super::assignment::LONGEST_NAME;
use super::{Around, compared, operand, prose, sign};
use crate::engine::shape::confirm::broken_before;
use crate::engine::syntax::literal::is_quote;

/// The name around the keyword.
pub(super) fn named(text: &[u8], around: Around<'_>) -> Range<usize> {
    let is_foreign = !around.keyword.is_ascii();
    let in_name = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$') || is_foreign && !b.is_ascii()
    };
    // A keyword may end in the sign behind the name.
    let named = around.keyword.iter().rposition(|b| in_name(*b)).map_or(0, |last| last + 1);
    let after = around.at + named;
    // A keyword may begin with the command before it.
    let lead = match around.keyword.strip_prefix(b"set ") {
        Some(_) => b"set ".len(),
        None => around.keyword.iter().take_while(|b| !in_name(**b)).count().min(named),
    };
    let back = text[around.at.saturating_sub(LONGEST_NAME)..around.at]
        .iter()
        .rev()
        .take_while(|b| in_name(**b))
        .count();
    let ahead = text[after..].iter().take(LONGEST_NAME).take_while(|b| in_name(**b)).count();
    let ahead = if is_foreign { unsaid(&text[after..after + ahead]) } else { ahead };
    let back = if lead == 0 { back } else { 0 };
    let name = around.at + lead - back..after + ahead;
    let broken = broken_before(text, name.start).min((around.at + lead).saturating_sub(name.start));
    let name = name.start + escaped(text, &name).max(broken)
        ..name.end - compared::method(&text[name.start..], name.len());
    name.start..name.end + operand::second_word(text, name.end)
}

/// Length of what a name goes on with in a script without blanks, where a sign, a verb or the end of a sentence stands right
/// behind: `密码：…`, `パスワードは…`.
fn unsaid(rest: &[u8]) -> usize {
    const ENDS: [&str; 5] = ["，", "。", "、", "（", "—"];
    let ends = ENDS.iter().chain(&sign::WIDE).map(|end| end.as_bytes()).chain(prose::GLUED);
    ends.filter_map(|end| crate::memmem::find(rest, end)).min().unwrap_or(rest.len())
}

/// How many bytes of a name belong to the backslash before it: `\fBpassword\fR` of a manual page, `\u0026password=` of an
/// address in JSON.
fn escaped(text: &[u8], name: &Range<usize>) -> usize {
    let named = &text[name.clone()];
    let is_font = || [&b"fB"[..], b"fI", b"fR", b"fP"].iter().any(|font| named.starts_with(font));
    let digits = |escape: &[u8]| escape.iter().all(u8::is_ascii_hexdigit);
    let is_escape = || named.starts_with(b"u00") && named.get(1..5).is_some_and(digits);
    match text[..name.start].ends_with(b"\\") {
        true if is_font() => 2,
        true if is_escape() => 5,
        _ => 0,
    }
}

/// Whether the name is a quoted literal right behind the opening bracket of a call.
pub(super) fn is_first_argument(text: &[u8], name: &Range<usize>) -> bool {
    let before = &text[name.start.saturating_sub(8)..name.start];
    // The selector of a field, and what is written there: `page.fill('#password', '…')`.
    let selects =
        [&b"('#"[..], b"(\"#", b"[name=", b"[name=\"", b"[name='"].iter().any(|end| before.ends_with(end));
    // `set :session_secret, '…'` of Sinatra and Capistrano.
    if selects || before.ends_with(b"set :") {
        return true;
    }
    // A constant of the library as the key: `props.put(CMQC.PASSWORD_PROPERTY, "…")`.
    let is_constant = text[name.clone()].contains(&b'.') && text[name.clone()].ends_with(b"_PROPERTY");
    if is_constant && before.ends_with(b"put(") {
        return true;
    }
    if compared::is_call(&text[..name.start]) {
        return true;
    }
    let bare = before
        .strip_suffix(b"\\\"")
        .or(before.strip_suffix(b"\""))
        .or(before.strip_suffix(b"'"))
        .unwrap_or(before);
    // `-define(KEY, "…")` of Erlang, `{"x-token", "…"}` of Elixir, `SetRequestHeader "X-Token", "…"` of Basic.
    if bare.len() == before.len() || !text.get(name.end).is_some_and(is_quote) {
        return before.ends_with(b"-define(");
    }
    let opens = bare.trim_ascii_end().to_ascii_lowercase();
    [&b"("[..], b"{", b"header"].iter().any(|end| opens.ends_with(end))
}
