//! The object store as a list: every object that exists, packed or loose, under one running number.
//!
//! In: the object directories. Out: numbers, kinds, and for each packed delta its base, from one pass
//! over the entry headers. What cannot be opened is told by name. Packs are read through a file handle
//! and not mapped, so that memory does not grow with the pack. An object that stands in several packs
//! counts once, where it was found first.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use gix::{
    ObjectId,
    hash::Kind as Hash,
    objs::Kind,
    odb::{
        loose,
        pack::{data, index},
    },
};

use super::through::Through;
use crate::order;
use crate::source::{Skipped, plumbing::Git};

/// The running number of an object.
pub(super) type Number = u32;
/// No object.
pub(super) const NONE: Number = u32::MAX;
/// An object that is not here: the commit of a submodule, or what a partial clone left out.
pub(super) const ABSENT: Number = u32::MAX - 1;

/// Longest header of a pack entry: ten bytes of size, and the id of a base in SHA-256.
const LONGEST_HEADER: u64 = 48;

/// What kind of object it is, and whether others are deltas against it.
#[derive(Clone, Copy)]
struct Flags(u8);

impl Flags {
    const IS_BASE: u8 = 0x80;
    const UNKNOWN: Flags = Flags(0);

    fn of(kind: Kind) -> Flags {
        Flags(match kind {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        })
    }

    fn kind(self) -> Option<Kind> {
        [None, Some(Kind::Commit), Some(Kind::Tree), Some(Kind::Blob), Some(Kind::Tag)]
            [usize::from(self.0 & 0x7) % 5]
    }
}

/// Every object that exists.
pub(super) struct Store {
    pub hash: Hash,
    /// Reads what is too large to be held and does not stand whole in a pack.
    pub git: Git,
    packs: Vec<Pack>,
    /// Where objects are; the repository's own directory is the first.
    dirs: Vec<PathBuf>,
    /// The directory of each pack.
    pack_dirs: Vec<usize>,
    loose: Vec<loose::Store>,
    /// Sorted; with the directory that holds each.
    loose_ids: Vec<(ObjectId, u8)>,
    loose_flags: Vec<Flags>,
    loose_sizes: Vec<u32>,
    loose_first: Number,
    /// What could not be opened.
    pub failed: Vec<Skipped>,
}

/// A pack and what its entry headers say.
pub(super) struct Pack {
    pub file: File,
    index: index::File,
    first: Number,
    end: u64,
    /// Where each entry starts, ascending.
    offsets: Vec<u64>,
    /// The place of each entry in the index, and the reverse.
    at_index: Vec<u32>,
    at_place: Vec<u32>,
    /// The number of each delta's base.
    bases: Vec<Number>,
    flags: Vec<Flags>,
    /// Bytes of each, or about: versions of a file differ little from the one that is stored whole.
    sizes: Vec<u32>,
    /// A partial clone got it from the other side, as git notes beside it.
    is_promised: bool,
}

impl Store {
    /// Opens the packs and lists the loose objects of `dirs`.
    pub(super) fn open(dirs: &[PathBuf], hash: Hash, git: Git) -> Result<Store> {
        let mut store = Store {
            hash,
            git,
            packs: Vec::new(),
            dirs: dirs.to_vec(),
            pack_dirs: Vec::new(),
            loose: Vec::new(),
            loose_ids: Vec::new(),
            loose_flags: Vec::new(),
            loose_sizes: Vec::new(),
            loose_first: 0,
            failed: Vec::new(),
        };
        for (at, dir) in dirs.iter().enumerate() {
            store.open_packs(&dir.join("pack"))?;
            store.pack_dirs.resize(store.packs.len(), at);
            store.list_loose(dir);
        }
        store.loose_ids.sort();
        store.loose_ids.dedup_by_key(|(id, _)| *id);
        store.loose_first = store.packs.last().map_or(0, |pack| pack.first + pack.len());
        let headers = store.loose_ids.iter().map(|(id, dir)| {
            match store.loose[usize::from(*dir)].try_header(id) {
                Ok(Some((size, kind))) => (Flags::of(kind), saturated(size)),
                // Said when it is read.
                _ => (Flags::UNKNOWN, 0),
            }
        });
        (store.loose_flags, store.loose_sizes) = headers.unzip();
        store.link_bases();
        Ok(store)
    }

    fn open_packs(&mut self, dir: &Path) -> Result<()> {
        let listed = std::fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let entries = match listed {
            Ok(entries) => entries.into_iter(),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(err) => {
                self.fail(dir, &err);
                return Ok(());
            }
        };
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
            .collect();
        order::all(&mut paths);
        for path in paths {
            let first = self.packs.last().map_or(0, |pack| pack.first + pack.len());
            match Pack::open(&path, first, self.hash) {
                Ok(pack) => self.packs.push(pack),
                Err(err) => self.fail(&path, &format!("{err:#}; run `git fsck`")),
            }
        }
        Ok(())
    }

    fn list_loose(&mut self, dir: &Path) {
        let store = loose::Store::at(dir, self.hash);
        let number = u8::try_from(self.loose.len()).unwrap_or(u8::MAX);
        if number == u8::MAX {
            return self.fail(dir, &"more than 255 alternates");
        }
        for id in store.iter() {
            match id {
                Ok(id) => self.loose_ids.push((id, number)),
                Err(err) => self.fail(dir, &err),
            }
        }
        self.loose.push(store);
    }

    fn fail(&mut self, path: &Path, why: &dyn std::fmt::Display) {
        let path = path.to_string_lossy().into_owned().into();
        self.failed.push(Skipped { path, why: why.to_string().into() });
    }

    /// Gives every delta its base and every object its kind.
    fn link_bases(&mut self) {
        for at in 0..self.packs.len() {
            let waiting = self.packs[at].read_headers(self.hash);
            for (place, id) in waiting {
                let base = self.find(&id).unwrap_or(NONE);
                self.packs[at].bases[place] = base;
            }
        }
        for at in 0..self.packs.len() {
            for place in 0..self.packs[at].flags.len() {
                let (kind, size) = self.root(self.packs[at].first + place as u32);
                self.packs[at].sizes[place] = size;
                let base = self.packs[at].bases[place];
                let flags = &mut self.packs[at].flags[place];
                flags.0 = flags.0 & Flags::IS_BASE | kind.0;
                if base != NONE {
                    self.mark_base(base);
                }
            }
        }
    }

    fn mark_base(&mut self, base: Number) {
        if let Some((pack, place)) = self.place(base) {
            self.packs[pack].flags[place].0 |= Flags::IS_BASE;
        }
    }

    /// Kind and size of the object that stands whole at the start of a chain of deltas.
    fn root(&self, mut number: Number) -> (Flags, u32) {
        // Bases come first in almost every pack, so the first step finds the answer.
        for _ in 0..LONGEST_CHAIN {
            let flags = self.flags(number);
            if flags.kind().is_some() {
                return (Flags(flags.0 & 0x7), self.size(number));
            }
            match self.base(number) {
                Some(base) => number = base,
                None => break,
            }
        }
        (Flags::UNKNOWN, 0)
    }

    /// Bytes of an object, or about.
    pub(super) fn size(&self, number: Number) -> u32 {
        match self.place(number) {
            Some((pack, place)) => self.packs[pack].sizes[place],
            None => self.loose_sizes.get((number - self.loose_first) as usize).copied().unwrap_or_default(),
        }
    }

    fn flags(&self, number: Number) -> Flags {
        match self.place(number) {
            Some((pack, place)) => self.packs[pack].flags[place],
            None => {
                self.loose_flags.get((number - self.loose_first) as usize).copied().unwrap_or(Flags::UNKNOWN)
            }
        }
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> u32 {
        self.loose_first + self.loose_ids.len() as u32
    }

    /// The numbers of one kind, in no order; an object that stands in two packs comes twice.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Number> + '_ {
        (0..self.len()).filter(move |number| self.kind(*number) == Some(kind))
    }

    /// Which pack, and the how-many-eth of its entries; `None` for a loose object.
    pub(super) fn place(&self, number: Number) -> Option<(usize, usize)> {
        if number >= self.loose_first {
            return None;
        }
        let pack = self.packs.partition_point(|pack| pack.first <= number) - 1;
        Some((pack, (number - self.packs[pack].first) as usize))
    }

    pub(super) fn pack(&self, at: usize) -> &Pack {
        &self.packs[at]
    }

    /// The store that holds a loose object.
    pub(super) fn loose(&self, number: Number) -> Option<(&loose::Store, ObjectId)> {
        let (id, dir) = self.loose_ids.get(number.checked_sub(self.loose_first)? as usize)?;
        Some((&self.loose[usize::from(*dir)], *id))
    }

    /// The directory of another repository that lends an object.
    pub(super) fn lender(&self, number: Number) -> Option<&Path> {
        let dir = match self.place(number) {
            Some((pack, _)) => self.pack_dirs[pack],
            None => usize::from(self.loose_ids.get((number - self.loose_first) as usize)?.1),
        };
        self.dirs.get(dir).filter(|_| dir > 0).map(PathBuf::as_path)
    }

    /// Its id; zeros for [`NONE`].
    pub(super) fn id(&self, number: Number) -> ObjectId {
        match self.place(number) {
            Some((pack, place)) => {
                let pack = &self.packs[pack];
                pack.index.oid_at_index(pack.at_index[place]).to_owned()
            }
            None => self.loose(number).map_or_else(|| ObjectId::null(self.hash), |(_, id)| id),
        }
    }

    pub(super) fn find(&self, id: &gix::oid) -> Option<Number> {
        for pack in &self.packs {
            if let Some(at) = pack.index.lookup(id) {
                return Some(pack.first + pack.at_place.get(at as usize)?);
            }
        }
        let at = self.loose_ids.binary_search_by(|(known, _)| known.as_ref().cmp(id)).ok()?;
        Some(self.loose_first + at as u32)
    }

    /// Whether this is a partial clone, whose packs tell what came from the other side.
    pub(super) fn has_promised(&self) -> bool {
        self.packs.iter().any(|pack| pack.is_promised)
    }

    /// Whether an object came from the other side, whatever else has it.
    pub(super) fn is_promised(&self, number: Number) -> bool {
        let id = self.id(number);
        self.packs.iter().any(|pack| pack.is_promised && pack.index.lookup(id).is_some())
    }

    /// The number of a delta's base.
    pub(super) fn base(&self, number: Number) -> Option<Number> {
        let (pack, place) = self.place(number)?;
        Some(self.packs[pack].bases[place]).filter(|base| *base != NONE)
    }

    pub(super) fn is_base(&self, number: Number) -> bool {
        self.flags(number).0 & Flags::IS_BASE != 0
    }

    /// `None` when the object is too damaged to tell.
    pub(super) fn kind(&self, number: Number) -> Option<Kind> {
        self.flags(number).kind()
    }

    /// All numbers of one kind, each object once, every delta after its base and near it.
    pub(super) fn in_delta_order(&self, wanted: Option<Kind>) -> Vec<Number> {
        let mut order = Vec::new();
        for pack in &self.packs {
            pack.delta_order(&mut |place| {
                let number = pack.first + place;
                if pack.flags[place as usize].kind() == wanted && self.is_first(number) {
                    order.push(number);
                }
            });
        }
        let loose = self.loose_first..self.len();
        order.extend(loose.filter(|number| self.kind(*number) == wanted && self.is_first(*number)));
        order
    }

    /// Whether no earlier pack has the same object.
    fn is_first(&self, number: Number) -> bool {
        (self.packs.len() < 2 && number < self.loose_first)
            || self.packs.is_empty()
            || self.find(&self.id(number)) == Some(number)
    }
}

fn saturated(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// git writes chains of 50, and at most of 4,095.
pub(super) const LONGEST_CHAIN: usize = 10_000;

impl Pack {
    fn open(path: &Path, first: Number, hash: Hash) -> Result<Pack> {
        let index = index::File::at(path, hash).map_err(|err| anyhow!("{err}"))?;
        let file = File::open(path.with_extension("pack")).map_err(|err| anyhow!("its pack: {err}"))?;
        let size = file.metadata()?.len();
        let mut at_index: Vec<u32> = (0..index.num_objects()).collect();
        at_index.sort_by_key(|at| index.pack_offset_at_index(*at));
        let offsets = at_index.iter().map(|at| index.pack_offset_at_index(*at)).collect();
        let count = at_index.len();
        let mut at_place = vec![0; count];
        at_index.iter().enumerate().for_each(|(place, at)| at_place[*at as usize] = place as u32);
        Ok(Pack {
            file,
            index,
            at_place,
            first,
            // The pack ends in a checksum of its own.
            end: size.saturating_sub(hash.len_in_bytes() as u64),
            offsets,
            at_index,
            bases: vec![NONE; count],
            flags: vec![Flags::UNKNOWN; count],
            sizes: vec![0; count],
            is_promised: path.with_extension("promisor").is_file(),
        })
    }

    fn len(&self) -> u32 {
        self.offsets.len() as u32
    }

    /// Where entry `place` starts and ends in the file.
    pub(super) fn span(&self, place: usize) -> std::ops::Range<u64> {
        let start = self.offsets[place];
        let end = self.offsets.get(place + 1).copied().unwrap_or(self.end).min(self.end);
        start..end.max(start)
    }

    /// Reads every entry's header. Deltas whose base is named by id are left to the caller.
    fn read_headers(&mut self, hash: Hash) -> Vec<(usize, ObjectId)> {
        let mut through = Through::default();
        let mut waiting = Vec::new();
        for place in 0..self.offsets.len() {
            let span = self.span(place);
            let length = (span.end - span.start).min(LONGEST_HEADER);
            let Some(bytes) = through.get(&self.file, span.start, length as usize) else { continue };
            // What cannot be read now cannot be read later, and is told then.
            let Ok(entry) = data::Entry::from_bytes(bytes, span.start, hash) else { continue };
            self.sizes[place] = saturated(entry.decompressed_size);
            match entry.header {
                data::entry::Header::OfsDelta { base_distance } => {
                    let base = span.start.checked_sub(base_distance);
                    let base = base.and_then(|base| self.offsets[..place].binary_search(&base).ok());
                    self.bases[place] = base.map_or(NONE, |base| self.first + base as u32);
                }
                data::entry::Header::RefDelta { base_id } => waiting.push((place, base_id)),
                header => self.flags[place] = header.as_kind().map_or(Flags::UNKNOWN, Flags::of),
            }
        }
        waiting
    }

    /// Calls back with every entry, bases before their deltas, each family together.
    fn delta_order(&self, each: &mut dyn FnMut(u32)) {
        let count = self.offsets.len();
        let (mut first_child, mut next) = (vec![NONE; count], vec![NONE; count]);
        for place in (0..count).rev() {
            let base = self.bases[place].wrapping_sub(self.first) as usize;
            if self.bases[place] != NONE && base < count {
                next[place] = first_child[base];
                first_child[base] = place as u32;
            }
        }
        let mut met = 0;
        let mut todo: Vec<u32> = Vec::new();
        for root in 0..count as u32 {
            let base = self.bases[root as usize].wrapping_sub(self.first) as usize;
            if self.bases[root as usize] != NONE && base < count {
                continue;
            }
            todo.push(root);
            while let Some(place) = todo.pop() {
                each(place);
                met += 1;
                let mut child = first_child[place as usize];
                let from = todo.len();
                while child != NONE {
                    todo.push(child);
                    child = next[child as usize];
                }
                todo[from..].reverse();
            }
        }
        debug_assert!(met <= count, "an entry has one base");
    }
}
