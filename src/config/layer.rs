//! One place of settings, and a value that knows where it was set.

use std::fmt;

use crate::catalogue::{Confidence, Severity, word};

use super::globs::Globs;
use super::keys::Part;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nobody said anything.
    #[default]
    Default,
    /// A file, for instance `.stanch.yaml`, and the line.
    File {
        /// As named to the user.
        file: String,
        /// 1-based.
        line: u32,
    },
    /// Git config.
    Git {
        /// `system`, `global`, `local` …
        scope: &'static str,
        /// Full key.
        key: String,
    },
    /// An environment variable.
    Env(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => write!(f, "default"),
            Origin::File { file, line } => write!(f, "{file}:{line}"),
            Origin::Git { scope, key } => write!(f, "{scope} git config {key}"),
            Origin::Env(name) => write!(f, "environment {name}"),
            Origin::Flag(name) => write!(f, "{name}"),
        }
    }
}

/// A value and where it was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who said so.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// Both.
    pub fn new(value: T, origin: Origin) -> Self {
        Setting { value, origin }
    }
}

/// A severity, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The rule does not run.
    Off,
    /// It runs at this severity.
    At(Severity),
}

/// Other rules for some paths.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PathRules {
    /// Where they hold.
    pub globs: Globs,
    /// Rules or vendors that are off here.
    pub disable: Vec<String>,
    /// When given, only these rules or vendors are on here.
    pub only: Option<Vec<String>>,
    /// Other severities.
    pub severity: Vec<(String, Level)>,
    /// Findings less sure than this are dropped here.
    pub min_confidence: Option<Confidence>,
}

/// Which inline markers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InlineMode {
    /// A marker that names a rule.
    #[default]
    Allow,
    /// Only one that names the value too: `stanch:allow RULE#k7f3 reason`.
    Bound,
    /// None.
    Forbid,
}

/// What may be allowed, and how. The strictest of all layers holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRules {
    /// Inline markers.
    pub inline: Setting<InlineMode>,
    /// Markers of other tools.
    pub foreign_markers: Setting<bool>,
    /// An allow without a reason does not count.
    pub require_reason: Setting<bool>,
    /// An allow-list entry without `until` does not count.
    pub require_expiry: Setting<bool>,
    /// An allow-list entry may run at most so many days from its `on` date.
    pub max_expiry_days: Setting<Option<u32>>,
    /// The repository's allow list counts.
    pub allow_list: Setting<bool>,
    /// The baseline counts.
    pub baseline: Setting<bool>,
    /// `STANCH_SKIP` counts.
    pub skip: Setting<bool>,
}

impl Default for PolicyRules {
    fn default() -> Self {
        let yes = || Setting::new(true, Origin::Default);
        PolicyRules {
            inline: Setting::default(),
            foreign_markers: yes(),
            require_reason: Setting::default(),
            require_expiry: Setting::default(),
            max_expiry_days: Setting::default(),
            allow_list: yes(),
            baseline: yes(),
            skip: yes(),
        }
    }
}

impl PolicyRules {
    /// Every rule, its value in words, and who set it.
    pub(super) fn rows(&self) -> Vec<(&'static str, String, &Origin)> {
        let inline = word(&self.inline.value);
        let days = self.max_expiry_days.value.map_or("any".into(), |days| format!("{days}d"));
        let mut rows = vec![
            ("policy.inline", inline, &self.inline.origin),
            ("policy.max-expiry", days, &self.max_expiry_days.origin),
        ];
        for (name, rule) in [
            ("policy.foreign-markers", &self.foreign_markers),
            ("policy.require-reason", &self.require_reason),
            ("policy.require-expiry", &self.require_expiry),
            ("policy.allow-list", &self.allow_list),
            ("policy.baseline", &self.baseline),
            ("policy.skip", &self.skip),
        ] {
            rows.push((name, rule.value.to_string(), &rule.origin));
        }
        rows
    }

    /// Takes over whatever `other` is stricter in.
    pub(super) fn tighten(&mut self, other: &PolicyRules) {
        if other.inline.value > self.inline.value {
            self.inline = other.inline.clone();
        }
        let days = |limit: &Setting<Option<u32>>| limit.value.unwrap_or(u32::MAX);
        if days(&other.max_expiry_days) < days(&self.max_expiry_days) {
            self.max_expiry_days = other.max_expiry_days.clone();
        }
        for (ours, theirs) in [
            (&mut self.foreign_markers, &other.foreign_markers),
            (&mut self.allow_list, &other.allow_list),
            (&mut self.baseline, &other.baseline),
            (&mut self.skip, &other.skip),
        ] {
            if ours.value && !theirs.value {
                *ours = theirs.clone();
            }
        }
        for (ours, theirs) in [
            (&mut self.require_reason, &other.require_reason),
            (&mut self.require_expiry, &other.require_expiry),
        ] {
            if !ours.value && theirs.value {
                *ours = theirs.clone();
            }
        }
    }
}

/// The `allow:` part of a file, unread: a clean commit never pays for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowText {
    /// The lines below `allow:`, as written.
    pub text: String,
    /// Line of the file that `text` starts at, 1-based.
    pub first_line: u32,
    /// The file's name.
    pub file: String,
}

/// What one place says. Lists add up over the layers; of single values the last wins.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// Text to hand to the catalogue when the file brings own rules: the whole file with the allow list
    /// blanked, so that lines still count.
    pub rules: Option<Setting<String>>,
    /// Rules or vendors that are off.
    pub disable: Vec<Setting<String>>,
    /// Those that are off by `disable:` below `rules:`.
    pub rules_disable: Vec<Setting<String>>,
    /// Severities by rule.
    pub severity: Vec<Setting<(String, Level)>>,
    /// Least confidence.
    pub min_confidence: Option<Setting<Confidence>>,
    /// Not scanned.
    pub exclude: Vec<Setting<String>>,
    /// Scanned although excluded.
    pub include: Vec<Setting<String>>,
    /// By path, in order; later ones win.
    pub paths: Vec<Setting<PathRules>>,
    /// Size limit.
    pub max_bytes: Option<Setting<u64>>,
    /// Words that mark a value as made up, lower case.
    pub placeholders: Vec<Setting<String>>,
    /// Allow list, unread.
    pub allow: Option<AllowText>,
    /// Baseline file, from the repository root.
    pub baseline: Option<Setting<String>>,
    /// Stale entries stop a commit too.
    pub strict: Option<Setting<bool>>,
    /// What may be allowed.
    pub policy: PolicyRules,
    /// Settings that later layers may not change (the organisation's file alone).
    pub lock: Vec<Setting<String>>,
}

impl Layer {
    /// Takes out what the layer says of this; where it said so first. Of a [replacement](Part::Replacement) only the
    /// catalogue knows.
    pub(super) fn take_out(&mut self, part: Part) -> Option<Origin> {
        let is_off = |level: &Level| *level == Level::Off;
        match part {
            Part::Disable => {
                let below = first(std::mem::take(&mut self.rules_disable));
                first(std::mem::take(&mut self.disable)).or(below)
            }
            Part::Severity => first(std::mem::take(&mut self.severity)),
            Part::Off => first(self.severity.extract_if(.., |level| is_off(&level.value.1)).collect()),
            Part::MinConfidence => self.min_confidence.take().map(|set| set.origin),
            Part::Exclude => first(std::mem::take(&mut self.exclude)),
            Part::Include => first(std::mem::take(&mut self.include)),
            Part::Paths => first(std::mem::take(&mut self.paths)),
            Part::PathDisable => self.of_paths(|here| !std::mem::take(&mut here.disable).is_empty()),
            Part::PathOnly => self.of_paths(|here| here.only.take().is_some()),
            Part::PathSeverity => self.of_paths(|here| !std::mem::take(&mut here.severity).is_empty()),
            Part::PathOff => {
                self.of_paths(|here| here.severity.extract_if(.., |level| is_off(&level.1)).count() > 0)
            }
            Part::PathMinConfidence => self.of_paths(|here| here.min_confidence.take().is_some()),
            Part::MaxBytes => self.max_bytes.take().map(|set| set.origin),
            Part::Placeholders => first(std::mem::take(&mut self.placeholders)),
            Part::Baseline => self.baseline.take().map(|set| set.origin),
            Part::Strict => self.strict.take().map(|set| set.origin),
            Part::Rules => {
                self.rules_disable.clear();
                self.rules.take().map(|set| set.origin)
            }
            Part::Replacement => None,
            Part::Allow => {
                let allow = self.allow.take()?;
                Some(Origin::File { file: allow.file, line: allow.first_line.saturating_sub(1) })
            }
        }
    }

    /// Where the first entry of `paths:` stands that `take` took something out of; it is asked about all.
    fn of_paths(&mut self, mut take: impl FnMut(&mut PathRules) -> bool) -> Option<Origin> {
        let mut first = None;
        for set in &mut self.paths {
            if take(&mut set.value) {
                first.get_or_insert_with(|| set.origin.clone());
            }
        }
        first
    }
}

fn first<T>(taken: Vec<Setting<T>>) -> Option<Origin> {
    taken.into_iter().next().map(|set| set.origin)
}
