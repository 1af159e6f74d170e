//! Places that make a value public which would be a secret elsewhere: what ships to every browser and phone.

use std::ops::Range;

use crate::catalogue::{Catalogue, Confidence};
use crate::engine::doubt::counter::name_before;
use crate::engine::doubt::evidence::is_by_context;
use crate::engine::job::Scored;
use crate::engine::locate::{Located, locate};
use crate::engine::owner::Words;
use crate::engine::owner::address::host;
use crate::engine::syntax::{neighbour, siblings};
use crate::engine::{FileHint, names};

/// How far around a value its spot is looked for, bytes.
const REACH: usize = 400;
/// How far before a value the address that it stands in is looked at, bytes.
const LONGEST_ADDRESS: usize = 200;
/// How far before a value the element and the call are looked at that it stands in, bytes.
const LONGEST_OPENING: usize = 120;

/// A spot that the words around tell, of a value that its own name does not call anything else.
struct Spot {
    /// What the value starts with, and its length.
    start: &'static [u8],
    length: usize,
    /// Lower case; one of them stands within [`REACH`] bytes before or after the value, or is the file's name.
    near: &'static [&'static str],
    /// Words that its name is made of, `None` where the start tells enough.
    names: Option<&'static [&'static str]>,
    /// Of these one stands in its name, in that of the object, the call or the element that it is given to; none where the
    /// name alone tells enough.
    given_to: &'static [&'static str],
    why: &'static str,
}

/// What a key that searches is called.
const SEARCH_KEY: &[&str] = &[
    "api",
    "key",
    "apikey",
    "search",
    "searchapikey",
    "searchkey",
    "only",
    "algolia",
    "docsearch",
    "doc",
    "docs",
    "next",
    "public",
    "vite",
    "react",
    "app",
    "vue",
    "nuxt",
    "gatsby",
];
/// What the token of a beacon is called.
const BEACON_TOKEN: &[&str] = &[
    "token",
    "beacon",
    "beacontoken",
    "cf",
    "cloudflare",
    "web",
    "site",
    "analytics",
    "insights",
    "next",
    "public",
    "vite",
    "nuxt",
    "gatsby",
];

#[rustfmt::skip]
const SPOTS: &[Spot] = &[
    // https://developers.google.com/identity/protocols/oauth2#installed: "not treated as a secret".
    Spot { start: b"GOCSPX-", length: 35, near: &["\"installed\":", "\"installed\" :"], names: None, given_to: &[], why: "the client secret of an installed application, which ships with it" },
    // https://docsearch.algolia.com/docs/api: the key can only search.
    Spot { start: b"", length: 32, near: &["docsearch", "contextualsearch", "docusaurus.config"], names: Some(SEARCH_KEY), given_to: &["algolia", "docsearch"], why: "a search key of DocSearch, made for browsers" },
    // https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks: a nonce, signed.
    Spot { start: b"", length: 50, near: &["\"signature\""], names: Some(&["token"]), given_to: &[], why: "the nonce of a signed webhook" },
    Spot { start: b"", length: 32, near: &["data-cf-beacon", "cloudflareinsights.com/beacon"], names: Some(BEACON_TOKEN), given_to: &["beacon", "cloudflare"], why: "a beacon's token, printed in pages" },
];

/// Lowers what stands in a public place to a note, and says why.
pub(in crate::engine) fn lower(found: &mut [Scored], text: &[u8], hint: FileHint<'_>, catalogue: &Catalogue) {
    for scored in found.iter_mut().filter(|s| s.decoded.is_none() && s.confidence > Confidence::Low) {
        if let Some(why) = spot(catalogue, scored, text, hint) {
            scored.confidence = Confidence::Low;
            scored.why.insert(0, why.into());
        }
    }
}

/// Whether the comment that ends a value's line says that it is made for everybody. What is called a secret is none, whatever
/// stands beside it.
fn is_called_public(text: &[u8], value: &Range<usize>) -> bool {
    const LONGEST_COMMENT: usize = 120;
    const SAID: [&str; 14] = [
        "search-only",
        "search only",
        "publishable",
        "public key",
        "public by design",
        "safe in the client",
        "safe to expose",
        "safe to publish",
        "публичный ключ",
        "öffentlicher schlüssel",
        "clé publique",
        "clave pública",
        "chave pública",
        "公钥",
    ];
    const DENIED: [&str; 6] = ["not ", "n't", "never", "kein", "не ", "private"];
    let rest = &text[value.end..text.len().min(value.end + LONGEST_COMMENT)];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    // Nothing but what ends a literal and its statement stands between.
    let gap = line.iter().take_while(|b| b"\"'`,;)]} \t".contains(b)).count();
    let comment = &line[gap..];
    if ![&b"//"[..], b"#", b"--", b"/*"].iter().any(|mark| comment.starts_with(mark)) {
        return false;
    }
    let comment = String::from_utf8_lossy(comment).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| comment.contains(word));
    let named =
        name_before(text, value.start).is_some_and(|name| names::says_secret(&names::words(&text[name])));
    says(&SAID) && !says(&DENIED) && !named
}

fn spot(catalogue: &Catalogue, scored: &Scored, text: &[u8], hint: FileHint<'_>) -> Option<&'static str> {
    let (rule, range) = (catalogue.rule(scored.rule), &scored.range);
    let value = &text[range.clone()];
    if is_key_of_dsn(catalogue, text, range) {
        return Some("the public key of a DSN");
    }
    if value.len() == GOOGLE_KEY && value.starts_with(b"AIza") {
        return of_google(text, range, hint);
    }
    if is_by_context(rule) && is_of_badge(text, range.start) {
        return Some("the token of a badge, printed in the page");
    }
    if is_by_context(rule) && is_called_public(text, range) {
        return Some("the comment beside it says that it is public");
    }
    let fits = |spot: &&Spot| value.len() == spot.length && value.starts_with(spot.start);
    let is_hex = value.iter().all(u8::is_ascii_hexdigit);
    let spots: Vec<&Spot> =
        SPOTS.iter().filter(fits).filter(|spot| is_hex || !spot.start.is_empty()).collect();
    if spots.is_empty() {
        return None;
    }
    // What may change things is made for no browser, wherever it stands.
    let own = neighbour::line_before(text, range.start, 40).to_ascii_lowercase();
    if holds(&own, &["admin", "write", "secret"]) && spots.iter().all(|spot| spot.start.is_empty()) {
        return None;
    }
    let around = around(text, range, hint);
    let located = locate(text, range.clone());
    let is_one = |spot: &&Spot| holds(&around, spot.near) && is_given(spot, text, range, &located);
    spots.into_iter().find(is_one).map(|spot| spot.why)
}

/// Whether a value is the token of a picture that pages show of the state of something: a part of the path is a badge, and
/// what shows it or what it ends in is a picture's.
fn is_of_badge(text: &[u8], at: usize) -> bool {
    const PICTURES: [&[u8]; 3] = [b".svg", b".png", b".gif"];
    const SHOWS: [&[u8]; 4] = [b"![", b"<img", b"image:", b"\"image\""];
    let address = address(text, at);
    let Some(query) = memchr::memchr(b'?', address) else { return false };
    let (path, query) = address.split_at(query);
    let host = crate::memmem::find(path, b"://").map_or(0, |scheme| scheme + 3);
    let is_badge = |part: &[u8]| {
        let word = part.split(|b| *b == b'.').next().unwrap_or_default();
        word == b"badge" || word == b"badges"
    };
    let is_shown = || {
        let line = neighbour::line_before(text, at, LONGEST_ADDRESS);
        PICTURES.iter().any(|end| path.ends_with(end))
            || SHOWS.iter().any(|shows| crate::memmem::find(line, shows).is_some())
    };
    // `https://badges.acme.io/…`, `/v2/badges/…`.
    let mut parts = path[host..].split(|b| *b == b'/');
    (query.ends_with(b"?token=") || query.ends_with(b"&token=")) && parts.any(is_badge) && is_shown()
}

/// Whether a value has the name that the spot's values have, and is given to what takes them.
fn is_given(spot: &Spot, text: &[u8], range: &Range<usize>, located: &Located<'_>) -> bool {
    let Some(listed) = spot.names else { return true };
    let Some(own) = located.names.first() else { return false };
    let is_listed = |word: &String| listed.contains(&word.as_str());
    let is_own = names::words(own).iter().all(is_listed);
    let opening = text[range.start.saturating_sub(REACH)..range.start].to_ascii_lowercase();
    // The element whose attribute it is, or a part of one.
    let element = memchr::memrchr(b'<', &opening).map(|open| &opening[open..]);
    let element = element.filter(|element| !element.contains(&b'>')).unwrap_or_default();
    let speaks = |name: &[u8]| holds(&name.to_ascii_lowercase(), spot.given_to);
    is_own
        && (spot.given_to.is_empty()
            || speaks(element)
            || located.names.iter().chain(&located.callees).any(|name| speaks(name))
            || neighbour::headers_above(text, range.start).any(speaks)
            || neighbour::openers(text, range.start).any(speaks))
}

/// Whether a value is the user of a DSN of Sentry, alone before the host: its public key. A second half behind it, as old
/// ones have it, is a secret.
fn is_key_of_dsn(catalogue: &Catalogue, text: &[u8], range: &Range<usize>) -> bool {
    const SCHEMES: [&[u8]; 2] = [b"http", b"https"];
    const SPEAK: [&str; 3] = ["sentry", "dsn", "glitchtip"];
    let value = &text[range.clone()];
    // In JSON slashes may be escaped.
    let lead = &text[..range.start];
    let lead = lead.strip_suffix(b"://").or(lead.strip_suffix(b":\\/\\/")).unwrap_or_default();
    let before = SCHEMES.iter().find_map(|scheme| lead.strip_suffix(*scheme));
    let is_alone = value.len() == 32 && value.iter().all(u8::is_ascii_hexdigit) && before.is_some();
    let behind = &text[range.end..text.len().min(range.end + LONGEST_ADDRESS)];
    let Some(address) = behind.strip_prefix(b"@").filter(|_| is_alone) else { return false };
    let host = host(address);
    let is_of_sentry = |label: &[u8]| label.eq_ignore_ascii_case(b"sentry") || label.starts_with(b"sentry-");
    if host.split(|b| *b == b'.').any(is_of_sentry) {
        return true;
    }
    let is_end =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'?' | b',' | b')');
    let path = &address[host.len()..address.iter().position(is_end).unwrap_or(address.len())];
    let project = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let is_number = path.contains(&b'/') && !project.is_empty() && project.iter().all(u8::is_ascii_digit);
    let said = neighbour::line_before(text, range.start, LONGEST_ADDRESS);
    // What a variable of another vendor's holds is that one's: `ACME_DSN`.
    let vendors = Words::of_vendors(catalogue);
    let is_others = |word: &String| !SPEAK.contains(&word.as_str()) && vendors.find(word).is_some();
    let name = name_before(text, before.map_or(0, <[u8]>::len));
    let is_anybodys = || !name.is_some_and(|name| names::words(&text[name]).iter().any(is_others));
    is_number && is_anybodys() && holds(&[said, host].concat().to_ascii_lowercase(), &SPEAK)
}

/// Length of a Google API key.
const GOOGLE_KEY: usize = 39;
/// Words of names, calls and addresses for which a Google key is never made for everybody: it is billed, or a server's.
const BILLED: &[&str] = &[
    "gemini",
    "genai",
    "generative",
    "vertex",
    "palm",
    "vision",
    "speech",
    "translat",
    "language",
    "youtube",
    "server",
    "backend",
    "geocod",
    "secret",
    "private",
    "admin",
];
/// What Firebase calls the members of an app's settings beside the key; the first ones are nobody else's.
const OF_APP: [&str; 9] = [
    "authdomain",
    "messagingsenderid",
    "gcmsenderid",
    "measurementid",
    "mobilesdkappid",
    "appid",
    "projectid",
    "storagebucket",
    "databaseurl",
];
const ONLY_OF_FIREBASE: usize = 5;
/// Calls and files that hold the settings of an app of Firebase.
const FIREBASE: &[&str] = &[
    "google-services.json",
    "googleservice-info.plist",
    "gcm_sender_id",
    "gcm_defaultsenderid",
    "mobilesdk_app_id",
    "firebaseapp.com",
    "firebaseoptions",
];
/// Addresses of maps that pages load.
const MAPS_ADDRESSES: &[&str] =
    &["maps.googleapis.com/maps/api/js", "maps.google.com/maps/api/js", "google.com/maps/embed/"];
/// Calls that take the key of a map in a page or an app.
const MAPS_CALLS: &[&str] = &[
    "gmsservices.provideapikey",
    "gmsplacesclient.provideapikey",
    "loader",
    "usejsapiloader",
    "useloadscript",
    "agmcoremodule.forroot",
];
/// Elements and settings of maps in pages and apps.
const MAPS_ELEMENTS: &[&str] = &[
    "<loadscript",
    "<apiprovider",
    "<wrapper",
    "<googlemap",
    "bootstrapurlkeys",
    "vuegooglemaps",
    "gmsservices provideapikey",
    "gmsplacesclient provideapikey",
    "com.google.android.geo.api_key",
    "com.google.android.maps.v2.api_key",
];
/// What the loader of Google's own pages says, which the key is given to.
const MAPS_LOADER: &[&str] = &["only loads once. ignoring", "importlibrary("];
/// Files that the build of an app takes the key of its maps from.
const APP_FILES: [&[u8]; 9] = [
    b"app.json",
    b"app.config.js",
    b"app.config.ts",
    b"nuxt.config.js",
    b"nuxt.config.ts",
    b"local.properties",
    b"secrets.properties",
    b"local.defaults.properties",
    b"google_maps_api.xml",
];

/// Whether a key of Google names an app or draws a map, and so ships to everybody who uses it. A server's has the same
/// form, so the own name and the call go before what stands around.
fn of_google(text: &[u8], range: &Range<usize>, hint: FileHint<'_>) -> Option<&'static str> {
    const APP: &str = "a key of an app of Firebase, public by design: rules protect the data; restrict it to Firebase's APIs";
    const MAP: &str =
        "a key of a map that ships to every user: restrict it to your sites or apps, and to the APIs of maps";
    if holds(&address(text, range.start).to_ascii_lowercase(), MAPS_ADDRESSES) {
        return Some(MAP);
    }
    let located = locate(text, range.clone());
    let said: String = said(&located);
    if BILLED.iter().any(|word| said.contains(word)) {
        return None;
    }
    let setter = || located.callees.first()?.rsplit(|b| *b == b'.').next();
    let own = located.names.first().copied().or_else(setter).map(names::normalized).unwrap_or_default();
    let opening = text[range.start.saturating_sub(LONGEST_OPENING)..range.start].to_ascii_lowercase();
    let around = around(text, range, hint);
    let is_call = |call: &&[u8]| {
        let call = call.to_ascii_lowercase();
        MAPS_CALLS.iter().any(|known| {
            call.strip_suffix(known.as_bytes()).is_some_and(|lead| matches!(lead.last(), None | Some(b'.')))
        })
    };
    let is_of_maps = said.contains("map");
    let is_shipped = || {
        names::SHIPPED.iter().any(|start| own.starts_with(start))
            || APP_FILES.contains(&&hint.lower_name()[..])
            || crate::memmem::find(hint.path(), b"/res/values").is_some()
    };
    let is_plain = ["apikey", "webapikey", "currentkey", "key", "setapikey"].contains(&&own[..]);
    if located.callees.iter().any(is_call)
        || holds(&opening, MAPS_ELEMENTS)
        || is_of_maps && is_shipped()
        || is_plain && holds(&around, MAPS_LOADER)
    {
        return Some(MAP);
    }
    let is_app = said.contains("firebase")
        || holds(&around, &["google_crash_reporting_api_key"])
        || is_plain && !is_of_maps && holds(&around, FIREBASE)
        || own.strip_suffix("apikey").is_some_and(|lead| is_beside_app(text, range, lead));
    is_app.then_some(APP)
}

/// Whether two members of an app's settings stand in the same structure, under names that start as the key's own does:
/// `VITE_AUTH_DOMAIN` beside `VITE_API_KEY`.
fn is_beside_app(text: &[u8], range: &Range<usize>, lead: &str) -> bool {
    let part = &text[siblings::structure(text, range.start)];
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let words = part.split(|b| !is_word(b)).filter(|word| word.len() >= 5 && word.len() <= 60);
    let mut seen = [false; OF_APP.len()];
    for word in words.map(names::normalized) {
        for (member, seen) in OF_APP.iter().zip(&mut seen) {
            *seen |= word.strip_prefix(lead) == Some(*member);
        }
    }
    let is_of_firebase = seen[..ONLY_OF_FIREBASE].contains(&true)
        || [&b":web:"[..], b":android:", b":ios:", b"firebaseio.com"]
            .iter()
            .any(|sign| crate::memmem::find(part, sign).is_some());
    is_of_firebase && seen.iter().filter(|seen| **seen).count() >= 2
}

/// The names and the calls around a value, lower case without separators.
fn said(located: &Located<'_>) -> String {
    located.names.iter().chain(&located.callees).map(|name| names::normalized(name) + " ").collect()
}

/// The address that a value stands in, as far as it goes before the value.
fn address(text: &[u8], at: usize) -> &[u8] {
    let line = &text[at.saturating_sub(LONGEST_ADDRESS)..at];
    line.rsplit(|b| matches!(b, b'(' | b'"' | b'\'' | b'`' | b' ' | b'\n')).next().unwrap_or_default()
}

/// What stands around a value and the name of the file, lower case.
fn around(text: &[u8], range: &Range<usize>, hint: FileHint<'_>) -> Vec<u8> {
    let mut around =
        text[range.start.saturating_sub(REACH)..text.len().min(range.end + REACH)].to_ascii_lowercase();
    around.extend(hint.lower_name());
    around
}

fn holds(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| crate::memmem::find(text, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_calls_a_key_public() {
        for (text, expected) in [
            ("API_KEY = \"VALUE\"  # public key, safe to expose", true),
            ("searchKey: 'VALUE', // search-only", true),
            ("MAP_KEY = \"VALUE\"  # публичный ключ для подсказок", true),
            ("APP_SECRET = \"VALUE\"  # safe to expose", false),
            ("API_KEY = \"VALUE\"  # not a public key", false),
            ("API_KEY = \"VALUE\", \"https://acme.io/public key\"", false),
            ("API_KEY = \"VALUE\"\n# public key", false),
        ] {
            let start = text.find("VALUE").unwrap();
            assert_eq!(is_called_public(text.as_bytes(), &(start..start + 5)), expected, "{text}");
        }
    }
}
