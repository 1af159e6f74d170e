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
    /// A manifest of a Secret beside those of other kinds.
    KubernetesMixed,
    /// Private keys and certificates, and nothing else.
    PrivateKey,
    /// A manifest of what Kubernetes runs: a Deployment, a Job.
    KubernetesWorkload,
    /// A manifest of a ConfigMap.
    KubernetesConfig,
    /// A play of Ansible.
    AnsiblePlay,
    /// A template of AWS CloudFormation.
    CloudFormation,
    /// Services for Compose.
    Compose,
    /// A pipeline of Jenkins that is a script: `node { … }`.
    JenkinsScript,
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
        if is_private_key(text) {
            return Content::PrivateKey;
        }
        if text.find(b"kind:").is_none() {
            let has = |word: &[u8]| text.starts_with(word) || text.find([b"\n", word].concat()).is_some();
            return match () {
                () if has(b"- hosts:") => Content::AnsiblePlay,
                () if has(b"AWSTemplateFormatVersion:") => Content::CloudFormation,
                () if is_compose(text) => Content::Compose,
                () if (has(b"node {") || has(b"node(")) && !has(b"pipeline {") => Content::JenkinsScript,
                () => Content::Unsaid,
            };
        }
        let kinds = || text.lines().filter_map(|line| line.strip_prefix(b"kind:")).map(<[u8]>::trim);
        let is_secret = |kind: &[u8]| kind == b"Secret";
        if kinds().any(is_secret) {
            if kinds().all(is_secret) { Content::KubernetesSecret } else { Content::KubernetesMixed }
        } else if kinds().any(|kind| WORKLOADS.iter().any(|known| known.as_bytes() == kind)) {
            Content::KubernetesWorkload
        } else if kinds().any(|kind| kind == b"ConfigMap") {
            Content::KubernetesConfig
        } else {
            Content::Unsaid
        }
    }
}

/// Whether a text names services, each with an image or what to build one from: Compose does so in a mapping, GitLab
/// lists images below the same word.
fn is_compose(text: &[u8]) -> bool {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != b"services:").skip(1);
    let is_text = |line: &&[u8]| !line.trim().is_empty() && !line.trim_start().starts_with(b"#");
    let first = lines.find(is_text);
    first.is_some_and(|line| line.starts_with(b" ") && !line.trim_start().starts_with(b"-"))
        && lines.any(|line| [&b"image:"[..], b"build:"].iter().any(|key| line.trim_start().starts_with(key)))
}

/// Whether a text is made of PEM blocks, one of them a private key, or is a key of PuTTY's.
fn is_private_key(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim();
    if text.starts_with(b"PuTTY-User-Key-File-") {
        return true;
    }
    let last = text.lines().next_back().unwrap_or_default();
    if !(text.starts_with(b"-----BEGIN ") && last.starts_with(b"-----END ")) {
        return false;
    }
    let (mut is_inside, mut is_key) = (false, false);
    text.lines().map(<[u8]>::trim).all(|line| {
        let is_edge = line.starts_with(b"-----BEGIN ") || line.starts_with(b"-----END ");
        is_key |= is_edge && line.contains_str("PRIVATE KEY");
        is_inside = if is_edge { line.starts_with(b"-----BEGIN ") } else { is_inside };
        is_edge || is_inside || line.is_empty()
    }) && is_key
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
            ("kind: Service\n---\nkind: Secret\n", Content::KubernetesMixed),
            ("services:\n  db:\n    image: mysql:8\n", Content::Compose),
            ("image: a\nservices:\n  - mysql:8\njob:\n  image: b\n", Content::Unsaid),
            ("services:\n  - type: web\n", Content::Unsaid),
            ("node {\n  sh 'a'\n}\n", Content::JenkinsScript),
            (
                concat!("-----BEGIN ", "PRIVATE KEY-----\nab\n-----END ", "PRIVATE KEY-----\n"),
                Content::PrivateKey,
            ),
            (
                concat!("key = ", "-----BEGIN ", "PRIVATE KEY-----\nab\n-----END ", "PRIVATE KEY-----\n"),
                Content::Unsaid,
            ),
            (
                concat!("-----BEGIN ", "CERTIFICATE-----\nab\n-----END ", "CERTIFICATE-----\n"),
                Content::Unsaid,
            ),
        ] {
            assert_eq!(Content::of(text.as_bytes()), content, "{text}");
        }
    }
}
