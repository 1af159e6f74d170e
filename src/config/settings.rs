//! What holds in the end, and what it means for a path and a rule.

use crate::catalogue::{Confidence, Rule, Severity, word};
use crate::numbers;

use super::fault::{Faults, unknown};
use super::globs::Globs;
use super::layer::{AllowText, Level, Origin, PathRules, PolicyRules, Setting};
use super::merge::overruling;

/// Code of others and code that machines write: scanned like all else, but a guess there is nearly always
/// a digest or a fixture, so only what is sure is reported.
const OTHERS_CODE: &[&str] = &[
    "node_modules/",
    "vendor/",
    "third_party/",
    "third-party/",
    "bower_components/",
    "*.lock",
    "*-lock.json",
    "*-lock.yaml",
    "go.sum",
    "npm-shrinkwrap.json",
    "*.min.js",
    "*.min.css",
    "*.js.map",
    "*.css.map",
    "*.pb.go",
    "*_pb2.py",
    "*.snap",
];

/// The merged settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Texts with own rules, for the catalogue.
    pub rules: Vec<Setting<OwnRules>>,
    /// Rules or vendors that are off.
    pub disable: Vec<Setting<String>>,
    /// Severities by rule; later ones win.
    pub severity: Vec<Setting<(String, Level)>>,
    /// Least confidence.
    pub min_confidence: Setting<MinConfidence>,
    /// Not scanned.
    pub exclude: Globs,
    /// Where each pattern of `exclude` was set.
    pub exclude_origins: Vec<Origin>,
    /// Scanned although excluded.
    pub include: Globs,
    /// Where each pattern of `include` was set.
    pub include_origins: Vec<Origin>,
    /// By path; later ones win.
    pub paths: Vec<Setting<PathRules>>,
    /// Size limit in bytes.
    pub max_bytes: Setting<u64>,
    /// Words that mark a value as made up, lower case.
    pub placeholders: Vec<Setting<String>>,
    /// Allow lists, unread.
    pub allow: Vec<AllowText>,
    /// Baseline file, from the repository root.
    pub baseline: Setting<String>,
    /// Stale entries stop a commit too.
    pub strict: Setting<bool>,
    /// What may be allowed, and how.
    pub policy: PolicyRules,
    /// What the organisation has fixed.
    pub locked: Vec<Setting<String>>,
    /// Wishes that a lock has overruled, in words, each with its origin.
    pub overruled: Vec<Setting<String>>,
}

/// A text with own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRules {
    /// As [`Layer::rules`](super::Layer::rules).
    pub text: String,
    /// The lock under which they only add to the rules that are known.
    pub lock: Option<Setting<String>>,
}

/// What the settings make of a rule's finding at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Reported, at this severity if somebody wished for one.
    Report(Option<Severity>),
    /// Not reported, and why.
    Drop(LeftOut),
}

/// Why something is not looked at or not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// In words, with who said so.
    pub why: String,
    /// Somebody has set it: it is told even where nothing was found.
    pub is_set: bool,
}

impl LeftOut {
    /// `why` is said by `origin`.
    pub fn new(why: String, origin: &Origin) -> LeftOut {
        LeftOut { why, is_set: *origin != Origin::Default }
    }
}

impl Settings {
    /// The pattern that keeps this path from being scanned, if one does: to be counted and said.
    pub fn excluded(&self, path: &[u8]) -> Option<&str> {
        let pattern = self.exclude.matching(path)?;
        if self.include.matching(path).is_some() { None } else { Some(pattern) }
    }

    /// The same with who asked for it, in words: what the summary counts.
    pub fn exclusion(&self, path: &[u8]) -> Option<String> {
        let pattern = self.excluded(path)?;
        let at = self.exclude.patterns().iter().position(|known| known == pattern)?;
        let origin = self.exclude_origins.get(at).map(|origin| format!(" ({origin})")).unwrap_or_default();
        Some(format!("{pattern}{origin}"))
    }

    /// Whether a rule is off everywhere, and who said so: it need not run at all.
    pub fn disabled(&self, rule: &Rule) -> Option<&Origin> {
        if let Some(off) = self.disable.iter().find(|off| rule.is_meant_by(&off.value)) {
            return Some(&off.origin);
        }
        let level = self.severity.iter().rev().find(|level| rule.is_meant_by(&level.value.0))?;
        (level.value.1 == Level::Off).then_some(&level.origin)
    }

    /// What becomes of a finding of `rule` with `confidence` at `path`; `None` for what is in no file.
    pub fn ruling(&self, rule: &Rule, confidence: Confidence, path: Option<&[u8]>) -> Ruling {
        if let Some(origin) = self.disabled(rule) {
            return Ruling::Drop(LeftOut::new(format!("{} is off ({origin})", rule.id), origin));
        }
        let mut severity = None;
        let levels = self.severity.iter().map(|level| &level.value);
        if let Some((_, Level::At(level))) = levels.rev().find(|level| rule.is_meant_by(&level.0)) {
            severity = Some(*level);
        }
        let mut floor = (self.min_confidence.value.0, &self.min_confidence.origin);
        for Setting { value: here, origin } in &self.paths {
            if path.and_then(|path| here.globs.matching(path)).is_none() {
                continue;
            }
            let is_other = here.only.as_ref().is_some_and(|only| !only.iter().any(|id| rule.is_meant_by(id)));
            let off = || LeftOut::new(format!("{} is off for this path ({origin})", rule.id), origin);
            if is_other || here.disable.iter().any(|id| rule.is_meant_by(id)) {
                return Ruling::Drop(off());
            }
            match here.severity.iter().rev().find(|(id, _)| rule.is_meant_by(id)) {
                Some((_, Level::Off)) => return Ruling::Drop(off()),
                Some((_, Level::At(level))) => severity = Some(*level),
                None => {}
            }
            if let Some(least) = here.min_confidence {
                floor = (least, origin);
            }
        }
        if confidence < floor.0 {
            let who = match floor.1 {
                Origin::Default => "which vendored and generated code needs".to_owned(),
                origin => origin.to_string(),
            };
            let least = word(&floor.0);
            return Ruling::Drop(LeftOut::new(format!("less sure than {least} ({who})"), floor.1));
        }
        Ruling::Report(severity)
    }

    /// The word that marks a value as made up, if one stands in it.
    pub fn placeholder(&self, value: &[u8]) -> Option<&Setting<String>> {
        if self.placeholders.is_empty() {
            return None;
        }
        let value = String::from_utf8_lossy(value).to_lowercase();
        self.placeholders.iter().find(|word| value.contains(&word.value))
    }

    /// Tells that a rule of `origin` does not take the place of the known one with its id, which `lock` keeps.
    pub fn overrule(&mut self, id: &str, origin: &Origin, lock: &Setting<String>) {
        self.overruled.push(overruling(&format!("rule {id}"), "rules", origin.clone(), lock));
    }

    /// The rules and vendors that are off everywhere.
    pub fn off(&self) -> impl Iterator<Item = &str> {
        let is_last = |at: usize, id: &str| !self.severity[at + 1..].iter().any(|later| later.value.0 == id);
        let levels = self.severity.iter().enumerate();
        let off =
            levels.filter(move |(at, level)| level.value.1 == Level::Off && is_last(*at, &level.value.0));
        self.disable.iter().map(|off| off.value.as_str()).chain(off.map(|(_, level)| level.value.0.as_str()))
    }

    /// Whether any setting names a rule or a vendor.
    pub fn names_rules(&self) -> bool {
        !self.disable.is_empty()
            || !self.severity.is_empty()
            || self.paths.iter().any(|set| set.origin != Origin::Default)
    }

    /// A fault for every rule or vendor that is named and does not exist.
    ///
    /// # Errors
    /// All of them, each with where it was named and the nearest known one.
    pub fn check_rules<'c>(&self, known: impl Iterator<Item = &'c str> + Clone) -> Result<(), Faults> {
        let mut faults = Faults::default();
        let mut check = |id: &str, origin: &Origin| {
            if !known.clone().any(|other| other == id) {
                let message = match super::fault::nearest(id, known.clone()) {
                    Some(_) => unknown("rule", id, known.clone()),
                    None => format!("unknown rule '{id}'; `stanch rules list` shows them"),
                };
                match origin {
                    Origin::File { file, line } => faults.add(file, *line, message),
                    other => faults.add(&other.to_string(), 0, message),
                }
            }
        };
        self.disable.iter().for_each(|off| check(&off.value, &off.origin));
        self.severity.iter().for_each(|level| check(&level.value.0, &level.origin));
        for Setting { value: here, origin } in &self.paths {
            let ids = here.disable.iter().chain(here.only.iter().flatten());
            ids.chain(here.severity.iter().map(|(id, _)| id)).for_each(|id| check(id, origin));
        }
        faults.or(())
    }

    /// Every value that somebody set, in words, with its origin: what `doctor` shows.
    pub fn origins(&self) -> Vec<(&'static str, String, &Origin)> {
        let mut rows: Vec<(&'static str, String, &Origin)> = Vec::new();
        rows.extend(self.rules.iter().map(|set| ("rules", "own rules".into(), &set.origin)));
        rows.extend(self.disable.iter().map(|set| ("disable", set.value.clone(), &set.origin)));
        rows.extend(self.severity.iter().map(|set| {
            let level = match set.value.1 {
                Level::Off => "off".into(),
                Level::At(severity) => word(&severity),
            };
            ("severity", format!("{}: {level}", set.value.0), &set.origin)
        }));
        let least = word(&self.min_confidence.value.0);
        rows.push(("min-confidence", least, &self.min_confidence.origin));
        let globs = |globs: &Globs| globs.patterns().to_vec();
        rows.extend(
            globs(&self.exclude).into_iter().zip(&self.exclude_origins).map(|(g, o)| ("exclude", g, o)),
        );
        rows.extend(
            globs(&self.include).into_iter().zip(&self.include_origins).map(|(g, o)| ("include", g, o)),
        );
        let written = self.paths.iter().filter(|set| set.origin != Origin::Default);
        rows.extend(written.map(|set| ("paths", set.value.globs.patterns().join(", "), &set.origin)));
        rows.push(("max-bytes", numbers::bytes(self.max_bytes.value), &self.max_bytes.origin));
        // Somebody may have written the secret itself.
        let length = |word: &str| format!("a word of {} characters", word.chars().count());
        rows.extend(self.placeholders.iter().map(|set| ("placeholders", length(&set.value), &set.origin)));
        rows.push(("baseline", self.baseline.value.clone(), &self.baseline.origin));
        rows.push(("strict", self.strict.value.to_string(), &self.strict.origin));
        rows.extend(self.policy.rows().into_iter().filter(|(_, _, origin)| **origin != Origin::Default));
        rows.extend(self.locked.iter().map(|set| ("lock", set.value.clone(), &set.origin)));
        rows
    }
}

/// `low` unless somebody says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinConfidence(pub Confidence);

impl Default for MinConfidence {
    fn default() -> Self {
        MinConfidence(Confidence::Low)
    }
}

pub(super) fn default_paths() -> Vec<Setting<PathRules>> {
    let globs = Globs::known(OTHERS_CODE);
    let rules = PathRules { globs, min_confidence: Some(Confidence::High), ..PathRules::default() };
    vec![Setting::new(rules, Origin::Default)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_patterns_are_patterns() {
        let checked = super::super::globs::compile(OTHERS_CODE.iter().copied()).unwrap();
        assert_eq!(checked, default_paths()[0].value.globs);
        assert!(checked.matching(b"web/node_modules/x/y.js").is_some());
    }
}
