//! Sets of small numbers, each kept once however many commits have it.

use std::collections::HashMap;

/// The number of a set; 0 is the empty one.
pub(super) type SetId = u32;

/// All sets that were met.
pub(super) struct Sets {
    list: Vec<Box<[u64]>>,
    known: HashMap<Box<[u64]>, SetId>,
    joined: HashMap<(SetId, SetId), SetId>,
}

impl Default for Sets {
    fn default() -> Self {
        let empty: Box<[u64]> = Box::default();
        Sets { known: HashMap::from([(empty.clone(), 0)]), list: vec![empty], joined: HashMap::new() }
    }
}

impl Sets {
    pub(super) fn of(&mut self, members: impl IntoIterator<Item = u32>) -> SetId {
        let mut words = Vec::new();
        for member in members {
            let at = member as usize / 64;
            if words.len() <= at {
                words.resize(at + 1, 0);
            }
            words[at] |= 1 << (member % 64);
        }
        self.intern(words)
    }

    fn intern(&mut self, words: Vec<u64>) -> SetId {
        let words = words.into_boxed_slice();
        if let Some(known) = self.known.get(&words) {
            return *known;
        }
        let new = self.list.len() as SetId;
        self.list.push(words.clone());
        self.known.insert(words, new);
        new
    }

    pub(super) fn join(&mut self, one: SetId, other: SetId) -> SetId {
        let key = (one.min(other), one.max(other));
        if key.0 == 0 || key.0 == key.1 {
            return key.1;
        }
        if let Some(known) = self.joined.get(&key) {
            return *known;
        }
        let (one, other) = (&self.list[key.0 as usize], &self.list[key.1 as usize]);
        let word = |words: &[u64], at: usize| words.get(at).copied().unwrap_or(0);
        let words = (0..one.len().max(other.len())).map(|at| word(one, at) | word(other, at)).collect();
        let joined = self.intern(words);
        self.joined.insert(key, joined);
        joined
    }

    pub(super) fn members(&self, set: SetId) -> Vec<u32> {
        self.without(set, 0)
    }

    /// What `set` has and `other` has not.
    pub(super) fn without(&self, set: SetId, other: SetId) -> Vec<u32> {
        if set == other {
            return Vec::new();
        }
        let (set, other) = (&self.list[set as usize], &self.list[other as usize]);
        let mut members = Vec::new();
        for (at, word) in set.iter().enumerate() {
            let mut rest = word & !other.get(at).copied().unwrap_or(0);
            while rest != 0 {
                members.push(at as u32 * 64 + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
        members
    }
}
