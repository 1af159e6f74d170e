//! What other tools' files allow, as far as it has an equivalent here.
//!
//! In: the text of such a file. Out: an [`Imported`]: path patterns and words to take over as settings,
//! and selectors that point at findings. Those are looked up in the repository by the caller and become
//! allow entries by value, since a place or a pattern would let a later secret pass as well.

mod gitleaks;
mod lists;
mod paths;
mod reports;

use std::path::Path;

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.gitleaksignore`: `[COMMIT:]FILE:RULE:LINE`, one a line.
    GitleaksIgnore,
    /// `.gitleaks.toml`: its allowlists.
    GitleaksToml,
    /// `.secrets.baseline` of detect-secrets, JSON.
    SecretsBaseline,
    /// `.talismanrc`, YAML.
    Talisman,
    /// `.gitallowed` of git-secrets: regular expressions over `FILE:LINE:TEXT`.
    GitAllowed,
    /// A file for `trufflehog --exclude-paths`: regular expressions over paths.
    Trufflehog,
}

impl Format {
    /// Names on the command line.
    pub const ALL: [(&'static str, Format); 6] = [
        ("gitleaksignore", Format::GitleaksIgnore),
        ("gitleaks", Format::GitleaksToml),
        ("secrets-baseline", Format::SecretsBaseline),
        ("talisman", Format::Talisman),
        ("gitallowed", Format::GitAllowed),
        ("trufflehog", Format::Trufflehog),
    ];

    /// The format that goes with a file name, if the name tells.
    pub fn of_name(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        Some(match name.as_str() {
            ".gitleaksignore" | ".betterleaksignore" => Format::GitleaksIgnore,
            ".secrets.baseline" => Format::SecretsBaseline,
            ".talismanrc" => Format::Talisman,
            ".gitallowed" => Format::GitAllowed,
            _ if name.contains("leaks") && name.ends_with(".toml") => Format::GitleaksToml,
            _ if name.contains("secrets") && name.contains("baseline") => Format::SecretsBaseline,
            _ if name.contains("trufflehog") || name.contains("exclude") => Format::Trufflehog,
            _ => return None,
        })
    }

    /// Reads a file of this format.
    ///
    /// # Errors
    /// In words, when the text is not of the format.
    pub fn read(self, text: &str) -> Result<Imported, String> {
        match self {
            Format::GitleaksIgnore => Ok(lists::gitleaks_ignore(text)),
            Format::GitleaksToml => gitleaks::read(text),
            Format::SecretsBaseline => reports::detect_secrets(text),
            Format::Talisman => reports::talisman(text),
            Format::GitAllowed => Ok(lists::git_allowed(text)),
            Format::Trufflehog => Ok(lists::path_patterns(text)),
        }
    }
}

/// What a person said about a secret in another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Open,
    /// A live secret.
    Real,
    /// None.
    FalseAlarm,
}

/// What a selector points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// What stands on this line, in this commit or in the files.
    Place {
        /// Full id, hex.
        commit: Option<String>,
        /// From the repository's root.
        path: String,
        /// 1-based.
        line: u32,
    },
    /// The value in this file whose SHA-1 is this, hex: detect-secrets' way to name a secret.
    Digest {
        /// From the repository's root.
        path: String,
        /// Lower case.
        sha1: String,
        /// What was said about it.
        verdict: Verdict,
    },
    /// Everything that stands in these files now.
    Files(String),
    /// Everything that this commit added.
    Commit(String),
    /// Values that match the regular expression.
    Value(String),
    /// Lines that match it, as `FILE:LINE:TEXT`, or the text alone.
    Line(String),
}

/// Something taken from a line of the other file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From<T> {
    /// 1-based; 0 where it is not known.
    pub line: u32,
    /// As written there, shortened.
    pub text: String,
    /// What it became.
    pub value: T,
}

/// The content of another tool's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// For `exclude:`; each with the expression it was made from, to be held against the paths here.
    pub exclude: Vec<From<(String, Option<String>)>>,
    /// For `placeholders:`.
    pub placeholders: Vec<From<String>>,
    /// For `disable:`, as the other tool calls the rules.
    pub disable: Vec<From<String>>,
    /// To be looked up.
    pub select: Vec<From<Select>>,
    /// What has no equivalent, and why.
    pub lost: Vec<From<&'static str>>,
    /// The values belong into the baseline, not the allow list.
    pub is_baseline: bool,
}

impl Imported {
    fn exclude(&mut self, line: u32, regex: &str) {
        match paths::glob(regex) {
            Some(glob) => self.exclude.push(from(line, regex, (glob, Some(regex.to_owned())))),
            None => self.lost(line, regex, "no path pattern says the same; write one under exclude:"),
        }
    }

    fn word(&mut self, line: u32, word: &str) {
        match super::parse::placeholder(word) {
            Ok(known) => self.placeholders.push(from(line, word, known)),
            Err(_) => self.lost(line, word, "fewer than four letters: it would hide real secrets"),
        }
    }

    fn select(&mut self, line: u32, text: &str, select: Select) {
        self.select.push(from(line, text, select));
    }

    fn lost(&mut self, line: u32, text: &str, why: &'static str) {
        self.lost.push(from(line, text, why));
    }
}

fn from<T>(line: u32, text: &str, value: T) -> From<T> {
    From { line, text: super::parse::short(text), value }
}

/// The line of a text's first occurrence, for formats whose readers do not tell; 0 when it is written
/// differently.
fn line_of(text: &str, needle: &str) -> u32 {
    let found = (1u32..).zip(text.lines()).find(|(_, line)| line.contains(needle));
    found.map_or(0, |(line, _)| line)
}

#[cfg(test)]
mod tests;
