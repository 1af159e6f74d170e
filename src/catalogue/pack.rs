//! Rules as bytes: written by the build script or for a user's rules, read when a rule is first asked for.
//!
//! A thousand rules as Rust statics would be 60,000 pointers, which the loader relocates at every start
//! (1.4 MB of relocations in a position-independent program) and rustc has to compile. As bytes they
//! cost nothing until a rule is needed, and then about two microseconds. Automata are deflated one by one, see
//! `automata.rs`. What only a person reads stands apart, see `prose.rs`. A number is as many bytes of seven bits as it
//! needs, the lowest first (LEB128): most are below 128. A text is its length and its bytes, a list its length and its
//! items, an enum the place of its variant.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, U32Deserializer};

use super::compile::{self, CompiledShape};
use super::generate;
use super::inherit::Full;
use super::page::{Lazy, TextAt, Texts};
use super::prose::Prose;
use super::rule::{ByName, Companion, Detect, Near, Origin, Public, Rule, Scope, Vendor};
use super::schema;
use super::shape::{self, Automaton, Shape};
use super::{automata, by_name};

/// What a byte of a number holds of it.
const SEVEN_BITS: u32 = 0x7F;
/// Set in a byte of a number that is not its last.
const MORE: u8 = 0x80;

/// Writes records one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Where the shapes stand that were written so far, by their patterns.
    shapes: HashMap<String, u32>,
    /// What automata are deflated by, and where it stands: the first of them.
    model: Option<(Vec<u8>, u32)>,
    prose: Prose,
}

impl Writer {
    /// Where the next record starts.
    pub(super) fn position(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// All records, and what a person reads.
    pub(super) fn finish(self) -> (Vec<u8>, Prose) {
        (self.bytes, self.prose)
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
        self.number(u32::from(vendor.service.is_some()));
        vendor.service.into_iter().for_each(|service| self.number(service as u32));
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
        shape.into_iter().chain(companions).for_each(|shape| self.shape(shape));
        let (page, about) = (self.prose.page(full), self.prose.about(full.rule));
        let start = self.position();
        let rule = full.rule;
        self.text(&rule.id);
        self.number(full.vendor_at as u32);
        // The vendor's name says it: two thousand rules are called by it.
        self.text(if rule.is_derived { "" } else { &rule.name });
        self.number(rule.family as u32);
        self.number(rule.severity as u32);
        self.number(rule.confidence as u32);
        self.detect(rule, shape, companions);
        self.number(u32::from(!rule.examples.matches.is_empty()));
        for at in [page, about] {
            self.number(at.block);
            self.number(at.at);
        }
        start
    }

    /// A shape, once however many rules have it: a third of them are another's too.
    fn shape(&mut self, shape: &CompiledShape) {
        if self.shapes.contains_key(&shape.pattern) {
            return;
        }
        let (model, model_at) = self.model.take().unwrap_or_else(|| {
            let (model, at) = (automata::model(&shape.dfa), self.position());
            self.blob(&model);
            (model, at)
        });
        self.shapes.insert(shape.pattern.clone(), self.position());
        self.text(&shape.pattern);
        self.number(shape.min);
        self.number(shape.max);
        self.number(u32::from(shape.holds_run));
        self.number(shape.sign.map_or(0, u32::from));
        for half in shape.alphabet.iter().flat_map(|word| [*word as u32, (*word >> 32) as u32]) {
            self.number(half);
        }
        self.number(model_at);
        self.number(shape.dfa.len() as u32);
        self.blob(&automata::packed(&shape.dfa, &model));
        self.model = Some((model, model_at));
    }

    fn detect(&mut self, rule: &schema::Rule, shape: Option<&CompiledShape>, companions: &[CompiledShape]) {
        let detect = &rule.detect;
        match compile::origin(detect).unwrap_or(Origin::Token) {
            Origin::Prefix => self.number(0),
            Origin::Inside => self.number(1),
            Origin::Token => self.number(2),
            Origin::Parse(parser) => {
                self.number(3);
                self.number(parser as u32);
            }
            Origin::Name(ByName::Secret) => self.number(4),
            Origin::Name(ByName::Password) => self.number(5),
            Origin::Name(ByName::PrivateKey) => self.number(6),
        }
        self.number(u32::from(shape.is_some()));
        shape.into_iter().for_each(|shape| self.number(self.shapes[&shape.pattern]));
        self.number(u32::from(detect.near.is_some()));
        detect.near.iter().for_each(|near| self.near(near));
        self.number(companions.len() as u32);
        for (written, shape) in detect.companions.iter().zip(companions) {
            self.text(&written.name);
            self.number(self.shapes[&shape.pattern]);
            let names: Vec<String> = written.names.iter().map(|name| plain_name(name)).collect();
            self.texts(&names);
            self.number(written.within_lines);
        }
        self.number(detect.entropy.to_bits());
        self.number(u32::from(detect.check.is_some()));
        detect.check.into_iter().for_each(|check| self.number(check as u32));
        let not: Vec<String> = detect.not.iter().map(|text| unbroken(text)).collect();
        self.texts(&not);
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

    fn number(&mut self, mut number: u32) {
        while number > SEVEN_BITS {
            self.bytes.push((number & SEVEN_BITS) as u8 | MORE);
            number >>= 7;
        }
        self.bytes.push(number as u8);
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
            service: self.optional(Self::variant),
            public: Public {
                names: self.texts(),
                calls: self.texts(),
                shipped: self.texts(),
                bundled: self.number() != 0,
            },
        }
    }

    /// A rule's record; `vendor` gives the vendor of a number, `texts` will read what a person reads.
    pub(super) fn rule(
        mut self,
        vendor: impl FnOnce(usize) -> &'static Vendor,
        texts: &'static dyn Texts,
    ) -> Rule {
        let id = self.text();
        let vendor = vendor(self.number() as usize);
        Rule {
            id,
            vendor,
            name: match self.text() {
                "" => by_name::name(vendor.name).leak(),
                name => name,
            },
            family: self.variant(),
            severity: self.variant(),
            confidence: self.variant(),
            detect: self.detect(),
            has_examples: self.number() != 0,
            page: self.lazy(texts, |texts, at| texts.page(at)),
            about: self.lazy(texts, |texts, at| texts.about(at)),
        }
    }

    fn lazy<T>(&mut self, texts: &'static dyn Texts, read: fn(&dyn Texts, TextAt) -> T) -> Lazy<T> {
        let at = TextAt { block: self.number(), at: self.number() };
        Lazy::Packed { texts, at, read, kept: OnceLock::new() }
    }

    fn detect(&mut self) -> Detect {
        Detect {
            origin: match self.number() {
                0 => Origin::Prefix,
                1 => Origin::Inside,
                2 => Origin::Token,
                3 => Origin::Parse(self.variant()),
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
            check: self.optional(Self::variant),
            not: self.texts(),
        }
    }

    fn shape(&mut self) -> Shape {
        let mut shape = Reader::new(self.bytes, self.number());
        let pattern = shape.text();
        Shape {
            pattern,
            has_fixed_part: shape::has_fixed_part(pattern),
            fixed_start: shape::fixed_start(pattern),
            min: shape.number(),
            max: shape.number(),
            holds_run: shape.number() == 1,
            sign: u8::try_from(shape.number()).ok().filter(|sign| *sign != 0),
            alphabet: [(); 4].map(|()| u64::from(shape.number()) | u64::from(shape.number()) << 32),
            dfa: {
                let model = Reader::new(self.bytes, shape.number()).blob();
                Automaton::new(model, shape.number() as usize, shape.blob())
            },
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
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first().expect("the writer wrote a number here");
            self.rest = rest;
            number |= (u32::from(*byte) & SEVEN_BITS) << shift;
            if byte & MORE == 0 {
                break;
            }
        }
        number
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

    fn variant<T: DeserializeOwned>(&mut self) -> T {
        T::deserialize(U32Deserializer::<Error>::new(self.number()))
            .expect("the writer wrote a variant of this enum")
    }
}
