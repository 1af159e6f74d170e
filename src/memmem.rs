//! The search for a text in another, which stands in the program once.
//!
//! The compiler makes `memchr::memmem::find` part of each function that calls it: a kilobyte at each of seventy.

/// Where `needle` stands first in `bytes`.
#[inline(never)]
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}
