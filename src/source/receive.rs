//! What a push has brought to this repository and no reference here has yet.
//!
//! In: the lines of pre-receive, or the arguments of update. Out: as for a range of commits. In
//! pre-receive the objects are still in quarantine: a directory that only variables name, see
//! [`object_dirs`](super::object_dirs).

use anyhow::{Context as _, Result, anyhow};
use bstr::{BStr, BString, ByteSlice};

use super::{
    Context, Coverage, Lineage, Place, Plan, Source, Visit, VisitOld, plumbing,
    push::{object, start_of},
    range::{Range, Tip},
    repo,
};

/// A reference that a push wants to change here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What it is now, hex; `None` creates it.
    pub old_id: Option<String>,
    /// What it shall be, hex; `None` deletes it.
    pub new_id: Option<String>,
    /// Its name.
    pub name: BString,
}

impl Received {
    /// Parses what git writes to pre-receive: `<old id> <new id> <ref>` a line.
    ///
    /// # Errors
    /// When a line is malformed: what is not understood is not passed over.
    pub fn parse(stdin: &[u8]) -> Result<Vec<Received>> {
        stdin
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|(at, line)| {
                let fields: Vec<&[u8]> = line.splitn_str(3, " ").collect();
                match fields.as_slice() {
                    [old, new, name] if !name.is_empty() => Self::new(old, new, name),
                    _ => Err(anyhow!("it should have three fields")),
                }
                .with_context(|| {
                    format!("line {} of the input is not understood: {}", at + 1, start_of(line))
                })
            })
            .collect()
    }

    /// From the arguments of update.
    ///
    /// # Errors
    /// When an id is malformed.
    pub fn new(old: &[u8], new: &[u8], name: &[u8]) -> Result<Self> {
        Ok(Received { old_id: object(old)?, new_id: object(new)?, name: name.into() })
    }
}

/// What a push has brought.
pub struct Receive(Range);

impl Receive {
    /// Finds the commits that `updates` bring and that no reference here leads to.
    ///
    /// # Errors
    /// When the repository or one of the commits cannot be read.
    pub fn open(ctx: &Context, updates: &[Received]) -> Result<Self> {
        let mut opened = repo::open(ctx)?;
        let hidden = opened.refs(&["refs/".into()])?;
        let (mut tips, mut made) = (Vec::new(), Vec::new());
        for update in updates {
            if let Some(id) = &update.new_id {
                let id = plumbing::oid(id.as_bytes())?;
                tips.push(Tip { name: update.name.clone(), id });
                if update.old_id.is_none() {
                    made.push(Tip { name: update.name.clone(), id });
                }
            }
        }
        opened.objects_never_refresh();
        let mut range = Range::between(ctx, opened, tips, &hidden)?;
        range.made = made;
        Ok(Receive(range))
    }

    /// The commits that are new here, hex, parents before children.
    pub fn commits(&self) -> Vec<String> {
        self.0.commits()
    }
}

impl Source for Receive {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        self.0.visit(each)
    }

    fn plan(&mut self) -> Result<Option<Box<dyn Plan>>> {
        self.0.plan()
    }

    fn lineage(&self, id: &str) -> Option<Lineage> {
        // The server's HEAD is not the pusher's.
        self.0.lineage(id).map(|lineage| Lineage { is_head: false, branch: None, ..lineage })
    }

    fn stands_at_tip(&mut self, path: &BStr, holds: &dyn Fn(&[u8]) -> bool) -> Result<Option<bool>> {
        self.0.stands_at_tip(path, holds)
    }

    fn parents(&self, place: &Place) -> usize {
        self.0.parents(place)
    }

    fn replaced(&mut self, place: &Place, parent: usize, each: &mut VisitOld<'_>) -> Result<()> {
        self.0.replaced(place, parent, each)
    }

    fn left_at(&mut self, place: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> Result<()> {
        self.0.left_at(place, paths, each)
    }
}
