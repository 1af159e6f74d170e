//! What the black-box tests share: texts with made-up secrets, encodings, and a pinned world to run in.
//!
//! Each test crate uses its own part of it.
#![allow(dead_code, reason = "every test crate compiles this module and none uses all of it")]

pub(crate) mod cases;
pub(crate) mod rules;
pub(crate) mod text;
pub(crate) mod words;
pub(crate) mod world;
