//! Container images and archives built from the input, so that the checksums of their headers hold.
//!
//! The input is cut at each byte 0xFD. A piece is a member of a layer: its kind, a name, a content. The first
//! two are the image's configuration and manifest, or strings to put into sound ones.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stanch::source::archive::{Limits, Unpacker};
use stanch::source::stdin::Stream;
use stanch::source::{Flow, Source};

fuzz_target!(|bytes: &[u8]| {
    let Some((flags, rest)) = bytes.split_first() else { return };
    let mut pieces = rest.split(|b| *b == 0xfd);
    let (first, second) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let (one, two) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
    let members: Vec<&[u8]> = pieces.collect();
    let layers: Vec<Vec<u8>> = members
        .chunks(3)
        .map(|part| {
            let layer = tar(part.iter().map(|piece| member(piece)));
            if flags & 4 == 0 { layer } else { gzip(&layer) }
        })
        .collect();
    let count = layers.len();
    let mut files: Vec<Member<'_>> = Vec::new();
    let names: Vec<String> = (0..count).map(|at| format!("l{at}/layer.tar")).collect();
    let config = match flags & 1 {
        0 => first.to_vec(),
        _ => json!({
            "config": { "Env": [&one], "Cmd": [&two], "Labels": { "x": &two } },
            "rootfs": { "diff_ids": vec![&one; count] },
            "history": [{ "created_by": &two }, { "created_by": &one, "empty_layer": flags & 8 == 0 }],
        })
        .to_string()
        .into_bytes(),
    };
    let manifest = match flags & 2 {
        0 => second.to_vec(),
        _ => json!([{ "Config": "c.json", "RepoTags": [&one], "Layers": names }]).to_string().into_bytes(),
    };
    for (name, layer) in names.iter().zip(&layers) {
        files.push(Member { kind: b'0', name: name.as_bytes(), bytes: layer });
    }
    files.push(Member { kind: b'0', name: b"c.json", bytes: &config });
    files.push(Member { kind: b'0', name: b"manifest.json", bytes: &manifest });
    look(&tar(files.into_iter()));
});

/// Everything that a report would ask of what is inside.
fn look(bytes: &[u8]) {
    let mut unpacker = Unpacker::new(Limits::HOOK, &|_| true);
    Stream::new(bytes, "image.tar", 1 << 30)
        .visit(&mut |blob| {
            unpacker.open(blob, &mut |inner| {
                if let Some(inside) = inner.place.inside() {
                    let _ = (inside.note(1, 1), inside.member(inner.path), inside.cell(1, 1));
                }
                Ok(Flow::Continue)
            })
        })
        .expect("what is damaged is named, and no error");
    unpacker.finish();
}

struct Member<'m> {
    kind: u8,
    name: &'m [u8],
    bytes: &'m [u8],
}

/// One byte of kind, a length and a name, the rest is content.
fn member(piece: &[u8]) -> Member<'_> {
    let (head, rest) = piece.split_at(piece.len().min(2));
    let (kind, length) = (head.first().copied().unwrap_or(b'0'), head.get(1).copied().unwrap_or(0));
    let (name, bytes) = rest.split_at(rest.len().min(usize::from(length % 64)));
    Member { kind, name, bytes }
}

/// A tar of POSIX.1-1988 with whatever kinds and names; for links the content is the target.
fn tar<'m>(members: impl Iterator<Item = Member<'m>>) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let is_link = matches!(member.kind, b'1' | b'2');
        let content: &[u8] = if is_link { &[] } else { member.bytes };
        let mut header = [0u8; 512];
        let name = &member.name[..member.name.len().min(100)];
        header[..name.len()].copy_from_slice(name);
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[156] = member.kind;
        if is_link {
            let target = &member.bytes[..member.bytes.len().min(100)];
            header[157..157 + target.len()].copy_from_slice(target);
        }
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend([0; 1024]);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes what it is given");
    encoder.finish().expect("memory takes what it is given")
}
