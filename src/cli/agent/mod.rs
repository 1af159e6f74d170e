//! What coding agents tell a hook, and what they want to hear: JSON in, JSON out. Nothing here reads or writes.

mod characters;
pub(in crate::cli) mod payload;
pub(in crate::cli) mod reply;
pub(in crate::cli) mod shell;
