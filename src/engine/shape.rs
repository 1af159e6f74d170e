//! Shapes: where a token may start, what the automata of the rules confirm, and the forms that vendors' secrets have.

pub(in crate::engine) mod claim;
pub(in crate::engine) mod companion;
pub(in crate::engine) mod confirm;
pub(in crate::engine) mod form;
pub(in crate::engine) mod probe;
pub(in crate::engine) mod tokens;
