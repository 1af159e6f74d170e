//! Any text as the allow list of `.stanch.yaml` and as a baseline.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::finding::allowlist::{self, AllowList};
use stanch::finding::baseline::Baseline;

fuzz_target!(|bytes: &[u8]| {
    let baseline = Baseline::new(bytes);
    let _ = (baseline.entries().count(), baseline.faults(), baseline.find("aaaa", "x"));
    let text = format!("allow:\n{}", String::from_utf8_lossy(bytes));
    if let Ok(layer) = stanch::config::stanch_yaml(text.as_bytes(), ".stanch.yaml") {
        let allow: Vec<_> = layer.allow.into_iter().collect();
        let _ = AllowList::read(&allow);
        let _ = allowlist::remove(&text, "aaaa-bbbb-cccc-dddd");
        let _ = allowlist::prune(&text, |entry| entry.line().len() % 2 == 0);
    }
});
