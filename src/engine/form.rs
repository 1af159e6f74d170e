//! The forms that vendors' secrets have, asked about values that were found by what stands around them.

use std::cell::OnceCell;

use super::claim::verdict;
use super::confirm::Shapes;
use super::mention::Heard;
use crate::catalogue::checksum::{self, Invalid};
use crate::catalogue::{ByName, Catalogue, Check, Confidence, Origin, Rule, RuleIx, Shape};

/// How much the length of a form may vary that is taken for a vendor's by its name alone, bytes.
const MOST_SPREAD: u32 = 32;

/// The forms of vendors' secrets, asked about values that generic rules found.
#[derive(Debug)]
pub(super) struct Forms<'s, 'c> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) shapes: &'s mut Shapes,
    pub(super) summed: &'s OnceCell<Vec<Summed>>,
    pub(super) heard: &'s Heard,
}

/// A rule whose secrets hold a sum, and what they start with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summed {
    start: &'static [u8],
    rule: &'static Rule,
}

impl Forms<'_, '_> {
    /// The rule of the same vendor whose form the value has.
    pub(super) fn of_vendor(&mut self, by_name: RuleIx, value: &[u8]) -> Option<RuleIx> {
        let catalogue = self.catalogue;
        let Origin::Name(takes) = catalogue.rule(by_name).detect.origin else { return None };
        // Its form is that of everybody's.
        if takes == ByName::PrivateKey {
            return None;
        }
        let fits = |at: &RuleIx| {
            let rule = catalogue.rule(*at);
            // What proves nothing alone must at least be of one length, and is no password's form.
            let is_loose = |shape: &Shape| shape.max.saturating_sub(shape.min) > MOST_SPREAD;
            let is_form = match rule.detect.origin {
                Origin::Prefix | Origin::Inside => true,
                _ => takes == ByName::Secret && !rule.detect.shape.as_ref().is_some_and(is_loose),
            };
            let is_secret = is_form && rule.confidence > Confidence::Low && !rule.id.ends_with("-id");
            is_secret && self.fits(rule, value) && verdict(rule, value).is_some()
        };
        // Hex digits are letters and digits too: the form that says most goes first.
        let width = |at: &RuleIx| {
            let rule = catalogue.rule(*at);
            let shape = rule.detect.shape.as_ref();
            let letters = shape.map(|shape| shape.alphabet.iter().map(|w| w.count_ones()).sum::<u32>());
            (rule.detect.origin == Origin::Token, letters)
        };
        catalogue.beside(by_name).filter(fits).min_by_key(width)
    }

    /// Whether the value has the form of a vendor's token but for the sum in it, without which none is given out.
    pub(super) fn is_refuted(&mut self, value: &[u8]) -> bool {
        let catalogue = self.catalogue;
        let summed = |rule: &'static Rule| {
            let is_form = match rule.detect.origin {
                Origin::Prefix | Origin::Inside => rule.detect.near.is_none(),
                Origin::Token => rule.detect.shape.as_ref().is_some_and(|shape| shape.has_fixed_part),
                _ => false,
            };
            let refutes = |check| check != Check::Jwt && checksum::weight(check).invalid == Invalid::Refutes;
            let has_sum = is_form && !rule.vendor.is_generic() && rule.detect.check.is_some_and(refutes);
            has_sum.then_some(Summed { start: rule.detect.shape.as_ref()?.fixed_start, rule })
        };
        let read = || catalogue.rules().filter_map(|(_, rule)| summed(rule)).collect();
        self.summed.get_or_init(read).iter().any(|Summed { start, rule }| {
            value.starts_with(start) && self.fits(rule, value) && verdict(rule, value).is_none()
        })
    }

    /// Whether a value is an identifier of the vendor, which stands beside its secret.
    pub(super) fn is_id(&mut self, by_name: RuleIx, value: &[u8]) -> bool {
        let catalogue = self.catalogue;
        let ids = catalogue.beside(by_name).flat_map(|at| catalogue.rule(at).detect.companions);
        let mut ids = ids.filter(|companion| companion.shape.has_fixed_part);
        ids.any(|companion| self.shapes.whole(&companion.shape, value))
    }

    pub(super) fn fits(&mut self, rule: &'static Rule, value: &[u8]) -> bool {
        rule.detect.shape.as_ref().is_some_and(|shape| self.shapes.whole(shape, value))
    }
}
