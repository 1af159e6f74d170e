//! What speaks against a secret: it is public by design, a digest, the token of one payment, a node's key, or stands where
//! nothing is secret.

pub(in crate::engine) mod counter;
pub(in crate::engine) mod dismiss;
pub(in crate::engine) mod evidence;
pub(in crate::engine) mod instead;
mod payment;
pub(in crate::engine) mod public;
pub(in crate::engine) mod record;
pub(in crate::engine) mod spot;
pub(in crate::engine) mod table;
