//! Values that are public by design or sealed: publishable keys, ciphertext, public halves of key pairs.
//!
//! For rules that know no vendor: whatever name such a value is given, it is no secret.

use std::ops::RangeInclusive;

use sha2::{Digest as _, Sha256};

use crate::catalogue::Check;
use crate::catalogue::checksum::{self, Verdict};
use crate::engine::value::{entropy, words};

/// A known form: what it starts with, and from which length on.
struct Form {
    start: &'static [u8],
    min: usize,
}

const fn form(start: &'static str, min: usize) -> Form {
    Form { start: start.as_bytes(), min }
}

/// Made for browsers and apps, or sealed with a key that is not here.
#[rustfmt::skip]
const FORMS: &[Form] = &[
    // Publishable keys.
    form("pk_live_", 24), form("pk_test_", 24), form("pk_sbox_", 24), form("pk.eyJ", 40), form("phc_", 40), form("pk-lf-", 36),
    form("sb_publishable_", 30), form("FLWPUBK", 30), form("SB-Mid-client-", 24), form("Mid-client-", 24), form("live_pub_", 30),
    form("test_pub_", 30), form("sq0idp-", 24), form("sandbox-sq0idb-", 24),
    form("dvc_client_", 16), form("dvc_mobile_", 16), form("live_ck_", 30), form("test_ck_", 30), form("live_gck_", 30), form("test_gck_", 30), form("ck_production_", 30), form("ck_staging_", 30),
    form("appl_", 31), form("goog_", 31), form("amzn_", 31),
    form("pub-c-", 40), form("sub-c-", 40), form("NRJS-", 20), form("NRBR-", 20), form("NRMA-", 20),
    form("amzn1.", 20), form("rzp_live_", 20), form("rzp_test_", 20), form("ExponentPushToken[", 30), form("ExpoPushToken[", 30),
    // Identifiers of OAuth clients, apps and objects.
    form("3MVG9", 60), form("Iv1.", 18), form("Iv23", 18), form("Ov23", 18),
    // Public halves: SSH (RFC 4253), SPKI (RFC 5280), age, minisign, VAPID, Bitcoin.
    form("AAAAB3NzaC1", 60), form("AAAAC3NzaC1", 60), form("AAAAE2VjZHNh", 60), form("AAAAG", 60), form("MIIBIjAN", 80), form("MIICIjAN", 80),
    form("MIGfMA0G", 80), form("MFkwEwYH", 80), form("MHYwEAYH", 80), form("MCowBQYDK2V", 50), form("age1", 60), form("xpub", 100), form("npub1", 60),
    // Certificates and public keys in PEM, in base64 once more.
    form("LS0tLS1CRUdJTiBDRVJU", 60), form("LS0tLS1CRUdJTiBQVUJM", 60),
    // Ciphertext: KMS of AWS and Google, Vault transit, sops, ejson, eyaml, jasypt, dotenvx, Ansible, Pulumi, SealedSecrets,
    // PGP, age, CMS, and what OpenSSL's `enc` salted.
    form("U2FsdGVkX1", 44),
    // What Vault writes of secrets into its audit log.
    form("hmac-sha256:", 76),
    form("AQICAH", 60), form("CiQA", 60), form("vault:v", 20), form("ENC[", 10), form("EJ[", 10), form("ENC(", 10), form("encrypted:", 20),
    form("$ANSIBLE_VAULT", 14), form("v1:", 30), form("LS0tLS1CRUdJTiBQR1AgTUVT", 60),
    form("YWdlLWVuY3J5cHRpb24", 30), form("gAAAAA", 80), form("AgA", 120), form("AgB", 120),
    // References.
    form("anonymous-", 20), form("op://", 8), form("ref+", 8), form("ssm:", 8), form("arn:", 12), form("projects/", 20), form("@Microsoft.KeyVault", 20), form("ENC{", 10),
    // What Airbyte keeps in its store, by the id there.
    form("airbyte_workspace_", 60),
];

/// What everyday words begin that vendors have for public things: as many of their characters behind it as they have.
struct Worded {
    word: &'static [u8],
    rest: RangeInclusive<usize>,
    class: fn(&u8) -> bool,
}

const fn worded(word: &'static str, rest: RangeInclusive<usize>, class: fn(&u8) -> bool) -> Worded {
    Worded { word: word.as_bytes(), rest, class }
}

fn is_small_or_digit(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_of_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[rustfmt::skip]
const WORDED: &[Worded] = &[
    // Client keys of Statsig, public keys of ImageKit.
    worded("client-", 40..=48, u8::is_ascii_alphanumeric), worded("public_", 27..=29, is_of_base64),
    // Charges, cards, customers, refunds and orders: what a payment is called once its token was made.
    worded("ch_", 15..=32, is_of_base64url), worded("card_", 12..=32, is_of_base64url),
    worded("cus_", 14..=32, u8::is_ascii_alphanumeric), worded("refund_", 13..=40, u8::is_ascii_alphanumeric),
    worded("charge_", 13..=40, u8::is_ascii_alphanumeric), worded("payment_", 12..=32, u8::is_ascii_alphanumeric),
    worded("wc_order_", 9..=32, u8::is_ascii_alphanumeric), worded("txn_", 14..=32, u8::is_ascii_alphanumeric),
    worded("evt_", 14..=32, u8::is_ascii_alphanumeric),
];

/// Whether a value begins with an everyday word that public things of some vendors begin with, and goes on as they do. A
/// name that says it is a secret says more than that.
pub(in crate::engine) fn is_worded(value: &[u8]) -> bool {
    WORDED.iter().any(|form| {
        let rest = value.strip_prefix(form.word).unwrap_or_default();
        form.rest.contains(&rest.len()) && rest.iter().all(form.class)
    })
}

/// Whether the value has the form of something public or sealed.
pub(in crate::engine) fn is_public(value: &[u8]) -> bool {
    is_of_known_length(value)
        || is_compressed_point(value)
        || is_address_of_chain(value)
        || is_public_nkey(value)
        || is_node_id(value)
        || FORMS.iter().any(|form| value.len() >= form.min && value.starts_with(form.start))
        || is_public_point(value)
        || is_email_or_host(value)
        || is_public_jwt(value)
        || is_volume_key(value)
}

/// A key that Windows or Office is set up with where a server of the network activates it, or before it is activated at all:
/// the same for everybody, by its first five characters. <https://learn.microsoft.com/windows-server/get-started/kms-client-activation-keys>
fn is_volume_key(value: &[u8]) -> bool {
    const STARTS: &[u8] = b"W269N MH37W NRG8B 9FNHH 6TP4R YVWGF NW6C2 2WH4N NPPR9 DPH2V YYVX9 44RPN M7XTQ 92NFX DCPHK QFFDN \
        WNMTR TVRH6 D764K WX4NM VDYBN WMDGN N69G4 WVDHN CB7KF WC2BQ JCKRF W3GGN D2N9P KNC87 GCRJD MHF9N FJ82H 33PXH \
        YTMG3 VK7JG 4CPRK BT79Q FXYTK NMMKJ XQNVK YFKBB HMBQG VKK3X VTC42 7M67G YQGMW TM24T";
    value.len() == 29
        && [5, 11, 17, 23].iter().all(|at| value[*at] == b'-')
        && crate::memmem::find(STARTS, &value[..5].to_ascii_uppercase()).is_some()
}

/// A Datadog browser token, `pub` and 32 hex digits; an address of Ethereum, `0x` and 40; the key of a WooCommerce pair,
/// `ck_` and 40; the key of an app of Branch's, `key_live_` and 32; a publishable key of Pollinations, `pk_` and 16 letters and digits; a client-side
/// token of Paddle's and a client key of Adyen's, both behind `live_` or `test_`; a public key of Mercado Pago's, which is a UUID; an object of Stripe's; a payment of
/// PayPal's Express Checkout, `EC-` and 17; intents of Airwallex, sources and refunds of Pin Payments; anything of Twilio's;
/// a tokenization key of Braintree's, which names the merchant; a mobile key of LaunchDarkly's, `mob-` and a UUID; clients of
/// Okta and Zoho; the id of a pair of LiveKit's, `API` and 12; a public key of minisign, 42 bytes.
fn is_of_known_length(value: &[u8]) -> bool {
    let is = |start: &[u8], length: usize, class: fn(&u8) -> bool| {
        value.strip_prefix(start).is_some_and(|rest| rest.len() == length && rest.iter().all(class))
    };
    is(b"pub", 32, u8::is_ascii_hexdigit)
        || is(b"0x", 40, u8::is_ascii_hexdigit)
        || is(b"ck_", 40, u8::is_ascii_hexdigit)
        || [&b"key_live_"[..], b"key_test_"].iter().any(|start| is(start, 32, u8::is_ascii_alphanumeric))
        || is(b"pk_", 16, u8::is_ascii_alphanumeric)
        || [&b"live_"[..], b"test_"].iter().any(|start| {
            is(start, 27, is_small_or_digit)
                || is(start, 32, |b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
        || [&b"APP_USR-"[..], b"TEST-"]
            .iter()
            .any(|start| is(start, 36, |b| *b == b'-' || b.is_ascii_hexdigit()))
        || is_of_stripe(value)
        || is_sid(value)
        || is_id_of_cloud(value)
        || is(b"EC-", 17, |b| b.is_ascii_uppercase() || b.is_ascii_digit())
        || [19, 20].iter().any(|&length| is(b"int_", length, is_small_or_digit))
        || [&b"ps_"[..], b"rf_"].iter().any(|start| is(start, 22, is_of_base64url))
        || is_of_braintree(value)
        || value.strip_prefix(b"mob-").is_some_and(entropy::is_uuid)
        || is(b"0oa", 17, u8::is_ascii_alphanumeric)
        || is(b"API", 12, u8::is_ascii_alphanumeric)
        || (28..=34).any(|length| is(b"1000.", length, |b| b.is_ascii_uppercase() || b.is_ascii_digit()))
        || [&b"RWQ"[..], b"RWR", b"RWS", b"RWT"].iter().any(|start| is(start, 53, is_of_base64))
}

/// `sandbox_` or `production_`, eight small letters and digits of the key, and sixteen of the merchant.
fn is_of_braintree(value: &[u8]) -> bool {
    let rest = value.strip_prefix(b"sandbox_").or(value.strip_prefix(b"production_")).unwrap_or_default();
    rest.len() == 25 && rest[8] == b'_' && rest[..8].iter().chain(&rest[9..]).all(is_small_or_digit)
}

/// What Twilio's objects are called by, two capitals for their kind and 32 hex digits: `CR…` is a credential's id, not the
/// credential.
fn is_sid(value: &[u8]) -> bool {
    value.len() == 34
        && value[..2].iter().all(u8::is_ascii_uppercase)
        && value[2..].iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The id of an access key of a cloud, which names the account and opens nothing without its secret: of AWS, Alibaba
/// Cloud, Tencent Cloud, Naver Cloud and Volcengine.
fn is_id_of_cloud(value: &[u8]) -> bool {
    let is_base32 = |b: &u8| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7');
    let is_word = |b: &u8| b.is_ascii_alphanumeric();
    match value.split_at_checked(4) {
        Some((b"AKIA" | b"ASIA", rest)) => rest.len() == 16 && rest.iter().all(is_base32),
        Some((b"LTAI", rest)) => (12..=21).contains(&rest.len()) && rest.iter().all(is_word),
        Some((b"AKID", rest)) => rest.len() == 32 && rest.iter().all(is_word),
        Some((b"ncp_", rest)) => rest
            .strip_prefix(b"iam_BPA")
            .is_some_and(|rest| (14..=20).contains(&rest.len()) && rest.iter().all(is_word)),
        Some((b"AKLT", rest)) => (40..=48).contains(&rest.len()) && rest.iter().all(is_of_base64url),
        _ => false,
    }
}

/// An object of Stripe by its number, `sub_` and 14 or 24 letters and digits, or what its pages finish one payment with,
/// `pi_…_secret_…`. Some of them are public at any length ([`FORMS`]).
fn is_of_stripe(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const OBJECTS: [&[u8]; 10] =
        [b"ch_", b"pm_", b"src_", b"sub_", b"acct_", b"price_", b"prod_", b"in_", b"pi_", b"seti_"];
    let Some(rest) = OBJECTS.iter().find_map(|start| value.strip_prefix(*start)) else { return false };
    let number = rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    matches!(number, 14 | 24) && (number == rest.len() || rest[number..].starts_with(b"_secret_"))
}

fn is_of_base64url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The id of an object of GitHub's GraphQL: its kind in capitals, and numbers in MessagePack and base64 (`LA_kwDO…`).
fn is_node_id(value: &[u8]) -> bool {
    let kind = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let rest = value[kind..].strip_prefix(b"_").unwrap_or_default();
    (1..=8).contains(&kind)
        && rest.len() >= 8
        && [&b"kgDO"[..], b"kwDO", b"lADO", b"lQDO", b"kgHO", b"kwHO", b"lAHO"]
            .iter()
            .any(|start| rest.starts_with(start))
        && rest.iter().all(is_of_base64url)
}

/// A point of secp256k1 in hex with its sign before it, 33 bytes (SEC 1, section 2.3.3): the public key of Bitcoin, Lightning
/// and Ethereum.
fn is_compressed_point(value: &[u8]) -> bool {
    value.len() == 66
        && (value.starts_with(b"02") || value.starts_with(b"03"))
        && value.iter().all(u8::is_ascii_hexdigit)
}

/// The address of an account on a chain, which its sum tells: 20 bytes in base58 (Bitcoin, Tron), or in bech32 (BIP 173)
/// behind a word for the chain. Private keys are longer, or their word says what they are.
fn is_address_of_chain(value: &[u8]) -> bool {
    const PRIVATE: [&[u8]; 4] = [b"nsec", b"sk", b"xprv", b"-key-"];
    let is = |check| checksum::verify(check, value) == Verdict::Valid;
    let is_drawn = |least: usize| value.len() >= least && value.iter().all(u8::is_ascii_alphanumeric);
    let word = memchr::memrchr(b'1', value).map(|at| &value[..at]).unwrap_or_default();
    let is_word = || {
        (2..=16).contains(&word.len())
            && word.iter().all(u8::is_ascii_lowercase)
            && !PRIVATE.iter().any(|end| word.ends_with(end))
    };
    value.len() <= 35 && is_drawn(26) && is(Check::Base58Check)
        || value.len() <= 90 && is_drawn(38) && is_word() && is(Check::Bech32)
}

/// The public key of a NATS user, account, operator, server, cluster or curve pair, or of a Stellar account: it ends in
/// the same sum as the seed.
fn is_public_nkey(value: &[u8]) -> bool {
    value.len() == 56
        && matches!(value[0], b'U' | b'A' | b'O' | b'N' | b'C' | b'X' | b'G')
        && checksum::verify(Check::NkeyCrc16, value) == Verdict::Valid
}

/// An uncompressed point of P-256 in base64url, with or without its padding: 65 bytes, which 87 characters hold,
/// and the first of them 4, or close to it where somebody made one up. A VAPID public key (RFC 8292).
fn is_public_point(value: &[u8]) -> bool {
    let bare = value.strip_suffix(b"=").unwrap_or(value);
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/');
    bare.len() == 87 && bare[0] == b'B' && bare.iter().all(is_base64)
}

/// `123-abc.apps.googleusercontent.com` and other names of hosts.
fn is_email_or_host(value: &[u8]) -> bool {
    const ENDS: [&[u8]; 5] = [b".com", b".net", b".org", b".io", b".dev"];
    ENDS.iter().any(|end| value.ends_with(end)) && value.iter().filter(|b| **b == b'.').count() >= 2
}

/// A JSON Web Token that opens nothing: encrypted (five parts, RFC 7516), without its signature or with one
/// that somebody typed, the example of jwt.io, of Supabase's demo or for its anonymous role, which row level
/// security holds.
pub(in crate::engine) fn is_public_jwt(value: &[u8]) -> bool {
    if !value.starts_with(b"eyJ") {
        return false;
    }
    let parts: Vec<&[u8]> = value.split(|b| *b == b'.').collect();
    match parts.as_slice() {
        [_, _, _, _, _] => true,
        // A header alone, or header and claims cut off: `eyJhbGciOi…`.
        [header] | [header, _] => object(header).is_some_and(|header| header.contains_key("alg")),
        [header, claims, signature, ..] => {
            let is = |map: &Option<Object>, key: &str, wanted: &str| {
                map.as_ref().and_then(|map| map.get(key)).is_some_and(|value| value == wanted)
            };
            let (header, claims) = (object(header), object(claims));
            signature.is_empty()
                || entropy::is_regular(signature)
                || words::is_of_words(signature)
                || is(&header, "alg", "none")
                || is(&claims, "iss", "supabase-demo")
                || is(&claims, "role", "anon")
                // The license of an editor of CKEditor's, which the page gives to it.
                || claims.as_ref().is_some_and(|claims| claims.contains_key("licensedHosts"))
                // The claims that every page about such tokens shows.
                || is(&claims, "sub", "1234567890") && is(&claims, "name", "John Doe")
                || is(&header, "alg", "HS256") && is_signed_with_sample(value)
        }
        [] => false,
    }
}

/// Whether a token is signed with a secret that manuals show (RFC 7515, HMAC with SHA-256): whoever knows the manual makes
/// one, so that it opens nothing that is not open to all.
fn is_signed_with_sample(token: &[u8]) -> bool {
    #[rustfmt::skip]
    const SAMPLES: [&str; 20] = [
        "secret", "your-256-bit-secret", "a-string-secret-at-least-256-bits-long", "your-secret-key", "secret-key", "secretkey",
        "secret_key", "mysecret", "my-secret", "mysecretkey", "my_secret_key", "supersecret", "super-secret", "shhhhh", "changeme",
        "password", "test", "key", "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
    ];
    // What is longer is nobody's sample.
    const LONGEST: usize = 4096;
    let Some(dot) = memchr::memrchr(b'.', token).filter(|_| token.len() <= LONGEST) else { return false };
    let signature = data_encoding::BASE64URL_NOPAD.decode(&token[dot + 1..]);
    signature.is_ok_and(|signature| {
        signature.len() == 32
            && SAMPLES.iter().any(|sample| hmac(sample.as_bytes(), &token[..dot])[..] == signature[..])
    })
}

/// HMAC with SHA-256 (RFC 2104), of a key that is no longer than a block.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let pad = |sign: u8| -> [u8; BLOCK] {
        std::array::from_fn(|at| key.get(at).copied().unwrap_or_default() ^ sign)
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5C)).chain_update(inner).finalize().into()
}

type Object = serde_json::Map<String, serde_json::Value>;

/// The object that a part of a JSON Web Token holds.
fn object(part: &[u8]) -> Option<Object> {
    let bare = part.iter().position(|b| *b == b'=').map_or(part, |at| &part[..at]);
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(bare).ok()?).ok()
}

/// Whom a JSON Web Token says that it is from, the surest first: what only one product claims, the host of an
/// address, a name; else whom it is for, where that is an address or is named from the domain on,
/// `com.acme.service`.
pub(in crate::engine) fn issuers(value: &[u8]) -> Vec<String> {
    let mut parts = value.split(|b| *b == b'.');
    let header = parts.next().and_then(object).unwrap_or_default();
    let Some(claims) = parts.next().and_then(object) else { return Vec::new() };
    let text = |claim: &str| claims.get(claim).and_then(serde_json::Value::as_str);
    let mut found: Vec<&str> = Vec::new();
    found.extend(product(&header, &claims));
    let issuer = text("iss").unwrap_or_default();
    found.extend(known_host(issuer).or(Some(host_of(issuer))));
    // Whoever has an address made the token, whoever takes it.
    let is_address = host_of(issuer).contains('.') && !issuer.contains('@');
    let audiences: &[serde_json::Value] = match claims.get("aud") {
        _ if is_address => &[],
        Some(serde_json::Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let mut found: Vec<String> = found.into_iter().map(str::to_owned).collect();
    for audience in audiences.iter().filter_map(serde_json::Value::as_str) {
        let (mut labels, host) = (audience.split('.'), host_of(audience));
        match (labels.next(), labels.next()) {
            (Some(top @ ("com" | "io" | "dev" | "org" | "net")), Some(label)) => {
                found.push(format!("{label}.{top}"));
            }
            _ => found.push(known_host(audience).unwrap_or(host).to_owned()),
        }
    }
    found.retain(|host| !host.is_empty());
    found
}

/// The host of an address, or a name as it is.
fn host_of(issuer: &str) -> &str {
    let bare = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    bare.split(['/', ':']).next().unwrap_or_default()
}

/// Whose a host or a name is that does not say so.
fn known_host(issuer: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 6] = [
        ("token.actions.githubusercontent.com", "github"),
        ("sts.windows.net", "azure"),
        ("login.microsoftonline.com", "azure"),
        ("identitytoolkit.googleapis.com", "google"),
        ("SF", "snowflake"),
        ("hub.docker.com", "docker"),
    ];
    KNOWN.iter().find(|(host, _)| *host == host_of(issuer)).map(|(_, word)| *word)
}

/// The product whose tokens alone have such claims.
fn product(header: &Object, claims: &Object) -> Option<&'static str> {
    let has = |start: &str| claims.keys().any(|claim| claim.starts_with(start));
    let is = |map: &Object, claim: &str, start: &str| {
        map.get(claim).and_then(serde_json::Value::as_str).is_some_and(|value| value.starts_with(start))
    };
    if has("kubernetes.io") {
        return Some("kubernetes");
    }
    if has("nomad_job_id") {
        return Some("nomad");
    }
    // Access tokens of Twilio's SDKs; the rights of LiveKit's.
    if is(header, "cty", "twilio-") {
        return Some("twilio");
    }
    if is(claims, "iss", "API") && (has("video") || has("sip") || has("roomConfig")) {
        return Some("livekit");
    }
    if has("application_id") && has("acl") {
        return Some("vonage");
    }
    // The hash of a query, of Atlassian Connect.
    has("qsh").then_some("atlassian")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(header: &str, claims: &str, signature: &str) -> String {
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        format!("{}.{}.{signature}", encode(header), encode(claims))
    }

    #[test]
    fn a_jwt_is_public_when_it_opens_nothing() {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        for token in [
            jwt(header, r#"{"iss":"supabase-demo","role":"service_role"}"#, "c2lnbmF0dXJl"),
            jwt(header, r#"{"iss":"supabase","role":"anon"}"#, "c2lnbmF0dXJl"),
            jwt(header, r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#, "c2lnbmF0dXJl"),
            jwt(header, r#"{"licensedHosts":["acme.com"],"vc":"b2"}"#, "c2lnbmF0dXJl"),
            jwt(r#"{"alg":"none"}"#, r#"{"sub":"kim"}"#, ""),
            jwt(header, "{}", ""),
            jwt(header, r#"{"sub":"kim"}"#, &"0123456789abcdef".repeat(3)),
            jwt(header, r#"{"sub":"kim"}"#, "theSignatureOfThisTokenStandsHere"),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9".to_owned(),
        ] {
            assert!(is_public(token.as_bytes()), "{token}");
        }
        for token in [
            jwt(header, r#"{"iss":"supabase","role":"service_role"}"#, "c2lnbmF0dXJl"),
            jwt(header, r#"{"sub":"kim","admin":true}"#, "c2lnbmF0dXJl"),
            "eyJrIjoiYWJjZGVmZ2hpamtsbW5vcHFyc3QiLCJuIjoia2V5IiwiaWQiOjF9".to_owned(),
        ] {
            assert!(!is_public(token.as_bytes()), "{token}");
        }
    }

    #[test]
    fn a_jwt_of_a_manual_is_a_sample() {
        // RFC 4231, test case 2.
        let sum = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(data_encoding::HEXLOWER.encode(&sum[..8]), "5bdcc146bf60754e");
        let signed = |key: &str| {
            let head = jwt(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"sub":"kim"}"#, "");
            let sum = hmac(key.as_bytes(), &head.as_bytes()[..head.len() - 1]);
            format!("{head}{}", data_encoding::BASE64URL_NOPAD.encode(&sum))
        };
        assert!(is_public(signed("your-256-bit-secret").as_bytes()));
        assert!(!is_public(signed("nobody's sample").as_bytes()));
    }

    #[test]
    fn a_jwt_says_whose_it_is() {
        let of = |header: &str, claims: &str| issuers(jwt(header, claims, "c2lnbmF0dXJl").as_bytes());
        let header = r#"{"alg":"RS256"}"#;
        for (claims, first) in [
            (r#"{"iss":"https://x.eks.acme.example/id/A","kubernetes.io":{}}"#, "kubernetes"),
            (r#"{"iss":"https://acme.okta.com/oauth2/default","aud":"api://default"}"#, "acme.okta.com"),
            (r#"{"iss":"https://sts.windows.net/1/","aud":"x"}"#, "azure"),
            (r#"{"iss":"APIabc","video":{"roomJoin":true}}"#, "livekit"),
            (r#"{"aud":["com.acme.api"]}"#, "acme.com"),
            (r#"{"aud":"https://appleid.apple.com"}"#, "appleid.apple.com"),
        ] {
            assert_eq!(of(header, claims).first().map(String::as_str), Some(first), "{claims}");
        }
        assert_eq!(of(r#"{"alg":"HS256","cty":"twilio-fpa;v=1"}"#, r#"{"iss":"SK1"}"#)[0], "twilio");
        assert!(of(header, r#"{"sub":"kim"}"#).is_empty());
    }

    #[test]
    fn keys_of_volume_licences_are_everybodys() {
        assert!(is_public(b"w269n-WFGWX-YVC9B-4J6C9-T83GX"));
        for key in
            ["W269N-WFGWX-YVC9B-4J6C9-T83G", "W269M-WFGWX-YVC9B-4J6C9-T83GX", "W269N_WFGWX-YVC9B-4J6C9-T83GX"]
        {
            assert!(!is_public(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn a_point_is_public_with_and_without_padding() {
        let point = crate::catalogue::sample::expand("BE{b64url:84}A", "a");
        assert!(is_public(point.as_bytes()) && is_public(format!("{point}=").as_bytes()));
        assert!(!is_public(&point.as_bytes()[1..]) && !is_public(point.replace("BE", "QE").as_bytes()));
    }
}
