//! The catalogue: what stanch knows about vendors, their credentials and how to fix a leak.
//!
//! `rules.yaml` is read by the build script through [`schema`], [`check`] and [`compile`], which emits
//! the statics behind [`embedded`]. A user's own rules take the very same way at run time (`user.rs`).
//! Nothing here reads files, the environment or git.

mod automata;
pub mod by_name;
pub mod check;
pub mod checksum;
pub mod command;
pub mod compile;
mod embedded;
pub mod fault;
mod find;
pub mod generate;
pub mod inherit;
pub mod keywords;
pub mod lists;
pub mod nearest;
pub mod nesting;
pub(crate) mod outline;
mod pack;
mod page;
mod playbook;
mod prose;
pub mod rule;
pub mod sample;
pub mod schema;
pub mod service;
mod shape;
mod spoken;
mod structure;
mod user;

pub use compile::Run;
pub use embedded::{Catalogue, EMBEDDED_SHAPE_BYTES, Keywords, Wake, embedded};
pub use fault::Fault;
pub use lists::{HEAD_RUN, NEAR_LINES, NEAR_SECRET, WordKind, is_run_byte};
pub use page::{About, Examples, Fix, Lazy, Page};
pub use rule::{
    ByName, Check, Companion, Confidence, Detect, Family, GENERIC_VENDOR, Near, Origin, Parser, Public, Rule,
    RuleIx, Scope, Severity, Vendor,
};
pub use service::Service;
pub use shape::{Automaton, Shape};
pub use structure::SCHEMA;

/// An enum as it is written in files and told: the name that it is serialized by.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
