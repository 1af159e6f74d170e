//! How kinds of files write comments, strings and here-documents.

use super::content::Content;
use super::documents::Dialect;

/// How a kind of file writes comments and strings.
#[derive(Debug)]
pub struct Syntax {
    /// What opens a comment to the end of the line.
    pub(super) line: &'static [&'static str],
    /// What opens and closes a comment.
    pub(super) block: &'static [(&'static str, &'static str)],
    /// What opens and closes a string, longest first.
    pub(super) strings: &'static [Quote],
    /// Where a line comment may open.
    pub(super) place: Place,
    /// More that is special.
    pub(super) extra: Extra,
    /// Its here-documents.
    pub(super) documents: Option<Dialect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere outside strings.
    Anywhere,
    /// At the start of the line or after white space: `a#b` is a value.
    Spaced,
    /// Only as the first sign of a line: these formats have no trailing comments.
    First,
    /// There too, in files of any kind: one may be none.
    Guessed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    /// Regular expressions between slashes.
    JavaScript,
    /// Lifetimes, raw strings; what else has quotes that stand alone.
    Rust,
    /// A backslash takes the meaning from any sign.
    Shell,
    /// Quotes open a string only where a value starts: `it's` is text.
    Values,
    /// `%q(…)`, and regular expressions.
    Ruby,
    /// `q(…)`, and regular expressions.
    Perl,
    /// `#[` is no comment.
    Php,
    /// `[[…]]`, `[=[…]=]`.
    Lua,
    /// `~s(…)`.
    Elixir,
    /// `R"(…)"`.
    Cpp,
}

#[derive(Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) escape: Escape,
    pub(super) lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Backslash,
    Backtick,
    Doubled,
    None,
}

impl Syntax {
    /// The bytes at which anything may begin: most are none of them.
    pub(super) fn opens(&self) -> [bool; 256] {
        let special: &[u8] = match self.extra {
            Extra::JavaScript => b"/",
            Extra::Rust => b"'r",
            Extra::Shell => b"\\",
            Extra::Ruby => b"%/",
            Extra::Perl => b"q/",
            Extra::Lua => b"[",
            Extra::Elixir => b"~",
            Extra::Cpp => b"R",
            Extra::None | Extra::Values | Extra::Php => b"",
        };
        let documents: &[u8] = if self.documents.is_some() { b"<" } else { b"" };
        let blocks = self.block.iter().map(|(open, _)| *open);
        let marks =
            self.line.iter().copied().chain(blocks).chain(self.strings.iter().map(|quote| quote.open));
        let mut opens = [false; 256];
        let special = special.iter().chain(documents).copied();
        for byte in marks.filter_map(|mark| mark.bytes().next()).chain(special) {
            opens[usize::from(byte)] = true;
            opens[usize::from(byte.to_ascii_uppercase())] = true;
        }
        // Here-documents begin behind it.
        opens[usize::from(b'\n')] = true;
        opens
    }
}

const fn quote(mark: &'static str, escape: Escape, lines: bool) -> Quote {
    Quote { open: mark, close: mark, escape, lines }
}

const DOUBLE: Quote = quote("\"", Escape::Backslash, false);
const SINGLE: Quote = quote("'", Escape::Backslash, false);
const BACKTICK: Quote = quote("`", Escape::Backslash, true);
const TRIPLE: Quote = quote("\"\"\"", Escape::Backslash, true);
const TRIPLE_SINGLE: Quote = quote("'''", Escape::Backslash, true);
const LONG_DOUBLE: Quote = quote("\"", Escape::Backslash, true);
const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];

const C: Syntax = Syntax {
    line: &["//"],
    block: C_BLOCK,
    strings: &[
        TRIPLE,
        // Objective-C.
        Quote { open: "@\"", close: "\"", escape: Escape::Backslash, lines: false },
        DOUBLE,
        SINGLE,
        quote("`", Escape::None, true),
    ],
    place: Place::Anywhere,
    extra: Extra::None,
    documents: None,
};
const CPP: Syntax = Syntax { extra: Extra::Cpp, ..C };
const GROOVY: Syntax = Syntax { strings: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE], ..C };
const C_SHARP: Syntax = Syntax {
    strings: &[
        TRIPLE,
        Quote { open: "@\"", close: "\"", escape: Escape::Doubled, lines: true },
        DOUBLE,
        SINGLE,
    ],
    ..C
};
const JAVASCRIPT: Syntax = Syntax { strings: &[DOUBLE, SINGLE, BACKTICK], extra: Extra::JavaScript, ..C };
const RUST: Syntax = Syntax { strings: &[LONG_DOUBLE], extra: Extra::Rust, ..C };
const PHP: Syntax = Syntax {
    line: &["//", "#"],
    block: &[("/*", "*/"), ("<!--", "-->")],
    extra: Extra::Php,
    documents: Some(Dialect::Php),
    ..C
};
const CSS: Syntax = Syntax { line: &[], strings: &[DOUBLE, SINGLE], ..C };
const SCSS: Syntax = Syntax { strings: &[DOUBLE, SINGLE], place: Place::Spaced, ..C };
const TERRAFORM: Syntax =
    Syntax { line: &["#", "//"], strings: &[DOUBLE], documents: Some(Dialect::Terraform), ..C };
const PASCAL: Syntax =
    Syntax { block: &[("{", "}"), ("(*", "*)")], strings: &[quote("'", Escape::Doubled, false)], ..C };

const PYTHON: Syntax = Syntax {
    line: &["#"],
    block: &[],
    strings: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
    place: Place::Anywhere,
    extra: Extra::None,
    documents: None,
};
const JULIA: Syntax =
    Syntax { block: &[("#=", "=#")], strings: &[TRIPLE, DOUBLE], extra: Extra::Rust, ..PYTHON };
const RUBY: Syntax = Syntax {
    block: &[("\n=begin", "\n=end")],
    strings: &[LONG_DOUBLE, quote("'", Escape::Backslash, true)],
    place: Place::Spaced,
    extra: Extra::Ruby,
    documents: Some(Dialect::Ruby),
    ..PYTHON
};
const PERL: Syntax = Syntax {
    block: &[("\n=pod", "\n=cut"), ("\n=head", "\n=cut"), ("\n=begin", "\n=cut")],
    extra: Extra::Perl,
    documents: Some(Dialect::Perl),
    ..RUBY
};
const ELIXIR: Syntax = Syntax {
    block: &[],
    strings: &[TRIPLE, TRIPLE_SINGLE, LONG_DOUBLE, quote("'", Escape::Backslash, true)],
    extra: Extra::Elixir,
    documents: None,
    ..RUBY
};
const COFFEE: Syntax = Syntax { block: &[("###", "###")], documents: None, extra: Extra::None, ..RUBY };
const SHELL: Syntax = Syntax {
    block: &[],
    strings: &[LONG_DOUBLE, quote("'", Escape::None, true)],
    extra: Extra::Shell,
    documents: Some(Dialect::Shell),
    ..RUBY
};
const FISH: Syntax = Syntax { documents: None, ..SHELL };
const POWERSHELL: Syntax = Syntax {
    block: &[("<#", "#>")],
    strings: &[
        Quote { open: "@\"", close: "\n\"@", escape: Escape::None, lines: true },
        Quote { open: "@'", close: "\n'@", escape: Escape::None, lines: true },
        quote("\"", Escape::Backtick, true),
        quote("'", Escape::None, true),
    ],
    extra: Extra::None,
    documents: None,
    ..RUBY
};
const HASH: Syntax =
    Syntax { strings: &[DOUBLE, SINGLE], place: Place::Spaced, extra: Extra::Values, ..PYTHON };
const TOML: Syntax = Syntax {
    strings: &[TRIPLE, quote("'''", Escape::None, true), DOUBLE, quote("'", Escape::None, false)],
    place: Place::Anywhere,
    ..PYTHON
};
const PROPERTIES: Syntax = Syntax { line: &["#", "!"], strings: &[], place: Place::First, ..PYTHON };
const INI: Syntax = Syntax { line: &["#", ";"], ..HASH };
const NIX: Syntax = Syntax { line: &["#"], block: C_BLOCK, strings: &[LONG_DOUBLE, TWO_SINGLES], ..HASH };
const TWO_SINGLES: Quote = quote("''", Escape::None, true);

const DASHES: Syntax = Syntax {
    line: &["--"],
    block: C_BLOCK,
    strings: &[DOUBLE, quote("'", Escape::Doubled, false)],
    place: Place::Anywhere,
    extra: Extra::None,
    documents: None,
};
const LUA: Syntax = Syntax {
    block: &[("--[[", "]]"), ("--[=[", "]=]")],
    strings: &[DOUBLE, SINGLE],
    extra: Extra::Lua,
    ..DASHES
};
const HASKELL: Syntax = Syntax { block: &[("{-", "-}")], strings: &[DOUBLE], extra: Extra::Rust, ..DASHES };
const OCAML: Syntax =
    Syntax { line: &[], block: &[("(*", "*)")], strings: &[LONG_DOUBLE], extra: Extra::Rust, ..DASHES };
const F_SHARP: Syntax = Syntax {
    line: &["//"],
    strings: &[TRIPLE, Quote { open: "@\"", close: "\"", escape: Escape::Doubled, lines: true }, LONG_DOUBLE],
    ..OCAML
};
const LISP: Syntax = Syntax { line: &[";"], block: &[("#|", "|#")], strings: &[LONG_DOUBLE], ..DASHES };
const PERCENT: Syntax = Syntax { line: &["%"], block: &[], strings: &[], ..DASHES };
const ERLANG: Syntax = Syntax { strings: &[DOUBLE], ..PERCENT };
const MARKUP: Syntax = Syntax { line: &[], block: &[("<!--", "-->")], strings: &[], ..DASHES };
/// Components with a script and a style part.
const MIXED: Syntax = Syntax {
    line: &["//"],
    block: &[("<!--", "-->"), ("/*", "*/")],
    strings: &[DOUBLE, SINGLE, BACKTICK],
    place: Place::Spaced,
    ..DASHES
};
const BATCH: Syntax =
    Syntax { line: &["rem ", "@rem ", "::"], block: &[], strings: &[], place: Place::First, ..DASHES };
const BASIC: Syntax = Syntax {
    line: &["'", "rem "],
    block: &[],
    strings: &[quote("\"", Escape::Doubled, false)],
    place: Place::Spaced,
    ..DASHES
};
const VIM: Syntax = Syntax { line: &["\""], block: &[], strings: &[], place: Place::First, ..DASHES };
const FORTRAN: Syntax = Syntax { line: &["!"], block: &[], ..DASHES };
/// No comments at all: JSON, CSV, keys.
const NONE: Syntax = Syntax { line: &[], block: &[], strings: &[], ..DASHES };
/// Anything else: a line that starts as a comment does in most languages.
const UNKNOWN: Syntax = Syntax {
    line: &["#", "//", "--", ";", "%"],
    block: &[("<!--", "-->")],
    strings: &[],
    place: Place::Guessed,
    ..DASHES
};

/// That of a file, by its name or its first line.
pub fn syntax(path: &[u8], text: &[u8]) -> &'static Syntax {
    let name = path.rsplit(|&b| b == b'/' || b == b'\\').next().unwrap_or_default().to_ascii_lowercase();
    let mut name = String::from_utf8_lossy(&name).into_owned();
    for template in
        [".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".j2", ".erb", ".bak", ".orig"]
    {
        if let Some(inner) = name.strip_suffix(template).filter(|inner| !inner.is_empty()) {
            name = inner.to_owned();
        }
    }
    if let Some(known) = by_name(&name) {
        return known;
    }
    match name.rsplit_once('.') {
        Some((_, extension)) => by_extension(extension),
        None if text.starts_with(b"#!") => match Content::of(text) {
            Content::Script(interpreter) => run_by(interpreter),
            _ => &SHELL,
        },
        None => &UNKNOWN,
    }
}

fn run_by(interpreter: &str) -> &'static Syntax {
    by_extension(match interpreter {
        "python" => "py",
        "node" => "js",
        "ruby" => "rb",
        "perl" => "pl",
        "Rscript" => "r",
        "tclsh" | "expect" => "tcl",
        "php" | "fish" | "lua" | "awk" => interpreter,
        _ => "sh",
    })
}

fn by_name(name: &str) -> Option<&'static Syntax> {
    Some(match name {
        _ if name.starts_with("jenkinsfile") => &GROOVY,
        "vagrantfile" | "gemfile" | "rakefile" | "podfile" | "fastfile" | "brewfile" => &RUBY,
        "tsconfig.json" | "jsconfig.json" | ".eslintrc.json" | "settings.json" | "launch.json" => &JAVASCRIPT,
        "makefile" | "gnumakefile" | "cmakelists.txt" | "requirements.txt" | "codeowners" | "robots.txt" => {
            &HASH
        }
        "build" | "workspace" | "sconstruct" => &PYTHON,
        ".npmrc" | ".yarnrc" | ".gitconfig" | ".editorconfig" | ".pypirc" | ".pylintrc" | ".my.cnf" => &INI,
        ".netrc" | ".pgpass" | ".curlrc" | ".wgetrc" | "config" | ".htaccess" | "caddyfile" | "crontab" => {
            &HASH
        }
        ".envrc" | ".bashrc" | ".zshrc" | ".profile" | ".bash_profile" | ".zshenv" | ".zprofile" => &SHELL,
        ".vimrc" => &VIM,
        "go.mod" => &C,
        _ if name.starts_with(".env") || name == "env" => &HASH,
        _ if name.starts_with("dockerfile") || name.starts_with("containerfile") => &HASH,
        _ => return None,
    })
}

fn by_extension(extension: &str) -> &'static Syntax {
    match extension {
        "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "mm" | "ino" | "cu" => &CPP,
        "c" | "m" | "java" | "kt" | "kts" | "go" | "swift" | "scala" | "sc" | "proto" | "zig" | "v"
        | "sol" | "d" | "sbt" | "bicep" | "cue" | "thrift" | "glsl" | "prisma" | "xcconfig" | "jsonnet"
        | "libsonnet" => &C,
        "dart" | "groovy" | "gvy" | "gradle" | "jenkinsfile" => &GROOVY,
        "cs" | "csx" => &C_SHARP,
        "fs" | "fsx" | "fsi" => &F_SHARP,
        "ml" | "mli" => &OCAML,
        "pas" | "dpr" | "lpr" | "dpk" => &PASCAL,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "json5" | "jsonc" | "hjson" => {
            &JAVASCRIPT
        }
        "rs" => &RUST,
        "php" | "phtml" | "php5" => &PHP,
        "css" => &CSS,
        "scss" | "sass" | "less" | "styl" => &SCSS,
        "tf" | "tfvars" | "hcl" | "nomad" => &TERRAFORM,
        "py" | "pyi" | "pyw" | "pyx" | "bzl" | "star" | "gd" => &PYTHON,
        "jl" => &JULIA,
        "rb" | "rake" | "gemspec" | "cr" => &RUBY,
        "pl" | "pm" => &PERL,
        "ex" | "exs" => &ELIXIR,
        "coffee" => &COFFEE,
        "fish" => &FISH,
        "sh" | "bash" | "zsh" | "ksh" | "bats" | "envrc" | "command" => &SHELL,
        "ps1" | "psm1" | "psd1" => &POWERSHELL,
        "toml" => &TOML,
        "yaml" | "yml" | "env" | "conf" | "cnf" | "mk" | "mak" | "cmake" | "dockerfile" | "r" | "tcl"
        | "awk" | "sed" | "graphql" | "gql" | "gitignore" | "http" | "rest" | "feature" | "po"
        | "service" | "timer" | "nim" | "sls" | "pp" | "rego" => &HASH,
        "ini" | "cfg" | "reg" | "inf" | "desktop" | "rc" | "pypirc" | "npmrc" => &INI,
        "properties" => &PROPERTIES,
        "nix" => &NIX,
        "sql" | "psql" | "pgsql" | "ddl" | "adb" | "ads" | "vhd" | "vhdl" => &DASHES,
        "lua" => &LUA,
        "hs" | "lhs" | "elm" | "purs" => &HASKELL,
        "lisp" | "lsp" | "cl" | "el" | "clj" | "cljs" | "cljc" | "edn" | "scm" | "ss" | "rkt" | "asm"
        | "s" => &LISP,
        "tex" | "sty" | "cls" | "bib" | "mat" => &PERCENT,
        "erl" | "hrl" => &ERLANG,
        "html" | "htm" | "xhtml" | "vue" | "svelte" | "astro" | "hbs" | "ejs" | "cshtml" | "jsp" => &MIXED,
        "xml" | "svg" | "plist" | "xsl" | "xslt" | "xsd" | "wsdl" | "csproj" | "vbproj" | "props"
        | "targets" | "config" | "resx" | "xaml" | "nuspec" | "pom" | "md" | "markdown" | "mdx"
        | "storyboard" => &MARKUP,
        "bat" | "cmd" => &BATCH,
        "vb" | "vbs" | "bas" | "frm" => &BASIC,
        "vim" => &VIM,
        "f90" | "f95" | "f03" | "f" | "for" => &FORTRAN,
        "json" | "ipynb" | "csv" | "tsv" | "pem" | "key" | "crt" | "map" | "har" | "ndjson" | "jsonl" => {
            &NONE
        }
        _ => &UNKNOWN,
    }
}
