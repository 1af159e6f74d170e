//! Changes of the text files that stanch writes for a person, who is shown them: settings, baselines, and
//! `.gitattributes`, where git is told how to merge those.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{output, settings};
use crate::config::Faults;
use crate::escape::visible;
use crate::finding::allowlist;
use crate::install::draft::Access;

/// A file at the root for a command that a person runs in some folder.
pub(super) fn from_top(name: &str) -> String {
    crate::advice::from_top(name.as_bytes()).unwrap_or_else(|| name.to_owned())
}

/// Where git is told how to merge.
pub(super) const ATTRIBUTES: &str = ".gitattributes";

/// What is done to a text: the new one, or why it cannot be.
type Change<'c> = Box<dyn Fn(&str) -> Result<String, Faults> + 'c>;

/// A change of a text file, to be shown and saved.
pub(super) struct Edit<'c> {
    file: PathBuf,
    old: String,
    new: String,
    change: Change<'c>,
}

impl<'c> Edit<'c> {
    /// What `change` makes of the file; an absent file is an empty one.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub(super) fn of(file: &Path, change: impl Fn(&str) -> Result<String, Faults> + 'c) -> Result<Edit<'c>> {
        let old = text_of(file)?;
        let new = change(&old).map_err(settings::faulty)?;
        Ok(Edit { file: file.to_owned(), old, new, change: Box::new(change) })
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.old == self.new
    }

    /// Whether it leaves a file that says nothing.
    pub(super) fn is_void(&self) -> bool {
        matches!(self.new.trim(), "" | "allow: []")
    }

    /// Shows the lines that go, and removes the file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) fn remove(&self, out: &mut dyn Write) -> Result<()> {
        self.show(out)?;
        std::fs::remove_file(&self.file).with_context(|| format!("cannot remove {}", self.file.display()))
    }

    /// Shows the lines that go and come, and writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn save(&self, out: &mut dyn Write) -> Result<()> {
        self.show(out)?;
        self.write()
    }

    /// Shows the lines that go and come.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(super) fn show(&self, out: &mut dyn Write) -> Result<()> {
        for (sign, from, other) in [('-', &self.old, &self.new), ('+', &self.new, &self.old)] {
            let known: HashSet<&str> = other.lines().collect();
            for line in from.lines().filter(|line| !line.trim().is_empty() && !known.contains(line)) {
                writeln!(out, "{sign} {}", visible(line.trim()))?;
            }
        }
        Ok(())
    }

    /// Writes the file, in one step: settings cut short by a full disk would be lost, and stop all that follows.
    /// What another stanch has written since the file was read is kept.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let _turn = output::turn(&self.file)?;
        let now = text_of(&self.file)?;
        let new =
            if now == self.old { self.new.clone() } else { (self.change)(&now).map_err(settings::faulty)? };
        output::replace(&self.file, new.as_bytes(), Access::Usual).with_context(|| {
            format!("cannot write {}; what stood there before is unchanged", self.file.display())
        })
    }

    /// Saves the file, `name` below `root`, and lets git merge it: see [`let_merge`].
    ///
    /// # Errors
    /// When either file cannot be read or written.
    pub(super) fn publish(&self, root: &Path, name: &str, out: &mut dyn Write) -> Result<&'static str> {
        self.save(out)?;
        let_merge(root, name, out)
    }
}

fn text_of(file: &Path) -> Result<String> {
    let bytes = settings::read_file(file)?.unwrap_or_default();
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", file.display()))
}

/// Has git join what two branches add to the file `name` below `root`, and says so. What to add to a command
/// line: the other file that changed.
///
/// # Errors
/// When `.gitattributes` cannot be read or written.
pub(super) fn let_merge(root: &Path, name: &str, out: &mut dyn Write) -> Result<&'static str> {
    let edit = Edit::of(&root.join(ATTRIBUTES), |text| {
        Ok(allowlist::merge_attribute(text, name).unwrap_or_else(|| text.to_owned()))
    })?;
    if edit.is_empty() {
        return Ok("");
    }
    edit.save(out)?;
    writeln!(out, "in {ATTRIBUTES}: git then joins what two branches add to {name}, without a conflict")?;
    Ok(" :/.gitattributes")
}
