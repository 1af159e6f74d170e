//! Path patterns, as `.gitignore` reads them, on byte paths.
//!
//! A pattern without a slash names a file or folder at any depth; one with a slash starts at the
//! repository root; `*` stays within a folder, `**` does not; a folder takes all below it along.

use std::sync::OnceLock;

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// More than any person writes; each pattern may become an automaton.
const MAX_GLOB_BYTES: usize = 1000;

/// Patterns that were checked when they were made and are compiled when first asked.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<String>,
    compiled: OnceLock<Compiled>,
}

/// Patterns by how they are compared, each with its place in the list.
#[derive(Debug, Clone, Default)]
struct Compiled {
    plain: Vec<(usize, Plain)>,
    sets: Vec<Set>,
}

/// Some globs, and for each the pattern it belongs to.
type Set = (GlobSet, Vec<usize>);

/// Checks and takes the patterns.
///
/// # Errors
/// The pattern that is no glob, and why.
pub fn compile(patterns: impl IntoIterator<Item = impl Into<String>>) -> Result<Globs, String> {
    let mut globs = Globs::default();
    for pattern in patterns {
        globs.push(pattern.into())?;
    }
    Ok(globs)
}

impl Globs {
    /// Our own patterns, which a test has checked: a run that finds nothing never asks them.
    pub(super) fn known(patterns: &[&str]) -> Globs {
        Globs {
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            compiled: OnceLock::new(),
        }
    }

    /// Adds a pattern.
    ///
    /// # Errors
    /// When it is no glob.
    pub fn push(&mut self, pattern: String) -> Result<(), String> {
        expand(&pattern)?;
        self.patterns.push(pattern);
        self.compiled = OnceLock::new();
        Ok(())
    }

    /// The first pattern that matches the path.
    pub fn matching(&self, path: &[u8]) -> Option<&str> {
        let Compiled { plain, sets } = self.compiled.get_or_init(|| self.compiled());
        let named = plain.iter().find(|(_, plain)| plain.matches(path)).map(|(at, _)| *at);
        let of_glob = || {
            let path = Candidate::from_bytes(path);
            sets.iter().find_map(|(set, owner)| owner.get(*set.matches_candidate(&path).first()?).copied())
        };
        let globbed = if sets.is_empty() { None } else { of_glob() };
        let first = [named, globbed].into_iter().flatten().min()?;
        self.patterns.get(first).map(String::as_str)
    }

    /// As written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    fn compiled(&self) -> Compiled {
        let (mut plain, mut globs) = (Vec::new(), Vec::new());
        for (at, pattern) in self.patterns.iter().enumerate() {
            match Plain::of(pattern) {
                Some(one) => plain.push((at, one)),
                None => globs.extend(expand(pattern).unwrap_or_default().into_iter().map(|glob| (at, glob))),
            }
        }
        Compiled { plain, sets: sets(&globs) }
    }
}

/// A pattern that says no more than how a file or folder is called at any depth. Most do, our own all: to compile them
/// would take as long as all else that a commit with a finding costs.
#[derive(Debug, Clone)]
struct Plain {
    /// What the name is, or ends in.
    name: Box<[u8]>,
    is_ending: bool,
    is_folder: bool,
}

impl Plain {
    fn of(pattern: &str) -> Option<Self> {
        let (name, is_folder) = pattern.strip_suffix('/').map_or((pattern, false), |name| (name, true));
        let (name, is_ending) = name.strip_prefix('*').map_or((name, false), |name| (name, true));
        let means_more = |c: char| r"*?[]{}\!/".contains(c);
        let is_one = !name.is_empty() && !name.contains(means_more);
        is_one.then(|| Plain { name: name.as_bytes().into(), is_ending, is_folder })
    }

    fn matches(&self, path: &[u8]) -> bool {
        let is_it = |part: &[u8]| match self.is_ending {
            true => part.ends_with(&self.name),
            false => *part == *self.name,
        };
        let mut folders = path.split(|byte| *byte == b'/');
        let file = folders.next_back().unwrap_or_default();
        folders.any(is_it) || !self.is_folder && is_it(file)
    }
}

/// The globs as one set, or as several where all together would be too large for one.
fn sets(globs: &[(usize, Glob)]) -> Vec<Set> {
    let mut builder = GlobSetBuilder::new();
    for (_, glob) in globs {
        builder.add(glob.clone());
    }
    match builder.build() {
        Ok(_) if globs.is_empty() => Vec::new(),
        Ok(set) => vec![(set, globs.iter().map(|(owner, _)| *owner).collect())],
        Err(_) => {
            // Each glob was checked alone.
            let (first, second) = globs.split_at(globs.len() / 2);
            if first.is_empty() { Vec::new() } else { [sets(first), sets(second)].concat() }
        }
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Globs) -> bool {
        self.patterns == other.patterns
    }
}

/// The globs that one pattern stands for.
fn expand(pattern: &str) -> Result<Vec<Glob>, String> {
    let bad =
        |why: &str| format!("'{}' is no path pattern: {why}", pattern.chars().take(80).collect::<String>());
    if pattern.len() > MAX_GLOB_BYTES {
        return Err(bad("longer than 1,000 bytes"));
    }
    if pattern.starts_with('!') {
        return Err(bad("there is no '!'; write what shall be scanned after all under include:"));
    }
    let slashed = forward(pattern);
    let folder_only = slashed.ends_with('/');
    let body = slashed.trim_end_matches('/');
    let body = body.strip_prefix("./").unwrap_or(body);
    if body.trim_matches('/').is_empty() {
        return Err(bad("it is empty"));
    }
    let anchored = match body.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if body.contains('/') => body.to_owned(),
        None => format!("**/{body}"),
    };
    let mut globs = Vec::new();
    if !folder_only {
        globs.push(anchored.clone());
    }
    if !anchored.ends_with("/**") && anchored != "**" {
        globs.push(format!("{anchored}/**"));
    }
    globs
        .iter()
        .map(|glob| {
            GlobBuilder::new(glob)
                .literal_separator(true)
                .backslash_escape(true)
                .empty_alternates(true)
                .build()
                .map_err(|why| bad(&why.kind().to_string()))
        })
        .collect()
}

/// Folders divided by a backslash, as a path copied on Windows has them. Before a sign that means
/// something in a glob the backslash stays, and takes that meaning away.
fn forward(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next)) if next.is_alphanumeric() || matches!(next, '_' | '.' | '-') => out.push('/'),
            ('\\', Some(_)) => {
                out.push(c);
                out.extend(chars.next());
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(pattern: &str, path: &str) -> bool {
        compile([pattern]).unwrap().matching(path.as_bytes()).is_some()
    }

    #[test]
    fn patterns_read_as_in_gitignore() {
        for (pattern, path, expected) in [
            ("*.lock", "a/b/x.lock", true),
            ("*.lock", "x.lock.txt", false),
            ("vendor", "a/vendor/b.c", true),
            ("vendor/", "a/vendor/b.c", true),
            ("vendor/", "vendor", false),
            ("/vendor", "a/vendor/b.c", false),
            ("/vendor", "vendor/b.c", true),
            ("docs/*.md", "docs/a.md", true),
            ("docs/*.md", "docs/x/a.md", false),
            ("docs/**/*.md", "docs/x/a.md", true),
            ("tests/**", "tests/a/b", true),
            ("**/fixtures/**", "a/fixtures/b/c", true),
            ("tests\\fixtures", "tests/fixtures/x", true),
            ("./src", "src/a", true),
            ("a[0-9].txt", "x/a7.txt", true),
            ("{a,b}.txt", "b.txt", true),
        ] {
            assert_eq!(hits(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn patterns_that_are_too_many_for_one_set_count_all_the_same() {
        let patterns = (0..700).map(|number| format!("{}{number}", "?".repeat(240)));
        let globs = compile(patterns).unwrap();
        let path = |number: u32| format!("{}{number}", "a".repeat(240));
        assert!(globs.compiled().sets.len() > 1, "one set: this test tests nothing");
        for number in [0, 350, 699] {
            let matching = globs.matching(path(number).as_bytes()).unwrap();
            assert!(matching.ends_with(&format!("?{number}")), "{matching}");
        }
        assert_eq!(globs.matching(path(700).as_bytes()), None);
    }

    #[test]
    fn a_plain_pattern_says_what_its_globs_say() {
        let patterns = ["vendor", "vendor/", "*.lock", "*.lock/", "go.sum", "*dor", ".env", "*ünd"];
        let paths = [
            "vendor",
            "a/vendor",
            "vendor/b",
            "a/vendor/b/c",
            "vendors/b",
            "x.lock",
            "x.lock/y",
            ".lock",
            "a/x.lock",
            "x.lock.d/y",
            "go.sum",
            "a/go.sum",
            "ogo.sum",
            "",
            "/",
            "vendor//b",
            ".env",
            "a.env",
            "hünd",
            "vendo\nr",
        ];
        for pattern in patterns {
            let plain = Plain::of(pattern).unwrap();
            let globs: Vec<(usize, Glob)> =
                expand(pattern).unwrap().into_iter().map(|glob| (0, glob)).collect();
            for path in paths {
                let by_globs = sets(&globs).iter().any(|(set, _)| set.is_match(path));
                assert_eq!(plain.matches(path.as_bytes()), by_globs, "{pattern} on {path:?}");
            }
        }
        assert!(
            ["a/b", "a*", "**", "*", "/a", "a?", "{a}", "[a]", "\\a", "!a"]
                .iter()
                .all(|p| Plain::of(p).is_none())
        );
    }

    #[test]
    fn the_first_pattern_that_matches_is_told() {
        let globs = compile(["docs/**", "*.md", "docs/*.md"]).unwrap();
        assert_eq!(globs.matching(b"docs/a.md"), Some("docs/**"));
        assert_eq!(globs.matching(b"x/a.md"), Some("*.md"));
        assert_eq!(compile(["*.md", "docs/**"]).unwrap().matching(b"docs/a.md"), Some("*.md"));
    }

    #[test]
    fn a_path_need_not_be_text() {
        assert!(compile(["*.env"]).unwrap().matching(b"a\xff\xfe/b.env").is_some());
    }

    #[test]
    fn a_broken_pattern_says_which() {
        assert!(compile(["a[b"]).unwrap_err().contains("'a[b'"));
        assert!(compile(["!x"]).unwrap_err().contains("include:"));
        assert!(compile(["/"]).is_err());
        assert!(compile(["x".repeat(5000)]).is_err());
    }
}
