//! Reads an index file just far enough to know what a commit would record.
//!
//! In: the bytes of an index, or of its tail. Out: the id of the tree that its cache-tree names, or
//! a tree built from the entries in which every directory that the cache-tree knows is one id. The
//! format is git's `Documentation/gitformat-index.txt`. No length is trusted; the time is linear.

use anyhow::{Result, bail, ensure};
use bstr::{BString, ByteSlice};
use gix::{ObjectId, hash::Kind};

use super::tree::{Content, Item, MAX_DEPTH, MODE_TREE};

const HEADER: usize = 12;
/// ctime, mtime, dev, ino, mode, uid, gid, size.
const STAT: usize = 40;
const EXTENDED: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;
const NAME_MASK: u16 = 0x0fff;

/// What an index holds, as far as a commit is concerned.
#[derive(Debug, Default)]
pub struct Contents {
    /// The entries as a tree.
    pub(super) items: Vec<Item>,
    /// Paths with unresolved conflicts: git refuses to commit while there are any.
    pub conflicted: Vec<BString>,
    /// Paths of `git add -N`: they are not part of a commit.
    pub intent_to_add: usize,
    /// Entries that were decoded or hopped over.
    pub entries: usize,
}

/// What the bytes of an index came to.
#[derive(Debug)]
pub enum Read {
    /// The entries.
    Whole(Contents),
    /// A split index: the rest is in another file.
    Split,
    /// A version or an extension that is not known here; git may know it.
    Unknown(String),
}

/// Reads the entries of a whole index file.
///
/// # Errors
/// When the bytes are no index, are cut short or contradict themselves.
pub fn contents(bytes: &[u8], hash: Kind) -> Result<Read> {
    let header = Header::decode(bytes)?;
    if !(2..=4).contains(&header.version) {
        return Ok(Read::Unknown(format!("index version {} is not known", header.version)));
    }
    let mut cursor = Cursor::new(bytes, &header, hash)?;
    let end = skip_entries(&mut cursor.clone())?;
    let extensions = Extensions::decode(bytes, end, hash)?;
    if let Some(name) = extensions.unknown {
        return Ok(Read::Unknown(format!("the index needs the extension `{}`", name.as_bstr())));
    }
    if extensions.split {
        return Ok(Read::Split);
    }
    let cache = extensions.tree.and_then(|data| CacheTree::decode(data, hash)).unwrap_or_default();
    build(&mut cursor, &cache).map(Read::Whole)
}

/// The tree that a commit of this index would record, when its cache-tree is valid: found from the
/// tail of the file alone, without looking at the entries.
///
/// `head` are the first 12 bytes of the file, `tail` any number of its last bytes. `None` means
/// "read on": with more of the tail, or entry by entry.
///
/// The extensions stand between the entries and the checksum. Without an `EOIE` extension, which
/// git writes only on request, their start is not recorded; so every `TREE` in the tail is tried,
/// and taken only where the chain of extensions from there ends exactly at the checksum, its own
/// form is sound and it covers as many entries as the header counts. That of a split index counts only
/// what differs from the file it shares; there `link` stands before the tree.
pub fn cached_root(head: &[u8], tail: &[u8], hash: Kind) -> Option<ObjectId> {
    let header = Header::decode(head).ok().filter(|header| (2..=4).contains(&header.version))?;
    let end = tail.len().checked_sub(hash.len_in_bytes())?;
    let starts = tail[..end].rfind_iter(b"TREE").chain(tail[..end].rfind_iter(b"link"));
    starts.filter_map(|start| Extensions::decode(tail, start, hash).ok()).find_map(|all| {
        let root = CacheNode::decode(all.tree?, hash)?.0;
        root.entries.filter(|entries| all.split || *entries == header.entries).map(|_| root.id)
    })
}

/// As [`contents`], from entries that were read by other means. They must come in index order.
pub(super) fn from_entries<'a>(
    entries: impl Iterator<Item = (&'a [u8], u32, ObjectId, Standing)>,
) -> Result<Contents> {
    let mut builder = Builder::default();
    for (path, mode, id, standing) in entries {
        builder.enter(path, &mut |_, _| Ok(None))?;
        builder.leaf(path, mode, id, standing)?;
    }
    Ok(builder.finish())
}

/// How an entry takes part in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Recorded,
    IntentToAdd,
    Conflicted,
}

struct Header {
    version: u32,
    entries: u32,
}

impl Header {
    fn decode(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.get(..4) == Some(b"DIRC"), "it does not start as an index does");
        let (Some(version), Some(entries)) = (be32(bytes, 4), be32(bytes, 8)) else {
            bail!("it is cut short");
        };
        Ok(Header { version, entries })
    }
}

#[derive(Default)]
struct Extensions<'a> {
    tree: Option<&'a [u8]>,
    split: bool,
    /// One that a reader must understand.
    unknown: Option<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    fn decode(bytes: &'a [u8], mut at: usize, hash: Kind) -> Result<Self> {
        let end = bytes.len().checked_sub(hash.len_in_bytes()).filter(|end| at <= *end);
        let Some(end) = end else { bail!("it is cut short") };
        let mut found = Extensions::default();
        while at < end {
            let Some(size) = be32(&bytes[..end], at + 4) else { bail!("an extension is cut short") };
            let data = at + 8..(at + 8).saturating_add(size as usize);
            let Some(data) = bytes[..end].get(data) else { bail!("an extension is cut short") };
            match &bytes[at..at + 4] {
                b"TREE" => found.tree = Some(data),
                b"link" => found.split = true,
                b"sdir" => {}
                // An upper-case first letter marks what a reader may ignore.
                [b'A'..=b'Z', ..] => {}
                other => found.unknown = Some(other),
            }
            at += 8 + data.len();
        }
        Ok(found)
    }
}

/// One directory of the cache-tree; `entries` is `None` where it was invalidated.
struct CacheNode<'a> {
    name: &'a [u8],
    entries: Option<u32>,
    id: ObjectId,
    children: Vec<usize>,
}

impl<'a> CacheNode<'a> {
    /// The node that `data` starts with, the number of its children, and what follows.
    fn decode(data: &'a [u8], hash: Kind) -> Option<(Self, usize, &'a [u8])> {
        let (name, rest) = data.split_at_checked(data.find_byte(0)?)?;
        let (entries, rest) = rest[1..].split_at_checked(rest[1..].find_byte(b' ')?)?;
        let (children, rest) = rest[1..].split_at_checked(rest[1..].find_byte(b'\n')?)?;
        let entries: i32 = entries.to_str().ok()?.parse().ok()?;
        let children: usize = children.to_str().ok()?.parse().ok()?;
        let entries = u32::try_from(entries).ok();
        let (id, rest) = match entries {
            Some(_) => {
                let (id, rest) = rest[1..].split_at_checked(hash.len_in_bytes())?;
                (ObjectId::from_bytes_or_panic(id), rest)
            }
            None => (ObjectId::null(hash), &rest[1..]),
        };
        Some((CacheNode { name, entries, id, children: Vec::new() }, children, rest))
    }
}

/// The cache-tree: node 0 is the root, children are sorted by name.
#[derive(Default)]
struct CacheTree<'a> {
    nodes: Vec<CacheNode<'a>>,
}

impl<'a> CacheTree<'a> {
    fn decode(mut data: &'a [u8], hash: Kind) -> Option<Self> {
        let mut nodes: Vec<CacheNode<'a>> = Vec::new();
        // (node, children it still waits for); written depth first.
        let mut open: Vec<(usize, usize)> = Vec::new();
        loop {
            let (node, children, rest) = CacheNode::decode(data, hash)?;
            data = rest;
            let at = nodes.len();
            nodes.push(node);
            if let Some((parent, waiting)) = open.last_mut() {
                *waiting -= 1;
                let parent = *parent;
                nodes[parent].children.push(at);
            }
            open.push((at, children));
            while open.last().is_some_and(|(_, waiting)| *waiting == 0) {
                open.pop();
            }
            if open.is_empty() {
                break;
            }
        }
        for at in 0..nodes.len() {
            let mut children = std::mem::take(&mut nodes[at].children);
            crate::order::by_key(&mut children, |child| nodes[*child].name);
            nodes[at].children = children;
        }
        data.is_empty().then_some(CacheTree { nodes })
    }

    fn child(&self, of: usize, name: &[u8]) -> Option<usize> {
        let children = &self.nodes.get(of)?.children;
        let at = children.binary_search_by_key(&name, |child| self.nodes[*child].name).ok()?;
        Some(children[at])
    }
}

/// Walks the entries in order, keeping nothing but the path of the current one.
#[derive(Clone)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    left: u32,
    version: u32,
    hash: Kind,
    /// Start of the current entry.
    entry: usize,
    flags: u16,
    extended: u16,
    /// Where the path stands in `bytes`; for version 4, which writes only how a path differs from
    /// the one before, the path itself.
    name: std::ops::Range<usize>,
    spelled: Vec<u8>,
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8], header: &Header, hash: Kind) -> Result<Self> {
        let bytes = match bytes.len().checked_sub(hash.len_in_bytes()) {
            Some(end) if end >= HEADER => &bytes[..end],
            _ => bail!("it is cut short"),
        };
        Ok(Cursor {
            bytes,
            at: HEADER,
            left: header.entries,
            version: header.version,
            hash,
            entry: HEADER,
            flags: 0,
            extended: 0,
            name: 0..0,
            spelled: Vec::new(),
        })
    }

    /// Steps to the next entry; false after the last.
    fn advance(&mut self) -> Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        match self.step() {
            Some(()) => {
                self.left -= 1;
                Ok(true)
            }
            None => bail!("the entry at byte {} is cut short or malformed", self.at),
        }
    }

    fn step(&mut self) -> Option<()> {
        self.entry = self.at;
        let flags_at = self.at + STAT + self.hash.len_in_bytes();
        self.flags = be16(self.bytes, flags_at)?;
        let mut name_at = flags_at + 2;
        self.extended = 0;
        if self.version >= 3 && self.flags & EXTENDED != 0 {
            self.extended = be16(self.bytes, name_at)?;
            name_at += 2;
        }
        if self.version == 4 {
            let (strip, read) = varint(self.bytes.get(name_at..)?)?;
            let suffix = self.bytes.get(name_at + read..)?;
            let suffix = &suffix[..suffix.find_byte(0)?];
            let keep = self.spelled.len().checked_sub(strip)?;
            self.spelled.truncate(keep);
            self.spelled.extend_from_slice(suffix);
            self.at = name_at + read + suffix.len() + 1;
        } else {
            let length = match self.flags & NAME_MASK {
                NAME_MASK => self.bytes.get(name_at..)?.find_byte(0)?,
                length => usize::from(length),
            };
            self.name = name_at..name_at + length;
            self.bytes.get(self.name.clone())?;
            // One to eight NULs fill the entry to a multiple of eight.
            self.at = self.entry + ((name_at + length - self.entry + 8) & !7);
        }
        Some(())
    }

    fn path(&self) -> &[u8] {
        if self.version == 4 { &self.spelled } else { &self.bytes[self.name.clone()] }
    }

    fn mode(&self) -> u32 {
        be32(self.bytes, self.entry + 24).unwrap_or(0)
    }

    fn id(&self) -> ObjectId {
        let start = self.entry + STAT;
        ObjectId::from_bytes_or_panic(&self.bytes[start..start + self.hash.len_in_bytes()])
    }

    fn standing(&self) -> Standing {
        match (self.flags >> 12 & 3, self.extended & INTENT_TO_ADD != 0) {
            (0, false) => Standing::Recorded,
            (0, true) => Standing::IntentToAdd,
            _ => Standing::Conflicted,
        }
    }

    /// Steps over the rest of the `count` entries below `dir`, of which the current one is the
    /// first; unless the cache-tree and the entries disagree about where the directory ends.
    fn hop(&mut self, dir: &[u8], count: u32) -> Result<bool> {
        let mut ahead = self.clone();
        for _ in 1..count {
            if !ahead.advance()? {
                return Ok(false);
            }
        }
        let whole = ahead.path().starts_with(dir) && {
            let mut after = ahead.clone();
            !after.advance()? || !after.path().starts_with(dir)
        };
        if whole {
            *self = ahead;
        }
        Ok(whole)
    }
}

fn skip_entries(cursor: &mut Cursor<'_>) -> Result<usize> {
    while cursor.advance()? {}
    Ok(cursor.at)
}

fn build(cursor: &mut Cursor<'_>, cache: &CacheTree<'_>) -> Result<Contents> {
    let total = cursor.left as usize;
    let mut builder = Builder::default();
    builder.nodes.push(Some(0));
    // Where it is wrong once it is asked no more: else the same entries are hopped over once a level.
    let mut is_sound = true;
    while cursor.advance()? {
        let path = cursor.path().to_vec();
        let hopped = builder.enter(&path, &mut |parent, dir| {
            let name = &dir[..dir.len() - 1];
            let name = name.rsplit_once_str("/").map_or(name, |(_, last)| last);
            let at = parent.filter(|_| is_sound).and_then(|parent| cache.child(parent, name));
            let Some(at) = at else { return Ok(None) };
            let node = &cache.nodes[at];
            let Some(count) = node.entries.filter(|n| *n > 0) else { return Ok(Some(Known::Partly(at))) };
            is_sound = cursor.hop(dir, count)?;
            Ok(is_sound.then_some(Known::Whole(node.id)))
        })?;
        if !hopped {
            builder.leaf(&path, cursor.mode(), cursor.id(), cursor.standing())?;
        }
    }
    builder.contents.entries = total;
    Ok(builder.finish())
}

/// Answers, by its parent's number and its name, whether a directory is known as a whole.
type Ask<'a> = dyn FnMut(Option<usize>, &[u8]) -> Result<Option<Known>> + 'a;

/// What the cache-tree knows about a directory.
enum Known {
    /// This is its tree.
    Whole(ObjectId),
    /// Its node, for the directories below.
    Partly(usize),
}

/// Puts entries that come in order into directories.
#[derive(Default)]
struct Builder {
    contents: Contents,
    /// The path of the open directory, with a slash at its end.
    prefix: Vec<u8>,
    /// Open directories below the root: name, and what they hold so far.
    open: Vec<(BString, Vec<Item>)>,
    /// The cache-tree node of the root and of each open directory.
    nodes: Vec<Option<usize>>,
}

impl Builder {
    /// Opens the directories that lead to `path`. True when `known` answered for one of them as a whole.
    fn enter(&mut self, path: &[u8], known: &mut Ask<'_>) -> Result<bool> {
        while !path.starts_with(&self.prefix) {
            self.close();
        }
        while let Some(slash) = path[self.prefix.len()..].find_byte(b'/') {
            let end = self.prefix.len() + slash;
            if end + 1 == path.len() {
                break; // A sparse directory: `leaf` takes it.
            }
            let name = BString::from(&path[self.prefix.len()..end]);
            let parent = self.nodes.last().copied().flatten();
            match known(parent, &path[..=end])? {
                Some(Known::Whole(id)) => {
                    self.push(Item { name, mode: MODE_TREE, content: Content::Id(id) })?;
                    return Ok(true);
                }
                Some(Known::Partly(node)) => self.nodes.push(Some(node)),
                None => self.nodes.push(None),
            }
            ensure!(self.open.len() < MAX_DEPTH, "directories are nested deeper than {MAX_DEPTH}");
            self.open.push((name, Vec::new()));
            self.prefix = path[..=end].to_vec();
        }
        Ok(false)
    }

    fn leaf(&mut self, path: &[u8], mode: u32, id: ObjectId, standing: Standing) -> Result<()> {
        let name = path[self.prefix.len()..].as_bstr();
        let name = if mode == MODE_TREE { name.strip_suffix(b"/").unwrap_or(name) } else { name };
        ensure!(
            !name.is_empty() && !name.contains(&b'/'),
            "it holds the malformed path {:?}",
            path.as_bstr()
        );
        match standing {
            Standing::Recorded => self.push(Item { name: name.into(), mode, content: Content::Id(id) })?,
            Standing::IntentToAdd => self.contents.intent_to_add += 1,
            Standing::Conflicted => {
                if self.contents.conflicted.last().is_none_or(|last| last != path) {
                    self.contents.conflicted.push(path.into());
                }
            }
        }
        self.contents.entries += 1;
        Ok(())
    }

    fn push(&mut self, item: Item) -> Result<()> {
        let items = self.open.last_mut().map_or(&mut self.contents.items, |(_, items)| items);
        if let Some(last) = items.last() {
            ensure!(
                last.order(&item).is_lt(),
                "its entries are not sorted: {:?} stands before {:?}",
                last.name,
                item.name
            );
        }
        items.push(item);
        Ok(())
    }

    fn close(&mut self) {
        let Some((name, items)) = self.open.pop() else { return };
        self.nodes.pop();
        self.prefix.truncate(self.prefix.len() - name.len() - 1);
        let parent = self.open.last_mut().map_or(&mut self.contents.items, |(_, items)| items);
        parent.push(Item { name, mode: MODE_TREE, content: Content::Dir(items) });
    }

    fn finish(mut self) -> Contents {
        while !self.open.is_empty() {
            self.close();
        }
        self.contents
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// git's offset encoding: each further byte adds one, so that no number has two spellings.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.first()? & 0x7f);
    let mut read = 1;
    while bytes[read - 1] & 0x80 != 0 {
        let byte = *bytes.get(read)?;
        value = value.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
        read += 1;
    }
    Some((value, read))
}
