//! Reads objects: through gix, and through git where gix has none.
//!
//! First from the directories that only the environment names, then from the repository's own. In a partial
//! clone gix does not find all; git is asked once before an object counts as missing. One that cannot be read
//! is an error that names it.

use std::{io, sync::Arc};

use anyhow::{Context as _, Result, anyhow, bail};
use bstr::{BStr, BString, ByteSlice};
use gix::{
    ObjectId,
    hash::Kind as Hash,
    objs::{Exists as _, Find, Kind, tree::EntryMode},
    odb::{HandleArc, Header as _, Store, pack::cache::lru::MemoryCappedHashmap},
};

use super::{
    Coverage, Flow, Place, Visit,
    plumbing::{CatFile, Git},
    stores,
    window::{self, Before, Buffer, Failure, Input},
};
use crate::{numbers, order};

/// What to do about an object that is not here. A partial clone left it out, and by its filter would again.
pub(super) const FETCH_AGAIN: &str = "in a partial clone `git fetch --refetch --no-filter` (git 2.36 or newer) gets it, elsewhere run `git fsck`";

/// Bytes of delta bases that are kept, git's own default (`core.deltaBaseCacheLimit`). Without any, each
/// version of a file is made from its whole chain again: three quarters of the time of a push.
pub(super) const DELTA_BASES: usize = 96 << 20;

/// Directories, commits and tags are far smaller; more than this is an attack.
pub(super) const LARGEST: u64 = 64 << 20;

pub(super) struct Objects {
    /// Of the directories that the environment names.
    named: Vec<HandleArc>,
    repo: Option<gix::Repository>,
    hash: Hash,
    git: Git,
    pipe: Option<CatFile>,
    /// How many objects only git could read.
    pub through_git: u64,
}

/// What another thread needs to read the same objects.
pub(super) struct Shared {
    named: Vec<Arc<Store>>,
    repo: Option<gix::ThreadSafeRepository>,
    hash: Hash,
    git: Git,
    may_refresh: bool,
}

impl Shared {
    pub(super) fn open(&self) -> Objects {
        let mut repo = self.repo.as_ref().map(gix::ThreadSafeRepository::to_thread_local);
        if let Some(repo) = repo.as_mut().filter(|_| !self.may_refresh) {
            repo.objects.refresh_never();
        }
        let named = self.named.iter().map(stores::handle).collect();
        Objects::new(named, repo, self.hash, self.git.clone())
    }
}

/// What became of a request for a blob.
pub(super) enum Blob<'b> {
    Bytes(&'b [u8]),
    /// Its size, which is over the limit.
    Large(u64),
}

impl Objects {
    pub(super) fn new(
        named: Vec<HandleArc>,
        mut repo: Option<gix::Repository>,
        hash: Hash,
        git: Git,
    ) -> Self {
        if let Some(repo) = &mut repo {
            repo.objects.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(DELTA_BASES)));
        }
        Objects { named, repo, hash, git, pipe: None, through_git: 0 }
    }

    pub(super) fn shared(&self) -> Shared {
        let mut repo = self.repo.clone();
        let never = |repo: &mut gix::Repository| {
            matches!(repo.objects.refresh_mode(), gix::odb::store::RefreshMode::Never)
        };
        Shared {
            named: self.named.iter().map(|named| named.store()).collect(),
            may_refresh: !repo.as_mut().is_some_and(never),
            repo: repo.map(gix::Repository::into_sync),
            hash: self.hash,
            git: self.git.clone(),
        }
    }

    /// Where the packs hold each of `ids`: pack and offset. Those that stand in no pack come last.
    pub(super) fn locations<'i>(&self, ids: impl Iterator<Item = &'i ObjectId>) -> Vec<(usize, u64)> {
        let own = self.repo.iter().map(|repo| repo.objects.store_ref().path());
        let dirs = self.named.iter().map(|named| named.store_ref().path()).chain(own);
        let files = dirs.filter_map(|dir| std::fs::read_dir(dir.join("pack")).ok()).flatten().flatten();
        let mut paths: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
            .collect();
        order::all(&mut paths);
        // A pack that cannot be read here only costs the order.
        let indexes: Vec<_> =
            paths.iter().filter_map(|path| gix::odb::pack::index::File::at(path, self.hash).ok()).collect();
        let find = |id: &ObjectId| {
            let mut packs = indexes.iter().enumerate();
            packs.find_map(|(at, pack)| Some((at, pack.pack_offset_at_index(pack.lookup(id)?))))
        };
        ids.map(|id| find(id).unwrap_or((usize::MAX, 0))).collect()
    }

    pub(super) fn hash(&self) -> Hash {
        self.hash
    }

    pub(super) fn has(&self, id: &ObjectId) -> bool {
        *id == ObjectId::empty_tree(self.hash)
            || id.kind() == self.hash
                && (self.named.iter().any(|named| named.exists(id))
                    || self.repo.as_ref().is_some_and(|repo| repo.has_object(id)))
    }

    pub(super) fn tree<'b>(&mut self, id: &ObjectId, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        if *id == ObjectId::empty_tree(self.hash) {
            return Ok(&[]);
        }
        self.expect(id, Kind::Tree, buffer)
    }

    pub(super) fn commit<'b>(&mut self, id: &ObjectId, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        self.expect(id, Kind::Commit, buffer)
    }

    /// The tree of a commit.
    pub(super) fn tree_of(&mut self, commit: &ObjectId) -> Result<ObjectId> {
        let mut buffer = Vec::new();
        let hash = self.hash;
        let data = self.commit(commit, &mut buffer)?;
        gix::objs::CommitRefIter::from_bytes(data, hash)
            .tree_id()
            .map_err(|err| anyhow!("commit {commit} is corrupt: {err}; run `git fsck`"))
    }

    /// The file at `path` below a tree; `None` where there is none.
    pub(super) fn lookup(&mut self, tree: ObjectId, path: &BStr) -> Result<Option<ObjectId>> {
        let found = self.find(tree, path)?;
        Ok(found.filter(|(_, mode)| !mode.is_tree() && !mode.is_commit()).map(|(id, _)| id))
    }

    /// Whether a submodule stands at a path of a tree.
    pub(super) fn is_submodule(&mut self, tree: ObjectId, path: &BStr) -> Result<bool> {
        Ok(self.find(tree, path)?.is_some_and(|(_, mode)| mode.is_commit()))
    }

    fn find(&mut self, tree: ObjectId, path: &BStr) -> Result<Option<(ObjectId, EntryMode)>> {
        let mut buffer = Vec::new();
        let mut tree = tree;
        let (dirs, name) = match path.rsplit_once_str("/") {
            Some((dirs, name)) => (Some(dirs), name),
            None => (None, path.as_bytes()),
        };
        for part in dirs.into_iter().flat_map(|dirs| dirs.split_str("/")) {
            match self.entry(tree, part, &mut buffer)? {
                Some((id, mode)) if mode.is_tree() => tree = id,
                _ => return Ok(None),
            }
        }
        self.entry(tree, name, &mut buffer)
    }

    /// An entry of a directory, and what it is.
    fn entry(
        &mut self,
        tree: ObjectId,
        name: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<Option<(ObjectId, EntryMode)>> {
        let data = self.tree(&tree, buffer)?;
        let mut entries = gix::objs::TreeRefIter::from_bytes(data, tree.kind()).filter_map(Result::ok);
        let found = entries.find(|entry| entry.filename == name.as_bstr());
        Ok(found.map(|entry| (entry.oid.to_owned(), entry.mode)))
    }

    pub(super) fn blob<'b>(
        &mut self,
        id: &ObjectId,
        max_bytes: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Blob<'b>> {
        if let Some(size) = self.header(id).map(|header| header.size()).filter(|size| *size > max_bytes) {
            return Ok(Blob::Large(size));
        }
        match self.up_to(id, max_bytes, buffer)? {
            (Kind::Blob, Ok(bytes)) => Ok(Blob::Bytes(bytes)),
            (Kind::Blob, Err(size)) => Ok(Blob::Large(size)),
            (other, _) => bail!("object {id} should be a blob and is a {other}; run `git fsck`"),
        }
    }

    /// Hands over the blob `id` at each of `places`, one larger than `max_bytes` in windows. It is read once.
    pub(super) fn hand_over(
        &mut self,
        (id, max_bytes): (&ObjectId, u64),
        places: &mut dyn Iterator<Item = (BString, Place)>,
        buffer: &mut Vec<u8>,
        each: &mut Visit<'_>,
        coverage: &mut Coverage,
    ) -> Result<Flow, Failure> {
        let unread = |err: anyhow::Error| Failure::Read(io::Error::other(format!("{err:#}")));
        match self.blob(id, max_bytes, buffer).map_err(unread)? {
            Blob::Bytes(bytes) => {
                coverage.bytes += bytes.len() as u64;
                for (path, place) in places {
                    coverage.blobs += 1;
                    let blob = super::Blob { bytes, path: path.as_bstr(), place: &place, part: None };
                    if each(&blob).map_err(Failure::Call)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Blob::Large(size) => {
                for (path, place) in places {
                    let mut stream = self.git.stream(id).map_err(unread)?;
                    let input =
                        Input { reader: &mut stream, file: None, expected: size, before: Before::default() };
                    let at = (path.as_bstr(), &place);
                    if window::stream(input, at, &mut Buffer::default(), each, coverage)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Reads the blob `id`: whole, or where it is larger than `max_bytes` in parts that do not overlap.
    pub(super) fn parts(
        &mut self,
        (id, max_bytes): (&ObjectId, u64),
        buffer: &mut Vec<u8>,
        each: &mut dyn FnMut(&[u8]) -> Result<Flow>,
    ) -> Result<Flow> {
        let mut visit = |blob: &super::Blob<'_>| match &blob.part {
            Some(part) => each(&blob.bytes[part.own.clone()]),
            None => each(blob.bytes),
        };
        let mut nowhere = std::iter::once((BString::default(), Place::GitFile));
        let mut uncounted = Coverage::default();
        self.hand_over((id, max_bytes), &mut nowhere, buffer, &mut visit, &mut uncounted)
            .map_err(Failure::into_inner)
    }

    /// The kind of an object.
    pub(super) fn kind(&mut self, id: &ObjectId) -> Result<Kind> {
        match self.header(id) {
            Some(header) => Ok(header.kind()),
            None => Ok(self.any(id, &mut Vec::new())?.0),
        }
    }

    /// What a tag speaks of.
    pub(super) fn target_of(&mut self, tag: &ObjectId) -> Result<ObjectId> {
        let mut buffer = Vec::new();
        let data = self.expect(tag, Kind::Tag, &mut buffer)?;
        gix::objs::TagRefIter::from_bytes(data, tag.kind())
            .target_id()
            .map_err(|err| anyhow!("tag {tag} is corrupt: {err}; run `git fsck`"))
    }

    /// The kind and the content of an object that is no file: what is larger than any of those is an attack.
    pub(super) fn any<'b>(&mut self, id: &ObjectId, buffer: &'b mut Vec<u8>) -> Result<(Kind, &'b [u8])> {
        let size = self.header(id).map(|header| header.size()).filter(|size| *size > LARGEST);
        let read = match size {
            Some(size) => Err(size),
            None => match self.up_to(id, LARGEST, buffer)? {
                (kind, Ok(data)) => Ok((kind, data)),
                (_, Err(size)) => Err(size),
            },
        };
        read.map_err(|size| {
            let (size, most) = (numbers::bytes(size), numbers::bytes(LARGEST));
            anyhow!(
                "object {id} has {size}, and no commit, tag or directory more than {most}; it is not read. Run \
                 `git fsck` to see whether it is damaged"
            )
        })
    }

    /// As [`Objects::any`]; its size where git alone has the object and it is larger than `max_bytes`.
    fn up_to<'b>(
        &mut self,
        id: &ObjectId,
        max_bytes: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Result<(Kind, Result<&'b [u8], u64>)> {
        // gix panics at an id of the other kind, which the lines of a hook may hold.
        if id.kind() != self.hash {
            bail!("{id} is no object id here: this repository uses {}", self.hash);
        }
        let mut found = None;
        let mut why = None;
        let named = self.named.iter().map(|named| named as &dyn Find);
        for store in named.chain(self.repo.iter().map(|repo| &repo.objects as &dyn Find)) {
            match store.try_find(id, buffer) {
                Ok(Some(data)) => {
                    found = Some((data.kind, data.data.len(), data.data.as_ptr()));
                    break;
                }
                Ok(None) => {}
                Err(err) => why = Some(err),
            }
        }
        if let Some((kind, length, start)) = found {
            // The content need not be all that stands in the buffer.
            let offset = (start as usize).saturating_sub(buffer.as_ptr() as usize);
            let data = buffer.get(offset..offset + length).context("an object lies outside its buffer")?;
            return Ok((kind, Ok(data)));
        }
        match self.ask_git(id, max_bytes, buffer, why.is_some()) {
            Ok(Some((kind, size))) => {
                Ok((kind, if size <= max_bytes { Ok(buffer.as_slice()) } else { Err(size) }))
            }
            Ok(None) => match why {
                Some(err) => bail!("object {id} cannot be read: {err}; run `git fsck`"),
                None => bail!("object {id} is missing; {FETCH_AGAIN}"),
            },
            Err(err) => match why {
                Some(first) => bail!("object {id} cannot be read: {first}; run `git fsck`"),
                None => Err(err.context(format!("object {id} cannot be read"))),
            },
        }
    }

    fn expect<'b>(&mut self, id: &ObjectId, kind: Kind, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        let (found, data) = self.any(id, buffer)?;
        if found != kind {
            bail!("object {id} should be a {kind} and is a {found}; run `git fsck`");
        }
        Ok(data)
    }

    fn header(&self, id: &ObjectId) -> Option<gix::odb::find::Header> {
        // What is wrong with an object is said when it is read.
        if id.kind() != self.hash {
            return None;
        }
        let named = self.named.iter().find_map(|named| named.try_header(id).ok().flatten());
        named.or_else(|| self.repo.as_ref()?.try_find_header(*id).ok().flatten())
    }

    fn ask_git(
        &mut self,
        id: &ObjectId,
        max_bytes: u64,
        buffer: &mut Vec<u8>,
        is_suspect: bool,
    ) -> Result<Option<(Kind, u64)>> {
        if is_suspect {
            // git may announce more bytes than it has, and then wait for the next request: there is none.
            let pipe = CatFile::start(&self.git)?;
            return pipe.read_last(id, max_bytes, buffer);
        }
        let pipe = match &mut self.pipe {
            Some(pipe) => pipe,
            none => none.insert(CatFile::start(&self.git)?),
        };
        let answer = pipe.read(id, max_bytes, buffer);
        match &answer {
            Ok(Some(_)) => self.through_git += 1,
            Ok(None) => {}
            // It ends at a corrupt object; the next request needs a new one.
            Err(_) => self.pipe = None,
        }
        answer
    }
}
