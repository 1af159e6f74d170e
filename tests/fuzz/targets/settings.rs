//! Any bytes as `.stanch.yaml` and as an organisation's policy, own rules included.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::{catalogue, config};

fuzz_target!(|bytes: &[u8]| {
    let _ = config::policy_file(bytes, "policy.yaml");
    if let Ok(layer) = config::stanch_yaml(bytes, ".stanch.yaml")
        && let Some(rules) = layer.rules
    {
        let _ = catalogue::embedded().with_user(&rules.value, ".stanch.yaml");
    }
});
