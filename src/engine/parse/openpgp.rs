//! What an OpenPGP secret key says of itself: its algorithm, its size, and whether a passphrase protects it (RFC 9580
//! §4.2 packet headers, §5.5 key material; RFC 4880 for keys of version 3 and 4).

/// A secret key packet, as far as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SecretKey {
    /// `2048-bit RSA`, `Ed25519`; empty for an algorithm that is not known.
    pub(super) algorithm: String,
    /// Whether a passphrase protects the secret half.
    pub(super) is_locked: bool,
    /// Whether the packet is all there.
    pub(super) is_whole: bool,
}

/// The tag of a secret key packet. What is exported with a secret key begins with one.
const SECRET_KEY: u8 = 5;

/// Reads the packet that `raw` starts with; `None` where that is no secret key.
pub(super) fn secret_key(raw: &[u8]) -> Option<SecretKey> {
    let (length, body) = header(raw)?;
    let is_whole = body.len() >= length;
    let body = &body[..length.min(body.len())];
    let (algorithm, public, counted) = match *body.first()? {
        // Version, time, days of validity.
        3 => (*body.get(7)?, body.get(8..)?, None),
        4 => (*body.get(5)?, body.get(6..)?, None),
        // These count the bytes of the public half.
        5 | 6 => {
            let count = u32::from_be_bytes(*body.get(6..)?.first_chunk()?);
            (*body.get(5)?, body.get(10..)?, Some(usize::try_from(count).ok()?))
        }
        _ => return None,
    };
    let read = public_half(algorithm, public);
    let end = counted.or(read.as_ref().map(|(_, end)| *end));
    // Zero: the secret half follows as it is. Where it was cut off before, nothing tells.
    let usage = end.and_then(|end| public.get(end));
    Some(SecretKey {
        algorithm: read.map(|(name, _)| name).unwrap_or_default(),
        is_locked: usage.is_some_and(|usage| *usage != 0),
        is_whole,
    })
}

/// The length that the header of a secret key packet announces, and what follows the header.
fn header(raw: &[u8]) -> Option<(usize, &[u8])> {
    let first = *raw.first()?;
    let byte = |at: usize| raw.get(at).map(|byte| usize::from(*byte));
    let is_new = first & 0x40 != 0;
    let tag = if is_new { first & 0x3F } else { first >> 2 & 0xF };
    if first & 0x80 == 0 || tag != SECRET_KEY {
        return None;
    }
    let long = |at: usize| Some(u32::from_be_bytes(*raw.get(at..)?.first_chunk()?) as usize);
    let (length, bytes) = match (is_new, first & 3, byte(1)?) {
        (true, _, one @ 0..=191) => (one, 1),
        (true, _, two @ 192..=223) => (((two - 192) << 8) + byte(2)? + 192, 2),
        (true, _, 255) => (long(2)?, 5),
        (false, 0, one) => (one, 1),
        (false, 1, two) => (two << 8 | byte(2)?, 2),
        (false, 2, _) => (long(1)?, 4),
        // Partial and open lengths are for data only.
        _ => return None,
    };
    Some((length, raw.get(1 + bytes..)?))
}

/// The name of an algorithm, with the size of its keys where that varies, and the length of its public half, bytes.
fn public_half(algorithm: u8, public: &[u8]) -> Option<(String, usize)> {
    let bits = public.first_chunk().map(|bits| u16::from_be_bytes(*bits));
    let sized = |name: &str| bits.map_or_else(|| name.to_owned(), |bits| format!("{bits}-bit {name}"));
    // A curve is named by an object identifier, one byte of length before it.
    let curve = public.first().map_or(usize::MAX, |length| 1 + usize::from(*length));
    let parameters = |at: usize| at + 1 + public.get(at).map_or(0, |length| usize::from(*length));
    Some(match algorithm {
        1..=3 => (sized("RSA"), numbers(public, 0, 2)?),
        16 => (sized("Elgamal"), numbers(public, 0, 3)?),
        17 => (sized("DSA"), numbers(public, 0, 4)?),
        18 => ("ECDH".to_owned(), parameters(numbers(public, curve, 1)?)),
        19 => ("ECDSA".to_owned(), numbers(public, curve, 1)?),
        22 => ("Ed25519".to_owned(), numbers(public, curve, 1)?),
        25 => ("X25519".to_owned(), 32),
        26 => ("X448".to_owned(), 56),
        27 => ("Ed25519".to_owned(), 32),
        28 => ("Ed448".to_owned(), 57),
        _ => return None,
    })
}

/// Where so many numbers end that stand one behind the other from `at` on, two bytes before each counting its bits.
fn numbers(public: &[u8], mut at: usize, count: usize) -> Option<usize> {
    for _ in 0..count {
        let bits = u16::from_be_bytes(*public.get(at..)?.first_chunk()?);
        at += 2 + usize::from(bits).div_ceil(8);
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet with this body, its length in an old header and in a new one.
    fn packets(body: &[u8]) -> [Vec<u8>; 2] {
        let length = u8::try_from(body.len()).unwrap();
        [[&[0x94, length], body].concat(), [&[0xC5, length], body].concat()]
    }

    fn key(algorithm: &str, is_locked: bool, is_whole: bool) -> Option<SecretKey> {
        Some(SecretKey { algorithm: algorithm.to_owned(), is_locked, is_whole })
    }

    #[test]
    fn a_secret_key_tells_its_algorithm_and_its_lock() {
        let time = [0x66; 4];
        let curve = [9, 0x2B, 6, 1, 4, 1, 0xDA, 0x47, 0x0F, 1];
        for (usage, is_locked) in [(0, false), (254, true), (255, true)] {
            let ed25519 = [&[4][..], &time, &[22], &curve, &[1, 7], &[0x40; 33], &[usage], &[7; 34]].concat();
            let rsa =
                [&[4][..], &time, &[1, 4, 0], &[0x80; 128], &[0, 17, 1, 0, 1, usage], &[7; 30]].concat();
            let sixth = [&[6][..], &time, &[27, 0, 0, 0, 32], &[5; 32], &[usage], &[7; 32]].concat();
            for (body, algorithm) in [(ed25519, "Ed25519"), (rsa, "1024-bit RSA"), (sixth, "Ed25519")] {
                for packet in packets(&body) {
                    assert_eq!(secret_key(&packet), key(algorithm, is_locked, true));
                    let cut = &packet[..packet.len() - 9];
                    assert_eq!(secret_key(cut), key(algorithm, is_locked, false));
                }
            }
        }
    }

    #[test]
    fn anything_else_is_none() {
        let public = [&[0x98, 51, 4][..], &[0x66; 50]].concat();
        for raw in [&public[..], b"", &[0x94], &[0x94, 20, 9, 9], &[0xC5, 230, 4], b"result.push(addheader"] {
            assert_eq!(secret_key(raw), None, "{raw:x?}");
        }
    }
}
