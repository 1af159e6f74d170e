//! Any bytes on their way to a terminal: no control character, no change of direction gets there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::escape;

fuzz_target!(|bytes: &[u8]| {
    let shown = [escape::visible_bytes(bytes), escape::visible(&String::from_utf8_lossy(bytes))];
    for text in shown {
        assert!(!text.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
    }
});
