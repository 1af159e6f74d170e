//! What only a person reads of the rules: pages for those whose secret leaked, and what each rule is.
//!
//! 4 MB of text would be most of the program, so the build script deflates it, in blocks that are inflated when a text of
//! theirs is first asked for: 0.9 MB. LZMA packs it in 0.7, but took 80 million instructions for the first card, where the
//! rest of a commit that is stopped takes six; now it is one and a half. A text ends in a byte that UTF-8 does not have,
//! a list in one more of them: lengths instead would be 70 KB.

use std::io::Read as _;
use std::sync::OnceLock;

use flate2::bufread::DeflateDecoder;

use super::inherit::Full;
use super::page::{About, Examples, Fix, Page, TextAt};
use super::schema;

/// A block is closed once it has so many bytes: large enough to be packed well, small enough to be inflated in less than a
/// millisecond.
const BLOCK: usize = 128 << 10;
/// Behind each text and each list.
const END: u8 = 0xFF;

/// The texts of a document as they are written, each kind in blocks of its own.
#[derive(Debug, Default)]
pub(super) struct Prose {
    pub(super) pages: Vec<Vec<u8>>,
    pub(super) about: Vec<Vec<u8>>,
}

impl Prose {
    /// Adds a rule's page.
    pub(super) fn page(&mut self, full: &Full<'_>) -> TextAt {
        let mut page = Record::default();
        page.list(full.risks);
        page.list(full.revoke);
        page.list(full.call);
        page.list(full.abuse);
        page.text(full.breaks);
        page.text(full.safer);
        page.text(full.env);
        page.list(full.docs);
        page.put(&mut self.pages)
    }

    /// Adds what a rule is.
    pub(super) fn about(&mut self, rule: &schema::Rule) -> TextAt {
        let mut about = Record::default();
        about.text(&rule.severity_reason);
        about.text(&rule.description);
        about.text(&rule.source);
        about.list(&rule.examples.matches);
        about.list(&rule.examples.ignores);
        about.put(&mut self.about)
    }
}

/// Texts and lists of one rule.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(END);
    }

    fn list(&mut self, texts: &[String]) {
        texts.iter().for_each(|text| self.text(text));
        self.0.push(END);
    }

    /// Into the last block that has room.
    fn put(self, blocks: &mut Vec<Vec<u8>>) -> TextAt {
        let mut last = blocks.pop_if(|block| block.len() < BLOCK).unwrap_or_default();
        let at = TextAt { block: blocks.len() as u32, at: last.len() as u32 };
        last.extend(self.0);
        blocks.push(last);
        at
    }
}

/// A block of texts: deflated by the build script, and inflated when one of them is first asked for.
#[derive(Debug)]
pub(super) struct Block {
    packed: &'static [u8],
    bytes: OnceLock<&'static [u8]>,
}

impl Block {
    pub(super) const fn packed(packed: &'static [u8]) -> Self {
        Block { packed, bytes: OnceLock::new() }
    }

    /// Those of a user's rules, which were never packed.
    pub(super) fn plain(blocks: Vec<Vec<u8>>) -> &'static [Block] {
        let plain = |bytes: Vec<u8>| Block { packed: &[], bytes: OnceLock::from(&*bytes.leak()) };
        blocks.into_iter().map(plain).collect::<Vec<_>>().leak()
    }

    fn reader(&self, at: u32) -> Reader {
        Reader { rest: &self.bytes.get_or_init(|| inflated(self.packed).leak())[at as usize..] }
    }

    /// The page that starts at a byte of it.
    pub(super) fn page(&self, at: u32) -> Page {
        let mut page = self.reader(at);
        Page {
            risks: page.list(),
            fix: Fix {
                revoke: page.list(),
                call: page.list(),
                abuse: page.list(),
                breaks: page.text(),
                safer: page.text(),
                env: page.text(),
            },
            docs: page.list(),
        }
    }

    /// What the rule is that is told from a byte of it on.
    pub(super) fn about(&self, at: u32) -> About {
        let mut about = self.reader(at);
        About {
            severity_reason: about.text(),
            description: about.text(),
            source: about.text(),
            examples: Examples { matches: about.list(), ignores: about.list() },
        }
    }
}

fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BLOCK + BLOCK / 8);
    let read = DeflateDecoder::new(packed).read_to_end(&mut bytes);
    read.expect("the build script deflated it");
    bytes
}

/// Reads what [`Record`] wrote; if it did not, that is a fault of this program, and it stops.
struct Reader {
    rest: &'static [u8],
}

impl Reader {
    fn text(&mut self) -> &'static str {
        let end = self.rest.iter().position(|byte| *byte == END).expect("the writer ended the text");
        let (text, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        std::str::from_utf8(text).expect("the writer wrote UTF-8")
    }

    fn list(&mut self) -> &'static [&'static str] {
        let mut items = Vec::new();
        while self.rest.first() != Some(&END) {
            items.push(self.text());
        }
        self.rest = &self.rest[1..];
        items.leak()
    }
}
