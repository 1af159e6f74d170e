//! Recognises archives by their first bytes. Names do not count: a `.docx` is a zip, a `.png` may be one.

use crate::source::lfs;

/// What a file is, as far as it matters for looking inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Also jar, war, whl, nupkg, apk, docx (PKWARE APPNOTE 6.3.10).
    Zip,
    /// POSIX ustar and pax, GNU, and what came before them.
    Tar,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// The .xz file format, 1.2.1.
    Xz,
    /// What `xz --format=lzma` writes (lzma-file-format.txt of XZ Utils).
    Lzma,
    /// bzip2.
    Bzip2,
    /// RFC 1950: what git keeps an object in, and a stream without a container.
    Zlib,
    /// What `ar` writes: packages of Debian, static libraries.
    Ar,
    /// A picture with text in it (PNG, third edition, 11.3.3).
    Png,
    /// What stands for a file that Git LFS keeps.
    Pointer,
    /// An archive that is not opened; its name.
    Closed(&'static str),
    /// Not an archive, but its text is compressed inside; its name.
    Raw(&'static str),
}

/// Bytes from the start that are enough to tell.
pub(super) const HEAD: usize = 512;

/// Bytes of the record that ends a zip, without its comment (APPNOTE 6.3.10, 4.3.16).
const END: usize = 22;

/// Bytes that the directory of a zip has for a member at least (4.3.12).
const ENTRY: usize = 46;

/// Bytes from the end that tell a zip behind a program or a script: the end record with the longest comment.
pub(super) const TAIL: usize = END + u16::MAX as usize;

/// What starts with `head`, which is the whole or at least [`HEAD`] bytes of it.
pub(super) fn of(head: &[u8]) -> Option<Kind> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Kind::Zip),
        _ if stream(head).is_some() => stream(head),
        _ if skips_to_zstd(head) => Some(Kind::Zstd),
        _ if is_lzma(head) => Some(Kind::Lzma),
        _ if head.starts_with(b"!<arch>\n") => Some(Kind::Ar),
        _ if head.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Kind::Png),
        _ if lfs::may_be_pointer(head) => Some(Kind::Pointer),
        _ if is_zlib(head) => Some(Kind::Zlib),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Kind::Raw("PDF")),
        _ if head.starts_with(b"SQLite format 3\0") => Some(Kind::Raw("SQLite")),
        _ if is_tar(head) => Some(Kind::Tar),
        _ => closed(head).map(Kind::Closed),
    }
}

/// The compressed streams that have a sign of their own.
pub(super) fn stream(head: &[u8]) -> Option<Kind> {
    match head {
        // Deflate is the only method there is; the three upper flags are reserved and zero.
        [0x1F, 0x8B, 8, flags, ..] if flags & 0xE0 == 0 => Some(Kind::Gzip),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Kind::Zstd),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Kind::Xz),
        // The number of a block, which is pi, or of the end, which is its root.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Kind::Bzip2),
        _ => None,
    }
}

/// What is not opened, by name.
fn closed(head: &[u8]) -> Option<&'static str> {
    collection(head).or_else(|| store(head))
}

/// Archives, and compressed files.
fn collection(head: &[u8]) -> Option<&'static str> {
    Some(match head {
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "7z archive",
        [b'R', b'a', b'r', b'!', 0x1A, 7, ..] => "RAR archive",
        // Up to sixteen bits, and two that are not used.
        [0x1F, 0x9D, bits, ..] if bits & 0x60 == 0 && (9..=16).contains(&(bits & 0x1F)) => "file of compress",
        [0x04, 0x22, 0x4D, 0x18, ..] | [0x02, 0x21, 0x4C, 0x18, ..] => "LZ4 file",
        [b'L', b'Z', b'I', b'P', 1, ..] => "lzip file",
        _ if head.starts_with(b"\x89LZO\0\r\n\x1a\n") => "lzop file",
        _ if head.starts_with(b"\xff\x06\0\0sNaPpY") => "Snappy file",
        [b'x', b'a', b'r', b'!', 0, _, 0, _, ..] => "xar archive",
        [b'z', b'P', b'Q', 1 | 2, 1, ..] | [b'7', b'k', b'S', b't', 0xA0, ..] => "ZPAQ archive",
        [b'A', b'L', b'Z', 1, ..] => "ALZ archive",
        _ if head.starts_with(b"MSWIM\0\0\0") => "WIM image",
        _ if head.get(7..14) == Some(b"**ACE**") => "ACE archive",
        // The level of the header, of which there are four.
        [_, _, b'-', b'l', b'h' | b'z', b'0'..=b'9' | b'd' | b's', b'-', rest @ ..]
            if rest.get(13).is_some_and(|level| *level <= 3) =>
        {
            "LHA archive"
        }
        // Bytes of the header, and of its first part.
        [0x60, 0xEA, low, high, first, ..]
            if *first >= 30 && (u16::from(*first)..=2600).contains(&u16::from_le_bytes([*low, *high])) =>
        {
            "ARJ archive"
        }
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => "cabinet archive",
        // Since 2009 there is version 4.
        [b'h', b's', b'q', b's', rest @ ..] if rest.get(24..26) == Some(&[4, 0]) => "SquashFS image",
        [0xC7, 0x71, _, _, ..] | [0x71, 0xC7, _, _, ..] if head.len() > 26 => "cpio archive",
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2' | b'7', rest @ ..]
            if rest.len() > 70 && rest[..70].iter().all(u8::is_ascii_hexdigit) =>
        {
            "cpio archive"
        }
        [0xED, 0xAB, 0xEE, 0xDB, ..] => "RPM package",
        [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, ..] => "git pack",
        _ if head.starts_with(b"# v2 git bundle\n") || head.starts_with(b"# v3 git bundle\n") => {
            "git bundle; clone it, and scan that with `--history`"
        }
        _ => return None,
    })
}

/// Dumps and tables that are compressed inside, images of disks, and what is encrypted.
fn store(head: &[u8]) -> Option<&'static str> {
    Some(match head {
        [b'P', b'G', b'D', b'M', b'P', 1, ..] => "dump of PostgreSQL; pg_restore makes a text of it",
        [b'R', b'E', b'D', b'I', b'S', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => {
            "dump of Redis"
        }
        // The first page begins with its header, a struct of Thrift.
        [b'P', b'A', b'R', b'1', 0x15, ..] => "Parquet file",
        [b'O', b'b', b'j', 1, ..] => "Avro file",
        [b'S', b'a', b'l', b't', b'e', b'd', b'_', b'_', ..] => "file that openssl has encrypted",
        _ if head.starts_with(b"age-encryption.org/v1\n") => "file that age has encrypted",
        [0x03, 0xD9, 0xA2, 0x9A, 0x65..=0x67, 0xFB, 0x4B, 0xB5, ..] => "database of KeePass",
        // Its first sixteen sectors are for others.
        _ if head.get(0x8001..0x8006) == Some(b"CD001") => "disc image",
        _ if head.get(1024..1028) == Some(&[0xE2, 0xE1, 0xF5, 0xE0]) => "EROFS image",
        [b'Q', b'F', b'I', 0xFB, ..] | [b'K', b'D', b'M', b'V', 1..=3, 0, 0, 0, ..] => "disk image",
        _ if head.starts_with(b"vhdxfile") => "disk image",
        _ => return None,
    })
}

/// Packed bytes of a stream that make a text of what they unpack to by more than chance.
const PROVES: u64 = 24;

/// Whether this is a stream of deflate with the two bytes of zlib before it. Two bytes prove little, so the rest of
/// `head` has to be one; damaged or cut off, one of text.
fn is_zlib(head: &[u8]) -> bool {
    let [method, flags, ..] = head else { return false };
    let is_header = method & 0x0F == 8
        && method >> 4 <= 7
        && flags & 0x20 == 0
        && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0;
    if !is_header {
        return false;
    }
    let head = &head[..head.len().min(4 << 10)];
    let mut out = [0; 1 << 10];
    let mut stream = flate2::Decompress::new(true);
    let mut is_text = true;
    loop {
        let (read, made) = (stream.total_in(), stream.total_out());
        let rest = head.get(read as usize..).unwrap_or_default();
        let step = stream.decompress(rest, &mut out, flate2::FlushDecompress::None);
        let fresh = (stream.total_out() - made) as usize;
        is_text &= out[..fresh].iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
        let is_sure = is_text && stream.total_in() >= PROVES && stream.total_out() >= PROVES;
        match step {
            Ok(flate2::Status::StreamEnd) => return true,
            Err(_) => return is_sure,
            // It goes on behind what is known of it.
            Ok(_) if (stream.total_in(), stream.total_out()) == (read, made) => {
                return is_sure || head.len() >= HEAD && made > 0;
            }
            Ok(_) => {}
        }
    }
}

/// Whether skippable frames stand before a Zstandard frame, as `pzstd` writes them (RFC 8878, section 3.1.2).
fn skips_to_zstd(mut head: &[u8]) -> bool {
    let mut is_behind = false;
    while let [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, rest @ ..] = head {
        // One that goes on behind the first bytes is taken for what it says it is.
        let Some(next) = rest.get(u32::from_le_bytes([*a, *b, *c, *d]) as usize..) else { return true };
        (head, is_behind) = (next, true);
    }
    is_behind && (head.is_empty() || head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]))
}

/// Such a file has no sign of its own: the usual properties, a dictionary of a size that encoders choose, the
/// size of the content or none, and the zero with which the coder starts.
fn is_lzma(head: &[u8]) -> bool {
    let [0x5D, a, b, c, d, size @ ..] = head else { return false };
    let dictionary = u32::from_le_bytes([*a, *b, *c, *d]);
    let is_usual =
        dictionary >= 1 << 12 && (dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two());
    let is_size = |size: &[u8]| size == [0xFF; 8] || size[5..] == [0; 3];
    is_usual && matches!(size.split_at_checked(8), Some((size, [0, ..])) if is_size(size))
}

/// Whether `bytes`, of which the last [`TAIL`] are enough, end as a zip does: with a record whose comment goes up to
/// their end, or which has something else behind it, such as a signature.
pub(super) fn ends_zip(bytes: &[u8]) -> bool {
    const MARK: &[u8; 4] = b"PK\x05\x06";
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    let ends = memchr::memchr_iter(MARK[3], tail).filter(|last| tail[..=*last].ends_with(MARK));
    ends.map(|last| last + 1 - MARK.len()).any(|at| is_end_record(&tail[at..]))
}

/// Whether this starts with the record that ends a zip. Four bytes stand in programs by chance, so what has more behind it
/// than a comment must speak of members, all on one disk, and of a directory that has room for them.
fn is_end_record(bytes: &[u8]) -> bool {
    let Some((record, behind)) = bytes.split_at_checked(END) else { return false };
    let number = |at: usize| usize::from(u16::from_le_bytes([record[at], record[at + 1]]));
    let (members, size) = (number(8), number(12) | number(14) << 16);
    let is_sound = record[4..8] == [0; 4] && members > 0 && members == number(10) && size >= members * ENTRY;
    number(20) == behind.len() || number(20) < behind.len() && is_sound
}

/// Whether the checksum of the first header is right; older tars have no other sign.
fn is_tar(head: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = head.get(..HEAD) else { return false };
    if header[CHECKSUM].iter().all(|b| !b.is_ascii_digit()) {
        return false;
    }
    let digits =
        header[CHECKSUM].iter().copied().skip_while(|b| *b == b' ').take_while(|b| (b'0'..=b'7').contains(b));
    let told = digits.fold(0u32, |sum, digit| sum.wrapping_mul(8).wrapping_add(u32::from(digit - b'0')));
    let outside: u32 =
        header[..CHECKSUM.start].iter().chain(&header[CHECKSUM.end..]).map(|b| u32::from(*b)).sum();
    // The checksum is computed as if its own field were blank.
    told == outside + 8 * u32::from(b' ')
}
