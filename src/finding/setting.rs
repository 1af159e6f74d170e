//! What stands around a secret in its text, as far as what to write in its place depends on it.

use std::ops::Range;

use memchr::{memmem, memrchr};

use super::Excerpt;
use super::comment::{Parts, read};
use super::delimiter::Delimiter;
use super::documents::Dialect;
use super::fence::{Markup, blocks};
use super::shell::{Quoting, Reader};
use super::syntax::{Place, Syntax, syntax};

/// What stands around a secret.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The line, where the excerpt had to be cut: more of it, masked as well.
    pub line: Option<Box<Excerpt>>,
    /// Whether blanks stand before the line.
    pub is_indented: bool,
    /// How files of the kind write comments and strings.
    pub syntax: Option<&'static Syntax>,
    /// Whether it stands in a comment, of a file whose comments are known.
    pub is_comment: bool,
    /// What opened a string above the line that is open still where it begins.
    pub string: Option<Carried>,
    /// What the lines around it make of it.
    pub around: Around,
    /// How a shell reads the place, when the text is a script for one; in other languages, which here-document it is
    /// in.
    pub quoting: Quoting,
    /// What the text imports; `None` where that is not known.
    pub modules: Option<Modules>,
    /// What the line is indented below.
    pub block: Block,
    /// The first word of the lines that it goes on with, each but the last ended by a backslash: `ENV` of a Dockerfile.
    pub begun: Option<Box<str>>,
    /// What files are called of the language that the place's block of code is in, in a document: `a.py`.
    pub fence: Option<&'static str>,
}

/// A string that was opened on a line above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// What it is between.
    pub delimiter: Delimiter,
    /// The letters before that.
    pub prefix: Box<str>,
    /// Whether it begins a statement: in Python, a docstring.
    pub is_statement: bool,
}

/// What the lines above and below make of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Around {
    /// Whether the line goes on with nothing that was begun above.
    pub is_statement: bool,
    /// What the line above ends in, as far as that is on its own, without the backslash that joins the two.
    pub above: Option<u8>,
    /// Whether the line below goes on with a string.
    pub joins_below: bool,
}

/// Most bytes to the line above and below that are looked at.
const NEAR: usize = 400;

impl Around {
    /// Of the line at `start` that goes on behind `end`.
    fn of(text: &[u8], start: usize, end: usize) -> Around {
        let above = code_above(&text[start.saturating_sub(NEAR)..start]);
        let word = above.rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_').next().unwrap_or_default();
        let is_statement = match above {
            [.., b'"' | b'\'', b':'] => false,
            [.., last] => !b"([{,=+-*/%|&\\<>\"'".contains(last) && !GOING_ON.contains(&word),
            [] => true,
        };
        let above = above.strip_suffix(b"\\").map_or(above, <[u8]>::trim_ascii_end);
        let near = &text[end..text.len().min(end + NEAR)];
        let below = memchr::memchr(b'\n', near).map_or(&b""[..], |newline| &near[newline + 1..]);
        let indent = |line: &[u8]| line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let letters = below.trim_ascii_start();
        let prefix = letters.iter().take(2).take_while(|b| b.is_ascii_alphabetic() || **b == b'@').count();
        let is_string = matches!(letters.get(prefix), Some(b'"' | b'\''));
        let own = &text[start..end];
        let begins = matches!(own.trim_ascii_start().first(), Some(b'"' | b'\''));
        let joins_below = is_string && (begins || indent(below) > indent(own));
        Around { is_statement, above: above.last().copied(), joins_below }
    }
}

/// Words of Python that an operand follows.
const GOING_ON: [&[u8]; 9] = [b"else", b"or", b"and", b"in", b"not", b"is", b"if", b"lambda", b"yield"];

/// The end of the code above a line: without comments and blanks.
fn code_above(mut above: &[u8]) -> &[u8] {
    loop {
        above = above.trim_ascii_end();
        let line = memrchr(b'\n', above).map_or(0, |newline| newline + 1);
        let is_comment = above[line..].trim_ascii_start().starts_with(b"#");
        match crate::memmem::find(&above[line..], b" #") {
            _ if is_comment => above = &above[..line],
            Some(at) => return above[..line + at].trim_ascii_end(),
            None => return above,
        }
    }
}

/// What the first line above that is indented less begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Block {
    /// Anything else, or nothing near enough.
    #[default]
    Other,
    /// `const (`, or `const` alone.
    Constants,
    /// `@Name(`.
    Annotation,
    /// `enum Name {`.
    Enumeration,
    /// `variable "name" {` of Terraform, with the name.
    Variable(Box<str>),
    /// `- name: NAME` or `- key: NAME` of YAML, of which the line is a further key.
    Entry(Box<str>),
}

/// Bytes above that are looked at for the beginning of a block.
const ABOVE: usize = 8 << 10;

impl Block {
    /// What the line at `start` is within.
    fn of(text: &[u8], start: usize) -> Block {
        let indent = |line: &[u8]| line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let mut own = indent(&text[start..]);
        let mut above = &text[start.saturating_sub(ABOVE)..start];
        while let Some(lines) = above.strip_suffix(b"\n").filter(|_| own > 0) {
            let from = memrchr(b'\n', lines).map_or(0, |newline| newline + 1);
            let line = &lines[from..];
            above = &lines[..from];
            if line.trim_ascii().is_empty() || indent(line) >= own {
                continue;
            }
            own = indent(line);
            let line = line.trim_ascii();
            if let Some(name) = line.strip_prefix(b"variable \"") {
                return variable(name).filter(|_| name.contains(&b'"')).map_or(Block::Other, Block::Variable);
            }
            if let Some(name) = line.strip_prefix(b"- name: ").or_else(|| line.strip_prefix(b"- key: ")) {
                let name = name.strip_prefix(b"\"").or(name.strip_prefix(b"'")).unwrap_or(name);
                return variable(name).map_or(Block::Other, Block::Entry);
            }
            return match line {
                // A value of the entry above it.
                b"default = {" => continue,
                [b'@', .., b'('] => Block::Annotation,
                [.., b'{'] if crate::memmem::find(line, b"enum ").is_some() => Block::Enumeration,
                b"const (" | b"const" => Block::Constants,
                _ => Block::Other,
            };
        }
        Block::Other
    }
}

/// The first word of the lines that the one at `start` goes on with, each but the last ended by a backslash. Remarks
/// between them do not count.
fn begun(text: &[u8], start: usize) -> Option<Box<str>> {
    let mut above = &text[start.saturating_sub(ABOVE)..start];
    let mut first: Option<&[u8]> = None;
    while let Some(lines) = above.strip_suffix(b"\n") {
        let from = memrchr(b'\n', lines).map_or(0, |newline| newline + 1);
        let line = lines[from..].trim_ascii();
        match line {
            [.., b'\\'] => first = Some(line),
            [b'#', ..] => {}
            _ => break,
        }
        above = &lines[..from];
    }
    let word = first?.split(|b| !b.is_ascii_alphabetic()).next()?;
    (matches!(word.len(), 1..=12)).then(|| String::from_utf8_lossy(word).into())
}

/// The name that `rest` begins with, which goes up to a quote or the end; none that could hide something.
fn variable(rest: &[u8]) -> Option<Box<str>> {
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let name = std::str::from_utf8(&rest[..length]).ok()?;
    let is_plain = length <= 40 && name.bytes().filter(u8::is_ascii_digit).count() < 6;
    (is_plain && length > 0 && matches!(rest.get(length), None | Some(b'"' | b'\''))).then(|| name.into())
}

/// A module that code needs to read a variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// `os` of Python.
    PythonOs,
    /// `os` of Go.
    GoOs,
    /// `stdlib.h`, `cstdlib`.
    Stdlib,
    /// What has `ProcessInfo` of Swift.
    Foundation,
    /// `dart:io`.
    DartIo,
    /// `System` of .NET.
    System,
    /// What only an app on a phone has: its environment is not its user's.
    App,
    /// `string` of C++.
    StdString,
}

/// The modules that a text imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modules(u8);

impl Modules {
    /// Whether the text imports it.
    pub fn has(self, module: Module) -> bool {
        self.0 & 1 << module as u8 != 0
    }

    fn of(text: &[u8]) -> Modules {
        let holds =
            |words: &[&str]| words.iter().any(|word| crate::memmem::find(text, word.as_bytes()).is_some());
        let frameworks = ["import Foundation", "import UIKit", "import SwiftUI", "import AppKit"];
        let mut modules = 0;
        for (module, is_there) in [
            (Module::PythonOs, imports_os(text)),
            (Module::GoOs, holds(&["\"os\""])),
            (Module::Stdlib, holds(&["<stdlib.h>", "<cstdlib>"])),
            (Module::Foundation, holds(&frameworks)),
            (Module::DartIo, holds(&["dart:io"])),
            (
                Module::System,
                holds(&["using System;", "Imports System\n", "Imports System\r\n", "open System\n"]),
            ),
            (Module::App, holds(&APPS)),
            (Module::StdString, holds(&["<string>"])),
        ] {
            modules |= u8::from(is_there) << module as u8;
        }
        Modules(modules)
    }
}

/// Imports of apps.
const APPS: [&str; 5] =
    ["package:flutter/", "import UIKit", "import SwiftUI", "import android.", "import androidx."];

/// Most blanks before an import.
const INDENT: usize = 64;

/// Whether a line imports `os` under its name; a cell of a notebook counts.
fn imports_os(text: &[u8]) -> bool {
    memmem::find_iter(text, b"import ").any(|at| {
        let from = at.saturating_sub(INDENT);
        let newline = memrchr(b'\n', &text[from..at]).map(|newline| from + newline + 1);
        let Some(start) = newline.or((from == 0).then_some(0)) else { return false };
        if !text[start..at].iter().all(|b| matches!(b, b' ' | b'\t' | b'"' | b';')) {
            return false;
        }
        let rest = text[at..].split(|b| matches!(b, b'\n' | b'\r' | b'\\' | b'#')).next().unwrap_or_default();
        let named = |part: &[u8]| {
            let words: Vec<&[u8]> = part
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty() && *word != b"import")
                .collect();
            matches!(words[..], [name] if name == b"os" || name.starts_with(b"os."))
        };
        rest.split(|b| matches!(b, b',' | b';' | b'"')).any(named)
    })
}

/// Reads a text once for the settings of its secrets, as far as the last of them.
pub(super) struct Surroundings<'t> {
    text: &'t [u8],
    /// Where the line of the last secret begins.
    line: usize,
    /// Where the last secret begins.
    last: usize,
    modules: Modules,
    syntax: &'static Syntax,
    parts: Parts,
    shell: Option<Reader<'t>>,
    /// The last line that was asked for, and the block that it is within.
    block: Option<(usize, Block)>,
    /// The blocks of code in a document, and where the last one begins that was read.
    fences: Vec<(Range<usize>, &'static str)>,
    fenced: Option<(usize, Box<Surroundings<'t>>)>,
}

impl<'t> Surroundings<'t> {
    pub(super) fn of(text: &'t [u8], until: usize, path: &[u8]) -> Self {
        let syntax = syntax(path, text);
        Surroundings {
            text,
            line: 0,
            last: 0,
            modules: Modules::of(text),
            syntax,
            parts: read(text, until, syntax),
            shell: (syntax.documents == Some(Dialect::Shell)).then(|| Reader::new(text)),
            block: None,
            fences: Markup::of(path).map(|markup| blocks(text, markup)).unwrap_or_default(),
            fenced: None,
        }
    }

    /// The setting of what stands at `range`. Ask in the order of the text.
    pub(super) fn at(&mut self, range: &Range<usize>, line: Option<Box<Excerpt>>) -> Setting {
        // A block of code is a text of its own.
        let fence = within(&self.fences, range.start).filter(|(block, _)| range.end <= block.end);
        if let Some((block, file)) = fence {
            let (text, start, file) = (&self.text[block.clone()], block.start, *file);
            let (_, inner) = match self.fenced.take().filter(|(known, _)| *known == start) {
                Some(known) => self.fenced.insert(known),
                None => {
                    self.fenced.insert((start, Box::new(Surroundings::of(text, text.len(), file.as_bytes()))))
                }
            };
            return Setting {
                fence: Some(file),
                ..inner.at(&(range.start - start..range.end - start), line)
            };
        }
        if let Some(newline) = memrchr(b'\n', &self.text[self.last.min(range.start)..range.start]) {
            self.line = self.last + newline + 1;
        }
        self.last = range.start;
        let start = self.line;
        if self.block.as_ref().is_none_or(|(at, _)| *at != start) {
            self.block = Some((start, Block::of(self.text, start)));
        }
        let quoting = match &mut self.shell {
            Some(shell) => shell.at(range.start),
            None => {
                within(&self.parts.documents, range.start).map(|(_, quoting)| *quoting).unwrap_or_default()
            }
        };
        Setting {
            line,
            is_indented: self.text.get(start).is_some_and(|b| matches!(b, b' ' | b'\t')),
            block: self.block.as_ref().map_or(Block::Other, |(_, block)| block.clone()),
            begun: begun(self.text, start),
            syntax: Some(self.syntax),
            is_comment: self.syntax.place != Place::Guessed && is_within(&self.parts.comments, range.start),
            string: within(&self.parts.strings, start)
                .map(|(range, delimiter)| carried(self.text, range.start, delimiter)),
            around: Around::of(self.text, start, range.end),
            quoting,
            modules: Some(self.modules),
            fence: None,
        }
    }
}

/// What the place is within, of ranges that are in order.
fn within<T>(ranges: &[(Range<usize>, T)], at: usize) -> Option<&(Range<usize>, T)> {
    let last = ranges.partition_point(|(range, _)| range.start <= at).checked_sub(1)?;
    ranges.get(last).filter(|(range, _)| at < range.end)
}

/// The string whose text begins at `from`.
fn carried(text: &[u8], from: usize, delimiter: &Delimiter) -> Carried {
    let before = &text[..from.saturating_sub(delimiter.open.len())];
    let near = &before[before.len().saturating_sub(NEAR)..];
    let line = memrchr(b'\n', near).map_or(near, |newline| &near[newline + 1..]);
    let letters = line.iter().rev().take_while(|b| b.is_ascii_alphabetic() || b"$@".contains(b)).count();
    let (left, prefix) = line.split_at(line.len() - letters);
    let prefix = if letters < 4 { String::from_utf8_lossy(prefix) } else { "".into() };
    let start = before.len() - line.len();
    let is_statement = left.trim_ascii().is_empty() && Around::of(text, start, from).is_statement;
    Carried { delimiter: delimiter.clone(), prefix: prefix.into(), is_statement }
}

fn is_within(ranges: &[Range<usize>], at: usize) -> bool {
    let last = ranges.partition_point(|range| range.start <= at).checked_sub(1);
    last.is_some_and(|last| at < ranges[last].end)
}

#[cfg(test)]
mod tests {
    use super::{Block, imports_os};

    #[test]
    fn a_line_belongs_to_the_block_above_it() {
        for (text, block) in [
            ("const (\n\tA = 1\n\n\tB = @\n)\n", Block::Constants),
            ("const (\n\tA = 1\n)\nvar b = @\n", Block::Other),
            ("enum E {\n  A = '@',\n}\n", Block::Enumeration),
            ("  @Header(\n    value = \"@\")\n", Block::Annotation),
            ("func f() {\n\tb = @\n}\n", Block::Other),
            ("const\n  A = '@';\n", Block::Constants),
            ("variable \"a_b\" {\n  default = \"@\"\n}\n", Block::Variable("a_b".into())),
            ("variable \"a\" {\n  default = {\n    b = \"@\"\n  }\n}\n", Block::Variable("a".into())),
            ("- name: A_B\n  value: @\n", Block::Entry("A_B".into())),
            ("- key: \"A_B\"\n  value: @\n", Block::Entry("A_B".into())),
            ("- name: a b\n  value: @\n", Block::Other),
        ] {
            let at = text.rfind('@').unwrap_or(0);
            let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            assert_eq!(Block::of(text.as_bytes(), start), block, "{text}");
        }
    }

    #[test]
    fn lines_that_a_backslash_joins_have_one_beginning() {
        for (text, word) in [
            ("FROM a\nENV A=1 \\\n  # b\n  B=2 \\\n  C=@\n", Some("ENV")),
            ("FROM a \\\n\nENV C=@\n", None),
            ("ENV A=1\n  C=@\n", None),
            ("C=@", None),
        ] {
            let at = text.rfind('@').unwrap_or(0);
            let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            assert_eq!(super::begun(text.as_bytes(), start).as_deref(), word, "{text}");
        }
    }

    #[test]
    fn an_import_is_one_under_the_name() {
        for (text, imports) in [
            ("import os\n", true),
            ("import sys, os\n", true),
            ("import os, boto3 as b\n", true),
            ("    import os.path\n", true),
            ("\"import os\\n\",", true),
            ("import sys; import os\n", true),
            ("import os as o\n", false),
            ("from os import environ\n", false),
            ("import oslo\n", false),
            ("x = 'import os'\n", false),
        ] {
            assert_eq!(imports_os(text.as_bytes()), imports, "{text}");
        }
    }
}
