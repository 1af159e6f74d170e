//! Values that a name gets though more than a sign stands between: what a property starts with, what a function of that
//! name returns, the default of a setting's chain of calls, an annotation above a field, the cell beside a cell.
//!
//! The same forms are read from both ends: [`names`] from the value, [`value`] from the name.

use std::ops::Range;

use super::literal;
use super::locate_words::is_ident;
use super::neighbour::line_before;

/// How far a name and its value may be apart, bytes.
const LONGEST: usize = 240;
/// Methods that give what stands before them a default.
const DEFAULTS: [&[u8]; 8] =
    [b"default", b"catch", b"prefault", b"orElse", b"or", b"fallback", b"withDefault", b"getOrElse"];
/// Elements whose one speaks of the next.
const CELLS: [&[u8]; 6] = [b"td", b"th", b"dd", b"dt", b"string", b"code"];
/// Words before a bracket that are no function's name.
const NO_NAMES: [&[u8]; 10] =
    [b"if", b"while", b"for", b"switch", b"catch", b"match", b"when", b"function", b"func", b"fn"];

/// What is looked at of a text behind a place.
fn behind(text: &[u8], at: usize) -> &[u8] {
    &text[at..text.len().min(at + LONGEST)]
}

/// The name that a value is given by its declaration.
pub(super) fn names<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let lead = &text[value.start.saturating_sub(LONGEST)..value.start];
    if lead.ends_with(b">") {
        return cell_before(lead);
    }
    let open = literal::start(text, value.start)?;
    let end = literal::at(text, open).filter(|found| found.value == *value)?.end;
    let lead = &text[open.saturating_sub(LONGEST)..open];
    let bare = lead.trim_ascii_end();
    if let Some(chain) = bare.strip_suffix(b"(") {
        return annotated(chain, behind(text, end)).or_else(|| defaulted(chain));
    }
    let next = behind(text, end).iter().find(|b| !matches!(b, b' ' | b'\t'));
    if !next.is_none_or(|b| matches!(b, b';' | b'}' | b'\n' | b'\r')) {
        return None;
    }
    match bare.strip_suffix(b"=") {
        Some(declared) => property(declared),
        None => returning(bare),
    }
}

/// The value that the declaration of a name gives it.
pub(super) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let rest = behind(text, name.end);
    let at = |rest: &[u8]| rest.as_ptr().addr() - text.as_ptr().addr();
    if rest.starts_with(b"</") {
        return cell_behind(rest).map(|cell| at(cell)..at(cell) + cell.len());
    }
    // Most names are followed by none of the forms, which a few bytes tell.
    let has = |word: &[u8]| memchr::memmem::find(rest, word).is_some();
    let near = match rest.trim_ascii_start().first()? {
        b'{' if has(b"get") => rest,
        b'(' if has(b"return") => rest,
        b':' | b'"' | b'\''
            if rest.contains(&b'{')
                || memchr::memchr_iter(b'(', rest).any(|at| defaults(&rest[..at]).is_some()) =>
        {
            rest
        }
        b';' | b'=' | b',' | b')' => {
            let before = &text[name.start.saturating_sub(LONGEST)..name.start];
            &before[memchr::memmem::rfind(before, b"@Value(")?..]
        }
        _ => return None,
    };
    let mut opens = memchr::memchr3_iter(b'"', b'\'', b'`', near).take(4).map(|quote| at(near) + quote);
    opens.find_map(|open| {
        let found = literal::at(text, open)?;
        let given = names(text, &found.value)?;
        (at(given) == name.start && given.len() == name.len()).then_some(found.value)
    })
}

/// `NAME { get; set; } = "…"` of C#.
fn property(declared: &[u8]) -> Option<&[u8]> {
    const WORDS: [&[u8]; 7] = [b"get", b"set", b"init", b"private", b"protected", b"internal", b"required"];
    let (head, inner) = last_block(declared)?;
    let mut words = inner.split(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let is_accessor = words.clone().any(|word| word == b"get") && words.all(|word| WORDS.contains(&word));
    is_accessor.then(|| last_name(head)).flatten()
}

/// What stands before the bracket that the end of a text closes, and within: `NAME {…}`.
fn last_block(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.trim_ascii_end().strip_suffix(b"}")?;
    let open = memchr::memrchr2(b'{', b'}', body).filter(|at| body[*at] == b'{')?;
    Some((&body[..open], &body[open + 1..]))
}

/// The function or the property that returns what comes next: `NAME() { return`, `var NAME: String {`, `def NAME():`
/// above `return`.
fn returning(before: &[u8]) -> Option<&[u8]> {
    let returned = before.strip_suffix(b"return").filter(|rest| !rest.last().is_some_and(|b| is_ident(*b)));
    let head = returned.unwrap_or(before);
    let bare = head.trim_ascii_end();
    let opened = bare.strip_suffix(b"{");
    // Only a whole line is a `return` that belongs to the one above.
    let is_below = head[bare.len()..].contains(&b'\n');
    let head = match (opened, bare.strip_suffix(b":")) {
        (Some(head), _) => head,
        (None, Some(head)) if is_below && returned.is_some() => head,
        _ => return None,
    };
    // `NAME { get { return`.
    let head = head.trim_ascii_end();
    let getter =
        head.strip_suffix(b"get").map(<[u8]>::trim_ascii_end).and_then(|rest| rest.strip_suffix(b"{"));
    let head = line_before(getter.unwrap_or(head), getter.unwrap_or(head).len(), LONGEST);
    if getter.is_some() {
        return last_name(head);
    }
    match memchr::memchr(b'(', head) {
        Some(open) => last_name(&head[..open]).filter(|name| returned.is_some() && !NO_NAMES.contains(name)),
        None => {
            let (name, kind) = head.split_at(memchr::memchr(b':', head)?);
            let is_variable = name.split(u8::is_ascii_whitespace).any(|word| matches!(word, b"var" | b"val"));
            let is_type = kind[1..].trim_ascii().iter().all(|b| is_ident(*b) || matches!(b, b'?' | b'.'));
            (is_variable && is_type).then(|| last_name(name)).flatten()
        }
    }
}

/// `@Value("…") private String NAME;` of Spring: the last word of what is declared behind.
fn annotated<'t>(annotation: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    if !annotation.ends_with(b"@Value") {
        return None;
    }
    let declared = behind.strip_prefix(b")")?;
    let is_end = |b: &u8| matches!(b, b';' | b'=' | b',' | b')' | b'(' | b'{' | b'"');
    let declared = declared[..declared.iter().position(is_end)?].trim_ascii();
    let words = declared.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    (words.count() > 1).then(|| last_name(declared)).flatten()
}

/// `NAME: z.string().min(1).default("…")`: what a chain of calls that ends in a default is given to.
fn defaulted(chain: &[u8]) -> Option<&[u8]> {
    let method = defaults(chain)?;
    let mut rest = chain[..chain.len() - method.len()].strip_suffix(b".")?.trim_ascii_end();
    loop {
        rest = match rest.last()? {
            b')' => &rest[..opening(rest)?],
            b'.' => rest[..rest.len() - 1].trim_ascii_end(),
            byte if is_ident(*byte) => &rest[..rest.len() - last_name(rest)?.len()],
            _ => break,
        };
        // What follows a sign is the whole chain.
        if rest.trim_ascii_end().ends_with(b":") || rest.trim_ascii_end().ends_with(b"=") {
            break;
        }
    }
    let rest = rest.trim_ascii_end();
    let named = rest.strip_suffix(b":").or(rest.strip_suffix(b"="))?.trim_ascii_end();
    let named = named.strip_suffix(b"\"").or(named.strip_suffix(b"'")).unwrap_or(named);
    last_name(named)
}

/// The method at the end of a chain that gives what stands before it a default.
fn defaults(chain: &[u8]) -> Option<&[u8]> {
    last_name(chain).filter(|method| DEFAULTS.contains(method))
}

/// Where the bracket opens that ends a text.
fn opening(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    text.iter().rposition(|b| {
        match b {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The text of the cell before the one that opens at the end: `<td>NAME</td><td>`.
fn cell_before(lead: &[u8]) -> Option<&[u8]> {
    let mut rest = tag_before(lead, b"")?;
    // `<td><code>`.
    rest = tag_before(rest, b"").unwrap_or(rest).trim_ascii_end();
    while let Some(inner) = tag_before(rest, b"/") {
        rest = inner;
    }
    let name = last_name(rest).filter(|_| rest.len() < lead.len())?;
    rest[..rest.len() - name.len()].trim_ascii_end().ends_with(b">").then_some(name)
}

/// What stands before a tag of a cell at the end of a text.
fn tag_before<'t>(text: &'t [u8], sign: &[u8]) -> Option<&'t [u8]> {
    let body = text.strip_suffix(b">")?;
    let open = memchr::memrchr2(b'<', b'>', body).filter(|at| body[*at] == b'<')?;
    let tag = body[open + 1..].strip_prefix(sign)?;
    let tag = tag.split(u8::is_ascii_whitespace).next()?;
    CELLS.iter().any(|cell| tag.eq_ignore_ascii_case(cell)).then(|| &text[..open])
}

/// The text of the cell behind the one that ends at the start: `</td><td>VALUE</td>`.
fn cell_behind(rest: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    let mut opened = 0;
    loop {
        let step = rest[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let tag = rest[at + step..].strip_prefix(b"<");
        let Some(tag) = tag else { break };
        let end = memchr::memchr(b'>', tag)?;
        let name = tag[..end].strip_prefix(b"/").unwrap_or(&tag[..end]);
        let name = name.split(u8::is_ascii_whitespace).next()?;
        if !CELLS.iter().any(|cell| name.eq_ignore_ascii_case(cell)) {
            return None;
        }
        let opens = !tag.starts_with(b"/");
        // An empty cell lies between.
        if opened > 0 && !opens {
            return None;
        }
        opened += usize::from(opens);
        at += step + end + 2;
    }
    let cell = &rest[at..];
    let cell = &cell[..memchr::memchr(b'<', cell)?];
    (opened > 0 && !cell.is_empty() && !cell.iter().any(u8::is_ascii_whitespace)).then_some(cell)
}

/// The identifier that ends a text.
fn last_name(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_end();
    let length = text.iter().rev().take_while(|b| is_ident(**b)).count();
    (length > 0).then(|| &text[text.len() - length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_both_ends() {
        for text in [
            "public string ApiToken { get; set; } = \"VALUE7\";",
            "public string ApiToken { get; init; } = \"VALUE7\";",
            "String ApiToken() { return \"VALUE7\"; }",
            "get ApiToken() { return 'VALUE7' }",
            "fn ApiToken() -> &'static str {\n    return \"VALUE7\";\n}",
            "var ApiToken: String { \"VALUE7\" }",
            "string ApiToken { get { return \"VALUE7\"; } }",
            "def ApiToken(self):\n    return \"VALUE7\"\n",
            "public string ApiToken\n{\n    get;\n    set;\n} = \"VALUE7\";",
            "@Value(\"VALUE7\") private String ApiToken;",
            "@Value(\"VALUE7\")\n    private final String ApiToken;",
            "ApiToken: z.string().min(1).default(\"VALUE7\"),",
            "ApiToken: z\n    .string()\n    .default('VALUE7')",
            "<tr><td>ApiToken</td><td>VALUE7</td></tr>",
            "<td><code>ApiToken</code></td>\n  <td class=\"x\"><code>VALUE7</code></td>",
            "<entry><string>ApiToken</string><string>VALUE7</string></entry>",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            let named = names(text.as_bytes(), &place("VALUE7"));
            assert_eq!(named, Some(&b"ApiToken"[..]), "{text}");
            assert_eq!(value(text.as_bytes(), &place("ApiToken")), Some(place("VALUE7")), "{text}");
        }
        for text in [
            "if (ApiToken) { return \"VALUE7\"; }",
            "ApiToken { x = 1 } = \"VALUE7\"",
            "ApiToken: f(\"VALUE7\")",
            "<td>ApiToken</td><td></td><td>VALUE7</td>",
            "f(ApiToken, () => { return \"VALUE7\" + x; })",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            assert_eq!(names(text.as_bytes(), &place("VALUE7")), None, "{text}");
            assert_eq!(value(text.as_bytes(), &place("ApiToken")), None, "{text}");
        }
    }
}
