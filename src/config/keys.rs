//! Every key there is, once: what each place takes is read from these tables, and the JSON Schema in
//! `docs/stanch.schema.json` is held against them by a test.

use super::server::SERVER_KEYS;

/// A setting that is more than a key of the file.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As in `.stanch.yaml`; in git config without the dashes matters not (`stanch.maxBytes`).
    pub name: &'static str,
    /// Its environment variable; empty when it has none.
    pub env: &'static str,
    /// Whether git config takes it (`stanch.<name>`).
    pub git: bool,
    /// Whether `.stanch.yaml` takes it.
    pub file: bool,
    /// What it does, for `doctor` and the docs.
    pub help: &'static str,
}

const fn key(name: &'static str, env: &'static str, git: bool, file: bool, help: &'static str) -> Key {
    Key { name, env, git, file, help }
}

/// All settings.
pub const SETTINGS: &[Key] = &[
    key("rules", "", false, true, "Own rules, in the catalogue's schema"),
    key("disable", "STANCH_DISABLE", true, true, "Rules (or vendors) that do not run"),
    key("severity", "", true, true, "Another severity for a rule"),
    key("min-confidence", "STANCH_MIN_CONFIDENCE", true, true, "Drop findings less sure than this"),
    key("exclude", "STANCH_EXCLUDE", true, true, "Paths that are not scanned"),
    key("include", "STANCH_INCLUDE", true, true, "Paths that are scanned although excluded"),
    key("paths", "", false, true, "Other rules and severities for some paths"),
    key("max-bytes", "STANCH_MAX_BYTES", true, true, "Larger files are only searched for sure kinds"),
    key("placeholders", "", false, true, "Words that mark a value as made up"),
    key("allow", "", false, true, "Values that are fine, one entry a line"),
    key("baseline", "STANCH_BASELINE", true, true, "File of the findings known from before"),
    key("strict", "STANCH_STRICT", true, true, "Stale allow entries and markers stop a commit too"),
    key("policy", "", false, true, "What may be allowed, and how"),
];

/// What one place can say and the organisation can keep to itself; each is told under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `disable:`, at the top of a file or below `rules:`.
    Disable,
    /// `severity:`.
    Severity,
    /// `off` below `severity:`.
    Off,
    /// `min-confidence:`.
    MinConfidence,
    /// `exclude:`.
    Exclude,
    /// `include:`.
    Include,
    /// Whole entries of `paths:`.
    Paths,
    /// `disable:` below `paths:`.
    PathDisable,
    /// `only:` below `paths:`.
    PathOnly,
    /// `severity:` below `paths:`.
    PathSeverity,
    /// `off` there.
    PathOff,
    /// `min-confidence:` below `paths:`.
    PathMinConfidence,
    /// `max-bytes:`.
    MaxBytes,
    /// `placeholders:`.
    Placeholders,
    /// `baseline:`.
    Baseline,
    /// `strict:`.
    Strict,
    /// `rules:`.
    Rules,
    /// An own rule with the id of one that is known already.
    Replacement,
    /// `allow:`.
    Allow,
}

impl Part {
    /// All, the whole before its parts.
    pub const ALL: &[(Part, &str)] = &[
        (Part::Disable, "disable"),
        (Part::Severity, "severity"),
        (Part::Off, "severity: off"),
        (Part::MinConfidence, "min-confidence"),
        (Part::Exclude, "exclude"),
        (Part::Include, "include"),
        (Part::Paths, "paths"),
        (Part::PathDisable, "paths: disable"),
        (Part::PathOnly, "paths: only"),
        (Part::PathSeverity, "paths: severity"),
        (Part::PathOff, "paths: severity: off"),
        (Part::PathMinConfidence, "paths: min-confidence"),
        (Part::MaxBytes, "max-bytes"),
        (Part::Placeholders, "placeholders"),
        (Part::Baseline, "baseline"),
        (Part::Strict, "strict"),
        (Part::Rules, "rules"),
        (Part::Replacement, "rules: a rule that is known already"),
        (Part::Allow, "allow"),
    ];
}

/// What a lock on a key keeps for the policy: the key itself, and whatever else has the same effect. What switches a
/// rule off is the business of `disable`, however it is written.
pub const LOCKS: &[(&str, &[Part])] = &[
    ("rules", &[Part::Rules]),
    (
        "disable",
        &[Part::Disable, Part::Off, Part::PathDisable, Part::PathOnly, Part::PathOff, Part::Replacement],
    ),
    ("severity", &[Part::Severity, Part::PathSeverity, Part::Replacement]),
    ("min-confidence", &[Part::MinConfidence, Part::PathMinConfidence]),
    ("exclude", &[Part::Exclude]),
    ("include", &[Part::Include]),
    ("paths", &[Part::Paths]),
    ("max-bytes", &[Part::MaxBytes]),
    ("placeholders", &[Part::Placeholders]),
    ("allow", &[Part::Allow]),
    ("baseline", &[Part::Baseline]),
    ("strict", &[Part::Strict]),
    // Of these the strictest holds anyway.
    ("policy", &[]),
];

/// Keys of the organisation's file beside those of `.stanch.yaml`.
pub const POLICY_FILE_KEYS: &[&str] = &["lock"];

/// Keys under `policy:`.
pub const POLICY_KEYS: &[&str] = &[
    "inline",
    "foreign-markers",
    "require-reason",
    "require-expiry",
    "max-expiry",
    "allow-list",
    "baseline",
    "skip",
];

/// Keys of an entry under `paths:`.
pub const PATH_KEYS: &[&str] = &["glob", "disable", "only", "severity", "min-confidence"];

/// Keys under `rules:`; what stands below them is the catalogue's.
pub const RULES_KEYS: &[&str] = &["disable", "vendors"];

/// Keys of an entry under `allow:`.
pub const ALLOW_KEYS: &[&str] = &["id", "rule", "path", "reason", "by", "on", "until"];

/// Top-level keys of `.stanch.yaml`.
pub fn file_keys() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.iter().filter(|key| key.file).map(|key| key.name)
}

/// Names under `stanch.` in git config.
pub fn git_keys() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS
        .iter()
        .filter(|key| key.git)
        .map(|key| key.name)
        .chain(["policy"])
        .chain(SERVER_KEYS.iter().copied())
}

/// Variables that are read.
pub fn env_keys() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.iter().map(|key| key.env).filter(|env| !env.is_empty()).chain(["STANCH_SKIP"])
}
