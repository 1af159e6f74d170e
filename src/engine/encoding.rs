//! Text encodings: what is not a superset of ASCII is turned into UTF-8 before the scan.

use std::borrow::Cow;

/// The text in `bytes`: UTF-16 (with a byte order mark, or told by its zero bytes) as UTF-8, all
/// else as it is. Lines stay lines.
pub fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] if is_narrow(rest) => Cow::Borrowed(bytes),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ if is_wide(bytes, 1) => Cow::Owned(utf16(bytes, u16::from_le_bytes)),
        _ if is_wide(bytes, 0) => Cow::Owned(utf16(bytes, u16::from_be_bytes)),
        _ => Cow::Borrowed(bytes),
    }
}

/// Whether what stands behind a mark is text of single bytes: no zero and no control byte at its start, which is
/// UTF-8 or hardly anything but ASCII. In UTF-16 every line break has a zero byte.
fn is_narrow(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    let is_utf8 = || std::str::from_utf8(head).map_or_else(|err| err.error_len().is_none(), |_| true);
    let ascii = || head.iter().filter(|byte| byte.is_ascii()).count();
    head.iter().all(is_text) && (is_utf8() || ascii() * 10 >= head.len() * 9)
}

/// Whether nine tenths of the bytes at one parity are zero and hardly any at the other: ASCII text in
/// UTF-16 without a mark.
fn is_wide(bytes: &[u8], zero_at: usize) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    if head.len() < 16 {
        return false;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let half = head.len() / 2;
    zeros(zero_at) * 10 >= half * 9 && zeros(1 - zero_at) * 20 <= half
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut out = String::with_capacity(bytes.len() / 2);
    out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::as_text;

    #[test]
    fn utf16_becomes_utf8() {
        let text = "key = \"välue\"\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(&*as_text(&[&[0xFF, 0xFE], &little[..]].concat()), text.as_bytes());
        assert_eq!(&*as_text(&[&[0xFE, 0xFF], &big[..]].concat()), text.as_bytes());
        let plain = "token = something-longer".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(&*as_text(&plain), b"token = something-longer");
        assert_eq!(&*as_text(b"plain \x00 bytes"), b"plain \x00 bytes");
        let wide = "\u{5bc6}\u{7801}\u{662f}\u{4ec0}\u{4e48}\u{ff1f}".encode_utf16();
        let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            &*as_text(&[&[0xFF, 0xFE], &wide[..]].concat()),
            "\u{5bc6}\u{7801}\u{662f}\u{4ec0}\u{4e48}\u{ff1f}".as_bytes()
        );
    }

    #[test]
    fn a_mark_alone_makes_no_utf16() {
        for text in ["key = value\n", "k\u{43b}\u{44e}\u{447} = \u{437}\n", "a"] {
            for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] {
                let bytes = [&mark, text.as_bytes()].concat();
                assert_eq!(&*as_text(&bytes), bytes);
            }
        }
    }
}
