//! What a byte costs in the worst inputs: `cargo bench --bench linear`.
//!
//! Each row is one way to make a scanner do more than one pass: keywords at every byte, encodings in
//! encodings, floods of near misses, one endless line, companions by the thousand. The cost of a byte at 1, 4
//! and 16 MB must be the same. Prints a Markdown table; judges nothing.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::Write as _;
use std::time::Instant;

use stanch::catalogue;
use stanch::engine::{FileHint, Scanner, as_text};

const SIZES: [usize; 3] = [1 << 20, 4 << 20, 16 << 20];

fn main() {
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    println!("| input | ns a byte at 1 MB | 4 MB | 16 MB | 16 MB : 1 MB |");
    println!("|---|---|---|---|---|");
    for (name, unit) in inputs() {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let costs: Vec<f64> = SIZES.iter().map(|size| cost(&unit, *size)).collect();
        let shown: Vec<String> = costs.iter().map(|cost| format!("{cost:.2}")).collect();
        println!("| {name} | {} | {:.1} |", shown.join(" | "), costs[2] / costs[0]);
    }
}

/// Nanoseconds a byte: the least of three, since others disturb and never help.
fn cost(unit: &[u8], size: usize) -> f64 {
    let mut text = Vec::with_capacity(size + unit.len());
    while text.len() < size {
        text.extend_from_slice(unit);
    }
    text.truncate(size);
    let mut scanner = Scanner::new(catalogue::embedded());
    let mut least = f64::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let found = scanner.scan(&as_text(&text), FileHint::new(b"input.txt")).len();
        std::hint::black_box(found);
        least = least.min(started.elapsed().as_secs_f64() * 1e9 / size as f64);
        if least * size as f64 > 2e9 {
            break;
        }
    }
    least
}

/// A name, and what is repeated to the size wanted.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let mut nested = b"TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef".to_vec();
    for _ in 0..8 {
        nested = base64(&nested).into_bytes();
    }
    let mixed = b"aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzZ";
    // Lines of 76, as MIME wraps them; 76 and the lengths of the units have no common end.
    let wrapped = |unit: &str| {
        let long = unit.repeat(76);
        long.as_bytes().chunks(76).flat_map(|line| [line, b"\n"].concat()).collect::<Vec<u8>>()
    };
    let repeated = |text: &str| text.as_bytes().to_vec();
    let drawn = concat!("aB3dE5fG7hJ9kL1m", "N2pQ4rS6tU8vW0xYzZ");
    let packed = |text: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(text).expect("memory takes it");
        [base64(&gzip.finish().expect("memory takes it")).as_bytes(), b"\n"].concat()
    };
    vec![
        ("ordinary words, one line", repeated("the quick brown fox jumps over the lazy dog ")),
        ("ordinary words, many lines", repeated("the quick brown fox jumps\nover the lazy dog\n")),
        ("one context keyword, one line", repeated("twilio ")),
        (
            "keywords of many vendors, one line",
            repeated("twilio plivo clockwork stripe slack github aws azure "),
        ),
        ("keywords, no gaps", repeated("twilioplivoclockworkstripeslackgithub")),
        ("names and values of assignments", repeated("token=\"\" secret: '' password = x; api_key=y ")),
        ("assignments, one line", repeated("password=aaaaaaaaaaaa;")),
        ("assignments, many lines", repeated("password = \"correct horse\"\n")),
        ("quotes that never close", repeated("password=\"")),
        ("brackets that never close", repeated("password([{")),
        ("lists within lists", repeated("api_keys=aaaaaaaaaaaaaaa1,")),
        ("lists that hold nothing", repeated("- tokens: #x\n")),
        ("expressions that nothing stands in for", repeated("token=a ? b : c || ")),
        ("prefixes that nothing follows", repeated("ghp_ AKIA xoxb- sk_live_ SG. ")),
        ("one prefix, no gaps", repeated("ghp_")),
        ("near misses, one digit short", repeated("twilio_auth_token=0123456789abcdef0123456789abcde\n")),
        ("near misses, one line", repeated("twilio 0123456789abcdef0123456789abcde ")),
        ("account ids", repeated("AC0123456789abcdef0123456789abcdef\n")),
        (
            "account ids and tokens",
            repeated(concat!(
                "AC0123456789abcdef0123456789abcdef 7d1f3b5c9a2e4860",
                "f1d3b5c7e9a0b2c4 twilio\n"
            )),
        ),
        (
            "settings, two owners in turn",
            repeated(concat!(
                "ALGOLIA_APP_ID=Q2W3E4R5T6\n",
                "FROBNICATE_API_KEY",
                "=",
                "7d1f3b5c9a2e4860",
                "f1d3b5c7e9a0b2c4\n"
            )),
        ),
        ("one run of hex digits", repeated("0123456789abcdef")),
        ("one run of base64", mixed.to_vec()),
        ("runs that signs join", repeated("aB3dE5fG7hJ9kL1mN2:twilio=")),
        ("one run of one letter", repeated("a")),
        ("one run of word characters", repeated("a_b_c_d_")),
        ("base64 in base64, eight deep", nested),
        ("base64 lines", [base64(mixed).as_bytes(), b"\n"].concat()),
        ("short prefixes in a base64 block", wrapped("Zm9/AKIAab+ASIAcd/EAACef+SG0x")),
        ("whole key ids in a base64 block", wrapped("Zm9/AKIAQ7PZ2XV5LK3M8RTB+x")),
        (
            "base64 that decodes to base64 lines",
            base64(wrapped("c2VjcmV0IHRva2Vu+AKIA").as_slice()).into_bytes(),
        ),
        ("base64 of JSON heads", repeated("eyJhbGciOiJIUzI1NiJ9.")),
        ("URLs with users", repeated("https://user:aaaaaaaaaaaa@host/ ")),
        ("URLs that never end", repeated("https://user:")),
        ("headers that carry a token", repeated("Authorization: Bearer aB3dE5fG7hJ9kL1mN2 ")),
        ("headers that carry user and password", repeated("Authorization: Basic dXNlcjpjb3JyZWN0IGhvcnNl\n")),
        ("commands with a password", repeated("mysql -u root -pcorrect; curl -u user:horse https://host ")),
        ("options of unknown commands, one line", repeated("--password aB3dE5fG7h ")),
        ("calls with comments", repeated("connect('a', # it's (old\n 'kim', /* x */ 'correct', // b\n")),
        ("literals in what literals put in", repeated("client(${\"token\\\",}")),
        ("names with types", repeated("token: Map<Map<Map<'a, \"x\", [")),
        ("SQL with a password", repeated("ALTER USER kim IDENTIFIED BY 'correct'; SET PASSWORD = 'horse'; ")),
        ("connection strings", repeated("Server=h;Database=d;User Id=u;Password=correct;")),
        ("calls with a password", repeated("login('kim', 'correct'); connect(password='horse', ")),
        ("calls within calls", repeated("connect(")),
        ("machines, logins and passwords", repeated("machine host login kim password correct ")),
        ("rows of five fields", repeated("host:5432:shop:kim:correct\n")),
        (
            "bodies of private keys",
            wrapped(&format!("-----BEGIN EC PRIVATE KEY-----{}", base64(&[48, 119, 2, 1, 1, 4, 32, 7, 9]))),
        ),
        ("literals put together", repeated("key = \"abc\" + \"def\" + \"ghi\"; ")),
        ("literals and where they are used", repeated(&format!("k = \"{drawn}\"\nsend(url, \"x \" + k)\n"))),
        ("clients made with a literal", repeated(&format!("x = new Flutterwave('{drawn}');\n"))),
        ("constants that bear a vendor's name", repeated(&format!("const TWILIO = '{drawn}';\n"))),
        ("packed text in base64", packed(b"hello there, hello there, hello there")),
        ("much packed text in base64", packed(&b"hello there, ".repeat(20_000))),
        ("values behind escapes", repeated(&format!("{{\"token\\u003d{drawn}\\u0026x\\u003d1\"}},"))),
        ("colours", repeated(&format!("\x1b[32mtoken\x1b[0m=\x1b[33m{drawn}\x1b[0m\n"))),
        ("UTF-16 behind ASCII", [b"a = b\n", &b"t\0o\0k\0e\0n\0=\0x\0\n\0\n\0"[..]].concat()),
        ("HTML entities", repeated("&#112;&#x61;ssword=")),
        ("hex that hides text", repeated("70617373776f72643d636f7272656374 ")),
        ("headers of private keys", repeated("-----BEGIN RSA PRIVATE KEY-----\n")),
        ("dashes", repeated("-")),
        ("percent", repeated("%41%42password%3D")),
        ("escapes", repeated("\\\"password\\\": \\\"x\\\", ")),
        ("line breaks", repeated("\n")),
        ("NUL bytes", vec![0]),
        ("bytes that are no UTF-8", vec![0xff, 0xfe, 0x80]),
    ]
}
