//! The words of a name, and which of them say nothing.

/// Splits a name into lower-case words: `TWILIO_AuthToken2` → twilio, auth, token2.
pub(in crate::engine) fn words(name: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut previous = 0u8;
    for (at, &byte) in name.iter().take(160).enumerate() {
        let upper_then_lower =
            byte.is_ascii_uppercase() && name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let starts = byte.is_ascii_uppercase()
            && (previous.is_ascii_lowercase()
                || (previous.is_ascii_digit() || previous.is_ascii_uppercase()) && upper_then_lower);
        if (starts || !byte.is_ascii_alphanumeric()) && !current.is_empty() {
            out.push(std::mem::take(&mut current));
        }
        if byte.is_ascii_alphanumeric() {
            current.push(byte.to_ascii_lowercase() as char);
        }
        previous = byte;
    }
    if !current.is_empty() {
        out.push(current);
    }
    // `ETag` is one word.
    if let Some(at) = out.windows(2).position(|two| two[0] == "e" && two[1] == "tag") {
        out.splice(at..at + 2, ["etag".to_owned()]);
    }
    out
}

/// Lower case without separators, as the catalogue writes names.
pub(in crate::engine) fn normalized(name: &[u8]) -> String {
    name.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| b.to_ascii_lowercase() as char).collect()
}

/// The words of a name without the numbers and environments at its end, which say nothing: `AUTH_TOKEN_2`, `API_KEY_PROD`.
pub(super) fn telling_words(name: &[u8]) -> Vec<String> {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|word| says_nothing(word)) {
        words.pop();
    }
    words
}

pub(in crate::engine) fn says_nothing(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            word,
            "prod"
                | "production"
                | "dev"
                | "development"
                | "test"
                | "testing"
                | "staging"
                | "live"
                | "default"
                | "value"
                | "new"
                | "old"
                | "primary"
                | "secondary"
                | "backup"
                | "main"
                | "master"
                | "string"
                | "str"
                | "env"
                | "var"
                | "const"
                | "raw"
                | "plain"
                | "text"
                | "b64"
                | "base64"
                | "b64url"
                | "base64url"
                | "enc"
                | "encoded"
                | "input"
                | "param"
                | "header"
        )
}
