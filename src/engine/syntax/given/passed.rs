//! What calls set and what mocks return: `setattr(o, "NAME", "…")`, `when(o.getName()).thenReturn("…")`, and what commands
//! put in the place of a name.

use std::ops::Range;

use super::place::{Place, bracketed};
use super::{annotated, body, last_name};
use crate::engine::locate::words::{is_ident, is_name, names_first_argument};
use crate::engine::names::{self, Role};
use crate::engine::syntax::lexer;
use crate::engine::syntax::neighbour::line_before;

/// Longest name among arguments, and longest placeholder of a command, bytes.
const LONGEST_NAME: usize = 80;
/// Words of functions whose argument before the value names it.
const SETS: [&str; 9] = ["set", "put", "replace", "stub", "patch", "define", "override", "setattr", "setenv"];
/// Functions that declare a setting by its name and its default, and those where a word about it stands between.
const DECLARES: [&[u8]; 3] = [b"StringVar", b"stringVar", b"add_option"];
const DESCRIBES: [&[u8]; 3] = [b"StringVarP", b"StringP", b"option"];
/// Methods that say what a mock returns, or a container gives for a name that is bound.
#[rustfmt::skip]
const GIVES: [&[u8]; 17] = [
    b"and_return", b"returns", b"thenReturn", b"willReturn", b"mockReturnValue", b"mockReturnValueOnce",
    b"mockResolvedValue", b"mockResolvedValueOnce", b"resolves", b"andReturn", b"andReturns", b"Returns", b"ReturnsAsync",
    b"mockImplementation", b"toConstantValue", b"toInstance", b"ToConstant",
];
/// Labels of what stands in for a value that is not given, and of what a mock returns.
const LABELS: [&[u8]; 9] = [
    b"default",
    b"default_value",
    b"defaultValue",
    b"default_factory",
    b"return_value",
    b"new",
    b"fallback",
    b"value",
    IN_CONTAINER,
];
/// The label of what a container gives for a name: `register("NAME", { useValue: "…" })`.
const IN_CONTAINER: &[u8] = b"useValue";

/// A call that has not been closed: what is called, and its arguments so far.
struct Call<'t> {
    callee: &'t [u8],
    arguments: &'t [u8],
}

impl<'t> Call<'t> {
    /// The call around what follows a text; in Ruby it may have no brackets.
    fn around(lead: &'t [u8]) -> Option<Call<'t>> {
        let line = line_before(lead, lead.len(), super::LONGEST).trim_ascii_start();
        let word = line.iter().take_while(|b| is_name(**b)).count();
        let (callee, rest) = line.split_at(word);
        let arguments = rest.trim_ascii_start();
        let is_ruby = word > 0
            && arguments.len() < rest.len()
            && matches!(arguments.first(), Some(b':' | b'"' | b'\''));
        if is_ruby {
            return Some(Call { callee, arguments });
        }
        let list = lexer::list_before(lead, 0, lead.len());
        let open = list.open.filter(|open| lead[*open] == b'(' && !list.is_over)?;
        let path = lead[..open].iter().rev().take_while(|b| is_name(**b) || matches!(b, b':' | b'>')).count();
        Some(Call { callee: &lead[open - path..open], arguments: &lead[open + 1..] })
    }

    /// The last part of what is called.
    fn method(&self) -> &'t [u8] {
        self.callee.rsplit(|b| matches!(b, b'.' | b':' | b'>')).next().unwrap_or_default()
    }

    fn items(&self) -> impl Iterator<Item = &'t [u8]> {
        items(self.arguments)
    }

    /// Whether the argument before the value names it, as what is called says.
    fn sets(&self) -> bool {
        let is_set = |word: &String| SETS.contains(&word.as_str());
        let last = names::words(self.method());
        // `setAuth("…", "…")` takes both halves of a login.
        let is_login =
            |word: &String| matches!(word.as_str(), "auth" | "credentials" | "login" | "basic" | "account");
        if last.iter().any(is_login) {
            return false;
        }
        // `patch.object(o, "NAME", …)`, `UseSetting`.
        last.first().is_some_and(is_set)
            || last.get(1).is_some_and(|word| is_set(word) || word == "setting")
            || last.last().is_some_and(is_set)
            || names::words(self.callee).iter().any(|word| word == "patch")
    }
}

/// The arguments of a list.
pub(super) fn items(arguments: &[u8]) -> impl Iterator<Item = &[u8]> {
    lexer::items(arguments, 0..arguments.len()).map(|item| arguments[item].trim_ascii())
}

/// The name that an argument spells: `:NAME`, `"NAME"`, `'--NAME <value>'`, `f"NAME.{account}"`.
fn spelt(item: &[u8]) -> Option<&[u8]> {
    let marked = [b"f", b"s", b"$"].iter().find_map(|mark| item.strip_prefix(*mark));
    let item = marked.filter(|text| text.starts_with(b"\"")).unwrap_or(item);
    let inner = match item.first()? {
        b':' => &item[1..],
        quote @ (b'"' | b'\'' | b'`') => item[1..].strip_suffix(std::slice::from_ref(quote))?,
        _ => return None,
    };
    let length = inner.iter().take_while(|b| is_name(**b) || matches!(b, b'/' | b':')).count();
    let rest = &inner[length..];
    let is_filled = matches!(rest.first(), Some(b'{' | b'$'))
        && matches!(inner[..length].last(), Some(b'.' | b'_' | b'-' | b'/' | b':'));
    let is_whole = rest.is_empty() || rest.starts_with(b" <") || rest.starts_with(b" [") || is_filled;
    let is_number = inner.first().is_some_and(u8::is_ascii_digit);
    (is_whole && !is_number && (1..=LONGEST_NAME).contains(&length)).then(|| &inner[..length])
}

/// The name that the first argument of a call spells.
pub(super) fn first_name(arguments: &[u8]) -> Option<&[u8]> {
    items(arguments).next().and_then(spelt)
}

/// The name that a call sets: the argument before the value at `open`, or the one before that.
pub(super) fn set(text: &[u8], open: usize, is_wrapped: bool) -> Option<&[u8]> {
    let lead = super::before(text, open).trim_ascii_end().strip_suffix(b",")?;
    let call = Call::around(lead)?;
    let method = call.method();
    let over = usize::from(DESCRIBES.contains(&method));
    let is_named =
        over > 0 || DECLARES.contains(&method) || call.sets() || is_wrapped && names_first_argument(method);
    let items: Vec<_> = call.items().filter(|_| is_named).collect();
    items.get(items.len().checked_sub(over + 1)?).copied().and_then(spelt)
}

/// What a labelled default stands in for: `attribute :NAME, default: "…"`, `patch("a.NAME", return_value="…")`.
pub(super) fn labelled<'t>(place: &Place<'t>) -> Option<&'t [u8]> {
    let lead = place.before();
    let bare =
        lead.strip_suffix(b":").or(lead.strip_suffix(b"=>")).or(lead.strip_suffix(b"="))?.trim_ascii_end();
    let label = last_name(bare).filter(|label| LABELS.contains(label))?;
    let lead = &bare[..bare.len() - label.len()];
    let lead = lead.strip_suffix(b":").unwrap_or(lead).trim_ascii_end();
    // `Object.defineProperty(o, "NAME", { value: "…" })`
    let (lead, is_member) = match lead.strip_suffix(b"{") {
        Some(outer) => (outer.trim_ascii_end(), true),
        None => (lead, false),
    };
    if matches!(label, b"value" | IN_CONTAINER) != is_member {
        return None;
    }
    let lead = match lead.strip_suffix(b",") {
        Some(lead) => lead,
        None => {
            // `NAME: str = Field(default_factory=lambda: "…")`
            let outer = lead.strip_suffix(b"(")?;
            let path = outer.iter().rev().take_while(|b| is_name(**b)).count();
            let open = place.offset(outer) + outer.len() - path;
            let field = || Place { open, ..*place }.assigned();
            return annotated(bare, place.behind()).or_else(|| field().filter(|_| path > 0));
        }
    };
    let call = Call::around(lead)?;
    if is_member {
        let is_named = call.sets() || label == IN_CONTAINER;
        return is_named.then(|| call.items().last().and_then(spelt)).flatten();
    }
    let of_environment = || call.items().find_map(|item| spelt(item.strip_prefix(b"env = ")?));
    let secret = || call.items().filter_map(spelt).find(|name| names::role(name) == Role::Secret);
    secret()
        .or_else(|| call.items().find_map(spelt))
        .or_else(of_environment)
        .or_else(|| annotated(bare, place.behind()))
}

/// What a mock returns it for, or who keeps it by the name behind: `chain` ends in what is called with it.
pub(super) fn returned<'t>(chain: &'t [u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let method = last_name(chain)?;
    // `doReturn("…").when(o).getName()`
    if method == b"doReturn" {
        let call = behind.strip_prefix(b").when(")?;
        let call = call[memchr::memchr(b')', call)? + 1..].strip_prefix(b".")?;
        let length = call.iter().take_while(|b| is_ident(**b)).count();
        return (length > 0).then(|| &call[..length]);
    }
    // `vault.create_secret('…', 'NAME')` of Supabase.
    if method == b"create_secret" {
        return items(behind.strip_prefix(b",")?.split(|b| *b == b')').next()?).next().and_then(spelt);
    }
    let of = chain[..chain.len() - method.len()].strip_suffix(b".")?.trim_ascii_end();
    let is_stub = || bracketed(of).is_some_and(|(head, _)| head.ends_with(b"stub"));
    let is_given = GIVES.contains(&method) || method == b"value" && is_stub();
    is_given.then(|| target(of))?
}

/// What is asked for in an expression: `allow(o).to receive(:NAME)`, `when(o.getName())`, `o.NAME`.
pub(super) fn target(of: &[u8]) -> Option<&[u8]> {
    let of = of.trim_ascii_end();
    let Some((head, arguments)) = bracketed(of) else { return last_name(of) };
    if arguments.trim_ascii().is_empty() {
        return last_name(head);
    }
    let spelt = items(arguments).filter_map(spelt).last();
    spelt.or_else(|| target(items(arguments).last()?))
}

/// Words before a value: `every { o.NAME } returns "…"`, `CREATE SECRET NAME AS '…'`.
pub(super) fn spelled<'t>(place: &Place<'t>) -> Option<&'t [u8]> {
    let lead = place.before();
    if let Some(asked) = lead.strip_suffix(b" returns") {
        return body::asked(asked);
    }
    let word = last_name(lead)
        .filter(|word| word.eq_ignore_ascii_case(b"as") || word.eq_ignore_ascii_case(b"value"))?;
    let line = line_before(lead, lead.len() - word.len(), super::LONGEST);
    let lower = line.to_ascii_lowercase();
    let create = [&b"create secret "[..], b"alter secret "];
    let at = create.iter().find_map(|verb| Some(crate::memmem::find(&lower, verb)? + verb.len()))?;
    let at = at + if lower[at..].starts_with(b"if not exists ") { b"if not exists ".len() } else { 0 };
    let length = line[at..].iter().take_while(|b| is_name(**b)).count();
    (length > 0).then(|| &line[at..at + length])
}

/// Signs around the names that templates leave out.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'@' | b'{' | b'}' | b'%' | b'<' | b'>' | b'$' | b'[' | b']' | b' ')
}

/// What `sed` writes over: `s/__NAME__/…/`, `s|@NAME@|…|g`.
pub(super) fn substituted<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let sign =
        *text[..value.start].last().filter(|b| matches!(b, b'/' | b'|' | b'#' | b',' | b'@' | b'~'))?;
    if text.get(value.end) != Some(&sign) {
        return None;
    }
    let lead = &text[value.start.saturating_sub(LONGEST_NAME)..value.start - 1];
    let from = memchr::memrchr(sign, lead)?;
    let is_command =
        lead[..from].strip_suffix(b"s").is_some_and(|rest| !rest.last().is_some_and(|b| is_ident(*b)));
    let pattern = &lead[from + 1..];
    let marks = pattern.iter().take_while(|b| is_mark(**b)).count();
    let behind = pattern[marks..].iter().rev().take_while(|b| is_mark(**b)).count();
    let name = &pattern[marks..pattern.len() - behind];
    let is_name = !name.is_empty() && name.iter().all(|b| is_name(*b));
    (is_command && is_name && (marks > 0 || name.starts_with(b"__"))).then_some(name)
}

/// What `sed` writes over the name at `name`.
pub(super) fn substitute(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let rest = super::behind(text, name.end);
    let marks = rest.iter().take_while(|b| is_mark(**b)).count();
    let sign = rest.get(marks).filter(|b| matches!(b, b'/' | b'|' | b'#' | b',' | b'@' | b'~'))?;
    let start = marks + 1;
    let length = memchr::memchr2(*sign, b'\n', &rest[start..]).filter(|length| *length > 0)?;
    let value = name.end + start..name.end + start + length;
    (!text[value.clone()].iter().any(u8::is_ascii_whitespace)).then_some(value)
}
