//! Jupyter notebooks: which cell a line of the file belongs to, and what in it is a picture.
//!
//! In: the bytes of a file (nbformat 4, `nbformat.v4.schema.json`). Out: the same bytes with pictures
//! blanked, which are base64 that looks like secrets to anybody; and where the cells stand. Lines and
//! columns stay those of the file.

use std::{borrow::Cow, collections::HashMap};

use bstr::BStr;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::inside::Cell;
use crate::order;
use crate::part::start_in;

/// What is known of a notebook.
pub(super) struct Notebook {
    /// The file with its pictures blanked.
    pub(super) text: Vec<u8>,
    pub(super) cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Document<'d> {
    #[serde(borrow)]
    cells: Vec<Parts<'d>>,
    #[serde(borrow, default)]
    metadata: Option<&'d RawValue>,
}

/// What the kernel says of itself.
#[derive(Deserialize)]
struct Metadata<'d> {
    #[serde(borrow)]
    kernelspec: Kernel<'d>,
}

#[derive(Deserialize)]
struct Kernel<'d> {
    #[serde(borrow, default)]
    language: Cow<'d, str>,
}

#[derive(Deserialize)]
struct Parts<'d> {
    #[serde(borrow, default)]
    cell_type: Cow<'d, str>,
    #[serde(borrow, default)]
    source: Option<&'d RawValue>,
    #[serde(borrow, default)]
    outputs: Option<Vec<&'d RawValue>>,
    #[serde(borrow, default)]
    attachments: Option<HashMap<Cow<'d, str>, Bundle<'d>>>,
}

/// Content by media type.
type Bundle<'d> = HashMap<Cow<'d, str>, &'d RawValue>;

#[derive(Deserialize)]
struct Output<'d> {
    #[serde(borrow, default)]
    data: Option<Bundle<'d>>,
}

/// Whether a file of this name may be one.
pub(super) fn is_named(path: &BStr) -> bool {
    path.ends_with(b".ipynb")
}

/// Reads a notebook; `None` for what is not one.
pub(super) fn read(bytes: &[u8]) -> Option<Notebook> {
    let text = std::str::from_utf8(bytes).ok()?;
    let document: Document<'_> = serde_json::from_str(text).ok()?;
    let at = |raw: &RawValue| {
        let start = start_in(text, raw.get());
        start..start + raw.get().len()
    };
    let mut masked = bytes.to_vec();
    let mut blank = |bundle: &Bundle<'_>| {
        for (_, picture) in bundle.iter().filter(|(kind, _)| is_picture(kind)) {
            // Quotes stay, and so does everything that is no base64: line breaks above all.
            masked[at(picture)]
                .iter_mut()
                .filter(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
                .for_each(|b| *b = b' ');
        }
    };
    let mut pieces: Vec<(std::ops::Range<usize>, Cell)> = Vec::new();
    let kernel = document.metadata.and_then(|raw| serde_json::from_str::<Metadata<'_>>(raw.get()).ok());
    let kernel = kernel.map_or(Cow::Borrowed(""), |metadata| metadata.kernelspec.language);
    for (number, parts) in (1..).zip(&document.cells) {
        let kind = if parts.cell_type == "code" { &kernel } else { &parts.cell_type };
        let language = parts.source.and_then(magic).unwrap_or_else(|| known(kind));
        let cell =
            |number, line, is_output| Cell { start: (0, 0), end: (0, 0), number, line, is_output, language };
        match parts.source.map(|source| (source, serde_json::from_str::<Vec<&RawValue>>(source.get()))) {
            Some((_, Ok(lines))) => {
                pieces.extend((1..).zip(lines).map(|(line, piece)| (at(piece), cell(number, line, false))));
            }
            // All lines in one string.
            Some((source, Err(_))) => pieces.push((at(source), cell(number, 0, false))),
            None => {}
        }
        for output in parts.outputs.iter().flatten() {
            pieces.push((at(output), cell(number, 0, true)));
            if let Ok(Output { data: Some(data) }) = serde_json::from_str(output.get()) {
                blank(&data);
            }
        }
        parts.attachments.iter().flatten().for_each(|(_, bundle)| blank(bundle));
    }
    order::by_key(&mut pieces, |(range, ..)| range.start);
    let mut places = Places { bytes, at: 0, line: 1, line_start: 0 };
    let cells = pieces.into_iter().map(|(range, cell)| {
        let start = places.of(range.start);
        Cell { start, end: places.of(range.end), ..cell }
    });
    let cells = cells.collect();
    Some(Notebook { text: masked, cells })
}

/// What a cell is written in that begins with `%%`, where that is not the language of the kernel.
fn magic(source: &RawValue) -> Option<&'static str> {
    let lines: Result<Vec<Cow<'_, str>>, _> = serde_json::from_str(source.get());
    let first = match lines {
        Ok(lines) => lines.into_iter().next()?.into_owned(),
        Err(_) => serde_json::from_str::<String>(source.get()).ok()?,
    };
    let name = first.strip_prefix("%%")?.split_whitespace().next()?;
    match name {
        "bash" | "sh" | "script" | "!" => Some("sh"),
        "javascript" | "js" => Some("js"),
        "html" | "HTML" => Some("html"),
        "perl" | "ruby" | "sql" | "R" | "julia" => Some(known(name)),
        // Those run the cell as it is.
        "time" | "timeit" | "capture" | "prun" | "python" | "python3" | "pypy" | "memit" | "mprun" => None,
        _ => Some("raw"),
    }
}

/// A word for what cells are written in, among those that advice knows.
fn known(word: &str) -> &'static str {
    ["markdown", "raw", "python", "R", "julia", "perl", "ruby", "sql"]
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or_default()
}

/// Whether content of this type is bytes and no text. SVG is text.
fn is_picture(kind: &str) -> bool {
    let is_bytes = ["image/", "audio/", "video/", "font/"].iter().any(|start| kind.starts_with(start));
    is_bytes && !kind.ends_with("+xml") || kind == "application/pdf" || kind == "application/octet-stream"
}

/// Lines and columns of ascending offsets.
struct Places<'b> {
    bytes: &'b [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

impl Places<'_> {
    fn of(&mut self, offset: usize) -> (u32, u32) {
        for line_break in memchr::memchr_iter(b'\n', &self.bytes[self.at..offset]) {
            self.line += 1;
            self.line_start = self.at + line_break + 1;
        }
        self.at = offset;
        (self.line, u32::try_from(offset - self.line_start).unwrap_or(u32::MAX).saturating_add(1))
    }
}
