//! What stands among the objects of a repository and is none.

use std::fs::DirEntry;
use std::path::Path;

use bstr::BString;

use super::tips::{Text, Tips, entries};
use crate::source::Skipped;

/// Why what did not end is not looked into.
const UNENDED: &str = "left by a push, a fetch or a repack that did not end; `git gc` removes it";

impl Tips {
    /// What stands among the objects and is none: lists, and what a push, a fetch or a repack did not end.
    pub(super) fn beside_objects(&mut self, root: &Path, dir: &Path, shown: &str) {
        let is_hex = |name: &str| name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut others = Vec::new();
        for entry in self.beside(root, dir, shown) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = dir.join(&name);
            match name.as_str() {
                "info" | "pack" => self.beside_packs(root, &path, name == "info", shown),
                name if name.len() == 2 && is_hex(name) => {
                    let left = self.beside(root, &path, shown);
                    let left = left.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
                    others.extend(left.filter(|name| !is_hex(name)).map(|name| path.join(name)));
                }
                _ => others.push(path),
            }
        }
        for path in others {
            let name: BString = format!("{shown}{}", path.display()).into();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            // A quarantine of a push holds objects of its own.
            if file.starts_with("tmp_") || file.starts_with("incoming-") {
                self.skipped.push(Skipped { path: name, why: UNENDED.into() });
            } else if root.join(&path).is_dir() {
                self.skipped.push(Skipped { path: name, why: "a folder that is none of git's".into() });
            } else {
                self.files.push((name, Text::File(root.join(path))));
            }
        }
    }

    fn beside(&mut self, root: &Path, dir: &Path, shown: &str) -> Vec<DirEntry> {
        entries(&root.join(dir), &format!("{shown}{}", dir.display()), &mut self.failed)
    }

    fn beside_packs(&mut self, root: &Path, dir: &Path, is_info: bool, shown: &str) {
        for entry in self.beside(root, dir, shown) {
            let path = entry.path();
            if !path.is_file() {
                continue;
            }
            let file = entry.file_name().to_string_lossy().into_owned();
            let name: BString = format!("{shown}{}/{file}", dir.display()).into();
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            let mut skip = |why: &str| self.skipped.push(Skipped { path: name.clone(), why: why.into() });
            if file.starts_with("tmp_") && !is_info {
                skip(UNENDED);
            } else if extension == "pack" && !path.with_extension("idx").exists() {
                skip("a pack without its index, which git does not see; `git index-pack` makes one");
            }
            let is_known = match is_info {
                true => file == "commit-graph",
                false => {
                    matches!(&*extension, "pack" | "idx" | "rev" | "bitmap" | "mtimes" | "midx")
                        || file == "multi-pack-index"
                }
            };
            if !is_known {
                self.files.push((name, Text::File(path)));
            }
        }
    }
}
