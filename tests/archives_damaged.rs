//! Archives whose content is sound up to a fault, and members that few tools pack.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;

use archive_common::{Member, bzip2, deflated, gzip, leak, lzma, scan, zip, zlib};

/// What was unpacked before a fault counts, if it was all there was.
#[test]
fn what_was_unpacked_before_a_fault_is_scanned() {
    let line = leak("a");
    let lines = [line.clone(), b"a line of text\n".repeat(100)].concat();
    for text in [&line, &lines] {
        let sound = zip(&[deflated(b"a.env", text)]);
        let entry = sound.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        // Checksum and size, as the directory has them.
        for at in [entry + 16, entry + 24] {
            let mut wrong = sound.clone();
            wrong[at] ^= 1;
            let told = scan("a.zip", &wrong);
            assert_eq!(told.places(), ["a.zip!/a.env:2"], "{}", told.json);
            assert!(told.list("failed")[0].starts_with("a.zip!/a.env: damaged: "), "{}", told.json);
        }
        for (name, packed, end) in
            [("a.env.gz", gzip(text), 5), ("a.env.bz2", bzip2(text), 3), ("a.env.zz", zlib(text), 1)]
        {
            let mut wrong = packed.clone();
            let at = wrong.len() - end;
            wrong[at] ^= 1;
            let told = scan(name, &wrong);
            assert!(told.places().iter().any(|place| place.ends_with(":2")), "{name}: {}", told.json);
            assert!(told.list("failed")[0].contains("damaged: "), "{name}: {}", told.json);
        }
        let cut = zlib(text);
        let told = scan("cut.zz", &cut[..cut.len() - 2]);
        assert!(!told.places().is_empty() && !told.list("failed").is_empty(), "{}", told.json);
    }
    // Two bytes of zlib before what is none, and before a text.
    for text in
        [&b"x^2 + y^2 = z^2, whatever the sides of the triangle are; it has a right angle\n"[..], b"x\x9c"]
    {
        let told = scan("a.txt", text);
        assert_eq!(told.code, 0, "{}", told.json);
    }
}

/// The member of a zip as LZMA has it: version, length of the properties, properties, stream.
#[test]
fn members_that_are_packed_by_lzma_are_read() {
    let text = leak("a");
    let file = lzma(&text);
    let data = [&[9, 4, 5, 0][..], &file[..5], &file[13..]].concat();
    for flags in [0, 2] {
        let mut packed = zip(&[Member { name: b"a.env", bytes: &data, method: 14, flags }]);
        let (checksum, size) = (crc32fast::hash(&text).to_le_bytes(), (text.len() as u32).to_le_bytes());
        let entry = packed.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        for (at, value) in [(14, checksum), (22, size), (entry + 16, checksum), (entry + 24, size)] {
            packed[at..at + 4].copy_from_slice(&value);
        }
        let told = scan("a.zip", &packed);
        assert_eq!(told.places(), ["a.zip!/a.env:2"], "{}", told.json);
        assert!(told.list("failed").is_empty() && told.list("skipped").is_empty(), "{}", told.json);
    }
}
