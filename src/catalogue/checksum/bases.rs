//! Numbers and bytes in the alphabets that tokens use.

pub(super) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const BASE62_LOWER_FIRST: &[u8] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
pub(super) const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(super) const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(super) const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `number` in the base of `alphabet`, most significant digit first, padded on the left to `width`.
pub(super) fn in_base(mut number: u32, alphabet: &[u8], width: usize) -> String {
    let base = alphabet.len() as u32;
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        digits.push(alphabet[(number % base) as usize]);
        number /= base;
    }
    digits.iter().rev().map(|digit| *digit as char).collect()
}

/// Decodes base32 or base64 by the size of `alphabet`; padding is dropped, left-over bits are not asked to
/// be zero, since vendors' own encoders differ there. `None` on a foreign character.
pub(super) fn decode(text: &str, alphabet: &[u8]) -> Option<Vec<u8>> {
    let bits = alphabet.len().ilog2();
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() * bits as usize / 8);
    let (mut held, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = alphabet.iter().position(|known| *known == byte)? as u32;
        held = held << bits | digit;
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    Some(out)
}

/// Base64 of either alphabet.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    decode(text, if text.contains(['-', '_']) { BASE64_URL } else { BASE64 })
}

/// Encodes in base32 or base64 by the size of `alphabet`, without padding.
pub(super) fn encode(bytes: &[u8], alphabet: &[u8]) -> String {
    let bits = alphabet.len().ilog2();
    let mask = (1_u32 << bits) - 1;
    let mut out = String::with_capacity(bytes.len() * 8 / bits as usize + 2);
    let (mut held, mut count) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(alphabet[(held >> count & mask) as usize] as char);
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(alphabet[(held << (bits - count) & mask) as usize] as char);
    }
    out
}

/// Adds the padding that base64 has.
pub(super) fn padded(mut text: String) -> String {
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
