//! Archives: every kind is looked into, nested ones too, and what cannot be is said by name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;

use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use archive_common::{
    Member, Told, bzip2, deflated, gzip, key, leak, lzma, scan, stanch, stored, tar, xz, zip, zlib, zstd,
};

#[test]
fn a_secret_is_found_in_every_kind_of_archive() {
    let text = leak("a");
    let tarred = tar(&[("dir/app.env", &text)]);
    for (name, bytes, place) in [
        ("a.jar", zip(&[deflated(b"dir/app.env", &text)]), "a.jar!/dir/app.env:2"),
        ("stored.docx", zip(&[stored(b"dir/app.env", &text)]), "stored.docx!/dir/app.env:2"),
        ("a.tar", tarred.clone(), "a.tar!/dir/app.env:2"),
        ("app.env.gz", gzip(&text), "app.env.gz!/app.env:2"),
        ("a.tgz", gzip(&tarred), "a.tgz!/dir/app.env:2"),
        ("a.tar.zst", zstd(&tarred), "a.tar.zst!/dir/app.env:2"),
        ("a.tar.xz", xz(&tarred), "a.tar.xz!/dir/app.env:2"),
        ("a.tar.lzma", lzma(&tarred), "a.tar.lzma!/dir/app.env:2"),
        ("a.tar.bz2", bzip2(&tarred), "a.tar.bz2!/dir/app.env:2"),
        (
            "p.deb",
            ar(&[("debian-binary", b"2.0\n"), ("data.tar.xz", &xz(&tarred))]),
            "p.deb!/data.tar.xz!/dir/app.env:2",
        ),
        ("object", zlib(&text), "object!/object:2"),
        ("logo.png", png(&text), "logo.png!/text:2"),
        ("no-name-tells", zip(&[deflated(b"dir/app.env", &text)]), "no-name-tells!/dir/app.env:2"),
    ] {
        let told = scan(name, &bytes);
        assert_eq!(told.places(), [place], "{name}: {}", told.json);
        assert_eq!(told.code, 1, "{name}");
        assert!(told.list("skipped").is_empty() && told.list("failed").is_empty(), "{}", told.json);
    }
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        let head = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100644, bytes.len());
        all.extend_from_slice(head.as_bytes());
        all.extend_from_slice(bytes);
        all.resize(all.len().next_multiple_of(2), b'\n');
    }
    all
}

fn png(comment: &[u8]) -> Vec<u8> {
    let text = [b"Comment\0\0", zlib(comment).as_slice()].concat();
    let head = [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
    let chunks = [(b"IHDR", &head[..]), (b"zTXt", &text), (b"IEND", b"")];
    let chunk = |(kind, data): (&[u8; 4], &[u8])| {
        [&(data.len() as u32).to_be_bytes()[..], kind, data, b"crc!"].concat()
    };
    chunks.into_iter().fold(b"\x89PNG\r\n\x1a\n".to_vec(), |all, one| [all, chunk(one)].concat())
}

#[test]
fn what_is_not_opened_is_named() {
    for (bytes, name) in [
        (&b"\x1f\x9d\x90rest"[..], "compress"),
        (b"\x04\x22\x4d\x18rest", "LZ4"),
        (b"MSCF\0\0\0\0rest", "cabinet"),
        (b"\xed\xab\xee\xdbrest", "RPM"),
        (b"PACK\0\0\0\x02rest", "git pack"),
        (b"# v2 git bundle\nrest", "git bundle"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
        (b"\x02\x21\x4c\x18rest", "LZ4"),
        (b"LZIP\x01\x0crest", "lzip"),
        (b"\x89LZO\0\r\n\x1a\nrest", "lzop"),
        (b"\xff\x06\0\0sNaPpYrest", "Snappy"),
        (b"xar!\0\x1c\0\x01rest", "xar"),
        (b"zPQ\x02\x01rest", "ZPAQ"),
        (b"ALZ\x01rest", "ALZ"),
        (b"MSWIM\0\0\0rest", "WIM"),
        (b"1234567**ACE**rest", "ACE"),
        (b"\x24\x5a-lh5-123456789012\x20\x02rest", "LHA"),
        (b"\x60\xea\x28\0\x1erest", "ARJ"),
        (b"PGDMP\x01\x0e\0\x04\x08\x01rest", "PostgreSQL"),
        (b"REDIS0011rest", "Redis"),
        (b"PAR1\x15\x04rest", "Parquet"),
        (b"Obj\x01rest", "Avro"),
        (b"Salted__rest", "openssl"),
        (b"age-encryption.org/v1\nrest", "age"),
        (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5rest", "KeePass"),
        (b"QFI\xfb\0\0\0\x03rest", "disk image"),
        (b"KDMV\x01\0\0\0rest", "disk image"),
        (b"vhdxfilerest", "disk image"),
        (&[&[0; 1024][..], b"\xe2\xe1\xf5\xe0rest"].concat(), "EROFS"),
    ] {
        let told = scan("it", bytes);
        assert_eq!(told.code, 0, "{name}");
        assert!(told.list("skipped").join(" ").contains(name), "{name}: {}", told.json);
    }
    for text in [
        "x^2 + 1 = 0 and so on",
        "PACKAGE = 1",
        "070701 is no number of cpio here",
        "hsqs",
        "LZIP and lzop are programs",
        "xar! is a battle cry",
        "my-lh5-is a name of a file that LHA made",
        "**ACE** is bold",
        "PGDMP is how a dump starts",
        "PAR1 and PAR2 are sets of files",
        "REDIS_URL",
        "Salted_caramel",
    ] {
        assert!(scan("it", text.repeat(40).as_bytes()).list("skipped").is_empty(), "{text}");
    }
}

#[test]
fn archives_inside_archives_are_looked_into() {
    let text = leak("a");
    let jar = zip(&[deflated(b"prod.env", &text)]);
    let war = zip(&[stored(b"lib/in.jar", &jar), deflated(b"lib/packed.jar", &jar)]);
    let outer = tar(&[("deploy/app.war", &war), ("readme", b"nothing\n")]);
    let inner = ["deploy/app.war!/lib/in.jar!/prod.env:2", "deploy/app.war!/lib/packed.jar!/prod.env:2"];
    for (name, bytes) in [("o.tar", outer.clone()), ("o.tar.gz", gzip(&outer)), ("o.tar.zst", zstd(&outer))] {
        let told = scan(name, &bytes);
        assert_eq!(told.places(), inner.map(|inner| format!("{name}!/{inner}")), "{}", told.json);
    }
}

#[test]
fn several_streams_in_one_file_are_all_read() {
    let (one, two) = (leak("a"), leak("b"));
    for (name, pack) in
        [("l.gz", gzip as fn(&[u8]) -> Vec<u8>), ("l.zst", zstd), ("l.xz", xz), ("l.bz2", bzip2)]
    {
        let told = scan(name, &[pack(&one), pack(&two)].concat());
        assert_eq!(told.places(), [format!("{name}!/l:2"), format!("{name}!/l:4")], "{}", told.json);
    }
    // zstd's skippable frame: four bytes that name it, a length, bytes that mean nothing.
    let skippable = [&0x184D_2A50u32.to_le_bytes()[..], &3u32.to_le_bytes(), b"abc"].concat();
    let told = scan("s.zst", &[zstd(&one), skippable.clone(), zstd(&two)].concat());
    assert_eq!(told.places(), ["s.zst!/s:2", "s.zst!/s:4"], "{}", told.json);
    // `pzstd` starts with one.
    let told = scan("p.zst", &[skippable, zstd(&one)].concat());
    assert_eq!(told.places(), ["p.zst!/p:2"], "{}", told.json);
}

#[test]
fn text_of_four_bytes_a_character_is_read() {
    let text = String::from_utf8(leak("a")).unwrap();
    let wide = |unit: fn(u32) -> [u8; 4], mark: &str, before: &str| -> Vec<u8> {
        format!("{mark}{before}{text}").chars().flat_map(|c| unit(u32::from(c))).collect()
    };
    // More than is read at once.
    let long = "x = 1\n".repeat(400_000);
    for (bytes, line) in [
        (wide(u32::to_le_bytes, "\u{feff}", ""), 2),
        (wide(u32::to_be_bytes, "\u{feff}", ""), 2),
        (wide(u32::to_le_bytes, "", ""), 2),
        (wide(u32::to_le_bytes, "\u{feff}", &long), 400_002),
        (wide(u32::to_be_bytes, "", &long), 400_002),
    ] {
        let told = scan("wide.env", &bytes);
        assert_eq!(told.places(), [format!("wide.env:{line}")], "{}", told.json);
        assert!(told.list("skipped").is_empty(), "{}", told.json);
    }
}

#[test]
fn names_in_an_archive_are_only_names() {
    let names: [&[u8]; 5] =
        [b"../../etc/cron.d/x", b"/etc/passwd", b"C:\\x\\y.env", b"\x1b[2Ja\xff.env", b"a\0b"];
    let texts: Vec<Vec<u8>> = names.iter().map(|name| leak(&format!("{name:?}"))).collect();
    let members: Vec<Member<'_>> =
        names.iter().zip(&texts).map(|(name, text)| deflated(name, text)).collect();
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("slip.zip"), zip(&members)).unwrap();
    let output = stanch(temp.path(), &["slip.zip", "--color", "never"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for name in ["slip.zip!/../../etc/cron.d/x:2", "slip.zip!//etc/passwd:2", "C:\\x\\y.env", "a\\xff.env"] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "something was unpacked");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_is_encrypted_or_closed_is_said_and_the_rest_is_read() {
    let text = leak("a");
    let mut locked = deflated(b"locked.env", b"not to be read");
    locked.flags = 1;
    let mut odd = stored(b"odd.env", b"not to be read");
    odd.method = 98;
    let sevenzip = b"7z\xBC\xAF\x27\x1C and so on";
    let told = scan("a.zip", &zip(&[locked, odd, stored(b"in.7z", sevenzip), deflated(b"open.env", &text)]));
    assert_eq!(told.places(), ["a.zip!/open.env:2"]);
    assert_eq!(
        told.list("skipped"),
        [
            "a.zip!/in.7z: 7z archive: not looked into",
            "a.zip!/locked.env: encrypted",
            "a.zip!/odd.env: packed by method 98",
        ]
    );
    assert_eq!(told.code, 1);
    let mut locked = deflated(b"locked.env", b"not to be read");
    locked.flags = 1;
    let told = scan("only.zip", &zip(&[locked]));
    assert_eq!((told.code, told.list("skipped")), (0, vec!["only.zip!/locked.env: encrypted".to_owned()]));
}

#[test]
fn a_damaged_archive_is_said_and_what_can_be_read_is() {
    // Enough that does not compress for a cut to fall in the middle.
    let noise: String = (0..9000).map(|n| key(&format!("noise {n}")).replace("ghp_", "")).collect();
    let text = [leak("a"), noise.into_bytes()].concat();
    let members = [deflated(b"a.env", &text), deflated(b"b.env", &text)];
    for (name, bytes, whole) in [
        ("a.zip", zip(&members), "a.zip"),
        ("a.tar", tar(&[("a.env", &text), ("b.env", &text)]), "a.tar!/b.env"),
        ("a.env.gz", gzip(&text), "a.env.gz"),
        ("a.env.zst", zstd(&text), "a.env.zst"),
        ("a.env.xz", xz(&text), "a.env.xz"),
    ] {
        let told = scan(name, &bytes[..bytes.len() * 2 / 3]);
        let failed = told.list("failed");
        assert!(
            failed.len() == 1 && failed[0].starts_with(&format!("{whole}: damaged: ")),
            "{name}: {failed:?}"
        );
        // The directory of a zip is at its end: nothing is known.
        let is_blank = name == "a.zip";
        assert_eq!(told.code, if is_blank { 2 } else { 1 }, "{name}: {}", told.json);
        assert!(is_blank || !told.places().is_empty(), "{name}: {}", told.json);
    }
    let mut broken = zip(&members);
    let at = broken.len() / 4;
    broken[at..at + 40].fill(0x55);
    let told = scan("b.zip", &broken);
    assert!(
        told.list("failed").iter().any(|one| one.starts_with("b.zip!/a.env: damaged: ")),
        "{}",
        told.json
    );
    assert!(told.places().contains(&"b.zip!/b.env:2".to_owned()), "{}", told.json);
}

#[test]
fn a_file_that_only_begins_like_an_archive_is_scanned_as_it_is() {
    for magic in [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00"] {
        let told = scan("x", &[magic, b"\n", &leak("a")].concat());
        assert_eq!((told.code, told.places()), (1, vec!["x:3".to_owned()]), "{}", told.json);
        assert_eq!(told.list("failed").len(), 1, "{}", told.json);
    }
}

#[test]
fn bombs_go_off_at_their_limit() {
    let zeros = vec![0; 64 << 20];
    let once = gzip(&zeros);
    let started = Instant::now();
    let told = scan("bomb.gz", &once);
    assert_eq!(told.list("failed"), ["bomb.gz: limit: unpacks to more than 250 times its size"]);
    assert_eq!(told.code, 2);
    // In an archive it costs itself, not its neighbours.
    let text = leak("a");
    let told = scan(
        "bomb.zip",
        &zip(&[deflated(b"zeros", &zeros), stored(b"in.gz", &once), deflated(b"a.env", &text)]),
    );
    assert_eq!(
        told.list("failed"),
        [
            "bomb.zip!/in.gz: limit: unpacks to more than 250 times its size",
            "bomb.zip!/zeros: limit: unpacks to more than 250 times its size",
        ]
    );
    assert_eq!((told.code, told.places()), (1, vec!["bomb.zip!/a.env:2".to_owned()]));
    // Nothing in a test may depend on time but that it ends at all.
    assert!(started.elapsed() < Duration::from_secs(300));
}

#[test]
fn archives_are_not_followed_for_ever() {
    let mut nested = leak("a");
    for _ in 0..14 {
        nested = zip(&[deflated(b"n", &nested)]);
    }
    let told = scan("deep.zip", &nested);
    let failed = told.list("failed");
    assert!(failed.len() == 1 && failed[0].ends_with("!/n: limit: more than 10 archives deep"), "{failed:?}");
    assert_eq!(failed[0].matches("!/").count(), 10);
    assert_eq!(told.code, 2);
}

#[test]
fn tars_with_long_names_pax_records_and_holes_are_read() {
    let (long, text) = (format!("{}/app.env", "d".repeat(180)), leak("a"));
    let told = scan("gnu.tar", &tar(&[(&long, &text)]));
    assert_eq!(told.places(), [format!("gnu.tar!/{long}:2")]);

    let mut pax = tar::Builder::new(Vec::new());
    let pairs: [(&str, &[u8]); 2] = [("path", long.as_bytes()), ("comment", b"x")];
    pax.append_pax_extensions(pairs).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(text.len() as u64);
    header.set_path("short").unwrap();
    header.set_cksum();
    pax.append(&header, text.as_slice()).unwrap();
    let told = scan("pax.tar", &pax.into_inner().unwrap());
    assert_eq!(told.places(), [format!("pax.tar!/{long}:2")]);

    // Sparse files in pax form have a map before the content.
    let mut pax = tar::Builder::new(Vec::new());
    let pairs: [(&str, &[u8]); 3] =
        [("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0"), ("GNU.sparse.name", b"f.env")];
    pax.append_pax_extensions(pairs).unwrap();
    let mut content = format!("1\n4096\n{}\n", text.len()).into_bytes();
    content.resize(512, 0);
    content.extend(&text);
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_path("GNUSparseFile.0/f.env").unwrap();
    header.set_cksum();
    pax.append(&header, content.as_slice()).unwrap();
    let mapped = pax.into_inner().unwrap();
    assert_eq!(scan("map.tar", &mapped).places(), ["map.tar!/f.env:2"]);
    assert_eq!(scan("map.tgz", &gzip(&mapped)).places(), ["map.tgz!/f.env:2"]);

    let told = scan("holes.tar", &sparse(&text, 1 << 20));
    assert_eq!(told.places(), ["holes.tar!/holes:2"], "{}", told.json);
    let told = scan("hole.tar", &sparse(&text, 1 << 40));
    assert_eq!(told.list("failed"), ["hole.tar!/holes: limit: unpacks to more than 250 times its size"]);
}

/// A tar of one GNU sparse file: a hole, then `text`.
fn sparse(text: &[u8], hole: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("holes").unwrap();
    header.set_size(text.len() as u64);
    let gnu = header.as_gnu_mut().unwrap();
    // 8 bytes of base 256 behind a set bit, for numbers that eleven octal digits cannot hold.
    let number = |field: &mut [u8; 12], value: u64| {
        field[0] = 0x80;
        field[4..].copy_from_slice(&value.to_be_bytes());
    };
    number(&mut gnu.sparse[0].offset, hole);
    number(&mut gnu.sparse[0].numbytes, text.len() as u64);
    number(&mut gnu.realsize, hole + text.len() as u64);
    header.set_cksum();
    let mut out = [header.as_bytes(), text].concat();
    out.resize(out.len().next_multiple_of(512) + 1024, 0);
    out
}

#[test]
fn headers_cannot_take_all_memory() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_path("././@LongLink").unwrap();
    header.set_size(1 << 33);
    header.set_cksum();
    let told = scan("name.tar", &[header.as_bytes(), &vec![b'a'; 4 << 20][..]].concat());
    assert_eq!(told.list("failed"), ["name.tar: limit: headers of more than 1 MiB"]);
    assert_eq!(told.code, 2);
}

#[test]
fn a_large_archive_is_read_from_disk_and_from_a_stream() {
    // Larger than a window, so that the file is not held whole.
    let filler: Vec<u8> = (0u32..3 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let jar = zip(&[stored(b"filler", &filler), deflated(b"app.env", &leak("b"))]);
    let bytes = tar(&[("filler", &filler), ("a.jar", &jar), ("z.env", &leak("a"))]);
    let told = scan("large.tar", &bytes);
    assert_eq!(told.places(), ["large.tar!/a.jar!/app.env:2", "large.tar!/z.env:2"], "{}", told.json);
    let temp = tempfile::tempdir().unwrap();
    for bytes in [bytes.clone(), gzip(&bytes), jar] {
        let mut child = stanch(temp.path(), &["--stdin", "--stdin-filename", "in", "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let told = Told::of(&child.wait_with_output().unwrap());
        assert!(told.places().iter().all(|place| place.starts_with("in!/")), "{}", told.json);
        assert!(told.places().iter().any(|place| place.ends_with("app.env:2")), "{}", told.json);
        assert_eq!(told.list("failed").len(), 0, "{}", told.json);
    }
}

#[test]
fn excluded_archives_are_not_opened() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join(".stanch.yaml"), "exclude: ['*.zip']\n").unwrap();
    std::fs::write(temp.path().join("a.zip"), zip(&[deflated(b"a.env", &leak("a"))])).unwrap();
    let told = Told::of(&stanch(temp.path(), &["--format", "json", "a.zip"]).output().unwrap());
    assert_eq!((told.code, told.places().len()), (0, 0));
    assert_eq!(told.json["summary"]["blobs"], 0);
}

#[test]
fn every_format_names_a_damaged_archive() {
    let temp = tempfile::tempdir().unwrap();
    let whole = tar(&[("deep/a.env", &[b'x'; 300])]);
    std::fs::write(temp.path().join("cut.tar"), &whole[..600]).unwrap();
    let formats = ["human", "json", "jsonl", "sarif", "junit", "html"];
    for format in formats {
        let output =
            stanch(temp.path(), &["--format", format, "--output", "out", "cut.tar"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        let text = std::fs::read_to_string(temp.path().join("out")).unwrap();
        assert!(text.contains("cut.tar!/deep/a.env"), "{format}: {text}");
        if format == "sarif" {
            let report: serde_json::Value = serde_json::from_str(&text).unwrap();
            let run = &report["runs"][0]["invocations"][0];
            let place = &run["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
            // The file that exists, which a platform can open.
            assert_eq!(place["artifactLocation"]["uri"], "cut.tar");
            assert_eq!(run["executionSuccessful"], false);
        }
    }
}
