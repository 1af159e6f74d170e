//! Single values as people write them, the same in every place. Errors say what would be right.

use super::fault::unknown;
use super::layer::{InlineMode, Level};
use crate::boolean;
use crate::catalogue::{Confidence, Severity};

pub(super) fn confidence(text: &str) -> Result<Confidence, String> {
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "low" => Confidence::Low,
        "medium" => Confidence::Medium,
        "high" => Confidence::High,
        "certain" => Confidence::Certain,
        other => return Err(unknown("confidence", other, ["low", "medium", "high", "certain"])),
    })
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "off" | "false" => Level::Off,
        "low" => Level::At(Severity::Low),
        "medium" => Level::At(Severity::Medium),
        "high" => Level::At(Severity::High),
        "critical" => Level::At(Severity::Critical),
        other => return Err(unknown("severity", other, ["off", "low", "medium", "high", "critical"])),
    })
}

pub(super) fn inline(text: &str) -> Result<InlineMode, String> {
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "allow" => InlineMode::Allow,
        "bound" => InlineMode::Bound,
        "forbid" => InlineMode::Forbid,
        other => return Err(unknown("value", other, ["allow", "bound", "forbid"])),
    })
}

/// The words that git takes for a boolean.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    boolean::read(text.as_bytes())
        .ok_or_else(|| format!("'{}' is neither true nor false", short(text.trim())))
}

/// Bytes: `500000`, `512k`, `10 MiB`. Units are powers of 1024, as in git.
///
/// # Errors
/// When it is no size, in words.
pub fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim().replace('_', "").to_ascii_lowercase();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => 64,
    };
    number
        .parse::<u64>()
        .ok()
        .filter(|_| shift < 64)
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| format!("'{}' is no size; write for instance 50MiB", short(&text)))
}

/// Days: `90d`, `12w`, `90`.
pub(super) fn days(text: &str) -> Result<u32, String> {
    let text = text.trim().to_ascii_lowercase();
    let (number, times) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(&text), 1),
    };
    number
        .trim()
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(times))
        .filter(|days| (1..=36_525).contains(days))
        .ok_or_else(|| format!("'{}' is no span of days; write for instance 90d", short(&text)))
}

/// A rule id, vendor key: kebab-case.
pub(super) fn rule_id(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = !text.is_empty()
        && text.len() <= 80
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        Ok(text.into())
    } else {
        Err(format!("'{}' is no rule id; `stanch rules list` shows them", short(text)))
    }
}

/// A word that marks a made-up value. Three letters stand in too many real tokens.
pub(super) fn placeholder(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    match text.len() {
        4..=200 => Ok(text),
        0..=3 => Err(format!(
            "placeholder '{text}' is too short: at least 4 letters, or it would hide real secrets"
        )),
        _ => Err("a placeholder has at most 200 bytes".into()),
    }
}

/// A file inside the repository.
pub(super) fn repository_path(text: &str) -> Result<String, String> {
    let path = text.trim().replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':');
    let outside =
        path.is_empty() || path.starts_with('/') || drive || path.split('/').any(|part| part == "..");
    let git = path.split('/').next().is_some_and(|part| part.eq_ignore_ascii_case(".git"));
    if outside || git || path.contains(['\0', '\n']) {
        return Err(format!("'{}' must be a file inside the repository, named from its root", short(&path)));
    }
    Ok(path)
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes("500000"), Ok(500_000));
        assert_eq!(bytes("512k"), Ok(512 << 10));
        assert_eq!(bytes("10 MiB"), Ok(10 << 20));
        assert_eq!(bytes("2GB"), Ok(2 << 30));
        for wrong in ["", "-1", "10x", "99999999999999999999", "99999999999g", "k"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans() {
        assert_eq!(days("90d"), Ok(90));
        assert_eq!(days("2w"), Ok(14));
        assert!(days("0").is_err());
        assert!(days("4294967295w").is_err());
    }

    #[test]
    fn a_baseline_stays_in_the_repository() {
        assert_eq!(repository_path(".stanch-baseline"), Ok(".stanch-baseline".into()));
        assert_eq!(repository_path("a\\b"), Ok("a/b".into()));
        for wrong in ["/etc/passwd", "../x", "a/../../x", "C:\\x", "", ".git/config"] {
            assert!(repository_path(wrong).is_err(), "{wrong}");
        }
    }
}
