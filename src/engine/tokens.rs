//! Where tokens may start: the positions that a shape is tried at when only the context names it.
//!
//! Looks only into the windows that context opened, and there only at one byte in [`Tokens::shortest`] until
//! a run is as long as the shortest token: most of what people write is words shorter than that.

use std::ops::Range;

use super::confirm::starts_token;

/// How far back a token around an inner keyword may start, bytes.
const LONGEST_LEAD: usize = 512;
/// How many starts are tried for one inner keyword, nearest first.
const MOST_STARTS: usize = 32;

/// How far behind a window the end of a run is looked for, bytes: no match is longer.
const LONGEST_RUN: usize = 8 * 1024;

/// A position where a token may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// The position.
    pub(super) at: usize,
    /// Where the run of token characters around it ends, if that is near.
    pub(super) run_end: usize,
}

/// Signs that may join a name and a token, and stand inside few tokens.
fn joins(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b'|' | b'@')
}

/// One flag a byte: whether it may stand in a token.
const IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'+' | b'/' | b'.' | b'~' | b'-' | b'*' | b'=' | b':' | b'|' | b'@');
        at += 1;
    }
    table
};

fn in_run(byte: u8) -> bool {
    IN_RUN[usize::from(byte)]
}

/// Every position in `windows` where a token of at least `shortest` bytes may start. The windows are in
/// order and do not overlap. Linear in their length.
pub(super) fn starts(text: &[u8], windows: &[Range<usize>], shortest: usize) -> Vec<Start> {
    let shortest = shortest.max(1);
    let mut out = Vec::new();
    for window in windows {
        let limit = text.len().min(window.end + LONGEST_RUN);
        let mut at = window.start;
        while at < window.end && at + shortest <= limit {
            // The last byte first: what is no part of a run there rules out every start up to it.
            if let Some(last) = (at..at + shortest).rev().find(|&i| !in_run(text[i])) {
                at = last + 1;
                continue;
            }
            let run_end = (at + shortest..limit).find(|&i| !in_run(text[i])).unwrap_or(limit);
            let starts = at..=(run_end - shortest).min(window.end - 1);
            out.extend(
                starts.filter(|&i| !joins(text[i]) && starts_token(text, i)).map(|at| Start { at, run_end }),
            );
            at = run_end;
        }
    }
    out
}

/// A run and the token characters before it, from `floor` on: a token that holds the run starts there.
pub(super) fn around(text: &[u8], run: &Range<usize>, floor: usize) -> Range<usize> {
    let before = &text[run.start.saturating_sub(LONGEST_RUN).max(floor)..run.start];
    run.start - before.iter().rev().take_while(|byte| in_run(**byte)).count()..run.end
}

/// The union of windows, in order and disjoint.
pub(super) fn union(mut windows: Vec<Range<usize>>) -> Vec<Range<usize>> {
    windows.sort_unstable_by_key(|window| window.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match out.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => out.push(window),
        }
    }
    out
}

/// Where the token around an inner keyword may start, longest first: the alphabet of a URL or of padded
/// base64 also holds what stands before the token (`KEY=`), so each boundary on the way is a start.
pub(super) fn inside_starts(text: &[u8], at: usize, alphabet: &[u64; 4]) -> Vec<usize> {
    let inside = |b: u8| alphabet[usize::from(b >> 6)] >> (b & 63) & 1 == 1;
    let lead = text[at.saturating_sub(LONGEST_LEAD)..at].iter().rev().take_while(|b| inside(**b)).count();
    let mut out: Vec<usize> =
        (at - lead..=at).rev().filter(|&start| starts_token(text, start)).take(MOST_STARTS).collect();
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    fn found<'t>(text: &'t str, windows: &[Range<usize>], shortest: usize) -> Vec<&'t str> {
        let starts = starts(text.as_bytes(), windows, shortest);
        starts.into_iter().map(|start| &text[start.at..start.run_end]).collect()
    }

    fn all(text: &str) -> Vec<&str> {
        found(text, std::slice::from_ref(&(0..text.len())), 9)
    }

    #[test]
    fn a_token_may_hold_a_colon_and_follow_one() {
        assert_eq!(all("x \"1234:AAbcd\""), ["1234:AAbcd"]);
        assert_eq!(all("K=12345678:abcdefghi"), ["K=12345678:abcdefghi", "12345678:abcdefghi", "abcdefghi"]);
    }

    #[test]
    fn only_starts_in_a_window_count_and_each_once() {
        let text = "abcdefghij klmnopqrst uvwxyzabcd";
        assert_eq!(all(text), ["abcdefghij", "klmnopqrst", "uvwxyzabcd"]);
        assert_eq!(found(text, &[0..11, 22..23], 9), ["abcdefghij", "uvwxyzabcd"]);
        let windows = union(vec![5..12, 0..11, 22..23]);
        assert_eq!(windows, [0..12, 22..23]);
        assert_eq!(found(text, &windows, 9), ["abcdefghij", "klmnopqrst", "uvwxyzabcd"]);
    }

    #[test]
    fn skipping_finds_what_looking_at_every_byte_finds() {
        let mut draw = Draw::new(7);
        for _ in 0..3_000 {
            let text = draw.text(b"abcdefgh01=-. \"n\\", 60);
            let (from, shortest) = (draw.below(20), 3 + draw.below(9));
            let window = from..from + 25;
            let slow = window.clone().filter_map(|at| {
                let run_end = (at..text.len()).find(|&i| !in_run(text[i])).unwrap_or(text.len());
                (run_end >= at + shortest && !joins(text[at]) && starts_token(&text, at))
                    .then_some(Start { at, run_end })
            });
            assert_eq!(
                starts(&text, &[window], shortest),
                slow.collect::<Vec<_>>(),
                "{:?}",
                bstr::BStr::new(&text)
            );
        }
    }

    #[test]
    fn a_name_before_padded_base64_is_no_part_of_it() {
        let mut alphabet = [0; 4];
        for byte in (b'0'..=b'9').chain(b'A'..=b'Z').chain(*b"=") {
            alphabet[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        let text = b"x_KEY=AB12MARK9=";
        let at = 10;
        assert_eq!(&text[at..at + 4], b"MARK");
        let starts = inside_starts(text, at, &alphabet);
        assert!(starts.contains(&6), "{starts:?}");
        assert!(starts.iter().all(|start| *start >= 5), "{starts:?}");
    }
}
