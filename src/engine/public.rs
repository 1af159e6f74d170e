//! Values that are public by design or sealed: publishable keys, ciphertext, public halves of key pairs.
//!
//! For rules that know no vendor: whatever name such a value is given, it is no secret.

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
    form("test_pub_", 30), form("sandbox_", 30), form("production_", 30), form("sq0idp-", 24), form("sandbox-sq0idb-", 24),
    form("dvc_client_", 16), form("dvc_mobile_", 16), form("client-", 34), form("ck_production_", 30), form("ck_staging_", 30),
    form("public_", 30), form("pub-c-", 40), form("sub-c-", 40), form("mob-", 40), form("NRJS-", 20), form("NRBR-", 20), form("NRMA-", 20),
    form("amzn1.", 20), form("rzp_live_", 20), form("rzp_test_", 20), form("ExponentPushToken[", 30), form("ExpoPushToken[", 30),
    // Identifiers of OAuth clients, apps and objects.
    form("3MVG9", 60), form("0oa", 20), form("Iv1.", 18), form("Iv23", 18), form("Ov23", 18), form("1000.", 30),
    // Public halves: SSH (RFC 4253), SPKI (RFC 5280), age, minisign, VAPID, Bitcoin.
    form("AAAAB3NzaC1", 60), form("AAAAC3NzaC1", 60), form("AAAAE2VjZHNh", 60), form("AAAAG", 60), form("MIIBIjAN", 80), form("MIICIjAN", 80),
    form("MIGfMA0G", 80), form("MFkwEwYH", 80), form("MHYwEAYH", 80), form("MCowBQYDK2V", 50), form("age1", 60), form("xpub", 100), form("npub1", 60),
    // Certificates and public keys in PEM, in base64 once more.
    form("LS0tLS1CRUdJTiBDRVJU", 60), form("LS0tLS1CRUdJTiBQVUJM", 60),
    // Ciphertext: KMS of AWS and Google, Vault transit, sops, ejson, eyaml, jasypt, dotenvx, Ansible, Pulumi, SealedSecrets, PGP, age, CMS.
    form("AQICAH", 60), form("CiQA", 60), form("vault:v", 20), form("ENC[", 10), form("EJ[", 10), form("ENC(", 10), form("encrypted:", 20),
    form("$ANSIBLE_VAULT", 14), form("v1:", 30), form("LS0tLS1CRUdJTiBQR1AgTUVT", 60),
    form("YWdlLWVuY3J5cHRpb24", 30), form("gAAAAA", 80),
    // References.
    form("op://", 8), form("ref+", 8), form("ssm:", 8), form("arn:", 12), form("projects/", 20), form("@Microsoft.KeyVault", 20), form("ENC{", 10),
];

/// Whether the value has the form of something public or sealed.
pub(super) fn is_public(value: &[u8]) -> bool {
    FORMS.iter().any(|form| value.len() >= form.min && value.starts_with(form.start))
        || is_public_point(value)
        || is_email_or_host(value)
        || is_public_jwt(value)
}

/// An uncompressed point of P-256 in base64url, 65 bytes that start with 4: a VAPID public key (RFC 8292).
fn is_public_point(value: &[u8]) -> bool {
    value.len() == 87 && value[0] == b'B' && matches!(value[1], b'A'..=b'P')
}

/// `123-abc.apps.googleusercontent.com` and other names of hosts.
fn is_email_or_host(value: &[u8]) -> bool {
    const ENDS: [&[u8]; 5] = [b".com", b".net", b".org", b".io", b".dev"];
    ENDS.iter().any(|end| value.ends_with(end)) && value.iter().filter(|b| **b == b'.').count() >= 2
}

/// A JSON Web Token that opens nothing: encrypted (five parts, RFC 7516), without its signature, of
/// Supabase's demo or for its anonymous role, which row level security holds.
pub(super) fn is_public_jwt(value: &[u8]) -> bool {
    if !value.starts_with(b"eyJ") {
        return false;
    }
    let parts: Vec<&[u8]> = value.split(|b| *b == b'.').collect();
    let object = |part: &[u8]| -> Option<serde_json::Map<String, serde_json::Value>> {
        let bare = part.iter().position(|b| *b == b'=').map_or(part, |at| &part[..at]);
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(bare).ok()?).ok()
    };
    match parts.as_slice() {
        [_, _, _, _, _] => true,
        // A header alone, or header and claims cut off: `eyJhbGciOi…`.
        [header] | [header, _] => object(header).is_some_and(|header| header.contains_key("alg")),
        [header, claims, signature, ..] => {
            let is = |map: &Option<serde_json::Map<String, serde_json::Value>>, key: &str, wanted: &str| {
                map.as_ref().and_then(|map| map.get(key)).is_some_and(|value| value == wanted)
            };
            let (header, claims) = (object(header), object(claims));
            signature.is_empty()
                || is(&header, "alg", "none")
                || is(&claims, "iss", "supabase-demo")
                || is(&claims, "role", "anon")
        }
        [] => false,
    }
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
            jwt(r#"{"alg":"none"}"#, r#"{"sub":"kim"}"#, ""),
            jwt(header, "{}", ""),
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
}
