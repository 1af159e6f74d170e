//! Text encodings: what is not a superset of ASCII is turned into UTF-8 before the scan.

use std::borrow::Cow;

/// The text in `bytes`: UTF-16 and UTF-32 (with a byte order mark, or told by their zero bytes) as UTF-8, all
/// else as it is. Lines stay lines.
pub fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        // Before UTF-16, whose little-endian mark this one starts with.
        [0xFF, 0xFE, 0, 0, rest @ ..] if is_scalars(rest, u32::from_le_bytes) => {
            Cow::Owned(utf32(rest, u32::from_le_bytes))
        }
        [0, 0, 0xFE, 0xFF, rest @ ..] if is_scalars(rest, u32::from_be_bytes) => {
            Cow::Owned(utf32(rest, u32::from_be_bytes))
        }
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] if is_narrow(rest) => Cow::Borrowed(bytes),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        [_, 0, 0, 0, ..] if is_plain(bytes, u32::from_le_bytes) => {
            Cow::Owned(utf32(bytes, u32::from_le_bytes))
        }
        [0, 0, 0, _, ..] if is_plain(bytes, u32::from_be_bytes) => {
            Cow::Owned(utf32(bytes, u32::from_be_bytes))
        }
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

/// The first units of four bytes.
fn head_units(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).take(128).map(move |four| unit([four[0], four[1], four[2], four[3]]))
}

/// Whether the first units are all characters, which four bytes of anything else hardly ever are.
fn is_scalars(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> bool {
    head_units(bytes, unit).all(|unit| char::from_u32(unit).is_some_and(|c| c != '\0'))
}

/// Whether eight or more such characters stand there, nine tenths of them ASCII that is text: UTF-32 without a mark.
fn is_plain(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> bool {
    let is_text = |unit: &u32| matches!(unit, 9 | 10 | 13 | 32..=126);
    let (all, text) = (head_units(bytes, unit).count(), head_units(bytes, unit).filter(is_text).count());
    all >= 8 && text * 10 >= all * 9 && is_scalars(bytes, unit)
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Vec<u8> {
    let units = bytes.chunks_exact(4).map(|four| unit([four[0], four[1], four[2], four[3]]));
    let mut out = String::with_capacity(bytes.len() / 4);
    out.extend(units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)));
    out.into_bytes()
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
    fn utf32_becomes_utf8() {
        let text = "key = \"v\u{e4}lue \u{1f511}\"\n";
        for (mark, bytes) in [
            ([0xFF, 0xFE, 0, 0], u32::to_le_bytes as fn(u32) -> [u8; 4]),
            ([0, 0, 0xFE, 0xFF], u32::to_be_bytes),
        ] {
            let wide: Vec<u8> = text.chars().flat_map(|c| bytes(u32::from(c))).collect();
            assert_eq!(&*as_text(&[&mark, &wide[..]].concat()), text.as_bytes());
            let plain: Vec<u8> = "token = x\n".chars().flat_map(|c| bytes(u32::from(c))).collect();
            assert_eq!(&*as_text(&plain), b"token = x\n");
            // Numbers of four bytes are no text.
            let numbers: Vec<u8> = (1..60).flat_map(bytes).collect();
            assert_eq!(&*as_text(&numbers), numbers);
        }
        // UTF-16 that starts with a zero character.
        let wide: Vec<u8> = "\0ab".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(&*as_text(&[&[0xFF, 0xFE], &wide[..]].concat()), b"\0ab");
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
