//! Keys of key pairs and wallets: sums that their own standards define.

use sha2::{Digest, Sha256};

use super::bases::{BASE32, BASE58, BASE64, decode, encode, padded};
use super::{Sealed, last, token_at_end};

const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// BIP-173: age identities, Nostr and Sui private keys. `None` without the separator.
pub(super) fn bech32(token: &str) -> Option<bool> {
    let lower = token.to_ascii_lowercase();
    let (human, data) = lower.rsplit_once('1')?;
    if human.is_empty() || data.len() < 6 {
        return None;
    }
    let mut values = bech32_human(human);
    for byte in data.bytes() {
        match BECH32.iter().position(|known| *known == byte) {
            Some(value) => values.push(value as u8),
            None => return Some(false),
        }
    }
    Some(bech32_polymod(&values) == 1)
}

fn bech32_human(human: &str) -> Vec<u8> {
    human.bytes().map(|b| b >> 5).chain([0]).chain(human.bytes().map(|b| b & 31)).collect()
}

fn bech32_polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    values.iter().fold(1, |check, value| {
        let top = check >> 25;
        let check = (check & 0x01FF_FFFF) << 5 ^ u32::from(*value);
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(check, |check, (_, part)| check ^ part)
    })
}

pub(super) fn seal_bech32(head: &str) -> Option<Sealed> {
    let token = token_at_end(head);
    let lower = token.to_ascii_lowercase();
    let (human, data) = lower.rsplit_once('1')?;
    let mut values = bech32_human(human);
    for byte in data.bytes() {
        values.push(BECH32.iter().position(|known| *known == byte)? as u8);
    }
    values.extend([0; 6]);
    let sum = bech32_polymod(&values) ^ 1;
    let text: String = (0..6).map(|at| BECH32[(sum >> (25 - 5 * at) & 31) as usize] as char).collect();
    let upper = !token.bytes().any(|b| b.is_ascii_lowercase());
    Some(Sealed::append(if upper { text.to_ascii_uppercase() } else { text }))
}

/// Bitcoin WIF keys and BIP-32 extended keys: the last four bytes begin the double SHA-256 of the rest.
pub(super) fn base58check(token: &str) -> Option<bool> {
    let raw = base58_decode(token)?;
    let (data, mark) = raw.split_last_chunk::<4>()?;
    Some(double_sha256(data)[..4] == *mark)
}

fn double_sha256(data: &[u8]) -> Vec<u8> {
    Sha256::digest(Sha256::digest(data)).to_vec()
}

/// Big-endian bytes without leading zeros. The cost is the square of the length, hence the limit (an
/// extended key has 111 characters).
fn base58_decode(token: &str) -> Option<Vec<u8>> {
    if token.len() > 200 {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for digit in token.bytes() {
        let mut carry = BASE58.iter().position(|known| *known == digit)? as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            bytes.insert(0, carry as u8);
        }
    }
    Some(bytes)
}

fn base58_encode(bytes: &[u8]) -> String {
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.insert(0, carry % 58);
            carry /= 58;
        }
    }
    digits.iter().map(|digit| BASE58[*digit as usize] as char).collect()
}

/// Adds six digits: 58⁶ is more than the 2³² values of a sum, so the digits before them stay.
pub(super) fn seal_base58check(head: &str) -> Option<Sealed> {
    let start = head.bytes().rposition(|byte| !BASE58.contains(&byte)).map_or(0, |at| at + 1);
    let written = &head[start..];
    // The middle of what six digits can hold, so that no carry leaves them.
    let mut raw = base58_decode(&format!("{written}VVVVVV"))?;
    let at = raw.len().checked_sub(4)?;
    let sum = double_sha256(&raw[..at]);
    raw[at..].copy_from_slice(&sum[..4]);
    let token = base58_encode(&raw);
    token.starts_with(written).then(|| Sealed::append(token[written.len()..].to_owned()))
}

/// NATS nkeys and Stellar's StrKey (SEP-23): unpadded base32 that ends in CRC-16/XMODEM, little-endian.
pub(super) fn base32_crc16(token: &str) -> Option<bool> {
    let raw = decode(token, BASE32)?;
    let (data, mark) = raw.split_last_chunk::<2>()?;
    Some(crc16_xmodem(data).to_le_bytes() == *mark)
}

fn crc16_xmodem(data: &[u8]) -> u16 {
    data.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 },
        )
    })
}

pub(super) fn seal_base32_crc16(head: &str) -> Option<Sealed> {
    let start = head.bytes().rposition(|byte| !BASE32.contains(&byte)).map_or(0, |at| at + 1);
    let written = &head[start..];
    let bytes = (written.len() * 5).div_ceil(8);
    let mut raw = decode(&format!("{written}AA"), BASE32)?;
    raw.truncate(bytes);
    raw.extend(crc16_xmodem(&raw).to_le_bytes());
    Some(Sealed::append(encode(&raw, BASE32).get(written.len()..)?.to_owned()))
}

/// WireGuard private keys: five bits of an X25519 key are fixed (RFC 7748, section 5).
pub(super) fn x25519_clamp(token: &str) -> Option<bool> {
    let raw = decode(token, BASE64).filter(|raw| raw.len() == 32)?;
    Some(raw[0] & 7 == 0 && raw[31] & 0xC0 == 0x40)
}

/// Rewrites the last 44 characters.
pub(super) fn seal_x25519(head: &str) -> Option<Sealed> {
    let mut raw = decode(last(head, 44)?, BASE64).filter(|raw| raw.len() == 32)?;
    raw[0] &= 0xF8;
    raw[31] = raw[31] & 0x3F | 0x40;
    Some(Sealed { replaces: 44, text: padded(encode(&raw, BASE64)) })
}
