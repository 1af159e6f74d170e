//! Whose a secret is that no vendor's rule knows: its name, the call, the host of its URL or the section it stands in
//! may say; where they say nothing, the text around it ([`mention`]).

use std::borrow::Cow;
use std::ops::Range;

use super::job::Scored;
use super::locate::{Located, locate};
use super::{FileHint, context, names, parse};
use crate::catalogue::{
    ByName, Catalogue, Check, Confidence, Origin, Parser, Rule, RuleIx, Vendor, WordKind,
};
use crate::engine::doubt::evidence::Evidence;
use crate::engine::doubt::{dismiss, public};
use crate::engine::shape::claim::{is_distinctive, is_excluded};
use crate::engine::shape::form::Forms;

pub(in crate::engine) mod address;
pub(in crate::engine) mod client;
pub(in crate::engine) mod constructed;
pub(in crate::engine) mod database;
mod keeper;
mod login;
pub(in crate::engine) mod mention;
pub(in crate::engine) mod named;
pub(in crate::engine) mod receiver;
pub(in crate::engine) mod setting;
mod shared_form;
pub(in crate::engine) mod structure;
pub(in crate::engine) mod used;
pub(in crate::engine) mod vendor_word;
pub(in crate::engine) mod witness;

use login::Login;
pub(in crate::engine) use named::{Words, in_name, is_database, is_everyday, is_of_database};

/// Words of keys that another service gives, which the text around may tell.
const GIVEN: [&str; 7] = ["webhook", "webhooks", "oauth", "oidc", "sso", "client", "consumer"];

/// Words of names that keys made for tests are given.
const FOR_TESTS: [&str; 7] = ["test", "tests", "testing", "fake", "dummy", "mock", "fixture"];

/// How far behind a key its account is looked for, bytes.
const LONGEST_FILE: usize = 1024;
/// Most secrets of one text that the text around is asked about.
const MOST_ASKED: usize = 100;

/// What speaks of an owner.
pub(super) type Clue = &'static str;

/// Gives what generic rules found to the vendor that the value's surroundings name, and what goes by another vendor's
/// names to the one whose address stands beside it; there to the rule whose form it has. What then is no secret of its
/// owner goes.
pub(super) fn attribute(found: &mut Vec<Scored>, text: &[u8], hint: FileHint<'_>, mut forms: Forms<'_, '_>) {
    of_nobody(found, text, hint, &mut forms);
    found.retain_mut(|candidate| {
        let owner = address::owner(candidate, text, forms.catalogue)
            .or_else(|| shared_form::owner(candidate, text, &mut forms));
        match owner {
            Some(owner) => give(candidate, owner, text, &mut forms),
            None => {
                if let Some(owner) = witness::rival(candidate, text, &mut forms) {
                    // `acmeAppId` was another vendor's key at most.
                    let named = locate(text, candidate.range.clone()).names.first().copied();
                    let near = forms.catalogue.rule(candidate.rule).detect.near.as_ref();
                    let is_listed = |name| near.is_some_and(|near| context::is_listed(near, name));
                    let is_id = |name| names::role(name) == names::Role::Counter && !is_listed(name);
                    if named.is_some_and(is_id) {
                        return false;
                    }
                    // Only the form is the value's own.
                    candidate.why.drain(..candidate.why.len().saturating_sub(1));
                    candidate.parts.clear();
                    give(candidate, owner, text, &mut forms);
                } else if let Some(others) = shared_form::lookalikes(candidate, text, &mut forms) {
                    candidate.why.push(Cow::Owned(others));
                }
            }
        }
        // The key in a vendor's file of credentials.
        let value = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
        if !forms.catalogue.rule(candidate.rule).vendor.is_generic()
            && let Some(kind) = value.starts_with(b"-----BEGIN ").then(|| parse::key_told(value)).flatten()
        {
            if !candidate.why.contains(&kind) {
                candidate.why.insert(0, kind);
            }
            let account = account_beside(text, candidate.range.end);
            candidate.why.extend(account.map(|account| Cow::Owned(format!("the account is {account}"))));
        }
        true
    });
    dismiss::dismiss(found, text, hint, &mut forms);
}

/// The account of a key in Google's files, `"client_email": "…"` behind the key: an address, and no secret.
fn account_beside(text: &[u8], key_end: usize) -> Option<&str> {
    const LABEL: &[u8] = b"client_email";
    const LONGEST: usize = 120;
    let behind = &text[key_end..text.len().min(key_end + LONGEST_FILE)];
    let at = crate::memmem::find(behind, LABEL)? + LABEL.len();
    let is_address = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'@' | b'_');
    let start = at + behind[at..].iter().take(8).position(is_address)?;
    let length = behind[start..].iter().take_while(|b| is_address(b)).count();
    let address = std::str::from_utf8(&behind[start..start + length]).ok()?;
    (address.contains('@') && length <= LONGEST).then_some(address)
}

/// Gives a secret to its owner, by the rule that goes by a name.
fn give(candidate: &mut Scored, (by_name, clue): (RuleIx, Clue), text: &[u8], forms: &mut Forms<'_, '_>) {
    let value = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
    let catalogue = forms.catalogue;
    // What the vendor's own pages show is nobody's secret.
    if catalogue.beside(by_name).any(|at| is_excluded(catalogue.rule(at), value)) {
        candidate.confidence = Confidence::Low;
    }
    let located = locate(text, candidate.range.clone());
    candidate.rule = forms.of_vendor(by_name, value, &located.names).unwrap_or(by_name);
    let rule = catalogue.rule(by_name);
    candidate.evidence = candidate.evidence.max(Evidence::of_owner(rule, &located, text, &candidate.range));
    if !rule.vendor.is_generic() {
        candidate.why.push(Cow::Owned(format!("{clue} speaks of {}", rule.vendor.name)));
    }
}

/// Gives what generic rules found to the vendor that the value's surroundings name.
fn of_nobody(found: &mut [Scored], text: &[u8], hint: FileHint<'_>, forms: &mut Forms<'_, '_>) {
    let mut asked = 0;
    for candidate in found {
        let Some(parser) = parser_of(forms.catalogue.rule(candidate.rule)) else { continue };
        let range = candidate.range.clone();
        let value = candidate.decoded.as_deref().unwrap_or(&text[range.clone()]);
        // What a URL is given to says whose the password in it is.
        let url = (parser == Parser::UrlPassword).then(|| parse::url_start(&text[..range.start])).flatten();
        let located = locate(text, url.unwrap_or(range.start)..range.end);
        // What is a note at most is anybody's whom its own name does not tell.
        let is_note = candidate.confidence == Confidence::Low;
        asked += usize::from(!is_note);
        let may_read = !is_note && asked <= MOST_ASKED && !is_of_own_server(&located);
        let login = Login::new(parser, text, &range, &located, (hint, forms.heard));
        if let Some(owner) = owner(&login, value, forms, may_read) {
            give(candidate, owner, text, forms);
        }
        let is_for_tests =
            |name: &&[u8]| names::words(name).iter().any(|word| FOR_TESTS.contains(&&word[..]));
        if parser == Parser::PemPrivateKey && located.names.iter().any(is_for_tests) {
            candidate.why.push(Cow::Borrowed("its name says that it is made for tests"));
        }
    }
}

/// The parser of a rule whose secrets are of no known vendor.
fn parser_of(rule: &Rule) -> Option<Parser> {
    match rule.detect.origin {
        _ if !rule.vendor.is_generic() => None,
        Origin::Parse(parser) => Some(parser),
        // Many services give out such tokens.
        Origin::Prefix if rule.detect.check == Some(Check::Jwt) => Some(Parser::Jwt),
        _ => None,
    }
}

/// Whose a secret is, by what kind of it a parser found. The text around is asked where it `may_read` it.
fn owner(
    login: &Login<'_>,
    value: &[u8],
    forms: &mut Forms<'_, '_>,
    may_read: bool,
) -> Option<(RuleIx, Clue)> {
    let (catalogue, heard) = (forms.catalogue, forms.heard);
    let (text, range, located) = (login.text, login.value, login.located);
    let vendors = Words::of_vendors(catalogue);
    let product = || login.product(catalogue, may_read);
    let nearest = || witness::nearest(located, text, range, vendors, heard);
    let beside = || may_read.then(|| login.beside(vendors)).flatten();
    // `ngrok config add-authtoken …` is found as a password, and is none.
    let is_password = || !located.names.first().is_some_and(|name| is_token_name(name));
    match login.parser {
        _ if login.is_key() => nearest().or_else(beside),
        Parser::PasswordAssignment | Parser::CommandPassword if is_password() => product(),
        Parser::CommandPassword if parse::device_vendor(&text[..range.start]).is_some() => product(),
        // `tacacs-server key …` is a password all the same.
        Parser::CommandPassword => of_key(login, value, forms, may_read).or_else(product),
        Parser::Assignment | Parser::BearerToken | Parser::PasswordAssignment => {
            of_key(login, value, forms, may_read)
        }
        Parser::UrlPassword | Parser::UrlToken | Parser::BasicAuth | Parser::Netrc => {
            let is_drawn = || login.parser == Parser::BasicAuth && may_read && login.is_drawn();
            schemed(&text[..range.start], vendors)
                .or_else(product)
                .or_else(|| witness::hosted(text, range, vendors))
                .or_else(|| is_drawn().then(|| nearest().or_else(beside)).flatten())
        }
        Parser::Jwt => {
            // Who stands around is asked only where it does not say itself who gave it out.
            let issuers = public::issuers(value);
            let of_issuer = || issuers.iter().find_map(|issuer| vendors.of_host(issuer.as_bytes()));
            let is_open = || may_read && own_key(located, catalogue).is_none() && issuers.is_empty();
            nearest()
                .or_else(|| Some((of_issuer()?, "its issuer")))
                .or_else(|| is_open().then(beside).flatten())
        }
        Parser::CallArgument if may_read && is_login(located) => {
            // A call that says where it goes is for nobody who stands beside it.
            product().or_else(|| (!login.names_its_call()).then(beside).flatten())
        }
        Parser::CallArgument
        | Parser::ConnectionString
        | Parser::SqlPassword
        | Parser::PgPass
        | Parser::WifiCode => product(),
        Parser::PemPrivateKey => login.key_pair(catalogue, may_read),
        _ => None,
    }
}

/// Whether a value is what a server asks its own callers for, whoever's services it calls itself: `bearerAuth({ token: "…" })`.
fn is_of_own_server(located: &Located<'_>) -> bool {
    const GUARDS: [&str; 8] = [
        "bearerauth",
        "basicauth",
        "expressbasicauth",
        "koabasicauth",
        "apikeyauth",
        "requireapikey",
        "requireauth",
        "fastifybearerauth",
    ];
    let is_guard = |callee: &&[u8]| {
        let name = callee.rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or_default();
        GUARDS.contains(&names::normalized(name).as_str())
    };
    located.callees.iter().any(is_guard)
}

/// Whose a key or a token is: of the vendor that its name, call, host or section speaks of, one's own for sessions and
/// the like, a product's, of the vendor that stands beside it, of nobody.
fn of_key(
    login: &Login<'_>,
    value: &[u8],
    forms: &mut Forms<'_, '_>,
    may_read: bool,
) -> Option<(RuleIx, Clue)> {
    let (catalogue, located) = (forms.catalogue, login.located);
    let vendors = Words::of_vendors(catalogue);
    let products = Words { takes: ByName::Password, ..vendors };
    let nearest = |words| witness::nearest(located, login.text, login.value, words, forms.heard);
    let of_product = |(rule, clue): (RuleIx, Clue)| Some((catalogue.keys_of(rule).unwrap_or(rule), clue));
    login
        .setting(vendors)
        .or_else(|| of_product(login.setting(products)?))
        .or_else(|| nearest(vendors))
        .or_else(|| own_key(located, catalogue))
        .or_else(|| of_product(login.named_product(catalogue)?))
        .or_else(|| of_product(structure::owner(located, login.text, login.value, products)?))
        .or_else(|| Some((started(value, catalogue)?, "its start")))
        .or_else(|| may_read.then(|| login.beside(vendors)).flatten())
        .or_else(|| nearest(Words { is_generic: true, ..vendors }))
        .or_else(|| is_shared(located, value).then(|| login.product(catalogue, may_read)).flatten())
}

/// The rule for the keys of the one vendor whose secrets start as the value does, where no word would.
fn started(value: &[u8], catalogue: &Catalogue) -> Option<RuleIx> {
    let (mut longest, mut found) = (0, Vec::new());
    if shared_form::starts_as_anybodys(value) {
        return None;
    }
    for heads in catalogue.heads() {
        heads.table.at(value, 0, &mut |at, word| {
            let prefix = heads.text(word);
            let counts = |rule: RuleIx| {
                let rule = catalogue.rule(rule);
                let shape = rule.detect.shape.as_ref();
                !rule.vendor.is_generic() && shape.is_some_and(|shape| is_distinctive(rule, shape, prefix))
            };
            let rules = heads.wakes(word).iter().filter(|wake| wake.kind == WordKind::Prefix);
            let rules = rules.map(|wake| wake.rule).filter(|rule| catalogue.is_on(*rule) && counts(*rule));
            if at == 0 && prefix.len() >= longest {
                let is_longer = prefix.len() > longest;
                let rules: Vec<RuleIx> = rules.collect();
                if is_longer && !rules.is_empty() {
                    (longest, found) = (prefix.len(), Vec::new());
                }
                found.extend(rules);
            }
        });
    }
    let vendor = |rule: &RuleIx| catalogue.rule(*rule).vendor.key;
    let first = *found.first()?;
    found.iter().all(|rule| vendor(rule) == vendor(&first)).then(|| catalogue.keys_of(first)).flatten()
}

/// Whether a name is one of a key or token, and of no password.
pub(super) fn is_token_name(name: &[u8]) -> bool {
    let last = names::words(name).pop().unwrap_or_default();
    ["token", "key", "secret"].iter().any(|end| last.ends_with(end))
}

/// Whether a value is called nothing but a secret and was chosen, as one that two sides of a product share.
fn is_shared(located: &Located<'_>, value: &[u8]) -> bool {
    let is_secret = located.names.first().is_some_and(|name| name.eq_ignore_ascii_case(b"secret"));
    is_secret && value.len() < parse::SHORTEST_SECRET
}

/// Whether a value is the second of `auth=("user", "…")`, or what an OAuth client signs in with, for a service of any
/// vendor.
fn is_login(located: &Located<'_>) -> bool {
    let is_client = |callee: &&[u8]| names::normalized(callee).contains("clientsecret");
    if located.callees.iter().any(is_client) {
        return true;
    }
    let mut words = located.names.iter().chain(&located.callees).flat_map(|name| names::words(name));
    words.any(|word| word.ends_with("auth"))
}

/// What its name says to be a key of one's own, for sessions or signatures: that the text around speaks of
/// some vendor is no news then.
pub(super) fn own_key(located: &Located<'_>, catalogue: &Catalogue) -> Option<(RuleIx, Clue)> {
    let words = Words { catalogue, takes: ByName::Secret, is_generic: true };
    let is_given = |word: &str| GIVEN.contains(&word);
    let name = located.names.first().filter(|name| !names::words(name).iter().any(|word| is_given(word)))?;
    Some((in_name(name, words)?, "its name"))
}

/// The vendor whose name is the scheme of the URL that ends before the value, and no product's: `plivo://…@`,
/// `plivo+api://…@`.
fn schemed(before: &[u8], words: Words<'_>) -> Option<(RuleIx, Clue)> {
    let scheme = names::normalized(parse::scheme_of(before)?.split(|b| *b == b'+').next()?);
    let is_product =
        |is_generic| Words { takes: ByName::Password, is_generic, ..words }.find(&scheme).is_some();
    let rule = words.find(&scheme).filter(|_| !is_product(false) && !is_product(true))?;
    Some((rule, "the scheme"))
}

/// Whether the own name of a value speaks of another vendor than the rule's, and of none that is compatible with it.
pub(super) fn is_anothers(located: &Located<'_>, catalogue: &Catalogue, at: RuleIx) -> bool {
    let words = Words::of_vendors(catalogue);
    let other = located.names.first().and_then(|name| in_name(name, words));
    other.is_some_and(|other| are_strangers(catalogue.rule(at).vendor, catalogue.rule(other).vendor))
}

/// Whether neither vendor takes the other's secrets.
pub(super) fn are_strangers(one: &Vendor, other: &Vendor) -> bool {
    one.key != other.key && !one.compatible.contains(&other.key) && !other.compatible.contains(&one.key)
}

/// Whether a word of the name of a value is another vendor's than the rule's, everyday or not.
pub(super) fn names_another(text: &[u8], value: &Range<usize>, catalogue: &Catalogue, at: RuleIx) -> bool {
    let located = locate(text, value.clone());
    let vendor = |rule: RuleIx| catalogue.rule(rule).vendor.key;
    let words = located.names.first().map_or_else(Vec::new, |name| names::words(name));
    let mut owners = words.iter().filter_map(|word| Words::of_vendors(catalogue).find(word));
    owners.any(|owner| vendor(owner) != vendor(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn vendor(rule: Option<RuleIx>) -> Option<&'static str> {
        rule.map(|rule| embedded().rule(rule).vendor.key)
    }

    #[test]
    fn names_speak_of_vendors() {
        for (name, key) in [
            ("SHODAN_API_KEY", Some("shodan")),
            ("myShodanKey2", Some("shodan")),
            ("shodantoken", Some("shodan")),
            ("X-Shodan-Token", Some("shodan")),
            ("REACT_APP_SHODAN_ACCESS_TOKEN", Some("shodan")),
            ("SHODAN_MIRROR_TOKEN", None),
            ("box_token", None),
            ("BOX_CLIENT_SECRET", Some("box")),
            ("SHODAN_HMAC_KEY", Some("shodan")),
            ("shodan.webhookSignatureKey", Some("shodan")),
            ("box_test_key", None),
            ("inbox_client_secret", None),
            ("api_key", None),
            ("MEILISEARCH_SEARCH_API_KEY", Some("meilisearch")),
            ("NEXT_PUBLIC_BUGSNAG_NOTIFIER_KEY", Some("bugsnag")),
        ] {
            assert_eq!(vendor(in_name(name.as_bytes(), Words::of_vendors(embedded()))), key, "{name}");
        }
    }
}
