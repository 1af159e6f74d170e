//! What stands behind a name: the sign that gives it a value, and the literal itself.

use std::ops::Range;

use super::{chosen::is_in_fours, has_drawn_case, node::braced};
use crate::engine::Syntax;
use crate::engine::doubt::instead::is_path_segment;
use crate::engine::names;
use crate::engine::shape::confirm::{ends_in_break, is_word};
use crate::engine::syntax::literal::{self, is_plain_quote, is_quote};
use crate::engine::value::generated::is_generated;
use crate::engine::word_set::WordSet;

/// Where a literal stands, and whether it is quoted.
pub(super) type Literal = (Range<usize>, bool);

/// Longest value that is taken for a secret.
pub(super) const LONGEST_VALUE: usize = 600;
/// How far before a literal the calls that wrap it start, bytes.
const LONGEST_HEAD: usize = 64;

/// `password "…"` of a builder block or a Clojure map, and `password `…`` in prose: a literal right behind
/// the name.
pub(super) fn said(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let spoken = text.get(at).filter(|b| !is_quote(b)).and_then(|_| spoken(text, at));
    let (at, is_spoken) = (spoken.unwrap_or(at), spoken.is_some());
    let quote = *text.get(at).filter(|b| is_quote(b) || matches!(b, b'~' | b'%'))?;
    let lead = text[name.start.saturating_sub(60)..name.start].trim_ascii_end();
    // `user "kim" password "…"`.
    let after_user = lead.strip_suffix(b"\"").or(lead.strip_suffix(b"'")).is_some_and(|lead| {
        let open = lead.iter().rposition(is_quote).unwrap_or(0);
        let label = lead[..open].trim_ascii_end();
        [&b"user"[..], b"username", b"login"].iter().any(|user| label.ends_with(user))
    });
    let lead = &text[name.start.saturating_sub(24)..name.start];
    let before = lead.iter().rev().find(|b| **b != b' ' && **b != b'\t');
    // `@signing_key "…"` of an Elixir module.
    let opens = matches!(before, None | Some(b'\n' | b':' | b';' | b'{' | b'@'));
    // `user "kim" there with password "…"` of fetchmail.
    let opens = opens
        || after_user
        || text[..name.start].ends_with(b" with ")
        || lead.ends_with(b"set(")
        || is_spoken
        || quote == b'`';
    // What a link leads to is called nothing by what stands behind it: `[Source](https://acme.io/AcmePass) `MIT``.
    let is_of_link = quote == b'`' && text[..name.start].ends_with(b"/") && is_path_segment(text, name.start);
    if at == name.end || !opens || is_of_link {
        return None;
    }
    literal::at(text, at).map(|found| found.value)
}

/// Where the literal opens in `password of the staging box is `…``: `at` is behind the name and its blank.
fn spoken(text: &[u8], at: usize) -> Option<usize> {
    let window = &text[at..text.len().min(at + 56)];
    let open = memchr::memchr3(b'"', b'`', b'\n', window).filter(|n| window[*n] != b'\n')?;
    let words = window[..open].strip_suffix(b" ")?;
    let words = words.strip_suffix(b" is").or(words.strip_suffix(b":")).or((words == b"is").then_some(b""))?;
    words.iter().all(|b| b.is_ascii_alphabetic() || *b == b' ').then_some(at + open)
}

/// Where the value starts behind a name in what PHP serializes, WordPress' options for instance:
/// `s:7:"api_key";s:40:"…"`, with the quotes escaped or not.
fn serialized(behind: &[u8]) -> Option<usize> {
    let quote = |text: &'_ [u8]| usize::from(text.starts_with(b"\\"));
    let mut at = quote(behind);
    at += behind[at..].strip_prefix(b"\";s:").map(|_| 4)?;
    at += behind[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    at += behind[at..].strip_prefix(b":").map(|_| 1)?;
    at += quote(&behind[at..]);
    behind[at..].starts_with(b"\"").then_some(at + 1)
}

/// Length of a second word of a name in prose: `API key: …`, `secret key = …`.
pub(super) fn second_word(text: &[u8], end: usize) -> usize {
    const WORDS: [&[u8]; 5] = [b"key", b"token", b"secret", b"password", b"value"];
    let rest = &text[end..text.len().min(end + 12)];
    let Some(rest) = rest.strip_prefix(b" ") else { return 0 };
    let length = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let known = WORDS.iter().any(|word| rest[..length].eq_ignore_ascii_case(word));
    let signed = matches!(rest.get(length), Some(b':' | b'=')) || rest[length..].starts_with(b" = ");
    if known && signed { 1 + length } else { 0 }
}

/// Values that a form of their own gives to a name: `${NAME:-…}`, `<Name attribute="x">…</Name>`,
/// `"name": { "value": "…" }`.
pub(super) fn by_form(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    let form = Form {
        text,
        name,
        before: &text[name.start.saturating_sub(2)..name.start],
        rest: &text[name.end..text.len().min(name.end + LONGEST_VALUE)],
    };
    if let Some(found) = braced(text, name) {
        return Some(found);
    }
    match (form.before, form.rest) {
        (b"${", _) => form.default(),
        ([.., b'<'], [b'>', b'\n', ..]) if text[name.clone()] == *b"auth-user-pass" => form.login(),
        ([.., b'<'], [b' ' | b'\t', ..]) => form.element(),
        ([.., b'<'], _) if text[name.clone()].eq_ignore_ascii_case(b"apikeys") => form.attribute(),
        ([.., b'"'], [b'"', b' ', ..]) => match form.opened_element() {
            Some(close) => form.in_element(close),
            None => form.selected().or_else(|| form.object(syntax)),
        },
        (_, rest) => match serialized(rest) {
            Some(from) => form.until(from, b"\"\\\n").map(|value| (value, true)),
            None => form.object(syntax),
        },
    }
}

/// A name, the two bytes before it, and what stands behind it.
struct Form<'t> {
    text: &'t [u8],
    name: &'t Range<usize>,
    before: &'t [u8],
    rest: &'t [u8],
}

impl Form<'_> {
    /// What stands from `from` on behind the name up to one of these bytes.
    fn until(&self, from: usize, stops: &[u8]) -> Option<Range<usize>> {
        let length = self.rest[from..].iter().position(|b| stops.contains(b))?;
        let start = self.name.end + from;
        (length > 0).then_some(start..start + length)
    }

    /// What stands in for a variable of a shell, or of Spring with a colon alone.
    fn default(&self) -> Option<Literal> {
        let rest = self.rest;
        let spring =
            || rest.strip_prefix(b":").filter(|rest| rest.first().is_some_and(u8::is_ascii_alphanumeric));
        let shell = [&b":-"[..], b"-", b":=", b"="].iter().find_map(|sign| rest.strip_prefix(*sign));
        let value = shell.or_else(spring)?;
        let is_quoted = value.first().is_some_and(is_plain_quote);
        let from = rest.len() - value.len() + usize::from(is_quoted);
        let value = self.until(from, b"}\"'$\n ")?;
        let closes = matches!(self.text.get(value.end), Some(b'}' | b'"' | b'\''));
        closes.then_some((value, is_quoted))
    }

    /// The login in a configuration of OpenVPN: a user and a password, a line each.
    fn login(&self) -> Option<Literal> {
        let user = memchr::memchr(b'\n', &self.rest[2..])?;
        self.until(2 + user + 1, b"\n\r<").map(|value| (value, true))
    }

    /// The content of an element that has attributes.
    fn element(&self) -> Option<Literal> {
        let close = self.rest.iter().position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
        if self.rest[close] != b'>' || self.rest[close - 1] == b'/' {
            return None;
        }
        let plain = || self.until(close + 1, b"<\n").map(|value| (value, false));
        marked(self.text, self.name.end + close + 1).map(|value| (value, true)).or_else(plain)
    }

    /// `<apikeys><add key="https://…" value="…"/>` of NuGet.
    fn attribute(&self) -> Option<Literal> {
        let from = crate::memmem::find(self.rest, b"value=\"")? + b"value=\"".len();
        self.until(from, b"\"").map(|value| (value, true))
    }

    /// Where the tag ends that the name is the value of an attribute of, in an element with content: `class A < B` and
    /// `x <- xs` open no tag.
    fn opened_element(&self) -> Option<usize> {
        let close = self.rest.iter().position(|b| matches!(b, b'>' | b'<' | b'\n' | b'{' | b','))?;
        let lead = &self.text[self.name.start.saturating_sub(32)..self.name.start];
        let is_open = |at: usize| lead[at + 1].is_ascii_alphabetic() && !lead[at..].contains(&b'>');
        let is_element = self.rest[close] == b'>'
            && self.rest[close - 1] != b'/'
            && lead.ends_with(b"=\"")
            && memchr::memrchr(b'<', lead).is_some_and(is_open);
        is_element.then_some(close)
    }

    /// `<string name="api_key" translatable="false">…</string>` of Android, `<setting name="…" serializeAs="String"><value>`
    /// of .NET.
    fn in_element(&self, close: usize) -> Option<Literal> {
        if let Some(value) = marked(self.text, self.name.end + close + 1) {
            return Some((value, true));
        }
        let behind = self.rest[close + 1..].trim_ascii_start();
        let inner = behind.strip_prefix(b"<value>").map(|inner| self.rest.len() - inner.len());
        self.until(inner.unwrap_or(close + 1), b"<\n").map(|value| (value, inner.is_some()))
    }

    /// A literal in an attribute of XSLT, `<xsl:variable name="ftpPassword" select="'…'"/>`.
    fn selected(&self) -> Option<Literal> {
        let behind = self.rest.strip_prefix(b"\" select=\"'")?;
        let value = self.until(self.rest.len() - behind.len(), b"'\"\n")?;
        self.text[value.end..].starts_with(b"'\"").then_some((value, true))
    }

    /// `"name": { "value": "…" }`, and what Envoy calls it: `name: { inline_string: "…" }`.
    fn object(&self, syntax: Syntax) -> Option<Literal> {
        const INLINE: [&[u8]; 2] = [b"inline_string", b"inline_bytes"];
        let sign = self.rest.strip_prefix(b"\"");
        let is_quoted = sign.is_some();
        let inner = sign.unwrap_or(self.rest).trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let inner = inner.strip_prefix(b"{")?;
        let block = &inner[..memchr::memchr2(b'}', b'{', inner).unwrap_or(inner.len())];
        let labelled = |label: &[u8]| {
            let behind = &block[crate::memmem::find(block, label)? + label.len()..];
            let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
            Some(behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
        };
        let plain = || labelled(b"\"value\"").filter(|_| is_quoted);
        let value = plain().or_else(|| INLINE.iter().find_map(|label| labelled(label)))?;
        let at = self.name.end + self.rest.len() - inner.len() + block.len() - value.len();
        literal(self.text, at, syntax)
    }
}

/// The literal at `at`, or the one that a known conversion holds: `[]byte("…")`.
pub(super) fn wrapped(text: &[u8], at: usize, syntax: Syntax) -> Option<Literal> {
    #[rustfmt::skip]
    const WRAPPERS: [&[u8]; 30] = [
        b"run { ", b"data(base64encoded: ", b"base64.getdecoder().decode(", b"base64.geturldecoder().decode(",
        b"base64.decode64(", b"hex2bin(", b"atob(", b"[convert]::frombase64string(", b"urlencode(", b"rawurlencode(",
        b"encodeuricomponent(", b"base64_decode(", b"trim(", b"[]byte(", b"buffer.from(", b"bytes.fromhex(",
        b"hextoraw(", b"encoding.utf8.getbytes(", b"encoding.ascii.getbytes(", b"convert.frombase64string(",
        b"base64.b64decode(", b"string::from(", b"secretstr(", b"some(", b"new string(", b"str(", b"bytes(",
        b"secretstring::from(", b"secretstring::new(", b"@(",
    ];
    if let Some(value) = marked(text, at) {
        return Some((value, true));
    }
    if syntax == Syntax::Code {
        if let Some(found) = cast(text, at) {
            return Some((found, true));
        }
        let rest = &text[at..text.len().min(at + LONGEST_HEAD)];
        let over = rest.iter().position(is_quote).unwrap_or(0);
        let head = &rest[..over];
        // Whatever it is called, it undoes an encoding.
        let lower = head.to_ascii_lowercase();
        let decodes = [&b"fromhex("[..], b"unhex(", b"hex::decode(", b"decodestring(", b"base64decode("];
        if WRAPPERS.contains(&lower.as_slice()) || decodes.iter().any(|end| lower.ends_with(end)) {
            return literal(text, at + over, syntax);
        }
        if only_wraps(head)
            && let Some(found) = literal::at(text, at + over)
            && matches!(text.get(found.end), Some(b')' | b'.'))
        {
            return Some((found.value, true));
        }
    }
    // `"$(echo SECRET)"` of a shell.
    let rest = text.get(at..).unwrap_or_default();
    if let Some(printed) = rest.strip_prefix(b"\"").unwrap_or(rest).strip_prefix(b"$(echo ") {
        let printed = printed.strip_prefix(b"-n ").unwrap_or(printed);
        let quote = usize::from(printed.starts_with(b"'") || printed.starts_with(b"\""));
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b')' | b'\'' | b'"' | b'$' | b'|');
        let length = printed[quote..].iter().take(LONGEST_VALUE).position(is_end)?;
        let start = text.len() - printed.len() + quote;
        let is_alone = printed[quote + length + quote..].starts_with(b")");
        return (length > 0 && is_alone).then_some((start..start + length, true));
    }
    // A binary of Erlang.
    let at = if text.get(at..).is_some_and(|rest| rest.starts_with(b"<<\"")) { at + 2 } else { at };
    literal(text, at, syntax)
}

/// A literal of which something only says the type: `<string>"…"`, `("…" as unknown) as ApiKey`, `(char *)"…"`.
fn cast(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..text.len().min(at + LONGEST_HEAD)];
    let is_of_type = |b: &u8| is_word(*b) || b" .*&:".contains(b);
    let typed = |close: u8| {
        let length = rest[1..].iter().take_while(|b| is_of_type(b)).count();
        let behind = rest[1 + length..].strip_prefix(&[close]).filter(|_| length > 0)?;
        let open = at + rest.len() - behind.trim_ascii_start().len();
        literal::at(text, open).map(|found| found.value)
    };
    match rest.first()? {
        b'<' => typed(b'>'),
        b'(' if rest.get(1).is_some_and(is_plain_quote) => {
            let found = literal::at(text, at + 1)?;
            let behind = &text[found.end..];
            let is_alone = [&b")"[..], b" as ", b" satisfies "].iter().any(|end| behind.starts_with(end));
            // A part of a longer one: `("…").concat(x)`.
            let goes_on =
                behind.strip_prefix(b")").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"."));
            (is_alone && !goes_on).then_some(found.value)
        }
        b'(' => typed(b')'),
        _ => None,
    }
}

/// Whether calls do no more than wrap the literal they take: `pulumi.ToSecret(pulumi.String(`, `to.Ptr(`.
pub(in crate::engine) fn only_wraps(head: &[u8]) -> bool {
    #[rustfmt::skip]
    static WRAPS: WordSet<39> = WordSet::new([
        "string", "stringptr", "strptr", "ptr", "toptr", "ptrto", "stringvalue", "newstringvalue", "stringval",
        "some", "just", "optional", "ofnullable", "output", "tosecret", "secretstr", "secretstring", "securestring",
        "sensitive", "redacted", "protectedstring", "guardedstring", "zeroizing", "secretbox", "secretbytes",
        "secretvalue", "unsafeplaintext", "plaintext", "borrowed", "fromstring", "str", "bytes",
        "asvalue", "qstring", "qstringliteral", "qlatin1string", "qlatin1stringview", "qbytearray", "qbytearrayliteral",
    ]);
    const MAKES: [&str; 10] =
        ["new", "from", "of", "to", "wrap", "create", "secret", "unsafe", "plain", "fromplaintext"];
    #[rustfmt::skip]
    static TYPES: WordSet<20> = WordSet::new([
        "string", "str", "cow", "some", "option", "optional", "output", "pulumi", "pointer", "ptr", "secret",
        "secretstring", "secretbox", "secretvalue", "securestring", "sensitive", "redacted", "protectedstring",
        "guardedstring", "zeroizing",
    ]);
    let Some(calls) = head.strip_suffix(b"(") else { return false };
    calls.split(|b| *b == b'(').all(|call| {
        let call = call.trim_ascii();
        let path = call.strip_prefix(b"new ").or(call.strip_prefix(b"&")).unwrap_or(call);
        let is_path = path.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'));
        let mut parts = path.rsplit(|b| matches!(b, b'.' | b':')).filter(|part| !part.is_empty());
        let last = parts.next().map(names::normalized).unwrap_or_default();
        let of = parts.next().map(names::normalized).unwrap_or_default();
        // `Secret("…")` makes one, `secret("…")` looks one up; Windows' macros widen what they hold.
        // A container of dependencies gives the object that it holds.
        let is_provided = of == "providers" && last == "object";
        let is_made = path.starts_with(b"Secret") && last == "secret" || matches!(path, b"_T" | b"TEXT");
        is_path
            && (WRAPS.contains(&last)
                || is_made
                || is_provided
                || MAKES.contains(&last.as_str()) && TYPES.contains(&of))
    })
}

/// The text of an element that is marked as such: `<![CDATA[…]]>`.
fn marked(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + text.get(at..)?.strip_prefix(b"<![CDATA[").map(|_| b"<![CDATA[".len())?;
    let window = &text[start..text.len().min(start + LONGEST_VALUE)];
    let end = crate::memmem::find(window, b"]]>").filter(|end| *end > 0)?;
    (!window[..end].contains(&b'\n')).then_some(start..start + end)
}

/// `password=X` within a text: a query, an option, a log line. Only what mixes letters and digits counts,
/// and a sign of the text around it has to end it.
pub(super) fn inside_text(text: &[u8], at: usize) -> Option<Literal> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    let stop = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'`' | b'&' | b';' | b',' | b'<' | b')' | b'\\' | b'|')
    };
    let end = window.iter().position(stop).unwrap_or(window.len());
    let bytes = &window[..end];
    let call = bytes.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'}' | b'$' | b'%' | b'<'));
    let mixed = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    (end >= 6 && (mixed || has_drawn_case(bytes)) && !call).then_some((at..at + end, false))
}

/// The rest of a literal that holds name and value, or of a line that it writes with escapes: `-H 'X-Api-Key: …'`,
/// `["X-Api-Key: …"]`, `"Host: acme.io\r\nX-Api-Key: …\r\n"`.
pub(super) fn quoted_with_name(text: &[u8], name: &Range<usize>, at: usize) -> Option<Literal> {
    let (before, is_below) = (&text[..name.start], ends_in_break(&text[..name.start]));
    before.last().filter(|b| is_below || matches!(b, b'"' | b'\''))?;
    let window = &text[at..text.len().min(at + LONGEST_VALUE + 3)];
    let end = window.iter().position(|b| is_quote(b) || b.is_ascii_whitespace() || *b == b'\\')?;
    let escape = window[end..].iter().take(3).take_while(|b| **b == b'\\').count();
    let is_broken = escape > 0 && matches!(window.get(end + escape), Some(b'n' | b'r'));
    // An escape may write the quote that ends a literal within another.
    let closes = is_quote(&window[end]) && (is_below || before.ends_with(&window[end..=end]));
    let is_over = is_broken || closes || is_below && window.get(end + escape).is_some_and(is_quote);
    (end > 0 && is_over).then_some((at..at + end, true))
}

/// The literal at `at`: quoted anywhere, bare where the syntax allows it.
pub(super) fn literal(text: &[u8], at: usize, syntax: Syntax) -> Option<Literal> {
    // Where values stand bare, templates are written with these.
    let is_template = || {
        let next = text.get(at + 1);
        match text.get(at) {
            Some(b'[' | b'{') => true,
            Some(b'%') => matches!(next, Some(b'(' | b'[' | b'{')),
            Some(b'$') => !matches!(next, Some(b'"' | b'\'')),
            _ => false,
        }
    };
    if (syntax == Syntax::Code || !is_template())
        && let Some(found) = literal::at(text, at)
    {
        return Some((found.value, true));
    }
    if syntax == Syntax::Code || matches!(text.get(at)?, b'"' | b'\'' | b'`') {
        return None;
    }
    let window = &text[at..text.len().min(at + LONGEST_VALUE + 2)];
    // Google shows an app password in four groups.
    let line =
        window.split(|b| matches!(b, b'\n' | b'\r' | b'#')).next().unwrap_or_default().trim_ascii_end();
    if is_in_fours(line) {
        return Some((at..at + line.len(), false));
    }
    let end = window
        .iter()
        .position(|&b| {
            b.is_ascii_whitespace()
                || matches!(b, b'"' | b'\'' | b',' | b';' | b'<' | b'`' | b')' | b'}' | b']')
        })
        .unwrap_or(window.len());
    // The font changes there, in a manual page.
    if [&b"\\fR"[..], b"\\fP"].iter().any(|font| crate::memmem::find(&window[..end], font).is_some()) {
        return None;
    }
    // A bare value ends its line, or is followed by a comment or the next item.
    let rest = window[end..].iter().find(|b| !matches!(b, b' ' | b'\t'));
    let closed = match window.get(end) {
        None | Some(b'\n' | b'\r' | b',' | b';' | b'<' | b'`') => true,
        // The end of a mark of XML, or of one that another holds.
        Some(b']') => window[end..].starts_with(b"]]>") || window[end..].starts_with(b"]]]]>"),
        // A map in braces may end there: `{ host: …, api-key: … }`.
        Some(b' ' | b'\t') => matches!(rest, None | Some(b'#' | b'\n' | b'\r' | b'}')),
        _ => false,
    };
    (closed && end > 0 && end <= LONGEST_VALUE).then_some((at..at + end, false))
}

/// What a setting alone on its line is given, `DB_PASSWORD=…`, `password: …  # prod`, `<password>…</password>`, where it was
/// drawn from all signs: there no sign ends it.
pub(super) fn whole_line(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    let line = window.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
    let word = &line[..line.iter().take_while(|b| !b.is_ascii_whitespace()).count()];
    let is_element = text[..name.start].ends_with(b"<") && text[..at].ends_with(b">");
    let value = if is_element { &word[..crate::memmem::find(word, b"</")?] } else { word };
    let behind = line[word.len()..].trim_ascii_start();
    let is_over = behind.is_empty() || [&b"#"[..], b"//", b";"].iter().any(|mark| behind.starts_with(mark));
    let is_end = |b: &u8| matches!(b, b',' | b';' | b'&');
    // Another setting behind a sign: `password=…;user=…`.
    let is_name = |part: &[u8]| {
        let name = part.iter().take_while(|b| is_word(**b)).count();
        name > 1 && part.get(name) == Some(&b'=') && part[0].is_ascii_alphabetic()
    };
    let is_one = || !value.split(is_end).skip(1).any(|part| part.is_empty() || is_name(part));
    // A mark of XML has its own end.
    let is_free =
        !value.starts_with(b"<!") && !value.iter().any(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\'));
    let is_alone = || is_over && is_one() && starts_setting(text, name, at);
    let is_whole = is_free && is_generated(value) && (is_element || is_alone());
    is_whole.then_some(at..at + value.len())
}

/// Whether nothing stands before the name on its line but what leads up to a setting: `- `, `export `, `ENV `; words before
/// `: ` and ` = `, where a sentence or a table has them.
fn starts_setting(text: &[u8], name: &Range<usize>, at: usize) -> bool {
    const LEADS: [&[u8]; 8] =
        [b"export", b"set", b"setx", b"env", b"arg", b"local", b"readonly", b"declare -x"];
    let floor = name.start.saturating_sub(LONGEST_HEAD);
    let lead = &text[floor..name.start];
    let Some(start) = memchr::memrchr(b'\n', lead).map(|at| at + 1).or((floor == 0).then_some(0)) else {
        return false;
    };
    let lead = lead[start..].trim_ascii();
    let lead = lead.strip_prefix(b"-").or(lead.strip_prefix(b"*")).unwrap_or(lead).trim_ascii_start();
    let is_word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'*');
    let is_glued = text[name.end..at] == *b"=";
    lead.is_empty()
        || LEADS.iter().any(|known| lead.eq_ignore_ascii_case(known))
        || !is_glued && lead.iter().all(is_word)
}

/// The end of an array's size behind a name: `[]`, `[33]`.
pub(super) fn array(text: &[u8], at: usize) -> usize {
    let rest = &text[at..text.len().min(at + 8)];
    let digits = |rest: &[u8]| rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let size = rest.strip_prefix(b"[").map(|rest| (digits(rest), rest));
    size.filter(|(digits, rest)| rest.get(*digits) == Some(&b']')).map_or(at, |(digits, _)| at + digits + 2)
}

pub(super) fn skip(text: &[u8], at: usize, skip: impl Fn(u8) -> bool, most: usize) -> usize {
    at + text[at..].iter().take(most).take_while(|b| skip(**b)).count()
}
