//! Encodings in encodings: the first six bytes say how the rest is written, and in what it stands.

#![no_main]

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use libfuzzer_sys::fuzz_target;
use stanch::engine::{self, FileHint, Scanner};

/// Longer texts only take longer.
const LONGEST: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let (plan, rest) = bytes.split_at(bytes.len().min(6));
    let Some((place, steps)) = plan.split_first() else { return };
    let mut text = rest.to_vec();
    for step in steps {
        if text.len() > LONGEST {
            break;
        }
        text = written(*step, &text);
    }
    let (name, text) = placed(*place, text);
    let text = engine::as_text(&text);
    let mut end = 0;
    for candidate in Scanner::new(stanch::catalogue::embedded()).scan(&text, FileHint::new(name)) {
        // Two secrets may hide in one run of base64.
        let is_apart = candidate.range.start >= end || candidate.decoded.is_some() && candidate.range.end == end;
        assert!(is_apart && candidate.range.end <= text.len());
        end = candidate.range.end;
        for (_, part) in &candidate.parts {
            assert!(part.start <= part.end && part.end <= text.len());
        }
    }
});

/// `text` in the encoding of this number; most numbers leave it as it is, so that plans can be short.
fn written(step: u8, text: &[u8]) -> Vec<u8> {
    let each = |form: &dyn Fn(u8) -> String| text.iter().map(|b| form(*b)).collect::<String>().into_bytes();
    match step % 16 {
        0 => BASE64.encode(text).into_bytes(),
        1 => BASE64URL_NOPAD.encode(text).into_bytes(),
        2 => BASE64.encode(text).as_bytes().chunks(76).collect::<Vec<_>>().join(&b'\n'),
        3 => BASE64.encode(text).as_bytes().chunks(60).collect::<Vec<_>>().join(&b"\r\n    "[..]),
        4 => HEXLOWER.encode(text).into_bytes(),
        5 => HEXUPPER.encode(text).into_bytes(),
        6 => each(&|b| format!("%{b:02X}")),
        7 => each(&|b| format!("\\u00{b:02x}")),
        8 => each(&|b| format!("\\x{b:02x}")),
        9 => each(&|b| format!("&#{b};")),
        10 => each(&|b| format!("&#x{b:x};")),
        11 => text.chunks(7).collect::<Vec<_>>().join(&b"\" + \""[..]),
        12 => text.chunks(5).collect::<Vec<_>>().join(&b"\" \\\n  \""[..]),
        13 => text.iter().flat_map(|b| [*b, 0]).collect(),
        _ => text.to_vec(),
    }
}

/// The name of the file, and the text in what it is about.
fn placed(place: u8, text: Vec<u8>) -> (&'static [u8], Vec<u8>) {
    let around = |before: &str, after: &str| [before.as_bytes(), &text, after.as_bytes()].concat();
    match place % 8 {
        0 => (b"secret.yaml", around("kind: Secret\ndata:\n  password: ", "\n")),
        1 => (b"app.py", around("TOKEN = \"", "\"\n")),
        2 => (b"notes.md", around("Authorization: Basic ", "\n")),
        3 => (b"index.html", around("<a href=\"https://host/?token=", "&x=1\">")),
        4 => (b"wide.txt", [&b"\xff\xfe"[..], &text].concat()),
        5 => (b"wide.txt", [&b"\xfe\xff"[..], &text].concat()),
        6 => (b"a.js", around("twilio('", "')")),
        _ => (b"a", text),
    }
}
