//! Entries and sections of settings: `ALGOLIA_APP_ID=…` says nothing of the `LASTFM_API_KEY=…` below it, and `algolia:`
//! nothing of what `lastfm:` leads to.

use std::ops::Range;

use super::names;
use crate::catalogue::Near;

/// How far around a keyword the line that it stands on is looked at, bytes.
const LONGEST_ENTRY: usize = 160;
/// How far above a value the header of its section is looked for, bytes.
const LONGEST_SECTION: usize = 1024;

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
    "vendor", "gateway", "proxy", "secure", "security", "id", "name", "value", "write", "read", "ssh", "git", "class",
    "def", "function", "func", "struct", "object", "module", "modules", "exports", "const", "let", "var", "return", "new",
    "resource", "variable", "locals", "output", "input", "with", "args", "build", "spec", "metadata", "stringdata",
    "environment", "variables", "options", "params", "headers", "properties", "property", "configuration", "services",
    "providers", "clients", "apis", "accounts", "defaults", "common", "base", "import", "export", "static", "final", "string",
    "entry", "item", "add", "appsettings", "connectionstrings", "bean", "constructor", "profile", "profiles", "stage", "qa", "uat",
    "production", "host", "url", "uri", "endpoint", "region", "domain", "email", "user", "username", "login",
];

/// What tells whose a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Its name, or what stands before that on its line.
    Entry,
    /// The section that it is in, whose header starts here.
    Section(usize),
}

/// What around a value tells whose the secret is, beyond what the rule expects there.
pub(super) fn owner(near: &Near, text: &[u8], value: usize, name: Option<&[u8]>) -> Option<Owner> {
    let says_nothing = |word: &String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        bare.len() < 3
            || ANYBODYS.contains(&bare)
            || names::says_nothing(bare)
            || names::role(bare.as_bytes()) == names::Role::Secret
            || near.names.iter().any(|listed| listed.contains(bare))
    };
    let tells = |words: &[u8]| !words.is_empty() && !names::words(words).iter().all(says_nothing);
    // A URL names its host itself.
    if name.is_none_or(tells) || tells(before_on_line(text, value)) {
        return Some(Owner::Entry);
    }
    let section = section(text, value)?;
    tells(&text[section.clone()]).then_some(Owner::Section(section.start))
}

/// Whether what stands at `at` is in another entry or section than the value: `NAME=other`, `"name": "other"`,
/// `name:` and `[name]` of what lies elsewhere.
pub(super) fn is_elsewhere(text: &[u8], at: usize, value: usize, owner: Owner) -> bool {
    let (Some(line), Some(own)) = (line_at(text, at), line_at(text, value)) else { return false };
    if line == own || text[line.clone()].contains(&b'(') {
        return false;
    }
    if let Owner::Section(start) = owner
        && at >= start
        && (at < value || stays(text, own, line.clone()))
    {
        return false;
    }
    let is_header = is_header(&text[line.clone()]);
    (is_header || is_entry(&text[line.clone()])) && !(at < value && is_header && leads_to(text, line, value))
}

/// Whether the line `to` is in the section of the line `from` above it.
fn stays(text: &[u8], from: Range<usize>, to: Range<usize>) -> bool {
    let depth = indent(&text[from.clone()]);
    text[from.end..to.end]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .all(|line| indent(line) >= depth && !line.trim_ascii_start().starts_with(b"["))
}

/// The line at `at`, where it is no longer than an entry.
fn line_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = &text[at.saturating_sub(LONGEST_ENTRY)..at];
    let behind = &text[at..text.len().min(at + LONGEST_ENTRY)];
    let start = memchr::memrchr(b'\n', before).map(|found| found + 1);
    let start = start.or((before.len() < LONGEST_ENTRY).then_some(0))?;
    Some(at - before.len() + start..at + memchr::memchr(b'\n', behind).unwrap_or(behind.len()))
}

/// `NAME=value`, `"name": "value"`, `name: value`, `<name key="value"/>`.
fn is_entry(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    if line.starts_with(b"<") {
        return !matches!(line.get(1), Some(b'!' | b'?'))
            && (line.contains(&b'=') || line.windows(2).any(|two| two == b"</"));
    }
    let line = LEADS.iter().find_map(|lead| line.strip_prefix(*lead)).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"\"").or(line.strip_prefix(b"'")).unwrap_or(line);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = line.iter().take_while(|byte| is_name(byte)).count();
    let rest = &line[name..];
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
    let value = rest.strip_prefix(b"=").or(rest.strip_prefix(b":")).map(<[u8]>::trim_ascii);
    name > 0 && value.is_some_and(|value| !value.is_empty() && !value.starts_with(b"//"))
}

/// `name:`, `"name": {`, `'name' => [`, `[name]`, `block "name" {`, `<name>`.
fn is_header(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    if line.starts_with(b"<!") || line.starts_with(b"<?") {
        return false;
    }
    let is_tag = line.starts_with(b"<")
        && line.ends_with(b">")
        && !line.windows(2).any(|two| two == b"</" || two == b"/>");
    is_tag
        || line.starts_with(b"[") && line.ends_with(b"]")
        || matches!(line.last(), Some(b':' | b'{' | b'['))
}

/// Whether a header leads to the value: all lines between are indented more, or for `[name]` none starts another.
fn leads_to(text: &[u8], header: Range<usize>, value: usize) -> bool {
    let between = &text[(header.end + 1).min(value)..value];
    let lines = || between.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let header = &text[header];
    if header.trim_ascii_start().starts_with(b"[") {
        return !lines().any(|line| line.trim_ascii_start().starts_with(b"["));
    }
    lines().all(|line| indent(line) > indent(header))
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// What stands before the name of a value on its line, as `"frob": { ` does.
fn before_on_line(text: &[u8], value: usize) -> &[u8] {
    let Some(line) = line_at(text, value) else { return b"" };
    let line = &text[line.start..value];
    let sign = line.iter().rposition(|byte| matches!(byte, b'{' | b'<' | b'['));
    match sign {
        // `<frob key="…`: the tag stands behind its sign.
        Some(at) if line[at] == b'<' => {
            let tag = &line[at + 1..];
            &tag[..tag.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(0)]
        }
        Some(at) => &line[..at],
        None => b"",
    }
}

/// The header of the section that the value is in: the line before it that is indented less, or `[name]`.
fn section(text: &[u8], value: usize) -> Option<Range<usize>> {
    let own = line_at(text, value)?;
    let depth = indent(&text[own.clone()]);
    let above = &text[own.start.saturating_sub(LONGEST_SECTION)..own.start];
    let mut end = own.start.checked_sub(1)?;
    for line in above.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n') {
        let start = end - line.len();
        let bare = line.trim_ascii();
        if bare.starts_with(b"[") && bare.ends_with(b"]") || !bare.is_empty() && indent(line) < depth {
            return is_header(line).then_some(start..end);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// What may stand before the name of an entry.
const LEADS: [&[u8]; 6] = [b"export ", b"set ", b"ENV ", b"ARG ", b"- ", b"{"];

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `algolia` stands elsewhere than the value `VALUE`.
    fn is_apart(text: &str) -> bool {
        let (text, at, value) = (text.as_bytes(), text.find("algolia").unwrap(), text.find("VALUE").unwrap());
        let section = section(text, value).map(|section| Owner::Section(section.start));
        is_elsewhere(text, at, value, section.unwrap_or(Owner::Entry))
    }

    #[test]
    fn other_entries_and_sections_are_elsewhere() {
        for text in [
            "algolia_id=x\nfrob_key=VALUE",
            "a=b\nexport algolia_id=\"x\"\nK=VALUE",
            "  \"algolia_id\": \"x\",\n  \"k\": \"VALUE\"",
            "- my.algolia.id: x\n- k: VALUE",
            "URL=https://algolia.com/\nK=VALUE",
            "algolia:\n  key: x\nfrob:\n  key: VALUE",
            "[algolia]\nkey = x\n\n[frob]\nkey = VALUE",
            "{\n  \"algolia\": {\n    \"k\": 1\n  },\n  \"frob\": {\n    \"k\": \"VALUE\"\n  }\n}",
            "frob:\n  key: VALUE\nalgolia:\n  key: x",
        ] {
            assert!(is_apart(text), "{text}");
        }
        for text in [
            "algolia:\n  frob:\n    key: VALUE",
            "[algolia]\napp = x\nkey = VALUE",
            "{\n  \"algolia\": {\n    \"k\": \"VALUE\"\n  }\n}",
            "# algolia\nkey=VALUE",
            "import algolia\nkey=VALUE",
            "algolia(\nkey=VALUE",
            "x = algolia.Client(y)\nkey=VALUE",
            "algolia_key=VALUE",
            "[frob]\ntype = algolia\nkey = VALUE",
            "frob:\n  key: VALUE\n  type: algolia",
            "<!-- https://algolia.com -->\n<a>\n  <k>VALUE</k>\n</a>",
        ] {
            assert!(!is_apart(text), "{text}");
        }
    }
}
