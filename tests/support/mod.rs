//! What the black-box tests share: texts with made-up secrets, encodings, and a pinned world to run in.
//!
//! Each test crate uses its own part of it.
#![allow(dead_code, reason = "every test crate compiles this module and none uses all of it")]

pub(crate) mod cases;
pub(crate) mod rules;
pub(crate) mod text;
pub(crate) mod words;
pub(crate) mod world;

/// Every format that a report can have.
pub(crate) const FORMATS: [&str; 12] = [
    "human",
    "json",
    "jsonl",
    "sarif",
    "gitlab",
    "gitlab-codequality",
    "junit",
    "github",
    "markdown",
    "csv",
    "rdjsonl",
    "html",
];
