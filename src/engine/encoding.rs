//! Text encodings: what is not a superset of ASCII is turned into UTF-8 before the scan.

use std::borrow::Cow;

/// The text in `bytes`: UTF-16 (with a byte order mark, or told by its zero bytes) as UTF-8, all
/// else as it is. Lines stay lines.
pub fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ if is_wide(bytes, 1) => Cow::Owned(utf16(bytes, u16::from_le_bytes)),
        _ if is_wide(bytes, 0) => Cow::Owned(utf16(bytes, u16::from_be_bytes)),
        _ => Cow::Borrowed(bytes),
    }
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
    }
}
