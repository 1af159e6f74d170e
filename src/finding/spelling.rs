//! What else spells a secret: its clear text where it was found encoded, and the base64, hex and escapes that a text
//! holds of it. A line that is shown of a secret must not hold it in another spelling.
//!
//! Works on what is shown, some hundred bytes, and never on a file.

use std::collections::HashSet;
use std::ops::Range;

use crate::engine::unescaped;

/// Most encodings, one within the other, that are undone: percent escapes of base64 of base64.
const DEPTH: usize = 2;
/// Shortest clear text that an encoded secret is known by, bytes: what is shorter is no secret.
const SHORTEST: usize = 4;
/// Shortest run of base64 or hex that may spell one, characters.
const SHORTEST_RUN: usize = 6;
/// Longest secret whose encodings are undone, bytes: what is longer is a file.
const LONGEST: usize = 16 * 1024;

/// Whether a byte is one of those that an encoding writes.
type IsDigit = fn(u8) -> bool;

/// A way to undo an encoding: base64 or hex.
type Undo = fn(&[u8], &mut Vec<u8>);

/// Secrets and the clear text of those that are encoded, each once.
pub(super) fn with_clear<'s>(secrets: impl Iterator<Item = &'s [u8]>) -> HashSet<Vec<u8>> {
    let mut all: HashSet<Vec<u8>> = HashSet::new();
    for secret in secrets {
        let mut wave = vec![secret.to_vec()];
        for depth in 0..=DEPTH {
            let clear = |secret: &Vec<u8>| if depth < DEPTH { clear(secret) } else { Vec::new() };
            let next = wave.iter().flat_map(clear).collect();
            all.extend(std::mem::replace(&mut wave, next));
        }
    }
    all
}

/// The texts that one encoding less makes of a secret.
fn clear(secret: &[u8]) -> Vec<Vec<u8>> {
    if secret.len() > LONGEST {
        return Vec::new();
    }
    let body = secret.trim_ascii();
    let unpadded = body.strip_suffix(b"==").or(body.strip_suffix(b"=")).unwrap_or(body);
    let mut texts = Vec::new();
    if unpadded.iter().all(|b| sextet(*b).is_some()) {
        texts.push(undone(of_base64, unpadded));
    }
    if body.len().is_multiple_of(2) && body.iter().all(u8::is_ascii_hexdigit) {
        texts.push(undone(of_hex, body));
    }
    texts.extend(unescaped(body).map(|(text, _)| text));
    texts.iter_mut().for_each(|text| text.truncate(text.trim_ascii_end().len()));
    let is_text =
        |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(char::is_control));
    texts.retain(|text| text.len() >= SHORTEST && is_text(text));
    texts
}

fn undone(undo: Undo, written: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(written.len());
    undo(written, &mut text);
    text
}

/// Finds secrets in a text.
pub(super) type Find<'f> = &'f dyn Fn(&[u8]) -> Vec<Range<usize>>;

/// Where a text spells what `find` finds: as it is and in other spellings.
pub(super) fn any(text: &[u8], find: Find<'_>) -> Vec<Range<usize>> {
    let mut found = find(text);
    found.extend(encoded(text, find));
    found
}

/// Where a text spells it behind escapes, in base64 or in hex. An encoded run is given whole.
pub(super) fn encoded(text: &[u8], find: Find<'_>) -> Vec<Range<usize>> {
    to_depth(text, find, DEPTH)
}

fn to_depth(text: &[u8], find: Find<'_>, depth: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(depth) = depth.checked_sub(1) else { return found };
    for layer in [Layer::of_escapes(text), Layer::of_runs(text)].into_iter().flatten() {
        let within = find(&layer.text).into_iter().chain(to_depth(&layer.text, find, depth));
        found.extend(within.filter(|range| !range.is_empty()).map(|range| layer.written(range)));
    }
    found
}

/// What a text reads as once an encoding is undone, and where its parts are written.
struct Layer {
    text: Vec<u8>,
    /// Where a part starts, and what it is written as; in order.
    parts: Vec<(usize, Range<usize>)>,
}

impl Layer {
    fn of_escapes(text: &[u8]) -> Option<Layer> {
        let (clear, starts) = unescaped(text)?;
        let parts = starts.windows(2).enumerate().map(|(at, pair)| (at, pair[0]..pair[1])).collect();
        Some(Layer { text: clear, parts })
    }

    /// The runs of base64 and hex, each read from any place at which a secret in it may begin: what is glued to its start
    /// shifts it. A zero stands behind each.
    fn of_runs(text: &[u8]) -> Option<Layer> {
        let mut layer = Layer { text: Vec::new(), parts: Vec::new() };
        let kinds: [(IsDigit, usize, Undo); 2] =
            [(|b| sextet(b).is_some(), 4, of_base64), (|b| b.is_ascii_hexdigit(), 2, of_hex)];
        for (is_digit, group, undo) in kinds {
            for run in runs(text, is_digit) {
                let padding = text[run.end..].iter().take(2).take_while(|b| **b == b'=').count();
                for shift in 0..group {
                    layer.parts.push((layer.text.len(), run.start..run.end + padding));
                    undo(&text[run.start + shift..run.end], &mut layer.text);
                    layer.text.push(0);
                }
            }
        }
        (!layer.text.is_empty()).then_some(layer)
    }

    fn written(&self, range: Range<usize>) -> Range<usize> {
        let part = |at: usize| self.parts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.parts[part(range.start)].1.start..self.parts[part(range.end - 1)].1.end
    }
}

/// The runs of a text that are long enough to spell something.
fn runs(text: &[u8], is_digit: IsDigit) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    let parts = text.split(move |b| !is_digit(*b)).map(move |part| {
        let start = at;
        at += part.len() + 1;
        start..start + part.len()
    });
    parts.filter(|run| run.len() >= SHORTEST_RUN)
}

/// The six bits of a character of base64, of either alphabet (RFC 4648, sections 4 and 5).
fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn of_base64(run: &[u8], bytes: &mut Vec<u8>) {
    whole_bytes(run, 6, sextet, bytes);
}

fn of_hex(run: &[u8], bytes: &mut Vec<u8>) {
    whole_bytes(run, 4, |digit| char::from(digit).to_digit(16), bytes);
}

/// Adds the bytes that digits of some bits each write; what is left over is none.
fn whole_bytes(digits: &[u8], width: u32, value: fn(u8) -> Option<u32>, bytes: &mut Vec<u8>) {
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits.iter().filter_map(|digit| value(*digit)) {
        bits = bits << width | digit;
        count += width;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
            bits &= (1 << count) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

    use super::*;

    const SECRET: &[u8] = b"kT4~q?vM>9zw";

    fn escapes() -> String {
        SECRET.iter().map(|b| format!("%{b:02x}")).collect()
    }

    fn find(text: &[u8]) -> Vec<Range<usize>> {
        memchr::memmem::find_iter(text, SECRET).map(|at| at..at + SECRET.len()).collect()
    }

    #[test]
    fn every_spelling_is_found_whole() {
        let twice = BASE64.encode(BASE64.encode(SECRET).as_bytes());
        let glued = BASE64.encode(&[b"kim:", SECRET, b"\n"].concat());
        for spelled in [
            BASE64.encode(SECRET),
            BASE64URL_NOPAD.encode(SECRET),
            HEXLOWER.encode(SECRET),
            HEXUPPER.encode(SECRET),
            escapes(),
            BASE64.encode(&[b"x", SECRET].concat()),
            glued,
            twice,
            "kT4~q%3FvM%3e9zw".to_owned(),
            "kT4~q\\u003fvM\\x3e9zw".to_owned(),
            "kT4~q?vM&gt;9zw".to_owned(),
        ] {
            let text = format!("key: a # {spelled} ä");
            let at = text.find(&spelled).unwrap();
            let found = super::super::excerpt::disjoint(any(text.as_bytes(), &find));
            assert_eq!(found, std::slice::from_ref(&(at..at + spelled.len())), "{text}");
        }
        assert!(any(b"key: c29tZXRoaW5nIGVsc2U= 736f6d657468696e67 %20x", &find).is_empty());
    }

    #[test]
    fn an_encoded_secret_is_known_by_its_clear_text() {
        let of = |secret: &[u8]| with_clear(std::iter::once(secret));
        for written in [
            BASE64.encode(SECRET),
            BASE64.encode(&[SECRET, b"\n"].concat()),
            HEXLOWER.encode(SECRET),
            escapes(),
        ] {
            assert!(of(written.as_bytes()).contains(SECRET), "{written}");
        }
        assert_eq!(of(SECRET).len(), 1);
    }
}
