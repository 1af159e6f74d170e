//! All layers into one, each value with its origin.

use super::globs::Globs;
use super::keys::{LOCKS, Part};
use super::layer::{Layer, Origin, Setting};
use super::settings::{MinConfidence, OwnRules, Settings, default_paths};
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

fn take(settings: &mut Settings, mut layer: Layer, locked: &[Setting<String>]) {
    settings.policy.tighten(&layer.policy);
    settings.overruled.extend(hold(&mut layer, locked));
    settings.disable.extend(layer.disable.into_iter().chain(layer.rules_disable));
    settings.severity.extend(layer.severity);
    settings.paths.extend(layer.paths);
    settings.placeholders.extend(layer.placeholders);
    globs(&mut settings.exclude, &mut settings.exclude_origins, layer.exclude);
    globs(&mut settings.include, &mut settings.include_origins, layer.include);
    let least = layer.min_confidence.map(|least| Setting::new(MinConfidence(least.value), least.origin));
    one(&mut settings.min_confidence, least);
    one(&mut settings.max_bytes, layer.max_bytes);
    one(&mut settings.baseline, layer.baseline);
    one(&mut settings.strict, layer.strict);
    settings.rules.extend(layer.rules.map(|rules| {
        let lock = lock_on(Part::Replacement, locked).cloned();
        Setting::new(OwnRules { text: rules.value, lock }, rules.origin)
    }));
    settings.allow.extend(layer.allow);
}

/// Takes out of a layer what the policy has kept for itself; each attempt in words.
fn hold(layer: &mut Layer, locked: &[Setting<String>]) -> Vec<Setting<String>> {
    let mut overruled = Vec::new();
    for (part, name) in Part::ALL {
        let Some(lock) = lock_on(*part, locked) else { continue };
        if let Some(origin) = layer.take_out(*part) {
            overruled.push(overruling(name, name, origin, lock));
        }
    }
    overruled
}

/// The lock that keeps a part for the policy.
fn lock_on(part: Part, locked: &[Setting<String>]) -> Option<&Setting<String>> {
    locked.iter().find(|lock| LOCKS.iter().any(|(key, parts)| *key == lock.value && parts.contains(&part)))
}

/// What is told of something that `origin` said under a key, and that the lock keeps for the policy.
pub(super) fn overruling(what: &str, key: &str, origin: Origin, lock: &Setting<String>) -> Setting<String> {
    // The lock is named where it is on another key.
    let by = if lock.value == key { String::new() } else { format!(" (lock: {})", lock.value) };
    let message = format!("{what} is fixed by {}{by}; what {origin} says does not count", lock.origin);
    Setting::new(message, origin)
}

fn one<T>(slot: &mut Setting<T>, value: Option<Setting<T>>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn globs(globs: &mut Globs, origins: &mut Vec<Origin>, values: Vec<Setting<String>>) {
    for value in values {
        // Every layer has checked its patterns; one that slipped through excludes nothing.
        if globs.push(value.value).is_ok() {
            origins.push(value.origin);
        }
    }
}
