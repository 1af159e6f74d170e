//! The forms that vendors' secrets have, asked about values that were found by what stands around them.

use std::cell::OnceCell;

use crate::catalogue::checksum::{self, Invalid, Verdict};
use crate::catalogue::{
    ByName, Catalogue, Check, Confidence, Family, Keywords, Near, Origin, Rule, RuleIx, Shape,
};
use crate::engine::context::listing;
use crate::engine::names;
use crate::engine::owner::mention::Heard;
use crate::engine::shape::claim::verdict;
use crate::engine::shape::confirm::Shapes;

/// How much the length of a form may vary that is taken for a vendor's by its name alone, bytes.
const MOST_SPREAD: u32 = 32;
/// Shortest start that tells a vendor's token from any other value, bytes.
const SHORTEST_START: usize = 4;

/// The forms of vendors' secrets, asked about values that generic rules found.
#[derive(Debug)]
pub(in crate::engine) struct Forms<'s, 'c> {
    pub(in crate::engine) catalogue: &'c Catalogue,
    pub(in crate::engine) shapes: &'s mut Shapes,
    pub(in crate::engine) summed: &'s OnceCell<Vec<Summed>>,
    pub(in crate::engine) heard: &'s Heard,
}

/// What a name says that its secret is, where a vendor gives out several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    ClientSecret,
    PrivateKey,
    License,
    SigningSecret,
    /// A key or a token that is sent along.
    Key,
}

impl Thing {
    /// By a name in lower case without separators; `None` for what may be any: `secret`, `key`.
    fn of(name: &str) -> Option<Thing> {
        const SAYS: [(Thing, &[&str]); 5] = [
            (
                Thing::ClientSecret,
                &[
                    "clientsecret",
                    "consumersecret",
                    "appsecret",
                    "keysecret",
                    "secretaccesskey",
                    "accesssecret",
                ],
            ),
            (Thing::PrivateKey, &["privatekey"]),
            (Thing::License, &["licensekey", "licencekey", "license", "licence"]),
            (Thing::SigningSecret, &["signingsecret", "signingkey", "webhooksecret", "secrettoken"]),
            (Thing::Key, &["apikey", "apitoken", "accesstoken", "authtoken", "bearer", "token"]),
        ];
        let ends = |(_, ends): &&(Thing, &[&str])| ends.iter().any(|end| name.ends_with(end));
        SAYS.iter().find(ends).map(|(thing, _)| *thing)
    }
}

/// Whether the own name of a value says that it is something else than the secrets of a rule: an API key is no client secret.
pub(in crate::engine) fn is_called_otherwise(near: Option<&Near>, given: &[&[u8]]) -> bool {
    let listed = near.map_or(&[][..], |near| near.names);
    // What is listed as a secret and not as a key or token is the half of a pair.
    let half = |name: &str| name.ends_with("secret").then_some(Thing::ClientSecret);
    let mut things = listed.iter().filter_map(|name| Thing::of(name).or(half(name))).peekable();
    let own = given.first().and_then(|name| Thing::of(&names::normalized(name)));
    own.is_some_and(|own| things.peek().is_some() && things.all(|thing| thing != own))
}

/// A rule whose secrets hold a sum, and what they start with.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Summed {
    start: &'static [u8],
    rule: &'static Rule,
}

impl Forms<'_, '_> {
    /// The rule of the same vendor whose form the value has: the one whose form is its own, or that lists one of the names
    /// which the value is given, or that alone is left.
    pub(in crate::engine) fn of_vendor(
        &mut self,
        by_name: RuleIx,
        value: &[u8],
        given: &[&[u8]],
    ) -> Option<RuleIx> {
        let mut fitting = self.fitting(by_name, value);
        // A browser's session is called one.
        let says_session = |name: &&[u8]| {
            names::words(name).iter().any(|word| word.starts_with("session") || word == "cookie")
        };
        let is_of_session = |at: &RuleIx| self.catalogue.rule(*at).family == Family::SessionToken;
        fitting.retain(|at| !is_of_session(at) || given.iter().any(says_session));
        // Hex digits are no 32 of any letters.
        let width = |at: &RuleIx| {
            let shape = self.catalogue.rule(*at).detect.shape.as_ref();
            shape.map_or(u32::MAX, |shape| shape.alphabet.iter().map(|word| word.count_ones()).sum())
        };
        let narrowest = fitting.iter().map(width).min();
        fitting.retain(|at| Some(width(at)) == narrowest);
        let near = |at: &RuleIx| self.catalogue.rule(*at).detect.near.as_ref();
        let is_proof = |at: &&RuleIx| {
            let detect = &self.catalogue.rule(**at).detect;
            let has_part = || detect.shape.as_ref().is_some_and(|shape| shape.has_fixed_part);
            matches!(detect.origin, Origin::Prefix | Origin::Inside) || has_part()
        };
        let lists = |at: &RuleIx| {
            near(at).map_or(0, |near| given.iter().map(|name| listing(near, name)).max().unwrap_or_default())
        };
        // A kind of another that goes by longer names only, `test_token`, is not meant where none is given.
        let is_kind_of = |at: &RuleIx, other: &RuleIx| {
            let names = |at| near(at).map_or(&[][..], |near| near.names);
            let extends =
                |name: &&str| names(other).iter().any(|of| name.len() > of.len() && name.contains(of));
            !names(at).is_empty() && names(at).iter().all(extends)
        };
        let listed = |fitting: &[RuleIx]| {
            let most = fitting.iter().map(lists).max().filter(|most| *most > 0)?;
            fitting.iter().copied().find(|at| lists(at) == most)
        };
        let alone = |fitting: &[RuleIx]| match fitting {
            [one] if !is_called_otherwise(near(one), given) => Some(*one),
            _ => None,
        };
        // Of several kinds that look the same none is told.
        let told = fitting.iter().copied().find(|at| is_proof(&at)).or_else(|| listed(&fitting));
        told.or_else(|| alone(&fitting)).or_else(|| {
            let is_special = |at: &RuleIx| fitting.iter().any(|other| is_kind_of(at, other));
            alone(&fitting.iter().copied().filter(|at| !is_special(at)).collect::<Vec<_>>())
        })
    }

    /// Whether a value may be a secret of the vendor: one of a form of its own, or of any where none is known.
    pub(in crate::engine) fn may_be(&mut self, by_name: RuleIx, value: &[u8]) -> bool {
        let catalogue = self.catalogue;
        let has_shape = |at| catalogue.rule(at).detect.shape.is_some();
        self.has_form(by_name, value) || !catalogue.beside(by_name).any(has_shape)
    }

    /// Whether the vendor gives out secrets of this form.
    pub(in crate::engine) fn has_form(&mut self, by_name: RuleIx, value: &[u8]) -> bool {
        !self.fitting(by_name, value).is_empty()
    }

    /// The rules of the same vendor whose form the value has.
    fn fitting(&mut self, by_name: RuleIx, value: &[u8]) -> Vec<RuleIx> {
        let catalogue = self.catalogue;
        let Origin::Name(takes) = catalogue.rule(by_name).detect.origin else { return Vec::new() };
        // Its form is that of everybody's.
        if takes == ByName::PrivateKey {
            return Vec::new();
        }
        let fits = catalogue.beside(by_name).filter(|at| {
            let rule = catalogue.rule(*at);
            // What proves nothing alone must at least be of one length, and is no password's form.
            let is_loose = |shape: &Shape| shape.max.saturating_sub(shape.min) > MOST_SPREAD;
            let is_form = match rule.detect.origin {
                Origin::Prefix | Origin::Inside => true,
                _ => takes == ByName::Secret && !rule.detect.shape.as_ref().is_some_and(is_loose),
            };
            let is_secret = is_form && rule.confidence > Confidence::Low && !rule.id.ends_with("-id");
            is_secret && self.fits(rule, value) && verdict(rule, value).is_some() && self.holds(*at, value)
        });
        fits.collect()
    }

    /// Whether what tells the secrets of a rule stands in a value, where a form is woken from within.
    fn holds(&self, at: RuleIx, value: &[u8]) -> bool {
        let is_inner = self.catalogue.rule(at).detect.origin == Origin::Inside;
        let holds = |keywords: &Keywords| {
            let mut holds = false;
            keywords.table.find(value, &mut |_, word| {
                holds |= keywords.wakes(word).iter().any(|wake| wake.rule == at);
            });
            holds
        };
        !is_inner || self.catalogue.all_keywords().any(holds)
    }

    /// What the wrong sum says of a value that has the form of a vendor's token but for that, or its start and its length.
    pub(in crate::engine) fn of_wrong_sum(&mut self, value: &[u8]) -> Option<Invalid> {
        let catalogue = self.catalogue;
        let summed = |rule: &'static Rule| {
            let is_form = match rule.detect.origin {
                Origin::Prefix | Origin::Inside => rule.detect.near.is_none(),
                Origin::Token => {
                    let has_mark = rule.detect.shape.as_ref().is_some_and(|shape| shape.has_fixed_part);
                    has_mark || rule.detect.check == Some(Check::Entra8qMarvin32)
                }
                _ => false,
            };
            let tells =
                |check| check != Check::Jwt && checksum::weight(check).invalid != Invalid::SaysNothing;
            let has_sum = is_form && !rule.vendor.is_generic() && rule.detect.check.is_some_and(tells);
            has_sum.then_some(Summed { start: rule.detect.shape.as_ref()?.fixed_start, rule })
        };
        let read = || catalogue.checked().filter_map(summed).collect();
        let all = self.summed;
        let wrong = |Summed { start, rule }: &Summed| {
            let check = rule.detect.check?;
            let is_of_length = |shape: &Shape| {
                start.len() >= SHORTEST_START && shape.min == shape.max && shape.min as usize == value.len()
            };
            let has_form = value.starts_with(start)
                && (rule.detect.shape.as_ref().is_some_and(is_of_length) || self.fits(rule, value));
            let invalid = checksum::weight(check).invalid;
            let is_wrong = || match invalid {
                Invalid::Refutes => verdict(rule, value).is_none(),
                _ => checksum::verify(check, value) == Verdict::Invalid,
            };
            (has_form && is_wrong()).then_some(invalid)
        };
        all.get_or_init(read).iter().find_map(wrong)
    }

    /// Whether a value is an identifier of the vendor, which stands beside its secret.
    pub(in crate::engine) fn is_id(&mut self, by_name: RuleIx, value: &[u8]) -> bool {
        let catalogue = self.catalogue;
        let ids = catalogue.beside(by_name).flat_map(|at| catalogue.rule(at).detect.companions);
        let mut ids = ids.filter(|companion| companion.shape.has_fixed_part);
        ids.any(|companion| self.shapes.whole(&companion.shape, value))
    }

    pub(in crate::engine) fn fits(&mut self, rule: &'static Rule, value: &[u8]) -> bool {
        rule.detect.shape.as_ref().is_some_and(|shape| self.shapes.whole(shape, value))
    }
}
