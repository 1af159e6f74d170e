//! What is read again of each secret, and in which order it is shown: HEAD's version of each path where HEAD has it, else the
//! oldest, then what no path leads to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry};

use bstr::{BString, ByteSlice};
use gix::objs::Kind;

use super::{
    plan::{Piece, unnamed},
    sets::{SetId, Sets},
    store::Number,
    trace::{Found, Tracer},
    way::{Read, SHOWN, Seen, Sight, Traced},
};
use crate::order;
use crate::source::Place;
use crate::source::paths::PathId;

/// One version of each path for each secret.
#[derive(Default)]
pub(super) struct Sights {
    /// By secret and path: whether HEAD has it, in which commit, and the blob.
    files: BTreeMap<(u32, PathId), (bool, u32, Number)>,
    pub staged: BTreeSet<(u32, BString, Number)>,
    /// By their name.
    pub staged_names: BTreeSet<(u32, BString)>,
}

impl Sights {
    pub(super) fn add(
        &mut self,
        sets: &Sets,
        secrets: SetId,
        path: PathId,
        blob: Number,
        node: u32,
        in_head: bool,
    ) {
        for secret in sets.members(secrets) {
            let known = self.files.entry((secret, path)).or_insert((in_head, node, blob));
            if in_head {
                *known = (true, node, blob);
            }
        }
    }

    /// HEAD's versions first, then the oldest, then what no commit has.
    pub(super) fn hand_over(self, of: &Tracer<'_>, seen: &[Seen], found: &Found, traced: &mut [Traced]) {
        let mut shown: HashSet<(u32, Number)> = HashSet::new();
        let mut all: Vec<(u32, Sight)> = Vec::new();
        let notes = of.notes();
        for ((secret, path), (in_head, at, blob)) in self.files {
            let node = &of.graph.nodes[at as usize];
            let mut name = of.graph.paths.name(path);
            if let Some(reference) = notes.get(&at) {
                name = of.note(&name, reference).unwrap_or(name);
            }
            let id = of.store.id(node.number).to_string();
            let (place, rank) = match (node.is_commit, in_head) {
                (true, true) => (Place::Commit { id }, Rank::Head.of(0)),
                (true, false) => (Place::Commit { id }, Rank::Commit.of(at)),
                (false, _) => (Place::Object { id: of.store.id(blob).to_string() }, Rank::NoCommit.of(0)),
            };
            shown.insert((secret, blob));
            let by_name = of.graph.paths.parts(path).any(|part| found.names.contains_key(&part));
            if by_name {
                let read = Read::Name(name.clone());
                all.push((secret, Sight { read, path: name.clone(), place: place.clone(), rank }));
            }
            if let Some(piece) = found.ranks.get(&blob) {
                all.push((secret, Sight { read: Read::Piece(*piece), path: name, place, rank }));
            }
        }
        for (secret, path, blob) in self.staged {
            let place = Place::Staged;
            let rank = Rank::NoCommit.of(1);
            if let Some(piece) = found.ranks.get(&blob)
                && shown.insert((secret, blob))
            {
                all.push((secret, Sight { read: Read::Piece(*piece), path, place, rank }));
            }
        }
        for (secret, path) in self.staged_names {
            let (read, place) = (Read::Name(path.clone()), Place::Staged);
            if !all.iter().any(|(other, sight)| *other == secret && sight.read == read) {
                all.push((secret, Sight { read, path, place, rank: Rank::NoCommit.of(1) }));
            }
        }
        order::by(&mut all, |(secret, sight), (other, known)| {
            (secret, sight.rank, &sight.path).cmp(&(other, known.rank, &known.path))
        });
        all.into_iter().for_each(|(secret, sight)| traced[secret as usize].sights.push(sight));
        let mut others: Vec<(u32, Sight)> =
            seen.iter().filter_map(|seen| Some((seen.secret, of.other(seen, found)?))).collect();
        order::by_key(&mut others, |(_, sight)| sight.rank);
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for (secret, sight) in others {
            let count = counts.entry(secret).or_default();
            let sights = &mut traced[secret as usize].sights;
            if *count < SHOWN && !sights.contains(&sight) {
                sights.push(sight);
                *count += 1;
            }
        }
    }
}

/// What is shown first.
#[derive(Clone, Copy)]
enum Rank {
    Head,
    Commit,
    NoCommit,
    Unnamed,
    Message,
    TagMessage,
    Reference,
    File,
}

/// Whether of a place of this rank there is one for each path: HEAD's, or the oldest.
pub fn is_one_of_path(rank: u64) -> bool {
    rank <= Rank::NoCommit.of(0)
}

/// Whether a place of this rank is in no file that a directory names.
pub fn is_in_no_file(rank: u64) -> bool {
    rank >= Rank::Unnamed.of(0)
}

impl Rank {
    fn of(self, number: u32) -> u64 {
        (self as u64) << 32 | u64::from(number)
    }
}

impl<'h> Tracer<'h> {
    /// The commits that hold notes, and by which reference.
    fn notes(&self) -> HashMap<u32, &'h BString> {
        let mut notes = HashMap::new();
        for (tip, end) in self.tips.iter().zip(self.ends) {
            let node = end.number.and_then(|number| self.graph.places.get(&number));
            let mut todo: Vec<u32> =
                node.filter(|_| tip.name.starts_with(b"refs/notes/")).copied().into_iter().collect();
            while let Some(at) = todo.pop() {
                if let Entry::Vacant(entry) = notes.entry(at) {
                    entry.insert(&tip.name);
                    todo.extend(&self.graph.nodes[at as usize].parents);
                }
            }
        }
        notes
    }

    /// How a note is called; git files it under the id of its object, with slashes in it where there are many.
    fn note(&self, path: &BString, reference: &BString) -> Option<BString> {
        let id = gix::ObjectId::from_hex(&path.replace("/", "")).ok()?;
        let kind = self.store.find(&id).and_then(|object| self.store.kind(object));
        let kind = kind.map_or("object".to_owned(), |kind| kind.to_string());
        Some(format!("note of {kind} {id} ({reference})").into())
    }
}

impl Tracer<'_> {
    /// Versions that no path leads to: messages, blobs without a directory, git's own files and names.
    fn other(&self, seen: &Seen, found: &Found) -> Option<Sight> {
        let read = Read::Piece(seen.piece);
        Some(match self.pieces.list[seen.piece as usize] {
            Piece::Blob(number) => {
                if self.pieces.hints(number).next().is_some() || !found.blobs.contains_key(&number) {
                    return None;
                }
                let id = self.store.id(number).to_string();
                Sight {
                    read,
                    path: unnamed(&id),
                    place: Place::Object { id },
                    rank: Rank::Unnamed.of(seen.piece),
                }
            }
            Piece::Message(number) => {
                let id = self.store.id(number).to_string();
                let is_tag = self.store.kind(number) == Some(Kind::Tag);
                let path = if is_tag { "tag message" } else { "commit message" }.into();
                let rank = match self.graph.places.get(&number) {
                    Some(node) => Rank::Message.of(*node),
                    None => Rank::TagMessage.of(seen.piece),
                };
                Sight { read, path, place: Place::Message { id }, rank }
            }
            Piece::Names(_) => return None,
            Piece::Refs => {
                let name = self.refs.get(seen.line as usize)?.clone();
                let rank = Rank::Reference.of(seen.line);
                Sight { read: Read::Name(name.clone()), path: name, place: Place::GitFile, rank }
            }
            Piece::File(at) => {
                let path = self.files[at as usize].0.clone();
                Sight { read, path, place: Place::GitFile, rank: Rank::File.of(at) }
            }
        })
    }
}
