//! How a rule recognises its secret, in words: read from the rule itself, so that it cannot be out of date.

use crate::catalogue::checksum::{self, Invalid};
use crate::catalogue::{
    ByName, Catalogue, Check, Companion, Confidence, Near, Origin, Parser, Rule, RuleIx, Scope, Shape,
    WordKind,
};

/// Longest list that is told in full.
const MOST: usize = 8;

/// What the engine looks for, the most telling first.
pub(super) fn signs(catalogue: &Catalogue, at: RuleIx) -> Vec<String> {
    let rule = catalogue.rule(at);
    let detect = &rule.detect;
    let mut all = Vec::new();
    all.push(wake(catalogue, at, rule));
    if let Some(shape) = &detect.shape {
        all.push(format!("Shape: {}, `{}`.", size(shape), shape.pattern));
    }
    if let Some(near) = &detect.near {
        all.extend(context(near));
    }
    all.extend(detect.companions.iter().map(companion));
    if detect.entropy > 0.0 {
        all.push(format!("It has to look random: at least {:.1} bits a character.", detect.entropy));
    }
    if let Some(check) = detect.check {
        let otherwise = match checksum::weight(check).invalid {
            Invalid::Refutes => " Where that fails it is none.",
            Invalid::Lowers => " Where that fails it is shown and does not block.",
            Invalid::SaysNothing => "",
        };
        all.push(format!("Proof, without a network: {}.{otherwise}", proof(check)));
    }
    all.push(
        match rule.confidence {
            Confidence::Low => "A match alone is a weak sign: it is shown and does not block.",
            Confidence::Medium => "A match blocks; a false alarm is possible.",
            Confidence::High => "A match blocks; a false alarm would be a surprise.",
            Confidence::Certain => "A match is certain and blocks.",
        }
        .to_owned(),
    );
    all
}

/// What is never taken for the secret.
pub(super) fn never(rule: &Rule) -> Vec<String> {
    let mut all = vec![
        "References: ${NAME}, process.env.NAME, os.environ[…], {{ template }}, vault and secret paths."
            .to_owned(),
        "Placeholders: your_token_here, xxxx…, changeme, <token>, a run of one character or of 1234…."
            .to_owned(),
    ];
    if rule.detect.near.is_some() {
        all.push("Digests and ids of the same shape: md5, sha1, etag, integrity, commit, UUID.".to_owned());
    }
    let public = &rule.vendor.public;
    if rule.detect.near.is_some() && !public.names.is_empty() {
        all.push(format!(
            "What is made for everybody to see, by the end of its name: {}.",
            list(public.names)
        ));
    }
    if rule.detect.near.is_some() && !public.calls.is_empty() {
        all.push(format!("The first argument of {}, which is public.", list(public.calls)));
    }
    if public.shipped.contains(&rule.id) {
        all.push("It ships with every page and app that uses it, so it is told and never blocks.".to_owned());
    } else if rule.detect.near.is_some() && public.bundled {
        all.push(
            "What a bundler writes into pages (VITE_…, NEXT_PUBLIC_…) is told and does not block, but where its name says \
             that it is a secret."
                .to_owned(),
        );
    }
    if !rule.detect.not.is_empty() {
        all.push(format!("Values that hold: {}.", list(rule.detect.not)));
    }
    all
}

fn wake(catalogue: &Catalogue, at: RuleIx, rule: &Rule) -> String {
    let words = |kind: WordKind| keywords(catalogue, at, kind);
    match rule.detect.origin {
        Origin::Prefix => format!("It starts with {}.", list(&words(WordKind::Prefix))),
        Origin::Inside => format!("It holds {}.", list(&words(WordKind::Inside))),
        Origin::Token => {
            let reach = match rule.detect.near.as_ref().map(|near| near.scope) {
                Some(Scope::Lines(1)) => "on the same or the next line".to_owned(),
                Some(Scope::Lines(lines)) => format!("at most {lines} lines away"),
                Some(Scope::File) | None => "in the same file".to_owned(),
            };
            format!("{} stands {reach}.", list(&words(WordKind::Context)))
        }
        Origin::Name(takes) => {
            let words: Vec<String> = catalogue.words(at).iter().map(|word| format!("`{word}`")).collect();
            let what = match takes {
                ByName::Secret => "A random value",
                ByName::Password => "A password",
                ByName::PrivateKey => "A private key",
            };
            format!("{what}, as the generic rules find it, whose name or surroundings hold {}.", list(&words))
        }
        Origin::Parse(parser) => {
            let woken = words(WordKind::Parse);
            let by = if woken.is_empty() { String::new() } else { format!(" Woken by {}.", list(&woken)) };
            format!("{}.{by}", form(parser))
        }
    }
}

/// The rule's keywords of one kind, as text. Control characters are shown as escapes.
fn keywords(catalogue: &Catalogue, at: RuleIx, kind: WordKind) -> Vec<String> {
    let mut all = Vec::new();
    for table in catalogue.all_keywords() {
        for number in 0..table.len() {
            if table.wakes(number).iter().any(|wake| wake.rule == at && wake.kind == kind) {
                all.push(format!("`{}`", table.text(number).escape_ascii()));
            }
        }
    }
    all
}

fn size(shape: &Shape) -> String {
    let length = match (shape.min, shape.max) {
        (min, max) if min == max => format!("{min} characters"),
        (min, u32::MAX) => format!("{min} characters or more"),
        (min, max) => format!("{min} to {max} characters"),
    };
    format!("{length} of {}", alphabet(&shape.alphabet))
}

/// The bytes of a set, as runs: `0-9 a-f`.
fn alphabet(set: &[u64; 4]) -> String {
    let has = |byte: usize| byte < 256 && set[byte / 64] >> (byte % 64) & 1 == 1;
    let mut runs = Vec::new();
    let mut at = 0;
    while at < 256 {
        if !has(at) {
            at += 1;
            continue;
        }
        let start = at;
        while has(at) {
            at += 1;
        }
        let shown = |byte: usize| (byte as u8).escape_ascii().to_string();
        runs.push(match at - start {
            1 => shown(start),
            2 => format!("{} {}", shown(start), shown(at - 1)),
            _ => format!("{}-{}", shown(start), shown(at - 1)),
        });
    }
    if runs.len() > 12 { "letters, digits and signs".to_owned() } else { runs.join(" ") }
}

fn context(near: &Near) -> Vec<String> {
    let mut all = Vec::new();
    all.push(if near.names.is_empty() {
        "The value has a name that sounds like a secret.".to_owned()
    } else {
        format!("The value has a name such as {}.", list(near.names))
    });
    if !near.calls.is_empty() {
        all.push(format!("Or it is an argument of a call such as {}.", list(near.calls)));
    }
    all
}

fn companion(companion: &Companion) -> String {
    let named = match companion.names {
        [] => String::new(),
        names => format!(" under a name such as {}", list(names)),
    };
    format!(
        "{} (`{}`){named} at most {} lines away makes it surer.",
        companion.name, companion.shape.pattern, companion.within_lines
    )
}

fn list<T: AsRef<str>>(words: &[T]) -> String {
    let shown: Vec<&str> = words.iter().take(MOST).map(AsRef::as_ref).collect();
    let more = words.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn form(parser: Parser) -> &'static str {
    match parser {
        Parser::PemPrivateKey => "A private key block with a body, PEM, OpenSSH, PGP or PuTTY",
        Parser::UrlPassword => "A password in a URL: scheme://user:password@host",
        Parser::UrlToken => "A token in the address of a notifier: scheme://host/token",
        Parser::BasicAuth => "A user and password for HTTP Basic, in a header or an option",
        Parser::BearerToken => "A token in an Authorization header",
        Parser::Jwt => "Three base64 parts whose first decodes to a JSON object",
        Parser::Assignment => "A random value with a name that sounds like a secret",
        Parser::PasswordAssignment => "A literal value with a name that sounds like a password",
        Parser::Base64Text => "A base64 run whose decoded text has the right structure",
        Parser::CommandPassword => "A password option on a command line",
        Parser::SqlPassword => "A password in an SQL statement about a user",
        Parser::Netrc => "machine, login and password as in .netrc",
        Parser::PgPass => "A line of a PostgreSQL password file",
        Parser::PasswordHash => "The hash of a password behind its user, as in .htpasswd or /etc/shadow",
        Parser::WifiCode => "The code of a Wi-Fi network: WIFI:S:name;P:password;;",
        Parser::SeedPhrase => "12 to 24 words of the BIP-39 list, of which the last holds the right sum",
        Parser::CallArgument => "A literal argument where a function takes a password or a key",
        Parser::ConnectionString => "password= or pwd= in a connection string",
    }
}

fn proof(check: Check) -> &'static str {
    match check {
        Check::Crc32B62
        | Check::Crc32B62OfAll
        | Check::Crc32B62LowerOfAll
        | Check::Crc32B62OfParts
        | Check::Crc32HexOfAll
        | Check::GrafanaCrc32
        | Check::Crc32HexOfBody
        | Check::GitlabRoutable
        | Check::Crc32HexUpperOfAll
        | Check::ConfluentCrc32
        | Check::AdoPatCrc32 => "a CRC-32 checksum in the token fits the rest of it",
        Check::MsHisMarvin32 | Check::MsHisMarvin32Url | Check::MsCaskMarvin32 | Check::Entra8qMarvin32 => {
            "a Marvin32 checksum at the end fits the rest of it"
        }
        Check::Bech32 => "its Bech32 sum fits",
        Check::Base58Check => "its Base58Check sum fits",
        Check::NkeyCrc16 | Check::StellarCrc16 => "its CRC-16 sum fits",
        Check::X25519Clamp => "the fixed bits of an X25519 key are set",
        Check::Bip39 => "the sum in the last word fits the phrase",
        Check::AwsAccountId => "it decodes to an AWS account number",
        Check::GithubFineGrainedOwner => "it decodes to the number of its owner",
        Check::AtlassianDcPat => "it decodes to a number, a colon and twenty bytes",
        Check::PypiMacaroon => "it decodes to a macaroon of a Python package index",
        Check::Jwt => "its header decodes to JSON that names an algorithm",
        Check::PlivoToken => "it decodes to thirty hex digits or the start of a UUID",
        Check::Pkcs8PrivateKey => "it decodes to the frame of a private key",
        Check::BitlockerGroups => "each group of digits is a multiple of eleven",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn signs_of(id: &str) -> String {
        let (at, _) = embedded().by_id(id).unwrap();
        signs(embedded(), at).join("\n")
    }

    #[test]
    fn each_origin_is_told() {
        let twilio = signs_of("twilio-auth-token");
        assert!(twilio.starts_with("`twilio` stands in the same file."), "{twilio}");
        assert!(twilio.contains("32 characters of 0-9 a-f, `[0-9a-f]{32}`"), "{twilio}");
        assert!(twilio.contains("Account SID (`AC["), "{twilio}");
        assert!(
            signs_of("github-personal-token-classic").starts_with("It starts with `ghp_`."),
            "{}",
            signs_of("github-personal-token-classic")
        );
        let plivo = signs_of("plivo-auth-token");
        assert!(plivo.starts_with("A base64 run") && plivo.contains("Proof, without a network"), "{plivo}");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(&["a"; 10]), "a, a, a, a, a, a, a, a and 2 more");
        assert_eq!(list::<&str>(&[]), "");
    }
}
