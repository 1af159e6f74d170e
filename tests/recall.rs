//! Recall: made-up secrets of public formats in the files people put them into, and how many are found.
//!
//! `tests/recall/` holds the formats, the files and the secrets without a vendor. Half of the vendors,
//! half of the generic files and a quarter of the carriers are kept out of the part that rules and engine
//! may be tuned on. The floors below are what was measured, rounded down.
//! `STANCH_RECALL_OUT=DIR cargo test --test recall` also writes the files, their labels and what was found,
//! for other scanners to run over.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use stanch::catalogue::{Confidence, embedded, sample};
use stanch::engine::{Candidate, FileHint, Scanner};

/// How many files each format is put into.
const FILES_A_FORMAT: usize = 6;

struct Case {
    /// What kind of file, `named` or `generic` for instance.
    group: String,
    /// Kept out of tuning.
    is_test: bool,
    path: String,
    text: String,
    secret: String,
    /// The rule that must find it; none: any.
    rule: Option<String>,
}

struct Format {
    rule: String,
    /// What decides the part: all of a vendor goes into one.
    group: String,
    vendor: String,
    role: String,
    needs_context: bool,
    value: String,
}

struct Carrier {
    kind: String,
    path: String,
    only_test: bool,
    text: String,
}

#[derive(Default, Clone, Copy)]
struct Score {
    all: usize,
    /// Found at all, by whatever rule.
    found: usize,
    /// Found by the right rule.
    named: usize,
    /// Found by the right rule, sure enough to block.
    blocked: usize,
}

impl Score {
    fn share(part: usize, all: usize) -> f64 {
        100.0 * part as f64 / all.max(1) as f64
    }
}

#[test]
fn secrets_are_found_where_people_write_them() {
    let mut scanner = Scanner::new(embedded());
    let out = std::env::var_os("STANCH_RECALL_OUT");
    let mut labels = String::new();
    let mut scores: BTreeMap<(bool, String), Score> = BTreeMap::new();
    for (number, case) in cases().iter().enumerate() {
        let found = scanner.scan(case.text.as_bytes(), FileHint::new(case.path.as_bytes()));
        let hits: Vec<&Candidate> = found.iter().filter(|c| is_secret(c, case)).collect();
        let is_right =
            |c: &&&Candidate| case.rule.as_deref().is_none_or(|rule| embedded().rule(c.rule).id == rule);
        let named = hits.iter().find(is_right);
        // A rule of low confidence never blocks: for its kind being told is all that can be had.
        let can_block = case.rule.as_deref().is_none_or(|rule| confidence_of(rule) >= Confidence::Medium);
        let blocked = named.is_some_and(|c| !can_block || c.confidence >= Confidence::Medium);
        let score = scores.entry((case.is_test, case.group.clone())).or_default();
        score.all += 1;
        score.found += usize::from(!hits.is_empty());
        score.named += usize::from(named.is_some());
        score.blocked += usize::from(blocked);
        if let Some(out) = &out {
            let file = format!("{number:05}/{}", case.path);
            let path = Path::new(out).join("files").join(&file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &case.text).unwrap();
            let ids: Vec<_> =
                found.iter().map(|c| format!("{}/{:?}", embedded().rule(c.rule).id, c.confidence)).collect();
            let verdict = match (blocked, named.is_some(), hits.is_empty()) {
                (true, ..) => "blocked",
                (_, true, _) => "told",
                (.., false) => "other",
                _ => "missed",
            };
            let part = if case.is_test { "test" } else { "tune" };
            let rule = case.rule.as_deref().unwrap_or("-");
            writeln!(
                labels,
                "{part}\t{}\t{rule}\t{verdict}\t{file}\t{}\t{}",
                case.group,
                ids.join(" "),
                case.secret
            )
            .unwrap();
        }
    }
    if let Some(out) = &out {
        std::fs::write(Path::new(out).join("labels.tsv"), labels).unwrap();
    }
    let mut low = Vec::new();
    for ((is_test, group), score) in &scores {
        let [found, named, blocked] =
            [score.found, score.named, score.blocked].map(|part| Score::share(part, score.all));
        let part = if *is_test { "test" } else { "tune" };
        println!(
            "{part} {group:9} {:5} files: found {found:.1} %, right rule {named:.1} %, blocks {blocked:.1} %",
            score.all
        );
        let floor = FLOORS.iter().find(|(known, _)| known == group).map_or(0.0, |(_, floor)| *floor);
        if *is_test && blocked < floor {
            low.push(format!("{group}: {blocked:.1} % block, {floor} % did"));
        }
    }
    assert!(low.is_empty(), "recall fell:\n{}", low.join("\n"));
}

/// Least share of the test part that blocks, by group, in per cent.
const FLOORS: &[(&str, f64)] = &[
    ("named", 96.0),
    ("vendor", 92.0),
    ("header", 93.0),
    ("bare", 96.0),
    ("encoded", 95.0),
    ("generic", 75.0),
];

fn confidence_of(id: &str) -> Confidence {
    embedded().rules().find(|(_, rule)| rule.id == id).map_or(Confidence::Medium, |(_, rule)| rule.confidence)
}

/// Whether a candidate is the secret of the case: its bytes, or a place that holds them encoded.
fn is_secret(candidate: &Candidate, case: &Case) -> bool {
    let written = &case.text.as_bytes()[candidate.range.clone()];
    let decoded = candidate.decoded.as_deref().unwrap_or(written);
    let holds = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.contains(&case.secret)
            || text.len() * 2 > case.secret.len() && case.secret.contains(text.as_ref())
    };
    holds(written) || holds(decoded)
}

fn cases() -> Vec<Case> {
    let formats = formats();
    let mut out = Vec::new();
    for (file, most) in [("carriers.txt", FILES_A_FORMAT), ("encoded.txt", 2)] {
        let carriers = carriers(file);
        for format in &formats {
            let is_test = hash(&format.group) % 2 == 1;
            let mut fit: Vec<&Carrier> = carriers
                .iter()
                .filter(|c| (is_test || !c.only_test) && (c.kind != "bare" || !format.needs_context))
                .filter(|c| c.kind != "header" || is_sent(&format.role))
                .collect();
            fit.sort_by_key(|c| hash(&format!("{} {}", format.rule, c.path)));
            for carrier in fit.into_iter().take(most) {
                out.push(filled(format, carrier, is_test, file == "encoded.txt"));
            }
        }
    }
    out.extend(generic());
    out
}

/// Whether a value of this role is what a request carries: the secret of a client or a private key is not.
fn is_sent(role: &str) -> bool {
    (role.contains("token") || role.contains("key")) && !role.contains("secret") && !role.contains("private")
}

fn formats() -> Vec<Format> {
    let text = std::fs::read_to_string("tests/recall/formats.tsv").unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let [rule, vendor, role, needs, value] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (name, role) = role.split_once('/').unwrap_or((vendor, role));
        Format {
            rule: rule.to_owned(),
            group: vendor.to_owned(),
            vendor: name.to_owned(),
            role: role.to_owned(),
            needs_context: needs == "context",
            value: value.to_owned(),
        }
    })
    .collect()
}

fn carriers(file: &str) -> Vec<Carrier> {
    let blocks = blocks(file);
    blocks
        .into_iter()
        .map(|(head, text)| {
            let mut words = head.split(' ');
            let [kind, path] = [words.next().unwrap(), words.next().unwrap()].map(str::to_owned);
            Carrier { kind, path, only_test: words.next() == Some("only-test"), text }
        })
        .collect()
}

/// The blocks of a file: what stands behind `== `, and the text up to the next one.
fn blocks(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new("tests/recall").join(file)).unwrap();
    let mut out: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("== ") {
            out.push((head.to_owned(), String::new()));
        } else if let Some((_, text)) = out.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    out.iter_mut().for_each(|(_, text)| text.truncate(text.trim_end_matches('\n').len() + 1));
    out
}

fn generic() -> Vec<Case> {
    let blocks = blocks("generic.txt").into_iter().enumerate();
    blocks
        .map(|(number, (path, text))| {
            let marked = sample::try_expand(&text, &format!("recall {number} {path}")).unwrap();
            let (before, rest) = marked.split_once('«').unwrap_or_else(|| panic!("{path}: no secret"));
            let (secret, after) = rest.split_once('»').unwrap();
            let text = format!("{before}{secret}{after}");
            let (secret, rule) = (secret.to_owned(), None);
            Case { group: "generic".to_owned(), is_test: number % 2 == 1, path, text, secret, rule }
        })
        .collect()
}

fn filled(format: &Format, carrier: &Carrier, is_test: bool, encoded: bool) -> Case {
    let secret = sample::try_expand(&format.value, &format!("recall {} {}", format.rule, carrier.path))
        .unwrap_or_else(|why| panic!("{}: {why}", format.rule));
    let words: Vec<&str> = format.vendor.split('-').chain(format.role.split('_')).collect();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let pascal = |words: &[&str]| words.iter().map(|w| capital(w)).collect::<String>();
    let camel = |words: &[&str]| words[0].to_owned() + &pascal(&words[1..]);
    let vendor_words: Vec<&str> = format.vendor.split('-').collect();
    let role_words: Vec<&str> = format.role.split('_').collect();
    let half = secret.len() / 2;
    let each = |f: &dyn Fn(usize, u8) -> String| -> String {
        secret.bytes().enumerate().map(|(at, byte)| f(at, byte)).collect()
    };
    let name = words.join("_");
    let values = [
        ("UPPER", name.to_uppercase()),
        ("lower", name.clone()),
        ("kebab", words.join("-")),
        ("dotted", format!("{}.{}", format.vendor, role_words.join("-"))),
        ("camel", camel(&words)),
        ("Pascal", pascal(&words)),
        ("vendor", vendor_words.join("")),
        ("Vendor", pascal(&vendor_words)),
        ("role", format.role.clone()),
        ("Role", pascal(&role_words)),
        ("roleCamel", camel(&role_words)),
        ("base64file", BASE64.encode(format!("PORT=80\n{}={secret}\n", name.to_uppercase()).as_bytes())),
        ("base64twice", BASE64.encode(BASE64.encode(secret.as_bytes()).as_bytes())),
        ("base64", BASE64.encode(secret.as_bytes())),
        ("basic", BASE64.encode(format!("api:{secret}").as_bytes())),
        (
            "percentall",
            each(&|at, b| {
                if at % 3 == 0 || !b.is_ascii_alphanumeric() {
                    format!("%{b:02X}")
                } else {
                    (b as char).to_string()
                }
            }),
        ),
        (
            "percent",
            each(&|_, b| {
                if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                    (b as char).to_string()
                } else {
                    format!("%{b:02X}")
                }
            }),
        ),
        ("hex", HEXLOWER.encode(secret.as_bytes())),
        ("unicode", each(&|at, b| if at % 2 == 0 { format!("\\u{b:04x}") } else { (b as char).to_string() })),
        ("xhex", each(&|_, b| format!("\\x{b:02x}"))),
        ("entities", each(&|at, b| if at % 4 == 0 { format!("&#{b};") } else { (b as char).to_string() })),
        ("first", secret[..half].to_owned()),
        ("second", secret[half..].to_owned()),
        ("value", secret.clone()),
    ];
    let fill = |text: &str| {
        values
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    };
    let group = if encoded { "encoded".to_owned() } else { carrier.kind.clone() };
    let (path, text) = (carrier.path.clone(), fill(&carrier.text));
    assert!(!text.contains("{{"), "{path}: unknown name in {text}");
    Case { group, is_test, path, text, secret, rule: Some(format.rule.clone()) }
}

/// FNV-1a: the same split on every machine.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        >> 7
}

/// Passwords as generators draw them, from all signs, in the files that hold them: no sign in one may hide it.
#[test]
fn drawn_passwords_are_found_whatever_signs_are_in_them() {
    const DRAWS: usize = 1000;
    let graphic =
        |without: &'static [u8]| (b'!'..=b'~').filter(|b| !without.contains(b)).collect::<Vec<u8>>();
    let all = graphic(b"\"'\\`");
    // What a shell takes for nothing else in an assignment.
    let bare = graphic(b"\"'\\`$&();<>|#~");
    let picked: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').chain(*b"!@#$%^&*").collect();
    let encoded = |password: &str| {
        password.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    out.push(char::from(byte))
                }
                _ => write!(out, "%{byte:02X}").unwrap(),
            }
            out
        })
    };
    let mut scanner = Scanner::new(embedded());
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |alphabet: &[u8], length: usize| -> String {
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 20) as usize
        };
        (0..length).map(|_| char::from(alphabet[next() % alphabet.len()])).collect()
    };
    let mut low = Vec::new();
    for (path, alphabet, before, behind, most) in [
        (".env", &bare, "DB_PASSWORD=", "\n", 80),
        (".env", &all, "DB_PASSWORD='", "'\n", 40),
        ("app.yml", &all, "db:\n  password: \"", "\"\n", 40),
        ("app.json", &all, "{\"db_password\": \"", "\"}\n", 40),
        ("app.py", &all, "DB_PASSWORD = \"", "\"\n", 40),
        ("app.py", &picked, "DB_PASSWORD = \"", "\"\n", 40),
        ("app.py", &picked, "API_KEY = \"", "\"\n", 60),
        ("url", &all, "DATABASE_URL=postgres://app:", "@db.corp.io/shop\n", 40),
    ] {
        for length in [16, 20, 32] {
            let is_lost = |password: &String| {
                let password = if path == "url" { encoded(password) } else { password.clone() };
                let text = format!("{before}{password}{behind}");
                let place = before.len()..before.len() + password.len();
                let found = scanner.scan(text.as_bytes(), FileHint::new(path.as_bytes()));
                !found.iter().any(|c| c.confidence >= Confidence::Medium && c.range == place)
            };
            let lost: Vec<String> = (0..DRAWS).map(|_| draw(alphabet, length)).filter(is_lost).collect();
            if lost.len() > most {
                low.push(format!(
                    "{path} {before} {length}: {} of {DRAWS} lost: {:?}",
                    lost.len(),
                    &lost[..8]
                ));
            }
        }
    }
    assert!(low.is_empty(), "drawn passwords are lost:\n{}", low.join("\n"));
}
