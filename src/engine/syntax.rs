//! How values are written: literals, what encloses them, what stands beside, above and below, and how a name gets a value
//! though more than a sign stands between.

pub(in crate::engine) mod annotation;
pub(in crate::engine) mod below;
pub(in crate::engine) mod body;
pub(in crate::engine) mod bracket;
pub(in crate::engine) mod element;
pub(in crate::engine) mod enclosing;
pub(in crate::engine) mod fed;
pub(in crate::engine) mod flow;
pub(in crate::engine) mod given;
pub(in crate::engine) mod heading;
pub(in crate::engine) mod label;
pub(in crate::engine) mod lexer;
pub(in crate::engine) mod literal;
pub(in crate::engine) mod neighbour;
pub(in crate::engine) mod row;
pub(in crate::engine) mod siblings;
pub(in crate::engine) mod trivia;
