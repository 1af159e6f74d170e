//! Tokens and signed addresses that say when they end, and have ended.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalogue::{Check, Confidence, checksum};
use crate::engine::job::Scored;

/// How many days a token must have been over: clocks differ, and a fresh leak should be heard of.
const DAYS: u32 = 30;
/// How far an address is looked at before and behind what stands in it, bytes.
const BEFORE: usize = 1024;
const BEHIND: usize = 3072;
const A_DAY: u64 = 86_400;

/// Says of what ended before `today` that it did, and lowers what ended more than [`DAYS`] before to a note, whichever
/// rule found it; what ended since is no longer certain. A clock that is behind leaves a token where it was; one without
/// an end stays as well.
pub(in crate::engine) fn lower(found: &mut [Scored], text: &[u8], today: u32) {
    for scored in found.iter_mut().filter(|scored| scored.confidence > Confidence::Low) {
        let value = scored.decoded.as_deref().unwrap_or(&text[scored.range.clone()]);
        let value = match value {
            // In base64 once more, as in the data of a Kubernetes secret.
            [b'Z', b'X', b'l', b'K', ..] => match data_encoding::BASE64.decode(value) {
                Ok(inner) => Cow::Owned(inner),
                Err(_) => continue,
            },
            value => Cow::Borrowed(value),
        };
        if !value.starts_with(b"eyJ") {
            let signed = signed(text, &scored.range);
            if let Some(last) = signed.filter(|last| is_long_ago(last, today)) {
                scored.confidence = Confidence::Low;
                scored.why.insert(0, format!("part of a signed address that {last}").into());
            }
            continue;
        }
        if let Some(last) = checksum::last_day(Check::Jwt, &value).filter(|last| *last < today) {
            let surest = if last + DAYS < today { Confidence::Low } else { Confidence::High };
            scored.confidence = scored.confidence.min(surest);
            let date = checksum::date(last);
            let expires = format!(", expires on {date}");
            scored.why.iter_mut().for_each(|why| *why = why.replace(&expires, "").into());
            scored.why.insert(0, format!("expired on {date}").into());
        }
    }
}

/// Raises the id of an access key that signs an address, which whoever has it may open: alone it is no secret. One that
/// ended is lowered again with the rest.
pub(in crate::engine) fn raise_signers(found: &mut [Scored], text: &[u8]) {
    for scored in found.iter_mut().filter(|scored| scored.confidence == Confidence::Low) {
        let is_id = [&b"AKIA"[..], b"ASIA"].iter().any(|start| text[scored.range.clone()].starts_with(start));
        if is_id && scored.range.len() == 20 && signed(text, &scored.range).is_some() {
            scored.confidence = Confidence::Medium;
            scored.why.insert(0, "it signs an address that opens for whoever has it".into());
        }
    }
}

/// When a signed address ends.
enum Last {
    /// So many seconds after the start of a day, YYYY-MM-DD (AWS Signature Version 4).
    After(String, u64),
    /// At this second since 1970 (Version 2).
    At(u64),
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Last::After(day, seconds) => {
                let days = seconds.div_ceil(A_DAY);
                write!(f, "was signed on {day} for {days} {}", if days == 1 { "day" } else { "days" })
            }
            Last::At(second) => {
                write!(f, "ended on {}", checksum::date(u32::try_from(second / A_DAY).unwrap_or(u32::MAX)))
            }
        }
    }
}

fn is_long_ago(last: &Last, today: u32) -> bool {
    match last {
        Last::After(day, seconds) => {
            let span = u32::try_from(seconds.div_ceil(A_DAY)).unwrap_or(u32::MAX).saturating_add(DAYS);
            today.checked_sub(span).is_some_and(|first| *day < checksum::date(first))
        }
        Last::At(second) => second / A_DAY + u64::from(DAYS) < u64::from(today),
    }
}

/// When the address ends that a value is a parameter of, if that is signed as those of AWS are.
fn signed(text: &[u8], range: &Range<usize>) -> Option<Last> {
    let is_edge = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>');
    let before = &text[range.start.saturating_sub(BEFORE)..range.start];
    let behind = &text[range.end..text.len().min(range.end + BEHIND)];
    let lead = &before[before.len() - before.iter().rev().take_while(|b| !is_edge(b)).count()..];
    let tail = &behind[..behind.iter().take_while(|b| !is_edge(b)).count()];
    // Of several in a row it is the one that the value stands in.
    let scheme = |part: &[u8]| memchr::memmem::rfind(part, b"://");
    let lead = &lead[scheme(lead).unwrap_or(0)..];
    let tail = &tail[..crate::memmem::find(tail, b"://").unwrap_or(tail.len())];
    if !is_parameter(lead) {
        return None;
    }
    let address = text[range.start - lead.len()..range.end + tail.len()].to_ascii_lowercase();
    let given = |name: &str| {
        let at = crate::memmem::find(&address, name.as_bytes())? + name.len();
        Some(&address[at..])
    };
    let number = |name: &str| {
        let value = given(name)?;
        let digits = value.iter().take_while(|b| b.is_ascii_digit()).take(18).count();
        std::str::from_utf8(&value[..digits]).ok()?.parse::<u64>().ok()
    };
    if given("x-amz-signature=").is_some() {
        let day = given("x-amz-date=")?.get(..8).filter(|day| day.iter().all(u8::is_ascii_digit))?;
        let day = std::str::from_utf8(day).ok()?;
        let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
        return Some(Last::After(day, number("x-amz-expires=")?));
    }
    given("awsaccesskeyid=").and(given("signature=")).and_then(|_| number("expires=")).map(Last::At)
}

/// Whether what stands before a value in its address leads up to a parameter, and not to the next field of a row.
fn is_parameter(lead: &[u8]) -> bool {
    let Some(sign) = lead.iter().rposition(|b| matches!(b, b'?' | b'&')) else { return false };
    let given = lead[sign + 1..].strip_prefix(b"amp;").unwrap_or(&lead[sign + 1..]);
    given.contains(&b'=') && !given.iter().any(|b| matches!(b, b',' | b';' | b'|'))
}

#[cfg(test)]
mod tests {
    use crate::catalogue::{Confidence, embedded, sample};
    use crate::engine::{FileHint, Scanner};

    fn scanned(claims: &str, today: u32) -> (Confidence, String) {
        let header = "{base64:{\"alg\":\"HS256\",\"typ\":\"JWT\"}}";
        let token = sample::try_expand(&format!("{header}.{{base64:{claims}}}.{{b64url:43}}"), "s").unwrap();
        let text = format!("token = \"{}\"", token.replace('=', ""));
        let found = Scanner::new(embedded()).on_day(today).scan(text.as_bytes(), FileHint::default());
        assert_eq!(found.len(), 1, "{text}");
        (found[0].confidence, found[0].why.join("; "))
    }

    #[test]
    fn a_jwt_that_ended_long_ago_does_not_block() {
        // 2023-11-14, day 19,675.
        let claims = "{\"sub\":\"kim\",\"exp\":1700000000}";
        let (confidence, why) = scanned(claims, 19_675 + 31);
        assert!(confidence == Confidence::Low && why.starts_with("expired on 2023-11-14"), "{why}");
        for today in [0, 19_000, 19_675] {
            let (confidence, why) = scanned(claims, today);
            assert!(
                confidence == Confidence::Certain && why.contains("expires on 2023-11-14"),
                "{today}: {why}"
            );
        }
        for today in [19_675 + 1, 19_675 + 30] {
            let (confidence, why) = scanned(claims, today);
            assert!(
                confidence == Confidence::High && why.starts_with("expired on 2023-11-14"),
                "{today}: {why}"
            );
            assert!(!why.contains("expires"), "{why}");
        }
    }

    #[test]
    fn a_small_number_is_a_time_in_1970() {
        let (confidence, why) = scanned("{\"sub\":\"kim\",\"exp\":3600}", 19_675);
        assert!(confidence == Confidence::Low && why.starts_with("expired on 1970-01-01"), "{why}");
    }

    #[test]
    fn what_says_no_end_stays() {
        for claims in ["{\"sub\":\"kim\"}", "{\"exp\":0}", "{\"exp\":1700000000000}", "{\"exp\":\"x\"}"] {
            assert!(scanned(claims, 30_000).0 > Confidence::Low, "{claims}");
        }
    }

    #[test]
    fn a_signed_address_ends() {
        let text = sample::try_expand(
            "https://b.s3.amazonaws.com/o?X-Amz-Credential=ASIA{B32:16}{check:aws-account-id-decode}%2F20231114%2Fs3\
             &X-Amz-Date=20231114T101010Z&X-Amz-Expires=172800&X-Amz-Signature={hex:64}\n\
             https://b.s3.amazonaws.com/o?AWSAccessKeyId=AKIA{B32:16}{check:aws-account-id-decode}&Expires=1700000000\
             &Signature={b62:26}%3D\nid: AKIA{B32:16}{check:aws-account-id-decode}",
            "s",
        );
        let text = text.unwrap();
        let scanned = |today| {
            let found = Scanner::new(embedded()).on_day(today).scan(text.as_bytes(), FileHint::default());
            found.iter().map(|one| one.confidence).collect::<Vec<_>>()
        };
        let (low, medium) = (Confidence::Low, Confidence::Medium);
        assert_eq!(scanned(19_675), [medium, medium, low]);
        assert_eq!(scanned(19_675 + 31), [medium, low, low]);
        assert_eq!(scanned(19_675 + 33), [low, low, low]);
    }

    #[test]
    fn what_stands_beside_a_signed_address_does_not_end_with_it() {
        let address = "https://b.s3.amazonaws.com/o?X-Amz-Date=20231114T101010Z&X-Amz-Expires=3600\
                       &X-Amz-Signature={hex:64}";
        for row in [
            format!("{address},glpat-{{b62:20}}"),
            format!("{address};glpat-{{b62:20}}"),
            format!("{address}|glpat-{{b62:20}}"),
            format!("glpat-{{b62:20}},{address}"),
            format!("https://gitlab.com/x?private_token=glpat-{{b62:20}},{address}"),
        ] {
            let text = sample::try_expand(&row, "s").unwrap();
            let found = Scanner::new(embedded()).on_day(30_000).scan(text.as_bytes(), FileHint::default());
            let is_told = |one: &crate::engine::Candidate| text[one.range.clone()].starts_with("glpat-");
            assert!(found.iter().any(|one| is_told(one) && one.confidence > Confidence::Low), "{row}");
        }
    }
}
