//! Texts as written in the test data, and what becomes of them: generators expanded, names remembered,
//! bytes encoded.

use std::collections::BTreeMap;

use stanch::catalogue::sample;

/// Values that a text named, so that another text can mean the same secret.
///
/// `{token=hex:32}` makes one and writes it; `{{token}}` writes it again. Other generators are those of
/// the rule examples.
#[derive(Debug, Default)]
pub(crate) struct Values {
    seed: String,
    known: BTreeMap<String, String>,
    drawn: usize,
}

impl Values {
    /// Values of one story; another `seed` gives others.
    pub(crate) fn new(seed: &str) -> Self {
        Values { seed: seed.to_owned(), ..Values::default() }
    }

    /// Expands `text`. Panics with the reason when a name is unknown or a generator is faulty: the data
    /// of a test is wrong then.
    pub(crate) fn expand(&mut self, text: &str) -> String {
        let named = self.fill_names(text);
        self.generate(&named)
    }

    /// Names first, as text: what is left is for the generators, and a value holds no brace.
    fn fill_names(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            if let Some((name, after)) = reference(rest) {
                out.push_str(
                    self.known.get(name).unwrap_or_else(|| panic!("{{{{{name}}}}} was not defined before")),
                );
                rest = after;
            } else if let Some((name, generator, after)) = definition(rest) {
                assert!(!self.known.contains_key(name), "{{{name}=…}} is defined twice");
                let value = self.expand(&format!("{{{generator}}}"));
                out.push_str(&value);
                self.known.insert(name.to_owned(), value);
                rest = after;
            } else {
                out.push('{');
                rest = &rest[1..];
            }
        }
        out + rest
    }

    /// The values that no output may show: all but those whose name starts with `public`.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(n, _)| !n.starts_with("public"))
    }

    fn generate(&mut self, text: &str) -> String {
        self.drawn += 1;
        sample::try_expand(text, &format!("{} {}", self.seed, self.drawn))
            .unwrap_or_else(|why| panic!("cannot expand `{text}`: {why}"))
    }
}

/// `{{name}}`: the name and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix("{{")?.split_once("}}")?;
    is_name(name).then_some((name, after))
}

/// `{name=GENERATOR}`: both and what follows.
fn definition(text: &str) -> Option<(&str, &str, &str)> {
    let close = balanced(text)?;
    let (name, generator) = text[1..close].split_once('=')?;
    is_name(name).then_some((name, generator, &text[close + 1..]))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Applies the flags of a block (`crlf`, `no-eol`, `bom`, `utf16le`, `utf16be`) to its text.
pub(crate) fn encode(text: &str, flags: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    let mut wide: Option<fn(u16) -> [u8; 2]> = None;
    for flag in flags.split_whitespace() {
        match flag {
            "no-eol" => text.truncate(text.trim_end_matches('\n').len()),
            "crlf" => text = text.replace('\n', "\r\n"),
            "bom" => text.insert(0, '\u{feff}'),
            "utf16le" => wide = Some(u16::to_le_bytes),
            "utf16be" => wide = Some(u16::to_be_bytes),
            other => panic!("unknown flag `{other}`"),
        }
    }
    match wide {
        Some(unit) => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect(),
        None => text.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Values, encode};

    #[test]
    fn a_name_means_the_same_value_everywhere() {
        let mut values = Values::new("story");
        let first = values.expand("A={token=hex:32} B={hex:32}");
        let again = values.expand("f({ t: \"{{token}}\", u: ${X} })");
        let token = &first[2..34];
        assert_eq!(again, format!("f({{ t: \"{token}\", u: ${{X}} }})"));
        assert_ne!(&first[37..], token);
        assert_eq!(values.secrets().collect::<Vec<_>>(), [("token", token)]);
    }

    #[test]
    fn names_stand_inside_code_and_generators_inside_names() {
        let mut values = Values::new("story");
        let out = values.expand("{\"a\": {\"b\": \"{pair=base64:AC{hex:32}:{hex:32}}\"}} {{pair}} {hex:4}");
        assert!(out.starts_with("{\"a\": {\"b\": \"QU") && out.len() > 180, "{out}");
        assert!(!out.contains("{pair"), "{out}");
    }

    #[test]
    fn flags_shape_the_bytes() {
        assert_eq!(encode("a\nb\n", "crlf"), b"a\r\nb\r\n");
        assert_eq!(encode("a\n", "no-eol bom"), b"\xef\xbb\xbfa");
        assert_eq!(encode("a", "utf16be"), b"\xfe\xff\0a");
        assert_eq!(encode("a", "utf16le"), b"\xff\xfea\0");
    }
}
