//! Random bytes for tests, the same ones each time.

/// A generator (xorshift64, Marsaglia 2003).
pub(super) struct Draw(u64);

impl Draw {
    /// The drawings of this seed, which must not be 0.
    pub(super) fn new(seed: u64) -> Draw {
        Draw(seed)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % end
    }

    /// So many characters of `alphabet`.
    pub(super) fn text(&mut self, alphabet: &[u8], length: usize) -> Vec<u8> {
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}
