//! What the user asked for, and where each wish came from.
//!
//! In: the text of `.stanch.yaml` as the commit that is judged against has it, `stanch.*` values of git
//! config, the `STANCH_*` environment, the command line, and the organisation's policy file. Each becomes
//! a [`Layer`]; [`merge`] puts them together into [`Settings`], in which every value knows its
//! [`Origin`]. Later layers win: file, git config, environment, flags; the policy can lock what it sets.
//!
//! The repository's file is untrusted input: bounded, refused with file and line when it is wrong, never
//! a panic. This layer reads the environment; it never opens a file.

mod edit;
mod env;
mod fault;
mod file;
mod git;
mod globs;
pub mod import;
mod keys;
mod layer;
mod merge;
mod parse;
mod rooted;
mod server;
mod settings;
mod yaml;

pub use edit::add_to_list;
pub use env::{Env, Skip};
pub use fault::{Fault, Faults, nearest, unknown};
pub use file::{MAX_FILE_BYTES, allow_block, policy_file, stanch_yaml};
pub use git::{GitScope, GitValue, git_layer, policy_path};
pub use globs::{Globs, compile as compile_globs};
pub use keys::{
    ALLOW_KEYS, Key, LOCKS, PATH_KEYS, POLICY_FILE_KEYS, POLICY_KEYS, Part, RULES_KEYS, SETTINGS, env_keys,
    file_keys, git_keys,
};
pub use layer::{AllowText, InlineMode, Layer, Level, Origin, PathRules, PolicyRules, Setting};
pub use merge::merge;
pub use parse::bytes as parse_bytes;
pub use rooted::Rooted;
pub use server::{DEFAULT_TIMEOUT, Overrun, SERVER_KEYS, Server, server};
pub use settings::{LeftOut, MinConfidence, OwnRules, Ruling, Settings};
pub use yaml::flat_map;
