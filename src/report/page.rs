//! The page of a rule: for people at eighty columns, and as JSON.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::color;
use super::fit::wrap;
use crate::advice::explain::{Code, Page};

/// Columns of the page; code is never broken.
const WIDTH: usize = 80;

/// Writes the page for people.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, page: &Page, color: bool) -> io::Result<()> {
    let mut writer = Writer { out, color };
    writer.head(page)?;
    writer.section("What it is")?;
    writer.text(page.description)?;
    writer.section("What an attacker does with it")?;
    writer.bullets(page.risks)?;
    writer.section("1. Revoke it")?;
    writer.numbers(page.revoke)?;
    if !page.call.is_empty() {
        writer.text("Or by a call:")?;
        writer.verbatim(&page.call)?;
    }
    writer.section("2. Check for abuse")?;
    writer.bullets(page.abuse)?;
    writer.section("3. What stops working")?;
    writer.text(page.breaks)?;
    writer.section("How to find its users, before you revoke if time allows")?;
    writer.hanging("  - ", "In each repository and branch:")?;
    writer.verbatim(&page.search)?;
    writer.bullets(&page.users)?;
    writer.code(page)?;
    writer.section("Prevent the next one")?;
    writer.bullets(&page.prevention)?;
    writer.section("How it is recognised")?;
    writer.bullets(&page.recognised)?;
    writer.section("What never counts")?;
    writer.bullets(&page.never)?;
    writer.section("Read more")?;
    for link in page.docs {
        writer.hanging("  - ", link)?;
    }
    writer.text(&format!("Where the format was learned: {}", page.source))
}

/// Writes the page as one JSON object.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, page)?;
    writeln!(out)
}

struct Writer<'w> {
    out: &'w mut dyn Write,
    color: bool,
}

impl Writer<'_> {
    fn paint(&self, text: &str, style: Style) -> String {
        if self.color { text.style(style).to_string() } else { text.to_owned() }
    }

    fn head(&mut self, page: &Page) -> io::Result<()> {
        let (word, style) = color::badge(page.severity);
        let name = self.paint(page.name, Style::new().bold());
        let id = self.paint(&format!("[{}]", page.id), Style::new().dimmed());
        writeln!(self.out, "{} {name} {id}", self.paint(word, style))?;
        let reason = format!("{}: {}", page.vendor, page.severity_reason);
        for line in wrap(&reason, WIDTH) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn section(&mut self, title: &str) -> io::Result<()> {
        let title = self.paint(title, Style::new().cyan().bold());
        writeln!(self.out, "\n{title}")
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.hanging("  ", text)
    }

    fn bullets<T: AsRef<str>>(&mut self, items: &[T]) -> io::Result<()> {
        items.iter().try_for_each(|item| self.hanging("  - ", item.as_ref()))
    }

    fn numbers(&mut self, items: &[&str]) -> io::Result<()> {
        (1..).zip(items).try_for_each(|(number, item)| self.hanging(&format!("  {number}. "), item))
    }

    /// A paragraph behind a marker, its further lines indented as far as the first.
    fn hanging(&mut self, marker: &str, text: &str) -> io::Result<()> {
        let indent = marker.chars().count();
        for (at, line) in wrap(text, WIDTH - indent).iter().enumerate() {
            let head = if at == 0 { marker.to_owned() } else { " ".repeat(indent) };
            writeln!(self.out, "{head}{line}")?;
        }
        Ok(())
    }

    /// Lines that are copied and pasted: indented, never broken.
    fn verbatim(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            let line = if line.is_empty() { String::new() } else { format!("    {line}") };
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn code(&mut self, page: &Page) -> io::Result<()> {
        self.section("Write this instead")?;
        let is_short = page.code.iter().all(|code| code.needs.is_empty() && !code.code.contains('\n'));
        if is_short && page.code.len() > 1 {
            self.table(&page.code)?;
            return self.text(&format!(
                "Whole code: --lang LANG; from a secret store: --store aws, vault or conjur (path {}).",
                page.secret_path
            ));
        }
        for (at, code) in page.code.iter().enumerate() {
            if at > 0 {
                writeln!(self.out)?;
            }
            let title = self.paint(&format!("{} ({})", code.language, code.store), Style::new().bold());
            writeln!(self.out, "  {title}")?;
            if !code.needs.is_empty() {
                self.text(&format!("Needs {}.", code.needs))?;
            }
            self.verbatim(&code.code)?;
        }
        Ok(())
    }

    fn table(&mut self, all: &[Code]) -> io::Result<()> {
        let width = all.iter().map(|code| code.language.chars().count()).max().unwrap_or(0);
        for code in all {
            let language = self.paint(&format!("{:<width$}", code.language), Style::new().dimmed());
            writeln!(self.out, "  {language}  {}", code.code)?;
        }
        Ok(())
    }
}
