//! Where the comments of a file are.
//!
//! A small lexer for what decides it: line and block comments, strings, here-documents. It reads a file
//! only when something was found in it and a marker word stands in it. Where it errs (a JavaScript regular
//! expression that looks like a division), it errs within a line.

use std::ops::Range;

/// How a kind of file writes comments and strings.
struct Syntax {
    /// What opens a comment to the end of the line.
    line: &'static [&'static str],
    /// What opens and closes a comment.
    block: &'static [(&'static str, &'static str)],
    /// What opens and closes a string, longest first.
    strings: &'static [Quote],
    /// Where a line comment may open.
    place: Place,
    /// More that is special.
    extra: Extra,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere outside strings.
    Anywhere,
    /// At the start of the line or after white space: `a#b` is a value.
    Spaced,
    /// Only as the first sign of a line: these formats have no trailing comments.
    First,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    /// Regular expressions between slashes.
    JavaScript,
    /// Lifetimes, raw strings.
    Rust,
    /// Here-documents.
    Shell,
    /// Quotes open a string only where a value starts: `it's` is text.
    Values,
}

struct Quote {
    open: &'static str,
    close: &'static str,
    escape: Escape,
    lines: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Backslash,
    Doubled,
    None,
}

impl Syntax {
    /// The bytes at which anything may begin: most are none of them.
    fn opens(&self) -> [bool; 256] {
        let special: &[u8] = match self.extra {
            Extra::JavaScript => b"/",
            Extra::Rust => b"'r",
            Extra::Shell => b"<\\",
            Extra::None | Extra::Values => b"",
        };
        let blocks = self.block.iter().map(|(open, _)| *open);
        let marks =
            self.line.iter().copied().chain(blocks).chain(self.strings.iter().map(|quote| quote.open));
        let mut opens = [false; 256];
        for byte in marks.filter_map(|mark| mark.bytes().next()).chain(special.iter().copied()) {
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
const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];

const C: Syntax = Syntax {
    line: &["//"],
    block: C_BLOCK,
    strings: &[TRIPLE, DOUBLE, SINGLE, quote("`", Escape::None, true)],
    place: Place::Anywhere,
    extra: Extra::None,
};
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
const RUST: Syntax = Syntax { strings: &[quote("\"", Escape::Backslash, true)], extra: Extra::Rust, ..C };
const PHP: Syntax = Syntax { line: &["//", "#"], block: &[("/*", "*/"), ("<!--", "-->")], ..C };
const CSS: Syntax = Syntax { line: &[], strings: &[DOUBLE, SINGLE], ..C };
const SCSS: Syntax = Syntax { strings: &[DOUBLE, SINGLE], place: Place::Spaced, ..C };
const TERRAFORM: Syntax = Syntax { line: &["#", "//"], strings: &[DOUBLE], extra: Extra::Shell, ..C };

const PYTHON: Syntax = Syntax {
    line: &["#"],
    block: &[],
    strings: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
    place: Place::Anywhere,
    extra: Extra::None,
};
const RUBY: Syntax = Syntax {
    block: &[("\n=begin", "\n=end")],
    strings: &[quote("\"", Escape::Backslash, true), quote("'", Escape::Backslash, true)],
    place: Place::Spaced,
    extra: Extra::Shell,
    ..PYTHON
};
const SHELL: Syntax = Syntax {
    block: &[],
    strings: &[quote("\"", Escape::Backslash, true), quote("'", Escape::None, true)],
    ..RUBY
};
const POWERSHELL: Syntax = Syntax {
    block: &[("<#", "#>")],
    strings: &[quote("\"", Escape::None, true), quote("'", Escape::None, true)],
    extra: Extra::None,
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
const NIX: Syntax = Syntax {
    line: &["#"],
    block: C_BLOCK,
    strings: &[quote("\"", Escape::Backslash, true), TWO_SINGLES],
    ..HASH
};
const TWO_SINGLES: Quote = quote("''", Escape::None, true);

const DASHES: Syntax = Syntax {
    line: &["--"],
    block: &[("--[[", "]]"), ("{-", "-}"), ("/*", "*/")],
    strings: &[DOUBLE, quote("'", Escape::Doubled, false)],
    place: Place::Anywhere,
    extra: Extra::None,
};
const LISP: Syntax = Syntax {
    line: &[";"],
    block: &[("#|", "|#")],
    strings: &[quote("\"", Escape::Backslash, true)],
    ..DASHES
};
const PERCENT: Syntax = Syntax { line: &["%"], block: &[], strings: &[], ..DASHES };
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
    place: Place::First,
    ..DASHES
};

fn syntax(path: &[u8], text: &[u8]) -> &'static Syntax {
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
        None if text.starts_with(b"#!") => match text.split(|&b| b == b'\n').next() {
            Some(line) if memchr::memmem::find(line, b"node").is_some() => &JAVASCRIPT,
            Some(line) if memchr::memmem::find(line, b"python").is_some() => &PYTHON,
            _ => &SHELL,
        },
        None => &UNKNOWN,
    }
}

fn by_name(name: &str) -> Option<&'static Syntax> {
    Some(match name {
        "jenkinsfile" => &C,
        "vagrantfile" | "gemfile" | "rakefile" | "podfile" | "fastfile" | "brewfile" => &RUBY,
        "tsconfig.json" | "jsconfig.json" | ".eslintrc.json" | "settings.json" | "launch.json" => &JAVASCRIPT,
        "makefile" | "gnumakefile" | "cmakelists.txt" | "requirements.txt" | "codeowners" | "robots.txt" => {
            &HASH
        }
        "build" | "workspace" | "sconstruct" => &PYTHON,
        ".npmrc" | ".yarnrc" | ".gitconfig" | ".editorconfig" | ".pypirc" | ".pylintrc" | ".my.cnf" => &INI,
        ".netrc" | ".pgpass" | ".curlrc" | ".wgetrc" | "config" | ".envrc" => &HASH,
        ".bashrc" | ".zshrc" | ".profile" | ".bash_profile" | ".zshenv" | ".zprofile" => &SHELL,
        ".vimrc" => &VIM,
        "go.mod" => &C,
        _ if name.starts_with(".env") || name == "env" => &HASH,
        _ if name.starts_with("dockerfile") || name.starts_with("containerfile") => &HASH,
        _ => return None,
    })
}

fn by_extension(extension: &str) -> &'static Syntax {
    match extension {
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "m" | "mm" | "java" | "kt" | "kts"
        | "go" | "swift" | "scala" | "sc" | "dart" | "groovy" | "gradle" | "proto" | "zig" | "v" | "sol"
        | "d" | "ino" | "cu" | "sbt" | "bicep" | "cue" | "thrift" | "glsl" | "prisma" => &C,
        "cs" | "csx" | "fs" | "fsx" => &C_SHARP,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "json5" | "jsonc" | "hjson" => {
            &JAVASCRIPT
        }
        "rs" => &RUST,
        "php" | "phtml" | "php5" => &PHP,
        "css" => &CSS,
        "scss" | "sass" | "less" | "styl" => &SCSS,
        "tf" | "tfvars" | "hcl" | "nomad" => &TERRAFORM,
        "py" | "pyi" | "pyw" | "pyx" | "bzl" | "star" | "jl" => &PYTHON,
        "rb" | "rake" | "gemspec" | "cr" | "pl" | "pm" | "ex" | "exs" | "coffee" => &RUBY,
        "sh" | "bash" | "zsh" | "ksh" | "fish" | "bats" | "envrc" | "command" => &SHELL,
        "ps1" | "psm1" | "psd1" => &POWERSHELL,
        "toml" => &TOML,
        "yaml" | "yml" | "env" | "conf" | "cnf" | "mk" | "mak" | "cmake" | "dockerfile" | "r" | "tcl"
        | "awk" | "sed" | "graphql" | "gql" | "gitignore" | "http" | "rest" | "feature" | "po"
        | "service" | "nim" => &HASH,
        "ini" | "cfg" | "reg" | "inf" | "desktop" | "rc" | "pypirc" | "npmrc" => &INI,
        "properties" => &PROPERTIES,
        "nix" => &NIX,
        "sql" | "psql" | "pgsql" | "ddl" | "lua" | "hs" | "lhs" | "elm" | "adb" | "ads" | "vhd" | "vhdl"
        | "purs" => &DASHES,
        "lisp" | "lsp" | "cl" | "el" | "clj" | "cljs" | "cljc" | "edn" | "scm" | "ss" | "rkt" | "asm"
        | "s" => &LISP,
        "tex" | "sty" | "cls" | "bib" | "erl" | "hrl" | "mat" => &PERCENT,
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

/// The insides of all comments, in order. Linear in the text.
pub(super) fn comments(text: &[u8], path: &[u8]) -> Vec<Range<usize>> {
    let syntax = syntax(path, text);
    let opens = syntax.opens();
    let mut lexer = Lexer { text, syntax, at: 0, found: Vec::new(), heredoc: None, unclosed: 0 };
    while let Some(skipped) =
        text.get(lexer.at..).and_then(|rest| rest.iter().position(|b| opens[usize::from(*b)]))
    {
        lexer.at += skipped;
        lexer.step();
    }
    lexer.found
}

struct Lexer<'t> {
    text: &'t [u8],
    syntax: &'static Syntax,
    at: usize,
    found: Vec<Range<usize>>,
    /// The word that ends the here-document whose body starts on the next line.
    heredoc: Option<&'t [u8]>,
    /// Here-documents that were looked for and never closed.
    unclosed: u32,
}

/// After so many unclosed here-documents there are none: each costs a look through the rest of the file.
const MAX_UNCLOSED: u32 = 8;

/// No regular expression is longer; the look for its end is repeated at every slash.
const MAX_REGEX: usize = 250;

impl<'t> Lexer<'t> {
    fn step(&mut self) {
        if self.text[self.at] == b'\n'
            && let Some(word) = self.heredoc.take()
        {
            let end = heredoc_end(self.text, self.at + 1, word);
            // Never closed: it was no here-document. Reading on is the lesser error.
            self.unclosed += u32::from(end.is_none());
            self.at = end.unwrap_or(self.at + 1);
            return;
        }
        if self.block_comment() || self.line_comment() || self.special() || self.string() {
            return;
        }
        self.at += 1;
    }

    fn block_comment(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some((open, close)) =
            self.syntax.block.iter().find(|(open, _)| rest.starts_with(open.as_bytes()))
        else {
            return false;
        };
        let inside = self.at + open.len();
        let end = find(self.text, inside, close.as_bytes());
        self.found.push(inside..end);
        self.at = (end + close.len()).min(self.text.len());
        true
    }

    fn line_comment(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let opens = |open: &&&str| {
            rest.get(..open.len()).is_some_and(|start| start.eq_ignore_ascii_case(open.as_bytes()))
        };
        let Some(open) = self.syntax.line.iter().find(opens) else { return false };
        let before = &self.text[self.line_start()..self.at];
        let last = before.last();
        let fits = match self.syntax.place {
            // `https://host` outside a string: a URL in text, JSX or a comment's example.
            Place::Anywhere => *open != "//" || last != Some(&b':'),
            Place::Spaced => last.is_none_or(|b| b.is_ascii_whitespace()),
            Place::First => before.iter().all(u8::is_ascii_whitespace),
        };
        if !fits {
            return false;
        }
        let inside = self.at + open.len();
        let end = find(self.text, inside, b"\n");
        self.found.push(inside..end);
        self.at = end;
        true
    }

    fn special(&mut self) -> bool {
        let (text, at) = (self.text, self.at);
        match (self.syntax.extra, text[at]) {
            (Extra::Rust, b'\'') => {
                // 'a', '\n', '\u{1f600}' or else a lifetime.
                let is_escape = text.get(at + 1) == Some(&b'\\');
                let reach = text.len().min(at + if is_escape { 12 } else { 6 });
                let from = (at + 2 + usize::from(is_escape)).min(reach);
                let end = text[from..reach].iter().position(|&b| b == b'\'').map(|found| from + found + 1);
                self.at = end.unwrap_or(at + 1);
                true
            }
            (Extra::Rust, b'r') => {
                let hashes = text[at + 1..].iter().take_while(|&&b| b == b'#').count();
                if text.get(at + 1 + hashes) != Some(&b'"') {
                    return false;
                }
                let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
                let end = find(text, at + 2 + hashes, &close);
                self.at = (end + close.len()).min(text.len());
                true
            }
            (Extra::JavaScript, b'/') => self.regular_expression(),
            (Extra::Shell, b'<') if text[at..].starts_with(b"<<") && !text[at..].starts_with(b"<<<") => {
                let word = heredoc_word(&text[at + 2..]);
                if self.unclosed < MAX_UNCLOSED && word.is_some() {
                    self.heredoc = word;
                }
                self.at += 2;
                true
            }
            (Extra::Shell, b'\\') => {
                self.at = (at + 2).min(text.len());
                true
            }
            _ => false,
        }
    }

    /// A slash where no value can stand before it opens a regular expression.
    fn regular_expression(&mut self) -> bool {
        let before = self.text[self.line_start()..self.at].trim_ascii_end().last();
        if !before.is_none_or(|b| b"(,=:[!&|?{};+".contains(b)) {
            return false;
        }
        let mut in_class = false;
        let mut at = self.at + 1;
        while let Some(&b) = self.text.get(at).filter(|_| at < self.at + MAX_REGEX) {
            match b {
                b'\n' => return false,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    fn string(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(quote) = self.syntax.strings.iter().find(|quote| rest.starts_with(quote.open.as_bytes()))
        else {
            return false;
        };
        let before = self.text[self.line_start()..self.at].last();
        let is_value = before.is_none_or(|b| b.is_ascii_whitespace() || b"=:[{(,-".contains(b));
        if self.syntax.extra == Extra::Values && !is_value {
            return false;
        }
        self.at = string_end(self.text, self.at + quote.open.len(), quote);
        true
    }

    fn line_start(&self) -> usize {
        // Bounded, since a minified file is one line; nothing that decides stands farther back.
        let from = self.at.saturating_sub(400);
        memchr::memrchr(b'\n', &self.text[from..self.at]).map_or(from, |found| from + found + 1)
    }
}

fn string_end(text: &[u8], mut at: usize, quote: &Quote) -> usize {
    let close = quote.close.as_bytes();
    while at < text.len() {
        match text[at] {
            b'\\' if quote.escape == Escape::Backslash => at += 2,
            b'\n' if !quote.lines => return at,
            byte if byte == close[0] && text[at..].starts_with(close) => {
                at += close.len();
                if quote.escape == Escape::Doubled && text[at..].starts_with(close) {
                    at += close.len();
                } else {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// The word of `<<WORD`, `<<-'WORD'`, `<<~WORD`; not of a shift such as `1 << 3`.
fn heredoc_word(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"~")).unwrap_or(rest);
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let rest = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let word = &rest[..len];
    word.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_').then_some(word)
}

/// Where the body that starts at `from` ends: behind the line that holds only `word`.
fn heredoc_end(text: &[u8], from: usize, word: &[u8]) -> Option<usize> {
    let mut at = from;
    while at < text.len() {
        let end = find(text, at, b"\n");
        if text[at..end].trim_ascii() == word {
            return Some(end);
        }
        at = end + 1;
    }
    None
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> usize {
    let from = from.min(text.len());
    let found = match needle {
        [byte] => memchr::memchr(*byte, &text[from..]),
        _ => memchr::memmem::find(&text[from..], needle),
    };
    found.map_or(text.len(), |found| from + found)
}
