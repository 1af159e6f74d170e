//! The diff that `git commit --verbose` shows below a message.
//!
//! In: what stands below the line at which git cuts, and the repository. Out: whether git has just written that. Where it has
//! not, it was left over from a commit that did not come about, or typed, and git may record it: a hook is not told
//! whether git will cut. Each file of a diff names what it holds now by its id, so no file is read.

use std::collections::HashMap;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;

use super::{Context, repo, staged::Staged, tree::Change};

/// Whether `below` is what git shows of the commit that is being made: comments, which begin with `comment`, and the
/// diff against HEAD or, where HEAD is being amended, its parent.
///
/// # Errors
/// When the repository, its HEAD or its index cannot be read.
pub fn is_of_commit(ctx: &Context, below: &[u8], comment: &[u8]) -> Result<bool> {
    let Some(files) = files(below, comment) else { return Ok(false) };
    if files.is_empty() {
        return Ok(true);
    }
    let mut staged = Staged::open(ctx)?;
    let head = staged.head();
    let mut is_against = |old: Option<ObjectId>| -> Result<bool> {
        let both = |Change { path, new, olds }: Change| {
            let old = olds.first().copied().flatten();
            (path, (old.map(|old| old.id), new.map(|new| new.id)))
        };
        let changes: Changes = staged.against(old)?.into_iter().map(both).collect();
        Ok(files.iter().all(|file| file.is_among(&changes)))
    };
    if is_against(head)? {
        return Ok(true);
    }
    let opened = repo::open(ctx)?;
    // The first commit of all has none, and git compares it with nothing.
    let parent = opened.commit("HEAD^1").ok();
    let tree = parent.map(|id| opened.objects().tree_of(&id)).transpose()?;
    is_against(tree)
}

/// By path, the blob before and after.
type Changes = HashMap<BString, (Option<ObjectId>, Option<ObjectId>)>;

/// A file of a diff that shows lines of it.
#[derive(Debug, PartialEq, Eq)]
struct Shown<'d> {
    /// Its name in front of which a prefix may stand, which people choose.
    name: BString,
    /// How the ids before and after start, hex.
    old: &'d [u8],
    new: &'d [u8],
}

/// Folders of a prefix. git's own is one, `a/`.
const PREFIX: usize = 3;

impl Shown<'_> {
    fn is_among(&self, changes: &Changes) -> bool {
        let behind = self.name.find_iter("/").map(|at| at + 1).take(PREFIX);
        std::iter::once(0).chain(behind).any(|at| {
            let Some((old, new)) = changes.get(BStr::new(&self.name[at..])) else { return false };
            // Of a file that is gone, or is one of another type now, only what it was is shown.
            let (id, shown) = match self.new.iter().all(|b| *b == b'0') {
                true => (old, self.old),
                false => (new, self.new),
            };
            id.is_some_and(|id| id.to_string().as_bytes().starts_with(shown))
        })
    }
}

/// What a line of a diff is part of.
enum Within<'d> {
    Nothing,
    /// What stands above the lines of a file.
    Head(Head<'d>),
    Hunk,
    /// The log of a submodule.
    Log,
}

#[derive(Default)]
struct Head<'d> {
    ids: Option<(&'d [u8], &'d [u8])>,
    from: BString,
    to: BString,
}

/// How lines start that git writes above those of a file, beside the names.
const ABOUT: [&[u8]; 12] = [
    b"old mode ",
    b"new mode ",
    b"deleted file mode ",
    b"new file mode ",
    b"copy from ",
    b"copy to ",
    b"rename from ",
    b"rename to ",
    b"similarity index ",
    b"dissimilarity index ",
    b"index ",
    b"Binary files ",
];
/// Digits of an id that is cut short, at least: git refuses fewer.
const LEAST: usize = 4;
/// In place of the name of a file that is made, or gone.
const NO_FILE: &[u8] = b"/dev/null";

impl<'d> Head<'d> {
    /// Takes in a line; whether git writes such.
    fn read(&mut self, line: &'d [u8]) -> bool {
        if let Some(from) = line.strip_prefix(b"--- ") {
            self.from = name(from);
        } else if let Some(to) = line.strip_prefix(b"+++ ") {
            self.to = name(to);
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            // A mode may follow.
            self.ids = ids.split(|b| *b == b' ').next().and_then(|ids| ids.split_once_str(".."));
        } else {
            return ABOUT.iter().any(|start| line.starts_with(start));
        }
        true
    }

    /// Whether it is about what is not staged, which `--verbose` shows when it is given twice, by prefixes of its own.
    fn is_of_work_tree(&self) -> bool {
        self.to.starts_with(b"w/") || self.to == NO_FILE && self.from.starts_with(b"i/")
    }

    fn shown(&self) -> Option<Shown<'d>> {
        let (old, new) = self.ids.filter(|(old, new)| old.len().min(new.len()) >= LEAST)?;
        let name = if self.to == NO_FILE { &self.from } else { &self.to };
        Some(Shown { name: name.clone(), old, new })
    }
}

/// A name above the lines of a file, which git quotes where it needs to. Behind one with a space it writes a tab.
fn name(written: &[u8]) -> BString {
    let written = written.strip_suffix(b"\t").unwrap_or(written).as_bstr();
    match gix::quote::ansi_c::undo(written) {
        Ok((name, _)) => name.into_owned(),
        Err(_) => written.to_owned(),
    }
}

/// The files of which a diff shows lines that are, or were, recorded; `None` when it is none that git shows.
fn files<'d>(below: &'d [u8], comment: &[u8]) -> Option<Vec<Shown<'d>>> {
    let (mut files, mut within) = (Vec::new(), Within::Nothing);
    for line in below.lines().filter(|line| !line.starts_with(comment)) {
        if line.starts_with(b"diff --git ") {
            within = Within::Head(Head::default());
            continue;
        }
        if is_of_submodule(line) {
            within = Within::Log;
            continue;
        }
        match &mut within {
            Within::Head(head) if line.starts_with(b"@@ ") => {
                let file = head.shown()?;
                if !head.is_of_work_tree() {
                    files.push(file);
                }
                within = Within::Hunk;
            }
            Within::Head(head) => {
                if !head.read(line) {
                    return None;
                }
            }
            Within::Hunk if line.first().is_none_or(|first| b" +-\\@".contains(first)) => {}
            Within::Log if line.starts_with(b"  ") => {}
            Within::Nothing if line.is_empty() => {}
            _ => return None,
        }
    }
    Some(files)
}

/// `Submodule lib 12ab34c..56de78f:` and what git says of one that was changed in place.
fn is_of_submodule(line: &[u8]) -> bool {
    let is_range = |word: &[u8]| word.contains_str("..");
    line.strip_prefix(b"Submodule ")
        .is_some_and(|rest| rest.ends_with(b" content") || rest.split(|b| *b == b' ').any(is_range))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name_and_id_and_what_git_does_not_write_is_no_diff() {
        fn read(text: &str) -> Option<Vec<Shown<'_>>> {
            files(text.as_bytes(), b"#")
        }
        let one = "# Do not\ndiff --git a/s p b/s p\nindex 12ab..56de 100644\n--- a/s p\t\n+++ b/s p\t\n@@ -1 +1,2 @@\n-old\n+new\n\n";
        let two = "diff --git c/g i/g\ndeleted file mode 100644\nindex 78aa..0000\n--- \"c/g\\303\\244\"\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n";
        let both = format!("{one}{two}");
        let all = read(&both).unwrap();
        let names: Vec<&BStr> = all.iter().map(|file| file.name.as_bstr()).collect();
        assert_eq!(names, ["b/s p", "c/g\u{e4}"]);
        assert_eq!((all[0].old, all[1].new), (&b"12ab"[..], &b"0000"[..]));
        let unstaged = "# not staged\ndiff --git i/g w/g\nindex 11aa..22bb\n--- i/g\n+++ \"w/g\\011\"\n@@ -1 +1 @@\n+x\n";
        assert_eq!(read(&format!("{one}{unstaged}")).unwrap().len(), 1);
        let renamed = "diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n";
        let logged = "Submodule lib 12ab34c..56de78f:\n  > one\nSubmodule lib contains modified content\n";
        assert_eq!(read(&format!("\n{logged}{renamed}")), Some(Vec::new()));
        assert_eq!(read(&one.replace("12ab..56de", "..")), None);
        for typed in ["my own text\n", "diff --git a/a b/a\n+new\n", "Submodule of mine\n"] {
            assert_eq!(read(typed), None, "{typed}");
            assert_eq!(read(&format!("{}{typed}", two.replace("-old\n", ""))), None, "{typed}");
        }
        assert_eq!(read(&format!("{one}my own text\n")), None);
    }

    #[test]
    fn a_file_is_in_a_change_under_any_prefix_and_by_its_new_id() {
        let id = |digit: char| ObjectId::from_hex(digit.to_string().repeat(40).as_bytes()).ok();
        let changes = Changes::from([("d/a".into(), (id('1'), id('2'))), ("gone".into(), (id('3'), None))]);
        let is_among = |name: &str, old: &str, new: &str| {
            Shown { name: name.into(), old: old.as_bytes(), new: new.as_bytes() }.is_among(&changes)
        };
        assert!(is_among("b/d/a", "1111", "2222") && is_among("d/a", "1111", "2222"));
        // A rename has another file's id before it.
        assert!(is_among("new/d/a", "4444", "2222") && is_among("a/gone", "3333", "0000"));
        assert!(is_among("a/d/a", "1111", "0000"), "a file that becomes a link is shown as gone first");
        assert!(!is_among("b/d/a", "1111", "5555") && !is_among("b/a", "1111", "2222"));
        assert!(!is_among("a/gone", "4444", "0000") && !is_among("b/gone", "0000", "2222"));
    }
}
