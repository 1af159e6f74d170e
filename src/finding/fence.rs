//! Blocks of code in documents: between fences of Markdown and AsciiDoc, below a directive of reStructuredText, and of Org.

use std::ops::Range;

use memchr::memchr;

/// Fewest signs of a fence in Markdown.
const FENCE: usize = 3;

/// What files of a language are called, for what documents call it.
#[rustfmt::skip]
const LANGUAGES: &[(&[&str], &str)] = &[
    (&["sh", "bash", "shell", "console", "zsh", "ksh", "shell-session", "shellsession", "terminal"], "a.sh"),
    (&["python", "py", "python3", "pycon"], "a.py"), (&["javascript", "js", "node", "mjs", "jsx"], "a.js"),
    (&["typescript", "ts", "tsx"], "a.ts"), (&["yaml", "yml"], "a.yml"), (&["json", "jsonc", "json5"], "a.json"),
    (&["dotenv", "env", ".env"], ".env"), (&["toml"], "a.toml"), (&["ini", "cfg", "conf"], "a.ini"), (&["xml"], "a.xml"),
    (&["properties"], "a.properties"), (&["dockerfile", "docker"], "Dockerfile"), (&["hcl", "terraform", "tf"], "a.tf"),
    (&["go", "golang"], "a.go"), (&["java"], "a.java"), (&["kotlin", "kt", "kts"], "a.kt"), (&["groovy", "gradle"], "a.groovy"),
    (&["scala"], "a.scala"), (&["ruby", "rb"], "a.rb"), (&["php"], "a.php"), (&["csharp", "cs", "c#"], "a.cs"),
    (&["fsharp", "f#"], "a.fs"), (&["vb", "vbnet"], "a.vb"), (&["rust", "rs"], "a.rs"), (&["swift"], "a.swift"), (&["c"], "a.c"),
    (&["cpp", "c++"], "a.cpp"), (&["dart"], "a.dart"), (&["elixir", "ex"], "a.ex"), (&["erlang"], "a.erl"),
    (&["perl", "pl"], "a.pl"), (&["lua"], "a.lua"), (&["r"], "a.r"), (&["julia"], "a.jl"), (&["powershell", "ps1", "pwsh"], "a.ps1"),
    (&["nix"], "a.nix"), (&["haskell"], "a.hs"), (&["clojure"], "a.clj"), (&["sql"], "a.sql"), (&["http"], "a.http"),
    (&["makefile", "make"], "Makefile"), (&["html"], "a.html"), (&["vue"], "a.vue"), (&["graphql"], "a.graphql"),
];

/// How the blocks of a kind of document begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// `` ```python ``, `~~~python`.
    Markdown,
    /// `.. code-block:: python`, and what is indented below.
    Restructured,
    /// `[source,python]` above `----`.
    AsciiDoc,
    /// `#+begin_src python`.
    Org,
}

impl Markup {
    /// That of a file, by its name.
    pub(super) fn of(path: &[u8]) -> Option<Markup> {
        let name = path.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending.as_bytes()));
        match () {
            () if ends(&[".md", ".markdown", ".mdx", ".mdc", ".rmd", ".qmd"]) => Some(Markup::Markdown),
            () if ends(&[".rst"]) => Some(Markup::Restructured),
            () if ends(&[".adoc", ".asciidoc"]) => Some(Markup::AsciiDoc),
            () if ends(&[".org"]) => Some(Markup::Org),
            () => None,
        }
    }

    /// The language of the block that begins below a line, as the document calls it; empty where that says none.
    fn opened(self, line: &[u8]) -> Option<&[u8]> {
        let bare = line.trim_ascii();
        match self {
            Markup::Markdown => {
                let sign = *bare.first().filter(|b| matches!(b, b'`' | b'~'))?;
                let signs = bare.iter().take_while(|b| **b == sign).count();
                let said = bare[signs..].trim_ascii_start();
                (signs >= FENCE && !said.contains(&b'`')).then_some(said)
            }
            Markup::Restructured => {
                let rest = bare.strip_prefix(b".. ")?;
                [&b"code-block::"[..], b"code::", b"sourcecode::"]
                    .iter()
                    .find_map(|name| rest.strip_prefix(*name))
            }
            Markup::AsciiDoc => {
                let said = bare.strip_prefix(b"[source")?.strip_suffix(b"]")?;
                Some(said.split(|b| *b == b',').nth(1).unwrap_or_default())
            }
            Markup::Org => {
                let start = bare.get(..11).filter(|start| start.eq_ignore_ascii_case(b"#+begin_src"))?;
                Some(&bare[start.len()..])
            }
        }
    }

    /// Whether a block ends at a line.
    fn ends(self, block: &Opened, line: &[u8]) -> bool {
        let bare = line.trim_ascii();
        match self {
            Markup::Markdown => bare.len() >= block.signs && bare.iter().all(|b| *b == block.sign),
            Markup::Restructured => !bare.is_empty() && indent(line) <= block.indent,
            Markup::AsciiDoc => bare.starts_with(b"----"),
            Markup::Org => bare.get(..9).is_some_and(|end| end.eq_ignore_ascii_case(b"#+end_src")),
        }
    }
}

/// A block that has begun, and what its end is known by.
struct Opened {
    /// Where its text begins.
    from: usize,
    /// Whether the next line is one of its heading still.
    is_headed: bool,
    /// The first of what opened it, and how many there are.
    sign: u8,
    signs: usize,
    indent: usize,
    /// What files of its language are called.
    file: Option<&'static str>,
}

impl Opened {
    /// The one that a line begins; its text follows at `from`.
    fn read(markup: Markup, line: &[u8], from: usize) -> Option<Opened> {
        let file = file_of(markup.opened(line)?);
        let bare = line.trim_ascii();
        let sign = *bare.first()?;
        let signs = bare.iter().take_while(|b| **b == sign).count();
        // The line above the block of AsciiDoc names it, and the first of its signs opens it.
        Some(Opened { from, is_headed: markup == Markup::AsciiDoc, sign, signs, indent: indent(line), file })
    }
}

/// The blocks of a document whose language is known, each with what files of that language are called.
pub(super) fn blocks(text: &[u8], markup: Markup) -> Vec<(Range<usize>, &'static str)> {
    let mut out = Vec::new();
    let mut open: Option<Opened> = None;
    let mut start = 0;
    while start < text.len() {
        let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at + 1);
        let line = &text[start..end];
        match &mut open {
            Some(block) if block.is_headed => (block.from, block.is_headed) = (end, false),
            Some(block) if markup.ends(block, line) => {
                out.extend(block.file.map(|file| (block.from..start, file)));
                // A directive ends where the next one begins.
                open = Opened::read(markup, line, end).filter(|_| markup == Markup::Restructured);
            }
            Some(_) => {}
            None => open = Opened::read(markup, line, end),
        }
        start = end;
    }
    if let Some(Opened { from, file: Some(file), .. }) = open {
        out.push((from..text.len(), file));
    }
    out
}

/// What files of the language are called that a block says it is in: `python`, `{.python .numbered}`, `js title="a"`.
fn file_of(said: &[u8]) -> Option<&'static str> {
    let is_sign = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'{' | b'}' | b',' | b':' | b';');
    let word = said.split(is_sign).find(|word| !word.is_empty())?.to_ascii_lowercase();
    let word = word.strip_prefix(b".").filter(|_| word != b".env").unwrap_or(&word);
    LANGUAGES
        .iter()
        .find(|(words, _)| words.iter().any(|known| known.as_bytes() == word))
        .map(|(_, file)| *file)
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_say_their_language() {
        for (path, text, expected) in [
            ("a.md", "x\n```python\n@\n```\n", Some("a.py")),
            ("a.md", "```\na\n```\n@\n```yaml\nb\n```\n", None),
            ("a.md", "```\n@\n```\n", None),
            ("a.md", "- x\n  ~~~ {.bash #a}\n  @\n", Some("a.sh")),
            ("a.md", "````md\n```js\n@\n```\n````\n", None),
            ("a.rst", ".. code-block:: yaml\n\n   a: @\n\ntext\n", Some("a.yml")),
            ("a.rst", ".. code:: js\n\n   a\n\n@\n", None),
            ("a.adoc", "[source,java]\n----\n@\n----\n", Some("a.java")),
            ("a.adoc", "[source,java]\n----\na\n----\n@\n", None),
            ("a.md", "`````js\n````\n@\n``````\n", Some("a.js")),
            ("a.md", "```js\n```\n@\n", None),
            ("a.org", "#+BEGIN_SRC sh :results none\n@\n#+END_SRC\n", Some("a.sh")),
        ] {
            let at = text.find('@').unwrap();
            let blocks = blocks(text.as_bytes(), Markup::of(path.as_bytes()).unwrap());
            let found = blocks.iter().find(|(block, _)| block.contains(&at)).map(|(_, file)| *file);
            assert_eq!(found, expected, "{text}");
        }
    }
}
