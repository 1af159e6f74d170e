//! `.stanch.yaml` and the organisation's policy file: text to [`Layer`].
//!
//! The text is a stranger's: bounded before it is parsed, every fault with its line, no panic. The allow
//! list is cut out by its lines and stays unread until something was found, so that it costs a clean
//! commit nothing, however long it grows.

use std::ops::Range;

use serde_yaml::Value;

use crate::catalogue::Confidence;
use crate::catalogue::nesting::too_deep;
use crate::catalogue::outline::Outline;

use super::fault::{Faults, unknown};
use super::globs::{Globs, compile};
use super::keys::{PATH_KEYS, POLICY_FILE_KEYS, POLICY_KEYS, RULES_KEYS, SETTINGS, file_keys};
use super::layer::{AllowText, Layer, Level, Origin, PathRules, PolicyRules, Setting};
use super::parse;
use super::yaml::{Node, fault_of};

/// A configuration of this size is no longer written by people. The allow list counts apart.
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// 100,000 entries of 160 bytes.
const MAX_ALLOW_BYTES: usize = 16 << 20;

/// Reads `.stanch.yaml`; `file` names it in faults.
///
/// # Errors
/// Every fault, with its line.
pub fn stanch_yaml(text: &[u8], file: &str) -> Result<Layer, Faults> {
    read(text, file, false)
}

/// Reads the file that `stanch.policy` in system or global git config names: the same keys, and `lock:`.
///
/// # Errors
/// Every fault, with its line.
pub fn policy_file(text: &[u8], file: &str) -> Result<Layer, Faults> {
    read(text, file, true)
}

fn read(bytes: &[u8], file: &str, is_policy: bool) -> Result<Layer, Faults> {
    let mut faults = Faults::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        faults.add(file, 0, "is not UTF-8 text; save it as UTF-8");
        return Err(faults);
    };
    let (rest, allow) = cut_allow(text, file);
    let allow_bytes = allow.as_ref().map_or(0, |allow| allow.text.len());
    // The blanked lines of the list are newlines in `rest`: its size is what the list leaves.
    if text.len() - allow_bytes > MAX_FILE_BYTES || allow_bytes > MAX_ALLOW_BYTES {
        faults.add(file, 0, "is larger than 1 MiB (its allow list: 16 MiB)");
        return Err(faults);
    }
    if let Some(line) = too_deep(&rest) {
        faults.add(file, line, "is nested too deeply");
        return Err(faults);
    }
    let value: Value = match serde_yaml::from_str(&rest) {
        Ok(value) => value,
        Err(why) => {
            let (line, message) = fault_of(&why);
            faults.add(file, line, message);
            return Err(faults);
        }
    };
    let outline = Outline::new(&rest);
    let mut reader = Reader { file, is_policy, faults, layer: Layer { allow, ..Layer::default() } };
    reader.document(Node::root(&value, &outline), &rest);
    reader.faults.or(reader.layer)
}

/// Takes the lines of a top-level `allow:` out, leaving empty ones, so that lines count on.
fn cut_allow(text: &str, file: &str) -> (String, Option<AllowText>) {
    let Some((header, body)) = allow_block(text) else { return (text.into(), None) };
    let breaks = |text: &str| text.matches('\n').count();
    let rest =
        [&text[..header.start], &"\n".repeat(breaks(&text[header.start..body.end])), &text[body.end..]]
            .concat();
    let first_line = u32::try_from(breaks(&text[..body.start])).unwrap_or(u32::MAX).saturating_add(1);
    (rest, Some(AllowText { text: text[body].into(), first_line, file: file.into() }))
}

/// Where the first top-level `allow:` of a YAML text is: its own line, and the lines below that belong to
/// it. A second one, or one with something behind it, is left for the parser to refuse.
pub fn allow_block(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let mut at = 0;
    let mut header: Option<Range<usize>> = None;
    for line in text.split_inclusive('\n') {
        match &header {
            None if opens_allow(line) => header = Some(at..at + line.len()),
            Some(header) if !belongs(line) => return Some((header.clone(), header.end..at)),
            _ => {}
        }
        at += line.len();
    }
    header.map(|header| (header.clone(), header.end..at))
}

/// `allow:` or `allow: []` with nothing behind but a comment.
fn opens_allow(line: &str) -> bool {
    line.strip_prefix("allow:").is_some_and(|rest| {
        let rest = rest.trim();
        let rest = rest.strip_prefix("[]").unwrap_or(rest).trim_start();
        rest.is_empty() || rest.starts_with('#')
    })
}

/// Whether a line is below a top-level key: indented, an item, empty or a comment.
fn belongs(line: &str) -> bool {
    let line = line.trim_end();
    line.is_empty() || line.starts_with([' ', '#']) || line == "-" || line.starts_with("- ")
}

struct Reader<'f> {
    file: &'f str,
    is_policy: bool,
    faults: Faults,
    layer: Layer,
}

impl Reader<'_> {
    fn document(&mut self, root: Node<'_>, text: &str) {
        let entries = match root.entries() {
            Ok(entries) => entries,
            Err(_) => return self.fault(root, "must be a map of settings, for instance `exclude: [docs/]`"),
        };
        for (key, node) in entries {
            let known = SETTINGS.iter().any(|known| known.file && known.name == key);
            match key.as_str() {
                "lock" if self.is_policy => self.lock(node),
                "allow" => {
                    self.fault(node, "allow: is written once, at the start of a line, one entry a line below")
                }
                "rules" => self.rules(node, text),
                _ if known => self.setting(&key, node),
                _ => {
                    let keys = file_keys().chain(POLICY_FILE_KEYS.iter().copied().filter(|_| self.is_policy));
                    self.faults.add(self.file, node.line, unknown("key", &key, keys));
                }
            }
        }
    }

    fn setting(&mut self, key: &str, node: Node<'_>) {
        match key {
            "disable" => self.layer.disable = self.list(node, parse::rule_id),
            "severity" => {
                self.layer.severity =
                    self.severities(node).into_iter().map(|(line, value)| self.at(line, value)).collect();
            }
            "min-confidence" => self.layer.min_confidence = self.one(node, parse::confidence),
            "exclude" => self.layer.exclude = self.list(node, glob),
            "include" => self.layer.include = self.list(node, glob),
            "paths" => self.paths(node),
            "max-bytes" => self.layer.max_bytes = self.one(node, parse::bytes),
            "placeholders" => self.layer.placeholders = self.list(node, parse::placeholder),
            "baseline" => self.layer.baseline = self.one(node, parse::repository_path),
            "strict" => self.layer.strict = self.one(node, parse::boolean),
            _ => self.policy(node),
        }
    }

    fn rules(&mut self, node: Node<'_>, text: &str) {
        let origin = self.origin(node.line);
        for (key, part) in node.known(RULES_KEYS, self.file, &mut self.faults) {
            if key == "disable" {
                self.layer.rules_disable = self.list(part, parse::rule_id);
            }
        }
        self.layer.rules = Some(Setting::new(text.to_owned(), origin));
    }

    fn paths(&mut self, node: Node<'_>) {
        for item in self.items(node) {
            let mut rules = PathRules::default();
            for (key, part) in item.known(PATH_KEYS, self.file, &mut self.faults) {
                match key.as_str() {
                    "glob" => rules.globs = self.globs(part),
                    "disable" => rules.disable = values(self.list(part, parse::rule_id)),
                    "only" => rules.only = Some(values(self.list(part, parse::rule_id))),
                    "severity" => {
                        rules.severity = self.severities(part).into_iter().map(|(_, value)| value).collect();
                    }
                    _ => {
                        rules.min_confidence =
                            self.one(part, parse::confidence).map(|one: Setting<Confidence>| one.value);
                    }
                }
            }
            if rules.globs.patterns().is_empty() {
                self.fault(item, "an entry of paths: needs glob:");
            }
            let origin = self.origin(item.line);
            self.layer.paths.push(Setting::new(rules, origin));
        }
    }

    fn policy(&mut self, node: Node<'_>) {
        for (key, part) in node.known(POLICY_KEYS, self.file, &mut self.faults) {
            let mut rules = PolicyRules::default();
            match key.as_str() {
                "inline" => set(&mut rules.inline, self.one(part, parse::inline)),
                "max-expiry" => {
                    set(&mut rules.max_expiry_days, self.one(part, |text| parse::days(text).map(Some)))
                }
                "foreign-markers" => set(&mut rules.foreign_markers, self.one(part, parse::boolean)),
                "require-reason" => set(&mut rules.require_reason, self.one(part, parse::boolean)),
                "require-expiry" => set(&mut rules.require_expiry, self.one(part, parse::boolean)),
                "allow-list" => set(&mut rules.allow_list, self.one(part, parse::boolean)),
                "baseline" => set(&mut rules.baseline, self.one(part, parse::boolean)),
                _ => set(&mut rules.skip, self.one(part, parse::boolean)),
            }
            self.layer.policy.tighten(&rules);
        }
    }

    fn lock(&mut self, node: Node<'_>) {
        self.layer.lock = self.list(node, |text| match SETTINGS.iter().any(|key| key.name == text) {
            true => Ok(text.to_owned()),
            false => Err(unknown("setting", text, SETTINGS.iter().map(|key| key.name))),
        });
    }

    fn globs(&mut self, node: Node<'_>) -> Globs {
        let patterns = values(self.list(node, glob));
        // Each pattern passed `glob`, so the list does.
        compile(patterns).unwrap_or_default()
    }

    fn severities(&mut self, node: Node<'_>) -> Vec<(u32, (String, Level))> {
        let entries = match node.entries() {
            Ok(entries) => entries,
            Err(why) => {
                self.fault(node, &why);
                return Vec::new();
            }
        };
        let mut levels = Vec::new();
        for (rule, part) in entries {
            let level = part.text().and_then(|text| parse::level(&text));
            match parse::rule_id(&rule).and_then(|rule| Ok((rule, level?))) {
                Ok(pair) => levels.push((part.line, pair)),
                Err(why) => self.fault(part, &why),
            }
        }
        levels
    }

    fn one<T>(&mut self, node: Node<'_>, read: impl Fn(&str) -> Result<T, String>) -> Option<Setting<T>> {
        match node.text().and_then(|text| read(&text)) {
            Ok(value) => Some(self.at(node.line, value)),
            Err(why) => {
                self.fault(node, &why);
                None
            }
        }
    }

    fn list<T>(&mut self, node: Node<'_>, read: impl Fn(&str) -> Result<T, String>) -> Vec<Setting<T>> {
        self.items(node).into_iter().filter_map(|item| self.one(item, &read)).collect()
    }

    fn items<'n>(&mut self, node: Node<'n>) -> Vec<Node<'n>> {
        node.items().unwrap_or_else(|why| {
            self.fault(node, &why);
            Vec::new()
        })
    }

    fn fault(&mut self, node: Node<'_>, why: &str) {
        self.faults.add(self.file, node.line, why);
    }

    fn at<T>(&self, line: u32, value: T) -> Setting<T> {
        Setting::new(value, self.origin(line))
    }

    fn origin(&self, line: u32) -> Origin {
        Origin::File { file: self.file.into(), line }
    }
}

fn glob(text: &str) -> Result<String, String> {
    compile([text]).map(|_| text.to_owned())
}

fn set<T>(slot: &mut Setting<T>, value: Option<Setting<T>>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn values<T>(list: Vec<Setting<T>>) -> Vec<T> {
    list.into_iter().map(|setting| setting.value).collect()
}
