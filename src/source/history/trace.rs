//! Where what was found came in, where it went, and what holds it: computed in memory from the changes
//! of all commits, once for all secrets of a run.
//!
//! In: which piece holds which secret (as numbers; no secret comes here). Out: for each its way through
//! the history, and one version of each path to read it from: HEAD's where HEAD has it, else the oldest.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    rc::Rc,
};

use bstr::BString;
use gix::objs::Kind;

use super::{
    graph::Graph,
    plan::{NAMES, Piece, Pieces},
    sets::{SetId, Sets},
    sights::Sights,
    states::{State, States},
    store::{NONE, Number, Store},
    tips::{End, Holder, Indexed, Text, Tip},
    way::{Mark, Seen, Traced},
};
use crate::source::paths::PathId;

/// What a trace is made of.
pub(super) struct Tracer<'h> {
    pub store: &'h Store,
    pub graph: &'h Graph,
    pub pieces: &'h Pieces,
    pub tips: &'h [Tip],
    pub ends: &'h [End],
    pub refs: &'h [BString],
    pub files: &'h [(BString, Text)],
    pub index: &'h [Indexed],
    pub before: &'h [End],
    pub wanted: &'h [bool],
    /// Where a partial clone has its objects from.
    pub promisor: &'h str,
}

/// What was found, by what holds it.
#[derive(Default)]
pub(super) struct Found {
    pub blobs: HashMap<Number, SetId>,
    messages: HashMap<Number, SetId>,
    pub names: HashMap<u32, SetId>,
    refs: Vec<(u32, u32)>,
    files: Vec<(u32, u32)>,
    pub ranks: HashMap<Number, u32>,
}

/// What the tips lead to.
#[derive(Default)]
struct Led<'h> {
    /// What git keeps for a while, and what remotes had once: by name, and their log.
    passing: Vec<(&'h str, SetId)>,
    past: Vec<(&'h str, String, SetId)>,
    commits: HashSet<u32>,
    tags: HashSet<Number>,
    /// Contents that a tip names itself.
    contents: HashSet<Number>,
}

/// What is known of every commit.
struct Walked {
    /// In its files.
    here: Vec<SetId>,
    /// In its message.
    own: Vec<SetId>,
    /// In it or any before it.
    ever: Vec<SetId>,
}

impl Tracer<'_> {
    pub(super) fn trace(&self, seen: &[Seen], secrets: usize) -> Vec<Traced> {
        let mut sets = Sets::default();
        let found = self.sort(seen, &mut sets);
        let mut traced: Vec<Traced> = Vec::with_capacity(secrets);
        traced.resize_with(secrets, Traced::default);
        let mut sights = Sights::default();
        let walked = self.walk(&found, &mut sets, &mut traced, &mut sights);
        let before = self.before.iter().filter_map(|end| self.graph.places.get(&end.number?));
        for at in before {
            sets.members(walked.here[*at as usize])
                .into_iter()
                .for_each(|at| traced[at as usize].is_old = true);
        }
        self.held(&found, &mut sets, &walked, &mut traced, &mut sights);
        sights.hand_over(self, seen, &found, &mut traced);
        traced
    }

    fn sort(&self, seen: &[Seen], sets: &mut Sets) -> Found {
        let mut found = Found::default();
        let mut blobs: HashMap<Number, Vec<u32>> = HashMap::new();
        let mut messages: HashMap<Number, Vec<u32>> = HashMap::new();
        let mut names: HashMap<u32, Vec<u32>> = HashMap::new();
        for one in seen {
            match self.pieces.list[one.piece as usize] {
                Piece::Blob(number) => {
                    found.ranks.insert(number, one.piece);
                    blobs.entry(number).or_default().push(one.secret);
                }
                Piece::Message(number) => {
                    found.ranks.insert(number, one.piece);
                    messages.entry(number).or_default().push(one.secret);
                }
                Piece::Names(from) => {
                    names.entry(from + one.line.min(NAMES as u32)).or_default().push(one.secret);
                }
                Piece::Refs => found.refs.push((one.line, one.secret)),
                Piece::File(at) => found.files.push((at, one.secret)),
            }
        }
        found.blobs = blobs.into_iter().map(|(blob, all)| (blob, sets.of(all))).collect();
        found.messages = messages.into_iter().map(|(id, all)| (id, sets.of(all))).collect();
        found.names = names.into_iter().map(|(name, all)| (name, sets.of(all))).collect();
        found
    }

    /// What a path holds by its content and by its names.
    fn secrets(&self, found: &Found, sets: &mut Sets, path: PathId, blob: Number) -> SetId {
        let mut all = found.blobs.get(&blob).copied().unwrap_or(0);
        if !found.names.is_empty() {
            for part in self.graph.paths.parts(path) {
                if let Some(set) = found.names.get(&part) {
                    all = sets.join(all, *set);
                }
            }
        }
        all
    }

    /// Goes through all commits, the oldest first.
    fn walk(&self, found: &Found, sets: &mut Sets, traced: &mut [Traced], sights: &mut Sights) -> Walked {
        let nodes = &self.graph.nodes;
        let head: Vec<usize> =
            (0..self.tips.len()).filter(|tip| self.tips[*tip].holder == Holder::Head).collect();
        let in_head = self.ancestors(&head);
        let head = head.first().and_then(|tip| self.node(*tip));
        let tips = self.branches();
        let mut states = States::of(nodes);
        let mut walked = Walked { here: Vec::new(), own: Vec::new(), ever: Vec::new() };
        // Of commits of one second HEAD's own go first: another root may hold the same.
        let mut first: Vec<Option<(i64, bool, u32)>> = vec![None; traced.len()];
        let mut removed: Vec<Option<u32>> = vec![None; traced.len()];
        for (at, node) in nodes.iter().enumerate() {
            let at = at as u32;
            let mut state = states.before(node);
            self.apply(at, &mut state, found, sets, sights);
            let own = found.messages.get(&node.number).copied().unwrap_or(0);
            let before = node.parents.iter().fold(0, |all, p| sets.join(all, walked.here[*p as usize]));
            let now = sets.join(state.secrets, own);
            if node.is_commit {
                let is_in_head = in_head.contains(&at);
                for secret in sets.without(now, before) {
                    let mark = (node.time, !is_in_head, at);
                    let known = &mut first[secret as usize];
                    *known = Some(known.map_or(mark, |known| known.min(mark)));
                }
                if is_in_head {
                    sets.without(before, state.secrets)
                        .into_iter()
                        .for_each(|secret| removed[secret as usize] = Some(at));
                }
            }
            let ever = node.parents.iter().fold(now, |all, p| sets.join(all, walked.ever[*p as usize]));
            walked.here.push(state.secrets);
            walked.own.push(own);
            walked.ever.push(ever);
            if let Some(names) = tips.get(&at) {
                for secret in sets.members(state.secrets) {
                    names.iter().for_each(|name| traced[secret as usize].live.add(name));
                }
            }
            if head == Some(at) {
                self.head(at, &state, found, sets, traced, sights);
            }
            states.keep(at, state);
        }
        let mark = |at: u32, rank: u32| Mark {
            id: self.store.id(nodes[at as usize].number).to_string(),
            time: nodes[at as usize].time,
            rank,
        };
        for (secret, traced) in traced.iter_mut().enumerate() {
            traced.first =
                first[secret].map(|(_, is_elsewhere, at)| mark(at, u32::from(is_elsewhere) << 31 | at));
            traced.removed = removed[secret].filter(|_| !traced.in_head).map(|at| mark(at, at));
        }
        walked
    }

    fn apply(&self, at: u32, state: &mut Rc<State>, found: &Found, sets: &mut Sets, sights: &mut Sights) {
        let mut is_less = false;
        for change in self.graph.changes(at) {
            if !self.wanted[change.path as usize] {
                continue;
            }
            let secrets = match change.blob {
                NONE => 0,
                blob => self.secrets(found, sets, change.path, blob),
            };
            if secrets == 0 && !state.files.contains_key(&change.path) {
                continue;
            }
            let state = Rc::make_mut(state);
            let old = match secrets {
                0 => state.files.remove(&change.path),
                _ => state.files.insert(change.path, change.blob),
            };
            if secrets != 0 {
                sights.add(sets, secrets, change.path, change.blob, at, false);
                state.secrets = sets.join(state.secrets, secrets);
            }
            for secret in sets.members(secrets) {
                *state.counts.entry(secret).or_default() += 1;
            }
            let old = old.map_or(0, |blob| self.secrets(found, sets, change.path, blob));
            for secret in sets.members(old) {
                let count = state.counts.entry(secret).or_default();
                *count = count.saturating_sub(1);
                if *count == 0 {
                    state.counts.remove(&secret);
                    is_less = true;
                }
            }
        }
        if is_less {
            let secrets = sets.of(state.counts.keys().copied());
            Rc::make_mut(state).secrets = secrets;
        }
    }

    fn head(
        &self,
        at: u32,
        state: &State,
        found: &Found,
        sets: &mut Sets,
        traced: &mut [Traced],
        sights: &mut Sights,
    ) {
        for secret in sets.members(state.secrets) {
            traced[secret as usize].in_head = true;
        }
        for (path, blob) in &state.files {
            let secrets = self.secrets(found, sets, *path, *blob);
            sights.add(sets, secrets, *path, *blob, at, true);
        }
    }

    /// The commit that a tip leads to, or the tree that stands for one.
    fn node(&self, tip: usize) -> Option<u32> {
        let end = self.ends[tip].number?;
        self.graph.places.get(&end).copied()
    }

    /// The branches that end at each commit.
    fn branches(&self) -> HashMap<u32, Vec<&str>> {
        let mut tips: HashMap<u32, Vec<&str>> = HashMap::new();
        for (at, tip) in self.tips.iter().enumerate() {
            if let (Some(branch), Some(node)) = (&tip.branch, self.node(at)) {
                tips.entry(node).or_default().push(branch);
            }
        }
        tips
    }

    fn ancestors(&self, tips: &[usize]) -> HashSet<u32> {
        let mut met = HashSet::new();
        let mut todo: Vec<u32> = tips.iter().filter_map(|tip| self.node(*tip)).collect();
        while let Some(at) = todo.pop() {
            if met.insert(at) {
                todo.extend(&self.graph.nodes[at as usize].parents);
            }
        }
        met
    }

    /// What holds each secret now.
    fn held(
        &self,
        found: &Found,
        sets: &mut Sets,
        walked: &Walked,
        traced: &mut [Traced],
        sights: &mut Sights,
    ) {
        let led = self.led(found, sets, walked, traced);
        self.in_references(found, traced);
        self.in_index(found, sets, traced, sights);
        for (at, secret) in &found.files {
            traced[*secret as usize].elsewhere.add(&self.files[*at as usize].0.to_string());
        }
        self.unreachable(found, sets, walked, &led, traced);
        for (label, all) in led.passing {
            for secret in sets.members(all) {
                traced[secret as usize].passing.add(label);
            }
        }
        for secret in self.promised(found, sets, walked) {
            traced[secret as usize].remotes.add(self.promisor);
        }
        for (remote, log, all) in led.past {
            for secret in sets.members(all) {
                let traced = &mut traced[secret as usize];
                // What it has now is known from its reference.
                if !traced.remotes.shown.iter().any(|known| known == remote) {
                    traced.remotes.add(remote);
                    traced.elsewhere.add(&log);
                }
            }
        }
    }

    /// Follows the tips, and says of each secret which branches, tags and remotes hold it.
    fn led(&self, found: &Found, sets: &mut Sets, walked: &Walked, traced: &mut [Traced]) -> Led<'_> {
        let mut led = Led::default();
        for (at, tip) in self.tips.iter().enumerate() {
            let (End { tags, number: end }, node) = (&self.ends[at], self.node(at));
            let mut all = node.map_or(0, |at| walked.ever[at as usize]);
            for tag in tags {
                all = sets.join(all, found.messages.get(tag).copied().unwrap_or(0));
            }
            if let Some(blob) = *end {
                all = sets.join(all, found.blobs.get(&blob).copied().unwrap_or(0));
                led.contents.insert(blob);
            }
            led.tags.extend(tags.iter().copied());
            let mut todo: Vec<u32> = node.into_iter().collect();
            while let Some(at) = todo.pop() {
                if led.commits.insert(at) {
                    todo.extend(&self.graph.nodes[at as usize].parents);
                }
            }
            match &tip.holder {
                Holder::Passing(label) => led.passing.push((label, all)),
                Holder::Past { remote, log } => led.past.push((remote, log.clone(), all)),
                Holder::Gone { remote, branch } => {
                    led.past.push((remote, format!("upstream of {branch} (gone)"), all));
                }
                Holder::Head => led.passing.push(("HEAD", all)),
                holder => {
                    for secret in sets.members(all) {
                        hold(&mut traced[secret as usize], holder);
                    }
                }
            }
        }
        led
    }

    /// Secrets in the names of references.
    fn in_references(&self, found: &Found, traced: &mut [Traced]) {
        for (line, secret) in &found.refs {
            let Some(name) = self.refs.get(*line as usize) else { continue };
            let mut is_held = false;
            for tip in self.tips.iter().filter(|tip| tip.name == *name) {
                hold(&mut traced[*secret as usize], &tip.holder);
                is_held = true;
            }
            if !is_held {
                traced[*secret as usize].elsewhere.add("symbolic reference");
            }
        }
    }

    /// Secrets in what the indexes hold, and in the names there.
    fn in_index(&self, found: &Found, sets: &Sets, traced: &mut [Traced], sights: &mut Sights) {
        for entry in self.index.iter().filter(|entry| self.wanted[entry.path as usize]) {
            for secret in found.blobs.get(&entry.blob).into_iter().flat_map(|set| sets.members(*set)) {
                traced[secret as usize].elsewhere.add(&entry.label);
                sights.staged.insert((secret, entry.name.clone(), entry.blob));
            }
            let parts = (!found.names.is_empty()).then(|| self.graph.paths.parts(entry.path));
            for set in parts.into_iter().flatten().filter_map(|part| found.names.get(&part)) {
                for secret in sets.members(*set) {
                    traced[secret as usize].elsewhere.add(&entry.label);
                    sights.staged_names.insert((secret, entry.name.clone()));
                }
            }
        }
    }

    /// What came from the other side with the objects of a partial clone: all that such a commit leads to, and contents
    /// without one.
    fn promised(&self, found: &Found, sets: &mut Sets, walked: &Walked) -> Vec<u32> {
        let mut all = 0;
        if !self.store.has_promised() {
            return Vec::new();
        }
        for (at, node) in self.graph.nodes.iter().enumerate() {
            if walked.ever[at] != 0 && self.store.is_promised(node.number) {
                all = sets.join(all, walked.ever[at]);
            }
        }
        for (object, set) in found.blobs.iter().chain(&found.messages) {
            if self.store.is_promised(*object) {
                all = sets.join(all, *set);
            }
        }
        sets.members(all)
    }

    /// What no tip and no index leads to.
    fn unreachable(&self, found: &Found, sets: &Sets, walked: &Walked, led: &Led<'_>, traced: &mut [Traced]) {
        let mut lost: Vec<(SetId, Option<&Path>)> = Vec::new();
        let staged: HashSet<Number> = self.index.iter().map(|entry| entry.blob).collect();
        let mut placed: HashSet<Number> = HashSet::new();
        for at in 0..self.graph.nodes.len() as u32 {
            if !led.commits.contains(&at) {
                let lender = self.store.lender(self.graph.nodes[at as usize].number);
                lost.extend([(walked.here[at as usize], lender), (walked.own[at as usize], lender)]);
            }
            placed.extend(
                self.graph
                    .changes(at)
                    .iter()
                    .map(|change| change.blob)
                    .filter(|b| found.blobs.contains_key(b)),
            );
        }
        for (blob, set) in &found.blobs {
            if !placed.contains(blob) && !led.contents.contains(blob) && !staged.contains(blob) {
                lost.push((*set, self.store.lender(*blob)));
            }
        }
        for (number, set) in &found.messages {
            if self.store.kind(*number) == Some(Kind::Tag) && !led.tags.contains(number) {
                lost.push((*set, self.store.lender(*number)));
            }
        }
        lost.sort_unstable();
        lost.dedup();
        for (set, lender) in lost {
            let name = match lender {
                Some(dir) => format!("unreachable objects of {}", dir.display()),
                None => "unreachable objects".to_owned(),
            };
            for secret in sets.members(set) {
                traced[secret as usize].elsewhere.add(&name);
            }
        }
    }
}

fn hold(traced: &mut Traced, holder: &Holder) {
    match holder {
        // Of worth only where no branch has it; that is known at the end.
        Holder::Head | Holder::Past { .. } | Holder::Gone { .. } => {}
        Holder::Branch(name) => traced.branches.add(name),
        Holder::Tag(name) => traced.tags.add(name),
        Holder::Remote(name) => traced.remotes.add(name),
        Holder::Other(name) | Holder::Passing(name) => traced.elsewhere.add(name),
    }
}
