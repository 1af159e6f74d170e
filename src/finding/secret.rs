//! A secret that cannot be printed by accident.

/// The bytes of a secret. `Debug` and `Display` show at most its first characters and its length;
/// only [`expose`](Secret::expose) gives the bytes.
#[derive(Clone, PartialEq, Eq)]
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
        let keep = match self.0.len() {
            0..=11 => 0,
            12..=23 => 2,
            _ => 4,
        };
        let head: String =
            self.0.iter().take(keep).map(|&b| if b.is_ascii_graphic() { b as char } else { '?' }).collect();
        format!("{head}••••••")
    }
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
