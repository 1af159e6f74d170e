//! JSON documents, written while they are made: a list of a hundred thousand findings is never held whole.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::escape::visible_json;

/// A list whose items are made one at a time.
pub(super) struct Each<F>(pub(super) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Writes the document indented, as [`visible_json`] makes it, and ends the line.
///
/// # Errors
/// Those of the writer.
pub(super) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Visible(out), document)?;
    writeln!(out)
}

/// Makes visible what passes through.
struct Visible<'o>(&'o mut dyn Write);

impl Write for Visible<'_> {
    /// Takes all of `bytes`; the serializer cuts no character in two.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
            self.0.write_all(bytes)?;
        } else {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.0.write_all(visible_json(text).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Each, visible_json, write};

    #[test]
    fn as_if_it_had_been_made_whole() {
        let items = ["a", "\u{202e}\u{1b}\u{e0041}é\n\"\\", ""];
        let whole = json!({ "list": items, "none": [] });
        let none: [&str; 0] = [];
        #[derive(serde::Serialize)]
        struct Document<A, B> {
            list: A,
            none: B,
        }
        let mut out = Vec::new();
        let lazy =
            Document { list: Each(|| items.iter().map(|item| json!(item))), none: Each(|| none.iter()) };
        write(&mut out, &lazy).expect("memory takes what it is given");
        let whole = format!("{}\n", visible_json(&serde_json::to_string_pretty(&whole).expect("JSON")));
        assert_eq!(String::from_utf8(out).expect("JSON is UTF-8"), whole);
    }
}
