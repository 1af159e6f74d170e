//! Paths as numbers: a directory and a name. There are far fewer paths than versions.

use std::collections::HashMap;

use bstr::BString;

/// The number of a path.
pub(super) type PathId = u32;

/// The root directory.
pub(super) const ROOT: PathId = 0;

/// A table of paths.
pub(super) struct Paths {
    /// Directory and name of each.
    list: Vec<(PathId, u32)>,
    known: HashMap<(PathId, u32), PathId>,
    names: Vec<BString>,
    known_names: HashMap<BString, u32>,
}

impl Default for Paths {
    fn default() -> Self {
        let (list, names) = (vec![(ROOT, 0)], vec![BString::default()]);
        Paths { list, known: HashMap::new(), names, known_names: HashMap::new() }
    }
}

impl Paths {
    /// The path of `name` in `dir`.
    pub(super) fn join(&mut self, dir: PathId, name: &[u8]) -> PathId {
        let name = match self.known_names.get(bstr::BStr::new(name)) {
            Some(known) => *known,
            None => {
                self.names.push(name.into());
                let new = self.names.len() as u32 - 1;
                self.known_names.insert(name.into(), new);
                new
            }
        };
        let list = &mut self.list;
        *self.known.entry((dir, name)).or_insert_with(|| {
            list.push((dir, name));
            list.len() as PathId - 1
        })
    }

    /// A whole path, forward slashes.
    pub(super) fn whole(&mut self, path: &[u8]) -> PathId {
        path.split(|byte| *byte == b'/').fold(ROOT, |dir, name| self.join(dir, name))
    }

    /// Adds another table; what each of its numbers is here.
    pub(super) fn merge(&mut self, other: &Paths) -> Vec<PathId> {
        let mut here = Vec::with_capacity(other.list.len());
        here.push(ROOT);
        for (dir, name) in &other.list[1..] {
            let dir = here[*dir as usize];
            here.push(self.join(dir, &other.names[*name as usize]));
        }
        here
    }

    /// The whole path, forward slashes.
    pub(super) fn name(&self, mut path: PathId) -> BString {
        let mut parts = Vec::new();
        while path != ROOT {
            let (dir, name) = self.list[path as usize];
            parts.push(self.names[name as usize].as_slice());
            path = dir;
        }
        parts.reverse();
        parts.join(&b'/').into()
    }

    /// The number of the last part of a path.
    pub(super) fn last(&self, path: PathId) -> u32 {
        self.list[path as usize].1
    }

    /// Whether a part of the path is one of these names.
    pub(super) fn parts(&self, mut path: PathId) -> impl Iterator<Item = u32> + '_ {
        std::iter::from_fn(move || {
            let (dir, name) = *self.list.get(path as usize).filter(|_| path != ROOT)?;
            path = dir;
            Some(name)
        })
    }

    /// Every name there is.
    pub(super) fn names(&self) -> &[BString] {
        &self.names
    }

    /// How many paths there are, the root included.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}
