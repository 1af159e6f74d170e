//! The generator syntax of examples: text with `{class:length}` and friends in, made-up secrets out.
//!
//! An example in `rules.yaml` never holds a whole secret, so that stanch and every other scanner stay
//! silent on our own tree. The same text and seed give the same result on every machine. Checksums come
//! in through [`Seal`], since the build script has no need of them.
//!
//! | written | becomes |
//! |---|---|
//! | `{hex:32}`, `{b62:20-24}` | that many random characters of a class of [`CLASSES`] |
//! | `{uuid}` | a random (version 4) UUID |
//! | `{one of a \| b}` | one of the alternatives, which may hold generators |
//! | `{repeat:ab*20}` | `ab` twenty times |
//! | `{base64:TEXT}` | the padded base64 of TEXT, which may hold generators |
//! | `{check:NAME}` | completes the token before it with its checksum |
//! | `{}` | nothing: breaks up a well-known value |
//!
//! Any other brace is literal.

/// Completes a token: given the name of a check and all text before it, how many of the last bytes to
/// replace, and with what. An error says why that cannot be done.
pub type Seal = fn(check: &str, head: &str) -> Result<(usize, String), String>;

/// Longest output of one class: an example is a line or two, and user rules are untrusted.
const MAX_LENGTH: usize = 20_000;
/// Longest generator as written, so that a text full of open braces does not cost its square.
const MAX_WRITTEN: usize = 2_000;
/// How deep generators may stand in each other.
const MAX_DEPTH: usize = 4;

macro_rules! alphabet {
    ($($part:expr),+) => { concat!($($part),+) };
}
const DIGIT: &str = "0123456789";

/// Names of the character classes and their alphabets.
pub const CLASSES: &[(&str, &str)] = &[
    ("digit", DIGIT),
    ("hex", "0123456789abcdef"),
    ("HEX", "0123456789ABCDEF"),
    ("hexany", "0123456789abcdefABCDEF"),
    ("b36", "0123456789abcdefghijklmnopqrstuvwxyz"),
    ("B36", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("b62", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")),
    ("alpha", alphabet!("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")),
    ("lower", "abcdefghijklmnopqrstuvwxyz"),
    ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("word", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_")),
    ("b64url", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_-")),
    ("b64urlpad", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_-")),
    ("dashalnum", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "-")),
    ("dotslug", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_-.")),
    ("urlsafe", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_-.~")),
    ("b64", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "+/")),
    ("b64pad", alphabet!("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "+/")),
    ("B32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("b32", "abcdefghijklmnopqrstuvwxyz234567"),
    ("b58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    ("BECH32", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    ("bech32", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    ("crockford", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
    ("slug", "0123456789abcdefghijklmnopqrstuvwxyz_-"),
    ("AtoP", "ABCDEFGHIJKLMNOP"),
    ("AtoD", "ABCD"),
    // The only last characters that base64 of one or two left-over bytes can have.
    ("b64end1", "AQgw"),
    ("b64end2", "AEIMQUYcgkosw048"),
];

/// Expands `text`; `seed` (a rule's id, say) decides which random characters come out.
///
/// # Errors
/// An unknown class, a length out of bounds, nesting too deep, or a checksum that cannot be made.
pub fn expand_with(text: &str, seed: &str, seal: Seal) -> Result<String, String> {
    let mut expander = Expander { random: Random::new(seed, text), seal };
    expander.expand(text, 0)
}

struct Expander {
    random: Random,
    seal: Seal,
}

impl Expander {
    fn expand(&mut self, text: &str, depth: usize) -> Result<String, String> {
        if depth > MAX_DEPTH {
            return Err(format!("generators stand more than {MAX_DEPTH} deep in each other"));
        }
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            match closing(rest) {
                Some(close) if self.generate(&rest[1..close], &mut out, depth)? => rest = &rest[close + 1..],
                _ => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Whether `inner` was a generator; its output is then in `out`.
    fn generate(&mut self, inner: &str, out: &mut String, depth: usize) -> Result<bool, String> {
        if inner.is_empty() {
            return Ok(true);
        }
        if inner == "uuid" {
            out.push_str(&self.uuid());
            return Ok(true);
        }
        if let Some(choices) = inner.strip_prefix("one of ") {
            let choices = alternatives(choices);
            let chosen = choices[self.random.below(choices.len())].trim();
            out.push_str(&self.expand(chosen, depth + 1)?);
            return Ok(true);
        }
        let Some((name, argument)) = inner.split_once(':') else { return Ok(false) };
        match name {
            "base64" => {
                let clear = self.expand(argument, depth + 1)?;
                out.push_str(&base64(clear.as_bytes()));
                Ok(true)
            }
            "repeat" => match repeat(argument)? {
                Some(text) => {
                    out.push_str(&text);
                    Ok(true)
                }
                None => Ok(false),
            },
            "check" => {
                let (replaced, text) = (self.seal)(argument, out)?;
                out.truncate(out.len() - replaced);
                out.push_str(&text);
                Ok(true)
            }
            _ => self.class(name, argument, out),
        }
    }

    fn class(&mut self, name: &str, argument: &str, out: &mut String) -> Result<bool, String> {
        let Some((least, most)) = lengths(argument) else {
            // A number all the same, of a class: meant as a length.
            let is_number = argument.bytes().all(|b| b.is_ascii_digit() || b == b'-')
                && argument.bytes().any(|b| b.is_ascii_digit());
            if is_number && CLASSES.iter().any(|(known, _)| *known == name) {
                return Err(no_length(name, argument));
            }
            return Ok(false);
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric()) || name.is_empty() {
            return Ok(false);
        }
        let Some((_, alphabet)) = CLASSES.iter().find(|(known, _)| *known == name) else {
            return Err(format!(
                "`{{{name}:{argument}}}` names no class (known: {}); put a space after the colon if it is code",
                CLASSES.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(" ")
            ));
        };
        if least > most || most > MAX_LENGTH {
            return Err(no_length(name, argument));
        }
        let length = least + self.random.below(most - least + 1);
        out.push_str(&self.random_looking(alphabet.as_bytes(), length));
        Ok(true)
    }

    /// Random characters that also look it: a rare draw of too few kinds or with a row of one character is made again, since
    /// a shape that asks for more would not fit it. Words that chance spells stay.
    fn random_looking(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut drawn = self.draw(alphabet, length);
        for _ in 0..500 {
            if looks_random(drawn.as_bytes(), alphabet) {
                break;
            }
            drawn = self.draw(alphabet, length);
        }
        drawn
    }

    /// First and last are letters or digits where the class has them: `-` at an edge is possible in a
    /// real token but says nothing about a rule.
    fn draw(&mut self, alphabet: &[u8], length: usize) -> String {
        let plain: Vec<u8> = alphabet.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
        (0..length)
            .map(|at| {
                let from = if at == 0 || at + 1 == length { &plain } else { alphabet };
                from[self.random.below(from.len())] as char
            })
            .collect()
    }

    fn uuid(&mut self) -> String {
        let hex = self.random_looking(b"0123456789abcdef", 32);
        let variant = ["8", "9", "a", "b"][self.random.below(4)];
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

fn no_length(name: &str, argument: &str) -> String {
    format!("`{{{name}:{argument}}}` must be a length up to {MAX_LENGTH}, or a range that rises")
}

/// Offset of the brace that closes the one at the start. Braces in between must balance, which those of
/// a generator do.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().take(MAX_WRITTEN) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits at the bars that stand outside inner braces. Never empty.
fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b'|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn lengths(argument: &str) -> Option<(usize, usize)> {
    let number = |text: &str| -> Option<usize> {
        let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse().ok() } else { None }
    };
    match argument.split_once('-') {
        Some((least, most)) => Some((number(least)?, number(most)?)),
        None => number(argument).map(|length| (length, length)),
    }
}

fn repeat(argument: &str) -> Result<Option<String>, String> {
    let Some((text, times)) = argument.rsplit_once('*') else { return Ok(None) };
    let Some((times, _)) = lengths(times) else { return Ok(None) };
    if text.len().saturating_mul(times) > MAX_LENGTH {
        return Err(format!("`{{repeat:{argument}}}` is longer than {MAX_LENGTH} bytes"));
    }
    Ok(Some(text.repeat(times)))
}

fn looks_random(text: &[u8], alphabet: &[u8]) -> bool {
    let kinds = alphabet.len().min(text.len());
    // 0.8 of what is possible is 3.2 bits for 16 or more hex digits: well over any floor a rule may ask.
    if kinds >= 6 && entropy(text) < 0.8 * (kinds as f64).log2() {
        return false;
    }
    let both = alphabet.iter().any(u8::is_ascii_digit) && alphabet.iter().any(u8::is_ascii_alphabetic);
    if both
        && text.len() >= 6
        && !(text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic))
    {
        return false;
    }
    let cases = alphabet.iter().any(u8::is_ascii_lowercase) && alphabet.iter().any(u8::is_ascii_uppercase);
    if cases
        && text.len() >= 12
        && !(text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase))
    {
        return false;
    }
    // Long texts must repeat something somewhere, and small alphabets must repeat soon.
    alphabet.len() < 10 || text.len() > 200 || !text.windows(4).any(|w| w.iter().all(|b| *b == w[0]))
}

/// Shannon entropy, bits a character.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let total = text.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|share| -share * share.log2()).sum()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

/// splitmix64 (Steele, Lea, Flood 2014), seeded with FNV-1a: small, portable and good enough for made-up values.
struct Random(u64);

impl Random {
    fn new(seed: &str, text: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in seed.bytes().chain([0]).chain(text.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Random(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `limit`, which must not be zero.
    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}
