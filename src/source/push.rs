//! What `git push` is about to publish: the commits that the other side does not have.
//!
//! In: the lines that git writes to pre-push, and the remote. Out: as for a range of commits. All
//! lines count; deletions publish nothing. What the remote has is known from its tracking
//! references and from the ids that it advertised, as far as those are here.

use anyhow::{Context as _, Result, bail};
use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;

use super::{
    Context, plumbing,
    range::{Range, Tip},
    remote::{Remote, tracked},
    repo,
};

/// One line of pre-push: a reference that changes on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// What is pushed, as git names it: a reference, or the revision as typed.
    pub local_ref: BString,
    /// Its object, hex; `None` deletes the remote reference.
    pub local_id: Option<String>,
    /// The reference there.
    pub remote_ref: BString,
    /// What it is now, hex; `None` creates it.
    pub remote_id: Option<String>,
}

impl RefUpdate {
    /// Parses what git writes to pre-push: `<local ref> <local id> <remote ref> <remote id>` a line.
    ///
    /// # Errors
    /// When a line is malformed: what is not understood is not passed over.
    pub fn parse(stdin: &[u8]) -> Result<Vec<RefUpdate>> {
        each_line(stdin, "pre-push's input", update)
    }
}

/// The commits that `updates` bring to `remote`.
///
/// # Errors
/// When the repository or one of the commits cannot be read.
pub fn open(ctx: &Context, remote: &Remote, updates: &[RefUpdate]) -> Result<Range> {
    let opened = repo::open(ctx)?;
    let known = tracked(&opened, remote, updates)?;
    let is_another = known.is_none();
    let mut hidden = known.unwrap_or_default();
    let (mut tips, mut made) = (Vec::new(), Vec::new());
    for update in updates {
        if let Some(id) = &update.local_id {
            tips.push(Tip { name: update.local_ref.clone(), id: plumbing::oid(id.as_bytes())? });
        }
        match (&update.remote_id, &update.local_id) {
            (Some(id), _) => hidden.push(plumbing::oid(id.as_bytes())?),
            (None, Some(id)) => {
                made.push(Tip { name: update.remote_ref.clone(), id: plumbing::oid(id.as_bytes())? });
            }
            (None, None) => {}
        }
    }
    let mut range = Range::between(ctx, opened, tips, &hidden)?;
    range.made = made;
    if is_another {
        range.notes.push(
            "git says that the main branch of the other side, as it is tracked here, is not there: all commits were \
             looked through, as for a new place; `git fetch --prune` brings up to date what is tracked"
                .to_owned(),
        );
    }
    Ok(range)
}

/// What a revision names, hex: for who is told only the name of what is pushed.
///
/// # Errors
/// When it names nothing here.
pub fn resolve(ctx: &Context, revision: &BStr) -> Result<String> {
    Ok(repo::open(ctx)?.resolve(revision)?.to_string())
}

/// How many commits stand on local branches that neither `update` pushes nor `remote` has.
///
/// # Errors
/// When the repository or one of the commits cannot be read.
pub fn left_on_other_branches(ctx: &Context, remote: &Remote, update: &RefUpdate) -> Result<usize> {
    let opened = repo::open(ctx)?;
    let mut hidden = tracked(&opened, remote, std::slice::from_ref(update))?.unwrap_or_default();
    for id in update.local_id.iter().chain(&update.remote_id) {
        hidden.push(plumbing::oid(id.as_bytes())?);
    }
    let branches = opened.refs(&["refs/heads/".into()])?;
    let tips = branches.into_iter().map(|id| Tip { name: "".into(), id }).collect();
    Ok(Range::between(ctx, opened, tips, &hidden)?.commits().len())
}

/// What `read` understands of each line that git wrote to a hook; empty ones say nothing.
pub(super) fn each_line<T>(stdin: &[u8], input: &str, read: impl Fn(&[u8]) -> Result<T>) -> Result<Vec<T>> {
    let lines = stdin.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let reads = lines.map(|(at, line)| {
        read(line)
            .with_context(|| format!("line {} of {input} is not understood: {}", at + 1, start_of(line)))
    });
    reads.collect()
}

/// A line for a message, which need not be a megabyte long.
fn start_of(line: &[u8]) -> String {
    const SHOWN: usize = 200;
    match line.get(..SHOWN) {
        Some(start) => format!("{:?}…", start.as_bstr()),
        None => format!("{:?}", line.as_bstr()),
    }
}

/// From the right: a revision as typed, `HEAD@{2 days ago}`, may hold spaces.
fn update(line: &[u8]) -> Result<RefUpdate> {
    let mut fields = line.rsplitn_str(4, " ");
    let (Some(remote_id), Some(remote_ref), Some(local_id), Some(local_ref)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        bail!("it should have four fields");
    };
    if remote_ref.is_empty() || local_ref.is_empty() {
        bail!("a field is empty");
    }
    Ok(RefUpdate {
        local_ref: local_ref.into(),
        local_id: object(local_id)?,
        remote_ref: remote_ref.into(),
        remote_id: object(remote_id)?,
    })
}

/// An object id; all zeros, in either length, is none.
pub(super) fn object(hex: &[u8]) -> Result<Option<String>> {
    if matches!(hex.len(), 40 | 64) && hex.iter().all(|byte| *byte == b'0') {
        return Ok(None);
    }
    plumbing::oid(hex).map(|id: ObjectId| Some(id.to_string()))
}
