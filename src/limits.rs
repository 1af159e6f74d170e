//! Limits that several layers go by.

/// 50 MiB: no file that a person writes is larger.
pub const DEFAULT_MAX_BYTES: u64 = 50 << 20;
