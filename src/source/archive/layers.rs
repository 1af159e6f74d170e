//! The files of a container image, layer by layer.
//!
//! A file that a later layer deletes or replaces is still in the image, and anybody who has it can take
//! it out: such files are read like all others, and what became of them is told. For that, layers are
//! read from the top down.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use bstr::{BStr, BString, ByteSlice};

use super::{
    Content, Holder, Limits, Slice, Walk, Whole, Why,
    budget::Budget,
    digest::Digested,
    image::{self, Image, Made, Store},
    kind::{self, Kind},
    rest::Seen,
    rewind::Rewind,
    tar::Cursor,
    texts,
    walk::stem,
};
use crate::source::{
    Flow, Inside, Place,
    inside::{InImage, Later, Layer, join},
    window::Failure,
};

/// A file of this name in a layer deletes the file behind the prefix, in the layers below
/// (image-spec, "Image Layer Filesystem Changeset", whiteouts).
const WHITEOUT: &[u8] = b".wh.";
/// A file of this name deletes all that the layers below have in its directory.
const OPAQUE: &[u8] = b".wh..wh..opq";

impl Walk<'_, '_> {
    /// Looks into the tar of an image, as it is or compressed; `None` when it is not one.
    pub(super) fn image_file(
        &mut self,
        kind: Kind,
        path: &BStr,
        file: Slice<'_>,
    ) -> Option<Result<Flow, Failure>> {
        let of = Holder::outermost(path);
        if kind == Kind::Tar {
            let mut store = Store::in_tar(file)?;
            self.told(path, store.fault());
            let done = self.images(path, &store);
            return Some(self.with_rest(done, of, file, store.seen()));
        }
        let unpacked = Rewind::new(kind, file, Rc::clone(&self.budget))?;
        let mut store = Store::in_packed_tar(&unpacked)?;
        self.told(path, store.fault());
        let done = self.images(path, &store);
        Some(self.with_packed_rest(done, of, file, (&unpacked, store.seen())))
    }

    /// Says what is wrong with the tar of an image.
    fn told(&mut self, path: &BStr, fault: Option<io::Error>) {
        if let Some(err) = fault {
            self.unread(path.to_owned(), Why::Damaged(err));
        }
    }

    /// As [`Walk::with_rest`], for the tar in a compressed file and for that file.
    fn with_packed_rest(
        &mut self,
        done: Result<Flow, Failure>,
        of: Holder<'_>,
        file: Slice<'_>,
        (unpacked, seen): (&Rewind<'_>, Seen),
    ) -> Result<Flow, Failure> {
        let name = join(of.path, stem(of.path));
        let inner = Holder { path: of.path, name: name.as_bstr(), depth: of.depth + 1 };
        // Behind the last member stands the checksum.
        let done = self.with_rest(done, inner, unpacked.slice(), seen);
        if self.settled(of.path, done)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        let outside = self.outside.clone();
        if self.aside(of.name, &outside, &unpacked.aside())? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        let mut seen = Seen::default();
        if self.whole == Whole::Yes {
            seen.add(0, file.length);
        }
        self.rest((of.name, &outside), file, seen)
    }

    /// Looks into an image layout.
    pub(super) fn image_directory(&mut self, path: &BStr, directory: &Path) -> Result<Flow, Failure> {
        self.images(path, &Store::Directory(directory.to_owned()))
    }

    fn images(&mut self, path: &BStr, store: &Store<'_>) -> Result<Flow, Failure> {
        let image::Listed { images, faults, absent, .. } = image::images(store);
        for fault in faults {
            self.unread(path.to_owned(), Why::Missing(fault));
        }
        if !absent.is_empty() {
            const TOLD: usize = 5;
            let mut names = absent.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
            if absent.len() > TOLD {
                names.push_str(&format!(" and {} more", absent.len() - TOLD));
            }
            self.coverage.notes.push(format!("{path}: its index names what is not in it: {names}"));
        }
        let mut used = Vec::new();
        for image in &images {
            let flow = self.image(path, store, image, &mut used)?;
            if flow == Flow::Stop || self.budget.is_spent() {
                return Ok(flow);
            }
        }
        for (name, content) in store.others(&used) {
            let inside = join(path, name.as_bytes());
            let flow = match content {
                Ok(content) => self.item(inside.as_bstr(), inside.as_bstr(), Content::At(content), 1),
                Err(err) => Err(Failure::Read(err)),
            };
            if self.settled(inside.as_bstr(), flow)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    fn image(
        &mut self,
        path: &BStr,
        store: &Store<'_>,
        image: &Image,
        used: &mut Vec<String>,
    ) -> Result<Flow, Failure> {
        let outside = self.place.clone();
        let mut flow = self.config(path, image, used)?;
        let mut above = Above::default();
        for (at, made) in image.layers.iter().enumerate().rev() {
            // Images of one tar share layers.
            if flow == Flow::Stop || self.budget.is_spent() || used.contains(&made.file) {
                continue;
            }
            used.push(made.file.clone());
            let layer = Layer {
                image: image.name.clone(),
                number: at + 1,
                of: image.layers.len(),
                digest: made.digest.clone(),
                made_by: image::shown(&made.made_by),
                entry: made.entry,
                later: None,
            };
            self.overlay = Some(Overlay::new(layer, &outside, above));
            let done = self.layer(path, store, made);
            flow = self.settled(BStr::new(&join(path, made.file.as_bytes())), done)?;
            above = self.overlay.take().map(Overlay::finish).unwrap_or_default();
        }
        self.place = outside;
        Ok(flow)
    }

    fn layer(&mut self, path: &BStr, store: &Store<'_>, made: &Made) -> Result<Flow, Failure> {
        if let Some(overlay) = &self.overlay {
            self.place = Place::Inside(Arc::clone(&overlay.plain));
        }
        match store.get(&made.file).map_err(Failure::Read)? {
            Some(held) => {
                let name = join(path, made.file.as_bytes());
                let blob = Digested::new(&made.file, held.slice());
                let done = self.item(path, BStr::new(&name), Content::At(blob.slice()), 1);
                if matches!(done, Ok(Flow::Stop) | Err(Failure::Call(_))) || self.budget.is_spent() {
                    return done;
                }
                match blob.fault() {
                    Ok(fault) => {
                        fault.into_iter().for_each(|why| self.unread(path.to_owned(), Why::Missing(why)))
                    }
                    // One fault of a layer is told.
                    Err(err) => return done.and(Err(Failure::Read(err))),
                }
                done
            }
            None => {
                let why = match made.is_foreign {
                    true => Why::Closed("foreign layer: kept elsewhere".to_owned()),
                    false => Why::Missing(format!("layer {} is missing from the image", made.digest)),
                };
                self.unread(join(path, made.file.as_bytes()), why);
                Ok(Flow::Continue)
            }
        }
    }

    /// The variables, commands and labels that the image records.
    fn config(&mut self, path: &BStr, image: &Image, used: &mut Vec<String>) -> Result<Flow, Failure> {
        let Some(config) = &image.config else { return Ok(Flow::Continue) };
        if used.contains(&image.config_file) {
            return Ok(Flow::Continue);
        }
        used.push(image.config_file.clone());
        let outside = self.place.clone();
        if let Some(inside) = outside.inside() {
            let in_image = Some(InImage::Config { image: image.name.clone() });
            self.place = Place::Inside(Arc::new(Inside { in_image, ..inside.clone() }));
        }
        let mut flow = Flow::Continue;
        for (name, text) in texts::of(config) {
            let name = join(path, name.as_bytes());
            flow = self.plain(BStr::new(&name), Content::Stream(&mut text.as_slice()))?;
            if flow == Flow::Stop {
                break;
            }
        }
        self.place = outside;
        Ok(flow)
    }
}

/// One layer while it is read, and what those above it did.
pub(super) struct Overlay {
    /// The place of its files that no later layer touched.
    plain: Arc<Inside>,
    layer: Layer,
    above: Above,
    own: Above,
    /// The depth of its tar, once that was opened: archives in it are files of the layer.
    depth: Option<u32>,
}

/// What layers did to paths: each with the number of the lowest layer that did it. Paths are kept as
/// digests, since an image may have a million.
#[derive(Default)]
struct Above {
    deleted: HashMap<u64, usize>,
    replaced: HashMap<u64, usize>,
}

impl Overlay {
    fn new(layer: Layer, outside: &Place, above: Above) -> Overlay {
        let (of, outer) = match outside.inside() {
            Some(inside) => (inside.of.clone(), inside.outer.clone()),
            None => (outside.clone(), BString::default()),
        };
        let in_image = Some(InImage::Layer(layer.clone()));
        let plain = Arc::new(Inside { in_image, ..Inside::new(of, outer) });
        Overlay { plain, layer, above, own: Above::default(), depth: None }
    }

    /// Notes that a tar is opened; the first one is the layer itself.
    pub(super) fn open(&mut self, depth: u32) {
        self.depth.get_or_insert(depth);
    }

    /// The place of a member at `depth`; `None` when it is a mark and no file.
    pub(super) fn place(&mut self, name: &[u8], depth: u32, is_file: bool) -> Option<Place> {
        if self.depth != Some(depth) {
            return Some(Place::Inside(Arc::clone(&self.plain)));
        }
        let name = name.strip_prefix(b"./").unwrap_or(name);
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let (directory, base) = match name.rfind_byte(b'/') {
            Some(at) => (&name[..at], &name[at + 1..]),
            None => (&b""[..], name),
        };
        if base == OPAQUE {
            self.own.deleted.insert(hash(directory, b"/"), self.layer.number);
            return None;
        }
        if let Some(gone) = base.strip_prefix(WHITEOUT) {
            let separator: &[u8] = if directory.is_empty() { b"" } else { b"/" };
            self.own.deleted.insert(hash(&[directory, separator, gone].concat(), b""), self.layer.number);
            return None;
        }
        if is_file {
            self.own.replaced.insert(hash(name, b""), self.layer.number);
        }
        Some(match self.above.later(name) {
            None => Place::Inside(Arc::clone(&self.plain)),
            later => {
                let layer = Layer { later, ..self.layer.clone() };
                Place::Inside(Arc::new(Inside {
                    in_image: Some(InImage::Layer(layer)),
                    ..(*self.plain).clone()
                }))
            }
        })
    }

    /// What the layer below has above it.
    fn finish(self) -> Above {
        let mut above = self.above;
        above.deleted.extend(self.own.deleted);
        above.replaced.extend(self.own.replaced);
        above
    }
}

impl Above {
    /// The first thing that happened to a path, or to a directory that it is in.
    fn later(&self, name: &[u8]) -> Option<Later> {
        if self.deleted.is_empty() && self.replaced.is_empty() {
            return None;
        }
        let parents = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &name[..at]);
        let directories = std::iter::once(&b""[..]).chain(parents);
        let ways = directories.flat_map(|dir| [hash(dir, b"/"), hash(dir, b"")]).chain([hash(name, b"")]);
        let deleted = ways.filter_map(|way| self.deleted.get(&way)).min();
        let replaced = self.replaced.get(&hash(name, b""));
        match (deleted, replaced) {
            (Some(deleted), replaced) if replaced.is_none_or(|replaced| deleted <= replaced) => {
                Some(Later::Deleted(*deleted))
            }
            (_, replaced) => replaced.map(|replaced| Later::Replaced(*replaced)),
        }
    }
}

fn hash(path: &[u8], mark: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (path, mark).hash(&mut hasher);
    hasher.finish()
}

/// Whether a directory is an OCI image layout.
pub fn is_layout(directory: &Path) -> bool {
    Store::is_layout(directory)
}

/// The files of an image layout that are read as parts of its images; none when it is damaged.
pub fn parts_of_layout(directory: &Path) -> Vec<PathBuf> {
    let images = image::images(&Store::Directory(directory.to_owned())).images.into_iter();
    let files = images.flat_map(|image| {
        let config = image.config.is_some().then_some(image.config_file);
        config.into_iter().chain(image.layers.into_iter().map(|layer| layer.file))
    });
    files.map(|file| directory.join(file)).collect()
}

/// Whether `path` is a container image: the tar of one, or an image layout.
///
/// # Errors
/// When the file cannot be read.
pub fn is_image(path: &Path) -> io::Result<bool> {
    if path.is_dir() {
        return Ok(Store::is_layout(path));
    }
    let file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    let reader = rawzip::FileReader::from(file);
    let file = Slice { file: &reader, start: 0, length };
    let mut head = Vec::new();
    Cursor { file, at: 0 }.take(kind::HEAD as u64).read_to_end(&mut head)?;
    let Some(kind) = kind::of(&head).filter(|kind| *kind != Kind::Tar) else {
        return Ok(Store::in_tar(file).is_some());
    };
    let unpacked = Rewind::new(kind, file, Budget::new(Limits::SCAN));
    Ok(unpacked.is_some_and(|unpacked| Store::in_tar(unpacked.slice()).is_some()))
}
