//! `stanch hook commit-msg`: the message that is about to be recorded, as git will keep it.
//!
//! All of it is looked at, since whether git takes lines with `#` out depends on options that a hook is not
//! told. Only the diff that `git commit --verbose` shows in the editor is left out: git cuts it off, and it
//! has lines that are only being removed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use bstr::ByteSlice;

use super::hook::{context, finish};
use crate::cli::Exit;
use crate::cli::show::Moment;
use crate::source::repo::{self, Setting};
use crate::source::stdin::Stream;

/// What follows the comment character on the line from which on git cuts.
const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";
/// What git chooses among when `core.commentChar` is `auto`.
const COMMENT_CHARACTERS: &[u8] = b"#;@!$%^&|:";

/// Looks through the message file that git is about to use.
pub(super) fn run(args: &[OsString]) -> Result<Exit> {
    let path = args.first().map(PathBuf::from);
    let path = path.ok_or_else(|| anyhow!("git passed no message file to the commit-msg hook"))?;
    let bytes = std::fs::read(&path)
        .with_context(|| format!("cannot read the commit message in {}", path.display()))?;
    let context = context()?;
    let text = kept(&bytes, &context.cwd)?;
    let mut message = Stream::new(text, "commit message", text.len() as u64 + 1);
    finish(&mut message, &context, Moment::Commit)
}

/// The message without what git is sure to cut off.
fn kept<'m>(message: &'m [u8], cwd: &Path) -> Result<&'m [u8]> {
    // git says so when nobody has seen the message in an editor; it cuts nothing then.
    let is_edited = std::env::var_os("GIT_EDITOR").is_none_or(|editor| editor != ":");
    if !is_edited || message.find(SCISSORS).is_none() {
        return Ok(message);
    }
    let settings = repo::git_config(cwd, "co")?;
    Ok(&message[..end(message, &settings)])
}

/// Where the message ends: at the first scissors line, if it is one by which git cuts. What its configuration
/// says does not count: the command line may say otherwise (`--cleanup=strip`, `--no-verbose`), and a hook is
/// not told that.
fn end(message: &[u8], settings: &[Setting]) -> usize {
    let value = |keys: &[&str]| {
        let own = settings.iter().rev().find(|setting| keys.contains(&setting.key.as_str()));
        own.map(|setting| setting.value.as_deref().map_or(&b"true"[..], |value| value.as_slice()))
    };
    let comment = match value(&["core.commentchar", "core.commentstring"]) {
        None | Some(b"") => Some(&b"#"[..]),
        Some(b"auto") => None,
        Some(own) => Some(own),
    };
    let mut at = 0;
    for line in message.lines_with_terminator() {
        if let Some(start) = line.strip_suffix(b"\n").and_then(|line| line.strip_suffix(SCISSORS))
            && comment.map_or_else(|| is_any_comment(start), |own| own == start)
        {
            let below = &message[at + line.len()..];
            return if is_shown_by_git(below, start) { at } else { message.len() };
        }
        at += line.len();
    }
    message.len()
}

fn is_any_comment(start: &[u8]) -> bool {
    matches!(start, [one] if COMMENT_CHARACTERS.contains(one))
}

/// Whether this is what git writes below its scissors line: comments, and the diff after them, which may begin with the
/// log of a submodule.
fn is_shown_by_git(below: &[u8], comment: &[u8]) -> bool {
    let mut rest = below.lines().skip_while(|line| line.starts_with(comment) || line.is_empty());
    let is_submodule = |line: &[u8]| {
        line.starts_with(b"Submodule ") && line.split(|b| *b == b' ').any(|word| word.contains_str(".."))
    };
    rest.next().is_none_or(|line| line.starts_with(b"diff --") || is_submodule(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &str, value: &str) -> Setting {
        Setting { key: key.into(), value: Some(value.into()), scope: repo::Scope::Local }
    }

    fn left(message: &str, settings: &[Setting]) -> usize {
        message[..end(message.as_bytes(), settings)].lines().count()
    }

    #[test]
    fn only_what_git_shows_is_cut() {
        let cut = "------------------------ >8 ------------------------";
        let shown = format!("t\n# {cut}\n# Do not\ndiff --git a/a b/a\n-old\n");
        let typed = format!("t\n# {cut}\nmy own text\n");
        assert_eq!((left(&shown, &[]), left(&typed, &[])), (1, 3));
        // The command line may say otherwise.
        assert_eq!(left(&typed, &[setting("commit.cleanup", "scissors")]), 3);
        assert_eq!(left(&typed, &[setting("commit.verbose", "2")]), 3);
        let logged =
            format!("t\n# {cut}\n# Do not\nSubmodule lib 12ab34c..56de78f:\n  > one\ndiff --git a/a b/a\n");
        assert_eq!(left(&logged, &[]), 1);
        assert_eq!(left(&shown, &[setting("core.commentchar", ";")]), 5);
        let other = shown.replace('#', ";");
        assert_eq!(left(&other, &[setting("core.commentchar", ";")]), 1);
        assert_eq!(left(&other, &[setting("core.commentchar", "auto")]), 1);
        assert_eq!(left(&other.replace(';', "//"), &[setting("core.commentstring", "//")]), 1);
        assert_eq!(left(&format!("t {cut}\n# not {cut}\n"), &[]), 2);
    }
}
