//! Bytes of an archive that belong to none of its members: before, between and behind them, in headers, and in
//! members that no directory names.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;
mod source_common;

use archive_common::{Told, deflated, gzip, leak, lzma, scan, stanch, stored, tar, xz, zip, zstd};
use source_common::Repo;

/// A zip of one member without a secret.
fn clean_zip() -> Vec<u8> {
    zip(&[deflated(b"readme", b"nothing\n")])
}

/// A tar of one member without a secret.
fn clean_tar() -> Vec<u8> {
    tar(&[("readme", b"nothing\n")])
}

/// A zip with a comment.
fn commented(comment: &[u8]) -> Vec<u8> {
    let mut bytes = clean_zip();
    let end = bytes.len() - 2;
    bytes[end..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    bytes.extend_from_slice(comment);
    bytes
}

/// A zip of two members, of which the directory names the second alone.
fn half_listed(first: &[u8], is_stored: bool) -> Vec<u8> {
    let member = if is_stored { stored(b"gone.env", first) } else { deflated(b"gone.env", first) };
    let all = zip(&[member]);
    let directory = memchr::memmem::find(&all, b"PK\x01\x02").unwrap();
    [&all[..directory], &clean_zip()].concat()
}

/// A gzip file with a name, which is text without compression.
fn named(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let plain = gzip(bytes);
    let mut out = plain[..10].to_vec();
    out[3] |= 8;
    out.extend_from_slice(name);
    out.push(0);
    out.extend_from_slice(&plain[10..]);
    out
}

/// A tar of a link.
fn linked(target: &str) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    out.append_link(&mut header, "link", target).unwrap();
    out.into_inner().unwrap()
}

/// A tar of one file with records.
fn recorded(comment: &[u8]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    out.append_pax_extensions([("comment", comment)]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(0);
    out.append_data(&mut header, "a", std::io::empty()).unwrap();
    out.into_inner().unwrap()
}

#[test]
fn what_stands_beside_the_members_is_scanned_where_it_stands() {
    let text = leak("a");
    let line = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() + 2;
    for (name, bytes, place) in [
        ("behind.zip", [clean_zip(), text.clone()].concat(), format!("behind.zip:{}", line(&clean_zip()))),
        ("comment.zip", commented(&text), format!("comment.zip:{}", line(&clean_zip()))),
        ("before.zip", [text.clone(), clean_zip()].concat(), "before.zip:2".to_owned()),
        ("behind.tar", [clean_tar(), text.clone()].concat(), format!("behind.tar:{}", line(&clean_tar()))),
        ("in.tgz", gzip(&[clean_tar(), text.clone()].concat()), "in.tgz!/in:2".to_owned()),
        ("in.xz", xz(&[clean_tar(), text.clone()].concat()), "in.xz!/in:2".to_owned()),
        ("name.gz", named(&text, b"nothing\n"), "name.gz:2".to_owned()),
        ("record.tar", recorded(&text), "record.tar:2".to_owned()),
        ("record.tgz", gzip(&recorded(&text)), "record.tgz!/record:2".to_owned()),
    ] {
        let told = scan(name, &bytes);
        assert_eq!(told.places(), [place], "{name}: {}", told.json);
        assert_eq!(told.code, 1, "{name}");
        assert!(told.list("skipped").is_empty() && told.list("failed").is_empty(), "{}", told.json);
    }
    // What follows the checksum of a gzip file is no gzip.
    let told = scan("a.tgz", &[gzip(&clean_tar()), text].concat());
    assert_eq!((told.code, told.list("failed").len()), (1, 1), "{}", told.json);
}

/// Streams that tell no end of the file, and members that a reader passes over.
#[test]
fn what_stands_behind_a_stream_or_in_a_folder_is_scanned() {
    let clean = vec![b'x'; 3_000];
    let behind = |packed: Vec<u8>| [packed, leak("behind")].concat();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut zlib, &clean).unwrap();
    let head = format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "a/", 0, 0, 0, 100644, clean.len());
    // What looks like the end of `ar`, in a stream.
    let ar = [b"!<arch>\n", head.as_bytes(), &clean, &[b'\n'; 60][..], &leak("behind")].concat();
    for (name, bytes, place) in [
        ("a.z", behind(zlib.finish().unwrap()), "a.z:2"),
        ("a.lzma", behind(lzma(&clean)), "a.lzma:2"),
        ("a.a.gz", gzip(&ar), "a.a.gz!/a.a"),
        ("a.zip", zip(&[deflated(b"dir/", &leak("folder"))]), "a.zip!/dir/:2"),
    ] {
        let told = scan(name, &bytes);
        let places = told.places();
        assert!(places.len() == 1 && places[0].starts_with(place), "{name}: {}", told.json);
        assert!(told.list("failed").is_empty(), "{name}: {}", told.json);
    }
}

#[test]
fn archives_behind_archives_are_looked_into() {
    let text = leak("a");
    let (packed, tarred) = (zip(&[deflated(b"b.env", &text)]), tar(&[("b.env", &text)]));
    for (name, bytes) in [
        ("joined.zip", [packed.clone(), clean_zip()].concat()),
        ("joined.tar", [clean_tar(), tarred.clone()].concat()),
        ("zip-behind.tar", [clean_tar(), packed.clone()].concat()),
        ("gzip-behind.tar", [clean_tar(), gzip(&tarred)].concat()),
        ("joined.tgz", gzip(&[clean_tar(), tarred.clone()].concat())),
        ("members.tgz", [gzip(&clean_tar()), gzip(&tarred)].concat()),
        ("frames.tar.zst", [zstd(&clean_tar()), zstd(&tarred)].concat()),
        ("zip-behind.tgz", gzip(&[clean_tar(), packed.clone()].concat())),
    ] {
        let told = scan(name, &bytes);
        assert_eq!(told.places(), [format!("{name}!/b.env:2")], "{}", told.json);
        assert!(told.list("skipped").is_empty() && told.list("failed").is_empty(), "{}", told.json);
    }
    let many = std::iter::repeat_n(clean_tar(), 40).chain([tarred]).collect::<Vec<_>>().concat();
    for (name, bytes) in [("many.tar", many.clone()), ("many.tgz", gzip(&many))] {
        assert_eq!(scan(name, &bytes).places(), [format!("{name}!/b.env:2")]);
    }
    // Tapes and some programs fill up the last block.
    let told = scan("padded.tgz", &[gzip(&clean_tar()), vec![0; 700]].concat());
    assert_eq!((told.code, told.list("failed").len()), (0, 0), "{}", told.json);
}

#[test]
fn members_that_no_directory_names_are_looked_into_once() {
    let text = leak("a");
    for is_stored in [true, false] {
        let told = scan("half.zip", &half_listed(&text, is_stored));
        assert_eq!(told.places(), ["half.zip!/gone.env:2"], "{}", told.json);
        assert_eq!(told.json["summary"]["blobs"], 3);
    }
    // One that cannot be read is said, and the zip is sound without it.
    let noise: Vec<u8> = (0..4000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut broken = half_listed(&noise, false);
    // The first byte of the data: a kind of block that there is not.
    broken[38] = 0xFF;
    let told = scan("half.zip", &broken);
    assert_eq!(told.code, 0);
    let skipped = told.list("skipped");
    assert!(
        skipped.len() == 1 && skipped[0].starts_with("half.zip!/gone.env: not in the directory"),
        "{skipped:?}"
    );
}

#[test]
fn what_is_stored_as_it_is_is_found_once() {
    let text = leak("a");
    let inner = zip(&[stored(b"in.env", &text)]);
    for (name, bytes, inside) in [
        ("a.zip", zip(&[stored(b"in.env", &text)]), "in.env"),
        ("b.zip", zip(&[stored(b"b.jar", &inner)]), "b.jar!/in.env"),
        ("c.tar", tar(&[("in.env", &text)]), "in.env"),
        ("d.tar", tar(&[("b.jar", &inner)]), "b.jar!/in.env"),
        ("e.zst", zstd(&text), "e"),
    ] {
        assert_eq!(scan(name, &bytes).places(), [format!("{name}!/{inside}:2")]);
    }
}

#[test]
fn link_targets_are_scanned() {
    let key = stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", "link");
    for (name, bytes, place) in [
        ("l.tar", linked(&format!("../{key}")), "l.tar!/link:1"),
        ("l.tgz", gzip(&linked(&format!("../{key}"))), "l.tgz!/link:1"),
    ] {
        let told = scan(name, &bytes);
        assert_eq!((told.code, told.places()), (1, vec![place.to_owned()]), "{}", told.json);
    }
}

#[test]
fn a_commit_does_not_let_them_in() {
    let repo = Repo::init(&[]);
    repo.add("a.zip", clean_zip());
    repo.commit("clean");
    repo.add("a.zip", [clean_zip(), leak("a")].concat());
    let staged = || Told::of(&stanch(&repo.root, &["--staged", "--format", "json"]).output().unwrap());
    assert_eq!(staged().code, 1);
    repo.commit("with text behind it");
    repo.add("a.zip", [zip(&[deflated(b"new", b"new\n")]), leak("a")].concat());
    let told = staged();
    assert_eq!((told.code, told.json["summary"]["old"].as_u64()), (0, Some(1)), "it was there before");
}
