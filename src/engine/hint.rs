//! What a file's name tells about its content: whether values stand bare, whether a machine wrote it.

use std::cell::Cell;

/// The sign of literals that stand right behind each other, quote to quote.
pub(super) const GLUED: &[u8] = b"\"\"";
/// The signs between the literals of a list that a call or a method puts together, and of a Lisp's `(str …)`.
pub(super) const LISTED: &[u8] = b",";
pub(super) const SPACED: &[u8] = b" ";

/// The name of the file that a text comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileHint<'a> {
    path: &'a [u8],
    extension: Extension,
    asked: Option<&'a Cell<bool>>,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Literals are quoted; what is bare is an expression.
    Code,
    /// Values may stand bare: dotenv, YAML, properties, shell, Dockerfile, prose.
    Bare,
}

impl<'a> FileHint<'a> {
    /// The hint that this path gives; bytes, forward slashes.
    pub fn new(path: &'a [u8]) -> Self {
        FileHint { path, extension: Extension::of(last_part(path)), asked: None }
    }

    /// The same; where more of the path is gone by than the last part, that is noted in `asked`. What a scan says that leaves
    /// it alone holds in every folder.
    pub fn noting(self, asked: &'a Cell<bool>) -> Self {
        FileHint { asked: Some(asked), ..self }
    }

    /// The whole path, folders included.
    pub(super) fn path(&self) -> &'a [u8] {
        if let Some(asked) = self.asked {
            asked.set(true);
        }
        self.path
    }

    /// The last part of the path.
    fn name(&self) -> &'a [u8] {
        last_part(self.path)
    }

    pub(super) fn lower_name(&self) -> Vec<u8> {
        self.name().to_ascii_lowercase()
    }

    /// The same without what stands behind its last full stop: what a value alone in the file is given to.
    pub(super) fn lower_stem(&self) -> Vec<u8> {
        let mut name = self.lower_name();
        let stem = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
        name.truncate(stem.unwrap_or(name.len()));
        name
    }

    /// How values are written in this file.
    pub fn syntax(&self) -> Syntax {
        if self.name().iter().rposition(|&b| b == b'.').unwrap_or(0) == 0 {
            return Syntax::Bare;
        }
        match &*self.extension {
            b"py" | b"pyi" | b"js" | b"jsx" | b"mjs" | b"cjs" | b"ts" | b"tsx" | b"go" | b"java" | b"kt"
            | b"kts" | b"scala" | b"groovy" | b"gradle" | b"rb" | b"erb" | b"php" | b"cs" | b"vb" | b"fs"
            | b"rs" | b"swift" | b"m" | b"mm" | b"c" | b"h" | b"cc" | b"cpp" | b"cxx" | b"hpp" | b"dart"
            | b"lua" | b"pl" | b"pm" | b"r" | b"jl" | b"ex" | b"exs" | b"erl" | b"hs" | b"clj" | b"vue"
            | b"svelte" | b"tf" | b"hcl" | b"tfvars" | b"json" | b"ipynb" | b"sol" | b"zig" | b"nim"
            | b"cr" | b"coffee" | b"sql" | b"css" | b"scss" | b"html" | b"htm" | b"lock" | b"nix" | b"ml"
            | b"mli" | b"fsx" | b"d" | b"graphql" | b"gql" | b"bas" | b"vba" | b"vbs" | b"cls" | b"frm"
            | b"asp" => Syntax::Code,
            _ => Syntax::Bare,
        }
    }

    /// The signs that put two string literals together in this file's language; empty text: they just follow
    /// each other.
    pub(super) fn joins(&self) -> &'static [&'static [u8]] {
        match &*self.extension {
            b"php" => &[b".", LISTED],
            b"pl" | b"pm" => &[b"."],
            b"vb" | b"bas" | b"vbs" | b"xls" | b"sql" => &[b"&", b"+", b"||"],
            b"lua" => &[b".."],
            b"hs" | b"erl" | b"ml" | b"zig" => &[b"++", b"^"],
            b"c" | b"h" | b"cc" | b"cpp" | b"hpp" | b"m" | b"dart" => &[b"+", b"", GLUED],
            b"py" | b"ipynb" => &[b"+", b"", GLUED, LISTED],
            b"rb" => &[b"+", b"", GLUED, b"<<", LISTED],
            b"js" | b"jsx" | b"mjs" | b"cjs" | b"ts" | b"tsx" | b"vue" | b"svelte" => {
                &[b"+", b".concat(", LISTED]
            }
            b"java" | b"kt" | b"kts" | b"scala" | b"groovy" | b"gradle" => &[b"+", b").append("],
            b"cs" => &[b"+", b").Append(", LISTED],
            b"rs" => &[b"+", LISTED],
            b"r" | b"tf" | b"hcl" | b"tfvars" => &[LISTED],
            b"clj" | b"cljs" | b"cljc" | b"edn" => &[SPACED],
            b"jl" => &[b"*"],
            b"nim" => &[b"&"],
            b"sh" | b"bash" | b"zsh" | b"ksh" | b"env" => &[GLUED],
            b"ex" | b"exs" => &[b"<>"],
            b"md" | b"txt" | b"lock" | b"csv" | b"svg" | b"html" | b"css" => &[],
            _ => &[b"+"],
        }
    }

    /// The sign at the end of a line that goes on below, and whether the blanks that the next line starts with go with it.
    pub(super) fn line_break(&self) -> (u8, bool) {
        match &*self.extension {
            b"bat" | b"cmd" => (b'^', false),
            b"yml" | b"yaml" => (b'\\', true),
            _ => (b'\\', false),
        }
    }

    /// Whether the language writes bytes as lists of numbers: `{0x67, 0x68}`.
    pub(super) fn lists_bytes(&self) -> bool {
        matches!(
            &*self.extension,
            b"c" | b"h" | b"cc" | b"cpp" | b"hpp" | b"ino" | b"cs" | b"go" | b"rs" | b"js" | b"ts" | b"py"
        )
    }

    /// Whether this is Markdown.
    pub(super) fn is_markdown(&self) -> bool {
        matches!(&*self.extension, b"md" | b"mdx" | b"markdown")
    }

    /// Whether this is a message in the form of the Internet, whose text may be quoted-printable.
    pub(super) fn is_message(&self) -> bool {
        matches!(&*self.extension, b"eml" | b"mbox" | b"mht" | b"mhtml" | b"vcf" | b"ics")
    }

    /// Lock files, build caches, checksum lists and catalogues of messages: full of digests or of words about secrets, empty
    /// of hand-written ones.
    pub(super) fn is_machine_made(&self) -> bool {
        let name = self.lower_name();
        let is_known = matches!(
            &name[..],
            b"package-lock.json"
                | b"npm-shrinkwrap.json"
                | b"yarn.lock"
                | b"pnpm-lock.yaml"
                | b"bun.lock"
                | b"deno.lock"
                | b"cargo.lock"
                | b"poetry.lock"
                | b"pdm.lock"
                | b"uv.lock"
                | b"pipfile.lock"
                | b"gemfile.lock"
                | b"composer.lock"
                | b"go.sum"
                | b"go.work.sum"
                | b"mix.lock"
                | b"pubspec.lock"
                | b"podfile.lock"
                | b"package.resolved"
                | b"flake.lock"
                | b"packages.lock.json"
                | b"gradle.lockfile"
                | b"conan.lock"
                | b"sha256sums"
                | b"sha512sums"
                | b"checksums.txt"
                | b".terraform.lock.hcl"
        );
        // What TypeScript keeps of a build, under the name of its configuration; what gettext and XLIFF translate.
        let ends: [&[u8]; 5] = [b".tsbuildinfo", b".po", b".pot", b".xlf", b".xliff"];
        is_known || ends.iter().any(|end| name.ends_with(end))
    }
}

/// The last part of a path.
fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|&b| b == b'/').next().unwrap_or(path)
}

/// What stands behind the last full stop of a name, or all of it, in lower case; nothing where that is longer than any that
/// says something. It is asked for several times in each scan, so it is found once.
#[derive(Debug, Clone, Copy, Default)]
struct Extension {
    bytes: [u8; Extension::LONGEST],
    length: usize,
}

impl Extension {
    const LONGEST: usize = 12;

    fn of(name: &[u8]) -> Self {
        let written = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
        let mut bytes = [0; Extension::LONGEST];
        let Some(known) = bytes.get_mut(..written.len()) else { return Extension::default() };
        known.copy_from_slice(written);
        known.make_ascii_lowercase();
        Extension { bytes, length: written.len() }
    }
}

impl std::ops::Deref for Extension {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
