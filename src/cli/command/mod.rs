//! One file a subcommand: its arguments, and the wiring.

pub(super) mod agent;
pub(super) mod allow;
mod audit;
pub(super) mod baseline;
pub(super) mod ci;
pub(super) mod explain;
pub(super) mod hook;
pub(super) mod import;
pub(super) mod install;
pub(super) mod manual;
mod meant;
pub(super) mod merge;
mod message;
mod receive;
pub(super) mod rules;
pub(super) mod scan;
pub(super) mod stopped;
