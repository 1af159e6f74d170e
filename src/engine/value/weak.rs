//! Passwords that nobody protects anything with: known to everybody, or made up for an example or a test.
//!
//! A known one (`changeme`) is no secret at all. A made-up one (`Passw0rd!`, `test1@secret`, `foobar123`)
//! may be somebody's by carelessness: it is told, but does not stop a commit.

use bstr::ByteSlice;

use crate::engine::value::{entropy, words};

mod phrase;

pub(in crate::engine) use phrase::{is_long_phrase, is_phrase};

/// Known to everybody, lower case.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "password", "passwd", "pass", "pwd", "secret", "postgres", "root", "admin", "test", "testing", "user", "username", "guest",
    "mysql", "redis", "mongo", "mongodb", "rabbitmq", "minio", "minioadmin", "minio123", "docker", "dev", "local", "default", "1234", "12345",
    "123456", "1234567", "12345678", "123456789", "qwerty", "letmein", "welcome", "changeme", "changeit", "example", "foo", "bar", "baz",
    "xxx", "xxxx", "token", "apikey", "api_key", "mypassword", "mysecretpassword", "secretpassword", "pw", "x-oauth-basic",
    "x-access-token", "x-token-auth", "oauth2accesstoken", "gitlab-ci-token",
    "password1", "password123", "pass123", "test123", "admin123", "hunter2", "passw0rd", "p@ssw0rd", "s3cr3t", "none", "null", "undefined", "empty",
    "x", "oauth2", "abc", "abc123", "hello", "world", "foobar", "sa", "oracle", "db", "dbpass", "dbpassword", "db_password", "somepassword", "userpass", "userpassword",
    "supersecret", "mysecret", "topsecret", "verysecret", "thepassword", "a_password", "notasecret", "notused", "unused", "not-a-secret", "nopassword",
    "ssword", "assword", "keyboard cat", "myadminsecretkey", "asamplemasterkey", "cisco123", "juniper123", "mekmitasdigoat", "thistokenisnotsosecretchangeit", "tobemodified", "vagrant", "android", "directus", "d1r3ctu5",
    "geheim", "heslo", "segredo", "secreto", "segreto",
];

/// What a password is called, and whose it is said to be, in the languages that most people write manuals in: with letters as
/// they are written, and as they are written where only those of English may stand. Lower case, but for scripts without it.
#[rustfmt::skip]
const CALLED: &[&str] = &[
    "contraseña", "contrasena", "clave", "senha", "motdepasse", "passwort", "kennwort", "wachtwoord", "parola", "haslo", "hasło", "sifre",
    "şifre", "sandi", "katasandi", "пароль", "parol", "密码", "密碼", "パスワード", "비밀번호", "पासवर्ड", "পাসওয়ার্ড", "كلمةالمرور", "پاسورڈ",
];
#[rustfmt::skip]
const OWNERS: &[&str] = &[
    "tu", "su", "mi", "la", "una", "sua", "tua", "minha", "votre", "ton", "mon", "le", "dein", "deine", "ihr", "mein", "jouw", "uw", "tuo", "mio",
    "twoje", "moje", "anda", "ваш", "твой", "мой", "vash", "moy", "你的", "您的", "あなたの", "당신의", "आपका", "আপনার",
];

/// Whether a value is what a password is called in another language, with or without whose it is: `votre_mot_de_passe`.
fn is_called_so(lower: &[u8]) -> bool {
    let Some(name) = std::str::from_utf8(lower).ok().filter(|name| name.len() <= 64) else { return false };
    let name: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).collect();
    let owner = CALLED.iter().find_map(|called| name.strip_suffix(called));
    owner.is_some_and(|owner| owner.is_empty() || OWNERS.contains(&owner))
}

/// What people build made-up passwords from, lower case.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "password", "pasword", "passwd", "passwort", "passphrase", "passcode", "pass", "pwd", "pswd", "word", "secret", "sekret", "secrets", "secure",
    "token", "key", "keys", "api", "auth", "access", "admin", "administrator", "root", "user", "username", "usr", "guest", "login", "name",
    "test", "tests", "testing", "tester", "tested", "demo", "sample", "example", "dummy", "fake", "mock", "stub", "temp", "tmp", "default",
    "dev", "develop", "local", "localhost", "host", "prod", "staging", "foo", "bar", "baz", "qux", "quux", "foobar", "spam", "eggs", "ham",
    "qwerty", "qwertz", "qwer", "azerty", "asdf", "asdfgh", "zxcv", "abc", "abcd", "abcde", "abcdef", "def", "xyz", "xxx", "xx", "yyy",
    "zzz", "hunter", "welcome", "letmein", "let", "me", "in", "change", "changeme", "changeit", "it", "hello", "world", "my", "your", "our", "the",
    "some", "any", "an", "super", "very", "top", "strong", "weak", "long", "short", "simple", "easy", "safe", "new", "old", "bad",
    "good", "wrong", "right", "correct", "incorrect", "valid", "invalid", "other", "another", "first", "second", "random", "plain", "text",
    "string", "value", "field", "data", "db", "database", "mysql", "postgres", "postgresql", "redis", "mongo", "mongodb", "maria", "mariadb",
    "oracle", "sql", "rabbit", "rabbitmq", "minio", "docker", "vault", "client", "server", "app", "service", "account", "email", "mail",
    "ssl", "tls", "ssh", "http", "https", "proxy", "ldap", "keystore", "truststore", "store", "trust", "cert", "encrypted", "encryption",
    "read", "write", "hash", "hashed", "enc", "is", "not", "no", "of", "for", "with", "and", "or", "to", "on", "this", "that", "here", "there", "please", "replace", "enter",
    "super", "sooper", "man", "batman", "monkey", "tiger", "dragon", "master", "love", "god", "iloveyou", "open", "sesame", "swordfish", "correcthorse",
    "horse", "battery", "staple", "fail", "jwt", "pw", "hook", "web", "webhook", "a", "blah", "bla", "lorem", "ipsum", "alice", "bob", "john", "doe", "jane", "joe", "one", "two", "three",
    "senha", "contrasena", "clave", "kennwort", "geheim", "wachtwoord", "motdepasse", "segredo", "secreto", "segreto",
];

/// Whether everybody knows this password, or it is the user's own name once more.
pub(in crate::engine) fn is_known(password: &[u8], user: &[u8]) -> bool {
    let lower = password.to_ascii_lowercase();
    password.eq_ignore_ascii_case(user)
        || KNOWN.iter().any(|known| lower == known.as_bytes())
        || is_called_so(&lower)
        // Of servers that ask nobody, and users that nobody knows.
        || crate::memmem::find(&lower, b"anonymous").is_some()
        || lower.first().is_some_and(|first| lower.iter().all(|b| b == first))
}

/// Whether a password is its user's name, forwards or backwards, with digits behind it: `alice`, `ecila123`.
pub(in crate::engine) fn is_of_user(password: &[u8], user: &[u8]) -> bool {
    let bare = password.len() - password.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let name = &password[..bare];
    !name.is_empty()
        && (name.eq_ignore_ascii_case(user)
            || name.len() == user.len()
                && name.iter().rev().zip(user).all(|(a, b)| a.eq_ignore_ascii_case(b)))
}

/// Whether a value is nothing but such words, whatever case, digits and signs were added to please a
/// password policy: `Password123!`, `P@ssw0rd`, `test1@secret`.
pub(in crate::engine) fn is_made_up(password: &[u8]) -> bool {
    if password.len() > 48 || password.is_empty() {
        return false;
    }
    let letters = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let bare = letters(password);
    let digits = password.iter().filter(|b| b.is_ascii_digit()).count();
    // Digits and signs alone, few letters among many of them: `1234-5678`, but not `7f3a99c1`.
    if bare.is_empty() {
        let plain: Vec<u8> = password.iter().copied().filter(u8::is_ascii_digit).collect();
        let one = plain.len() >= 4 && plain.iter().all(|b| *b == plain[0]);
        return one || digits == password.len() && entropy::is_regular(password);
    }
    digits <= MOST_DIGITS && is_pieces(&bare) || is_pieces(&letters(&plain_letters(password)))
}

/// Most digits that may be left out: `Password2024`, `secret-123456`.
const MOST_DIGITS: usize = 6;

/// Whether a password has all that the policies of companies ask for: twelve characters, both cases, a digit and a sign. Nobody
/// takes that trouble for a server on his own machine.
pub(in crate::engine) fn meets_policy(password: &[u8]) -> bool {
    const LEAST: usize = 12;
    let classes =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation];
    password.len() >= LEAST && classes.iter().all(|class| password.iter().any(class))
}

/// Whether a long value spells words with digits and signs for letters: `AmAz0n+SqSsEcReT+aLpHa…`. A
/// shorter one would too often do so by chance: of random ones of 16 characters one in 250, and of 32 hex
/// digits one in 40.
pub(in crate::engine) fn spells_words(value: &[u8]) -> bool {
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    value.len() >= 20 && !hex && is_spelled(value)
}

/// Whether a value reads like words once the digits and signs in it are the letters that they stand for: `D1fficultP@ss`.
pub(in crate::engine) fn is_spelled(value: &[u8]) -> bool {
    words::reads_like_words(&plain_letters(value))
}

/// Digits and signs that stand for a letter, replaced by it; those at the end are decoration.
fn plain_letters(password: &[u8]) -> Vec<u8> {
    let end = password.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |last| last + 1);
    let letter = |b: &u8| match b {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => *other,
    };
    password[..end].iter().map(letter).collect()
}

/// Whether a value is where something answers, a host and its port: `kdc1.corp.net:464`.
pub(in crate::engine) fn is_host_and_port(value: &[u8]) -> bool {
    let Some((host, port)) = value.split_once_str(":") else { return false };
    let is_label = |label: &[u8]| {
        !label.is_empty() && label.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let last = host.rsplit(|b| *b == b'.').next().unwrap_or_default();
    last.len() < host.len()
        && last.iter().all(u8::is_ascii_lowercase)
        && host.split(|b| *b == b'.').all(is_label)
        && (2..=5).contains(&port.len())
        && port.iter().all(u8::is_ascii_digit)
}

/// Whether `letters` can be cut into [`PIECES`].
fn is_pieces(letters: &[u8]) -> bool {
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for at in 0..letters.len() {
        if !reached[at] {
            continue;
        }
        for piece in PIECES.iter().filter(|piece| letters[at..].starts_with(piece.as_bytes())) {
            reached[at + piece.len()] = true;
        }
    }
    letters.len() >= 3 && reached[letters.len()]
}

/// The text that a short value hides in base64: what a Kubernetes secret's `data` holds.
pub(in crate::engine) fn unwrapped(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < 8 || value.len() > 400 {
        return None;
    }
    let bare = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    let text = data_encoding::BASE64_NOPAD.decode(bare).ok()?;
    let text = text.trim_ascii();
    let is_text = text.len() >= 3 && text.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    is_text.then(|| text.to_vec())
}

/// Length of a UUID, bytes.
const UUID: usize = 36;

/// The first eight bytes of the MD5, SHA-1 and SHA-256 of nothing, as bodies and files without content have them.
const OF_NOTHING: [&[u8]; 3] = [b"d41d8cd98f00b204", b"da39a3ee5e6b4b0d", b"e3b0c44298fc1c14"];

/// Whether base64 hides a placeholder, plain words, or a login that nobody protects anything with; or a value is the digest
/// of nothing.
pub(in crate::engine) fn hides_nothing(value: &[u8]) -> bool {
    let head = value.get(..16).filter(|_| matches!(value.len(), 32 | 40 | 64));
    if head.is_some_and(|head| OF_NOTHING.iter().any(|start| head.eq_ignore_ascii_case(start))) {
        return true;
    }
    let Some(text) = unwrapped(value) else { return false };
    let (user, password) = match memchr::memchr(b':', &text) {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None => (&text[..0], &text[..]),
    };
    // A counter with its zeros, among what was drawn.
    let is_drawn = |part: &[u8]| {
        part.len() >= 32 && part.iter().any(u8::is_ascii_digit) && entropy::looks_random(part, 0.0)
    };
    let holds_drawn = || text.split(|b| !b.is_ascii_alphanumeric()).any(is_drawn);
    is_known(password, user)
        || is_made_up(password)
        || entropy::is_placeholder(&text) && !holds_drawn()
        || words::reads_like_words(&text)
            && !is_phrase(password)
            && !text.get(..UUID).is_some_and(entropy::is_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    #[test]
    fn what_people_make_up() {
        for password in [
            "Password123!",
            "P@ssw0rd!",
            "password12345",
            "hunter42",
            "secret2",
            "test1@secret",
            "foobar123",
            "bar%bar",
            "xyz@123",
            "asdfqwer1234asdf",
            "MySekretPa$$word",
            "p@ss#word!",
            "not-hunter42",
            "My_Super_Secret_Password_2024",
        ] {
            assert!(is_made_up(password.as_bytes()), "{password}");
        }
    }

    #[test]
    fn what_people_choose_or_draw() {
        for password in [
            "pBU94AGAY85e",
            "Kx7!vQ2m",
            "tr0ub4dor&3",
            "Forge123",
            "Vq-83-kk-Zl",
            "7f3a99c1",
            "sunflower-42-lake",
        ] {
            assert!(!is_made_up(password.as_bytes()), "{password}");
        }
    }

    #[test]
    fn phrases_of_words() {
        for phrase in [
            "marble-harbor-copper-25",
            "marble-harbor-copper-violin",
            "marble_HARBOR_copper",
            "Marble-Harbor-Copper",
            "Marble-Harbor-Copper-25",
            "Marble-Harbor-Copper25",
            "Marble-Dragon-Copper2024",
            "Marble3-Harbor-Copper",
            "Marble.Harbor.Copper91",
            "Marble!Harbor!Copper",
            "marble-harbor-Copper-54",
            "Copper-Harbor-marble-76",
            "Marble-harbor-75-Copper",
            "marble-75-harbor-copper",
            "marble-harbor-Copper-violin",
            "Marble.Harbor.8081",
        ] {
            assert!(is_phrase(phrase.as_bytes()), "{phrase}");
        }
        for name in [
            "marble-harbor-copper",
            "X-Api-Key",
            "X-Forwarded-Password",
            "Mot-De-Passe",
            "Your-Secret-Password",
            "Change-Your-Password-2024",
            "Test-Example-Harbor",
            "Microsoft.Identity.Web",
            "Max_Login_Attempts",
            "Marble-Marble-Marble",
            "Marble-Harbor.Copper",
            "Marble-Harbor-Copper-20240521",
            "Marble-Harbor-",
            "Marble-Harbor",
            "Marble-Harbor-2-Copper-7",
            "Marble-Harbor-7",
            "Harbor-7-Marble",
            "Windows-Server-2019",
            "marble-harbor-Copper",
            "my-app-Database-12",
            "us-east-12-node",
            "my-app-db-password",
            "postgres-admin-secret-1",
            "change-me-please-now",
            "correct-horse-battery-staple",
            "Correct-horse-Battery-staple-42",
            "your-password-here",
            "marble-harbor-iPhone-54",
            "---",
            "",
        ] {
            assert!(!is_phrase(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn random_secrets_stay_secrets() {
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        for (alphabet, length) in
            [(&letters[..], 16), (&letters[..], 32), (&letters[26..], 20), (b"0123456789abcdef", 32)]
        {
            let lost = (0..10_000)
                .map(|_| draw.text(alphabet, length))
                .filter(|value| spells_words(value) || is_made_up(value) || hides_nothing(value))
                .count();
            assert!(lost <= 20, "{lost} of 10,000 random {length}-character strings lost");
        }
    }

    #[test]
    fn a_users_own_name_protects_nothing() {
        assert!(is_of_user(b"ecila123", b"alice") && is_of_user(b"Tom", b"tom"));
        assert!(!is_of_user(b"ecila!x", b"alice") && !is_of_user(b"2024", b"kim"));
    }

    #[test]
    fn base64_of_nothing() {
        for text in
            ["password", "username:password", "ACCESS_KEY\r\n", "user:test123", "a plain sentence of words"]
        {
            let value = data_encoding::BASE64.encode(text.as_bytes());
            assert!(hides_nothing(value.as_bytes()), "{text}");
        }
        for text in ["kim:Kx7!vQ2mZ0", "x9Kq2Lm8Tz4W"] {
            let value = data_encoding::BASE64.encode(text.as_bytes());
            assert!(!hides_nothing(value.as_bytes()), "{text}");
        }
    }
}
