//! Which part of a history is scanned: all of it, what something leads to, what nothing leads to any more,
//! or what some commits have and others have not.
//!
//! In: the commits with their changes, and where references lead. Out: which objects and names count. Each
//! commit lists what differs from its first parent, so the changes of a commit and of all before it name
//! every file that any of them holds.

use std::collections::HashSet;

use super::{
    graph::Graph,
    store::{NONE, Number, Store},
    tips::End,
};
use crate::source::paths::PathId;

/// What of a history is scanned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Extent {
    /// All that still exists.
    #[default]
    All,
    /// What a reference, HEAD, a reflog or an index leads to.
    Reachable,
    /// What none of these leads to: git drops it sooner or later.
    Unreachable,
    /// What the first revisions lead to and the second do not.
    Between {
        /// As on git's command line.
        include: Vec<String>,
        /// As on git's command line.
        exclude: Vec<String>,
    },
}

/// A set of objects.
struct Objects(Vec<u64>);

impl Objects {
    fn add(&mut self, number: Number) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    fn has(&self, number: Number) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }
}

/// What some ends lead to.
pub(super) struct Reached {
    objects: Objects,
    nodes: HashSet<u32>,
}

impl Reached {
    pub(super) fn from<'e>(
        ends: impl Iterator<Item = &'e End>,
        staged: impl Iterator<Item = Number>,
        graph: &Graph,
        store: &Store,
    ) -> Reached {
        let mut objects = Objects(vec![0; store.len() as usize / 64 + 1]);
        let mut todo = Vec::new();
        for end in ends {
            end.tags.iter().chain(&end.number).for_each(|number| objects.add(*number));
            todo.extend(end.number.and_then(|number| graph.places.get(&number)));
        }
        staged.for_each(|blob| objects.add(blob));
        let mut nodes = HashSet::new();
        while let Some(at) = todo.pop() {
            if nodes.insert(at) {
                let node = &graph.nodes[at as usize];
                objects.add(node.number);
                graph
                    .changes(at)
                    .iter()
                    .filter(|change| change.blob != NONE)
                    .for_each(|c| objects.add(c.blob));
                todo.extend(&node.parents);
            }
        }
        Reached { objects, nodes }
    }

    pub(super) fn has_node(&self, at: u32) -> bool {
        self.nodes.contains(&at)
    }

    /// The names in the changes of the nodes for which `is_asked` holds.
    fn names(&self, graph: &Graph, is_asked: bool) -> HashSet<u32> {
        let nodes = (0..graph.nodes.len() as u32).filter(|at| self.nodes.contains(at) == is_asked);
        let paths: HashSet<PathId> =
            nodes.flat_map(|at| graph.changes(at)).map(|change| change.path).collect();
        paths.into_iter().flat_map(|path| graph.paths.parts(path)).collect()
    }
}

/// What is scanned.
#[derive(Default)]
pub(super) struct Selection {
    /// Objects that count, or all.
    objects: Option<Objects>,
    /// Whether the names count or all others do.
    names: Option<(bool, HashSet<u32>)>,
    /// Names of references and git's own files do not count.
    is_objects_only: bool,
}

impl Selection {
    pub(super) fn reachable(reached: Reached, graph: &Graph) -> Selection {
        let kept = reached.names(graph, true);
        let mut lost = reached.names(graph, false);
        lost.retain(|name| !kept.contains(name));
        Selection { objects: Some(reached.objects), names: Some((false, lost)), is_objects_only: false }
    }

    pub(super) fn unreachable(reached: Reached, graph: &Graph) -> Selection {
        let kept = reached.names(graph, true);
        let mut lost = reached.names(graph, false);
        lost.retain(|name| !kept.contains(name));
        let objects = Objects(reached.objects.0.into_iter().map(|word| !word).collect());
        Selection { objects: Some(objects), names: Some((true, lost)), is_objects_only: true }
    }

    /// A commit that brings back what was there long ago brings it all the same. A merge brings what its other
    /// side has, too, which is no news when that is excluded.
    pub(super) fn between(included: Reached, excluded: &Reached, graph: &Graph) -> Selection {
        let nodes: HashSet<u32> = included.nodes.difference(&excluded.nodes).copied().collect();
        let words = included.objects.0.iter().zip(&excluded.objects.0);
        let mut objects = Objects(words.map(|(included, excluded)| included & !excluded).collect());
        for at in nodes.iter().filter(|at| graph.nodes[**at as usize].parents.len() < 2) {
            let changes = graph.changes(*at).iter().filter(|change| change.blob != NONE);
            changes.for_each(|change| objects.add(change.blob));
        }
        let known = excluded.names(graph, true);
        let mut names = included.names(graph, true);
        names.retain(|name| !known.contains(name));
        Selection { objects: Some(objects), names: Some((true, names)), is_objects_only: true }
    }

    pub(super) fn has(&self, number: Number) -> bool {
        self.objects.as_ref().is_none_or(|objects| objects.has(number))
    }

    pub(super) fn has_name(&self, name: u32) -> bool {
        self.names.as_ref().is_none_or(|(counts, names)| names.contains(&name) == *counts)
    }

    pub(super) fn has_others(&self) -> bool {
        !self.is_objects_only
    }

    pub(super) fn is_all(&self) -> bool {
        self.objects.is_none()
    }
}
