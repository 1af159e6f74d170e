//! Text encodings: what is not a superset of ASCII is turned into UTF-8 before the scan.

use std::borrow::Cow;

/// How much of a text is looked at to tell its encoding, bytes.
const HEAD: usize = 512;
/// How many characters of ASCII must be among the first in UTF-16 of a part of it within other text, and among how many.
const SHORTEST_WIDE: usize = 8;
const WIDE_HEAD: usize = 2 * SHORTEST_WIDE;
/// How many zero bytes are tried as the first such character's: those of other alphabets hold zero bytes too.
const MOST_ZEROS: usize = 100;
/// How many bytes of ASCII end such a part: two letters of Chinese are four of them by chance, but hardly ever so many.
const SHORTEST_NARROW: usize = 24;

/// The text in `bytes`: UTF-16 and UTF-32 (with a byte order mark, or told by their zero bytes) as UTF-8, parts in
/// UTF-16 that follow ASCII too (what PowerShell appends to a file), NUL bytes between texts (`/proc/self/environ`) as line
/// breaks; all else as it is. Lines stay lines.
pub fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        // Before UTF-16, whose little-endian mark this one starts with.
        [0xFF, 0xFE, 0, 0, rest @ ..] if is_scalars(rest, u32::from_le_bytes) => {
            Cow::Owned(utf32(rest, u32::from_le_bytes))
        }
        [0, 0, 0xFE, 0xFF, rest @ ..] if is_scalars(rest, u32::from_be_bytes) => {
            Cow::Owned(utf32(rest, u32::from_be_bytes))
        }
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] if is_narrow(rest) => Cow::Borrowed(bytes),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(in_parts(rest, 0, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(in_parts(rest, 0, u16::from_be_bytes)),
        [_, 0, 0, 0, ..] if is_plain(bytes, u32::from_le_bytes) => {
            Cow::Owned(utf32(bytes, u32::from_le_bytes))
        }
        [0, 0, 0, _, ..] if is_plain(bytes, u32::from_be_bytes) => {
            Cow::Owned(utf32(bytes, u32::from_be_bytes))
        }
        _ => match memchr::memchr(0, bytes) {
            None => Cow::Borrowed(bytes),
            Some(_) if is_wide(bytes, 1) => Cow::Owned(in_parts(bytes, 0, u16::from_le_bytes)),
            Some(_) if is_wide(bytes, 0) => Cow::Owned(in_parts(bytes, 0, u16::from_be_bytes)),
            Some(zero) => with_zeros(bytes, zero),
        },
    }
}

/// Text that holds zero bytes behind its head, the first at `zero`: ASCII and UTF-16 in turn, UTF-16 of letters that are
/// none of ASCII, or texts that zero bytes part. Anything else is binary and stays.
fn with_zeros(bytes: &[u8], zero: usize) -> Cow<'_, [u8]> {
    if is_of_letters(bytes, u16::from_le_bytes) {
        return Cow::Owned(in_parts(bytes, 0, u16::from_le_bytes));
    }
    if is_of_letters(bytes, u16::from_be_bytes) {
        return Cow::Owned(in_parts(bytes, 0, u16::from_be_bytes));
    }
    // What precedes the first zero byte on its line may be of the same part, and a mark before that.
    let line = memchr::memrchr(b'\n', &bytes[zero.saturating_sub(HEAD)..zero])
        .map_or(zero.saturating_sub(3), |at| zero.saturating_sub(HEAD) + at + 1);
    let before = &bytes[line.saturating_sub(HEAD)..line];
    let first = before.iter().take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
    if !is_narrow(&before[first..]) {
        return Cow::Borrowed(bytes);
    }
    if is_parted(bytes, zero) {
        return Cow::Owned(bytes.iter().map(|byte| if *byte == 0 { b'\n' } else { *byte }).collect());
    }
    match next_wide(bytes, 0) {
        Some((start, unit)) => Cow::Owned(in_parts(bytes, start, unit)),
        None => Cow::Borrowed(bytes),
    }
}

/// Text whose first part in UTF-16 begins at `start`; what stands before and between such parts stays.
fn in_parts(bytes: &[u8], start: usize, unit: Unit) -> Vec<u8> {
    let (mut out, mut done, mut part) = (Vec::new(), 0, Some((start, unit)));
    while let Some((start, unit)) = part {
        let before = &bytes[done..start];
        let marks = [&[0xFF, 0xFE][..], &[0xFE, 0xFF]];
        out.extend_from_slice(marks.iter().find_map(|mark| before.strip_suffix(*mark)).unwrap_or(before));
        done = wide_end(bytes, start, unit);
        out.extend(utf16(&bytes[start..done], unit));
        part = next_wide(bytes, done);
    }
    out.extend_from_slice(&bytes[done..]);
    out
}

/// How two bytes make a unit of UTF-16.
type Unit = fn([u8; 2]) -> u16;

/// Where the next part in UTF-16 begins, not before `floor`, and in which order its bytes are.
fn next_wide(bytes: &[u8], floor: usize) -> Option<(usize, Unit)> {
    let zeros = memchr::memchr_iter(0, &bytes[floor..]).take(MOST_ZEROS);
    zeros.map(|zero| floor + zero).find_map(|zero| wide_at(bytes, floor, zero))
}

/// The part in UTF-16 whose first character of ASCII holds the zero byte at `zero`.
fn wide_at(bytes: &[u8], floor: usize, zero: usize) -> Option<(usize, Unit)> {
    let starts = |start: usize, unit: Unit| {
        let head = bytes.get(start..)?;
        let units = || head.chunks_exact(2).take(WIDE_HEAD).map(|pair| unit([pair[0], pair[1]]));
        let plain = units().filter(|unit| u8::try_from(*unit).is_ok_and(is_plain_byte)).count();
        let is_text = |unit: u16| unit >= 0x80 || u8::try_from(unit).is_ok_and(is_plain_byte);
        (plain >= SHORTEST_WIDE && units().all(is_text)).then_some((start, unit))
    };
    let little = || starts(zero.checked_sub(1).filter(|start| *start >= floor)?, u16::from_le_bytes);
    let big = || starts(zero, u16::from_be_bytes);
    // Behind a line of ASCII, and behind a mark, the zero byte is the first one.
    let is_first = [&b"\n"[..], b"\xFE\xFF"].iter().any(|end| bytes[floor..zero].ends_with(end));
    if is_first { big().or_else(little) } else { little().or_else(big) }
}

/// Where a part in UTF-16 ends: before text of single bytes, or with the text.
fn wide_end(bytes: &[u8], start: usize, unit: Unit) -> usize {
    let whole = bytes.len() - (bytes.len() - start) % 2;
    let mut at = start;
    while at < whole {
        let is_ascii = u8::try_from(unit([bytes[at], bytes[at + 1]])).is_ok();
        // At the end of the text fewer will do.
        let rest = &bytes[at..bytes.len().min(at + SHORTEST_NARROW)];
        if !is_ascii && rest.iter().all(|byte| is_plain_byte(*byte)) {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

fn is_plain_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')
}

/// Whether single zero bytes part texts around the first one, which others follow.
fn is_parted(bytes: &[u8], zero: usize) -> bool {
    let around = &bytes[zero.saturating_sub(HEAD)..bytes.len().min(zero + HEAD)];
    let is_text = |byte: &u8| *byte == 0 || *byte >= 0x80 || is_plain_byte(*byte);
    memchr::memchr(0, &bytes[zero + 1..]).is_some()
        && around.iter().all(is_text)
        && !around.windows(3).any(|three| three[0] == 0 && (three[1] == 0 || three[2] == 0))
}

/// Whether the head of a text that is no UTF-8 is letters in UTF-16, hardly any of them of ASCII.
fn is_of_letters(bytes: &[u8], unit: Unit) -> bool {
    const FEWEST: usize = 32;
    let head = &bytes[..bytes.len().min(HEAD)];
    let units = || head.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let is_letter = |unit: u16| {
        u8::try_from(unit).is_ok_and(|byte| is_plain_byte(byte) || byte >= 0xA0)
            || matches!(unit, 0x0370..=0x06FF | 0x2010..=0x2026 | 0x3000..=0x30FF | 0x4E00..=0x9FFF)
            || matches!(unit, 0xAC00..=0xD7A3 | 0xFF01..=0xFFEE)
    };
    units().count() >= FEWEST && units().all(is_letter) && std::str::from_utf8(head).is_err()
}

/// Whether what stands behind a mark is text of single bytes: no zero and no control byte at its start, which is
/// UTF-8 or hardly anything but ASCII. In UTF-16 every line break has a zero byte.
fn is_narrow(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    let is_utf8 = || std::str::from_utf8(head).map_or_else(|err| err.error_len().is_none(), |_| true);
    let ascii = || head.iter().filter(|byte| byte.is_ascii()).count();
    head.iter().all(is_text) && (is_utf8() || ascii() * 10 >= head.len() * 9)
}

/// Whether nine tenths of the bytes at one parity are zero and hardly any at the other: ASCII text in
/// UTF-16 without a mark.
fn is_wide(bytes: &[u8], zero_at: usize) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.len() < 16 {
        return false;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let half = head.len() / 2;
    zeros(zero_at) * 10 >= half * 9 && zeros(1 - zero_at) * 20 <= half
}

/// The first units of four bytes.
fn head_units(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).take(128).map(move |four| unit([four[0], four[1], four[2], four[3]]))
}

/// Whether the first units are all characters, which four bytes of anything else hardly ever are.
fn is_scalars(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> bool {
    head_units(bytes, unit).all(|unit| char::from_u32(unit).is_some_and(|c| c != '\0'))
}

/// Whether eight or more such characters stand there, nine tenths of them ASCII that is text: UTF-32 without a mark.
fn is_plain(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> bool {
    let is_text = |unit: &u32| matches!(unit, 9 | 10 | 13 | 32..=126);
    let (all, text) = (head_units(bytes, unit).count(), head_units(bytes, unit).filter(is_text).count());
    all >= 8 && text * 10 >= all * 9 && is_scalars(bytes, unit)
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Vec<u8> {
    let units = bytes.chunks_exact(4).map(|four| unit([four[0], four[1], four[2], four[3]]));
    let mut out = String::with_capacity(bytes.len() / 4);
    out.extend(units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)));
    out.into_bytes()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut out = String::with_capacity(bytes.len() / 2);
    out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::as_text;

    #[test]
    fn utf16_becomes_utf8() {
        let text = "key = \"välue\"\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(&*as_text(&[&[0xFF, 0xFE], &little[..]].concat()), text.as_bytes());
        assert_eq!(&*as_text(&[&[0xFE, 0xFF], &big[..]].concat()), text.as_bytes());
        let plain = "token = something-longer".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(&*as_text(&plain), b"token = something-longer");
        assert_eq!(&*as_text(b"plain \x00 bytes"), b"plain \x00 bytes");
        let wide = "\u{5bc6}\u{7801}\u{662f}\u{4ec0}\u{4e48}\u{ff1f}".encode_utf16();
        let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            &*as_text(&[&[0xFF, 0xFE], &wide[..]].concat()),
            "\u{5bc6}\u{7801}\u{662f}\u{4ec0}\u{4e48}\u{ff1f}".as_bytes()
        );
    }

    #[test]
    fn utf32_becomes_utf8() {
        let text = "key = \"v\u{e4}lue \u{1f511}\"\n";
        for (mark, bytes) in [
            ([0xFF, 0xFE, 0, 0], u32::to_le_bytes as fn(u32) -> [u8; 4]),
            ([0, 0, 0xFE, 0xFF], u32::to_be_bytes),
        ] {
            let wide: Vec<u8> = text.chars().flat_map(|c| bytes(u32::from(c))).collect();
            assert_eq!(&*as_text(&[&mark, &wide[..]].concat()), text.as_bytes());
            let plain: Vec<u8> = "token = x\n".chars().flat_map(|c| bytes(u32::from(c))).collect();
            assert_eq!(&*as_text(&plain), b"token = x\n");
            // Numbers of four bytes are no text.
            let numbers: Vec<u8> = (1..60).flat_map(bytes).collect();
            assert_eq!(&*as_text(&numbers), numbers);
        }
        // UTF-16 that starts with a zero character.
        let wide: Vec<u8> = "\0ab".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(&*as_text(&[&[0xFF, 0xFE], &wide[..]].concat()), b"\0ab");
    }

    #[test]
    fn each_part_of_a_text_has_its_own_encoding() {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let (ascii, more) =
            ("A=1\r\nNAME=value\r\nURL=host\r\n", "TOKEN_A=v\u{e4}lue\r\nB=\u{5bc6}\u{7801}\r\n");
        for wide in [&little as &dyn Fn(&str) -> Vec<u8>, &big] {
            let read = |parts: &[&[u8]]| String::from_utf8(as_text(&parts.concat()).into_owned()).unwrap();
            let read_lossy =
                |parts: &[&[u8]]| String::from_utf8_lossy(&as_text(&parts.concat())).into_owned();
            assert_eq!(read(&[ascii.as_bytes(), &wide(more)]), format!("{ascii}{more}"));
            let all = [ascii.as_bytes(), &wide(more), ascii.as_bytes(), &wide(more)];
            assert_eq!(read(&all), format!("{ascii}{more}{ascii}{more}"));
            // A file behind another, with its mark.
            assert_eq!(read(&[ascii.as_bytes(), &wide("\u{feff}"), &wide(more)]), format!("{ascii}{more}"));
            assert_eq!(read(&[&wide(more), ascii.as_bytes()]), format!("{more}{ascii}"));
            // Whatever the first line is written in.
            for head in [
                "# Schl\u{fc}ssel",
                "# \u{5bc6}\u{7801}",
                "\u{41f}\u{440}\u{43e}\u{434}",
                "# \u{1f600} x",
                "\u{c4}=1",
            ] {
                let text = format!("{head}\r\n{more}");
                let read = read_lossy(&[ascii.as_bytes(), &wide(&text)]);
                assert!(read.starts_with(ascii) && read.contains("TOKEN_A=v\u{e4}lue\r\n"), "{head}: {read}");
                assert!(read.ends_with(&text) || !head.starts_with('#'), "{head}: {read}");
            }
            let first = format!("# l\u{2019}API\r\n{more}");
            assert_eq!(read(&[&wide(&first)]), first);
            let letters = format!("{}\r\n{more}", "\u{5bc6}\u{7801}".repeat(200));
            assert_eq!(read(&[&wide(&letters)]), letters);
        }
        assert_eq!(&*as_text(b"A=1\0NAME=value\0B=2\0"), b"A=1\nNAME=value\nB=2\n");
        for binary in
            [&b"\x7fELF\x02\x01\x01\0\0\0\0\0"[..], b"MZ\x90\0\x03\0\0\0", b"name\0\0\0value\0", b"a\x01b\0c"]
        {
            assert_eq!(&*as_text(binary), binary);
        }
    }

    #[test]
    fn a_mark_alone_makes_no_utf16() {
        for text in ["key = value\n", "k\u{43b}\u{44e}\u{447} = \u{437}\n", "a"] {
            for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] {
                let bytes = [&mark, text.as_bytes()].concat();
                assert_eq!(&*as_text(&bytes), bytes);
            }
        }
    }
}
