//! Adds to a list in the text of `.stanch.yaml` and leaves everything else as it is.

use super::file::stanch_yaml;
use super::layer::{Layer, Setting};

/// Adds what is missing to the top-level list `key` (`exclude`, `placeholders` or `disable`).
///
/// # Errors
/// In words, when the list is written in a way that only its author should change.
pub fn add_to_list(text: &str, key: &str, items: &[String]) -> Result<String, String> {
    let there = values(text, key)?;
    let missing: Vec<String> = items
        .iter()
        .filter(|item| !there.contains(item))
        .map(|item| serde_json::Value::from(item.as_str()).to_string())
        .collect();
    if missing.is_empty() {
        return Ok(text.to_owned());
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let new = match text.lines().position(|line| is_key(line, key)) {
        None => {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { line_end };
            let lines: String = missing.iter().map(|item| format!("  - {item}{line_end}")).collect();
            format!("{text}{gap}{key}:{line_end}{lines}")
        }
        Some(at) => into(text, at, key, &missing, line_end),
    };
    // Whatever the text looked like, it must now say just this.
    let expected: Vec<String> =
        there.iter().chain(items.iter().filter(|item| !there.contains(item))).cloned().collect();
    match values(&new, key) {
        Ok(now) if now.len() == expected.len() && expected.iter().all(|item| now.contains(item)) => Ok(new),
        _ => Err(format!(
            "the list of {key}: is written in a way that cannot be added to; add {}",
            missing.join(", ")
        )),
    }
}

fn values(text: &str, key: &str) -> Result<Vec<String>, String> {
    let layer: Layer = stanch_yaml(text.as_bytes(), ".stanch.yaml").map_err(|faults| faults.to_string())?;
    let list: Vec<Setting<String>> = match key {
        "exclude" => layer.exclude,
        "placeholders" => layer.placeholders,
        _ => layer.disable,
    };
    Ok(list.into_iter().map(|item| item.value).collect())
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

/// Adds to the list whose key stands on line `at`.
fn into(text: &str, at: usize, key: &str, missing: &[String], line_end: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let rest = lines[at][key.len() + 1..].trim().to_owned();
    let (value, comment) = match rest.find(" #") {
        Some(sign) => (rest[..sign].trim(), format!("  {}", rest[sign..].trim())),
        None if rest.starts_with('#') => ("", format!(" {rest}")),
        None => (rest.as_str(), String::new()),
    };
    let inner = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match inner {
        Some(inner) => {
            let comma = if inner.trim().is_empty() { "" } else { ", " };
            lines[at] = format!("{key}: [{}{comma}{}]{comment}", inner.trim(), missing.join(", "));
        }
        None if !value.is_empty() => lines[at] = format!("{key}: [{value}, {}]{comment}", missing.join(", ")),
        None => {
            let is_item = |line: &String| line.trim_start().starts_with("- ") || line.trim() == "-";
            let belongs = |line: &String| line.starts_with([' ', '-']) || line.trim().is_empty();
            let end = at + 1 + lines[at + 1..].iter().take_while(|line| belongs(line)).count();
            let last = (at + 1..end).rev().find(|&line| is_item(&lines[line]));
            let indent = last.map_or(2, |line| lines[line].len() - lines[line].trim_start().len());
            let new = missing.iter().map(|item| format!("{}- {item}", " ".repeat(indent)));
            let place = last.map_or(at, |line| line) + 1;
            lines.splice(place..place, new);
        }
    }
    lines.join(line_end) + line_end
}

#[cfg(test)]
mod tests {
    use super::add_to_list;

    #[test]
    fn a_list_grows_in_the_form_it_has() {
        let add = |text: &str| add_to_list(text, "exclude", &["a/".into(), "b".into()]);
        for (text, expected) in [
            ("", "exclude:\n  - \"a/\"\n  - \"b\"\n"),
            ("strict: true", "strict: true\nexclude:\n  - \"a/\"\n  - \"b\"\n"),
            ("exclude: [a/] # ours\n", "exclude: [a/, \"b\"]  # ours\n"),
            ("exclude: []\nstrict: true\n", "exclude: [\"a/\", \"b\"]\nstrict: true\n"),
            ("exclude: c\n", "exclude: [c, \"a/\", \"b\"]\n"),
            (
                "exclude:\n- c # why\n\nstrict: true\n",
                "exclude:\n- c # why\n- \"a/\"\n- \"b\"\n\nstrict: true\n",
            ),
            ("exclude:\r\n    - c\r\n", "exclude:\r\n    - c\r\n    - \"a/\"\r\n    - \"b\"\r\n"),
        ] {
            assert_eq!(add(text).unwrap(), expected, "{text}");
        }
        let both = "exclude: [a/, b]\n";
        assert_eq!(add(both).unwrap(), both);
        assert!(add("exclude: [c,\n  d]\n").unwrap_err().contains("add \"a/\", \"b\""));
        assert!(add("exclud: [c]\n").unwrap_err().contains("did you mean"));
    }
}
