//! Finds what another tool's entry points at: the finding at a place, with a digest, or of a pattern.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bstr::ByteSlice;
use regex_automata::meta::Regex;

use super::check;
use super::settings::Loaded;
use crate::config;
use crate::config::import::{From, Select, Verdict};
use crate::finding::{Finding, Location};
use crate::source::project::{At, project};
use crate::source::range::{ALL, Range};
use crate::source::{Context, Place, Source, repo};

/// A finding that was meant.
#[derive(Debug, Clone)]
pub(super) struct Match {
    pub(super) finding: Finding,
    /// What was said about it elsewhere.
    pub(super) verdict: Verdict,
}

/// Everything that stanch reports here.
pub(super) struct Lookup {
    cwd: PathBuf,
    /// In HEAD's files.
    files: Vec<Finding>,
    /// In all of history, where a commit is named.
    history: Vec<Finding>,
    /// The line of each place of `files`.
    lines: HashMap<(Vec<u8>, u32), String>,
}

impl Lookup {
    /// Looks through HEAD, and through history if one of `wanted` names a commit.
    ///
    /// # Errors
    /// When either cannot be read.
    pub(super) fn open(
        cwd: &Path,
        root: &Path,
        loaded: &mut Loaded,
        wanted: &[From<Select>],
    ) -> Result<Lookup> {
        let context = Context::new(cwd);
        loaded.rooted = Default::default();
        let look = |source: &mut dyn Source| -> Result<Vec<Finding>> {
            let mut gathered = check::look(source, loaded)?;
            check::rule(&mut gathered, loaded);
            gathered.findings.retain(|finding| finding.confidence.blocks());
            Ok(gathered.findings)
        };
        let mut lookup =
            Lookup { cwd: cwd.to_owned(), files: Vec::new(), history: Vec::new(), lines: HashMap::new() };
        if !wanted.is_empty() {
            let files = Range::files_of(&context, "HEAD");
            lookup.files =
                look(&mut files.context("what an import points at is looked up in HEAD: commit first")?)?;
        }
        let is_commit = |one: &From<Select>| {
            matches!(one.value, Select::Commit(_) | Select::Place { commit: Some(_), .. })
        };
        if wanted.iter().any(is_commit) {
            lookup.history = look(&mut Range::open(&context, &[ALL.to_owned()], &[])?)?;
        }
        if wanted.iter().any(|one| matches!(one.value, Select::Line(_))) {
            lookup.read_lines(root);
        }
        Ok(lookup)
    }

    fn read_lines(&mut self, root: &Path) {
        let places = self.files.iter().flat_map(|finding| &finding.locations);
        self.lines = places
            .filter_map(|place| {
                let path = place.path.to_str().ok()?;
                let line = super::command::import::line_of(root, path, place.line)?;
                Some(((place.path.to_vec(), place.line), line))
            })
            .collect();
    }

    /// What the selector points at; empty when stanch reports nothing of it.
    ///
    /// # Errors
    /// In words, when its expression cannot be used.
    pub(super) fn find(&self, select: &Select) -> Result<Vec<Match>, String> {
        let expression =
            |regex: &str| Regex::new(regex).map_err(|_| "no regular expression of this kind".to_owned());
        Ok(match select {
            Select::Place { commit: None, path, line } => {
                of(&self.files, |_, place| is_at(place, path, *line))
            }
            Select::Place { commit: Some(id), path, line } => {
                match of(&self.history, |_, place| is_in(place, id) && is_at(place, path, *line)) {
                    none if none.is_empty() => self.written_there(id, path, *line),
                    found => found,
                }
            }
            Select::Commit(id) => of(&self.history, |_, place| is_in(place, id)),
            Select::Files(name) => {
                let globs = config::compile_globs([format!("/{}", name.trim_start_matches('/'))])?;
                of(&self.files, |_, place| globs.matching(&place.path).is_some())
            }
            Select::Digest { path, sha1, verdict } => {
                let mut found = of(&self.files, |finding, place| {
                    place.path == path.as_bytes()
                        && repo::sha1(finding.secret.expose()).is_some_and(|digest| digest == *sha1)
                });
                found.iter_mut().for_each(|one| one.verdict = *verdict);
                found
            }
            Select::Value(regex) => {
                let regex = expression(regex)?;
                of(&self.files, |finding, _| regex.is_match(finding.secret.expose()))
            }
            Select::Line(regex) => {
                let regex = expression(regex)?;
                of(&self.files, |_, place| {
                    let line = self.lines.get(&(place.path.to_vec(), place.line));
                    line.is_some_and(|line| {
                        regex.is_match(line)
                            || regex.is_match(&format!("{}:{}:{line}", place.path, place.line))
                    })
                })
            }
        })
    }
}

impl Lookup {
    /// What is known from elsewhere and written on that line: a value that only moved there is reported
    /// where it came from.
    fn written_there(&self, commit: &str, path: &str, line: u32) -> Vec<Match> {
        let version =
            project(&Context::new(&self.cwd), At::Revision(commit)).ok().and_then(|project| project.version);
        let text = version.and_then(|mut version| version.read(path).ok().flatten()).unwrap_or_default();
        let text = text.split(|&b| b == b'\n').nth((line as usize).saturating_sub(1)).unwrap_or_default();
        let is_there = |finding: &Finding| text.find(finding.secret.expose()).is_some();
        let known = self.history.iter().filter(|finding| is_there(finding));
        known.map(|finding| Match { finding: finding.clone(), verdict: Verdict::Open }).collect()
    }
}

/// The findings with a place that is meant.
fn of(findings: &[Finding], is_meant: impl Fn(&Finding, &Location) -> bool) -> Vec<Match> {
    let meant =
        findings.iter().filter(|finding| finding.locations.iter().any(|place| is_meant(finding, place)));
    meant.map(|finding| Match { finding: finding.clone(), verdict: Verdict::Open }).collect()
}

fn is_at(place: &Location, path: &str, line: u32) -> bool {
    place.path == path.as_bytes() && (place.line..=place.end_line.max(place.line)).contains(&line)
}

fn is_in(place: &Location, commit: &str) -> bool {
    match &place.place {
        Place::Commit { id } | Place::Message { id } => commit.len() >= 7 && id.starts_with(commit),
        _ => false,
    }
}
