//! Asks git itself, where gix cannot read.
//!
//! In: what to ask. Out: git's answer, or an error in git's own words. This is the only file that
//! starts a process, and never on the usual path. The child inherits the environment, so it sees
//! the repository and the index that the hook was started for; it may fetch nothing unless told.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use bstr::{BStr, BString, ByteSlice};
use gix::{ObjectId, objs::Kind};

use super::{
    Context,
    remote::Held,
    repo::{Scope, Setting},
    tree::{Change, Version},
};

/// The git program, to be run for one repository.
#[derive(Debug, Clone)]
pub(super) struct Git {
    cwd: PathBuf,
    index_file: Option<PathBuf>,
    fetch_missing: bool,
}

impl Git {
    pub(super) fn new(ctx: &Context) -> Self {
        Git { cwd: ctx.cwd.clone(), index_file: ctx.index_file.clone(), fetch_missing: ctx.fetch_missing }
    }

    /// What `git <args>` prints.
    pub(super) fn run(&self, args: &[impl AsRef<OsStr>]) -> Result<Vec<u8>> {
        let output = self.command(args).stdin(Stdio::null()).output().context("cannot start git")?;
        if !output.status.success() {
            let said = output.stderr.to_str_lossy();
            let said = said.trim().trim_start_matches("fatal: ");
            if said.is_empty() {
                let words: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
                let how = output.status;
                bail!(
                    "`git {}` gave no reason ({how})\nnext: run it here by hand to see why",
                    words.join(" ")
                );
            }
            bail!("{said}");
        }
        Ok(output.stdout)
    }

    /// The first line that `git <args>` prints.
    pub(super) fn line(&self, args: &[impl AsRef<OsStr>]) -> Result<BString> {
        let out = self.run(args)?;
        Ok(ByteSlice::lines(out.as_slice()).next().unwrap_or_default().into())
    }

    /// The commit that HEAD is at; `None` on an unborn branch.
    pub(super) fn head(&self) -> Result<Option<ObjectId>> {
        // Exit code 1 and no word is git's way to say that there is no such commit yet.
        let output = self
            .command(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
            .stdin(Stdio::null())
            .output()
            .context("cannot start git")?;
        match output.status.code() {
            Some(0) => Ok(Some(oid(output.stdout.trim())?)),
            Some(1) if output.stderr.is_empty() => {
                // A HEAD that names a commit which is gone says the same; a branch that is not born has no target.
                let target = self.run(&["rev-parse", "--verify", "--quiet", "HEAD"]);
                ensure!(target.is_err(), "HEAD names a commit that cannot be read; run `git fsck`");
                Ok(None)
            }
            _ => bail!("cannot resolve HEAD: {}", output.stderr.to_str_lossy().trim()),
        }
    }

    /// What stands in the index and differs from the tree `old`, renames not followed.
    pub(super) fn staged(&self, old: &ObjectId) -> Result<Vec<Change>> {
        let old = old.to_string();
        let out = self.run(&[
            "diff-index",
            "--cached",
            "--raw",
            "-r",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--ignore-submodules=none",
            "--ita-invisible-in-index",
            &old,
        ])?;
        raw_changes(&out)
    }

    /// The content of a blob, which git reads as it is asked for it.
    pub(super) fn stream(&self, id: &ObjectId) -> Result<BlobStream> {
        let id = id.to_string();
        let mut child = self
            .command(&["cat-file", "blob", &id])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start git cat-file")?;
        let out = child.stdout.take().context("git cat-file has no output")?;
        Ok(BlobStream { child, out })
    }

    /// What the index has at `path`, from the root; `None` where there is nothing, or a conflict.
    pub(super) fn staged_id(&self, path: &BStr) -> Result<Option<ObjectId>> {
        let spec = format!(":0:{}", path.to_str().context("a name that cannot be asked for")?);
        match self.line(&["rev-parse", "--verify", "--quiet", &spec]) {
            Ok(line) => oid(&line).map(Some),
            // git says nothing else to what is not there; that the index can be read is known from what is staged.
            Err(_) => Ok(None),
        }
    }

    /// The commits or other objects that the references below `prefixes` are at.
    pub(super) fn refs(&self, prefixes: &[String]) -> Result<Vec<ObjectId>> {
        let mut args = vec!["for-each-ref", "--format=%(objectname)"];
        args.extend(prefixes.iter().map(String::as_str));
        ByteSlice::lines(self.run(&args)?.as_slice()).map(oid).collect()
    }

    /// Every reference with its whole name.
    pub(super) fn named_refs(&self) -> Result<Vec<(BString, ObjectId)>> {
        let out = self.run(&["for-each-ref", "--format=%(objectname) %(refname)"])?;
        ByteSlice::lines(out.as_slice())
            .map(|line| {
                let (id, name) =
                    line.split_once_str(" ").context("git names a reference without an object")?;
                Ok((name.into(), oid(id)?))
            })
            .collect()
    }

    /// Every entry of every reflog, wherever they are stored; those of other work trees under
    /// `worktrees/NAME/HEAD`.
    pub(super) fn reflogs(&self) -> Result<Vec<Logged>> {
        let format = "--format=%gD%x00%H%x00%gn <%ge>%x09%gs";
        let args = ["-c", "log.showSignature=false", "log", "--walk-reflogs", "--all", format, "--"];
        let out = self.run(&args)?;
        let entry = |line: &[u8]| {
            let mut fields = line.splitn_str(3, "\0");
            let (name, id, text) = (fields.next()?, fields.next()?, fields.next()?);
            let name = name.rsplit_once_str("@{").map_or(name, |(name, _)| name);
            Some(Logged { name: name.into(), id: id.into(), text: text.into() })
        };
        Ok(ByteSlice::lines(out.as_slice()).filter_map(entry).collect())
    }

    /// The references below `prefixes`, each with what it holds itself.
    pub(super) fn held_refs(&self, prefixes: &[String]) -> Result<Vec<(BString, Held)>> {
        let mut args = vec!["for-each-ref", "--format=%(objectname) %(refname) %(symref)"];
        args.extend(prefixes.iter().map(String::as_str));
        let out = self.run(&args)?;
        let fields = ByteSlice::lines(out.as_slice()).map(|line| line.splitn_str(3, " ").collect::<Vec<_>>());
        let read = |fields: Vec<&[u8]>| match fields[..] {
            [id, name, b""] => oid(id).map(|id| Some((name.into(), Held::Id(id)))),
            [_, name, other] => Ok(Some((name.into(), Held::Name(other.into())))),
            _ => Ok(None),
        };
        fields.filter_map(|fields| read(fields).transpose()).collect()
    }

    /// The settings whose keys match `pattern`. Who says so is not told.
    pub(super) fn settings(&self, pattern: &str) -> Result<Vec<Setting>> {
        // git fails where there is none.
        let out = self.run(&["config", "-z", "--get-regexp", pattern]).unwrap_or_default();
        let entries = out.split_str("\0").filter(|entry| !entry.is_empty());
        Ok(entries
            .map(|entry| {
                let (key, value) = entry.split_once_str("\n").map_or((entry, None), |(k, v)| (k, Some(v)));
                Setting {
                    key: key.to_str_lossy().into_owned(),
                    value: value.map(BString::from),
                    scope: Scope::Local,
                }
            })
            .collect())
    }

    fn command(&self, args: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new("git");
        command
            .args(["--no-replace-objects", "--no-optional-locks", "--literal-pathspecs"])
            .args(args)
            .current_dir(&self.cwd)
            .env("GIT_TERMINAL_PROMPT", "0");
        if !self.fetch_missing {
            command.env("GIT_NO_LAZY_FETCH", "1");
        }
        if let Some(index) = &self.index_file {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }
}

/// An entry of a reflog.
pub(super) struct Logged {
    /// The reference whose log it is.
    pub name: BString,
    /// What it was at then, hex.
    pub id: BString,
    /// Who did what.
    pub text: BString,
}

/// `git cat-file --batch`, kept open.
pub(super) struct CatFile {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl CatFile {
    pub(super) fn start(git: &Git) -> Result<Self> {
        let mut child = git
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start git cat-file")?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("git cat-file has no output")?);
        Ok(CatFile { child, requests, answers })
    }

    /// Reads an object into `buffer`; `None` when git does not have it. Of one that is larger than
    /// `max_bytes` only the size is told.
    pub(super) fn read(
        &mut self,
        id: &ObjectId,
        max_bytes: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<(Kind, u64)>> {
        let requests = self.requests.as_mut().context("git cat-file was closed")?;
        writeln!(requests, "{id}").and_then(|()| requests.flush()).context("git cat-file ended early")?;
        self.answer(id, max_bytes, buffer)
    }

    /// As [`CatFile::read`], for one object alone: git ends after it.
    pub(super) fn read_last(
        mut self,
        id: &ObjectId,
        max_bytes: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<(Kind, u64)>> {
        let mut requests = self.requests.take().context("git cat-file was closed")?;
        writeln!(requests, "{id}").context("git cat-file ended early")?;
        drop(requests);
        self.answer(id, max_bytes, buffer)
    }

    fn answer(&mut self, id: &ObjectId, max_bytes: u64, buffer: &mut Vec<u8>) -> Result<Option<(Kind, u64)>> {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line)?;
        let line = line.trim_end();
        if line.ends_with(b" missing") {
            return Ok(None);
        }
        let mut fields = line.split_str(" ").skip(1);
        let kind = fields.next().and_then(|kind| Kind::from_bytes(kind).ok());
        let size = fields.next().and_then(|size| size.to_str().ok()?.parse::<u64>().ok());
        let (Some(kind), Some(size)) = (kind, size) else {
            bail!("git cannot read object {id}; run `git fsck`");
        };
        buffer.clear();
        let mut body = (&mut self.answers).take(size.saturating_add(1));
        if size > max_bytes {
            std::io::copy(&mut body, &mut std::io::sink())?;
            return Ok(Some((kind, size)));
        }
        body.read_to_end(buffer)?;
        let whole = buffer.pop() == Some(b'\n') && buffer.len() as u64 == size;
        ensure!(whole, "git cannot read object {id}; run `git fsck`");
        Ok(Some((kind, size)))
    }
}

impl Drop for CatFile {
    fn drop(&mut self) {
        // After an answer that was not read to its end, git waits for a reader: for ever, if it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `git cat-file blob`, while it is read.
pub(super) struct BlobStream {
    child: Child,
    out: ChildStdout,
}

impl Read for BlobStream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.out.read(buffer)?;
        // What ends is whole only where git says so.
        if read == 0 && !buffer.is_empty() && !self.child.wait()?.success() {
            return Err(std::io::Error::other("git cannot read it; run `git fsck`"));
        }
        Ok(read)
    }
}

impl Drop for BlobStream {
    fn drop(&mut self) {
        // It waits for a reader where nobody wanted the rest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Parses the output of `--raw -z --no-abbrev --no-renames`.
fn raw_changes(out: &[u8]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut fields = out.split_str("\0").map(BStr::new);
    while let Some(meta) = fields.next().filter(|meta| !meta.is_empty()) {
        let path = fields.next().with_context(|| format!("git's answer {meta:?} has no path"))?;
        let parts: Vec<&[u8]> = meta.strip_prefix(b":").unwrap_or(meta).split_str(" ").collect();
        let &[old_mode, new_mode, old_id, new_id, status] = parts.as_slice() else {
            bail!("git's answer {meta:?} is not understood");
        };
        if status.starts_with(b"U") {
            continue; // Stands for the conflict alone; the version in stage 0 does not exist.
        }
        changes.push(Change {
            path: path.to_owned(),
            new: version(new_mode, new_id)?,
            olds: vec![version(old_mode, old_id)?],
        });
    }
    Ok(changes)
}

fn version(mode: &[u8], id: &[u8]) -> Result<Option<Version>> {
    let mode = u32::from_str_radix(mode.to_str()?, 8).context("git names a mode that is not octal")?;
    Ok(match mode {
        0 => None,
        mode => Some(Version { mode, id: oid(id)? }),
    })
}

pub(super) fn oid(hex: &[u8]) -> Result<ObjectId> {
    ObjectId::from_hex(hex).ok().with_context(|| format!("{:?} is not an object id", hex.as_bstr()))
}
