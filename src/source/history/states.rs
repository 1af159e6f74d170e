//! What stands in a commit while a history is walked, kept for as long as another commit goes on from it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::graph::Node;
use super::sets::SetId;
use super::store::Number;
use crate::source::paths::PathId;

/// The interesting files of a commit.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) files: BTreeMap<PathId, Number>,
    /// How many of them hold each secret.
    pub(super) counts: BTreeMap<u32, u32>,
    pub(super) secrets: SetId,
}

/// Those of commits that others are still to go on from.
pub(super) struct States {
    /// How many go on from each commit as from their first parent, and have not been met.
    children: Vec<u32>,
    kept: HashMap<u32, Rc<State>>,
}

impl States {
    pub(super) fn of(nodes: &[Node]) -> States {
        let mut children = vec![0u32; nodes.len()];
        let parents = nodes.iter().filter_map(|node| node.parents.first());
        parents.for_each(|parent| children[*parent as usize] += 1);
        States { children, kept: HashMap::new() }
    }

    /// What a commit starts from; nothing, where it has no parent.
    pub(super) fn before(&mut self, node: &Node) -> Rc<State> {
        let Some(parent) = node.parents.first() else { return Rc::default() };
        let left = &mut self.children[*parent as usize];
        *left -= 1;
        let state = if *left == 0 { self.kept.remove(parent) } else { self.kept.get(parent).cloned() };
        state.unwrap_or_default()
    }

    pub(super) fn keep(&mut self, at: u32, state: Rc<State>) {
        if self.children[at as usize] > 0 {
            self.kept.insert(at, state);
        }
    }
}
