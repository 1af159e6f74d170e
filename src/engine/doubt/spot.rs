//! Places that make a value public which would be a secret elsewhere: what ships to every browser and phone.

use std::ops::Range;

use crate::catalogue::Confidence;
use crate::engine::job::Scored;
use crate::engine::locate::{Located, locate};
use crate::engine::syntax::{neighbour, siblings};
use crate::engine::{FileHint, names};

/// How far around a value its spot is looked for, bytes.
const REACH: usize = 400;
/// How far before a value the address that it stands in is looked at, bytes.
const LONGEST_ADDRESS: usize = 200;
/// How far before a value the element and the call are looked at that it stands in, bytes.
const LONGEST_OPENING: usize = 120;

/// A spot that the words around tell.
struct Spot {
    /// What the value starts with, and its length.
    start: &'static [u8],
    length: usize,
    /// Lower case; one of them stands within [`REACH`] bytes before or after the value, or is the file's name.
    near: &'static [&'static str],
    why: &'static str,
}

#[rustfmt::skip]
const SPOTS: &[Spot] = &[
    // https://developers.google.com/identity/protocols/oauth2#installed: "not treated as a secret".
    Spot { start: b"GOCSPX-", length: 35, why: "the client secret of an installed application, which ships with it", near: &["\"installed\":", "\"installed\" :"] },
    // https://docsearch.algolia.com/docs/api: the key can only search.
    Spot { start: b"", length: 32, why: "a search key of DocSearch, made for browsers", near: &["docsearch", "contextualsearch", "docusaurus.config"] },
    // https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks: a nonce, signed.
    Spot { start: b"", length: 50, why: "the nonce of a signed webhook", near: &["\"signature\""] },
    Spot { start: b"", length: 32, why: "a beacon's token, printed in pages", near: &["data-cf-beacon", "cloudflareinsights.com/beacon"] },
];

/// Lowers what stands in a public place to a note, and says why.
pub(in crate::engine) fn lower(found: &mut [Scored], text: &[u8], hint: FileHint<'_>) {
    for scored in found.iter_mut().filter(|s| s.decoded.is_none() && s.confidence > Confidence::Low) {
        if let Some(why) = spot(text, &scored.range, hint) {
            scored.confidence = Confidence::Low;
            scored.why.insert(0, why.into());
        }
    }
}

fn spot(text: &[u8], range: &Range<usize>, hint: FileHint<'_>) -> Option<&'static str> {
    let value = &text[range.clone()];
    let address = address(text, range.start);
    if (address.ends_with(b"?token=") || address.ends_with(b"&token="))
        && memchr::memmem::find(address, b"badge").is_some()
    {
        return Some("the token of a badge, printed in the page");
    }
    let behind = &text[range.end..text.len().min(range.end + 40)];
    if behind.starts_with(b"@") && memchr::memmem::find(behind, b"sentry").is_some() {
        return Some("the public key of a DSN");
    }
    if value.len() == GOOGLE_KEY && value.starts_with(b"AIza") {
        return of_google(text, range, hint);
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
    spots.into_iter().find(|spot| holds(&around, spot.near)).map(|spot| spot.why)
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
            || memchr::memmem::find(hint.path(), b"/res/values").is_some()
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
            .any(|sign| memchr::memmem::find(part, sign).is_some());
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
    words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}
