//! Made-up secrets from the generator syntax of examples, checksums included.
//!
//! The syntax is described in `generate.rs`; this is the form everything at run time
//! uses: `rules test`, `explain`, `demo` and the tests.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::checksum;
use super::generate;
use super::rule::Check;

/// Expands `text`. What cannot be expanded stays as it is written.
///
/// ```
/// use stanch::catalogue::sample::expand;
/// let line = expand("ACME_API_KEY={hex:40}", "acme-api-key");
/// assert_eq!(line.len(), "ACME_API_KEY=".len() + 40);
/// assert_eq!(line, expand("ACME_API_KEY={hex:40}", "acme-api-key"));
/// ```
pub fn expand(text: &str, seed: &str) -> String {
    try_expand(text, seed).unwrap_or_else(|_| text.to_owned())
}

/// Expands `text`; the same text and seed give the same result on every machine.
///
/// # Errors
/// An unknown class or check, a length out of bounds, or a checksum that cannot be made.
pub fn try_expand(text: &str, seed: &str) -> Result<String, String> {
    generate::expand_with(text, seed, seal)
}

fn seal(name: &str, head: &str) -> Result<(usize, String), String> {
    let named: StrDeserializer<'_, Error> = name.into_deserializer();
    let check = Check::deserialize(named).map_err(|_| format!("`{{check:{name}}}` names no check"))?;
    let sealed = checksum::seal(check, head.as_bytes())
        .ok_or_else(|| format!("`{{check:{name}}}` cannot complete the text before it"))?;
    Ok((sealed.replaces, sealed.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_every_time_and_differs_by_seed_and_place() {
        let text = "{hex:32} {hex:32}";
        let first = try_expand(text, "a").unwrap();
        assert_eq!(first, try_expand(text, "a").unwrap());
        assert_ne!(first, try_expand(text, "b").unwrap());
        let (left, right) = first.split_once(' ').unwrap();
        assert_ne!(left, right);
    }

    #[test]
    fn every_class_gives_its_alphabet_and_length() {
        for (name, alphabet) in generate::CLASSES {
            for length in [0, 1, 2, 7, 40, 300] {
                let out = try_expand(&format!("{{{name}:{length}}}"), "seed").unwrap();
                assert_eq!(out.len(), length, "{name}");
                assert!(out.chars().all(|c| alphabet.contains(c)), "{name}: {out}");
            }
        }
    }

    #[test]
    fn ranges_reach_both_ends() {
        let seen: std::collections::BTreeSet<usize> =
            (0..200).map(|n| try_expand("{b62:3-5}", &n.to_string()).unwrap().len()).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
    }

    #[test]
    fn random_text_looks_random() {
        for seed in 0..2000 {
            let hex = try_expand("{hex:32}", &seed.to_string()).unwrap();
            let mut counts = [0_f64; 256];
            hex.bytes().for_each(|b| counts[usize::from(b)] += 1.0);
            let bits: f64 =
                counts.iter().filter(|n| **n > 0.0).map(|n| -(n / 32.0) * (n / 32.0).log2()).sum();
            assert!(bits >= 3.2, "{hex}: {bits}");
            assert!(hex.bytes().any(|b| b.is_ascii_digit()) && hex.bytes().any(|b| b.is_ascii_alphabetic()));
            assert!(!hex.as_bytes().windows(4).any(|w| w.iter().all(|b| *b == w[0])), "{hex}");
        }
    }

    #[test]
    fn code_needs_no_escape() {
        for text in [
            "${X}",
            "{\"a\": 1}",
            "f\"{name}\"",
            "{",
            "}{",
            "{{ value }}",
            "a{b",
            "{a: 1}",
            "{:32}",
            "{hex:}",
            "{hex:-}",
        ] {
            assert_eq!(try_expand(text, "seed").unwrap(), text);
        }
        let out = try_expand("{ key: \"{hex:8}\" }", "seed").unwrap();
        assert_eq!(out.len(), "{ key: \"\" }".len() + 8);
    }

    #[test]
    fn the_other_generators() {
        assert_eq!(try_expand("AB{}CD", "s").unwrap(), "ABCD");
        assert_eq!(try_expand("{repeat:ab*3}", "s").unwrap(), "ababab");
        assert_eq!(try_expand("{repeat:a*0}", "s").unwrap(), "");
        assert_eq!(
            try_expand("{base64:a}|{base64:ab}|{base64:abc}|{base64:}", "s").unwrap(),
            "YQ==|YWI=|YWJj|"
        );
        let pair = try_expand("{base64:user:{hex:9}}", "s").unwrap();
        assert!(pair.starts_with("dXNlcj") && pair.len() == 20, "{pair}");
        let chosen: std::collections::BTreeSet<String> =
            (0..60).map(|n| try_expand("{one of a | b | {digit:1}x}", &n.to_string()).unwrap()).collect();
        assert!(chosen.contains("a") && chosen.contains("b") && chosen.len() > 2, "{chosen:?}");
        let uuid = try_expand("{uuid}", "s").unwrap();
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'4');
    }

    #[test]
    fn faults_are_named() {
        assert!(try_expand("{hexx:32}", "s").unwrap_err().contains("names no class"));
        assert!(try_expand("{check:nothing}", "s").unwrap_err().contains("names no check"));
        assert!(try_expand("{hex:5-3}", "s").is_err());
        assert!(try_expand("{hex:999999}", "s").is_err());
        assert!(try_expand("{repeat:ab*99999}", "s").is_err());
        assert_eq!(expand("{hexx:32}", "s"), "{hexx:32}");
    }

    #[test]
    fn open_braces_without_end_stay_linear() {
        let text = "{".repeat(200_000);
        assert_eq!(try_expand(&text, "s").unwrap(), text);
    }

    #[test]
    fn checksums_are_completed() {
        let token = try_expand("x=ghp_{b62:30}{check:crc32-b62-6}", "s").unwrap();
        assert_eq!(checksum::verify(Check::Crc32B62, &token.as_bytes()[2..]), checksum::Verdict::Valid);
    }
}
