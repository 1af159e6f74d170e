//! What reads a variable in Rust, by what takes the string there: a reference, bytes, a macro, a static.

use super::language::Instead;
use super::line::Line;

/// Macros that take a format.
const FORMATS: [&str; 18] = [
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "panic",
    "format_args",
    "anyhow",
    "bail",
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "todo",
    "unreachable",
];
/// Calls that take anything, and keep what it is.
const KEEPING: [&str; 7] = ["Some", "Ok", "Err", "insert", "push", "Borrowed", "from_static"];

/// The expression, and what to know of it.
pub(super) fn read(line: &Line, variable: &str) -> Instead {
    let value = format!("std::env::var(\"{variable}\").expect(\"{variable}\")");
    let lower = variable.to_ascii_lowercase();
    let outer = line.outer();
    let told = |code: String, remark: String| Instead { code, remark };
    let (call, arguments) = called(outer);
    if line.declares("const") || line.declares("static") {
        let remark = "for a static LazyLock<String>; needs use std::sync::LazyLock";
        let value = format!("std::env::var(\"{variable}\").unwrap()");
        return match line.is_part() {
            true => told("{}".to_owned(), format!("in LazyLock::new(|| format!(\"…\", {value})), {remark}")),
            false => told(format!("LazyLock::new(|| {value})"), remark.to_owned()),
        };
    }
    match call.strip_suffix('!') {
        Some("concat") => {
            return told(
                value,
                "format!(\"…{}…\", …) in the place of concat!, which takes literals".to_owned(),
            );
        }
        Some(name) if FORMATS.contains(&name) && !arguments.contains('"') => {
            let quote = if line.is_part() { "" } else { "\"" };
            let remark = format!("with {lower} = {value} as the last argument of {name}!");
            return told(format!("{quote}{{{lower}}}{quote}"), remark);
        }
        Some(name) if FORMATS.contains(&name) && !line.is_part() => return told(value, String::new()),
        _ => {}
    }
    let close = line.literal.as_ref().map_or("", |literal| &*literal.delimiter.close);
    let is_bytes = line.literal.as_ref().is_some_and(|literal| literal.prefix == "b");
    let is_called = line.behind().starts_with('.')
        || line.after.strip_prefix(close).is_some_and(|rest| rest.starts_with('.'));
    let by = if is_called { "" } else { "&" };
    let bytes = if is_bytes { ".into_bytes()" } else { "" };
    if line.is_part() {
        return told("{}".to_owned(), format!("in {by}format!(\"…\", {value}){bytes}"));
    }
    let is_lent = match call {
        "" => outer.trim_end().ends_with('=') && line.declares("let") && !outer.contains("&'static"),
        _ => !call.ends_with('!') && !KEEPING.contains(&call),
    };
    match is_called || is_lent || is_bytes {
        true => told(format!("{by}{value}{bytes}"), String::new()),
        // Wanted as long as a literal lives.
        false => told(format!("&*{value}.leak()"), String::new()),
    }
}

/// What is called with what stands last in the text, and its arguments before that.
fn called(outer: &str) -> (&str, &str) {
    let mut depth = 0_u32;
    for (at, c) in outer.char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '{' | ';' if depth == 0 => break,
            '(' | '[' if depth == 0 => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '!');
                let name = outer[..at].rsplit(|c| !is_name(c)).next().unwrap_or_default();
                // A list in a call.
                return if name.is_empty() { ("[]!", "") } else { (name, &outer[at + 1..]) };
            }
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
    }
    ("", "")
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn what_takes_the_string_is_found() {
        for (outer, call) in [
            ("let k = f(", "f"),
            ("let k = a.f(b(1), ", "f"),
            ("vec![", "vec!"),
            ("fn a() { ", ""),
            ("fn a(b: &str) -> &str { ", ""),
            ("println!(", "println!"),
            ("let k = Some(", "Some"),
            ("let k = [", "[]!"),
            ("A { k: ", ""),
        ] {
            assert_eq!(called(outer).0, call, "{outer}");
        }
    }
}
