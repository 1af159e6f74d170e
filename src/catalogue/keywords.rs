//! The prefilter's tables: which keywords there are, and how to find all of them in one pass.
//!
//! Every second position of the text is looked at: the four bytes there are looked up in a small bitmap;
//! what passes is looked up in a second bitmap, then in a bucket table, and the keyword is compared there:
//! the same hits as an Aho-Corasick automaton (a test compares the two), at several times its speed and with
//! nothing built at start-up. A keyword is represented by two of its runs of four bytes, the rarest at an even
//! and the rarest at an odd distance from its start; one of them meets a position that is looked at. Keywords
//! of three and four bytes have such a run only with a byte beside them, and need an entry for each byte
//! that may stand there.
//!
//! The build script builds the tables for the embedded catalogue; user rules build their own at run time.

/// Bits in the first bitmap, as a power of two (64 KiB; text is so uneven that the first-level cache holds what
/// is looked up most), and in the second (16 KiB).
const FIRST_BITS: u32 = 19;
const SECOND_BITS: u32 = 17;
/// Buckets of the table that names the keywords behind a gram.
const BUCKET_BITS: u32 = 13;
/// Odd constants with well-spread bits; the second is used only for grams that pass the first.
const FIRST: u32 = 0x9E37_79B1;
const SECOND: u32 = 0x85EB_CA6B;
const THIRD: u32 = 0xC2B2_AE35;
/// Makes ASCII letters lower case and maps some other bytes onto each other; the comparison decides.
const FOLD: u32 = 0x2020_2020;
/// An entry of the bucket table: bits for the offset of the gram, counted from the byte before the keyword; one for
/// the case; a few of the gram's own, which tell it from most others in the bucket; then the keyword.
const OFFSET_BITS: u32 = 4;
const TAG_SHIFT: u32 = OFFSET_BITS + 1;
const TAG_BITS: u32 = 11;
const NUMBER_SHIFT: u32 = TAG_SHIFT + TAG_BITS;
/// Most keywords that a table can hold.
pub const MAX_KEYWORDS: usize = 1 << (32 - NUMBER_SHIFT);
/// Positions looked at in one step, and how far the grams there reach, bytes.
const STEP: usize = 16;
const REACH: usize = STEP + 4;

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

/// Builds the tables. Keywords shorter than three bytes, and more than [`MAX_KEYWORDS`], are refused by `check.rs`
/// and never found.
pub fn build(words: &[Spec], sought: Sought) -> Built {
    let mut built = Built {
        first: vec![0; 1 << (FIRST_BITS - 6)],
        second: vec![0; 1 << (SECOND_BITS - 6)],
        ..Built::default()
    };
    let mut buckets = vec![Vec::new(); 1 << BUCKET_BITS];
    for (number, word) in words.iter().take(MAX_KEYWORDS).enumerate() {
        for (offset, gram) in grams(word, sought) {
            let offset = (offset + 1) as u32;
            let case = u32::from(word.exact) << OFFSET_BITS;
            let entry = (number as u32) << NUMBER_SHIFT | tag(gram) << TAG_SHIFT | case | offset;
            set(&mut built.first, first_bit(gram));
            set(&mut built.second, second_bit(gram));
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

/// What represents a keyword: where four bytes stand in it, and which. The offset is -1 for a short keyword
/// with the byte before it.
fn grams(word: &Spec, sought: Sought) -> Vec<(isize, u32)> {
    let text = word.text.as_slice();
    let rarest = |offsets: &mut dyn Iterator<Item = usize>| {
        offsets
            .min_by_key(|&at| commonness(&text[at..at + 4]))
            .map(|at| (at as isize, whole(&text[at..at + 4])))
    };
    let places = text.len().saturating_sub(3).min((1 << OFFSET_BITS) - 1);
    let any = [u64::MAX; 4];
    match (sought, text) {
        (_, [] | [_] | [_, _]) => Vec::new(),
        (Sought::AtHead, &[a, b, c]) => followed([a, b, c], &word.follow),
        (Sought::AtHead, _) => rarest(&mut (0..1)).into_iter().collect(),
        (Sought::Anywhere, &[a, b, c]) => {
            followed([a, b, c], &word.follow).into_iter().chain(preceded([a, b, c])).collect()
        }
        (Sought::Anywhere, &[a, b, c, d]) => {
            let odd = if commonness(&[a, b, c]) <= commonness(&[b, c, d]) {
                preceded([a, b, c])
            } else {
                let mut after = followed([b, c, d], &any);
                after.iter_mut().for_each(|(offset, _)| *offset = 1);
                after
            };
            std::iter::once((0, whole(text))).chain(odd).collect()
        }
        (Sought::Anywhere, _) => {
            let even = rarest(&mut (0..places).step_by(2));
            even.into_iter().chain(rarest(&mut (1..places).step_by(2))).collect()
        }
    }
}

/// Three bytes and each that may follow.
fn followed([a, b, c]: [u8; 3], follow: &[u64; 4]) -> Vec<(isize, u32)> {
    folded(follow).into_iter().map(|next| (0, gram([a, b, c, next]))).collect()
}

/// Three bytes and any before them.
fn preceded([a, b, c]: [u8; 3]) -> Vec<(isize, u32)> {
    folded(&[u64::MAX; 4]).into_iter().map(|before| (-1, gram([before, a, b, c]))).collect()
}

fn whole(four: &[u8]) -> u32 {
    gram([four[0], four[1], four[2], four[3]])
}

/// The distinct folded forms of the bytes in `set`.
fn folded(set: &[u64; 4]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..=255u8).filter(|&b| set[usize::from(b >> 6)] >> (b & 63) & 1 == 1).map(|b| b | 0x20).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

/// The commonest runs of four bytes, lower case, in 60 MB of C, Go, Java, JavaScript, Kotlin, PHP, Python, Ruby and
/// Rust, the commonest first.
#[rustfmt::skip]
const COMMON: &str = concat!(
    "    tion thethe  if    }   rself   inameturnetur  reretu  if----this con ret   sing type to urn elf.ion ",
    " for seltest   c   .file in node is    a   /for atioctiopathvaluptioconsalueport thi   estri   dringions",
    " of if (comp   tsionwith str  //onst defcargrrorerro   pe = trinassecontstatand sertargodata // ment val",
    " andablepack  se  cosser not prohttpckagrequs =   deackaopti   fnst   # kagefrom   )   l   #def listconf",
    "builnot versfuncort code res asssouronfiuildourc comtimersiojecturceersinoneargehis.atchequesizenfig   *",
    "  asimporaphgrapthattargrget(sel = scomm nonlet  intent his formnstated  == nctiunct exptrueinstt =  wit",
    "nullintee thcallquesparauestpectread use tha funmpor = nedgen th be nterclasendeexpeserv letlassonteame ",
    " nodxpecaultate pendfaulrespalloworkith    nrom   ledefaaderaramefauf thance  throothat use  sta fils th",
    ".comtingn = sponmple tes or  =>  nam parelse setredidefi_namdulereatding   v  ex typesposcriefinspecreso",
    "rateodulponsheaditiomodu reqstandictonsecreaalse() {  * erateadefalstextlinedate as  elsceptther nul tru",
    "lockect(eateerveorma====writ  /* fro patbjecedisecti  fo -> ttps verattracheentiount   g newtatiindee in",
    "replrentest_ightof tprops nolf._tureobjeistrr thresuentsode backion_esulemenctedtps:rativoidarseitersult",
    "ectes://r = ps:/ressregiript are optriteconninit= seile(checmatcienthe sfinendexcriprectare rver) ->ange",
    "icatcessint parsget_tateheck   m lisevencachalide reliententxcepmber imptanc keyepencoundepevali) => cha",
    "e coloadndenrmat: st red /*  fald = ribustarternclie err] = ated  vaelf,manddirethub   oexceprest thd to",
    "infoommaile jsonactictorireced tmman = tithuningventlse  allnectifie insest   },githon =.fil nx.tablompo",
    "in tgistodes****flagllocouldtivenderons    b = rentrhe censecom/tartate_ getonnedenc   {operquirnnec_con",
    "ype rustsignlicepacentex it .getall  pac = [get(ble egisis nates addsed late dep whes a singert hub.= re",
    "  })char an spacarra we  canval userngthlengs inb.cobaseengtpdatequiion(lf, new qualatur  pr = p by  cal",
    " any   (hen toryoverrrayt reub.cmodesage   wcateter me =oid t is ser  paelf)  .flue t ine islemeupda   1",
    "/gitng tdent  inibut .fi rep &&  objuireine cati   $ preboolditio thpartenerage  crerame tarllowequaase ",
    "casemethuld ill ://gntenimplfail  el argtrib datused(httmainargsrren//gionlyhand   [cket reatainplatg = ",
    "byteionasterfeatlocauppoion._stapublror(umbeumenraisdesc).to. */authnextitemnumbcludfferd ineighlinkaise",
    " linset ent_ssio wil = crgo_ytes on e toator  stubliappe = {ockeessa hasto ttifitworwillthodchancrataren",
    "oundcorebodyass  dics togroueptieatuprocp = smodrepostr, shocurrernaesoutemp gra=> {](httomladdrith_shou",
    "netwes =stre)) {aticexteescrndlehashstrudismetwoone  = f whitokeetho_pat spessagmess ===ders sizokenenco",
    "ncod  } othestry=== icen modismolongule_stalpecirojeojeclude() =he les aher projt ofned    u   ] apps an",
    "urrecensterawhenieldbuteer().add.tomhoulatusame,   0est(ed bis a####lags edgandlchilath lterencetatumove",
    "utpuse cdges  caore heree of////remo, retersnentoutping(mpile stect esol/// .buiructsyncif tpringo_t, th",
    "/footputtreattrihost pririntompider sockctiving_nclumall caralleessihildincl htt clihe rt coaliz timtruc",
    "eterplicise ed in reis.#e ca_typ numolvelectertipareor t_getonenundeer tsuppificample fo pubn seortegene",
    "ppores ting,roup dirinedwarn outposi casomparoce  ra clat to} eling]er =ings bui len () solv, anectotran",
    "out nce  raiponecan havempon(strhe fcondorkssome   hencient.ntai = 0_stronalulticifie liers ocesult , in",
    "hang_dattreelizenputef _= nxexpo booemovbuff_parclospassred ecifhe pweigontaver.elemciesdeburkspream   -",
    "tr, _tes matprof thrl = osit) ==ess ize_prefinpumult } entrynitithenh = ages_edgfinirang_filest. youlete",
    "ileseplyfiltunitreseexam reg dised as ofaph(ddreprot = (try enamries_pro= nu trapatcxtenartiransures.sta",
    "one,hingd th attideng thackertedametng] get uffeter_t nod bytall ind a siltetter metion, extncieames hea",
    "$thiglobtes   0,src/is->y = ointexecs reder(or aempts is != ignoneraebug itegnore noeconplacntinfieleren",
    " souse ikeysloseust ies s ar sup.conwaitargunts gumet_paypesme, ons.n ine paone:xampnse norederr end  .b",
    "copylen(st c0000 || ferergo.forehis-f notcheata tial und acte anblocto a.carace add_ratoon tsequ excrgum",
    "everild(wraphe nthro othe a ist iste runing.pileejs/lues, stame)invafierse {tractic set(tric(thiigur che",
    "led e deere if nng aency varxporkspadelenvalrn tis iull,, cot bef (!allyurnstch se tmetees, nal _resdisp",
    "(coneach.witave ficanly  bas cra",
);

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

#[inline(always)]
fn first_bit(gram: u32) -> usize {
    (gram.wrapping_mul(FIRST) >> (32 - FIRST_BITS)) as usize
}

#[inline(always)]
fn second_bit(gram: u32) -> usize {
    (gram.wrapping_mul(SECOND) >> (32 - SECOND_BITS)) as usize
}

fn bucket(gram: u32) -> usize {
    ((gram ^ gram >> 15).wrapping_mul(THIRD) >> (32 - BUCKET_BITS)) as usize
}

/// Bits of a gram that its bucket does not tell.
#[inline(always)]
fn tag(gram: u32) -> u32 {
    gram.wrapping_mul(SECOND) >> (32 - TAG_BITS)
}

fn set(bitmap: &mut [u64], bit: usize) {
    bitmap[bit >> 6] |= 1 << (bit & 63);
}

type FirstBitmap = [u64; 1 << (FIRST_BITS - 6)];
type SecondBitmap = [u64; 1 << (SECOND_BITS - 6)];

/// The bit, in the lowest place of what comes back.
#[inline(always)]
fn test<const WORDS: usize>(bitmap: &[u64; WORDS], bit: usize) -> u64 {
    bitmap[bit >> 6] >> (bit & 63)
}

/// The grams at eight positions, two bytes apart.
#[derive(Clone, Copy)]
struct Grams([u64; 4]);

impl Grams {
    #[inline(always)]
    fn of(block: &[u8; REACH]) -> Grams {
        let fold = u64::from(FOLD) << 32 | u64::from(FOLD);
        let eight = |at: usize| u64::from_le_bytes(block[at..at + 8].try_into().expect("eight bytes")) | fold;
        Grams([eight(0), eight(4), eight(8), eight(12)])
    }

    #[inline(always)]
    fn at(self, step: usize) -> u32 {
        (self.0[step / 2] >> (16 * (step % 2))) as u32
    }

    /// One bit for each position whose gram is in the bitmap. Kept out of the loop that runs over all
    /// bytes: sharing its registers costs that loop a third of its speed.
    #[inline(never)]
    fn passed(self, first: &FirstBitmap) -> u64 {
        (0..8).fold(0, |passed, step| passed | (test(first, first_bit(self.at(step))) & 1) << step)
    }
}

impl KeywordTable {
    /// Calls back with the offset and the number of every keyword in `bytes`, nearly in order of
    /// offset (a later call may be up to the length of a keyword earlier). Linear in `bytes`.
    pub fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize, usize)) {
        let (Ok(first), Ok(second)) =
            (<&FirstBitmap>::try_from(self.first), <&SecondBitmap>::try_from(self.second))
        else {
            return;
        };
        let mut at = 0;
        while let Some(block) = bytes.get(at..at + REACH) {
            let grams = Grams::of(block.try_into().expect("a block"));
            if (0..8).fold(0, |any, step| any | test(first, first_bit(grams.at(step)))) & 1 == 1 {
                let mut passed = grams.passed(first);
                while passed != 0 {
                    let step = passed.trailing_zeros() as usize;
                    passed &= passed - 1;
                    if test(second, second_bit(grams.at(step))) & 1 == 1 {
                        self.confirm(bytes, at + 2 * step, grams.at(step), found);
                    }
                }
            }
            at += STEP;
        }
        for at in (at..bytes.len()).step_by(2) {
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
        let gram = gram(four);
        if <&FirstBitmap>::try_from(self.first).is_ok_and(|first| test(first, first_bit(gram)) & 1 == 1) {
            self.confirm(bytes, at, gram, found);
        }
    }

    #[inline(never)]
    fn confirm(&self, bytes: &[u8], at: usize, gram: u32, found: &mut impl FnMut(usize, usize)) {
        let bucket = bucket(gram);
        let entries = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for &entry in &self.entries[entries] {
            if entry >> TAG_SHIFT & ((1 << TAG_BITS) - 1) != tag(gram) {
                continue;
            }
            let number = (entry >> NUMBER_SHIFT) as usize;
            let word = self.words[number];
            let offset = (entry & ((1 << OFFSET_BITS) - 1)) as usize;
            let Some(start) = (at + 1).checked_sub(offset) else { continue };
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
