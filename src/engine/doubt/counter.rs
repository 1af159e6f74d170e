//! What stands around a value and says that it is no secret: the key of a node in a tree of elements, a fingerprint that
//! keys are fetched by, the name of a function, what a call gives, an object of one payment.
//!
//! Asked about what was found, never about what might be: none of this is on the way of a clean text.

use std::ops::Range;

use crate::catalogue::Rule;
use crate::engine::doubt::evidence::Evidence;
use crate::engine::doubt::payment;
use crate::engine::names;
use crate::engine::syntax::bracket::open_before;
use crate::engine::syntax::literal::{is_plain_quote, is_quote};
use crate::engine::syntax::neighbour::{headers_above, line_before};
use crate::engine::value::{entropy, weak, words};

/// How much of a line before a value is looked at, bytes.
pub(super) const LEAD: usize = 200;
/// How far around a value the object or the script that it belongs to is looked at, bytes.
const AROUND: usize = 1000;
/// How far before a key its object opens, bytes.
const LONGEST_OBJECT: usize = 400;
/// How far from a value a function of that name is looked for, bytes.
const LONGEST_CODE: usize = 4096;
/// How far above a value the section of services is looked for, bytes.
const LONGEST_SERVICES: usize = 4096;
/// Shortest name that says anything when a value repeats it, bytes.
const SHORTEST_ECHO: usize = 6;
/// Longest part of a path that is a name, bytes.
const LONGEST_PART: usize = 16;

/// Whether a value is no secret, whatever its name sounds like. What only words around it say weighs less than the
/// `evidence` for it, unless that is no more.
pub(in crate::engine) fn is_none(rule: &Rule, text: &[u8], value: &Range<usize>, evidence: Evidence) -> bool {
    let bytes = &text[value.clone()];
    let before = line_before(text, value.start, LEAD);
    if is_result(before)
        || is_of_page(before)
        || is_upstream(before)
        || is_message(bytes)
        || is_function(text, value)
        || is_version(before, bytes)
        || evidence < Evidence::Told && is_fingerprint(rule, text, value)
        || is_service(text, value)
        || is_listed_object(&text[..value.start])
    {
        return true;
    }
    let Some(name) = name_before(text, value.start) else { return false };
    let named = &text[name.clone()];
    echoes(named, bytes)
        || is_attribute_of_markup(text, &name)
        || is_table(named, bytes)
        || named == b"key" && is_key_of_node(text, name.start)
        || named == b"Key" && is_key_of_object(text, name.start)
        || is_bound(text, &name, value)
        || is_variable(text, &name, value)
        || is_challenge(text, &name, bytes)
        || is_session_of_iis(text, named, value)
        || is_enumerated(text, bytes, value)
        || is_libvirts(before, named, bytes)
}

/// Whether a value is the version of a secret that a call fetches by its name, `client.GetSecretAsync("orders-db", "…")`, or
/// that stands behind it, `orders-db-password/…`: 32 hex digits in Azure's key vaults.
fn is_version(before: &[u8], value: &[u8]) -> bool {
    const LENGTH: usize = 32;
    let is_number = |part: &[u8]| {
        part.len() == LENGTH && part.iter().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    };
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    if let Some(at) = memchr::memchr(b'/', value) {
        let name = &value[..at];
        return name.contains(&b'-') && name.iter().all(is_word) && is_number(&value[at + 1..]);
    }
    let fetches = || {
        let named = without_quotes(before).trim_ascii_end().strip_suffix(b",")?.trim_ascii_end();
        let call = &named[..memchr::memrchr(b'(', named)?];
        named.last().filter(|b| matches!(b, b'"' | b'\''))?;
        let words = names::words(last_word(call));
        (words.first()? == "get" && words.get(1)? == "secret").then_some(())
    };
    is_number(value) && fetches().is_some()
}

/// Whether a UUID refers to a secret that libvirt keeps: `<encryption secret='…'/>`, `<auth secret='…'/>`.
fn is_libvirts(before: &[u8], name: &[u8], value: &[u8]) -> bool {
    let is_element = || {
        [&b"<encryption "[..], b"<auth ", b"<secret "]
            .iter()
            .any(|open| crate::memmem::find(before, open).is_some())
    };
    name == b"secret" && entropy::is_uuid(value) && is_element()
}

/// Whether a value is the name of another service in a file that says which services there are, or that refers to
/// others, as Symfony has them: `$generator: '@password_generator'`.
fn is_service(text: &[u8], value: &Range<usize>) -> bool {
    const SECTIONS: [&[u8]; 3] = [b"services:", b"arguments:", b"calls:"];
    let Some(name) = text[value.clone()].strip_prefix(b"@") else { return false };
    let is_name = name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
    let above = &text[value.start.saturating_sub(LONGEST_SERVICES)..value.start];
    let below = &text[value.end..text.len().min(value.end + LONGEST_SERVICES)];
    // Its own quote ends what stands above.
    let refers = |part: &[u8]| crate::memmem::find(part, b"'@").is_some();
    // A type: `Acme\Generator: '@generator'`.
    let is_of_type =
        || name_before(text, value.start).is_some_and(|name| text[..name.start].ends_with(b"\\"));
    is_name
        && (is_of_type()
            || SECTIONS.iter().any(|section| crate::memmem::find(above, section).is_some())
            || refers(above)
            || refers(below))
}

/// Why a value is hardly a secret though its name sounds like one.
pub(in crate::engine) fn doubt(text: &[u8], value: &Range<usize>) -> Option<&'static str> {
    let name = name_before(text, value.start)?;
    payment::is_of_one(text, &name, value).then_some("the token of one payment or card")
}

/// The name right before the sign that gives it a value: `key: "…"`, `key="…"`.
pub(in crate::engine) fn name_before(text: &[u8], at: usize) -> Option<Range<usize>> {
    let lead = &text[at.saturating_sub(LEAD)..at];
    let given = without_quotes(lead).trim_ascii_end();
    let signs = given.iter().rev().take(3).take_while(|b| matches!(**b, b':' | b'=' | b'>')).count();
    let (named, sign) = given.split_at(given.len() - signs);
    if sign.is_empty() || sign == b">" {
        return None;
    }
    // `map["key"] = "…"`.
    let named = named.trim_ascii_end();
    let named = without_quotes(named.strip_suffix(b"]").unwrap_or(named));
    let length = named.iter().rev().take_while(|b| is_ident(**b) || **b == b'-' || **b == b'.').count();
    let end = at - lead.len() + named.len();
    (length > 0).then(|| end - length..end)
}

pub(in crate::engine) fn without_quotes(text: &[u8]) -> &[u8] {
    let quotes = text.iter().rev().take(3).take_while(|b| is_quote(b) || **b == b'\\').count();
    let bare = &text[..text.len() - quotes];
    // A prefix of the literal: `b"…"`, `r'…'`.
    let prefix = bare.strip_suffix(b"b").or(bare.strip_suffix(b"r"));
    prefix.filter(|rest| quotes > 0 && rest.last().is_some_and(|b| !is_ident(*b))).unwrap_or(bare)
}

fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// What ends `text` and is made of what identifiers are.
pub(super) fn last_word(text: &[u8]) -> &[u8] {
    &text[text.len() - text.iter().rev().take_while(|b| is_ident(**b)).count()..]
}

/// `sign('', 'test_secret') => '…'`: what a call gives, as comments write it.
fn is_result(before: &[u8]) -> bool {
    let call = without_quotes(before).trim_ascii_end().strip_suffix(b"=>").unwrap_or_default();
    let call = call.trim_ascii_end().strip_suffix(b")").unwrap_or_default();
    call.len() + 1 < before.len() && matches!(call.last(), Some(b'"' | b'\''))
}

/// A token that a page gives with its own links and places: `/user/logout?token=…`, Drupal's placeholders.
fn is_of_page(before: &[u8]) -> bool {
    let has = |word: &[u8]| crate::memmem::find(before, word).is_some();
    let is_placeholder = || {
        before.ends_with(b" token=\"") && has(b"-render-placeholder")
            || (before.ends_with(b";token=") || before.ends_with(b"&token="))
                && has(b"callback=")
                && has(b"args")
    };
    // The link to a meeting, which everybody who was asked to it has.
    let is_meeting = || has(b"zoom.us/j/") && (before.ends_with(b"?pwd=") || before.ends_with(b"&pwd="));
    before.ends_with(b"logout?token=") || is_placeholder() || is_meeting()
}

/// The server that nginx passes requests on to: `fastcgi_pass php:9000;`.
fn is_upstream(before: &[u8]) -> bool {
    const DIRECTIVES: [&[u8]; 6] =
        [b"fastcgi_pass", b"uwsgi_pass", b"scgi_pass", b"grpc_pass", b"proxy_pass", b"memcached_pass"];
    let name = before.trim_ascii();
    before.last().is_some_and(u8::is_ascii_whitespace) && DIRECTIVES.contains(&name)
}

/// A message in BER of whatever negotiates (SPNEGO, Kerberos), written with escapes: an application's or a context's tag,
/// and a length that fits. Keys are sequences.
fn is_message(value: &[u8]) -> bool {
    let Some(tag) = value.strip_prefix(b"\\x").and_then(|rest| rest.get(..2)) else { return false };
    let escape = |at: usize| -> Option<usize> {
        let digits = value.get(at..at + 4)?.strip_prefix(b"\\x")?;
        usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let is_known =
        [&b"60"[..], b"61", b"6e", b"6f", b"a0", b"a1"].iter().any(|one| tag.eq_ignore_ascii_case(one));
    // An escape is four bytes long, and few bytes need none.
    let fewest = value.len() / 4;
    is_known
        && match escape(4) {
            Some(length @ ..=0x80) => length + 2 >= fewest,
            Some(0x81) => escape(8).is_some_and(|length| length + 3 >= fewest),
            Some(0x82) => true,
            _ => false,
        }
}

/// Whether code near calls or defines a function of that name: `call("apiKey", "addKeyWithHTTPInfo")` in
/// `addKeyWithHTTPInfo(r) {`.
fn is_function(text: &[u8], value: &Range<usize>) -> bool {
    let bytes = &text[value.clone()];
    if !bytes.iter().all(|b| is_ident(*b)) || bytes[0].is_ascii_digit() {
        return false;
    }
    let from = value.start.saturating_sub(LONGEST_CODE);
    let near = &text[from..text.len().min(value.end + LONGEST_CODE)];
    memchr::memmem::find_iter(near, bytes).any(|at| {
        let before = near[..at].last().copied().unwrap_or(b' ');
        near.get(at + bytes.len()) == Some(&b'(') && !is_ident(before)
    })
}

/// Whether a value says its name once more, in other letters or with more words around it: `MISSING_KEYS =
/// "MissingKeys"`, `'private_key_jwt': 'AppOAuthPrivateKeyJwtConfig'`, `long_key = "long_key:…"`.
fn echoes(name: &[u8], value: &[u8]) -> bool {
    let own = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    let own = own.strip_prefix(b"$").unwrap_or(own);
    let is_prefixed =
        || own.ends_with(b"key") && value.strip_prefix(own).is_some_and(|rest| rest.first() == Some(&b':'));
    let (plain, said) = (names::normalized(own), names::normalized(value));
    if plain.len() < SHORTEST_ECHO {
        return false;
    }
    if plain == said || is_prefixed() {
        return true;
    }
    let words = names::words(own);
    let head = words.iter().take(2).map(String::as_str).collect::<String>();
    let signs = value.iter().filter(|b| matches!(b, b'_' | b'-')).count();
    // `ApiKeySelectionExpression="api_key_s3l3ction"`: signs are left out of what is said.
    let is_spelled = || {
        let rest = said.strip_prefix(head.as_str()).filter(|_| words.len() > 2 && signs > 0);
        rest.is_some_and(|rest| rest.len() > 5 && weak::is_spelled(rest.as_bytes()))
    };
    let is_within = || {
        let (lead, tail) = said.split_once(plain.as_str())?;
        let rest = [lead, tail].concat();
        let reads = words::reads_like_words(rest.as_bytes()) || words::reads_like_words(value);
        Some(rest.len() <= SHORTEST_ECHO || reads)
    };
    // `TYPE_APPKEY = "notify/html5/appkey"`.
    let is_path = || {
        let (lead, last) = value.split_at(value.iter().rposition(|b| b"./:".contains(b))?);
        let is_part = |part: &[u8]| part.len() <= LONGEST_PART && part.iter().all(u8::is_ascii_alphanumeric);
        let is_own =
            words.last().is_some_and(|own| own.len() >= SHORTEST_ECHO && *own == names::normalized(last));
        Some(is_own && lead.split(|b| b"./:".contains(b)).all(is_part))
    };
    // `DATA_JWT_SECRET = "oauth2_jwt_secret"`: the same ending, and words before it.
    let is_ending = || {
        let told = names::words(value);
        let (Some(lead), Some(last)) = (told.len().checked_sub(2), words.len().checked_sub(2)) else {
            return false;
        };
        let is_word = |word: &String| {
            word.trim_end_matches(|c: char| c.is_ascii_digit()).bytes().all(|b| b.is_ascii_alphabetic())
        };
        lead > 0 && last > 0 && told[lead..] == words[last..] && told[..lead].iter().all(is_word)
    };
    let is_bare = value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'));
    is_bare && is_within() == Some(true) || is_path() == Some(true) || is_spelled() || is_ending()
}

/// Whether a name is that of an attribute by which pages find their own elements again: `key` and `id` of one of HTML's
/// elements, `data-key`, `data-row-key`. One that says whose key it is holds one: `data-api-key`.
fn is_attribute_of_markup(text: &[u8], name: &Range<usize>) -> bool {
    #[rustfmt::skip]
    const ELEMENTS: [&[u8]; 24] = [
        b"a", b"article", b"button", b"circle", b"code", b"dd", b"div", b"dt", b"form", b"g", b"i", b"img", b"input",
        b"label", b"li", b"option", b"p", b"path", b"section", b"span", b"svg", b"td", b"tr", b"ul",
    ];
    const OF_SECRETS: [&str; 14] = [
        "api", "app", "access", "auth", "client", "secret", "token", "private", "license", "licence",
        "public", "site", "write", "user",
    ];
    let named = &text[name.clone()];
    let line = line_before(text, name.start, LEAD);
    let Some(open) = memchr::memrchr(b'<', line).filter(|open| !line[*open..].contains(&b'>')) else {
        return false;
    };
    let tag = &line[open + 1..];
    let tag = &tag[..tag.iter().position(|b| !is_ident(*b)).unwrap_or(tag.len())];
    let words = names::words(named);
    let is_data = words.len() > 1
        && words[0] == "data"
        && words.last().is_some_and(|last| last == "key" || last == "id");
    let is_data = is_data && !words.iter().any(|word| OF_SECRETS.contains(&word.as_str()));
    is_data || ELEMENTS.contains(&tag) && matches!(named, b"key" | b"id")
}

/// Whether a value is packed data for a program, such as the tables of a parser: `tokenData: '$Fq07[R!bOX%…'`.
fn is_table(name: &[u8], value: &[u8]) -> bool {
    let is_packed = value.iter().any(|b| !b.is_ascii_alphanumeric() && !b"+/=_-.:".contains(b));
    is_packed && names::words(name).last().is_some_and(|last| last == "data")
}

/// Whether a value is the name of an object as S3 lists a bucket: `<Contents><Key>…</Key>`.
fn is_listed_object(before: &[u8]) -> bool {
    let key = before.strip_suffix(b"<Key>");
    key.is_some_and(|lead| lead.trim_ascii_end().ends_with(b"<Contents>"))
}

/// Whether a `Key` at `at` is the one of an object in a bucket: `get_object(Bucket="…", Key="…")`.
fn is_key_of_object(text: &[u8], at: usize) -> bool {
    let lead = &text[at.saturating_sub(LONGEST_OBJECT)..at];
    let open = open_before(lead, b"{[(", b"}])").map_or(0, |open| open + 1);
    crate::memmem::find(&lead[open..], b"Bucket").is_some()
}

/// Whether a `key` at `at` is that of a node, by which a tree of elements finds it again: `h("slot", { key: "…" })`,
/// `jsx(Item, { key: "…" })`. Compilers make them from a digest.
fn is_key_of_node(text: &[u8], at: usize) -> bool {
    const MAKES: [&str; 10] = [
        "h",
        "hasync",
        "jsx",
        "jsxs",
        "jsxdev",
        "createelement",
        "cloneelement",
        "createvnode",
        "createelementvnode",
        "createelementblock",
    ];
    let floor = at.saturating_sub(LONGEST_OBJECT);
    let open = open_before(&text[floor..at], b"{[(", b"}])");
    let Some(open) = open.map(|open| floor + open).filter(|open| text[*open] == b'{') else { return false };
    let lead = text[..open].trim_ascii_end();
    let lead = lead.strip_suffix(b"Object.assign(").unwrap_or(lead).trim_ascii_end();
    let Some(lead) = lead.strip_suffix(b",").map(<[u8]>::trim_ascii_end) else { return false };
    // A tag or a component.
    let in_element = |b: &&u8| is_ident(**b) || matches!(**b, b'"' | b'\'' | b'`' | b'-' | b'.');
    let length = lead.iter().rev().take(LEAD).take_while(in_element).count();
    let call = lead[..lead.len() - length].trim_ascii_end();
    let Some(call) = call.strip_suffix(b"(").filter(|_| length > 0) else { return false };
    let callee = last_word(call.strip_suffix(b")").unwrap_or(call));
    MAKES.contains(&names::normalized(callee).as_str())
}

/// Whether an attribute takes an expression: `:key="row.id + name"` of Vue.
fn is_bound(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    let lead = &text[name.start.saturating_sub(8)..name.start];
    let lead = lead.strip_suffix(b":").map(|rest| rest.strip_suffix(b"v-bind").unwrap_or(rest));
    let is_attribute = lead.is_some_and(|rest| rest.last().is_some_and(u8::is_ascii_whitespace));
    is_attribute
        && text[name.end..value.start].starts_with(b"=")
        && text[value.clone()].iter().any(|b| matches!(b, b'[' | b'(' | b'+' | b'.' | b' '))
}

/// Whether a variable stands where the value of a quoted name is quoted too: `"password": lab_pass,`.
fn is_variable(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    let bytes = &text[value.clone()];
    text[..name.start].last().is_some_and(is_plain_quote)
        && text.get(name.end).is_some_and(is_plain_quote)
        && text[..value.start].ends_with(b" ")
        && text.get(value.end) == Some(&b',')
        && !bytes[0].is_ascii_digit()
        && bytes.iter().all(|b| is_ident(*b) || *b == b'.')
}

/// Whether a token is shown to a certificate authority on request (ACME, RFC 8555): `HTTP01(token=b"…")`; or is to be put
/// into the DNS, as SES wants it.
fn is_challenge(text: &[u8], name: &Range<usize>, value: &[u8]) -> bool {
    const CHALLENGES: [&str; 3] = ["http01", "dns01", "tlsalpn01"];
    let named = &text[name.clone()];
    let call = text[..name.start].trim_ascii_end().strip_suffix(b"(");
    let callee = call.map(last_word).unwrap_or_default();
    named == b"VerificationToken" && value.len() == 44 && value.ends_with(b"=")
        || named == b"token" && CHALLENGES.contains(&names::normalized(callee).as_str())
}

/// Whether a value is the fingerprint of a public key in OpenPGP: on the line of a command about such keys, or given to no
/// name or to one of a key where a script fetches some, and the rule's vendor is not spoken of nearer than that.
fn is_fingerprint(rule: &Rule, text: &[u8], value: &Range<usize>) -> bool {
    const FETCHES: [&[u8]; 4] = [b"recv-key", b"keyserver", b"gpg --", b"apt-key"];
    const SPEAK: [&[u8]; 12] = [
        b"recv-key",
        b"keyserver",
        b"gpg ",
        b"apt-key",
        b"signed-by",
        b"signingkey",
        b"fingerprint",
        b"local-user",
        b"rsa2048/",
        b"rsa4096/",
        b"ed25519/",
        b"pgp:",
    ];
    let bytes = &text[value.clone()];
    if bytes.len() != 40 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let name = name_before(text, value.start).map(|name| names::normalized(&text[name]));
    // `signingkey = …` of git's user.
    let is_of_git = |name: &str| {
        matches!(name, "signingkey" | "usersigningkey") && !bytes.iter().any(u8::is_ascii_lowercase)
    };
    let is_of_pgp = |name: &String| {
        ["key", "keys"].contains(&name.as_str())
            || is_of_git(name)
            || ["gpgkey", "gpgkeys", "pgpkey", "keyid"].iter().any(|end| name.ends_with(end))
    };
    if !name.as_ref().is_none_or(is_of_pgp) {
        return false;
    }
    let holds =
        |part: &[u8], words: &[&[u8]]| words.iter().any(|word| crate::memmem::find(part, word).is_some());
    let fetched = || {
        let vendor: Vec<&[u8]> = rule.vendor.words.iter().map(|word| word.as_bytes()).collect();
        nearest(text, value, &FETCHES)
            .is_some_and(|fetch| nearest(text, value, &vendor).is_none_or(|vendor| fetch < vendor))
    };
    let line = line_before(text, value.start, LEAD).to_ascii_lowercase();
    // A shell's own assignment is the value's name: `KEY=… gpg …`.
    holds(&line, &SPEAK)
        || (name.is_some() && !is_parameter(&line) || is_in_list(&line, text, value)) && fetched()
}

/// How far from a value the nearest of these words stands, bytes. They are lower case.
fn nearest(text: &[u8], value: &Range<usize>, words: &[&[u8]]) -> Option<usize> {
    let before = text[value.start.saturating_sub(AROUND)..value.start].to_ascii_lowercase();
    let behind = text[value.end..text.len().min(value.end + AROUND)].to_ascii_lowercase();
    let last = |word: &&[u8]| memchr::memmem::rfind(&before, word).map(|at| before.len() - at);
    let first = |word: &&[u8]| crate::memmem::find(&behind, word);
    words.iter().filter_map(last).chain(words.iter().filter_map(first)).min()
}

/// Whether a line ends in a parameter of an address: `https://host/path?key=`.
fn is_parameter(line: &[u8]) -> bool {
    let name = line.strip_suffix(b"=").unwrap_or_default();
    let length = name.iter().rev().take_while(|b| is_ident(**b)).count();
    matches!(name[..name.len() - length].last(), Some(b'?' | b'&'))
}

/// Whether a value is one of several words of a list, or alone on its line: `for key in … …; do`.
fn is_in_list(line: &[u8], text: &[u8], value: &Range<usize>) -> bool {
    let lead = line.trim_ascii();
    let behind = &text[value.end..text.len().min(value.end + LEAD)];
    let behind = &behind[..memchr::memchr(b'\n', behind).unwrap_or(behind.len())];
    let is_alone = || {
        let rest = behind.trim_ascii();
        lead.is_empty() && matches!(rest, b"" | b"\\" | b";" | b"&&" | b"; \\")
    };
    crate::memmem::find(line, b" in ").is_some() || is_alone()
}

/// Whether a value is the key of a provider of IIS, which the machine's own key seals: `keyContainerName="…"` beside it.
fn is_session_of_iis(text: &[u8], name: &[u8], value: &Range<usize>) -> bool {
    let near = &text[value.start.saturating_sub(AROUND)..value.start];
    let element = memchr::memrchr(b'<', near).map(|at| &near[at..]);
    let is_sealed = |element: &[u8]| crate::memmem::find(element, b"keyContainerName=").is_some();
    name == b"sessionKey" && element.is_some_and(is_sealed)
}

/// Whether a UUID is one of a list of known ones: `ResetPassword = "…"` in `class RightsGuid(Enum):`.
fn is_enumerated(text: &[u8], bytes: &[u8], value: &Range<usize>) -> bool {
    const LISTS: [&[u8]; 3] = [b"guid", b"uuid", b"enum"];
    entropy::is_uuid(bytes)
        && headers_above(text, value.start).any(|header| {
            // `enum Secrets {` of Swift is a space of names.
            let holds_secrets = names::words(header)
                .iter()
                .any(|word| matches!(word.as_str(), "secrets" | "keys" | "tokens" | "credentials"));
            let header = header.to_ascii_lowercase();
            !holds_secrets && LISTS.iter().any(|list| crate::memmem::find(&header, list).is_some())
        })
}
