//! Automata as the program carries them: small, and made again when they are first run.
//!
//! What is written out for each state and for each automaton is much the same, seen the right way. A transition names
//! its target by where that stands; counted from the state it leaves, the states of `[0-9a-f]{32}` are all alike. And
//! what stands around the states is nearly that of any other automaton: one of them, the model, is the dictionary by
//! which the others are deflated. Of 2.8 MB this leaves 0.2 MB; deflated as they are, they would be 0.5 MB.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// What a sparse DFA of a little-endian machine opens with, as regex-automata 0.4 writes it.
const HEAD: &[u8] = b"rust-regex-automata-dfa-sparse\0\0\xFF\xFE\0\0\x02\0\0\0";
/// Where its states start, each directly behind the one before: how many transitions it has, their ranges of bytes,
/// their targets, which patterns match if any does, and how to skip ahead.
const STATES: usize = 316;
/// Where it says how many bytes of states there are.
const STATES_LENGTH: usize = STATES - 4;
/// Set in a state's count of transitions when something matches there.
const IS_MATCH: u16 = 1 << 15;

/// What other automata are deflated by: this one, with its targets counted from their states.
pub(super) fn model(dfa: &[u8]) -> Vec<u8> {
    let mut model = dfa.to_vec();
    // No state starts in another, so none is one byte before the next, and 0 can stay the target that is no state.
    each_target(&mut model, |target, state| match target {
        0 => 0,
        target => target.wrapping_sub(state).wrapping_add(1),
    });
    model
}

/// Deflates a DFA that [`unpacked`] gives back.
pub(super) fn packed(dfa: &[u8], by: &[u8]) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    packer.set_dictionary(by).expect("nothing was deflated before");
    // Bytes that cannot be packed grow by five in sixteen thousand, and by a few at the end.
    let mut out = Vec::with_capacity(dfa.len() + dfa.len() / 1024 + 64);
    packer.compress_vec(&model(dfa), &mut out, FlushCompress::Finish).expect("there is room for all of it");
    out
}

/// The DFA of `length` bytes that [`packed`] deflated.
pub(super) fn unpacked(packed: &[u8], length: usize, by: &[u8]) -> Vec<u8> {
    let mut unpacker = Decompress::new(false);
    unpacker.set_dictionary(by).expect("nothing was inflated before");
    let mut dfa = Vec::with_capacity(length);
    unpacker.decompress_vec(packed, &mut dfa, FlushDecompress::Finish).expect("the writer deflated it");
    each_target(&mut dfa, |target, state| match target {
        0 => 0,
        target => target.wrapping_add(state).wrapping_sub(1),
    });
    dfa
}

/// Changes the target of every transition, by what it is and by where the state stands that has it. Where something is
/// laid out in another way, the rest stays as it is; that it does so both ways is why nothing is lost.
fn each_target(dfa: &mut [u8], change: impl Fn(u32, u32) -> u32) {
    if !dfa.starts_with(HEAD) {
        return;
    }
    let length = read(dfa, STATES_LENGTH).map_or(0, u32::from_le_bytes) as usize;
    let mut at = 0;
    while at < length {
        let Some(next) = state(dfa, at, &change) else { return };
        at = next;
    }
}

/// Changes the targets of the state at `at`; where the next one stands.
fn state(dfa: &mut [u8], at: usize, change: &impl Fn(u32, u32) -> u32) -> Option<usize> {
    let mut end = STATES + at;
    let count = u16::from_le_bytes(read(dfa, end)?);
    let transitions = usize::from(count & !IS_MATCH);
    end += 2 + 2 * transitions;
    for target in dfa.get_mut(end..end + 4 * transitions)?.chunks_exact_mut(4) {
        let changed = change(u32::from_le_bytes(target.try_into().ok()?), at as u32);
        target.copy_from_slice(&changed.to_le_bytes());
    }
    end += 4 * transitions;
    if count & IS_MATCH != 0 {
        end += 4 + 4 * u32::from_le_bytes(read(dfa, end)?) as usize;
    }
    let [skips] = read(dfa, end)?;
    Some(end + 1 + usize::from(skips) - STATES)
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::compile::{Endian, shape};

    fn dfa(pattern: &str) -> Vec<u8> {
        shape(pattern, &[], Endian::NATIVE).expect("a shape").dfa
    }

    #[test]
    fn what_was_packed_is_unpacked_as_it_was() {
        let model = model(&dfa("[0-9a-f]{32}"));
        // The last one's states lead to themselves.
        for (pattern, times) in [
            ("[0-9a-f]{32}", 50),
            ("AC[0-9a-f]{32}", 8),
            ("sk_(?:live|test)_[0-9A-Za-z]{24,99}", 7),
            ("k[0-9]+-[a-f]+", 2),
        ] {
            let dfa = dfa(pattern);
            let packed = packed(&dfa, &model);
            assert!(packed.len() * times < dfa.len(), "{pattern}: {} of {}", packed.len(), dfa.len());
            assert_eq!(unpacked(&packed, dfa.len(), &model), dfa, "{pattern}");
        }
    }

    #[test]
    fn what_is_laid_out_in_another_way_is_unpacked_as_it_was() {
        let whole = dfa("AC[0-9a-f]{32}");
        let mut later_version = whole.clone();
        later_version[HEAD.len() - 4] += 1;
        let mut strange_state = whole.clone();
        strange_state[STATES + 40..STATES + 44].fill(0xFF);
        for bytes in
            [later_version, strange_state, whole[..whole.len() / 2].to_vec(), whole[..50].to_vec(), vec![]]
        {
            assert_eq!(unpacked(&packed(&bytes, &whole), bytes.len(), &whole), bytes);
        }
    }
}
