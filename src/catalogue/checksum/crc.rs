//! Tokens that end in a CRC-32 (IEEE, the one of zlib) of themselves.
//!
//! Each function answers `None` when the token has no room for a sum.

use super::bases::{BASE32, BASE36, BASE62, BASE64, decode, encode, in_base};
use super::{Sealed, last, token_at_end};

fn crc32(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

/// Splits off the last `count` bytes; the head must not be empty.
fn split(text: &str, count: usize) -> Option<(&str, &str)> {
    let at = text.len().checked_sub(count).filter(|at| *at > 0)?;
    text.is_char_boundary(at).then(|| text.split_at(at))
}

/// GitHub's classic tokens, npm, Vercel, Polar, NetBird, Review Board, SaladCloud: six base-62 digits that
/// sum up what stands after the last underscore. Sources: GitHub's post on its token formats (2021); the
/// open sources of NetBird, Polar and Review Board; the others by test. Where signs stand within Vercel's, nobody knows what
/// is summed up: a right sum of any part proves them, a wrong one says nothing.
pub(super) fn b62_of_last_part(token: &str) -> Option<bool> {
    let is_right = |part: &str| {
        let (body, sum) = split(part, 6)?;
        Some(in_base(crc32(body), BASE62, 6) == sum)
    };
    let of_vercel = token.strip_prefix("vc").and_then(|rest| rest.get(1..)?.strip_prefix('_'));
    if let Some(body) = of_vercel.filter(|body| body.contains(['_', '-'])) {
        let ends = body.match_indices('_').map(|(at, _)| &body[at + 1..]);
        return std::iter::once(body).chain(ends).any(|part| is_right(part) == Some(true)).then_some(true);
    }
    is_right(token.rsplit_once('_')?.1)
}

pub(super) fn seal_b62_of_last_part(head: &str) -> Option<Sealed> {
    let (_, body) = token_at_end(head).rsplit_once('_').filter(|(_, body)| !body.is_empty())?;
    Some(Sealed::append(in_base(crc32(body), BASE62, 6)))
}

/// Deno Deploy (by test), Apify (by test) and Zentral (its source): six digits that sum up all before them,
/// prefix included.
pub(super) fn b62_of_all(token: &str, alphabet: &[u8]) -> Option<bool> {
    let (head, sum) = split(token, 6)?;
    Some(in_base(crc32(head), alphabet, 6) == sum)
}

pub(super) fn seal_b62_of_all(head: &str, alphabet: &[u8]) -> Option<Sealed> {
    Some(Sealed::append(in_base(crc32(token_at_end(head)), alphabet, 6)))
}

/// Matrix homeservers, from the open source of Synapse: six digits behind the last underscore that sum up all before it.
pub(super) fn b62_of_parts(token: &str) -> Option<bool> {
    let (head, sum) = token.rsplit_once('_')?;
    Some(in_base(crc32(head), BASE62, 6) == sum)
}

pub(super) fn seal_b62_of_parts(head: &str) -> Option<Sealed> {
    Some(Sealed::append(in_base(crc32(token_at_end(head).strip_suffix('_')?), BASE62, 6)))
}

/// Private Packagist and Canva, by test: eight lower-case hex digits that sum up all before them.
pub(super) fn hex_of_all(token: &str) -> Option<bool> {
    let (head, sum) = split(token, 8)?;
    Some(format!("{:08x}", crc32(head)) == sum)
}

pub(super) fn seal_hex_of_all(head: &str) -> Option<Sealed> {
    Some(Sealed::append(format!("{:08x}", crc32(token_at_end(head)))))
}

/// Grafana service accounts, from its open source: the sum of all before the last underscore, its four
/// bytes little-endian in hex.
pub(super) fn grafana(token: &str) -> Option<bool> {
    let (head, sum) = token.rsplit_once('_')?;
    Some(format!("{:08x}", crc32(head).swap_bytes()) == sum)
}

pub(super) fn seal_grafana(head: &str) -> Option<Sealed> {
    let head = token_at_end(head).strip_suffix('_')?;
    Some(Sealed::append(format!("{:08x}", crc32(head).swap_bytes())))
}

/// Cloudflare's prefixed tokens and Zuplo, by test: the sum of the body without prefix and underscores.
pub(super) fn hex_of_body(token: &str) -> Option<bool> {
    let body = token.split_once('_')?.1.replace('_', "");
    let (head, sum) = split(&body, 8)?;
    Some(format!("{:08x}", crc32(head)) == sum)
}

pub(super) fn seal_hex_of_body(head: &str) -> Option<Sealed> {
    let body = token_at_end(head).split_once('_')?.1.replace('_', "");
    Some(Sealed::append(format!("{:08x}", crc32(&body))))
}

/// GitLab's routable tokens (design document "routable tokens"): payload, dot, optional version and dot,
/// two base-36 digits with the payload's length, seven with the sum of all before them. The older
/// twenty-character tokens have no dot and no sum. Whether the kind of a runner (`t3_`) counts as payload differs.
pub(super) fn gitlab_routable(token: &str) -> Option<bool> {
    if !token.contains('.') {
        return None;
    }
    let (head, sum) = split(token, 7)?;
    let payload = token.split_once('-')?.1.split('.').next()?;
    let length = head.get(head.len().checked_sub(2)?..)?;
    let is_length = |payload: &str| in_base(payload.len() as u32, BASE36, 2) == length;
    let is_counted =
        is_length(payload) || payload.starts_with('t') && payload.get(3..).is_some_and(is_length);
    Some(in_base(crc32(head), BASE36, 7) == sum && is_counted)
}

/// Takes a head that ends in a dot and adds length and sum, or one that already ends in the length.
pub(super) fn seal_gitlab_routable(head: &str) -> Option<Sealed> {
    let token = token_at_end(head);
    let payload = token.split_once('-')?.1.split('.').next()?;
    let length = if token.ends_with('.') { in_base(payload.len() as u32, BASE36, 2) } else { String::new() };
    let sum = in_base(crc32(&format!("{token}{length}")), BASE36, 7);
    Some(Sealed::append(length + &sum))
}

/// Atlassian `ATATT3` and `ATCTT3`, Bitbucket `ATBB`, by test on five public samples: eight upper-case hex
/// digits that sum up all before them.
pub(super) fn hex_upper_of_all(token: &str) -> Option<bool> {
    let (head, sum) = split(token, 8)?;
    Some(format!("{:08X}", crc32(head)) == sum)
}

pub(super) fn seal_hex_upper_of_all(head: &str) -> Option<Sealed> {
    Some(Sealed::append(format!("{:08X}", crc32(token_at_end(head)))))
}

/// Confluent Cloud, by test on two samples: after `cflt` 54 characters and six of the base64 of their sum.
pub(super) fn confluent(token: &str) -> Option<bool> {
    let body = token.get(4..).filter(|body| body.len() == 60)?;
    let (head, sum) = body.split_at(54);
    Some(encode(&crc32(head).to_le_bytes(), BASE64) == sum)
}

pub(super) fn seal_confluent(head: &str) -> Option<Sealed> {
    Some(Sealed::append(encode(&crc32(last(head, 54)?).to_le_bytes(), BASE64)))
}

/// XORed into the sum; tells a person's token from an application's.
const AZURE_DEVOPS_MASKS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];
/// Where the four bytes of the sum stand among the 32, lowest first.
const AZURE_DEVOPS_SUM: [usize; 4] = [22, 8, 7, 2];

/// Azure DevOps tokens of 52 base32 characters, from the source of Microsoft's security-utilities: the sum
/// of 28 of the 32 bytes, masked, is spread over the other four.
pub(super) fn azure_devops(token: &str) -> Option<bool> {
    let raw = decode(&token.to_ascii_uppercase(), BASE32).filter(|raw| raw.len() == 32)?;
    let mark = u32::from_le_bytes(AZURE_DEVOPS_SUM.map(|at| raw[at]));
    let sum = azure_devops_sum(&raw);
    Some(AZURE_DEVOPS_MASKS.iter().any(|mask| sum ^ mask == mark))
}

fn azure_devops_sum(raw: &[u8]) -> u32 {
    let data: Vec<u8> = raw
        .iter()
        .enumerate()
        .filter(|(at, _)| !AZURE_DEVOPS_SUM.contains(at))
        .map(|(_, byte)| *byte)
        .collect();
    crc32fast::hash(&data)
}

/// Rewrites the last 52 characters, since the sum stands in their middle.
pub(super) fn seal_azure_devops(head: &str) -> Option<Sealed> {
    let token = last(head, 52)?;
    let mut raw = decode(&token.to_ascii_uppercase(), BASE32)?;
    let sum = azure_devops_sum(&raw) ^ AZURE_DEVOPS_MASKS[0];
    for (at, byte) in AZURE_DEVOPS_SUM.iter().zip(sum.to_le_bytes()) {
        raw[*at] = byte;
    }
    Some(Sealed { replaces: 52, text: encode(&raw, BASE32).to_ascii_lowercase() })
}
