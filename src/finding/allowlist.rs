//! The allow list: values that are fine, each with its rule, reason and expiry.
//!
//! One entry a line below `allow:` in `.stanch.yaml`, in the order of ids:
//!
//! ```yaml
//! allow:
//!   - {id: k7f3-2q9x-m4ta-0c8e, rule: acme-api-key, path: "tests/**", reason: "made up", by: "Ann", on: 2026-11-24}
//! ```
//!
//! An entry holds for one value and one rule, wherever it stands (below `path`, when given), and for no
//! other value. [`AllowList`] reads; [`add`], [`remove`] and [`prune`] edit the text in place and keep
//! comments and everything else in the file.

use std::collections::HashMap;

use super::Finding;
use super::date::Date;
use super::fingerprint::{self, matches_prefix};
use crate::config::{self, ALLOW_KEYS, AllowText, Fault, Faults, Globs, PolicyRules};
use crate::order;
use crate::part::start_in;

/// One allowed value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// Fingerprint of the finding.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// Where it may stand; empty: anywhere.
    pub path: String,
    /// Why it is fine.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub on: Option<Date>,
    /// Last day on which it counts.
    pub until: Option<Date>,
}

impl Entry {
    /// As its line is written, without indentation and line end.
    pub fn line(&self) -> String {
        let mut parts = vec![format!("id: {}", self.id), format!("rule: {}", self.rule)];
        for (key, value) in [("path", &self.path), ("reason", &self.reason), ("by", &self.by)] {
            if !value.is_empty() {
                // A JSON string is a YAML string, quotes, controls and all.
                parts.push(format!("{key}: {}", serde_json::Value::from(value.as_str())));
            }
        }
        for (key, date) in [("on", self.on), ("until", self.until)] {
            parts.extend(date.map(|date| format!("{key}: {date}")));
        }
        format!("- {{{}}}", parts.join(", "))
    }

    /// Why the entry does not count today under this policy; `None` when it does.
    pub fn void(&self, policy: &PolicyRules, today: Date) -> Option<String> {
        let longest = policy.max_expiry_days.value;
        match (self.until, longest) {
            (Some(until), _) if until < today => Some(format!("expired on {until}")),
            (None, _) if policy.require_expiry.value => {
                Some(format!("has no until:, which {} requires", policy.require_expiry.origin))
            }
            (None, Some(days)) => {
                Some(format!("has no until:; {} allows {days} days", policy.max_expiry_days.origin))
            }
            // Without `on:` the span is counted from today, or leaving it out would buy time.
            (Some(until), Some(days)) if until.since(self.on.unwrap_or(today).min(today)) > days => Some(
                format!("runs longer than the {days} days that {} allows", policy.max_expiry_days.origin),
            ),
            _ if self.reason.is_empty() && policy.require_reason.value => {
                Some(format!("has no reason:, which {} requires", policy.require_reason.origin))
            }
            _ => None,
        }
    }
}

/// An entry and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What it says.
    pub entry: Entry,
    /// File as named to the user.
    pub file: String,
    /// 1-based.
    pub line: u32,
    globs: Globs,
}

impl Listed {
    /// Whether it speaks of this value, wherever it stands.
    pub fn names(&self, rule: &str, fingerprint: &str) -> bool {
        self.entry.rule == rule && matches_prefix(fingerprint, &self.entry.id)
    }

    /// Whether it holds at this path; `None` for what is in no file.
    pub fn covers(&self, path: Option<&[u8]>) -> bool {
        self.entry.path.is_empty() || path.is_some_and(|path| self.globs.matching(path).is_some())
    }
}

/// All entries of a run.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: Vec<Listed>,
    /// Positions by the first four symbols of the id.
    by_start: HashMap<String, Vec<usize>>,
    repeated: usize,
}

impl AllowList {
    /// Reads the lists of the settings. Call it when something was found: a clean commit needs none.
    ///
    /// # Errors
    /// Every fault, with its line.
    pub fn read(texts: &[AllowText]) -> Result<AllowList, Faults> {
        let mut list = AllowList::default();
        let mut faults = Faults::default();
        for text in texts {
            for (item, line) in items(&text.text, text.first_line) {
                match entry(item) {
                    Ok((entry, globs)) => {
                        list.push(Listed { entry, file: text.file.clone(), line, globs });
                    }
                    Err(message) => faults.0.push(Fault { origin: text.file.clone(), line, message }),
                }
            }
        }
        if faults.0.is_empty() { Ok(list) } else { Err(faults) }
    }

    /// Every entry, in order of writing.
    pub fn entries(&self) -> &[Listed] {
        &self.entries
    }

    /// The entries that speak of this value, by position.
    pub fn naming<'a>(
        &'a self,
        rule: &'a str,
        fingerprint: &str,
    ) -> impl Iterator<Item = (usize, &'a Listed)> {
        let fingerprint = fingerprint.to_owned();
        let near = self.by_start.get(&start(&fingerprint)).map_or(&[][..], Vec::as_slice);
        near.iter()
            .filter_map(|&at| Some((at, self.entries.get(at)?)))
            .filter(move |(_, listed)| listed.names(rule, &fingerprint))
    }

    /// Entries that stand there twice in the same words. Joining two branches by lines leaves such, the
    /// next edit takes them out, and they harm nothing.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Entries that say something else about what an earlier one speaks of.
    pub fn duplicates(&self) -> Vec<(&Listed, &Listed)> {
        let mut seen: HashMap<(String, &str, &str), &Listed> = HashMap::new();
        let mut twice = Vec::new();
        for listed in &self.entries {
            let id = fingerprint::symbols(&listed.entry.id);
            match seen.get(&(id.clone(), listed.entry.rule.as_str(), listed.entry.path.as_str())) {
                Some(first) => twice.push((listed, *first)),
                None => {
                    seen.insert((id, &listed.entry.rule, &listed.entry.path), listed);
                }
            }
        }
        twice
    }

    fn push(&mut self, listed: Listed) {
        let near = self.by_start.entry(start(&listed.entry.id)).or_default();
        if near.iter().filter_map(|&at| self.entries.get(at)).any(|known| known.entry == listed.entry) {
            self.repeated += 1;
            return;
        }
        near.push(self.entries.len());
        self.entries.push(listed);
    }
}

/// The first four symbols, as `matches_prefix` reads them.
fn start(id: &str) -> String {
    fingerprint::symbols(id).chars().take(4).collect()
}

/// What `allow` starts from: the finding's name and rule; reason, author and dates are the caller's.
impl From<&Finding> for Entry {
    fn from(finding: &Finding) -> Entry {
        Entry { id: finding.fingerprint.clone(), rule: finding.rule.id.into(), ..Entry::default() }
    }
}

/// The items of a block list, each with its line.
fn items(text: &str, first_line: u32) -> Vec<(&str, u32)> {
    let mut starts: Vec<(usize, u32)> = Vec::new();
    let (mut at, mut indent) = (0, None);
    for (line, row) in (first_line..).zip(text.split_inclusive('\n')) {
        let body = row.trim_start_matches(' ');
        let own = row.len() - body.len();
        let content = !body.trim().is_empty() && !body.starts_with('#');
        if content && (indent.is_none_or(|indent| own <= indent)) {
            indent = Some(indent.unwrap_or(own));
            starts.push((at, line));
        }
        at += row.len();
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    starts.iter().zip(ends).map(|((from, line), to)| (&text[*from..to], *line)).collect()
}

fn entry(item: &str) -> Result<(Entry, Globs), String> {
    if !item.trim_start().starts_with("- ") {
        return Err("an entry starts with '- ': - {id: …, rule: …, reason: …}".into());
    }
    let mut entry = Entry::default();
    let pairs = match plain_pairs(item) {
        Some(pairs) => pairs,
        None => config::flat_map(item)?,
    };
    for (key, value) in pairs {
        match key.as_str() {
            "id" => entry.id = value,
            "rule" => entry.rule = value,
            "path" => entry.path = value,
            "reason" => entry.reason = value,
            "by" => entry.by = value,
            "on" => entry.on = Some(value.parse()?),
            "until" => entry.until = Some(value.parse()?),
            other => return Err(config::unknown("key", other, ALLOW_KEYS.iter().copied())),
        }
    }
    let symbols = entry.id.chars().filter(|c| *c != '-').count();
    let fits =
        (8..=16).contains(&symbols) && entry.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fits {
        return Err("an entry needs id:, the fingerprint that stanch shows with the finding".into());
    }
    if entry.rule.is_empty() {
        return Err("an entry needs rule:, so that a reader sees what is allowed".into());
    }
    let globs = match entry.path.is_empty() {
        true => Globs::default(),
        false => config::compile_globs([entry.path.clone()])?,
    };
    Ok((entry, globs))
}

/// The pairs of a line as [`Entry::line`] writes it; `None` of anything else, which YAML then reads. Thousands
/// of entries are read at once when something is found.
fn plain_pairs(item: &str) -> Option<Vec<(String, String)>> {
    let mut rest = item.trim().strip_prefix("- {")?.strip_suffix('}')?;
    let mut pairs: Vec<(String, String)> = Vec::with_capacity(7);
    while !rest.is_empty() {
        let (key, after) = rest.split_once(": ")?;
        let (value, after) = if after.starts_with('"') {
            let mut strings = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let value = strings.next()?.ok()?;
            (value, &after[strings.byte_offset()..])
        } else {
            let end = after.find(", ").unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_plain = rest[key.len() + 2..].starts_with('"') || !value.is_empty() && is_word(&value);
        if key.is_empty() || !is_word(key) || !is_plain || pairs.iter().any(|(known, _)| known == key) {
            return None;
        }
        pairs.push((key.to_owned(), value));
        rest = match after.strip_prefix(", ") {
            Some(more) => more,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    (!pairs.is_empty()).then_some(pairs)
}

/// Puts an entry into the text of `.stanch.yaml`, at its place in the order of ids. One with the same id,
/// rule and path is replaced. Nothing else in the file changes.
///
/// # Errors
/// When the list cannot be read: the fault with its line.
pub fn add(text: &str, new: &Entry) -> Result<String, Faults> {
    add_all(text, std::slice::from_ref(new))
}

/// The same with many, of which the last counts where two have the same id, rule and path.
///
/// # Errors
/// When the list cannot be read.
pub fn add_all(text: &str, new: &[Entry]) -> Result<String, Faults> {
    type Subject<'e> = (&'e str, &'e str, &'e str);
    fn subject(entry: &Entry) -> Subject<'_> {
        (&entry.id, &entry.rule, &entry.path)
    }
    if new.is_empty() {
        return Ok(text.to_owned());
    }
    let last: HashMap<Subject<'_>, &Entry> = new.iter().map(|entry| (subject(entry), entry)).collect();
    edit(text, |list| {
        list.retain(|old| !last.contains_key(&subject(old)));
        let mut last: Vec<&Entry> = last.into_values().collect();
        order::by(&mut last, |a, b| subject(a).cmp(&subject(b)));
        last.into_iter().for_each(|entry| list.insert(entry));
    })
}

/// Takes the entries with this id (whole, or at least its first eight symbols) out.
///
/// # Errors
/// When the list cannot be read.
pub fn remove(text: &str, id: &str) -> Result<String, Faults> {
    edit(text, |list| list.retain(|old| !matches_prefix(&old.id, id)))
}

/// Keeps only entries that `keep` wants, and one of each that say the same.
///
/// # Errors
/// When the list cannot be read.
pub fn prune(text: &str, keep: impl Fn(&Entry) -> bool) -> Result<String, Faults> {
    edit(text, |list| {
        let mut seen = std::collections::HashSet::new();
        list.retain(|old| keep(old) && seen.insert((old.id.clone(), old.rule.clone(), old.path.clone())));
    })
}

/// The list as lines: what stands above each entry (its comments) stays with it.
struct Lines {
    items: Vec<(Entry, String)>,
    /// Behind the last entry.
    tail: String,
    indent: String,
    line_end: &'static str,
}

impl Lines {
    fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        self.items.retain(|(entry, _)| keep(entry));
    }

    /// Puts right what a merge by lines leaves: entries twice, and out of order. Otherwise the order is
    /// the author's, with the comments where they are.
    fn settle(&mut self) {
        let before = self.items.len();
        let mut seen = std::collections::HashSet::new();
        self.items.retain(|(entry, _)| seen.insert(entry.line()));
        if self.items.len() < before {
            order::by(&mut self.items, |a, b| a.0.id.cmp(&b.0.id));
        }
    }

    fn insert(&mut self, new: &Entry) {
        let line = format!("{}{}{}", self.indent, new.line(), self.line_end);
        let at = self.items.iter().position(|(old, _)| old.id > new.id).unwrap_or(self.items.len());
        self.items.insert(at, (new.clone(), line));
    }
}

fn edit(text: &str, change: impl FnOnce(&mut Lines)) -> Result<String, Faults> {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (before, body, after) = match config::allow_block(text) {
        Some((header, body)) => {
            let head = format!("{}allow:{}", &text[..header.start], tail_of_header(&text[header], line_end));
            (head, &text[body.clone()], &text[body.end..])
        }
        None => {
            let gap = match text {
                "" => "",
                text if text.ends_with('\n') => line_end,
                _ => &[line_end, line_end].concat(),
            };
            (format!("{text}{gap}allow:{line_end}"), "", "")
        }
    };
    let first_line = u32::try_from(before.matches('\n').count()).unwrap_or(0).saturating_add(1);
    let mut lines = read_lines(body, first_line, line_end)?;
    lines.settle();
    change(&mut lines);
    let mut out = before;
    for (_, item) in &lines.items {
        out.push_str(item);
        if !item.ends_with('\n') {
            out.push_str(line_end);
        }
    }
    if lines.items.is_empty() {
        out = match out.strip_suffix(&format!("allow:{line_end}")) {
            Some(head) => format!("{head}allow: []{line_end}"),
            None => out,
        };
    }
    Ok(out + &lines.tail + after)
}

/// What stood behind `allow:`, without a `[]`.
fn tail_of_header(header: &str, line_end: &str) -> String {
    let rest = header.strip_prefix("allow:").unwrap_or_default().trim_end();
    let rest = rest.trim_start().strip_prefix("[]").unwrap_or(rest);
    format!("{}{line_end}", rest.trim_end())
}

fn read_lines(body: &str, first_line: u32, line_end: &'static str) -> Result<Lines, Faults> {
    let mut faults = Faults::default();
    let mut lines = Lines { items: Vec::new(), tail: String::new(), indent: "  ".into(), line_end };
    let mut done = 0;
    for (item, line) in items(body, first_line) {
        let from = start_in(body, item);
        // Its last lines may be comments and gaps that belong to what follows.
        let own = item.trim_end_matches(|c: char| c.is_whitespace()).len();
        let own = own_end(&item[..own], item);
        match entry(item) {
            Ok((entry, _)) => lines.items.push((entry, body[done..from + own].to_owned())),
            Err(message) => faults.0.push(Fault { origin: ".stanch.yaml".into(), line, message }),
        }
        if lines.items.len() == 1 {
            lines.indent = item.chars().take_while(|c| *c == ' ').collect();
        }
        done = from + own;
    }
    lines.tail = body[done..].to_owned();
    if faults.0.is_empty() { Ok(lines) } else { Err(faults) }
}

/// End of the item's last line that is neither a comment nor empty.
fn own_end(trimmed: &str, item: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for row in item.split_inclusive('\n') {
        at += row.len();
        if at - row.len() < trimmed.len() && !row.trim_start().starts_with('#') && !row.trim().is_empty() {
            end = at;
        }
    }
    end
}

/// The text of `.gitattributes` with a line that lets git join additions of two branches to `file`;
/// `None` when it has one.
pub fn merge_attribute(attributes: &str, file: &str) -> Option<String> {
    let has = attributes.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|path| path.trim_start_matches('/') == file)
            && words.any(|word| word.starts_with("merge"))
    });
    let gap = if attributes.is_empty() || attributes.ends_with('\n') { "" } else { "\n" };
    (!has).then(|| format!("{attributes}{gap}/{file} merge=union\n"))
}
