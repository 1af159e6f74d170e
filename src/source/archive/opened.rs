//! A source that looks into archives on both sides of a change.

use std::collections::HashSet;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};

use super::{IsWanted, Limits, Unpacker};
use crate::order;
use crate::source::{Blob, Coverage, Flow, Part, Place, SEPARATOR, Source, Visit, VisitOld, lfs};

/// A source whose old versions are looked into as the new ones are: a secret that an archive held
/// before is as old as one in a text.
pub struct Opened<'s> {
    source: &'s mut dyn Source,
    limits: Limits,
    is_wanted: &'s IsWanted<'s>,
    lfs: Option<&'s lfs::Store>,
}

impl<'s> Opened<'s> {
    /// Looks into what `source` hands over of paths that are wanted. What nobody has looked at is not known.
    pub fn new(source: &'s mut dyn Source, limits: Limits, is_wanted: &'s IsWanted<'s>) -> Self {
        Opened { source, limits, is_wanted, lfs: None }
    }

    /// As [`Unpacker::with_lfs`].
    #[must_use]
    pub fn with_lfs(self, store: Option<&'s lfs::Store>) -> Self {
        Opened { lfs: store, ..self }
    }

    fn unpacker(&self) -> Unpacker<'s> {
        Unpacker::new(self.limits, self.is_wanted).with_lfs(self.lfs)
    }
}

impl Source for Opened<'_> {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        let mut unpacker = self.unpacker();
        let mut coverage = self.source.visit(&mut |blob| unpacker.open(blob, each))?;
        coverage.add(unpacker.finish());
        Ok(coverage)
    }

    fn parents(&self, place: &Place) -> usize {
        self.source.parents(place.root())
    }

    fn replaced(&mut self, place: &Place, parent: usize, each: &mut VisitOld<'_>) -> Result<()> {
        let mut look = Inner { unpacker: self.unpacker(), is_wanted: self.is_wanted };
        self.source.replaced(place.root(), parent, &mut |path, bytes| look.at(place, path, bytes, each))
    }

    fn left_at(&mut self, place: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> Result<()> {
        let mut look = Inner { unpacker: self.unpacker(), is_wanted: self.is_wanted };
        let wanted: HashSet<&BStr> = paths.iter().map(BStr::new).collect();
        // Each file once, however many of its members are asked for.
        let mut outers: Vec<BString> = paths.iter().flat_map(|path| outers(path.as_ref())).collect();
        order::all(&mut outers);
        outers.dedup();
        self.source.left_at(place.root(), &outers, &mut |outer, bytes| {
            look.at(place, outer, bytes, &mut |found, bytes| match wanted.contains(found) {
                true => each(found, bytes),
                false => Ok(Flow::Continue),
            })
        })
    }
}

/// The files that may hold what is at `path`, itself among them: the name of a folder may end as an archive's does.
fn outers(path: &BStr) -> impl Iterator<Item = BString> + '_ {
    path.find_iter(SEPARATOR).chain([path.len()]).map(|end| path[..end].into())
}

/// Looks into old versions.
struct Inner<'w> {
    unpacker: Unpacker<'w>,
    is_wanted: &'w IsWanted<'w>,
}

impl Inner<'_> {
    fn at(&mut self, place: &Place, path: &BStr, bytes: &[u8], each: &mut VisitOld<'_>) -> Result<Flow> {
        if place.is_file() && !(self.is_wanted)(path) {
            return Ok(Flow::Continue);
        }
        let blob = Blob { bytes, path, place: place.root(), part: None };
        self.unpacker.open(&blob, &mut |blob| match &blob.part {
            // What two windows share would count twice.
            Some(Part { own, .. }) => each(blob.path, &blob.bytes[own.clone()]),
            None => each(blob.path, blob.bytes),
        })
    }
}
