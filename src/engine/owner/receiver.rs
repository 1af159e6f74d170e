//! What the object was made from that a value is given to: `aai.api_key = "…"` below `import assemblyai as aai`,
//! `config.token = "…"` inside `Rollbar.configure do |config|`.
//!
//! The nearest line above that binds the object's name decides, whether it speaks of a vendor or not.

use memchr::memmem::Finder;

use crate::engine::locate::Located;
use crate::engine::names;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal::is_plain_quote;
use crate::engine::syntax::neighbour;

/// How far above a value its object is looked for, bytes, and how much of the start of a text: what it imports.
const REACH: usize = 4096;
const HEAD: usize = 1536;
/// Longest line that is read, bytes.
const LONGEST_LINE: usize = 256;

/// The line that binds the object which the value at `at` is given to, or the function.
pub(in crate::engine) fn binding<'t>(located: &Located<'_>, text: &'t [u8], at: usize) -> Option<&'t [u8]> {
    let own = located.names.first().filter(|name| parts(name).nth(1).is_some());
    let bound = own.into_iter().chain(&located.callees).find_map(|path| bound_by(path, text, at));
    bound.or_else(|| chained(text, at)).or_else(|| {
        // `acme.headers = [` above `'x-token': '…'`.
        let object = neighbour::openers(text, at).find_map(member_given)?;
        bound_by(object, text, at)
    })
}

/// The member that a line gives a list or an object which opens there: `acme.headers` of `acme.headers = [`.
fn member_given(line: &[u8]) -> Option<&[u8]> {
    let path = line[..memchr::memchr(b'=', line)?].trim_ascii();
    let is_path = path.iter().all(|b| is_word(*b) || matches!(b, b'.' | b'$' | b'-' | b'>'));
    (is_path && parts(path).nth(1).is_some()).then_some(path)
}

/// The line that a chain of calls begins on whose link a value's line is: `Acme::config()` above `->setKey(…)`.
fn chained(text: &[u8], at: usize) -> Option<&[u8]> {
    let is_link = |line: &&[u8]| {
        let bare = line.trim_ascii_start();
        [&b"->"[..], b".", b"?."].iter().any(|sign| bare.starts_with(sign))
            && bare.iter().take(3).any(u8::is_ascii_alphabetic)
    };
    let mut lines = lines_above(text, at);
    lines.next().filter(is_link)?;
    lines.find(|line| !is_link(line)).filter(|line| !line.trim_ascii().is_empty())
}

/// The line above a place that binds the object or the function which a path begins with.
pub(in crate::engine) fn bound_by<'t>(path: &[u8], text: &'t [u8], at: usize) -> Option<&'t [u8]> {
    let object = Finder::new(parts(path).find(|part| !is_self(part))?);
    lines_with(&object, text, at).find(|line| binds(line, &object))
}

/// The line above a place that gives a constant this name: `name = …`, `#define NAME …`, `-define(NAME, …)`.
pub(in crate::engine) fn constant<'t>(name: &[u8], text: &'t [u8], at: usize) -> Option<&'t [u8]> {
    let finder = Finder::new(name);
    lines_with(&finder, text, at).find(|line| {
        let defined = || {
            let bare = line.trim_ascii_start();
            let rest = bare.strip_prefix(b"-define(").or(bare.strip_prefix(b"#define "))?;
            Some(!rest.strip_prefix(name)?.first().is_some_and(|b| is_word(*b)))
        };
        binds(line, &finder) || defined() == Some(true)
    })
}

/// Whether a text imports a module whose name begins with this word, lower case: `require 'acme-sdk'`, `import acme`.
pub(in crate::engine) fn is_imported(text: &[u8], word: &str) -> bool {
    let head = &text[..text.len().min(HEAD)];
    let begins = |run: &[u8]| names::words(run).first().is_some_and(|first| first == word);
    head.split(|b| *b == b'\n').filter(|line| is_import(line)).any(|line| {
        match line.split(is_plain_quote).nth(1) {
            // A path beside the file is nobody's module.
            Some(module) => !module.starts_with(b".") && module.split(|b| *b == b'/').any(begins),
            None => line.trim_ascii_start().split(u8::is_ascii_whitespace).nth(1).is_some_and(begins),
        }
    })
}

/// Whether a text imports a module with this word in its name, lower case: `require('passport-acme')`.
pub(in crate::engine) fn imports(text: &[u8], word: &str) -> bool {
    let head = &text[..text.len().min(HEAD)];
    let mut lines = head.split(|b| *b == b'\n').filter(|line| is_import(line));
    lines.any(|line| names::words(line).iter().any(|part| part == word))
}

/// The parts of a path, without signs: `config`, `api_key` of `$config->api_key`.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|b| !is_word(*b)).filter(|part| !part.is_empty())
}

fn is_self(part: &[u8]) -> bool {
    matches!(part, b"self" | b"this" | b"cls" | b"Self" | b"new")
}

/// The lines above a place, the nearest first, beginning with what stands before it on its own; those at the start of the
/// text last.
fn lines_above(text: &[u8], at: usize) -> impl Iterator<Item = &[u8]> {
    parts_above(text, at)
        .into_iter()
        .flat_map(|part| part.rsplit(|b| *b == b'\n'))
        .filter(|line| line.len() <= LONGEST_LINE)
}

/// Those of [`lines_above`] in which a name stands.
fn lines_with<'t>(name: &Finder<'_>, text: &'t [u8], at: usize) -> impl Iterator<Item = &'t [u8]> {
    let lines = parts_above(text, at).into_iter().flat_map(|part| {
        let mut starts: Vec<usize> = name
            .find_iter(part)
            .map(|at| memchr::memrchr(b'\n', &part[..at]).map_or(0, |end| end + 1))
            .collect();
        starts.dedup();
        let line = |start: usize| {
            let rest = &part[start..];
            &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())]
        };
        starts.into_iter().rev().map(line)
    });
    lines.filter(|line| line.len() <= LONGEST_LINE)
}

/// What is read of a text above a place, the nearest part first.
fn parts_above(text: &[u8], at: usize) -> [&[u8]; 2] {
    let floor = at.saturating_sub(REACH);
    [&text[floor..at], &text[..floor.min(HEAD)]]
}

/// Whether a line gives something this name: `name = …`, `import … as name`, `do |name|`, `name =>`, `name: Type`.
fn binds(line: &[u8], name: &Finder<'_>) -> bool {
    name.find_iter(line).any(|at| {
        let (before, behind) = (&line[..at], &line[at + name.needle().len()..]);
        let is_part = before.last().is_some_and(|b| is_word(*b) || matches!(b, b'.' | b'-' | b'>'))
            || behind.first().is_some_and(|b| is_word(*b));
        let (before, behind) = (before.trim_ascii_end(), behind.trim_ascii_start());
        let is_assigned = || behind.starts_with(b":=") || is_given(behind);
        let is_parameter = || {
            let behind = behind.strip_prefix(b")").unwrap_or(behind).trim_ascii_start();
            behind.starts_with(b"=>")
                || behind.starts_with(b"->") && before.ends_with(b"{")
                || behind.starts_with(b"|") && before.ends_with(b"|")
        };
        let is_typed = || {
            let kind = behind.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            // `Const BASE As String = …` of Basic.
            let is_basic = || behind.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"as "));
            kind.and_then(|kind| kind.first()).is_some_and(u8::is_ascii_uppercase)
                || is_basic() && behind.contains(&b'=')
        };
        let is_declared = || behind.starts_with(b";") && before.last().is_some_and(|b| is_word(*b));
        let is_alias = || {
            before.ends_with(b" as")
                || before.ends_with(b" as:")
                || before.is_empty() && behind.starts_with(b"\"")
                || is_import(line)
        };
        !is_part && (is_assigned() || is_parameter() || is_typed() || is_declared() || is_alias())
    })
}

/// Whether an assignment starts here, and no comparison or arrow.
fn is_given(behind: &[u8]) -> bool {
    behind.first() == Some(&b'=') && !matches!(behind.get(1), Some(b'=' | b'>' | b'~'))
}

/// Whether a line imports a module, in any language.
pub(in crate::engine) fn is_import(line: &[u8]) -> bool {
    const SIGNS: [&[u8]; 7] =
        [b"import ", b"from ", b"use ", b"using ", b"require ", b"require_once ", b"library("];
    let bare = line.trim_ascii_start();
    SIGNS.iter().any(|sign| bare.starts_with(sign)) || crate::memmem::find(bare, b"require(").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::locate::locate;

    #[test]
    fn the_nearest_binding_decides() {
        for (text, line) in [
            ("import acme as ac\nimport frob\nac.api_key = 'VALUE'", Some("import acme as ac")),
            ("Frob.setup do |c|\nend\nAcme.setup do |c|\n  c.key = 'VALUE'", Some("Acme.setup do |c|")),
            ("const ac = require('acme');\nac.setKey('VALUE')", Some("const ac = require('acme');")),
            ("AcmeOptions o = new();\no.ApiKey = \"VALUE\";", Some("AcmeOptions o = new();")),
            ("services.AddAcme(o => {\n  o.ApiKey = \"VALUE\";", Some("services.AddAcme(o => {")),
            ("from acme_sdk import Client\nClient('VALUE')", Some("from acme_sdk import Client")),
            ("c := acme.New()\nc.SetKey(\"VALUE\")", Some("c := acme.New()")),
            ("c = acme.Client()\nc = Other()\nc.api_key = 'VALUE'", Some("c = Other()")),
            (
                "$c = Acme\\Config::get()\n  ->setUser('x')\n  ->setKey('VALUE')",
                Some("$c = Acme\\Config::get()"),
            ),
            ("Acme.setup { |c| c.api_key = 'VALUE' }", Some("Acme.setup { |c| c.api_key = '")),
            ("import acme\napi_key = 'VALUE'", None),
            ("if c == acme.c:\n  c.api_key = 'VALUE'", None),
        ] {
            let at = text.find("VALUE").unwrap();
            let located = locate(text.as_bytes(), at..at + 5);
            let found = binding(&located, text.as_bytes(), at);
            assert_eq!(found, line.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn modules_and_not_what_is_taken_from_them() {
        for text in ["require 'box-sdk'", "import box", "from box_sdk import X", "import x from '@box/sdk'"] {
            assert!(is_imported(text.as_bytes(), "box"), "{text}");
        }
        for text in ["import { Box } from '@mui/material'", "import Box from './box'", "from x import box"] {
            assert!(!is_imported(text.as_bytes(), "box"), "{text}");
        }
    }
}
