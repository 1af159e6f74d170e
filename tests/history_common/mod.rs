//! Histories scanned by the built program: made-up tokens, and what a report says of them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::source_common::Repo;

/// A token whose checksum proves it, whatever stands around.
pub(crate) fn key(seed: &str) -> String {
    stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", seed)
}

/// A line of a file with such a token.
pub(crate) fn line(seed: &str) -> String {
    format!("token = \"{}\"\n", key(seed))
}

/// The built program, in `dir`.
pub(crate) fn stanch(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(args).current_dir(dir).env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    command.output().unwrap()
}

/// A report, and which secrets it holds.
pub(crate) struct Report {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

impl Report {
    pub(crate) fn of(repo: &Repo, args: &[&str]) -> Report {
        let output = stanch(&repo.root, &[&["scan", "--format", "json"], args].concat());
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|err| panic!("{err}: {}", String::from_utf8_lossy(&output.stderr)));
        Report { code: output.status.code().unwrap(), json }
    }

    pub(crate) fn find(&self, seed: &str) -> Option<&Value> {
        let name =
            stanch::finding::fingerprint::fingerprint("github-personal-token-classic", key(seed).as_bytes());
        self.json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["fingerprint"] == name.as_str())
    }

    pub(crate) fn found<'s>(&self, seeds: &[&'s str]) -> BTreeSet<&'s str> {
        seeds.iter().copied().filter(|seed| self.find(seed).is_some()).collect()
    }

    /// `path: why` of what was skipped or failed.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let list = self.json["summary"][name].as_array().unwrap().iter();
        list.map(|one| format!("{}: {}", one["path"].as_str().unwrap(), one["why"].as_str().unwrap()))
            .collect()
    }

    pub(crate) fn trace(&self, seed: &str) -> &Value {
        &self.find(seed).unwrap_or_else(|| panic!("{seed} was not found: {}", self.json))["trace"]
    }
}
