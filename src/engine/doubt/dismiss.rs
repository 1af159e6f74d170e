//! What is no secret after all, once it is known whose it would be: the public half of a pair, a token whose sum is wrong.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::catalogue::checksum::{self, Invalid, Verdict};
use crate::catalogue::{ByName, Confidence, Origin, Parser, Rule, RuleIx};
use crate::engine::FileHint;
use crate::engine::doubt::evidence::{Evidence, is_by_context};
use crate::engine::doubt::{counter, instead, public, table};
use crate::engine::job::Scored;
use crate::engine::locate::{How, Located, locate};
use crate::engine::names::{self, Role};
use crate::engine::owner::{self, Words, receiver, used};
use crate::engine::shape::form::Forms;
use crate::engine::value::words;

/// Largest file whose name is that of the value alone in it, bytes.
const LARGEST_NAMED: usize = 1024;
/// Longest path of a function that is looked at, bytes.
const LONGEST_PATH: usize = 64;
/// How far before an address the element is looked at that loads it, bytes.
const LONGEST_ELEMENT: usize = 300;
/// Most secrets of a kind that an account has in use: the one, and the one that replaces it.
const MOST_IN_USE: usize = 2;
/// Why a note is enough.
const BUNDLED: &str = "a bundler writes what is called so into every page";

/// Drops public halves and refuted tokens, and lowers what is hardly a token to a note.
pub(in crate::engine) fn dismiss(
    found: &mut Vec<Scored>,
    text: &[u8],
    hint: FileHint<'_>,
    forms: &mut Forms<'_, '_>,
) {
    let production = OnceCell::new();
    found.retain_mut(|candidate| {
        let in_production = || *production.get_or_init(|| is_in_production(text, hint));
        let is_one = is_one(candidate, text, hint, forms, in_production);
        if is_one {
            lower_public(forms.catalogue.rule(candidate.rule), candidate, text);
        }
        is_one
    });
    drop_crowds(found, text, forms);
}

/// Whether settings of Django are for production: their file is called so, or they switch debugging off.
fn is_in_production(text: &[u8], hint: FileHint<'_>) -> bool {
    let is_off = |line: &[u8]| {
        let line = line.trim_ascii_start();
        line.strip_prefix(b"DEBUG").is_some_and(|rest| {
            let given = rest.trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii);
            given.is_some_and(|given| given.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"false")))
        })
    };
    let is_called = names::words(hint.path()).iter().any(|word| word == "prod" || word == "production");
    is_called || text.split(|b| *b == b'\n').any(is_off)
}

/// Whether it is a secret; where it hardly is one, it is lowered.
fn is_one(
    candidate: &mut Scored,
    text: &[u8],
    hint: FileHint<'_>,
    forms: &mut Forms<'_, '_>,
    in_production: impl Fn() -> bool,
) -> bool {
    let rule = forms.catalogue.rule(candidate.rule);
    if candidate.confidence == Confidence::Certain {
        let is_named = rule.detect.origin == Origin::Name(ByName::Secret);
        return !(is_named && is_public_half(rule, candidate, text, hint, forms));
    }
    let value = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
    if value.starts_with(b"django-insecure-") {
        if in_production() {
            let vendors = Words::of_vendors(forms.catalogue);
            candidate.rule = vendors.find("django").unwrap_or(candidate.rule);
            return true;
        }
        lower(
            &mut candidate.confidence,
            &mut candidate.why,
            "`startproject` drew it for development, and says so in it",
        );
    }
    if rule.vendor.is_generic()
        && candidate.decoded.is_none()
        && joined(text, &candidate.range).is_some_and(|whole| public::is_public(&whole))
    {
        return false;
    }
    let is_by_context = is_by_context(rule);
    let wrong = if is_by_context { forms.of_wrong_sum(value) } else { None };
    if wrong == Some(Invalid::Lowers) || has_doubtful_sum(rule, value) {
        lower(
            &mut candidate.confidence,
            &mut candidate.why,
            "the checksum in it is wrong, as if it was made up or changed",
        );
    }
    if !is_by_context {
        return !is_label_of_host(text, &candidate.range) && !is_file_of_address(text, &candidate.range);
    }
    if candidate.decoded.is_none() || text[candidate.range.clone()].starts_with(b"\\x") {
        if rule.vendor.is_generic() && is_translation(hint) && is_message(value)
            || is_something_else(rule, candidate, text)
        {
            return false;
        }
        if candidate.parts.is_empty()
            && let Some(why) = counter::doubt(text, &candidate.range)
        {
            lower(&mut candidate.confidence, &mut candidate.why, why);
        }
    }
    // A number that stands beside the vendor's secrets is none.
    let is_id = matches!(rule.detect.origin, Origin::Name(_)) && forms.is_id(candidate.rule, value);
    !is_id && wrong != Some(Invalid::Refutes) && !is_public_half(rule, candidate, text, hint, forms)
}

/// Lowers what hardly is a secret, and says why.
fn lower(confidence: &mut Confidence, why: &mut Vec<Cow<'static, str>>, said: &'static str) {
    *confidence = Confidence::Low;
    why.insert(0, Cow::Borrowed(said));
}

/// Whether what a value is given to, the table or the call it stands in say that it is no secret.
fn is_something_else(rule: &Rule, candidate: &Scored, text: &[u8]) -> bool {
    let (range, evidence) = (&candidate.range, candidate.evidence);
    let located = locate(text, range.clone());
    let name = located.names.first().copied();
    counter::is_none(rule, text, range, evidence)
        || table::is_digest(name, text, range, evidence)
        || evidence < Evidence::Told && instead::is_expected_sum(text, range)
        || is_of_keys(rule) && used::is_user(&located, text, range)
}

/// What a literal says with those that a plus sign puts behind it; `None` where it stands alone.
fn joined(text: &[u8], range: &Range<usize>) -> Option<Vec<u8>> {
    const MOST: usize = 4;
    const LONGEST: usize = 160;
    let quote = *text.get(range.end).filter(|b| matches!(b, b'"' | b'\''))?;
    let (mut whole, mut end) = (text[range.clone()].to_vec(), range.end);
    for _ in 0..MOST {
        let window = &text[end + 1..text.len().min(end + LONGEST)];
        let rest = window.trim_ascii_start().strip_prefix(b"+").map(<[u8]>::trim_ascii_start);
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix(&[quote])) else { break };
        let Some(length) = memchr::memchr(quote, rest) else { break };
        whole.extend(&rest[..length]);
        end += 1 + window.len() - rest.len() + length;
    }
    (end > range.end).then_some(whole)
}

/// Whether a file holds the messages of a program in one language: it is called after that, or its folder says so.
fn is_translation(hint: FileHint<'_>) -> bool {
    const FOLDERS: [&[u8]; 9] = [
        b"i18n",
        b"l10n",
        b"locale",
        b"locales",
        b"lang",
        b"langs",
        b"languages",
        b"translations",
        b"translation",
    ];
    const FORMS: [&[u8]; 12] = [
        b"json",
        b"json5",
        b"yml",
        b"yaml",
        b"properties",
        b"php",
        b"js",
        b"ts",
        b"arb",
        b"strings",
        b"resx",
        b"toml",
    ];
    let path = hint.path().to_ascii_lowercase();
    let (folders, name) = path.split_at(memchr::memrchr(b'/', &path).map_or(0, |at| at + 1));
    let Some(dot) = memchr::memrchr(b'.', name) else { return false };
    let form = &name[dot + 1..];
    // What .NET calls resources holds little else.
    let is_told = || form == b"resx" || folders.split(|b| *b == b'/').any(|folder| FOLDERS.contains(&folder));
    FORMS.contains(&form) && is_told()
}

/// Whether a value is words of any language that run together, with a number behind them or not.
fn is_message(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let said = &value[..value.len() - digits];
    let is_word =
        |word: &String| (4..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic());
    words::reads_like_words(said) || !said.is_empty() && names::words(said).iter().all(is_word)
}

/// Lowers to a note what is made for everybody to see, and says of a secret that everybody gets to see it.
fn lower_public(rule: &Rule, candidate: &mut Scored, text: &[u8]) {
    let located = locate(text, candidate.range.clone());
    let words = located.names.first().map(|name| names::words(name)).unwrap_or_default();
    let is_bundled = names::bundled(&words) > 0;
    let (public, is_generic) = (&rule.vendor.public, rule.vendor.is_generic());
    let is_for_servers =
        || names::says_secret(&words) || words.iter().any(|word| word == "server" || word == "service");
    let is_shipped = || public.shipped.contains(&rule.id) && !is_called_otherwise(rule, &located);
    let why = if is_shipped() {
        Some("ships with every page and app that uses it")
    } else if !is_of_keys(rule) || is_for_servers() {
        None
    } else if is_bundled && (is_generic || public.bundled) {
        Some(BUNDLED)
    } else if is_generic && words.ends_with(&["write".to_owned(), "key".to_owned()]) {
        Some("a write key, with which pages and apps send what happens in them")
    } else if is_in_address_of_page(text, candidate.range.start) {
        Some("in an address that a page loads")
    } else {
        None
    };
    if let Some(why) = why {
        candidate.confidence = Confidence::Low;
        candidate.why.insert(0, Cow::Borrowed(why));
    } else if is_bundled {
        candidate.why.insert(0, Cow::Borrowed(BUNDLED));
    }
}

/// Whether the rule lists names and a value has another: `ACME_ACCESS_TOKEN`, where `write_key` is what ships.
fn is_called_otherwise(rule: &Rule, located: &Located<'_>) -> bool {
    let Some(own) = located.names.first() else { return false };
    let listed = rule.detect.near.as_ref().map(|near| near.names).unwrap_or_default();
    let path = path_of(located, own);
    !listed.is_empty() && !listed.iter().any(|name| path.ends_with(*name))
}

/// Whether a value stands in the address of a script, a picture or a frame of a page, or of the tiles of a map.
fn is_in_address_of_page(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(LONGEST_ELEMENT)..at];
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'(' | b' ' | b'\n' | b'<' | b'>');
    let start = before.iter().rposition(is_end).map_or(0, |end| end + 1);
    let address = &before[start..];
    if crate::memmem::find(address, b"//").is_none() {
        return false;
    }
    let is_of_tiles =
        [&b"{z}"[..], b"{x}", b"{y}"].iter().all(|part| crate::memmem::find(address, part).is_some());
    let element = memchr::memrchr(b'<', &before[..start]).map(|open| &before[open + 1..start]);
    let is_loaded = |element: &[u8]| {
        let tag = element.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let is = |name: &&str| element[..tag].eq_ignore_ascii_case(name.as_bytes());
        !element.contains(&b'>') && ["script", "img", "iframe", "link"].iter().any(is)
    };
    is_of_tiles || element.is_some_and(is_loaded)
}

/// Whether a rule is one of keys and tokens that what stands around them tells.
fn is_of_keys(rule: &Rule) -> bool {
    matches!(
        rule.detect.origin,
        Origin::Token | Origin::Name(ByName::Secret) | Origin::Parse(Parser::Assignment)
    )
}

/// Drops many values of one rule that only one and the same identifier beside them told: an account has a secret of a kind,
/// and another while that is replaced, and each of its records a digest.
fn drop_crowds(found: &mut Vec<Scored>, text: &[u8], forms: &Forms<'_, '_>) {
    let identifier = |candidate: &Scored| {
        let (_, part) = candidate.parts.first()?;
        let is_told = forms.catalogue.rule(candidate.rule).detect.origin == Origin::Token
            && candidate.decoded.is_none()
            && is_unnamed(text, &candidate.range);
        is_told.then(|| &text[part.clone()])
    };
    let mut beside: HashMap<(RuleIx, &[u8]), HashSet<&[u8]>> = HashMap::new();
    for candidate in found.iter() {
        if let Some(id) = identifier(candidate) {
            beside.entry((candidate.rule, id)).or_default().insert(&text[candidate.range.clone()]);
        }
    }
    beside.retain(|_, values| values.len() > MOST_IN_USE);
    if !beside.is_empty() {
        let is_one_of_many = |candidate: &Scored| {
            identifier(candidate).is_some_and(|id| beside.contains_key(&(candidate.rule, id)))
        };
        found.retain(|candidate| !is_one_of_many(candidate));
    }
}

/// Whether no name, no call and no user before it says what a value is: a field of a row.
fn is_unnamed(text: &[u8], value: &Range<usize>) -> bool {
    let located = locate(text, value.clone());
    let is_row = |callee: &&[u8]| callee.is_empty() || callee.eq_ignore_ascii_case(b"values");
    located.how != How::Password
        && located.callees.iter().all(is_row)
        && !located.names.iter().any(|name| names::role(name) == Role::Secret)
}

/// Whether what looks like a token by its start is the name of a host: `https://api-….acme.com`.
fn is_label_of_host(text: &[u8], range: &Range<usize>) -> bool {
    let behind = text[range.end..].strip_prefix(b".").and_then(|behind| behind.first());
    text[..range.start].ends_with(b"://") && behind.is_some_and(u8::is_ascii_alphabetic)
}

/// Whether what looks like a token by its start is the name of a file that an address leads to: `…/fonts/v1/api_….woff2`.
fn is_file_of_address(text: &[u8], range: &Range<usize>) -> bool {
    let kind = text[range.end..].strip_prefix(b".").unwrap_or_default();
    let length = kind.iter().take(8).take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
    let is_over = kind
        .get(length)
        .is_none_or(|b| matches!(b, b'"' | b'\'' | b')' | b'?' | b'#') || b.is_ascii_whitespace());
    (2..=5).contains(&length)
        && is_over
        && text[..range.start].ends_with(b"/")
        && instead::is_path_segment(text, range.start)
}

/// Whether a sum is wrong that all known tokens of the form have.
fn has_doubtful_sum(rule: &Rule, value: &[u8]) -> bool {
    rule.detect.check.is_some_and(|check| {
        checksum::weight(check).invalid == Invalid::Lowers
            && checksum::verify(check, value) == Verdict::Invalid
    })
}

/// Whether the name of a value, or the call whose argument it is, says that it is the half which everybody may see.
fn is_public_half(
    rule: &Rule,
    candidate: &Scored,
    text: &[u8],
    hint: FileHint<'_>,
    forms: &mut Forms<'_, '_>,
) -> bool {
    let value = &text[candidate.range.clone()];
    let located = locate(text, candidate.range.clone());
    // What is called a token is none of the product's passwords, though its card is.
    let is_token = located.names.first().is_some_and(|name| owner::is_token_name(name));
    if !(is_of_keys(rule) || is_token && rule.detect.origin == Origin::Name(ByName::Password)) {
        return false;
    }
    let stem = hint.lower_stem();
    let is_named_by_file = located.how == How::Alone && is_only_line(text, value);
    if is_named_by_file && (names::role(&stem) == Role::Counter || public::is_public(value)) {
        return true;
    }
    if rule.vendor.public.calls.iter().any(|call| is_first_argument(text, candidate.range.start, call)) {
        return true;
    }
    if located.callees.iter().any(|callee| is_of_pages(callee, text, candidate.range.start)) {
        return true;
    }
    let own = located.names.first().copied().or(is_named_by_file.then_some(&stem[..]));
    let Some(own) = own else { return false };
    if is_for_pages(own) {
        return true;
    }
    let path = path_of(&located, own);
    let longest = |listed: &[&str]| {
        let ends = listed.iter().filter(|listed| path.ends_with(**listed));
        ends.map(|listed| listed.len()).max().unwrap_or(0)
    };
    let catalogue = forms.catalogue;
    // A rule by name knows no more of the vendor's pairs than the others of the vendor do.
    let mut rules = vec![rule];
    if rule.detect.origin.is_name() {
        rules.extend(catalogue.beside(candidate.rule).map(|at| catalogue.rule(at)));
    }
    let mut half = longest(rule.vendor.public.names);
    for companion in rules.iter().flat_map(|rule| rule.detect.companions) {
        if longest(companion.names) > half && forms.shapes.whole(&companion.shape, value) {
            half = longest(companion.names);
        }
    }
    let listed = rules.iter().filter_map(|rule| rule.detect.near.as_ref()).map(|near| longest(near.names));
    let secret = listed.max().unwrap_or(0);
    let own = names::normalized(own);
    let rest = &own[..own.len().saturating_sub(half)];
    half > secret && !names::SECRETS.iter().any(|word| rest.contains(word))
}

/// Whether a call makes the client of a vendor's that is for pages, which takes the key they may show: `liteClient(…)`, what is
/// imported from `acme/lite`.
fn is_of_pages(callee: &[u8], text: &[u8], at: usize) -> bool {
    let is_lite = |line: &&[u8]| {
        let modules = line.split(|b| matches!(b, b'"' | b'\''));
        receiver::is_import(line) && modules.into_iter().any(|module| module.ends_with(b"/lite"))
    };
    names::normalized(callee).ends_with("liteclient")
        || receiver::bound_by(callee, text, at).filter(is_lite).is_some()
}

/// Whether a name is one of a key that a bundler writes into pages, with which they only send what happens there.
fn is_for_pages(name: &[u8]) -> bool {
    let words = names::words(name);
    let is_shipped = names::bundled(&words) > 0 || words.first().is_some_and(|word| word == "storybook");
    is_shipped && words.concat().ends_with("writekey")
}

/// Whether a small file holds nothing but the value, comments aside.
fn is_only_line(text: &[u8], value: &[u8]) -> bool {
    let is_said = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#");
    text.len() <= LARGEST_NAMED
        && text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(is_said).eq([value])
}

/// The name of a value with what it is a member of before it, lower case without separators: `accessToken` of an
/// object that is given to `Acme.init`, `acmeinitaccesstoken`. Words that say nothing are left out at its end.
fn path_of(located: &Located<'_>, own: &[u8]) -> String {
    let around =
        located.names.iter().skip(1).rev().chain(&located.callees).map(|name| names::normalized(name));
    let mut words = names::words(own);
    while words.len() > 1 && words.last().is_some_and(|word| names::says_nothing(word)) {
        words.pop();
    }
    around.collect::<String>() + &words.concat()
}

/// Whether the value at `at` is the first argument of the function, which may be a member: `window.acme.init("…")`.
fn is_first_argument(text: &[u8], at: usize, call: &str) -> bool {
    let before = &text[at.saturating_sub(LONGEST_PATH)..at];
    let quotes = before.iter().rev().take_while(|b| matches!(**b, b'"' | b'\'' | b'`' | b'\\')).count();
    let before = before[..before.len() - quotes].trim_ascii_end();
    let mut path = before.strip_suffix(b"(").unwrap_or_default().to_ascii_lowercase();
    // `acme?.init(`.
    path.retain(|b| *b != b'?');
    let lead = path.strip_suffix(call.as_bytes());
    lead.is_some_and(|lead| !lead.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_argument_of_a_call() {
        for (text, call) in [
            ("acme.init('VALUE')", "acme.init"),
            ("new Acme( \"VALUE\", {})", "acme"),
            ("window.acme.init(\n  'VALUE'", "acme.init"),
            ("window.acme?.init('VALUE')", "acme.init"),
        ] {
            assert!(is_first_argument(text.as_bytes(), text.find("VALUE").unwrap(), call), "{text}");
        }
        for (text, call) in
            [("acme('id', 'VALUE')", "acme"), ("notacme('VALUE')", "acme"), ("acme = 'VALUE'", "acme")]
        {
            assert!(!is_first_argument(text.as_bytes(), text.find("VALUE").unwrap(), call), "{text}");
        }
    }
}
