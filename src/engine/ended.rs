//! Tokens that say when they end, and have ended.

use std::borrow::Cow;

use super::job::Scored;
use crate::catalogue::{Check, Confidence, checksum};

/// How many days a token must have been over: clocks differ, and a fresh leak should be heard of.
const DAYS: u32 = 30;

/// Says of what ended before `today` that it did, and lowers what ended more than [`DAYS`] before to a note, whichever
/// rule found it; what ended since is no longer certain. A clock that is behind leaves a token where it was; one without
/// an end stays as well.
pub(super) fn lower(found: &mut [Scored], text: &[u8], today: u32) {
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
}
