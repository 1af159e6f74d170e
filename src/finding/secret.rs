//! A secret that cannot be printed by accident.

/// What stands for the hidden part. No length: that of a password is worth something.
pub const DOTS: &str = "••••••";

/// The bytes of a secret. `Debug` and `Display` show at most its first characters and its length;
/// only [`expose`](Secret::expose) gives the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Secret(bytes.into())
    }

    /// The bytes themselves, for comparing, counting and digesting. Never hand them to a writer.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// A form to show: a public prefix (kept only where much more is hidden), then dots.
    pub fn redacted(&self) -> String {
        redact(&self.0)
    }
}

/// The form to show of secret bytes. Nothing of what may be a password is kept; of a long token four
/// characters, which is where formats carry their public prefix (`AC`, `ghp_`, `AKIA`).
pub(super) fn redact(secret: &[u8]) -> String {
    let keep = match secret.len() {
        0..=15 => 0,
        16..=23 => 2,
        _ => 4,
    };
    let head = secret.iter().take(keep).take_while(|b| b.is_ascii_graphic()).map(|&b| b as char);
    head.chain(DOTS.chars()).collect()
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} characters)", self.redacted(), self.0.len())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn no_form_shows_more_than_four_characters() {
        for length in 0..80usize {
            let bytes: Vec<u8> = (0..length).map(|i| b'a' + (i % 26) as u8).collect();
            let secret = Secret::new(bytes.clone());
            for shown in [secret.redacted(), format!("{secret}"), format!("{secret:?}")] {
                let hidden = if length < 16 { 1 } else { 5 }.min(length);
                let head = std::str::from_utf8(&bytes[..hidden]).unwrap();
                assert!(length == 0 || !shown.contains(&format!("{head}•")), "{length}: {shown}");
            }
            assert!(secret.redacted().chars().filter(|c| c.is_ascii()).count() <= 4);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_not_shown() {
        assert_eq!(Secret::new([0xff; 40]).redacted(), "••••••");
        assert_eq!(Secret::new(*b"ab\x1b[31mabcdefghijklmnopqrstuvwxyz").redacted(), "ab••••••");
    }
}
