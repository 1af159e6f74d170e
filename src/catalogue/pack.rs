//! Rules as bytes: written by the build script or for a user's rules, read when a rule is first asked for.
//!
//! A thousand rules as Rust statics would be 60,000 pointers, which the loader relocates at every start
//! (1.4 MB of relocations in a position-independent program) and rustc has to compile. As bytes they
//! cost nothing until a rule is needed, and then about two microseconds. Automata are deflated one by one (2.1 MB in
//! 0.36 MB). What only a person reads stands apart, in blocks that the build script squeezes as LZMA: 4 MB of text in
//! 0.7 MB. Numbers are little-endian, a text is its length and its bytes, a list its length and its items, an enum its
//! name in `rules.yaml`.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use super::compile::{self, CompiledShape};
use super::generate;
use super::inherit::Full;
use super::rule::{
    ByName, Companion, Detect, Examples, Fix, LazyPage, Near, Origin, Page, PageAt, Pages, Public, Rule,
    Scope, Vendor,
};
use super::schema;
use super::shape::{self, Automaton, Shape};

/// A block of pages is closed once it has so many bytes: large enough to be packed well, small enough to be
/// unpacked in some milliseconds, which only who is shown a card waits for.
const BLOCK: usize = 1536 << 10;

/// Writes records one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Where the automata stand that were written so far.
    automata: HashMap<Vec<u8>, u32>,
    pages: Vec<Vec<u8>>,
}

impl Writer {
    /// Where the next record starts.
    pub(super) fn position(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// All records: what the engine needs, and in blocks what a person reads.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<Vec<u8>>) {
        (self.bytes, self.pages)
    }

    /// A vendor's record.
    pub(super) fn vendor(&mut self, vendor: &schema::Vendor) {
        self.text(&vendor.vendor);
        self.text(&vendor.name);
        if vendor.words.is_empty() {
            self.texts(std::slice::from_ref(&vendor.vendor));
        } else {
            self.texts(&vendor.words);
        }
        self.texts(&vendor.compatible);
        self.texts(&vendor.public.names);
        self.texts(&vendor.public.calls);
        self.texts(&vendor.public.shipped);
        self.number(u32::from(vendor.public.bundled));
    }

    /// A rule's record, and where it starts: with the id, then the number of the vendor.
    pub(super) fn rule(
        &mut self,
        full: &Full<'_>,
        shape: Option<&CompiledShape>,
        companions: &[CompiledShape],
    ) -> u32 {
        shape.into_iter().chain(companions).for_each(|shape| self.automaton(shape));
        let page = self.page(full);
        let start = self.position();
        let rule = full.rule;
        self.text(&rule.id);
        self.number(full.vendor_at as u32);
        self.text(&rule.name);
        self.name(&rule.family);
        self.name(&rule.severity);
        self.name(&rule.confidence);
        self.detect(rule, shape, companions);
        self.number(page.block);
        self.number(page.at);
        start
    }

    /// The automaton of a shape, once however many rules have it: 250 of 1,000 shapes are another's too.
    fn automaton(&mut self, shape: &CompiledShape) {
        let at = self.position();
        if !self.automata.contains_key(&shape.dfa) {
            self.blob(&deflated(&shape.dfa));
            self.automata.insert(shape.dfa.clone(), at);
        }
    }

    /// A rule's page, into the last block that has room.
    fn page(&mut self, full: &Full<'_>) -> PageAt {
        let records = std::mem::take(&mut self.bytes);
        let rule = full.rule;
        self.text(&rule.severity_reason);
        self.text(&rule.description);
        self.texts(full.risks);
        self.texts(full.revoke);
        self.texts(full.call);
        self.texts(full.abuse);
        self.text(full.breaks);
        self.text(full.safer);
        self.text(full.env);
        self.texts(full.docs);
        self.text(&rule.source);
        self.texts(&rule.examples.matches);
        self.texts(&rule.examples.ignores);
        let page = std::mem::replace(&mut self.bytes, records);
        if self.pages.last().is_none_or(|block| block.len() >= BLOCK) {
            self.pages.push(Vec::new());
        }
        let block = self.pages.len() - 1;
        let at = self.pages[block].len() as u32;
        self.pages[block].extend(page);
        PageAt { block: block as u32, at }
    }

    fn detect(&mut self, rule: &schema::Rule, shape: Option<&CompiledShape>, companions: &[CompiledShape]) {
        let detect = &rule.detect;
        match compile::origin(detect).unwrap_or(Origin::Token) {
            Origin::Prefix => self.number(0),
            Origin::Inside => self.number(1),
            Origin::Token => self.number(2),
            Origin::Parse(parser) => {
                self.number(3);
                self.name(&parser);
            }
            Origin::Name(ByName::Secret) => self.number(4),
            Origin::Name(ByName::Password) => self.number(5),
            Origin::Name(ByName::PrivateKey) => self.number(6),
        }
        self.number(u32::from(shape.is_some()));
        shape.into_iter().for_each(|shape| self.shape(shape));
        self.number(u32::from(detect.near.is_some()));
        detect.near.iter().for_each(|near| self.near(near));
        self.number(companions.len() as u32);
        for (written, shape) in detect.companions.iter().zip(companions) {
            self.text(&written.name);
            self.shape(shape);
            let names: Vec<String> = written.names.iter().map(|name| plain_name(name)).collect();
            self.texts(&names);
            self.number(written.within_lines);
        }
        self.number(detect.entropy.to_bits());
        self.number(u32::from(detect.check.is_some()));
        detect.check.iter().for_each(|check| self.name(check));
        let not: Vec<String> = detect.not.iter().map(|text| unbroken(text)).collect();
        self.texts(&not);
    }

    fn shape(&mut self, shape: &CompiledShape) {
        self.text(&shape.pattern);
        self.number(self.automata.get(&shape.dfa).copied().unwrap_or_default());
        self.number(shape.min);
        self.number(shape.max);
        self.number(u32::from(shape.holds_run));
        self.number(shape.sign.map_or(u32::MAX, u32::from));
        for half in shape.alphabet.iter().flat_map(|word| [*word as u32, (*word >> 32) as u32]) {
            self.number(half);
        }
    }

    fn near(&mut self, near: &schema::Near) {
        let names: Vec<String> = near.names.iter().map(|name| plain_name(name)).collect();
        let calls: Vec<String> = near.calls.iter().map(|call| call.to_ascii_lowercase()).collect();
        self.texts(&names);
        self.texts(&calls);
        self.number(match near.within {
            schema::Within::Lines(lines) => lines.min(u32::MAX - 1),
            schema::Within::Word(schema::WithinWord::File) => u32::MAX,
        });
    }

    fn number(&mut self, number: u32) {
        self.bytes.extend(number.to_le_bytes());
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.bytes.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }

    fn texts(&mut self, texts: &[String]) {
        self.number(texts.len() as u32);
        texts.iter().for_each(|text| self.text(text));
    }

    fn name(&mut self, value: &impl Serialize) {
        let name = serde_yaml::to_string(value).expect("an enum without data is a word in YAML");
        self.text(name.trim());
    }
}

/// A name as the engine compares it: lower case, without separators.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !"_-. ".contains(*c)).map(|c| c.to_ascii_lowercase()).collect()
}

/// A `not` value as the engine compares it: lower case, `{}` gone.
fn unbroken(text: &str) -> String {
    let seal: generate::Seal = |_, _| Err("a value in `not` has no checksum to make".to_owned());
    generate::expand_with(text, "", seal).unwrap_or_else(|_| text.to_owned()).to_lowercase()
}

/// Makes what a run seldom needs small.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.expect("a Vec takes all that is written to it")
}

/// Undoes [`deflated`].
pub(super) fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut bytes).expect("the writer deflated it");
    bytes
}

/// A block of pages that the build script squeezed.
pub(super) fn expanded(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reader = lzma_rust2::LzmaReader::new_mem_limit(packed, u32::MAX, None);
    let read = reader.and_then(|mut reader| reader.read_to_end(&mut bytes));
    read.expect("the build script squeezed it");
    bytes
}

/// Reads a record. What is read lives as long as the process, as its bytes do.
///
/// The bytes come from [`Writer`], so a wrong record is a fault of this program, and it stops.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: &'static [u8],
    rest: &'static [u8],
}

impl Reader {
    /// Reads the record at `at`.
    pub(super) fn new(bytes: &'static [u8], at: u32) -> Self {
        Reader { bytes, rest: bytes.get(at as usize..).unwrap_or_default() }
    }

    /// The id at the start of a rule's record, or the key at the start of a vendor's.
    pub(super) fn id(mut self) -> &'static str {
        self.text()
    }

    /// A vendor's record.
    pub(super) fn vendor(mut self) -> Vendor {
        Vendor {
            key: self.text(),
            name: self.text(),
            words: self.texts(),
            compatible: self.texts(),
            public: Public {
                names: self.texts(),
                calls: self.texts(),
                shipped: self.texts(),
                bundled: self.number() != 0,
            },
        }
    }

    /// A rule's record; `vendor` gives the vendor of a number, `pages` will read its page.
    pub(super) fn rule(
        mut self,
        vendor: impl FnOnce(usize) -> &'static Vendor,
        pages: &'static dyn Pages,
    ) -> Rule {
        Rule {
            id: self.text(),
            vendor: vendor(self.number() as usize),
            name: self.text(),
            family: self.name(),
            severity: self.name(),
            confidence: self.name(),
            detect: self.detect(),
            text: LazyPage::Packed {
                pages,
                at: PageAt { block: self.number(), at: self.number() },
                page: OnceLock::new(),
            },
        }
    }

    /// A rule's page.
    pub(super) fn page(mut self) -> Page {
        Page {
            severity_reason: self.text(),
            description: self.text(),
            risks: self.texts(),
            fix: Fix {
                revoke: self.texts(),
                call: self.texts(),
                abuse: self.texts(),
                breaks: self.text(),
                safer: self.text(),
                env: self.text(),
            },
            docs: self.texts(),
            source: self.text(),
            examples: Examples { matches: self.texts(), ignores: self.texts() },
        }
    }

    fn detect(&mut self) -> Detect {
        Detect {
            origin: match self.number() {
                0 => Origin::Prefix,
                1 => Origin::Inside,
                2 => Origin::Token,
                3 => Origin::Parse(self.name()),
                4 => Origin::Name(ByName::Secret),
                5 => Origin::Name(ByName::Password),
                _ => Origin::Name(ByName::PrivateKey),
            },
            shape: self.optional(Self::shape),
            near: self.optional(Self::near),
            companions: self.list(|reader| Companion {
                name: reader.text(),
                shape: reader.shape(),
                names: reader.texts(),
                within_lines: reader.number(),
            }),
            entropy: f32::from_bits(self.number()),
            check: self.optional(Self::name),
            not: self.texts(),
        }
    }

    fn shape(&mut self) -> Shape {
        let pattern = self.text();
        Shape {
            pattern,
            has_fixed_part: shape::has_fixed_part(pattern),
            fixed_start: shape::fixed_start(pattern),
            dfa: Automaton::new(Reader::new(self.bytes, self.number()).blob()),
            min: self.number(),
            max: self.number(),
            holds_run: self.number() == 1,
            sign: u8::try_from(self.number()).ok(),
            alphabet: [(); 4].map(|()| u64::from(self.number()) | u64::from(self.number()) << 32),
        }
    }

    fn near(&mut self) -> Near {
        Near {
            names: self.texts(),
            calls: self.texts(),
            scope: match self.number() {
                u32::MAX => Scope::File,
                lines => Scope::Lines(lines),
            },
        }
    }

    fn number(&mut self) -> u32 {
        let (number, rest) = self.rest.split_first_chunk::<4>().expect("the writer wrote a number here");
        self.rest = rest;
        u32::from_le_bytes(*number)
    }

    fn blob(&mut self) -> &'static [u8] {
        let length = self.number() as usize;
        let (bytes, rest) = self.rest.split_at_checked(length).expect("the writer wrote so many bytes");
        self.rest = rest;
        bytes
    }

    fn text(&mut self) -> &'static str {
        std::str::from_utf8(self.blob()).expect("the writer wrote UTF-8")
    }

    fn texts(&mut self) -> &'static [&'static str] {
        self.list(Self::text)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> &'static [T] {
        let count = self.number();
        let items: Vec<T> = (0..count).map(|_| item(self)).collect();
        items.leak()
    }

    fn optional<T>(&mut self, item: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.number() == 1).then(|| item(self))
    }

    fn name<T: DeserializeOwned>(&mut self) -> T {
        T::deserialize(StrDeserializer::<Error>::new(self.text()))
            .expect("the writer wrote a name of this enum")
    }
}
