//! What is wrong with a setting, with the place and the way out.

use std::fmt;

use crate::order;

/// One thing that is wrong, where it stands, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// File, `git config stanch.x` or the variable's name.
    pub origin: String,
    /// 1-based; 0 where lines mean nothing.
    pub line: u32,
    /// For a person.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.origin, self.message),
            line => write!(f, "{}:{line}: {}", self.origin, self.message),
        }
    }
}

/// Every fault of an input, in the order of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, origin: &str, line: u32, message: impl Into<String>) {
        self.0.push(Fault { origin: origin.into(), line, message: message.into() });
    }

    /// One fault of a whole file.
    pub fn one(origin: &str, message: impl Into<String>) -> Faults {
        let mut faults = Faults::default();
        faults.add(origin, 0, message);
        faults
    }

    /// `value` if nothing was wrong.
    pub(crate) fn or<T>(mut self, value: T) -> Result<T, Faults> {
        if self.0.is_empty() {
            return Ok(value);
        }
        order::by_key(&mut self.0, |fault| fault.line);
        self.0.dedup();
        Err(self)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

pub use crate::catalogue::nearest::{nearest, unknown};
