//! Any bytes through the engine: the whole catalogue, decoders and parsers included.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::engine::{self, FileHint, Scanner};

fuzz_target!(|bytes: &[u8]| {
    let (name, bytes) = bytes.split_at(bytes.len().min(8));
    let text = engine::as_text(bytes);
    let mut end = 0;
    for candidate in Scanner::new(stanch::catalogue::embedded()).scan(&text, FileHint::new(name)) {
        // Two secrets may hide in one run of base64.
        let is_apart = candidate.range.start >= end || candidate.decoded.is_some() && candidate.range.end == end;
        assert!(is_apart && candidate.range.end <= text.len());
        end = candidate.range.end;
    }
    stanch::finding::inline::markers(&text, name);
});
