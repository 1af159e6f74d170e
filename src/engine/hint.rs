//! What a file's name tells about its content: whether values stand bare, whether a machine wrote it.

/// The name of the file that a text comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileHint<'a> {
    path: &'a [u8],
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
        FileHint { path }
    }

    /// The path itself.
    pub(super) fn path(&self) -> &'a [u8] {
        self.path
    }

    fn name(&self) -> &'a [u8] {
        self.path.rsplit(|&b| b == b'/').next().unwrap_or(self.path)
    }

    pub(super) fn lower_name(&self) -> Vec<u8> {
        self.name().to_ascii_lowercase()
    }

    /// How values are written in this file.
    pub fn syntax(&self) -> Syntax {
        #[rustfmt::skip]
        const CODE: &[&str] = &[
            "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "go", "java", "kt", "kts", "scala", "groovy",
            "gradle", "rb", "erb", "php", "cs", "vb", "fs", "rs", "swift", "m", "mm", "c", "h", "cc", "cpp",
            "cxx", "hpp", "dart", "lua", "pl", "pm", "r", "jl", "ex", "exs", "erl", "hs", "clj", "vue",
            "svelte", "tf", "hcl", "tfvars", "json", "ipynb", "sol", "zig", "nim", "cr", "coffee", "sql",
            "css", "scss", "html", "htm", "lock", "nix", "bas", "vba", "vbs", "cls", "frm", "asp",
        ];
        let name = self.lower_name();
        let Some(dot) = name.iter().rposition(|&b| b == b'.').filter(|&at| at > 0) else {
            return Syntax::Bare;
        };
        let extension = &name[dot + 1..];
        if CODE.iter().any(|code| code.as_bytes() == extension) { Syntax::Code } else { Syntax::Bare }
    }

    /// The signs that put two string literals together in this file's language; empty text: they just follow
    /// each other.
    pub(super) fn joins(&self) -> &'static [&'static [u8]] {
        let name = self.lower_name();
        let extension = name.rsplit(|&b| b == b'.').next().unwrap_or_default();
        match extension {
            b"php" | b"pl" | b"pm" => &[b"."],
            b"vb" | b"bas" | b"vbs" | b"xls" | b"sql" => &[b"&", b"+", b"||"],
            b"lua" => &[b".."],
            b"hs" | b"erl" | b"ml" => &[b"++", b"^"],
            b"py" | b"c" | b"h" | b"cc" | b"cpp" | b"hpp" | b"m" | b"rb" | b"ipynb" => &[b"+", b""],
            b"ex" | b"exs" => &[b"<>"],
            b"md" | b"txt" | b"lock" | b"csv" | b"svg" | b"html" | b"css" => &[],
            _ => &[b"+"],
        }
    }

    /// Lock files and checksum lists: full of digests, empty of hand-written secrets.
    pub(super) fn is_machine_made(&self) -> bool {
        const NAMES: &[&str] = &[
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "bun.lock",
            "deno.lock",
            "cargo.lock",
            "poetry.lock",
            "pdm.lock",
            "uv.lock",
            "pipfile.lock",
            "gemfile.lock",
            "composer.lock",
            "go.sum",
            "go.work.sum",
            "mix.lock",
            "pubspec.lock",
            "podfile.lock",
            "package.resolved",
            "flake.lock",
            "packages.lock.json",
            "build.tsbuildinfo",
            "tsconfig.tsbuildinfo",
            "gradle.lockfile",
            "conan.lock",
            "sha256sums",
            "sha512sums",
            "checksums.txt",
            ".terraform.lock.hcl",
        ];
        let name = self.lower_name();
        NAMES.iter().any(|known| known.as_bytes() == name)
    }
}
