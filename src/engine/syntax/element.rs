//! The element of XML or HTML that a value is an attribute of: `<Resource url="…" password="…"/>`.

use std::ops::Range;

/// How far to each side of a value its element reaches, bytes.
const LONGEST_ELEMENT: usize = 1024;

/// Elements that give one value a name, among others of what is set up: each is an entry of its own.
const CARRIERS: [&[u8]; 7] =
    [b"property ", b"prop ", b"add ", b"param ", b"entry ", b"setting ", b"constructor-arg "];

/// An attribute, without the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Attribute<'t> {
    pub(in crate::engine) name: &'t [u8],
    pub(in crate::engine) given: &'t [u8],
}

/// Where the element stands that `value` is an attribute of, from its `<` to before its `>`.
pub(in crate::engine) fn around(text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    let floor = value.start.saturating_sub(LONGEST_ELEMENT);
    let before = &text[floor..value.start];
    let behind = &text[value.end..text.len().min(value.end + LONGEST_ELEMENT)];
    let open = memchr::memrchr2(b'<', b'>', before).filter(|at| before[*at] == b'<')?;
    let close = memchr::memchr2(b'<', b'>', behind).filter(|at| behind[*at] == b'>')?;
    let is_tag = before.get(open + 1).is_some_and(u8::is_ascii_alphabetic) && before[open..].contains(&b'=');
    let is_carrier = || CARRIERS.iter().any(|tag| before[open + 1..].starts_with(tag));
    (is_tag && !is_carrier()).then(|| floor + open..value.end + close)
}

/// The nearest element with attributes that is open before a value on its line: `<source type="acme">` of
/// `<source type="acme"><host>x</host><password>…</password></source>`.
pub(in crate::engine) fn holding(line: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    let mut opened = memchr::memrchr_iter(b'<', line).filter_map(|open| {
        let inner = &line[open..];
        let inner = &inner[..memchr::memchr(b'>', inner)?];
        match inner.get(1) {
            Some(b'/') => depth += 1,
            Some(first) if first.is_ascii_alphabetic() && !inner.ends_with(b"/") => {
                if depth == 0 {
                    return Some(inner);
                }
                depth -= 1;
            }
            _ => {}
        }
        None
    });
    opened.find(|inner| inner.contains(&b'='))
}

/// What an element is called, with its `<`.
pub(in crate::engine) fn tag(element: &[u8]) -> &[u8] {
    &element[..element.iter().position(u8::is_ascii_whitespace).unwrap_or(element.len())]
}

/// The attributes of an element.
pub(in crate::engine) fn attributes(element: &[u8]) -> Vec<Attribute<'_>> {
    let mut out = Vec::new();
    let mut rest = &element[tag(element).len()..];
    while let Some(sign) = memchr::memchr(b'=', rest) {
        let named = rest[..sign].trim_ascii();
        let name = named.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        let given = rest[sign + 1..].trim_ascii_start();
        let Some((quote, inner)) = given.split_first().filter(|(b, _)| matches!(b, b'"' | b'\'')) else {
            rest = given;
            continue;
        };
        let Some(end) = memchr::memchr(*quote, inner) else { break };
        out.push(Attribute { name, given: &inner[..end] });
        rest = &inner[end + 1..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_are_open() {
        for (line, expected) in [
            ("<s a=\"1\"><h>x</h><p>", Some("<s a=\"1\"")),
            ("<s a=\"1\"><h b=\"2\">x</h><c d=\"3\"/><p>", Some("<s a=\"1\"")),
            ("<s a=\"1\"></s><p>", None),
            ("<p>", None),
            ("a <b> = c", None),
        ] {
            assert_eq!(holding(line.as_bytes()), expected.map(str::as_bytes), "{line}");
        }
    }

    #[test]
    fn attributes_beside_a_value() {
        for (text, expected) in [
            ("<a>\n<r url = \"u\"\n  p='VALUE' x=\"1 = 2\"/>", Some("<r url=u p=VALUE x=1 = 2")),
            ("<r p=\"VALUE\">", Some("<r p=VALUE")),
            ("<r p=VALUE q=\"1\">", Some("<r q=1")),
            ("<r>VALUE</r>", None),
            ("<add key=\"k\" value=\"VALUE\"/>", None),
            ("if a < b { c = \"VALUE\" }", None),
            ("<r p=\"VALUE", None),
        ] {
            let at = text.find("VALUE").unwrap();
            let found = around(text.as_bytes(), &(at..at + 5)).map(|range| {
                let element = &text.as_bytes()[range];
                let mut told = String::from_utf8_lossy(tag(element)).into_owned();
                for Attribute { name, given } in attributes(element) {
                    let (name, given) = (String::from_utf8_lossy(name), String::from_utf8_lossy(given));
                    told += &format!(" {name}={given}");
                }
                told
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
