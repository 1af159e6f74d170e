//! What tells whose a value is, the nearest first: its name, the call that it is an argument of, the host on its line,
//! where its variable is used, the object that it is given to, the structures that enclose it, the variable of its line, the
//! block of code and the type that it stands in.
//!
//! A nearer witness stops a farther one, whomever it speaks of.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalogue::{Catalogue, Confidence, Near, Origin, RuleIx};
use crate::engine::job::Scored;
use crate::engine::locate::{Located, locate};
use crate::engine::names;
use crate::engine::owner::client::is_listed_call;
use crate::engine::owner::mention::{self, Heard, alone};
use crate::engine::owner::used::{self, Told, USE};
use crate::engine::owner::vendor_word::is_of_namesake;
use crate::engine::owner::{self, Clue, Words, address, are_strangers, receiver, structure};
use crate::engine::shape::form::Forms;
use crate::engine::syntax::neighbour;
use crate::part::start_in;

/// The clue that the value's own name speaks of its owner.
pub(in crate::engine) const NAME: Clue = "its name";
/// The clues that a vendor's own client is what the value is given to.
pub(in crate::engine) const CALL: Clue = "the call";
pub(in crate::engine) const OBJECT: Clue = "the object it is given to";

/// The clues that it is sent to a host, or stands in a call or a block which speaks of the owner.
pub(in crate::engine) const HOST: Clue = "the host";
pub(in crate::engine) const BLOCK: Clue = "the block it stands in";
/// The clues that a variable or a type which it ends up in is named for the owner.
pub(in crate::engine) const VARIABLE: Clue = "the variable of its line";
pub(in crate::engine) const TYPE: Clue = "the type it is a member of";

/// How many lines beside a value are asked on each side.
const MOST_LINES: usize = 6;

/// Whom the place of a value speaks of, and what of it does.
pub(in crate::engine) fn nearest(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
    heard: &Heard,
) -> Option<(RuleIx, Clue)> {
    let owner_in = |name: &[u8]| heard.in_name(name, words);
    let in_names = || {
        let named = located.names.iter().find_map(|name| owner_in(name));
        named.or_else(|| owner_in(owner::named::with_path(located, text)?))
    };
    let named = public_half(located, text, value, words).or_else(in_names);
    let named = named.map(|rule| match of_section(located, text, value, rule, words) {
        Some(section) => (section, structure::SECTION),
        None => (rule, NAME),
    });
    let in_code = |line: &[u8]| heard.in_code(line, text, words);
    let used = || match used::owner(located, text, value, words, heard)? {
        Told::Owner(rule) => Some((rule, USE)),
        Told::Stranger => None,
    };
    // What a function is called says less than where it sends its parameters.
    let is_default = used::is_default(located, text, value);
    let called = || {
        let is_of_all = |callee: &&[u8]| names::words(callee).iter().any(|word| mention::is_origin(word));
        let tells = !is_default || !located.callees.iter().any(is_of_all);
        in_call(located, text, value, words, heard).filter(|_| tells)
    };
    named
        .or_else(|| Some((of_own_address(text, value, words)?, HOST)))
        .or_else(|| is_default.then(used).flatten())
        .or_else(|| called().map(|rule| (rule, CALL)))
        .or_else(|| hosted(text, value, words))
        .or_else(|| (!is_default).then(used).flatten())
        .or_else(|| {
            // What is nobody's has no objects of its own.
            let line = receiver::binding(located, text, value.start).filter(|_| !words.is_generic)?;
            alone(in_code(line)).map(|rule| (rule, OBJECT))
        })
        .or_else(|| structure::owner(located, text, value, words))
        .or_else(|| {
            let openers = neighbour::openers(text, value.start).filter(|_| !words.is_generic);
            let openers: Vec<&[u8]> = openers.collect();
            let sent = openers.first().and_then(|line| sent_to(text, line, value, words));
            let spoken_of = || {
                let mut owners = openers.iter().map(|line| in_code(line)).filter(|owners| !owners.is_empty());
                owners.next().and_then(alone).map(|rule| (rule, BLOCK))
            };
            sent.map(|rule| (rule, HOST)).or_else(spoken_of)
        })
        .or_else(|| {
            let own = |name: Option<&[u8]>| owner_in(name.filter(|_| !words.is_generic)?);
            own(used::of_line(text, value))
                .map(|rule| (rule, VARIABLE))
                .or_else(|| own(type_around(text, value.start)).map(|rule| (rule, TYPE)))
        })
}

/// The vendor of the host of the URL that a value is a part of, `https://rpc.acme.com/?api-key=…`: that goes before the
/// client which is given the URL.
fn of_own_address(text: &[u8], value: &Range<usize>, words: Words<'_>) -> Option<RuleIx> {
    const LONGEST_URL: usize = 400;
    let before = neighbour::line_before(text, value.start, LONGEST_URL);
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(');
    let literal = &before[before.iter().rposition(is_end).map_or(0, |at| at + 1)..];
    let rest = &literal[crate::memmem::find(literal, b"://")? + 3..];
    words.of_domain(address::host(address::behind_user(rest))).filter(|_| !words.is_generic)
}

/// The one vendor that the addresses among the arguments before a value are of, in the call that a line above opens:
/// `x = fetch(` above `"https://api.acme.com/v1",` and `{ headers: { "x-api-key": "…" } }`.
fn sent_to(text: &[u8], opener: &[u8], value: &Range<usize>, words: Words<'_>) -> Option<RuleIx> {
    const LONGEST_CALL: usize = 600;
    let start = start_in(text, opener) + opener.len();
    if !opener.trim_ascii_end().ends_with(b"(") || value.start.saturating_sub(start) > LONGEST_CALL {
        return None;
    }
    let arguments = text.get(start..value.start)?;
    let signs = memchr::memmem::find_iter(arguments, b"://");
    let hosts = signs.map(|at| address::host(address::behind_user(&arguments[at + 3..])));
    alone(hosts.filter_map(|host| words.of_domain(host)).collect())
}

/// The type that a value is a member of, unless that is a library's which has its name with a vendor: `module Clockwork`.
fn type_around(text: &[u8], value: usize) -> Option<&[u8]> {
    const LONGEST_TYPE: usize = 80;
    let name = neighbour::type_around(text, value)?;
    let end = start_in(text, name) + name.len();
    (!is_of_namesake(neighbour::line_before(text, end, LONGEST_TYPE))).then_some(name)
}

/// The vendor of the section that a value stands in, where its own name speaks of another only by words that are put
/// together with anybody's: `RapidApiKey` of `eway:` is no key of RapidAPI's.
fn of_section(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    named: RuleIx,
    words: Words<'_>,
) -> Option<RuleIx> {
    let own = names::words(located.names.first()?);
    let is_whole = own.iter().any(|word| words.find(word) == Some(named));
    let is_of_api = own.windows(2).any(|two| two[1] == "api" && words.find(&two.concat()) == Some(named));
    if is_whole || !is_of_api || words.is_generic {
        return None;
    }
    let header = neighbour::headers_above(text, value.start).next()?;
    owner::in_name(header, words).filter(|section| *section != named)
}

/// The vendor whose public half a value is by its name and what that is a member of: `meilisearch: { searchApiKey: … }`.
fn public_half(located: &Located<'_>, text: &[u8], value: &Range<usize>, words: Words<'_>) -> Option<RuleIx> {
    let section = neighbour::headers_above(text, value.start).next().unwrap_or_default();
    let path = std::iter::once(section).chain(located.names.iter().rev().copied()).flat_map(names::words);
    crate::engine::owner::vendor_word::of_public_half(&path.collect::<Vec<_>>(), words)
}

/// Whose a value is that a vendor's rule took for what stands around it, where something nearer speaks of another vendor.
pub(in crate::engine) fn rival(
    candidate: &Scored,
    text: &[u8],
    forms: &mut Forms<'_, '_>,
) -> Option<(RuleIx, Clue)> {
    let (catalogue, heard) = (forms.catalogue, forms.heard);
    let rule = catalogue.rule(candidate.rule);
    let value = &candidate.range;
    let tells_nothing = rule.detect.origin == Origin::Token
        && candidate.confidence < Confidence::Certain
        && candidate.decoded.is_none()
        && !rule.detect.shape.as_ref().is_some_and(|shape| shape.has_fixed_part);
    if rule.vendor.is_generic() || !tells_nothing {
        return None;
    }
    let located = locate(text, value.clone());
    let mut told = located.names.iter().chain(&located.callees);
    let takes_it = |near: &Near| located.callees.iter().any(|call| is_listed_call(near, call));
    if told.any(|name| speaks_of(name, candidate.rule, catalogue))
        || rule.detect.near.as_ref().is_some_and(takes_it)
    {
        return None;
    }
    let words = Words::of_vendors(catalogue);
    let is_other = |owner: RuleIx| are_strangers(rule.vendor, catalogue.rule(owner).vendor);
    // `sms.api.key` is no more SMSAPI's than anybody's.
    let says_nothing = |word: &String| neighbour::is_anybodys(word) && words.find(word).is_none();
    let is_word = |name: &[u8]| words.find(&names::normalized(name)).is_some();
    let is_anybodys = |name: &&[u8]| names::words(name).iter().all(says_nothing) && !is_word(name);
    // What the vendor of its section shows everybody is that one's: `secret_id` of `azure:`.
    let half = public_half(&located, text, value, words).filter(|owner| is_other(*owner));
    if let Some(owner) = half.filter(|_| candidate.parts.is_empty()) {
        return Some((owner, structure::SECTION));
    }
    let found = nearest(&located, text, value, words, heard);
    match found.filter(|(_, clue)| *clue != NAME || !located.names.iter().all(is_anybodys)) {
        // What belongs to the secret stands beside it, and not in another block.
        Some((owner, clue)) => {
            let is_beside = |part: &Range<usize>| neighbour::is_in_block(text, value.start, part.start);
            let is_paired = candidate.parts.iter().any(|(_, part)| is_beside(part));
            (is_other(owner) && !is_paired).then_some((owner, clue))
        }
        None => {
            let owner = namesake(&located, text, value, words, heard)
                .or_else(|| next_to(text, value, words, heard))
                .filter(|owner| is_other(*owner) && candidate.parts.is_empty())?;
            // Whoever has a form of its own gives out nothing else.
            let is_formless = catalogue.rule(owner).is_written();
            let may_be = is_formless || forms.has_form(owner, &text[value.clone()]);
            may_be.then_some((owner, "what stands beside it"))
        }
    }
}

/// The one vendor that the lines beside a value speak of which share what its name tells: `NEWS_URL = "https://…"` beside
/// `NEWS_KEY`.
pub(in crate::engine) fn namesake(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
    heard: &Heard,
) -> Option<RuleIx> {
    let mut owners = BTreeSet::new();
    let lines = neighbour::namesakes(text, value.start, located.names.first()?);
    lines.iter().for_each(|line| heard.in_line(line, words, &mut owners));
    alone(owners)
}

/// The vendor that the nearest line beside a value speaks of. What is imported, and the entries of others, tell nothing.
fn next_to(text: &[u8], value: &Range<usize>, words: Words<'_>, heard: &Heard) -> Option<RuleIx> {
    let [before, behind] = neighbour::siblings(text, value.start)?;
    let says = |line: &&[u8]| mention::variable(line).is_none() && !receiver::is_import(line);
    let above = before.rsplit(|b| *b == b'\n').skip(1).map(Some).chain(std::iter::repeat(None));
    let below = behind.split(|b| *b == b'\n').skip(1).map(Some).chain(std::iter::repeat(None));
    let lines = above.zip(below).take(MOST_LINES).flat_map(|(above, below)| [above, below]).flatten();
    let mut spoken = lines.filter(says).map(|line| heard.in_code(line, text, words));
    spoken.find(|owners| !owners.is_empty()).and_then(alone)
}

/// Whether a keyword of the rule, or a word of its vendor, stands in a name.
fn speaks_of(name: &[u8], at: RuleIx, catalogue: &Catalogue) -> bool {
    let mut speaks = crate::engine::owner::vendor_word::holds_word(catalogue.rule(at), name);
    for keywords in catalogue.keywords().chain(catalogue.nearby()) {
        keywords.table.find(name, &mut |_, word| {
            // `secret_id` may be a keyword, and is anybody's name all the same.
            let is_anybodys =
                || names::words(keywords.text(word)).iter().all(|word| neighbour::is_anybodys(word));
            speaks |= keywords.wakes(word).iter().any(|wake| wake.rule == at) && !is_anybodys();
        });
    }
    speaks
}

/// The rule that the functions speak of whose argument the value is.
fn in_call(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
    heard: &Heard,
) -> Option<RuleIx> {
    // `from serpapi import GoogleSearch`: where it comes from tells more than what it is called.
    let import = located.callees.first().and_then(|callee| receiver::bound_by(callee, text, value.start));
    let import = import.filter(|line| receiver::is_import(line));
    if let Some(rule) = import.and_then(|line| alone(heard.in_code(line, text, words))) {
        return Some(rule);
    }
    // `OAuth1Session(resource_owner_secret=…)` is no session of one's own.
    let says_own = |part: &&[u8]| {
        !words.is_generic
            || !names::words(part).iter().any(|word| matches!(word.as_str(), "oauth" | "oauth1" | "oauth2"))
    };
    located.callee_parts().filter(says_own).find_map(|part| heard.in_name(part, words)).or_else(|| {
        let imported = located.callees.iter().flat_map(|callee| heard.imported(callee, text, words));
        alone(imported.collect())
    })
}

pub(in crate::engine) fn hosted(
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
) -> Option<(RuleIx, Clue)> {
    let found = address::hosts(text, value).find_map(|host| words.of_domain(host));
    found.map(|rule| (rule, HOST))
}
