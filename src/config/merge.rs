//! All layers into one, each value with its origin.

use super::globs::Globs;
use super::layer::{Layer, Origin, Setting};
use super::settings::{MinConfidence, Settings, default_paths};
use crate::limits::DEFAULT_MAX_BYTES;

/// Puts the layers together. `policy` is the organisation's; then the repository's file, git config,
/// environment and flags, in that order in `layers`. Lists add up, of single values the last wins, of
/// `policy:` rules the strictest. What the policy locks, only the policy sets; each attempt is kept in
/// [`Settings::overruled`] to be told.
pub fn merge(policy: Option<Layer>, layers: Vec<Layer>) -> Settings {
    let mut settings = Settings::default();
    // Larger files are only searched for kinds that need no context.
    settings.max_bytes.value = DEFAULT_MAX_BYTES;
    settings.baseline.value = ".stanch-baseline".into();
    settings.paths = default_paths();
    let mut locked: Vec<Setting<String>> = Vec::new();
    if let Some(policy) = policy {
        locked.clone_from(&policy.lock);
        take(&mut settings, policy, &[]);
    }
    for layer in layers {
        take(&mut settings, layer, &locked);
    }
    settings.locked = locked;
    settings
}

fn take(settings: &mut Settings, layer: Layer, locked: &[Setting<String>]) {
    settings.policy.tighten(&layer.policy);
    let mut gate = Gate { locked, overruled: &mut settings.overruled };
    gate.list("disable", &mut settings.disable, layer.disable);
    gate.list("severity", &mut settings.severity, layer.severity);
    gate.list("paths", &mut settings.paths, layer.paths);
    gate.list("placeholders", &mut settings.placeholders, layer.placeholders);
    gate.globs("exclude", &mut settings.exclude, &mut settings.exclude_origins, layer.exclude);
    gate.globs("include", &mut settings.include, &mut settings.include_origins, layer.include);
    let least = layer.min_confidence.map(|least| Setting::new(MinConfidence(least.value), least.origin));
    gate.one("min-confidence", &mut settings.min_confidence, least);
    gate.one("max-bytes", &mut settings.max_bytes, layer.max_bytes);
    gate.one("baseline", &mut settings.baseline, layer.baseline);
    gate.one("strict", &mut settings.strict, layer.strict);
    if let Some(rules) = layer.rules {
        gate.list("rules", &mut settings.rules, vec![rules]);
    }
    if let Some(allow) = layer.allow {
        let origin = Origin::File { file: allow.file.clone(), line: allow.first_line.saturating_sub(1) };
        let mut taken = Vec::new();
        gate.list("allow", &mut taken, vec![Setting::new(allow, origin)]);
        settings.allow.extend(taken.into_iter().map(|setting| setting.value));
    }
}

/// Lets through what is not locked, and remembers the rest.
struct Gate<'s> {
    locked: &'s [Setting<String>],
    overruled: &'s mut Vec<Setting<String>>,
}

impl Gate<'_> {
    fn open(&mut self, key: &str, origin: &Origin) -> bool {
        let Some(lock) = self.locked.iter().find(|lock| lock.value == key) else { return true };
        let message = format!("{key} is fixed by {}; what {origin} says does not count", lock.origin);
        self.overruled.push(Setting::new(message, origin.clone()));
        false
    }

    fn one<T>(&mut self, key: &str, slot: &mut Setting<T>, value: Option<Setting<T>>) {
        if let Some(value) = value
            && self.open(key, &value.origin)
        {
            *slot = value;
        }
    }

    fn list<T>(&mut self, key: &str, slot: &mut Vec<Setting<T>>, values: Vec<Setting<T>>) {
        if let Some(first) = values.first()
            && self.open(key, &first.origin)
        {
            slot.extend(values);
        }
    }

    fn globs(
        &mut self,
        key: &str,
        globs: &mut Globs,
        origins: &mut Vec<Origin>,
        values: Vec<Setting<String>>,
    ) {
        let Some(first) = values.first() else { return };
        if !self.open(key, &first.origin) {
            return;
        }
        for value in values {
            // Every layer has checked its patterns; one that slipped through excludes nothing.
            if globs.push(value.value).is_ok() {
                origins.push(value.origin);
            }
        }
    }
}
