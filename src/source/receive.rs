//! What a push has brought to this repository and no reference here has yet.
//!
//! In: the lines of pre-receive, or the arguments of update. Out: as for a range of commits. In
//! pre-receive the objects are still in quarantine: a directory that only variables name, see
//! [`object_dirs`](super::object_dirs).

use anyhow::{Result, bail};
use bstr::{BString, ByteSlice};

use super::{
    Context, plumbing,
    push::{each_line, object},
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
        each_line(stdin, "the input", |line| {
            let fields: Vec<&[u8]> = line.splitn_str(3, " ").collect();
            match fields.as_slice() {
                [old, new, name] if !name.is_empty() => Self::new(old, new, name),
                _ => bail!("it should have three fields"),
            }
        })
    }

    /// From the arguments of update.
    ///
    /// # Errors
    /// When an id is malformed.
    pub fn new(old: &[u8], new: &[u8], name: &[u8]) -> Result<Self> {
        Ok(Received { old_id: object(old)?, new_id: object(new)?, name: name.into() })
    }
}

/// The commits that `updates` bring and that no reference here leads to.
///
/// # Errors
/// When the repository or one of the commits cannot be read.
pub fn open(ctx: &Context, updates: &[Received]) -> Result<Range> {
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
    // The server's HEAD is not the pusher's.
    range.is_of_reader = false;
    Ok(range)
}
