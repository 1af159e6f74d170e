//! The catalogue that a run works with: the embedded rules, and a user's own on top of them.
//!
//! [`embedded`] costs nothing: its tables are statics, and a rule's text is read from its packed record
//! when it is first asked for. A [`RuleIx`] stays valid when user rules are added: theirs come after, and a
//! rule that they replace is only switched off.

use std::sync::OnceLock;

use super::compile::Run;
use super::keywords::{Entry, KeywordTable};
use super::lists::WordKind;
use super::pack::Reader;
use super::page::{About, Page, TextAt, Texts};
use super::prose::Block;
use super::rule::{ByName, Origin, Rule, RuleIx, Vendor};
use super::spoken::Spoken;

mod generated {
    use super::{
        Block, Entry, KeywordTable, Keywords, Named, Pack, Records, RuleIx, Run, Spoken, Wake, WordKind,
    };
    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
}

/// The rules of `rules.yaml`.
pub fn embedded() -> &'static Catalogue {
    static EMBEDDED: Catalogue = Catalogue {
        base: &generated::PACK,
        more: Vec::new(),
        off: Vec::new(),
        disabled: Vec::new(),
        redirects: generated::REDIRECTS,
    };
    &EMBEDDED
}

/// Bytes of all embedded automata, for the report of `doctor` and the size budget's test.
pub const EMBEDDED_SHAPE_BYTES: usize = generated::SHAPE_BYTES;

/// Rules, vendors and keywords.
#[derive(Debug, Clone)]
pub struct Catalogue {
    base: &'static Pack,
    /// One for each [`Catalogue::with_user`].
    more: Vec<&'static Pack>,
    /// Rules that another of the same id has taken the place of, sorted.
    off: Vec<RuleIx>,
    /// Rules and vendors that are disabled.
    disabled: Vec<String>,
    redirects: &'static [(&'static str, &'static str)],
}

/// One compiled document.
#[derive(Debug)]
pub(super) struct Pack {
    pub(super) bytes: &'static [u8],
    /// See [`Page`] and [`About`].
    pub(super) pages: &'static [Block],
    pub(super) about: &'static [Block],
    /// Where the records of rules and vendors start in `bytes`.
    pub(super) rules: &'static [u32],
    pub(super) vendors: &'static [u32],
    /// Records that were read.
    pub(super) read_rules: Records<&'static Rule>,
    pub(super) read_vendors: Records<Vendor>,
    pub(super) keywords: Keywords,
    pub(super) nearby: Keywords,
    pub(super) heads: Keywords,
    pub(super) runs: &'static [(RuleIx, Run)],
    /// Rules that go by a name, and for each a line with the words that speak of it, lower case without separators; an
    /// empty line: its vendor's.
    pub(super) by_name: &'static [Named],
    pub(super) names: &'static str,
    /// The words that speak of those rules, for each [`ByName`].
    pub(super) spoken: [Spoken; 3],
    /// Rules whose secrets hold a sum or have a structure.
    pub(super) checked: &'static [u32],
}

/// Records that are read when they are first asked for. Their table is made at the first of them: in the binary it
/// would be 190 KB.
#[derive(Debug)]
pub(super) struct Records<T> {
    cells: OnceLock<Box<[OnceLock<T>]>>,
}

impl<T> Records<T> {
    pub(super) const fn new() -> Self {
        Records { cells: OnceLock::new() }
    }

    /// Record `number` of `count`.
    fn get(&self, number: usize, count: usize, read: impl FnOnce() -> T) -> &T {
        let cells = self.cells.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        cells[number].get_or_init(read)
    }
}

/// A rule that goes by a name; numbers in its document.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) rule: u32,
    pub(super) vendor: u32,
}

/// The keywords of one document: the prefilter's table, and what each of them means.
#[derive(Debug)]
pub struct Keywords {
    /// Finds keywords; their numbers are those that [`Keywords::wakes`] takes.
    pub table: KeywordTable,
    pub(super) starts: &'static [u32],
    pub(super) wakes: &'static [Wake],
}

/// A rule that a keyword matters to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// The rule; it may be off, see [`Catalogue::is_on`].
    pub rule: RuleIx,
    /// What the keyword is to it.
    pub kind: WordKind,
}

impl Keywords {
    /// The rules that keyword `number` matters to, in the order of the document.
    pub fn wakes(&self, number: usize) -> &'static [Wake] {
        let range = |at: usize| self.starts.get(at).map_or(self.wakes.len(), |start| *start as usize);
        &self.wakes[range(number)..range(number + 1)]
    }

    /// The keyword; lower case unless only its own case counts.
    pub fn text(&self, number: usize) -> &'static [u8] {
        self.table.word(number)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.ends.is_empty()
    }
}

impl Pack {
    fn rule(&'static self, number: usize) -> &'static Rule {
        let read = || Reader::new(self.bytes, self.rules[number]).rule(|vendor| self.vendor(vendor), self);
        self.read_rules.get(number, self.rules.len(), || Box::leak(Box::new(read())))
    }

    /// The rules that go by a name, and the words that are their own.
    fn named(&self) -> impl Iterator<Item = (&'static Named, &'static str)> + use<> {
        self.by_name.iter().zip(self.names.lines())
    }

    fn words_of(&'static self, named: &Named, own: &'static str) -> Vec<&'static str> {
        if own.is_empty() {
            return self.vendor(named.vendor as usize).words.to_vec();
        }
        own.split(' ').collect()
    }

    fn vendor(&'static self, number: usize) -> &'static Vendor {
        let read = || Reader::new(self.bytes, self.vendors[number]).vendor();
        self.read_vendors.get(number, self.vendors.len(), read)
    }
}

impl Texts for Pack {
    fn page(&self, TextAt { block, at }: TextAt) -> Page {
        self.pages[block as usize].page(at)
    }

    fn about(&self, TextAt { block, at }: TextAt) -> About {
        self.about[block as usize].about(at)
    }
}

impl Catalogue {
    /// A catalogue of one document.
    pub(super) fn alone(base: &'static Pack) -> Catalogue {
        Catalogue { base, more: Vec::new(), off: Vec::new(), disabled: Vec::new(), redirects: &[] }
    }

    /// The rule at `at`, on or off; `at` must come from this catalogue. The first time costs about two microseconds.
    pub fn rule(&self, at: RuleIx) -> &'static Rule {
        let (pack, number) = self.pack(at);
        pack.rule(number)
    }

    /// Only the id of the rule at `at`; reads nothing else.
    pub fn id(&self, at: RuleIx) -> &'static str {
        let (pack, number) = self.pack(at);
        Reader::new(pack.bytes, pack.rules[number]).id()
    }

    /// The rule with this id, or the one it was renamed to. Rules that are off are not found.
    pub fn by_id(&self, id: &str) -> Option<(RuleIx, &'static Rule)> {
        let find = |id: &str| self.indexes().find(|at| self.id(*at) == id);
        let at = find(id).or_else(|| find(self.redirects.iter().find(|(old, _)| *old == id)?.1))?;
        Some((at, self.rule(at)))
    }

    /// All rules that are on, in the order of the document. Reads every record: about 2 ms for a thousand.
    pub fn rules(&self) -> impl Iterator<Item = (RuleIx, &'static Rule)> + '_ {
        self.indexes().map(|at| (at, self.rule(at)))
    }

    /// Indexes of all rules that are on; reads nothing.
    pub fn indexes(&self) -> impl Iterator<Item = RuleIx> + '_ {
        (0..self.len()).map(|at| RuleIx(at as u32)).filter(|at| self.is_on(*at))
    }

    /// How many rules there are, those that are off included: every `RuleIx` is below it.
    pub fn len(&self) -> usize {
        self.packs().map(|pack| pack.rules.len()).sum()
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the rule runs: false when a user's own has taken its place.
    pub fn is_on(&self, at: RuleIx) -> bool {
        self.off.binary_search(&at).is_err()
    }

    /// The rule by name that this word speaks of, lower case without separators; the user's vendors first.
    pub fn by_word(&self, word: &str, takes: ByName) -> Option<RuleIx> {
        let mut first = 0;
        let mut found = None;
        for pack in self.packs() {
            found = pack.spoken[takes as usize]
                .rule(word)
                .map(|rule| RuleIx(first + rule))
                .filter(|at| self.is_on(*at))
                .or(found);
            first += pack.rules.len() as u32;
        }
        found
    }

    /// The rules whose secrets hold a sum or have a structure, those that are off included.
    pub fn checked(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.packs().flat_map(|pack| pack.checked.iter().map(|number| pack.rule(*number as usize)))
    }

    /// The words that speak of a rule that goes by a name.
    pub fn words(&self, at: RuleIx) -> Vec<&'static str> {
        let (pack, number) = self.pack(at);
        let named = pack.named().find(|(named, _)| named.rule as usize == number);
        named.map_or_else(Vec::new, |(named, own)| pack.words_of(named, own))
    }

    /// The rule by name for the keys of the vendor whose rule this is: its last one.
    pub fn keys_of(&self, at: RuleIx) -> Option<RuleIx> {
        let vendor = self.rule(at).vendor;
        let of_vendor = (at.0..self.len() as u32).map(RuleIx);
        of_vendor
            .take_while(|at| std::ptr::eq(self.rule(*at).vendor, vendor))
            .find(|at| self.rule(*at).detect.origin == Origin::Name(ByName::Secret) && self.is_on(*at))
    }

    /// The other rules of the vendor that the rule at `at` is by name for, those that are on.
    pub fn beside(&self, at: RuleIx) -> impl Iterator<Item = RuleIx> + '_ {
        let vendor = self.rule(at).vendor;
        let before = (0..at.0).rev().map(RuleIx);
        before.take_while(|at| std::ptr::eq(self.rule(*at).vendor, vendor)).filter(|at| self.is_on(*at))
    }

    /// All vendors, those of the user's rules last.
    pub fn vendors(&self) -> impl Iterator<Item = &'static Vendor> + '_ {
        self.packs().flat_map(|pack| (0..pack.vendors.len()).map(|number| pack.vendor(number)))
    }

    /// The keywords that are looked for everywhere, of the embedded rules and, when there are user rules, of theirs.
    pub fn keywords(&self) -> impl Iterator<Item = &'static Keywords> + '_ {
        self.packs().map(|pack| &pack.keywords)
    }

    /// The keywords that are looked for only around a run that may be a secret, see
    /// [`NEAR_LINES`](super::NEAR_LINES).
    pub fn nearby(&self) -> impl Iterator<Item = &'static Keywords> + '_ {
        self.packs().map(|pack| &pack.nearby)
    }

    /// The prefixes that are looked for where a run of [`HEAD_RUN`](super::HEAD_RUN) bytes or more starts.
    pub fn heads(&self) -> impl Iterator<Item = &'static Keywords> + '_ {
        self.packs().map(|pack| &pack.heads)
    }

    /// All keywords, wherever they are looked for.
    pub fn all_keywords(&self) -> impl Iterator<Item = &'static Keywords> + '_ {
        self.packs().flat_map(|pack| [&pack.keywords, &pack.nearby, &pack.heads])
    }

    /// What makes a run matter to a rule without a keyword.
    pub fn runs(&self) -> impl Iterator<Item = (RuleIx, Run)> + '_ {
        self.packs().flat_map(|pack| pack.runs).copied()
    }

    /// Old ids and what they became.
    pub fn redirects(&self) -> &'static [(&'static str, &'static str)] {
        self.redirects
    }

    fn packs(&self) -> impl Iterator<Item = &'static Pack> + '_ {
        std::iter::once(self.base).chain(self.more.iter().copied())
    }

    fn pack(&self, at: RuleIx) -> (&'static Pack, usize) {
        let mut number = at.0 as usize;
        for pack in self.packs() {
            if number < pack.rules.len() {
                return (pack, number);
            }
            number -= pack.rules.len();
        }
        panic!("rule {number} is of another catalogue");
    }

    /// This catalogue with one more document.
    pub(super) fn with(&self, pack: &'static Pack) -> Catalogue {
        let mut with = self.clone();
        with.more.push(pack);
        with
    }

    /// This catalogue, these rules switched off.
    pub(super) fn without(mut self, off: Vec<RuleIx>) -> Catalogue {
        self.off.extend(off);
        self.off.sort_unstable();
        self.off.dedup();
        self
    }

    /// This catalogue, in which rules that are embedded and disabled, by id or vendor, leave what a user's own rule
    /// finds to that; they do find what nobody else's is. Takes the place of what was said before.
    #[must_use]
    pub fn giving_way(mut self, disabled: Vec<String>) -> Catalogue {
        self.disabled = disabled;
        self
    }

    /// Whether the rule is disabled, by its id or its vendor.
    pub fn is_disabled(&self, at: RuleIx) -> bool {
        !self.disabled.is_empty() && {
            let rule = self.rule(at);
            self.disabled.iter().any(|name| rule.is_meant_by(name))
        }
    }

    /// Whether the rule is a user's own.
    pub fn is_own(&self, at: RuleIx) -> bool {
        at.0 as usize >= self.base.rules.len()
    }
}
