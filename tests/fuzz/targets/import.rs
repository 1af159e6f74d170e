//! Any text as another tool's file.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use stanch::config::import::Format;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for name in [".gitleaksignore", ".gitleaks.toml", ".secrets.baseline", ".talismanrc", ".gitallowed"] {
        let _ = Format::of_name(Path::new(name)).expect("a name that import knows").read(&text);
    }
});
