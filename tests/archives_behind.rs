//! Archives behind a script or a program, as installers carry them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;

use archive_common::{bzip2, deflated, gzip, leak, scan, tar, xz, zip, zstd};

#[test]
fn a_zip_behind_a_script_is_looked_into_and_so_is_the_script() {
    let script = [b"#!/bin/sh\n".to_vec(), leak("a"), b"exec java -jar \"$0\"\n".to_vec()].concat();
    let told = scan("run.sh", &[script, zip(&[deflated(b"app.env", &leak("b"))])].concat());
    assert_eq!(told.places(), ["run.sh!/app.env:2", "run.sh:3"], "{}", told.json);
}

/// `zip` with a comment behind its end.
fn with_comment(mut zip: Vec<u8>, comment: &[u8]) -> Vec<u8> {
    let at = zip.len() - 2;
    zip[at..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    [zip, comment.to_vec()].concat()
}

#[test]
fn a_zip_with_a_comment_is_looked_into_wherever_it_stands_behind_something() {
    let script = [b"#!/bin/sh\n".to_vec(), leak("a"), b"exec java -jar \"$0\"\n".to_vec()].concat();
    let long = vec![b'c'; usize::from(u16::MAX)];
    for comment in [&b""[..], b"built by hand", &long] {
        let packed = with_comment(zip(&[deflated(b"app.env", &leak("b"))]), comment);
        let run = [script.clone(), packed.clone()].concat();
        let told = scan("run.sh", &run);
        assert_eq!(told.places(), ["run.sh!/app.env:2", "run.sh:3"], "{}", told.json);
        let told = scan("all.tgz", &gzip(&tar(&[("bin/run.sh", &run)])));
        let places = ["all.tgz!/bin/run.sh!/app.env:2", "all.tgz!/bin/run.sh:3"];
        assert_eq!(told.places(), places, "{}", told.json);
        // More than a window: in a file it can be read at any place, in a stream it is said that it was not.
        let large = [script.clone(), noise(9 << 20), packed].concat();
        assert_eq!(scan("large.sh", &large).places(), ["large.sh!/app.env:2", "large.sh:3"]);
        let told = scan("large.tar", &tar(&[("run.sh", &large)]));
        assert_eq!(told.places(), ["large.tar!/run.sh!/app.env:2", "large.tar!/run.sh:3"], "{}", told.json);
        let told = scan("large.tgz", &gzip(&tar(&[("run.sh", &large)])));
        assert_eq!((told.code, told.places()), (1, vec!["large.tgz!/run.sh:3".to_owned()]), "{}", told.json);
        assert!(
            told.list("failed")[0].starts_with("large.tgz!/run.sh: limit: a zip behind"),
            "{}",
            told.json
        );
    }
    let told = scan("end.txt", b"the record starts with PK\x05\x06 and has 22 bytes\n");
    assert!(told.code == 0 && told.list("failed").is_empty(), "{}", told.json);
}

#[test]
fn a_zip_behind_a_script_is_looked_into_whatever_follows_it() {
    let script = [b"#!/bin/sh\n".to_vec(), leak("a"), b"exec java -jar \"$0\"\n".to_vec()].concat();
    for behind in [b"\n".to_vec(), noise(4 << 10)] {
        for comment in [&b""[..], b"signed"] {
            let packed = with_comment(zip(&[deflated(b"app.env", &leak("b"))]), comment);
            let run = [script.clone(), packed, behind.clone()].concat();
            let told = scan("run.sh", &run);
            assert_eq!(told.places(), ["run.sh!/app.env:2", "run.sh:3"], "{}", told.json);
            assert!(told.list("failed").is_empty(), "{}", told.json);
            let told = scan("all.tgz", &gzip(&tar(&[("bin/run.sh", &run)])));
            let places = ["all.tgz!/bin/run.sh!/app.env:2", "all.tgz!/bin/run.sh:3"];
            assert_eq!(told.places(), places, "{}", told.json);
        }
    }
    // What only has the four bytes, as programs do that read zips.
    for more in [[0; 30], [1; 30], [0xFF; 30]] {
        let told = scan("unzip", &[b"\x7fELF PK\x05\x06".to_vec(), more.to_vec()].concat());
        assert!(told.code == 0 && told.list("failed").is_empty(), "{}", told.json);
    }
}

#[test]
fn what_is_packed_behind_a_script_is_looked_into_and_so_is_the_script() {
    let line = "# what an installer does before it unpacks itself\n".repeat(400);
    let script = [b"#!/bin/sh\n".to_vec(), leak("a"), line.into_bytes(), b"exit 0\n".to_vec()].concat();
    let inner = tar(&[("app/app.env", &leak("b"))]);
    // More than one window.
    let large = tar(&[("fill", &noise(9 << 20)), ("app/app.env", &leak("b"))]);
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, zstd, xz, bzip2] {
        let run = [script.clone(), pack(&inner)].concat();
        let told = scan("get.run", &run);
        assert_eq!(told.places(), ["get.run!/app/app.env:2", "get.run:3"], "{}", told.json);
        assert!(told.list("failed").is_empty() && told.list("skipped").is_empty(), "{}", told.json);
        let told = scan("all.zip", &zip(&[deflated(b"get.run", &run)]));
        assert_eq!(told.places(), ["all.zip!/get.run!/app/app.env:2", "all.zip!/get.run:3"], "{}", told.json);
        let cut = scan("cut.run", &run[..run.len() - 20]);
        assert!(!cut.list("failed").is_empty() && cut.places().contains(&"cut.run:3".to_owned()));
    }
    let told = scan("large.run", &[script, gzip(&large)].concat());
    assert_eq!(told.places(), ["large.run!/app/app.env:2", "large.run:3"], "{}", told.json);
    // The first that is one, behind some that are none.
    let head = b"\n\x1f\x8b\x08\x08time\x00\x03";
    let run = [b"#!/bin/sh".to_vec(), head.repeat(7), b"\n".to_vec(), gzip(&inner)].concat();
    assert_eq!(scan("late.run", &run).places(), ["late.run!/app/app.env:2"]);
    // What a script only looks for.
    let told = scan("magic.sh", b"#!/bin/sh\ngrep -q '\n\x1f\x8b\x08' \"$1\"\n\x1f\x8b\x08\x00 is gzip\n");
    assert!(told.code == 0 && told.list("failed").is_empty(), "{}", told.json);
}

/// At each of a million places a decoder was made, which looked for the end of a name.
#[test]
fn what_looks_packed_at_every_line_of_a_script_is_tried_a_few_times() {
    let head = b"\n\x1f\x8b\x08\x08time\x00\x03";
    let script = [b"#!/bin/sh".to_vec(), head.repeat(80_000), b"\n".to_vec(), leak("a")].concat();
    let limit = "limit: more than 8 places behind its script look packed";
    let told = scan("s.run", &script);
    assert_eq!(told.list("failed"), [format!("s.run: {limit}")]);
    assert_eq!(told.places().len(), 1, "its bytes are scanned: {}", told.json);
    let told = scan("a.zip", &zip(&[deflated(b"s.run", &script)]));
    assert_eq!(told.list("failed"), [format!("a.zip!/s.run: {limit}")]);
    assert_eq!(told.places().len(), 1, "{}", told.json);
    // What no program writes is no header, and what is text is none either.
    for line in [&b"\n\x1f\x8b\x08\x08time\x07\x03"[..], b"\n\x1f\x8b\x08\x08time\x00\x63", b"\n(S\n(B\nBZh"]
    {
        let told = scan("s.run", &[b"#!/bin/sh".to_vec(), line.repeat(80_000)].concat());
        assert!(told.code == 0 && told.list("failed").is_empty(), "{}", told.json);
    }
}

/// Bytes that cannot be packed.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    };
    (0..count).map(|_| next()).collect()
}
