//! One command line of a scenario into words, and regular expressions over what a program printed.

#[cfg(unix)]
use std::ffi::OsString;

use regex_automata::dfa::regex::Regex;
use regex_automata::util::syntax;

/// Splits at blanks. `'…'` is literal; `"…"` knows `\n \t \r \\ \" \0 \xHH`; an unquoted `#` after a
/// blank starts a comment. Words are bytes: a path may be no UTF-8.
pub(crate) fn split(line: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' => words.extend(word.take()),
            b'#' if word.is_none() => break,
            b'\'' => {
                let into = word.get_or_insert_default();
                loop {
                    match bytes.next().ok_or("a ' is not closed")? {
                        b'\'' => break,
                        inner => into.push(inner),
                    }
                }
            }
            b'"' => {
                let into = word.get_or_insert_default();
                loop {
                    match bytes.next().ok_or("a \" is not closed")? {
                        b'"' => break,
                        b'\\' => into.push(escape(&mut bytes)?),
                        inner => into.push(inner),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn escape(bytes: &mut impl Iterator<Item = u8>) -> Result<u8, String> {
    let mut next = || bytes.next().ok_or("a \\ ends the line");
    Ok(match next()? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'0' => 0,
        b'x' => {
            let digits = [next()?, next()?];
            let digits = std::str::from_utf8(&digits).map_err(|e| e.to_string())?;
            u8::from_str_radix(digits, 16).map_err(|e| format!("\\x{digits}: {e}"))?
        }
        other => other,
    })
}

/// Bytes as an argument or a path.
#[cfg(unix)]
pub(crate) fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

/// Whether `pattern` (bytes, `^` and `$` at line ends) occurs in `text`.
pub(crate) fn occurs(pattern: &str, text: &[u8]) -> Result<bool, String> {
    let syntax = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
    let regex =
        Regex::builder().syntax(syntax).build(pattern).map_err(|why| format!("`{pattern}`: {why}"))?;
    Ok(regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::{occurs, split};

    fn words(line: &str) -> Vec<String> {
        split(line).unwrap().into_iter().map(|w| String::from_utf8_lossy(&w).into_owned()).collect()
    }

    #[test]
    fn words_are_quoted_like_in_a_shell() {
        assert_eq!(words("git commit -m 'two words' # why"), ["git", "commit", "-m", "two words"]);
        assert_eq!(words(r#"write "a\nb\x41" '' a#b"#), ["write", "a\nbA", "", "a#b"]);
        assert_eq!(split(r#""\xff""#).unwrap(), [[0xff]]);
        assert!(split("'open").is_err());
    }

    #[test]
    fn patterns_match_lines() {
        assert!(occurs("^b.*c$", b"a\nb-c\nd").unwrap());
        assert!(!occurs("^c", b"a\nb-c\nd").unwrap());
    }
}
