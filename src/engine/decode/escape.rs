//! Bytes that are written as escapes: percent, backslash, entities, quoted-printable, and the codes that colour a terminal.

use super::{Encoding, Span, byte};

/// Longest code of a terminal behind its escape character, bytes.
const LONGEST_CODE: usize = 32;
pub(super) const ESC: u8 = 0x1B;

pub(super) fn printable(byte: u8) -> Option<u8> {
    (byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).then_some(byte)
}

/// `%3D`, `\u003d`, `\x3d`, `\075` and `&#61;`, where they stand for a printable character within a word, and the codes that
/// colour a terminal, which are not seen there.
pub(super) fn unescape(text: &[u8], at: usize, spans: &mut Vec<Span>) {
    let Some((length, clear, encoding)) = escape(&text[at..]) else { return };
    let span = match clear {
        ESC => Span { range: at..codes(text, at), text: Vec::new(), encoding: Encoding::Coloured },
        _ => Span { range: at..at + length, text: vec![clear], encoding },
    };
    let inside = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\''))
    };
    if !span.range.is_empty() && (inside(at.checked_sub(1)) || inside(Some(span.range.end))) {
        spans.push(span);
    }
}

/// Where the codes end that begin at `at` (ECMA-48, control sequences): `ESC [ 1 ; 32 m`.
fn codes(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some((length, ESC, _)) = text.get(end..).and_then(escape) {
        let code = &text[end + length..text.len().min(end + length + LONGEST_CODE)];
        let Some(code) = code.strip_prefix(b"[") else { break };
        let parameters = code.iter().take_while(|b| matches!(b, b'0'..=b'?')).count();
        if !code.get(parameters).is_some_and(u8::is_ascii_alphabetic) {
            break;
        }
        end += length + 1 + parameters + 1;
    }
    end
}

/// A text with its escapes undone, and where each of its bytes begins in what is written, with the end behind them; `None`
/// where it has none. Allocates, so it is for what is shown and not for files.
pub(crate) fn unescaped(text: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let (mut clear, mut starts) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = matches!(byte, b'%' | b'\\' | b'&').then(|| escape(&text[at..])).flatten();
        starts.push(at);
        clear.push(escaped.map_or(byte, |(_, clear, _)| clear));
        at += escaped.map_or(1, |(length, ..)| length);
    }
    starts.push(text.len());
    (clear.len() < text.len()).then_some((clear, starts))
}

/// What an escape may stand for: a printable character, or the one that a terminal's codes begin with.
fn shown(byte: u8) -> Option<u8> {
    if byte == ESC { Some(byte) } else { printable(byte) }
}

/// The escape that `text` starts with: its length, the character, the kind.
pub(super) fn escape(text: &[u8]) -> Option<(usize, u8, Encoding)> {
    match (*text.first()?, *text.get(1)?) {
        (ESC, b'[') => Some((1, ESC, Encoding::Coloured)),
        (b'\\', b'e' | b'E') if text.get(2) == Some(&b'[') => Some((2, ESC, Encoding::Coloured)),
        (b'%', _) => Some((3, byte(text.get(1..3)?).and_then(shown)?, Encoding::Percent)),
        (b'\\', b'x') => Some((4, byte(text.get(2..4)?).and_then(shown)?, Encoding::Escape)),
        (b'\\', b'u') if text.get(2..4)? == b"00" => {
            Some((6, byte(text.get(4..6)?).and_then(shown)?, Encoding::Escape))
        }
        (b'\\', b'u') if text.get(2)? == &b'{' => {
            let length = text[3..].iter().take(7).position(|b| *b == b'}').filter(|length| *length > 0)?;
            let digits = std::str::from_utf8(&text[3..3 + length]).ok()?;
            let clear = u8::from_str_radix(digits, 16).ok().and_then(shown)?;
            Some((length + 4, clear, Encoding::Escape))
        }
        (b'\\', b'U') if text.get(2..8)? == b"000000" => {
            Some((10, byte(text.get(8..10)?).and_then(shown)?, Encoding::Escape))
        }
        (b'\\', b'0' | b'1') => {
            let digits = text.get(1..4).filter(|digits| digits.iter().all(|b| matches!(b, b'0'..=b'7')))?;
            let clear = digits.iter().fold(0, |value: u8, digit| value << 3 | (digit - b'0'));
            Some((4, shown(clear)?, Encoding::Escape))
        }
        (b'=', _) => Some((3, byte(text.get(1..3)?).and_then(shown)?, Encoding::QuotedPrintable)),
        (b'&', b'#') => entity(text),
        (b'&', _) => named_entity(text),
        _ => None,
    }
}

/// `&#61;` or `&#x3d;`.
fn entity(text: &[u8]) -> Option<(usize, u8, Encoding)> {
    let end = text.iter().take(8).position(|&b| b == b';')?;
    let digits = std::str::from_utf8(text.get(2..end)?).ok()?;
    let value = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u8::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    Some((end + 1, value.ok().and_then(shown)?, Encoding::Entity))
}

/// `&quot;` and the other names of signs that pages are written with (HTML, section 13.5).
fn named_entity(text: &[u8]) -> Option<(usize, u8, Encoding)> {
    const NAMES: [(&[u8], u8); 6] = [
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&lowbar;", b'_'),
    ];
    let (name, clear) = NAMES.iter().find(|(name, _)| text.starts_with(name))?;
    Some((name.len(), *clear, Encoding::Entity))
}
