//! Questions to every byte of a text, many at once: in vectors as wide as those of the processor that runs the program.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, mask8x64, u8x64};

/// Bytes of a block, whose answers are the bits of one number.
pub(crate) const BLOCK: usize = 64;

/// The bytes of a block.
pub(crate) type Block<S> = u8x64<S>;
/// Which of them the answer is yes for.
pub(crate) type Answer<S> = mask8x64<S>;

/// Something to be asked of each byte, by itself and by what stands behind it.
pub(crate) trait Question {
    /// How many bytes behind a block it looks at.
    const BEHIND: usize;

    /// The answer for a block; `bytes` gives the bytes that stand so far behind those of the block.
    fn ask<S: Simd>(&self, bytes: impl Fn(usize) -> Block<S>) -> Answer<S>;
}

/// Asks of the blocks that `text` starts with, as many as `bits` has room for, and as have the bytes behind them. A bit is
/// set for each byte where the answer is yes, the first byte's being the lowest. Returns how many blocks that are.
pub(crate) fn answer<Q: Question>(question: &Q, text: &[u8], bits: &mut [u64]) -> usize {
    answer_at(Level::new(), question, text, bits)
}

#[inline(always)]
fn answer_at<Q: Question>(level: Level, question: &Q, text: &[u8], bits: &mut [u64]) -> usize {
    dispatch!(level, simd => ask_blocks(simd, question, text, bits))
}

#[inline(always)]
fn ask_blocks<S: Simd, Q: Question>(simd: S, question: &Q, text: &[u8], bits: &mut [u64]) -> usize {
    let blocks = text.windows(BLOCK + Q::BEHIND).step_by(BLOCK);
    let mut count = 0;
    for (block, bits) in blocks.zip(bits) {
        let answer = question.ask(
            #[inline(always)]
            |behind| Block::from_slice(simd, &block[behind..behind + BLOCK]),
        );
        *bits = answer.to_bitmask();
        count += 1;
    }
    count
}

/// Every width of vectors that this processor has.
#[cfg(test)]
pub(crate) fn levels() -> Vec<Level> {
    let widest = Level::new();
    #[cfg(target_arch = "x86_64")]
    let others = [
        widest.as_sse2().map(Level::Sse2),
        widest.as_sse4_2().map(Level::Sse4_2),
        widest.as_avx2().map(Level::Avx2),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let others = [None];
    others.into_iter().flatten().chain([widest]).collect()
}

/// The bytes for which the answer is yes, whatever stands behind them, the same at every width.
#[cfg(test)]
pub(crate) fn told(question: &impl Question) -> Vec<u8> {
    let all: Vec<u8> = (0..=255).collect();
    let at_level = |level| {
        let mut bits = [0; 4];
        assert_eq!(answer_at(level, question, &all, &mut bits), 4);
        bits
    };
    let answers: Vec<[u64; 4]> = levels().into_iter().map(at_level).collect();
    assert!(answers.iter().all(|bits| *bits == answers[0]), "{answers:x?}");
    all.into_iter().filter(|at| answers[0][usize::from(at / 64)] >> (at % 64) & 1 == 1).collect()
}
