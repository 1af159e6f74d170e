//! Any bytes as git's index.

#![no_main]

use gix_hash::Kind;
use libfuzzer_sys::fuzz_target;
use stanch::source::index;

fuzz_target!(|bytes: &[u8]| {
    for hash in [Kind::Sha1, Kind::Sha256] {
        let _ = index::contents(bytes, hash);
        let _ = index::cached_root(&bytes[..bytes.len().min(12)], bytes, hash);
    }
});
