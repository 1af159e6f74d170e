//! What lies in a file that holds other files, as plain types: what a report says about the way there.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use super::Place;

/// What stands between the path of a file and the path of a member in it.
pub const SEPARATOR: &[u8] = b"!/";

/// The way to something inside a file.
///
/// The path of such a thing names the whole way: `app.jar!/config/prod.env`. The names behind the
/// separator are whatever an archive holds; nothing is ever opened or written by them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Inside {
    /// Where the outermost file is.
    pub of: Place,
    /// Its path, which is where the path of the thing inside begins.
    pub outer: BString,
    /// The part of a container image it belongs to.
    pub in_image: Option<InImage>,
    /// The cells of a notebook.
    pub cells: Cells,
}

/// The cells of a notebook, in order. All places in it share them, and they say nothing of where it is: two places that
/// differ in them alone are one.
#[derive(Debug, Clone, Default)]
pub struct Cells(Arc<[Cell]>);

impl From<Vec<Cell>> for Cells {
    fn from(cells: Vec<Cell>) -> Cells {
        Cells(cells.into())
    }
}

impl PartialEq for Cells {
    fn eq(&self, _: &Cells) -> bool {
        true
    }
}

impl Eq for Cells {}

impl Hash for Cells {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// A part of a container image.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum InImage {
    /// Its configuration: variables, commands, labels.
    Config {
        /// The image's name, where it has one.
        image: String,
    },
    /// A layer.
    Layer(Layer),
}

/// A layer of a container image, as seen from a file in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Layer {
    /// The image's name, where it has one.
    pub image: String,
    /// Its number, from 1 at the bottom.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Its digest, `sha256:…`.
    pub digest: String,
    /// The instruction that made it, without its arguments: those may hold secrets.
    pub made_by: String,
    /// Number of that instruction in the image's history, from 1; 0 when it is not recorded.
    pub entry: usize,
    /// What became of the file.
    pub later: Option<Later>,
}

/// What a later layer did to a file, which is in the image all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Later {
    /// Deleted in the layer of this number.
    Deleted(usize),
    /// Written again in the layer of this number.
    Replaced(usize),
}

/// A piece of a notebook's cell: a line of its source, or an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Line and column where it starts in the file, from 1, in bytes.
    pub start: (u32, u32),
    /// Line and column after it.
    pub end: (u32, u32),
    /// Number of the cell, from 1.
    pub number: u32,
    /// Line of the source, from 1; 0 where that is not known.
    pub line: u32,
    /// Whether it is an output.
    pub is_output: bool,
    /// What its lines are written in: `markdown`, `raw`, what `%%` names, or the language of the kernel where that is
    /// known.
    pub language: &'static str,
}

impl Inside {
    /// Something at the top of the file `outer`, which is at `of`.
    pub(super) fn new(of: Place, outer: BString) -> Inside {
        Inside { of, outer, in_image: None, cells: Cells::default() }
    }

    /// The part of `path` that lies inside the outer file; empty for the file itself.
    pub fn member<'p>(&self, path: &'p BStr) -> &'p BStr {
        let rest = path.strip_prefix(self.outer.as_slice()).unwrap_or_default();
        rest.strip_prefix(SEPARATOR).unwrap_or(rest).as_bstr()
    }

    /// The cell that line and column of a notebook belong to.
    pub fn cell(&self, line: u32, column: u32) -> Option<Cell> {
        let cells = &self.cells.0;
        let at = cells.partition_point(|cell| cell.start <= (line, column)).checked_sub(1)?;
        cells.get(at).copied().filter(|cell| (line, column) < cell.end)
    }

    /// What a person wants to know of the place beside the path, which is in line `line`, column `column`.
    pub fn note(&self, line: u32, column: u32) -> Option<String> {
        if let Some(cell) = self.cell(line, column) {
            return Some(match (cell.is_output, cell.line) {
                (true, _) => format!("an output of cell {}", cell.number),
                (false, 0) => format!("cell {}", cell.number),
                (false, line) => format!("cell {}, line {line}", cell.number),
            });
        }
        let named = |image: &str| match image {
            "" => String::new(),
            image => format!(" of {image}"),
        };
        match self.in_image.as_ref()? {
            InImage::Config { image } => {
                Some(format!("the configuration of the image{}", named(image).replacen(" of", "", 1)))
            }
            InImage::Layer(layer) => {
                // An image says what it likes: its digests may be no digests, and no ASCII.
                let digest: String = layer.digest.chars().take("sha256:".len() + 12).collect();
                let mut note =
                    format!("layer {}/{}{} ({digest})", layer.number, layer.of, named(&layer.image));
                if !layer.made_by.is_empty() {
                    note.push_str(&format!(", by `{}`, entry {} of its history", layer.made_by, layer.entry));
                }
                match layer.later {
                    Some(Later::Deleted(by)) => {
                        note.push_str(&format!("; deleted in layer {by}, still in the image"))
                    }
                    Some(Later::Replaced(by)) => {
                        note.push_str(&format!("; replaced in layer {by}, still in the image"))
                    }
                    None => {}
                }
                Some(note)
            }
        }
    }
}

/// The path of `name` inside `path`.
pub(super) fn join(path: &BStr, name: &[u8]) -> BString {
    [path, SEPARATOR, name].concat().into()
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::{Cell, InImage, Inside, Layer, Place};

    #[test]
    fn a_digest_that_is_no_ascii() {
        let layer = Layer {
            image: String::new(),
            number: 1,
            of: 1,
            digest: "sha256:0123456789aéb".to_owned(),
            made_by: String::new(),
            entry: 0,
            later: None,
        };
        let mut inside = Inside::new(Place::File, "image.tar".into());
        inside.in_image = Some(InImage::Layer(layer));
        assert_eq!(inside.note(1, 1).as_deref(), Some("layer 1/1 (sha256:0123456789aé)"));
    }

    /// A place is a key of tables. With its cells, each look into one went over the whole notebook.
    #[test]
    fn a_place_is_the_same_whatever_cells_its_notebook_has() {
        let cell =
            Cell { start: (1, 1), end: (1, 9), number: 1, line: 1, is_output: false, language: "python" };
        let plain = Inside::new(Place::Staged, "a.ipynb".into());
        let full = Inside { cells: vec![cell; 3].into(), ..plain.clone() };
        let number = |inside: &Inside| {
            let mut hasher = DefaultHasher::new();
            inside.hash(&mut hasher);
            hasher.finish()
        };
        assert!(plain == full && number(&plain) == number(&full));
        assert!(full.cell(1, 3).is_some() && plain.cell(1, 3).is_none());
        assert!(std::sync::Arc::ptr_eq(&full.cells.0, &full.clone().cells.0), "all places share them");
    }
}
