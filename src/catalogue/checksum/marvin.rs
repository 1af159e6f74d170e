//! Microsoft's identifiable keys: Marvin32 sums, as in the source of security-utilities and SymCrypt.

use super::bases::{BASE62, BASE64, decode, decode_base64, encode, in_base, padded};
use super::{Sealed, last};

/// The alphabet of Entra's sums; `a` is zero.
const BASE66: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// Seeds are eight ASCII characters read as a big-endian number; which one depends on the kind of key.
const SEEDS: &[&[u8; 8]] = &[
    b"Default0",
    b"AbAcct00",
    b"Classic0",
    b"Send0000",
    b"Listen00",
    b"Manage00",
    b"IoTHub00",
    b"DpsKey00",
    b"Device00",
    b"Access00",
    b"SendRecv",
    b"Functi00",
    b"Master00",
    b"System00",
    b"Query000",
    b"PAdmin00",
    b"ACRDflt0",
    b"Tenant00",
    b"Gatewy00",
    b"GitKey00",
    b"MastRW00",
    b"MastRO00",
    b"SystRW00",
    b"SystRO00",
    b"SysAll00",
    b"Encryp00",
    b"Resour00",
];

/// Marvin64: a rotate-and-add hash of 32-bit words.
pub(super) fn marvin64(data: &[u8], seed: u64) -> u64 {
    let (mut low, mut high) = (seed as u32, (seed >> 32) as u32);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        (low, high)
    };
    let mut words = data.chunks_exact(4);
    for word in words.by_ref() {
        mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut tail = [0_u8; 4];
    let rest = words.remainder();
    tail[..rest.len()].copy_from_slice(rest);
    tail[rest.len()] = 0x80;
    mix(u32::from_le_bytes(tail));
    let (low, high) = mix(0);
    u64::from(high) << 32 | u64::from(low)
}

fn marvin32(data: &[u8], seed: &[u8; 8]) -> u32 {
    let both = marvin64(data, u64::from_be_bytes(*seed));
    (both >> 32) as u32 ^ both as u32
}

/// Azure storage, Cosmos DB, Service Bus and the like: the last four bytes are the sum of those before.
pub(super) fn identifiable(token: &str) -> Option<bool> {
    if token.len() < 16 || token.len() > 200 {
        return None;
    }
    if sums_up(&decode_base64(token)?) { Some(true) } else { any_replaced(token) }
}

fn sums_up(raw: &[u8]) -> bool {
    let Some((data, mark)) = raw.split_last_chunk::<4>() else { return false };
    SEEDS.iter().any(|seed| marvin32(data, seed).to_le_bytes() == *mark)
}

/// Redis and a few others write `P` for `+` and `F` for `/` after the sum was made. Tries every choice
/// of up to eight such letters, 256 × 27 short hashes; with more nothing is known.
fn any_replaced(token: &str) -> Option<bool> {
    let letters: Vec<usize> =
        token.bytes().enumerate().filter(|(_, b)| matches!(b, b'P' | b'F')).map(|(at, _)| at).collect();
    if letters.is_empty() || token.contains(['+', '/', '-', '_']) {
        return Some(false);
    }
    let choices = 1_u32.checked_shl(letters.len() as u32).filter(|_| letters.len() <= 8)?;
    Some((1..choices).any(|choice| {
        let mut text = token.as_bytes().to_vec();
        for (_, at) in letters.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1) {
            text[*at] = if text[*at] == b'P' { b'+' } else { b'/' };
        }
        std::str::from_utf8(&text).ok().and_then(|text| decode(text, BASE64)).is_some_and(|raw| sums_up(&raw))
    }))
}

/// Adds the last bytes to the base64 at the end of `head`, padding included.
pub(super) fn seal_identifiable(head: &str, alphabet: &[u8]) -> Option<Sealed> {
    let start = head.bytes().rposition(|byte| !alphabet.contains(&byte)).map_or(0, |at| at + 1);
    let written = head.get(start..).filter(|written| written.len() >= 12)?;
    let bytes = (written.len() * 6).div_ceil(8);
    // Two characters more than written are enough bits to fill the last byte.
    let mut raw = decode(&format!("{written}AA"), alphabet)?;
    raw.truncate(bytes);
    raw.extend(marvin32(&raw, SEEDS[0]).to_le_bytes());
    Some(Sealed::append(padded(encode(&raw, alphabet)).get(written.len()..)?.to_owned()))
}

/// Keys with `JQQJ9` at offset 52 (Azure DevOps, Azure AI, Maps and others): 80 characters, whose 60 bytes
/// are summed up in the four or eight that follow, in base 62 or, older, base64.
pub(super) fn cask(token: &str) -> Option<bool> {
    if token.get(52..57) != Some("JQQJ9") || !matches!(token.len(), 84 | 88) {
        return None;
    }
    let (head, mark) = token.split_at(80);
    let mark = mark.trim_end_matches('=');
    let sum = marvin32(&decode_base64(head)?, SEEDS[0]).to_le_bytes();
    let mut digits = cask_digits(sum);
    if mark.len() > 4 {
        digits = encode(&decode(&digits, BASE64)?, BASE64);
    }
    Some(!mark.is_empty() && (digits.starts_with(mark) || encode(&sum, BASE64).starts_with(mark)))
}

fn cask_digits(sum: [u8; 4]) -> String {
    format!("{:0<6}", in_base(u32::from_be_bytes(sum), BASE62, 0))
}

pub(super) fn seal_cask(head: &str) -> Option<Sealed> {
    let sum = marvin32(&decode_base64(last(head, 80)?)?, SEEDS[0]).to_le_bytes();
    Some(Sealed::append(cask_digits(sum)[..4].to_owned()))
}

/// Year and English month in which a `JQQJ9` key was made: two letters at offset 58, A is 2024 and January.
pub(super) fn cask_month(token: &str) -> Option<(u32, &'static str)> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    cask(token).filter(|right| *right)?;
    let letter = |at: usize| token.as_bytes().get(at)?.checked_sub(b'A').filter(|n| *n < 26);
    Some((2024 + u32::from(letter(58)?), MONTHS.get(usize::from(letter(59)?))?))
}

/// Entra client secrets with `7Q~` or `8Q~` at offset three: the first three base-66 digits of the sum of
/// 37 characters. Older secrets have another length or no mark, and no sum.
pub(super) fn entra(token: &str) -> Option<bool> {
    if token.len() != 40 || !matches!(token.get(3..6), Some("7Q~" | "8Q~")) {
        return None;
    }
    Some(entra_mark(&token[..37]) == token[37..])
}

fn entra_mark(head: &str) -> String {
    in_base(marvin32(head.as_bytes(), b"AadPwd00"), BASE66, 6)[..3].to_owned()
}

pub(super) fn seal_entra(head: &str) -> Option<Sealed> {
    Some(Sealed::append(entra_mark(last(head, 37)?)))
}
