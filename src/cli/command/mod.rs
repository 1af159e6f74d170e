//! One file a subcommand: its arguments, and the wiring.

pub(super) mod hook;
pub(super) mod scan;
