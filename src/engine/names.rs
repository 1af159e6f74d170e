//! What a name says about its value: `auth_token` sounds like a secret, `commit_md5` like anything but.
//!
//! Names are split into words at case changes and separators; the last word weighs most, since
//! `token_hash` is a hash and `hash_token` a token.

use super::word_set::WordSet;

mod split;

use split::telling_words;
pub(super) use split::{normalized, says_nothing, words};

/// Names of another thing that end in a vendor's word, as lead and vendor: `SQLAlchemy` is no Alchemy, `border-radius` no
/// RADIUS.
pub(super) const NO_VENDORS: [(&str, &str); 4] =
    [("sql", "alchemy"), ("border", "radius"), ("corner", "radius"), ("blur", "radius")];

/// What begins the names of variables that a bundler writes into what it ships to everybody.
pub(super) const SHIPPED: [&str; 9] =
    ["nextpublic", "vite", "reactapp", "expopublic", "nuxtpublic", "gatsby", "vueapp", "ngapp", "public"];

/// What is said of passwords that nobody may choose: `COMMON_PASSWORDS`.
pub(super) const TURNED_AWAY: [&str; 8] =
    ["insecure", "weak", "common", "forbidden", "disallowed", "banned", "breached", "leaked"];

/// What only a secret is called.
pub(super) const SECRETS: [&str; 5] = ["secret", "private", "admin", "master", "password"];

/// How many words at the start of a name a bundler asks for, which then writes the value into every page: two of
/// `NEXT_PUBLIC_API_KEY`, one of `VITE_API_KEY`.
pub(super) fn bundled(words: &[String]) -> usize {
    let is_asked_for =
        |count: &usize| words.get(..*count).is_some_and(|words| SHIPPED.contains(&words.concat().as_str()));
    [2, 1].into_iter().find(is_asked_for).unwrap_or(0)
}

/// Whether one of the words says that its value is a secret, and no key for pages.
pub(super) fn says_secret(words: &[String]) -> bool {
    words.iter().any(|word| SECRETS.iter().any(|secret| word.contains(secret)))
}

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A secret is expected under this name.
    Secret,
    /// A digest, an id, a version: random-looking, but public.
    Counter,
    /// Says nothing either way.
    Neutral,
}

/// Words that announce a secret; also looked for at the end of run-together words (`mytoken`).
#[rustfmt::skip]
static SECRET: WordSet<37> = WordSet::new([
    "token", "tokens", "secret", "secrets", "password", "passwd", "passphrase", "passcode", "passwort", "passwords",
    "passphrases", "passcodes",
    "credential", "credentials", "apikey", "apikeys", "apitoken", "authtoken", "authkey", "accesskey", "secretkey",
    "privatekey", "clientsecret", "authtok", "appkey", "appsecret", "appsec", "servicekey", "serverkey", "deploykey",
    "masterkey", "sharedkey", "accountkey", "encryptionkey", "signingkey", "pepper", "passkey",
]);
/// The same in other languages.
#[rustfmt::skip]
static FOREIGN: WordSet<17> = WordSet::new([
    "clave", "llave", "chave", "clef", "anahtar", "klucz", "segredo", "secreto", "segreto", "geheim", "schluessel",
    "jeton", "chiave", "gettone", "sleutel", "geheimnis", "klyuch",
]);
/// The same, but only as words of their own.
const FOREIGN_WORD: [&str; 2] = ["cle", "parol"];
/// The same in other letters, which stay whole in a name.
const FOREIGN_LETTERS: [&str; 23] = [
    "токен",
    "Токен",
    "ТОКЕН",
    "ключ",
    "Ключ",
    "КЛЮЧ",
    "секрет",
    "Секрет",
    "schlüssel",
    "Schlüssel",
    "clé",
    "Clé",
    "CLÉ",
    "contraseña",
    "Contraseña",
    "CONTRASEÑA",
    "密钥",
    "密鑰",
    "令牌",
    "トークン",
    "キー",
    "シークレット",
    "秘密鍵",
];
/// The same, but only as words of their own.
#[rustfmt::skip]
static SECRET_WORD: WordSet<14> = WordSet::new([
    "auth", "pass", "pwd", "pw", "psw", "cred", "creds", "key", "keys", "tok", "pat", "bearer", "authorization",
    "authentication",
]);
/// Last words of names whose values are public.
#[rustfmt::skip]
static COUNTER_LAST: WordSet<180> = WordSet::new([
    "id", "ids", "sid", "uid", "uuid", "guid", "oid", "name", "names", "hash", "hashes", "digest",
    "checksum", "sum", "md5", "sha", "sha1", "sha256", "sha384", "sha512", "crc", "crc32", "etag", "commit",
    "rev", "revision", "ref", "head", "base", "integrity", "fingerprint", "thumbprint", "signature", "sig",
    "build", "version", "session", "sessions", "cookie", "trace", "span", "request", "correlation", "verification", "nonce", "salt",
    "iv", "file", "filename", "path", "dir", "url", "uri", "link", "links", "host", "hostname", "endpoint", "count",
    "length", "size", "type", "field", "label", "title", "hint", "placeholder", "prefix", "suffix",
    "pattern", "regex", "format", "policy", "expiry", "ttl", "date", "time", "timestamp", "at", "algorithm",
    "alg", "method", "scheme", "issuer", "audience", "location", "arn", "resource", "color", "colour",
    "icon", "class", "classname", "selector", "chunk", "asset", "cursor", "tree", "blob", "object",
    "parent", "snapshot", "layer", "image", "container", "device", "tracking", "email", "user", "username",
    "account", "phone", "number", "callsid", "messagesid", "publickey", "pubkey", "state", "status",
    "event", "message", "body", "sandbox", "invocation", "transaction", "operation", "job", "run", "task",
    "deployment", "release", "artifact", "bundle", "identifier", "identifiers", "helper", "help", "tooltip", "ikey",
    "protected", "age", "reset", "resets", "rotation", "strength", "requirements", "rules", "attempts", "channel",
    "factory", "kid", "generator", "agreement", "manager", "provider", "clients", "separator", "typehash", "address",
    "addresses", "proof", "magic", "error", "errors", "exception",
    "days", "hours", "minutes", "seconds", "weeks", "months", "timeout", "interval", "lifetime", "duration", "mint", "room",
    "annotation", "annotations", "installation",
]);
/// Words that make a name public wherever they stand.
#[rustfmt::skip]
static COUNTER_ANYWHERE: WordSet<32> = WordSet::new([
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "checksum", "digest", "etag", "crc32",
    "integrity", "public", "publishable", "uuid", "guid", "fingerprint", "csrf", "xsrf", "hash", "hashes", "hashed",
    "encrypted", "sealed", "commit", "gravatar", "complexity", "publica", "publico", "publique", "oeffentlich",
    "description", "sitekey",
]);
/// Words before `key` or `token` that make them public.
#[rustfmt::skip]
static COUNTER_BEFORE: WordSet<45> = WordSet::new([
    "cache", "primary", "foreign", "sort", "partition", "row", "idempotency", "pub",
    "translation", "feature", "page", "next", "continuation", "sync", "lock", "site",
    "metadata", "lookup", "column", "record", "i18n", "locale",
    "authenticity", "change", "export", "import", "composite", "unique", "surrogate", "ssh", "etag",
    "apt", "gpg", "pgp", "only", "websocket", "socket", "notifier", "beacon", "browser", "tokenization", "version",
    "cancellation", "result", "ds2",
]);
/// Words before `key` alone: what things are looked up by. Whoever takes a token there is a service.
#[rustfmt::skip]
static COUNTER_BEFORE_KEY: WordSet<18> = WordSet::new([
    "registry", "group", "first", "object", "storage", "bucket", "tag", "map", "dict", "hot", "shortcut", "kms", "s3", "job",
    "schedule", "dedupe", "dedup", "fake",
]);
/// Words before a name's end that say what a secret is for, where it is called a secret there: `CSRF_SECRET`.
#[rustfmt::skip]
static PURPOSE: WordSet<16> = WordSet::new([
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "checksum", "etag", "crc32", "integrity", "uuid", "guid",
    "fingerprint", "csrf", "xsrf", "gravatar",
]);
/// Ends of names that nothing but a secret has, whatever is said behind them of its place or its owner.
const HEADS: [&[&str]; 21] = [
    &["auth", "token"],
    &["access", "token"],
    &["api", "token"],
    &["bearer", "token"],
    &["api", "key"],
    &["secret", "key"],
    &["client", "secret"],
    &["app", "secret"],
    &["api", "secret"],
    &["secret"],
    &["authtoken"],
    &["accesstoken"],
    &["apitoken"],
    &["apikey"],
    &["secretkey"],
    &["clientsecret"],
    &["appsecret"],
    &["apisecret"],
    &["password"],
    &["passwd"],
    &["passphrase"],
];
/// What is said there: `TWILIO_AUTH_TOKEN_SANDBOX`, `DB_PASSWORD_USER`. What is made of a secret, or set for it, is none of
/// these: its hash, its file, its length.
#[rustfmt::skip]
static QUALIFIERS: WordSet<15> = WordSet::new([
    "sandbox", "release", "build", "deployment", "user", "account", "device", "job", "run", "task", "number", "phone",
    "container", "channel", "event",
]);
/// What a setting may be called whose value is a secret all the same, though data of such a name is none:
/// what it is for, and what it is.
#[rustfmt::skip]
const DOUBTFUL: [(&str, &str); 12] = [
    ("primary", "key"), ("checksum", "key"),
    ("s3", "key"), ("storage", "key"), ("bucket", "key"), ("sync", "token"), ("export", "token"), ("import", "token"),
    ("site", "token"), ("socket", "token"), ("browser", "token"), ("session", "cookie"),
];

/// The same without the words at the end that say where and for whom a thing is: `VAULT_SECRET_ID_SANDBOX`.
pub(super) fn without_place(name: &[u8]) -> String {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|word| says_nothing(word) || QUALIFIERS.contains(word))
    {
        words.pop();
    }
    words.concat()
}

/// Ends of names that say something else than their words do.
const ENDINGS: [(&[&str], Role); 9] = [
    // VNPAY's, which signs orders.
    (&["hash", "secret"], Role::Secret),
    // SimpleSAMLphp's, which makes pseudonyms and signs links.
    (&["secretsalt"], Role::Secret),
    (&["secret", "salt"], Role::Secret),
    // Icinga's, which signs the requests of its agents.
    (&["ticket", "salt"], Role::Secret),
    // What the nodes of an Erlang or Elixir cluster know each other by.
    (&["erlang", "cookie"], Role::Secret),
    (&["release", "cookie"], Role::Secret),
    // The key of a source that runs in browsers, of Segment.
    (&["browser", "write", "key"], Role::Counter),
    // ASP.NET's token against forged requests, new for each page; one that is for a single request.
    (&["request", "verification", "token"], Role::Counter),
    (&["request", "token"], Role::Counter),
];

/// What the name says.
pub(super) fn role(name: &[u8]) -> Role {
    let words = meant_words(name);
    if let Some((_, role)) = ENDINGS.iter().find(|(end, _)| ends_in(&words, end)) {
        return *role;
    }
    if is_signing_salt(&words) || is_in_foreign_letters(name) {
        return Role::Secret;
    }
    if is_sealed_file(name) || says_other(&words) || is_counter(&words) {
        return Role::Counter;
    }
    let is_secret = is_short_for_secret(&words) || words.iter().any(|word| is_secret_word(word));
    if is_secret { Role::Secret } else { Role::Neutral }
}

/// The words of a name that say what its value is.
fn meant_words(name: &[u8]) -> Vec<String> {
    let mut words = telling_words(name);
    words.truncate(words.len() - qualifiers(&words));
    // Where a value goes is not what it is: `NEXT_PUBLIC_JWT_SECRET`. A `PUBLIC_KEY` is one without a bundler, too.
    let lead = bundled(&words);
    let is_asked_for = lead > 1 || name.starts_with(b"PUBLIC_") && says_secret(&words);
    if is_asked_for && words.len() > lead {
        words.drain(..lead);
    }
    // `secret_key_base` is Rails' name for a key; any other base is a commit or an address.
    if ends_in(&words, &["key", "base"]) {
        words.pop();
    }
    words
}

/// Drupal's `hash_salt`, which signs login links, and WordPress' eight, which sign cookies.
fn is_signing_salt(words: &[String]) -> bool {
    let [first, .., last] = words else { return false };
    last == "salt"
        && (matches!(first.as_str(), "auth" | "secure" | "logged" | "nonce") || words == ["hash", "salt"])
}

/// Whether a name is that of a file which is sealed: `credentials.yml.enc`.
fn is_sealed_file(name: &[u8]) -> bool {
    [&b".enc"[..], b".gpg", b".age"].iter().any(|end| name.ends_with(end))
}

/// Whether the last words name what is no secret.
fn is_counter(words: &[String]) -> bool {
    let Some(last) = words.last() else { return false };
    let before = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
    // Whose signatures count: `AllowedAPKSigningKeys`, by their fingerprints.
    const LET_IN: [&str; 3] = ["allowed", "trusted", "authorized"];
    let is_of = |lead: &[&str]| words.len() > 1 && lead.contains(&words[0].as_str());
    if last.ends_with('s') && is_of(&TURNED_AWAY) || last == "keys" && is_of(&LET_IN) {
        return true;
    }
    let bare = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_key = matches!(bare, "key" | "keys");
    // `tokenBuyers`, `passwordResetters`: people.
    let is_people =
        || words.len() == 2 && last.len() >= 6 && (last.ends_with("ers") || last.ends_with("ors"));
    COUNTER_LAST.contains(last)
        || COUNTER_LAST.contains(bare) && bare.len() > 2
        || says_public(words)
        || COUNTER_BEFORE.contains(before) && (is_key || matches!(bare, "token" | "tokens"))
        || is_key && COUNTER_BEFORE_KEY.contains(before)
        || is_people()
}

/// `client_sec`, no time in seconds.
fn is_short_for_secret(words: &[String]) -> bool {
    let [.., before, last] = words else { return false };
    last == "sec" && matches!(before.as_str(), "client" | "app" | "api" | "consumer" | "shared")
}

fn is_secret_word(word: &str) -> bool {
    // OpenAI's tokenizer counts tokens.
    let is_one = |word: &str| {
        SECRET_WORD.contains(word)
            || (SECRET.ends(word) || is_foreign_word(word)) && !word.ends_with("tiktoken")
    };
    is_one(word) || is_one(word.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// Whether a name is that of a setting, in capitals, which holds a secret where its value is as long and as
/// random as one: `SYNC_TOKEN`, where `syncToken` is what a list goes on from.
pub(super) fn is_doubtful_setting(name: &[u8]) -> bool {
    let is_setting = || name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let ends = |words: &[String]| {
        let [.., before, last] = words else { return false };
        DOUBTFUL.contains(&(before.as_str(), last.as_str()))
    };
    is_setting() && ends(&telling_words(name))
}

/// Whether a name ends in these words.
fn ends_in(words: &[String], end: &[&str]) -> bool {
    words.len() >= end.len() && words[words.len() - end.len()..] == *end
}

/// How many words at the end of a name only say where or whose the secret is that stands before them: one of
/// `TWILIO_AUTH_TOKEN_SANDBOX`.
fn qualifiers(words: &[String]) -> usize {
    const MOST: usize = 2;
    let count = words.iter().rev().take(MOST).take_while(|word| QUALIFIERS.contains(word)).count();
    let head = &words[..words.len() - count];
    if HEADS.iter().any(|end| ends_in(head, end)) { count } else { 0 }
}

/// Whether two words of a name say that it is of something else than a key, a token or a login, whatever stands behind them.
fn says_other(words: &[String]) -> bool {
    #[rustfmt::skip]
    const OTHERS: [(&str, &str); 9] = [
        ("pub", "key"), ("redir", "token"), ("key", "exchange"), ("token", "name"), ("transaction", "auth"),
        // What is hidden in a game.
        ("secret", "door"), ("secret", "level"), ("secret", "area"), ("secret", "santa"),
    ];
    let is_secret = |rest: &[String]| rest.iter().any(|word| matches!(word.as_str(), "secret" | "password"));
    words
        .windows(2)
        .enumerate()
        .any(|(at, two)| OTHERS.contains(&(two[0].as_str(), two[1].as_str())) && !is_secret(&words[at + 2..]))
}

/// Whether a word of a name makes it public, and does not only say what its secret is for.
fn says_public(words: &[String]) -> bool {
    let calls_secret =
        |rest: &[String]| rest.iter().any(|word| matches!(word.as_str(), "secret" | "secrets"));
    words.iter().enumerate().filter(|(_, word)| is_public(word)).any(|(at, word)| {
        let rest = &words[at + 1..];
        let next = rest.first().map(String::as_str).unwrap_or_default();
        let is_purpose = match word.as_str() {
            // The scheme of a login, RFC 7616; a secret for cookies that are encrypted; the token of a status.
            "digest" => next == "auth",
            "encrypted" => next == "cookie",
            "commit" => rest.len() > 1,
            word => PURPOSE.contains(word) && calls_secret(rest),
        };
        !is_purpose
    })
}

/// Whether a word makes a name public wherever it stands.
fn is_public(word: &str) -> bool {
    let digest = ["md5", "sha1", "sha256", "sha512"].iter().any(|d| word.starts_with(d));
    // `csrfmiddlewaretoken` of Django.
    let forged = ["csrf", "xsrf"].iter().any(|f| word.starts_with(f)) && word.ends_with("token");
    digest
        || forged
        || COUNTER_ANYWHERE.contains(word.trim_end_matches('s'))
        || COUNTER_ANYWHERE.contains(word)
}

/// Whether a name ends in what has a number of hex digits with many services, and is no secret of any.
pub(super) fn has_number(name: &[u8]) -> bool {
    const THINGS: [&str; 19] = [
        "org",
        "organization",
        "organisation",
        "project",
        "team",
        "zone",
        "tenant",
        "database",
        "page",
        "conversation",
        "participant",
        "workspace",
        "dashboard",
        "dataset",
        "collection",
        "bucket",
        "index",
        "tx",
        "txn",
    ];
    telling_words(name).last().is_some_and(|last| THINGS.contains(&last.trim_end_matches('s')))
}

/// Whether a function or a table of that name makes or keeps sums and ids, whatever it is asked for: `etag`,
/// `file_hashes`, `cache`.
pub(super) fn is_of_sums(name: &[u8]) -> bool {
    let words = words(name);
    words.last().is_some_and(|last| last.trim_end_matches('s') == "cache")
        || words.iter().any(|word| is_public(word))
}

/// Whether a name calls its value a key or a secret in another language than English.
pub(super) fn is_foreign(name: &[u8]) -> bool {
    words(name).iter().any(|word| is_foreign_word(word)) || is_in_foreign_letters(name)
}

fn is_foreign_word(word: &str) -> bool {
    FOREIGN.ends(word) || FOREIGN_WORD.contains(&word)
}

fn is_in_foreign_letters(name: &[u8]) -> bool {
    !name.is_ascii()
        && FOREIGN_LETTERS.iter().any(|word| crate::memmem::find(name, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_case_and_separators() {
        assert_eq!(words(b"TWILIO_AuthToken2"), ["twilio", "auth", "token2"]);
        assert_eq!(words(b"X-API-Key"), ["x", "api", "key"]);
        assert_eq!(words(b"N8N_oauth2Token"), ["n8n", "oauth2", "token"]);
        assert_eq!(words(b"myHTTPToken"), ["my", "http", "token"]);
    }

    #[test]
    fn what_a_secret_is_for_or_whose_makes_it_none_the_less() {
        for name in [
            "TWILIO_AUTH_TOKEN_SANDBOX",
            "TWILIO_AUTH_TOKEN_RELEASE_2",
            "API_KEY_DEVICE",
            "DB_PASSWORD_USER",
            "clientSecretAccount",
            "CSRF_SECRET",
            "WTF_CSRF_SECRET_KEY",
            "DIGEST_AUTH_PASSWORD",
            "MD5_SECRET",
            "FINGERPRINT_SECRET_API_KEY",
            "COMMIT_STATUS_TOKEN",
            "ENCRYPTED_COOKIE_SECRET",
        ] {
            assert_eq!(role(name.as_bytes()), Role::Secret, "{name}");
        }
        for name in [
            "API_KEY_ID",
            "AUTH_TOKEN_EXPIRY",
            "PASSWORD_HASH",
            "SECRET_NAME",
            "SECRET_FILE",
            "csrf_token",
            "csrfmiddlewaretoken",
            "annotation",
            "password_digest",
            "md5_password",
            "encrypted_password",
            "encrypted_client_secret",
            "commit_token",
            "SENTRY_RELEASE",
            "key_user",
            "PASSWORD_ENCRYPTED",
        ] {
            assert_eq!(role(name.as_bytes()), Role::Counter, "{name}");
        }
        for name in ["COSMOS_PRIMARY_KEY", "PAYOS_CHECKSUM_KEY"] {
            assert!(role(name.as_bytes()) == Role::Counter && is_doubtful_setting(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_setting_in_capitals_may_hold_what_data_of_the_name_does_not() {
        for name in ["SYNC_TOKEN", "S3_KEY", "MY_EXPORT_TOKEN_PROD", "SESSION_COOKIE"] {
            assert!(role(name.as_bytes()) == Role::Counter && is_doubtful_setting(name.as_bytes()), "{name}");
        }
        for name in ["syncToken", "s3_key", "NEXT_TOKEN", "CACHE_KEY", "PAGE_TOKEN", "TOKEN"] {
            assert!(!is_doubtful_setting(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn the_last_word_decides() {
        for name in [
            "auth_token",
            "TWILIO_TOKEN",
            "apiKey",
            "smsKey",
            "tw_secret",
            "$tok",
            "PASSWORD_2",
            "authToken",
            "mytoken",
            "api-key-prod",
            "secret_key_base",
            "AZURE_DEVOPS_EXT_PAT",
            "NPM_REGISTRY_TOKEN",
            "GITLAB_GROUP_TOKEN",
            "PEPPER",
        ] {
            assert_eq!(role(name.as_bytes()), Role::Secret, "{name}");
        }
        for name in [
            "token_hash",
            "file_md5",
            "commit",
            "etag",
            "cache_key",
            "session_id",
            "requestId",
            "publicKey",
            "sha256sum",
            "messageSid",
            "registryKey",
            "group_key",
            "nextPageToken",
        ] {
            assert_eq!(role(name.as_bytes()), Role::Counter, "{name}");
        }
        for name in ["client", "x", "foo", "twilio"] {
            assert_eq!(role(name.as_bytes()), Role::Neutral, "{name}");
        }
    }
}
