//! Entries of a list of settings: `ALGOLIA_APP_ID=…` says nothing of the `LASTFM_API_KEY=…` below it.

use super::names;
use crate::catalogue::Near;

/// How far around a keyword the line that it stands on is looked at, bytes.
const LONGEST_ENTRY: usize = 160;

/// Words of names that do not tell whose a secret is.
#[rustfmt::skip]
const ANYBODYS: &[&str] = &[
    "api", "app", "application", "access", "account", "admin", "client", "service", "server", "user", "my", "our",
    "your", "the", "a", "rest", "http", "https", "sdk", "web", "mobile", "backend", "frontend", "private", "public",
    "master", "root", "system", "global", "shared", "current", "personal", "project", "org", "organization", "team",
    "workspace", "tenant", "integration", "webhook", "signing", "encryption", "session", "refresh", "bot", "hub", "job",
    "process", "env", "config", "settings", "next", "vite", "react", "expo", "nuxt", "django", "laravel", "spring",
    "sms", "mail", "email", "mailer", "smtp", "voice", "phone", "call", "message", "messages", "messaging", "sender",
    "notification", "notifications", "push", "chat", "payment", "payments", "billing", "search", "index", "maps", "map",
    "geo", "weather", "storage", "cloud", "cdn", "dns", "db", "database", "monitoring", "metrics", "logs", "logging",
    "tracing", "ai", "llm", "model", "ci", "deploy", "registry", "repo", "upload", "data", "analytics", "provider",
    "vendor", "gateway", "proxy", "secure", "security", "id", "name", "value", "write", "read", "admin", "ssh", "git",
];

/// Whether `name` itself tells whose the secret is, beyond what the rule expects there.
pub(super) fn tells_owner(near: &Near, name: &[u8]) -> bool {
    let says_nothing = |word: &String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        bare.len() < 2
            || ANYBODYS.contains(&bare)
            || names::says_nothing(bare)
            || names::role(bare.as_bytes()) == names::Role::Secret
            || near.names.iter().any(|listed| listed.contains(bare))
    };
    !names::words(name).iter().all(says_nothing)
}

/// Whether the line at `at` is an entry, with its value: `NAME=value`, `"name": "value"`, `name: value`.
pub(super) fn is_in_an_entry(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(LONGEST_ENTRY)..at];
    let behind = &text[at..text.len().min(at + LONGEST_ENTRY)];
    let start = memchr::memrchr(b'\n', before).map(|found| found + 1);
    let start = start.or((before.len() < LONGEST_ENTRY).then_some(0)).map(|start| at - before.len() + start);
    let end = at + memchr::memchr(b'\n', behind).unwrap_or(behind.len());
    let Some(line) = start.map(|start| text[start..end].trim_ascii()) else { return false };
    let line = LEADS.iter().find_map(|lead| line.strip_prefix(*lead)).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"\"").or(line.strip_prefix(b"'")).unwrap_or(line);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = line.iter().take_while(|byte| is_name(byte)).count();
    let rest = &line[name..];
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
    let value = rest.strip_prefix(b"=").or(rest.strip_prefix(b":")).map(<[u8]>::trim_ascii);
    // `algolia:` and `"algolia": {` lead to what belongs to it, and `algolia = Algolia(…)` is code.
    let is_value =
        |value: &[u8]| !NO_VALUES.contains(&value) && !value.starts_with(b"//") && !value.contains(&b'(');
    name > 0 && value.is_some_and(is_value)
}

/// What may stand before the name of an entry.
const LEADS: [&[u8]; 6] = [b"export ", b"set ", b"ENV ", b"ARG ", b"- ", b"{"];
/// What stands for a value that follows on other lines.
const NO_VALUES: [&[u8]; 7] = [b"", b"{", b"[", b"|", b">", b"|-", b">-"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_from_what_leads_to_them() {
        let is_entry = |text: &str| is_in_an_entry(text.as_bytes(), text.find("algolia").unwrap());
        for text in [
            "algolia_id=x",
            "a=b\nexport algolia_id=\"x\"\n",
            "  \"algolia_id\": \"x\",",
            "- my.algolia.id: x",
            "URL=https://algolia.com/",
        ] {
            assert!(is_entry(text), "{text}");
        }
        for text in [
            "algolia:\n  key: x",
            "\"algolia\": {",
            "# algolia",
            "import algolia",
            "algolia(",
            "x = algolia.Client(y)",
        ] {
            assert!(!is_entry(text), "{text}");
        }
    }
}
