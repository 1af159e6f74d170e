//! Entries and sections of settings: `ALGOLIA_APP_ID=…` says nothing of the `LASTFM_API_KEY=…` below it, and `algolia:`
//! nothing of what `lastfm:` leads to.

use std::ops::Range;

use crate::engine::names;
use crate::engine::word_set::WordSet;

mod opener;

pub(in crate::engine) use opener::{is_in_block, openers, opens, type_around};

/// How far around a keyword the line that it stands on is looked at, bytes.
const LONGEST_ENTRY: usize = 160;
/// How far above a value the header of its section is looked for, bytes.
const LONGEST_SECTION: usize = 1024;

/// How many sections around a value are looked at.
const DEEPEST: usize = 4;

/// Shorter words of names tell nothing.
const SHORTEST_WORD: usize = 3;
/// Words of names that do not tell whose a secret is.
#[rustfmt::skip]
static ANYBODYS: WordSet<285> = WordSet::new([
    "api", "app", "application", "access", "account", "admin", "client", "service", "server", "user", "our", "your",
    "the", "rest", "http", "https", "sdk", "web", "mobile", "backend", "frontend", "private", "public", "master",
    "root", "system", "global", "shared", "current", "personal", "project", "org", "organization", "team",
    "administrator", "workspace", "tenant", "integration", "webhook", "signing", "encryption", "session", "refresh", "bot", "hub",
    "job", "process", "suite", "env", "config", "settings", "next", "vite", "react", "expo", "nuxt", "django", "laravel",
    "spring", "sms", "mail", "email", "mailer", "smtp", "voice", "phone", "call", "message", "messages", "messaging",
    "sender", "notification", "notifications", "push", "chat", "pay", "payment", "payments", "billing", "search", "index",
    "maps", "map", "geo", "weather", "storage", "cloud", "cdn", "dns", "database", "monitoring", "metrics", "logs",
    "logging", "tracing", "llm", "model", "deploy", "registry", "repo", "upload", "data", "analytics", "provider",
    "vendor", "gateway", "proxy", "secure", "security", "name", "value", "write", "read", "ssh", "git", "class",
    "def", "function", "func", "struct", "object", "module", "modules", "exports", "const", "let", "var", "return",
    "new", "resource", "variable", "locals", "output", "input", "with", "args", "build", "spec", "metadata",
    "stringdata", "environment", "variables", "options", "params", "parameters", "parameter", "arguments", "headers", "properties", "property",
    "configuration", "services", "providers", "clients", "apis", "accounts", "defaults", "common", "base", "import",
    "export", "static", "final", "string", "entry", "item", "add", "appsettings", "connectionstrings", "bean",
    "constructor", "profile", "profiles", "stage", "uat", "production", "host", "url", "uri", "endpoint", "region",
    "domain", "username", "login", "license", "licence", "json", "yaml", "items", "query", "request", "response", "connection",
    "connections", "subscription", "bearer", "default", "self", "this", "cls", "ctx", "context", "state", "store", "props", "opts",
    "conf", "cfg", "init", "main", "setup", "hook", "permanent", "send", "sending", "partner", "consumer", "webserver", "merchant", "shop",
    "agent", "datasource", "jdbc", "sql", "sqlalchemy", "conn", "exchange", "hash", "developer", "pro", "premium", "enterprise", "ingestion", "ingest", "tracer", "claim", "cli", "collector", "employee", "working", "salt", "pos",
    "transaction", "preshared", "grpc", "socket", "channel", "sandbox", "readonly", "event", "events", "stream", "streaming", "tracking",
    "field", "fields", "group", "llat", "lived", "source", "relay", "product", "record", "report", "reporting", "device", "installation", "instance", "sync", "feed", "node", "cluster",
    "basic", "attribute", "oauth", "owner", "primary", "secondary", "internal", "external", "extra", "custom", "remote", "target", "transport",
]);

/// Products whose names would be anybody's word with a number behind it.
const NUMBERED: [&str; 2] = ["auth0", "env0"];

/// Whether a word of a name does not tell whose a secret is.
pub(in crate::engine) fn is_anybodys(word: &str) -> bool {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_listed = |word: &str| ANYBODYS.contains(word);
    let is_common = bare.len() < SHORTEST_WORD
        || is_listed(bare)
        || bare.strip_suffix('s').is_some_and(is_listed)
        || names::says_nothing(bare)
        || names::role(bare.as_bytes()) == names::Role::Secret;
    is_common && !NUMBERED.contains(&word)
}

/// Whether a name stands as the operands of commands do: in most code a bracket or another sign is beside it.
pub(in crate::engine) fn is_operand(text: &[u8], name: &Range<usize>) -> bool {
    let is_edge = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'=');
    let before = text[..name.start].last();
    before.is_none_or(|b| is_edge(b) || matches!(b, b'/' | b':' | b'\\'))
        && text.get(name.end).is_none_or(|b| is_edge(b) || matches!(b, b';' | b'|' | b'<' | b'>' | b'\\'))
}

/// Whether the entry or the section of a value tells an owner, known or not: `FROBNICATE_KEY=…`, `[frobnicate]`.
/// Code opens brackets as well: `const client = create({` is no section.
pub(in crate::engine) fn names_an_owner(text: &[u8], value: usize, name: Option<&[u8]>) -> bool {
    Entry::of(&[], text, value, Some(name.unwrap_or_default())).is_some_and(|entry| {
        let header = entry.section.and_then(|start| line_at(text, start)).map(|line| &text[line]);
        header.is_none_or(is_of_settings)
    })
}

/// Whether a header opens a section of settings, and no block of code: `class Client {`.
pub(in crate::engine) fn is_of_settings(header: &[u8]) -> bool {
    let bare = header.trim_ascii();
    let name = bare.strip_suffix(b"{").or(bare.strip_suffix(b"[")).unwrap_or(bare).trim_ascii_end();
    let is_key = matches!(name.last(), Some(b':' | b'>' | b'"' | b'\'' | b']'));
    is_key
        && !header.contains(&b'(')
        && !bare.starts_with(b"class ")
        && crate::memmem::find(header, b" = ").is_none()
}

/// What stands before a place on its line, the last `most` bytes of it.
pub(in crate::engine) fn line_before(text: &[u8], at: usize, most: usize) -> &[u8] {
    let near = &text[at.saturating_sub(most)..at];
    &near[memchr::memrchr(b'\n', near).map_or(0, |end| end + 1)..]
}

/// The headers of the sections that a value stands in, the nearest first: `acme:`, `[acme]`, `"acme": {`.
pub(in crate::engine) fn headers_above(text: &[u8], value: usize) -> impl Iterator<Item = &[u8]> {
    let first = line_at(text, value).and_then(|line| section(text, &line));
    std::iter::successors(first, move |header| section(text, header))
        .take(DEEPEST)
        .map(|header| &text[header])
}

/// The lines beside a value that are given to a name with all the words that tell whose it is in its own: `NEWS_URL` beside
/// `NEWS_KEY`, and where none does, the abbreviation that it begins with: `FD_DOMAIN` beside `FD_KEY`.
pub(in crate::engine) fn namesakes<'t>(text: &'t [u8], value: usize, name: &[u8]) -> Vec<&'t [u8]> {
    let mut telling = names::words(name);
    let abbreviation =
        telling.first().filter(|first| telling.len() > 1 && first.len() < SHORTEST_WORD).cloned();
    telling.retain(|word| !is_anybodys(word));
    if telling.is_empty() {
        telling.extend(abbreviation);
    }
    let Some([before, behind]) = siblings(text, value).filter(|_| !telling.is_empty()) else {
        return Vec::new();
    };
    let others = before.rsplit(|b| *b == b'\n').skip(1).chain(behind.split(|b| *b == b'\n').skip(1));
    others
        .filter(|line| {
            let words = given_name(line).map(names::words).unwrap_or_default();
            telling.iter().all(|word| words.contains(word))
        })
        .collect()
}

/// The name that a line gives something to: the word before its first `=` or `:`.
fn given_name(line: &[u8]) -> Option<&[u8]> {
    let sign = line.iter().position(|b| matches!(b, b'=' | b':'))?;
    let lead = line[..sign].trim_ascii_end();
    let lead = lead.strip_suffix(b"\"").or(lead.strip_suffix(b"'")).unwrap_or(lead);
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = lead.iter().rev().take_while(|b| is_word(b)).count();
    (length > 0).then(|| &lead[lead.len() - length..])
}

/// The section of settings that a value stands in and that has its name in brackets, `[name]`, as far as `reach` bytes
/// tell.
pub(in crate::engine) fn bracketed(text: &[u8], value: usize, reach: usize) -> Option<Range<usize>> {
    let (floor, ceiling) = (value.saturating_sub(reach), text.len().min(value + reach));
    let breaks = memchr::memchr_iter(b'\n', &text[floor..ceiling]).map(|at| floor + at + 1);
    let starts = std::iter::once(floor).chain(breaks).filter(|at| is_bracketed(&text[*at..ceiling]));
    let (above, below): (Vec<usize>, Vec<usize>) = starts.partition(|at| *at <= value);
    Some(*above.last()?..below.first().copied().unwrap_or(text.len()))
}

/// Whether a line in brackets stands at the start: `[name]`, `[[name]]`.
pub(in crate::engine) fn is_bracketed(text: &[u8]) -> bool {
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    fn within(line: &[u8]) -> Option<&[u8]> {
        line.strip_prefix(b"[")?.strip_suffix(b"]")
    }
    let Some(inner) = within(line.trim_ascii()) else { return false };
    let inner = within(inner).unwrap_or(inner);
    let is_part =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'"' | b':' | b' ' | b'/');
    inner.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/') && inner.iter().all(is_part)
}

/// The lines beside a value that belong to the same thing: its section's without those of the sections around it, or
/// its paragraph's.
pub(in crate::engine) fn siblings(text: &[u8], value: usize) -> Option<[&[u8]; 2]> {
    let line = line_at(text, value)?;
    let behind = &text[line.end..text.len().min(line.end + LONGEST_SECTION)];
    let next = behind.strip_prefix(b"\n").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let own = &text[line.clone()];
    // Items of one line belong together: `- service: acme`, `- token: …`.
    let is_item = column(own) > indent(own) && next.is_some_and(|next| indent(next) >= column(own));
    let depth = if is_item { column(own) } else { indent(own) };
    let belongs = |other: &&[u8]| {
        let bare = other.trim_ascii();
        !(bare.is_empty() && depth == 0 || bare.starts_with(b"[") && bare.ends_with(b"]"))
            && (bare.is_empty() || indent(other) >= depth)
    };
    let above = &text[line.start.saturating_sub(LONGEST_SECTION)..line.start];
    let mut lines = above.strip_suffix(b"\n").unwrap_or(above).rsplit(|byte| *byte == b'\n').peekable();
    let mut before = 0;
    while let Some(line) = lines.next_if(|line| !is_item && belongs(line)) {
        before += line.len() + 1;
    }
    // The line with the mark of the item that the value stands in.
    let mark = lines.next().filter(|line| !is_item && indent(line) < depth && column(line) == depth);
    before += mark.map_or(0, |line| line.len() + 1);
    let lines = behind.strip_prefix(b"\n").unwrap_or(behind).split(|byte| *byte == b'\n');
    let after: usize = lines.take_while(belongs).map(|line| line.len() + 1).sum();
    // The value's own line belongs to both, so that neither holds the value.
    let start = line.start - before.min(above.len());
    Some([&text[start..value], &text[value..line.end + after.min(behind.len())]])
}

/// An entry of settings whose owner the text tells.
#[derive(Debug)]
pub(in crate::engine) struct Entry<'t> {
    text: &'t [u8],
    value: usize,
    /// The line that the value stands on.
    line: Range<usize>,
    /// Where the header of its section starts, when that tells the owner and not the entry itself.
    section: Option<usize>,
}

impl<'t> Entry<'t> {
    /// The entry of a value, when its name, what stands before that on its line or the section that it is in tells
    /// whose the secret is, beyond the names that the rule expects there.
    pub(in crate::engine) fn of(
        expected: &[&str],
        text: &'t [u8],
        value: usize,
        name: Option<&[u8]>,
    ) -> Option<Entry<'t>> {
        let says_nothing = |word: &String| {
            let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
            is_anybodys(word) || expected.iter().any(|listed| listed.contains(bare))
        };
        let tells = |words: &[u8]| !words.is_empty() && !names::words(words).iter().all(says_nothing);
        let line = line_at(text, value)?;
        // A URL names its host itself.
        if name.is_none_or(tells) || tells(before_value(&text[line.start..value])) {
            return Some(Entry { text, value, line, section: None });
        }
        let header = section(text, &line).filter(|header| tells(&text[header.clone()]))?;
        Some(Entry { text, value, line, section: Some(header.start) })
    }

    /// Whether a section of settings tells whose the entry is.
    pub(in crate::engine) fn is_of_settings(&self) -> bool {
        let header = self.section.and_then(|start| line_at(self.text, start));
        header.is_some_and(|line| is_of_settings(&self.text[line]))
    }

    /// Whether what stands at `at` is in another entry or section: `NAME=other`, `"name": "other"`, `name:` and
    /// `[name]` of what lies elsewhere.
    pub(in crate::engine) fn is_apart_from(&self, at: usize) -> bool {
        let Some(line) = line_at(self.text, at) else { return false };
        let other = &self.text[line.clone()];
        if line.start == self.line.start || other.contains(&b'(') {
            return false;
        }
        // The address that a constant holds is the one of the calls below it.
        let is_address = || at < self.value && crate::memmem::find(other, b" = ").is_some();
        if self.text[self.line.clone()].contains(&b'(')
            && is_address()
            && crate::memmem::find(other, b"://").is_some()
        {
            return false;
        }
        let is_before = at < self.value;
        let is_inside = |start| at >= start && (is_before || stays(self.text, &self.line, &line));
        if self.section.is_some_and(is_inside) {
            return false;
        }
        is_entry(other) && !is_header(other)
            || is_header(other) && !(is_before && leads_to(self.text, &line, self.value))
    }
}

/// Whether the line `to` is in the section of the line `from` above it.
fn stays(text: &[u8], from: &Range<usize>, to: &Range<usize>) -> bool {
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
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    // `config :acme, …` of Elixir, a call without brackets.
    let is_symbol = rest.starts_with(b" :") && rest.get(2).is_some_and(u8::is_ascii_alphabetic);
    let rest = rest.trim_ascii_start();
    let value = rest.strip_prefix(b"=").or(rest.strip_prefix(b":")).map(<[u8]>::trim_ascii);
    name > 0 && !is_symbol && value.is_some_and(|value| !value.is_empty() && !value.starts_with(b"//"))
}

/// `name:`, `"name": {`, `'name' => [`, `[name]`, `block "name" {`, `<name>`.
pub(in crate::engine) fn is_header(line: &[u8]) -> bool {
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
fn leads_to(text: &[u8], header: &Range<usize>, value: usize) -> bool {
    let between = &text[(header.end + 1).min(value)..value];
    let lines = || between.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let header = &text[header.clone()];
    if header.trim_ascii_start().starts_with(b"[") {
        return !lines().any(|line| line.trim_ascii_start().starts_with(b"["));
    }
    lines().all(|line| indent(line) > indent(header))
}

/// Where what a line says begins, behind its blanks and the mark of an item: `- name: x`.
fn column(line: &[u8]) -> usize {
    let indent = indent(line);
    let Some(rest) = line[indent..].strip_prefix(b"- ") else { return indent };
    line.len() - rest.trim_ascii_start().len()
}

/// How many blanks a line begins with.
pub(in crate::engine) fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// What stands before the name of a value in `line`, which leads up to the value: `"frob": { `. Whose argument it is, is
/// another question: `request(parameters: [`.
fn before_value(line: &[u8]) -> &[u8] {
    let sign = line.iter().rposition(|byte| matches!(byte, b'{' | b'<' | b'['));
    match sign {
        // `<frob key="…`: the tag stands behind its sign.
        Some(at) if line[at] == b'<' => {
            let tag = &line[at + 1..];
            &tag[..tag.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(0)]
        }
        Some(at) if matches!(line[..at].trim_ascii_end().last(), Some(b':' | b'=' | b'>' | b'"')) => {
            &line[line[..at].iter().rposition(|byte| *byte == b'(').map_or(0, |open| open + 1)..at]
        }
        _ => b"",
    }
}

/// The header of the section that a line is in: the line before it that is indented less, or `[name]`.
fn section(text: &[u8], line: &Range<usize>) -> Option<Range<usize>> {
    let own = &text[line.clone()];
    let mut depth = indent(own);
    // Whether the header is that of a list, which may be indented no less.
    let mut is_listed = column(own) > depth;
    let above = &text[line.start.saturating_sub(LONGEST_SECTION)..line.start];
    let mut end = line.start.checked_sub(1)?;
    for line in above.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n') {
        let start = end - line.len();
        let bare = line.trim_ascii();
        if bare.starts_with(b"[") && bare.ends_with(b"]") {
            return Some(start..end);
        }
        let is_item = column(line) > indent(line);
        if !is_listed && is_item && indent(line) < depth && column(line) == depth {
            (depth, is_listed) = (indent(line), true);
        } else if !bare.is_empty() && (indent(line) < depth || is_listed && indent(line) == depth && !is_item)
        {
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
        let line = line_at(text, value).unwrap();
        let section = section(text, &line).map(|header| header.start);
        Entry { text, value, line, section }.is_apart_from(at)
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
