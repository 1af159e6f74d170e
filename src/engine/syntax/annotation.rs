//! Types between a name and its sign: `token: Annotated[str, Field(min_length=8)] = "…"`, `KEY: &'static str = "…"`.
//!
//! Brackets of a type are passed over as a whole, whatever stands in them, since a comma, an equals sign or a quote there
//! ends nothing.

use crate::engine::shape::confirm::is_word;

/// Longest type, and how much of it may stand outside brackets, bytes.
const LONGEST: usize = 160;
const LONGEST_BARE: usize = 40;
/// Most colons of a line behind which a type is looked for.
const MOST_COLONS: usize = 4;

/// The length of the type that a text begins with, up to the equals sign behind it.
pub(in crate::engine) fn length(text: &[u8]) -> Option<usize> {
    let window = &text[..text.len().min(LONGEST)];
    let (mut at, mut depth, mut bare) = (0, 0_usize, 0);
    while let Some(&byte) = window.get(at) {
        match byte {
            b'\n' | b'\r' => return None,
            b'\'' if lifetime(window, at, depth) > 0 => at += lifetime(window, at, depth),
            // A literal is no type, nor is what is looked up by one: `config["…"]`.
            b'"' | b'\'' | b'`' if depth == 0 || matches!(window[at - 1], b'[' | b'(' if depth == 1) => {
                return None;
            }
            b'"' | b'\'' | b'`' => at += 1 + memchr::memchr(byte, &window[at + 1..])?,
            b'[' | b'(' | b'<' => depth += 1,
            b'>' if matches!(at.checked_sub(1).map(|at| window[at]), Some(b'-' | b'=')) => {}
            b']' | b')' | b'>' => depth = depth.checked_sub(1)?,
            b'=' if depth == 0 => {
                let compares = matches!(window.get(at + 1), Some(b'=' | b'>'));
                return (!compares).then_some(at);
            }
            b',' | b'}' | b';' if depth == 0 => return None,
            _ if depth == 0 => bare += 1,
            _ => {}
        }
        if bare > LONGEST_BARE {
            return None;
        }
        at += 1;
    }
    None
}

/// The length of the name of a lifetime behind its quote at `at`: `&'static str`, `<'a>`. None has none.
fn lifetime(text: &[u8], at: usize, depth: usize) -> usize {
    let is_lead = |b: u8| b == b'&' || depth > 0 && matches!(b, b'<' | b',' | b' ' | b'+' | b'(');
    let name = text[at + 1..].iter().take_while(|b| is_word(**b)).count();
    let is_one = name > 0 && text.get(at + 1 + name).is_some_and(|b| *b != b'\'');
    let is_led = text[..at].last().is_some_and(|b| is_lead(*b));
    if is_one && is_led { name } else { 0 }
}

/// Where the colon stands behind whose name a type leads to the equals sign at `sign`, with more than words in it. Looks no
/// farther than `floor`, and on that line.
pub(in crate::engine) fn colon_before(text: &[u8], floor: usize, sign: usize) -> Option<usize> {
    let floor = floor.max(sign.saturating_sub(LONGEST));
    let last = text[floor..sign].trim_ascii_end().last()?;
    let line = memchr::memrchr(b'\n', &text[floor..sign]).map_or(floor, |at| floor + at + 1);
    if !matches!(last, b']' | b'>' | b')') && memchr::memchr(b'|', &text[line..sign]).is_none() {
        return None;
    }
    let is_lone = |at: &usize| text[at + 1] == b' ' && text[..*at].last() != Some(&b':');
    let colons = memchr::memrchr_iter(b':', &text[line..sign]).map(|at| line + at).filter(is_lone);
    colons.take(MOST_COLONS).find(|at| length(&text[at + 1..]) == Some(sign - at - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_all_languages() {
        for kind in [
            "str",
            "&str",
            "&'static str",
            "&'a [u8]",
            "Option<&'static str>",
            "Cow<'static, str>",
            "[&'static str; 2]",
            "&[&str]",
            "std::collections::HashMap<String, String>",
            "Annotated[str, Field(min_length=8, pattern=\"[a-z]+\")]",
            "Annotated[str, \"the key, of old\"]",
            "Annotated[SecretStr, Field(alias='X')] | None",
            "Map<String, List<String>>",
            "Readonly<Record<string, string>>",
            "(a: string) -> string",
            "[String: String]",
        ] {
            let text = format!("key: {kind} = VALUE");
            let sign = text.rfind('=').unwrap();
            assert_eq!(length(&text.as_bytes()[4..]), Some(sign - 4), "{text}");
            if kind.ends_with([']', '>']) || kind.contains('|') {
                assert_eq!(colon_before(text.as_bytes(), 0, sign), Some(3), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_type() {
        for behind in [
            " \"a = b\"",
            " 'x' = y",
            " &'x' = y",
            " x, y = z",
            " config[\"x\"] = y",
            " get('x') = y",
            " x == y",
            " x => y",
            " x) = y",
            " [1,\n 2] = y",
            " [a, b",
            " one two three four five six seven eight nine ten = y",
        ] {
            assert_eq!(length(behind.as_bytes()), None, "{behind}");
        }
    }
}
