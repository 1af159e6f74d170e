//! The prefilter's tables: which keywords there are, and how to find all of them in one pass.
//!
//! Every keyword is represented by one four-byte gram, its rarest. Each position of the text is looked up
//! in a small bitmap of grams; one that passes is looked up in a second bitmap, then in a bucket table, and
//! the keyword is compared there: the same hits as an Aho-Corasick automaton (a test compares the two), at
//! several times its speed and with nothing built at start-up. A second gram a keyword would allow a look
//! at every second byte only, but keywords of three and four bytes then need a gram for each byte that may
//! stand beside them: of 1,550 keywords that filled 22 % of the bitmap, and two blocks of eight bytes in
//! three passed; with one gram it is 3 %.
//!
//! The build script builds the tables for the embedded catalogue; user rules build their own at run time.

/// Bits in each of the two bitmaps (16 KiB each: both stay in the first-level cache).
const BITS: u32 = 17;
/// Buckets of the table that names the keywords behind a gram.
const BUCKET_BITS: u32 = 13;
/// Odd constants with well-spread bits; the second is used only for grams that pass the first.
const FIRST: u32 = 0x9E37_79B1;
const SECOND: u32 = 0x85EB_CA6B;
const THIRD: u32 = 0xC2B2_AE35;
/// Makes ASCII letters lower case and maps some other bytes onto each other; the comparison decides.
const FOLD: u32 = 0x2020_2020;
/// An entry of the bucket table: bits for the offset of the gram, then one for the case, then the keyword.
const OFFSET_BITS: u32 = 4;
const NUMBER_SHIFT: u32 = OFFSET_BITS + 1;

/// A keyword and what it must be followed by to count.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Three bytes or more; lower case unless `exact`.
    pub text: Vec<u8>,
    /// Whether the case of its letters matters.
    pub exact: bool,
    /// One bit for each byte that may follow; all ones when anything may, the end included.
    pub follow: [u64; 4],
}

/// The tables, borrowed: statics for the embedded catalogue, leaked for user rules.
#[derive(Debug, Clone, Copy)]
pub struct KeywordTable {
    /// First bitmap.
    pub first: &'static [u64],
    /// Second bitmap.
    pub second: &'static [u64],
    /// Where each bucket starts in `entries`; one more than there are buckets.
    pub starts: &'static [u32],
    /// Keyword number, whether its case matters, and where the gram stands in it.
    pub entries: &'static [u32],
    /// The keywords.
    pub words: &'static [&'static [u8]],
}

/// Owned tables, as the build script writes them out.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// See [`KeywordTable::first`].
    pub first: Vec<u64>,
    /// See [`KeywordTable::second`].
    pub second: Vec<u64>,
    /// See [`KeywordTable::starts`].
    pub starts: Vec<u32>,
    /// See [`KeywordTable::entries`].
    pub entries: Vec<u32>,
}

/// Where keywords are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// At every position of the text, by [`KeywordTable::find`].
    Anywhere,
    /// Where a token starts, by [`KeywordTable::at`].
    AtHead,
}

/// Builds the tables. Keywords shorter than three bytes are refused by `check.rs` and never found.
pub fn build(words: &[Spec], sought: Sought) -> Built {
    let mut built =
        Built { first: vec![0; 1 << (BITS - 6)], second: vec![0; 1 << (BITS - 6)], ..Built::default() };
    let mut buckets = vec![Vec::new(); 1 << BUCKET_BITS];
    for (number, word) in words.iter().enumerate() {
        let (offset, grams) = grams(word, sought);
        let entry = (number as u32) << NUMBER_SHIFT | u32::from(word.exact) << OFFSET_BITS | offset as u32;
        for gram in grams {
            set(&mut built.first, hash(gram, FIRST));
            set(&mut built.second, hash(gram, SECOND));
            let bucket: &mut Vec<u32> = &mut buckets[bucket(gram)];
            if !bucket.contains(&entry) {
                bucket.push(entry);
            }
        }
    }
    built.starts.push(0);
    for bucket in buckets {
        built.entries.extend(bucket);
        built.starts.push(built.entries.len() as u32);
    }
    built
}

/// Where the gram of a keyword stands in it, and the forms it can have: several only for a keyword of three
/// bytes, whose gram holds the byte that follows.
fn grams(word: &Spec, sought: Sought) -> (usize, Vec<u32>) {
    let text = &word.text;
    let most = if sought == Sought::AtHead { 1 } else { 1 << OFFSET_BITS };
    let rarest = (0..text.len().saturating_sub(3).min(most)).min_by_key(|&at| commonness(&text[at..at + 4]));
    match (rarest, text.as_slice()) {
        (Some(at), _) => (at, vec![gram([text[at], text[at + 1], text[at + 2], text[at + 3]])]),
        (None, &[a, b, c]) => {
            (0, folded(&word.follow).into_iter().map(|next| gram([a, b, c, next])).collect())
        }
        (None, _) => (0, Vec::new()),
    }
}

/// The distinct folded forms of the bytes in `set`.
fn folded(set: &[u64; 4]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..=255u8).filter(|&b| set[usize::from(b >> 6)] >> (b & 63) & 1 == 1).map(|b| b | 0x20).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

/// The commonest runs of four letters in 70 MB of Python, JavaScript, Rust and JSON, the commonest first.
const COMMON: &str = "\
    tionselfconsonstthisassesertsserturnretueturatiotypeportfromnamectioionstestvalurrorerroaluepath\
    menttrueexprfuncptiorateintesionstatmporimpounctfileableokentokeringformnctisymbymbofalsnodealse\
    timeoptiresuwithatchcontstriesulmatrsultmpleatrilistargsjectcratnstanonetivecodecompratiimplinst\
    sizetrixversthercommonalormarequionastanctorelsentertureattrparsthatargespecersiarselineconfting\
    bjecdatapendancefaulindeeratlongaulttrinefaupolytargobjedefargetmatconfiwritaturangersiontegrmat\
    atteointnfigparareadinitentsritenputtterlassndexinpuemenuintoutpllowtaticlasheadtputrentutpupres\
    sqrtallodingtateoperfeatraispoinsignbasepackeatuengtatoraiseaderothecallngthhttpitiotancscristru\
    posilengeadeprinrintmberendeampliterieldentrdefilockequesolvstardiffmaincessectitermsingefinolve\
    atedrootressequitrucbinddateodulenerpartructlemearamativgroutricentifinimodutranmethositrangvali\
    herederialidchecgeneriptarraflagcasefieldentdulelinkpropnextenceuirevariapperrayevalheckachequir\
    umberansreatnumbtartexamfferexpooundxamprameonteeateimitbuilkage";

/// A rough measure of how often four bytes stand together in source text: the rarest gram is chosen.
fn commonness(gram: &[u8]) -> usize {
    let lower = gram.to_ascii_lowercase();
    if let Some(rank) = COMMON.as_bytes().chunks(4).position(|common| common == lower) {
        return COMMON.len() - rank;
    }
    lower
        .iter()
        .map(|byte| match byte {
            b'e' | b't' | b's' | b'r' | b'n' | b'i' | b'a' | b'o' | b' ' => 12,
            b'l' | b'c' | b'd' | b'u' | b'p' | b'm' => 8,
            b'h' | b'f' | b'g' | b'b' | b'y' | b'k' | b'_' | b'=' | b'"' => 5,
            b'0'..=b'9' | b'.' | b'/' | b':' | b'-' | b'v' | b'w' => 3,
            _ => 1,
        })
        .sum()
}

fn gram(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | FOLD
}

fn hash(gram: u32, by: u32) -> usize {
    (gram.wrapping_mul(by) >> (32 - BITS)) as usize
}

fn bucket(gram: u32) -> usize {
    ((gram ^ gram >> 15).wrapping_mul(THIRD) >> (32 - BUCKET_BITS)) as usize
}

fn set(bitmap: &mut [u64], bit: usize) {
    bitmap[bit >> 6] |= 1 << (bit & 63);
}

type Bitmap = [u64; 1 << (BITS - 6)];

/// The bit, in the lowest place of what comes back.
#[inline(always)]
fn test(bitmap: &Bitmap, bit: usize) -> u64 {
    bitmap[bit >> 6] >> (bit & 63)
}

/// The grams at eight positions in a row.
#[derive(Clone, Copy)]
struct Grams {
    low: u64,
    high: u64,
}

impl Grams {
    #[inline(always)]
    fn of(block: &[u8]) -> Grams {
        let fold = u64::from(FOLD) << 32 | u64::from(FOLD);
        Grams {
            low: u64::from_le_bytes(block[..8].try_into().expect("eight bytes")) | fold,
            high: u64::from_le_bytes(block[4..12].try_into().expect("eight bytes")) | fold,
        }
    }

    #[inline(always)]
    fn at(self, step: usize) -> u32 {
        if step < 4 { (self.low >> (8 * step)) as u32 } else { (self.high >> (8 * (step - 4))) as u32 }
    }

    /// One bit for each position whose gram is in both bitmaps. Kept out of the loop that runs over all
    /// bytes: sharing its registers costs that loop a third of its speed.
    #[inline(never)]
    fn passed(self, first: &Bitmap, second: &Bitmap) -> u64 {
        let both = |gram| test(first, hash(gram, FIRST)) & test(second, hash(gram, SECOND)) & 1;
        (0..8).fold(0, |passed, step| passed | both(self.at(step)) << step)
    }
}

impl KeywordTable {
    /// Calls back with the offset and the number of every keyword in `bytes`, nearly in order of
    /// offset (a later call may be up to the length of a keyword earlier). Linear in `bytes`.
    pub fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize, usize)) {
        let (Ok(first), Ok(second)) = (<&Bitmap>::try_from(self.first), <&Bitmap>::try_from(self.second))
        else {
            return;
        };
        let mut at = 0;
        // The grams at eight positions a step reach eleven bytes far.
        while let Some(block) = bytes.get(at..at + 12) {
            let grams = Grams::of(block);
            if (0..8).fold(0, |any, step| any | test(first, hash(grams.at(step), FIRST))) & 1 == 1 {
                let mut passed = grams.passed(first, second);
                while passed != 0 {
                    let step = passed.trailing_zeros() as usize;
                    passed &= passed - 1;
                    self.confirm(bytes, at + step, grams.at(step), found);
                }
            }
            at += 8;
        }
        for at in at..bytes.len() {
            self.at(bytes, at, found);
        }
    }

    /// Calls back for the keywords whose gram stands at `at`: all that start there, in tables built for
    /// [`Sought::AtHead`].
    pub fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let mut four = [0; 4];
        match bytes.get(at..at + 4) {
            Some(whole) => four.copy_from_slice(whole),
            None => four.iter_mut().zip(&bytes[at..]).for_each(|(to, from)| *to = *from),
        }
        self.confirm(bytes, at, gram(four), found);
    }

    #[inline(never)]
    fn confirm(&self, bytes: &[u8], at: usize, gram: u32, found: &mut impl FnMut(usize, usize)) {
        let bucket = bucket(gram);
        let entries = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for &entry in &self.entries[entries] {
            let number = (entry >> NUMBER_SHIFT) as usize;
            let word = self.words[number];
            let Some(start) = at.checked_sub((entry & ((1 << OFFSET_BITS) - 1)) as usize) else { continue };
            let Some(here) = bytes.get(start..start + word.len()) else { continue };
            let exact = entry >> OFFSET_BITS & 1 == 1;
            if if exact { here == word } else { here.eq_ignore_ascii_case(word) } {
                found(start, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(words: &[&str]) -> KeywordTable {
        let specs: Vec<Spec> = words
            .iter()
            .map(|w| Spec { text: w.as_bytes().to_vec(), exact: false, follow: [u64::MAX; 4] })
            .collect();
        let built = build(&specs, Sought::Anywhere);
        let words: Vec<&'static [u8]> = words.iter().map(|w| &*w.as_bytes().to_vec().leak()).collect();
        KeywordTable {
            first: built.first.leak(),
            second: built.second.leak(),
            starts: built.starts.leak(),
            entries: built.entries.leak(),
            words: words.leak(),
        }
    }

    fn hits(words: &[&str], text: &[u8]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        table(words).find(text, &mut |at, word| out.push((at, word)));
        out.sort_unstable();
        out
    }

    const WORDS: &[&str] = &["sg.", "ghp_", "token", "akia", "twilio", "api_key", "auth_token", "://", "key"];

    #[test]
    fn finds_what_aho_corasick_finds() {
        let automaton =
            aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(WORDS).unwrap();
        let mut state = 7u64;
        for round in 0..2_000 {
            let mut text = Vec::new();
            while text.len() < round % 97 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match state >> 60 {
                    0..=5 => text.extend_from_slice(WORDS[(state >> 33) as usize % WORDS.len()].as_bytes()),
                    6 => text.extend_from_slice(b"TWILIO_Auth_Token"),
                    _ => text.push((state >> 40) as u8),
                }
            }
            let mut expected: Vec<_> =
                automaton.find_overlapping_iter(&text).map(|m| (m.start(), m.pattern().as_usize())).collect();
            expected.sort_unstable();
            assert_eq!(hits(WORDS, &text), expected, "in {:?}", bstr::BStr::new(&text));
        }
    }

    #[test]
    fn finds_a_keyword_at_the_very_end() {
        assert_eq!(hits(&["key"], b"key"), [(0, 0)]);
        assert_eq!(hits(&["ghp_"], b"xghp_"), [(1, 0)]);
    }
}
