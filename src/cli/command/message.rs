//! `stanch hook commit-msg`: the message that is about to be recorded, as git will keep it.
//!
//! All of it is looked at, since whether git takes lines with `#` out depends on options that a hook is not
//! told. Only the diff that `git commit --verbose` shows in the editor, of this very commit, is left out: git cuts it
//! off, and it has lines that are only being removed.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use bstr::ByteSlice;

use super::hook::{context, finish};
use crate::cli::Exit;
use crate::cli::show::Moment;
use crate::source::repo::{self, Setting};
use crate::source::stdin::Stream;
use crate::source::{Context, shown};

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
    let text = kept(&bytes, &context)?;
    let mut message = Stream::new(text, "commit message", text.len() as u64 + 1);
    finish(&mut message, &context, Moment::Commit)
}

/// The message without what git is sure to cut off.
fn kept<'m>(message: &'m [u8], context: &Context) -> Result<&'m [u8]> {
    // git says so when nobody has seen the message in an editor; it cuts nothing then.
    let is_edited = std::env::var_os("GIT_EDITOR").is_none_or(|editor| editor != ":");
    if !is_edited || message.find(SCISSORS).is_none() {
        return Ok(message);
    }
    let settings = repo::git_config(&context.cwd, "co")?;
    Ok(match cut(message, &settings) {
        Some(cut) if shown::is_of_commit(context, cut.below, cut.comment)? => cut.above,
        _ => message,
    })
}

/// A message on both sides of the line from which on git may cut.
struct Cut<'m> {
    above: &'m [u8],
    below: &'m [u8],
    comment: &'m [u8],
}

/// Where git cuts if it does: at the first scissors line. What its configuration says of that does not count: the command
/// line may say otherwise (`--cleanup=strip`, `--no-verbose`), and a hook is not told that.
fn cut<'m>(message: &'m [u8], settings: &[Setting]) -> Option<Cut<'m>> {
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
            let (above, below) = (&message[..at], &message[at + line.len()..]);
            return Some(Cut { above, below, comment: start });
        }
        at += line.len();
    }
    None
}

fn is_any_comment(start: &[u8]) -> bool {
    matches!(start, [one] if COMMENT_CHARACTERS.contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &str, value: &str) -> Setting {
        Setting { key: key.into(), value: Some(value.into()), scope: repo::Scope::Local }
    }

    fn left(message: &str, settings: &[Setting]) -> Option<usize> {
        cut(message.as_bytes(), settings).map(|cut| cut.above.lines().count())
    }

    #[test]
    fn the_comment_character_is_the_one_that_git_uses() {
        let cut = "------------------------ >8 ------------------------";
        let shown = format!("t\n# {cut}\n# Do not\ndiff --git a/a b/a\n-old\n");
        assert_eq!(left(&shown, &[]), Some(1));
        assert_eq!(left(&shown, &[setting("core.commentchar", ";")]), None);
        let other = shown.replace('#', ";");
        assert_eq!(left(&other, &[setting("core.commentchar", ";")]), Some(1));
        assert_eq!(left(&other, &[setting("core.commentchar", "auto")]), Some(1));
        assert_eq!(left(&other.replace(';', "//"), &[setting("core.commentstring", "//")]), Some(1));
        assert_eq!(left(&format!("t {cut}\n# not {cut}\n"), &[]), None);
    }
}
