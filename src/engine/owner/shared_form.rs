//! Secrets whose form or names several services share: whose they are, and who else's they may be.

use crate::catalogue::{Catalogue, Confidence, Origin, RuleIx, WordKind};
use crate::engine::job::Scored;
use crate::engine::locate::locate;
use crate::engine::owner::{Clue, Words, vendor_word, witness};
use crate::engine::shape::form::Forms;
use crate::engine::{names, parse};

/// Whose a secret is whose form or names are those of several services that are compatible: the one that its name, call
/// or section speaks of. `whsec_…` is Stripe's, Svix' and that of who sends through it. An identifier of the rule's own
/// vendor beside it settles it, and a sum that only its own have. A start that anybody may give his keys
/// (`sk_live_…`, `secret_…`) says less than the value's own name.
pub(in crate::engine) fn owner(
    candidate: &Scored,
    text: &[u8],
    forms: &mut Forms<'_, '_>,
) -> Option<(RuleIx, Clue)> {
    let catalogue = forms.catalogue;
    let rule = catalogue.rule(candidate.rule);
    let is_shared = matches!(rule.detect.origin, Origin::Prefix | Origin::Token);
    let is_proven = candidate.confidence == Confidence::Certain;
    if !is_shared || is_proven || rule.vendor.is_generic() || !candidate.parts.is_empty() {
        return None;
    }
    let value = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
    let is_anybodys = rule.detect.origin == Origin::Prefix && starts_as_anybodys(value);
    if !is_anybodys && rule.vendor.compatible.is_empty() {
        return None;
    }
    let located = locate(text, candidate.range.clone());
    // `DOCKER_CONFIG_AUTH` is of a file, whoever's registries it holds.
    if located.names.iter().any(|name| vendor_word::holds_word(rule, name)) {
        return None;
    }
    let words = Words::of_vendors(catalogue);
    let (owner, clue) = witness::nearest(&located, text, &candidate.range, words, forms.heard)?;
    let key = catalogue.rule(owner).vendor.key;
    let mut may_be = || {
        is_anybodys
            && key != rule.vendor.key
            && (forms.may_be(owner, value) || starts_alike(catalogue, owner, value))
    };
    (rule.vendor.compatible.contains(&key) || may_be()).then_some((owner, clue))
}

/// Whether secrets of the vendor have the start of a value whose drawn part is nothing but hex digits, which no draw from
/// all letters gives: the form is not that of the rule that found it.
fn starts_alike(catalogue: &Catalogue, owner: RuleIx, value: &[u8]) -> bool {
    let drawn = value.rsplit(|b| *b == b'_').next().unwrap_or_default();
    let is_hex = drawn.len() >= parse::SHORTEST_SECRET && drawn.iter().all(u8::is_ascii_hexdigit);
    let vendor = |at: RuleIx| catalogue.rule(at).vendor.key;
    let mut starts = false;
    for heads in catalogue.heads() {
        heads.table.at(value, 0, &mut |at, word| {
            let prefixes = heads.wakes(word).iter().filter(|wake| wake.kind == WordKind::Prefix);
            starts |= at == 0 && prefixes.map(|wake| wake.rule).any(|rule| vendor(rule) == vendor(owner));
        });
    }
    is_hex && starts
}

/// Whose keys have the form of a value as well, where nothing but a start that is anybody's says that it is
/// its vendor's.
pub(in crate::engine) fn lookalikes(
    candidate: &Scored,
    text: &[u8],
    forms: &mut Forms<'_, '_>,
) -> Option<String> {
    let catalogue = forms.catalogue;
    let rule = catalogue.rule(candidate.rule);
    let value = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
    if rule.detect.origin != Origin::Prefix || rule.vendor.is_generic() || !starts_as_anybodys(value) {
        return None;
    }
    let words = Words::of_vendors(catalogue);
    let located = locate(text, candidate.range.clone());
    if witness::nearest(&located, text, &candidate.range, words, forms.heard).is_some() {
        return None;
    }
    let others =
        rule.vendor.compatible.iter().filter_map(|key| words.find(&names::normalized(key.as_bytes())));
    let names: Vec<&str> = others
        .filter(|other| forms.has_form(*other, value))
        .map(|other| catalogue.rule(other).vendor.name)
        .collect();
    (!names.is_empty()).then(|| format!("keys of {} have this form, too", names.join(", ")))
}

/// Whether what stands before the drawn part of a value is what any service calls its keys: `sk_live_…`,
/// `secret_…`.
pub(in crate::engine) fn starts_as_anybodys(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"sk", b"rk", b"ak", b"live", b"test", b"prod", b"secret", b"key", b"api", b"token", b"app", b"dev",
        b"user", b"org",
    ];
    let mut pieces = value.split(|b| !b.is_ascii_alphanumeric()).skip_while(|piece| WORDS.contains(piece));
    let starts_so = value.split(|b| !b.is_ascii_alphanumeric()).next().is_some_and(|it| WORDS.contains(&it));
    starts_so && pieces.next().is_some_and(|piece| piece.len() >= parse::SHORTEST_SECRET)
}
