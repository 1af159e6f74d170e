//! stanch stops hard-coded secrets before git records or publishes them, and says how to fix the leak.
//!
//! Data flows one way, and the modules below are listed in that order:
//!
//! ```text
//! bytes ──► candidates ──► findings ──► advice ──► report
//! source     engine        finding      advice     report
//!               ▲
//!           catalogue  ◄── rules.yaml (embedded at build time) and the user's rules (same schema)
//! ```
//!
//! `config` knows what the user asked for, `install` places and checks the hooks, `cli` wires it all
//! together. What all of them may use stands beside: `boolean`, `escape`, `numbers` and `limits` hold what people write
//! and read, `order` sorts, `memmem` finds a text, `part` tells where a part of one stands, and `lanes` looks at many bytes at
//! once. Nothing imports to the right
//! of itself; `tests/architecture.rs` holds that.

pub mod advice;
mod boolean;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod engine;
pub mod escape;
pub mod finding;
pub mod install;
mod lanes;
mod limits;
mod memmem;
mod numbers;
mod order;
mod part;
pub mod report;
pub mod source;
