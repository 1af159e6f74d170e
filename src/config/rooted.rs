//! Paths as they were typed, as patterns read them: from the root of the repository.

use std::borrow::Cow;

/// Where commands are given, and the root; the default changes no path.
#[derive(Debug, Clone, Default)]
pub struct Rooted {
    cwd: Vec<Vec<u8>>,
    root: Vec<Vec<u8>>,
}

impl Rooted {
    /// For paths typed in `cwd` of the repository at `root`; both absolute, without links.
    pub fn new(cwd: &[u8], root: &[u8]) -> Rooted {
        let parts = |path: &[u8]| parts(path).map(<[u8]>::to_vec).collect();
        Rooted { cwd: parts(cwd), root: parts(root) }
    }

    /// The path from the root, with forward slashes; one outside of it stays as it is.
    pub fn path<'p>(&self, typed: &'p [u8]) -> Cow<'p, [u8]> {
        if self.root.is_empty() {
            return Cow::Borrowed(typed);
        }
        let is_absolute = typed.starts_with(b"/") || typed.get(1) == Some(&b':');
        let start: &[Vec<u8>] = if is_absolute { &[] } else { &self.cwd };
        let mut all: Vec<&[u8]> = start.iter().map(Vec::as_slice).collect();
        for part in parts(typed) {
            match part {
                b".." => drop(all.pop()),
                part => all.push(part),
            }
        }
        match all.strip_prefix(self.root.iter().map(Vec::as_slice).collect::<Vec<_>>().as_slice()) {
            Some(below) if !below.is_empty() => Cow::Owned(below.join(&b'/')),
            _ => Cow::Borrowed(typed),
        }
    }
}

fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_slash = |b: &u8| *b == b'/' || cfg!(windows) && *b == b'\\';
    path.split(is_slash).filter(|part| !part.is_empty() && *part != b".")
}

#[cfg(test)]
mod tests {
    use super::Rooted;

    #[test]
    fn a_typed_path_starts_at_the_root() {
        let rooted = Rooted::new(b"/home/a/repo/src", b"/home/a/repo");
        for (typed, expected) in [
            ("x.py", "src/x.py"),
            ("./y/x.py", "src/y/x.py"),
            ("../docs/a.md", "docs/a.md"),
            ("/home/a/repo/docs/a.md", "docs/a.md"),
            ("/etc/passwd", "/etc/passwd"),
            ("../../other/x", "../../other/x"),
            ("../../../../../../..", "../../../../../../.."),
        ] {
            assert_eq!(rooted.path(typed.as_bytes()), expected.as_bytes(), "{typed}");
        }
        assert_eq!(Rooted::default().path(b"a/../b"), &b"a/../b"[..]);
    }
}
