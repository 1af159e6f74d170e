//! What the text of a file says of its kind, where the name of the file does not.

use bstr::ByteSlice;

/// The kind of a text, as far as advice depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// Nothing is known of it.
    #[default]
    Unsaid,
    /// A script whose `#!` line names this interpreter.
    Script(&'static str),
    /// A manifest of a Kubernetes Secret.
    KubernetesSecret,
    /// A manifest of what Kubernetes runs: a Deployment, a Job.
    KubernetesWorkload,
}

/// Interpreters that there is advice for.
const INTERPRETERS: [&str; 16] = [
    "sh", "bash", "dash", "ksh", "zsh", "fish", "python", "node", "ruby", "perl", "php", "Rscript", "lua",
    "awk", "tclsh", "expect",
];

/// Kinds of manifests whose containers have variables.
const WORKLOADS: [&str; 8] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "Pod",
    "ReplicationController",
];

impl Content {
    /// Reads it from a text.
    pub fn of(text: &[u8]) -> Content {
        if let Some(line) = text.strip_prefix(b"#!") {
            return interpreter(line.lines().next().unwrap_or_default())
                .map_or(Content::Unsaid, Content::Script);
        }
        if text.find(b"kind:").is_none() {
            return Content::Unsaid;
        }
        let kinds = || text.lines().filter_map(|line| line.strip_prefix(b"kind:")).map(<[u8]>::trim);
        if kinds().any(|kind| kind == b"Secret") {
            Content::KubernetesSecret
        } else if kinds().any(|kind| WORKLOADS.iter().any(|known| known.as_bytes() == kind)) {
            Content::KubernetesWorkload
        } else {
            Content::Unsaid
        }
    }
}

/// `/usr/bin/env -S python3.12 -u` is python.
fn interpreter(line: &[u8]) -> Option<&'static str> {
    let line = line.to_str().ok()?;
    let program = line
        .split_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
    let name = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.into_iter().find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::Content;

    #[test]
    fn the_first_line_names_the_interpreter() {
        for (text, content) in [
            ("#!/bin/sh\n", Content::Script("sh")),
            ("#!/usr/bin/env -S LC_ALL=C python3.12 -u\nx", Content::Script("python")),
            ("#!/opt/thing\n", Content::Unsaid),
            ("#!", Content::Unsaid),
            ("apiVersion: v1\nkind: Secret\r\n", Content::KubernetesSecret),
            ("apiVersion: apps/v1\nkind: Deployment\n", Content::KubernetesWorkload),
            ("  kind: SecretStore\n", Content::Unsaid),
        ] {
            assert_eq!(Content::of(text.as_bytes()), content, "{text}");
        }
    }
}
