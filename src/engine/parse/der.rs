//! What the body of a private key says it is: kind and size, from as much of ASN.1 as that takes.
//!
//! PKCS#1 (RFC 8017), SEC 1 (RFC 5915), PKCS#8 (RFC 5958), the DSA form of OpenSSL, and OpenSSH's own (PROTOCOL.key). Reads
//! lengths and numbers of algorithms; of the key's own numbers it counts the bits, and keeps none.

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A whole key of this kind: `2048-bit RSA key`.
    Key(String),
    /// Less than its head announces is there.
    CutOff,
    /// Nothing that is known.
    Other,
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The parameters of an EC key, an explicit tag.
const PARAMETERS: u8 = 0xA0;

/// Numbers of algorithms (RFC 8410, RFC 5480, RFC 3279), as they are encoded, and their names.
const ALGORITHMS: [(&[u8], &str); 9] = [
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01], "RSA"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A], "RSA"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], "EC"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01], "DSA"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01], "Diffie-Hellman"),
    (&[0x2B, 0x65, 0x6E], "X25519"),
    (&[0x2B, 0x65, 0x6F], "X448"),
    (&[0x2B, 0x65, 0x70], "Ed25519"),
    (&[0x2B, 0x65, 0x71], "Ed448"),
];
/// Numbers of curves (SEC 2, RFC 5639).
const CURVES: [(&[u8], &str); 8] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01], "P-192"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x21], "P-224"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], "P-256"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], "P-384"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x23], "P-521"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x0A], "secp256k1"),
    (&[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07], "brainpoolP256r1"),
    (&[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0B], "brainpoolP384r1"),
];

/// Reads an unencrypted key or, when `is_locked`, the frame of an encrypted one. `label` is that of its PEM header.
pub(super) fn key(der: &[u8], label: &[u8], is_locked: bool) -> Read {
    if der.first() != Some(&SEQUENCE) {
        return Read::Other;
    }
    let Some(length) = announced(der) else { return Read::CutOff };
    let end = length.head.saturating_add(length.body);
    let Some(body) = der.get(length.head..end) else { return Read::CutOff };
    let mut parts = Parts(body);
    if is_locked {
        return Read::Key("PKCS#8 key".to_owned());
    }
    let kind = match (parts.next(), parts.next()) {
        (Some((INTEGER, _)), Some((SEQUENCE, algorithm))) => pkcs8(algorithm, parts),
        // The modulus, and the first prime of DSA.
        (Some((INTEGER, _)), Some((INTEGER, number))) => {
            let name = if label.starts_with(b"DSA") { "DSA" } else { "RSA" };
            Some(sized(name, number))
        }
        (Some((INTEGER, _)), Some((OCTETS, _))) => {
            let (_, parameters) = parts.find(|(tag, _)| *tag == PARAMETERS).unwrap_or_default();
            Some(on_curve(parameters))
        }
        _ => None,
    };
    kind.map_or(Read::Other, Read::Key)
}

/// The key in an envelope that names its algorithm.
fn pkcs8(algorithm: &[u8], mut rest: Parts<'_>) -> Option<String> {
    let mut parts = Parts(algorithm);
    let (_, number) = parts.next().filter(|(tag, _)| *tag == OBJECT)?;
    let (_, name) = ALGORITHMS.iter().find(|(known, _)| *known == number)?;
    let kind = match *name {
        "EC" => on_curve(parts.0),
        "RSA" => {
            let (_, inner) = rest.next().filter(|(tag, _)| *tag == OCTETS)?;
            let (_, inner) = Parts(inner).next()?;
            let (_, modulus) = Parts(inner).nth(1)?;
            sized(name, modulus)
        }
        "DSA" | "Diffie-Hellman" => {
            let (_, domain) = parts.next()?;
            let (_, prime) = Parts(domain).next()?;
            sized(name, prime)
        }
        _ => format!("{name} key"),
    };
    Some(kind + " in PKCS#8")
}

fn on_curve(parameters: &[u8]) -> String {
    let number = Parts(parameters).next().filter(|(tag, _)| *tag == OBJECT).map(|(_, number)| number);
    let curve = number.and_then(|number| CURVES.iter().find(|(known, _)| *known == number));
    curve.map_or("EC key".to_owned(), |(_, curve)| format!("EC key on {curve}"))
}

fn sized(name: &str, number: &[u8]) -> String {
    format!("{}-bit {name} key", bits(number))
}

/// How many bits a big-endian number has.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].first().map_or(0, |first| (number.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// Lengths of an element: of tag and length themselves, and of what follows them.
struct Length {
    head: usize,
    body: usize,
}

/// Whether so little of what its head announces is there that none of it is private: in RSA's forms the modulus, more than
/// a tenth of the key, comes before all that is (RFC 8017 §A.1.2).
pub(super) fn is_public_head(der: &[u8]) -> bool {
    const SHORTEST: usize = 500;
    announced(der).is_some_and(|length| length.body >= SHORTEST && der.len() * 10 < length.body)
}

/// What the head of an element announces.
fn announced(der: &[u8]) -> Option<Length> {
    match *der.get(1)? {
        short @ 0..=0x7F => Some(Length { head: 2, body: short.into() }),
        long => {
            let count = usize::from(long & 0x7F);
            // Four bytes of length are more than any key has.
            let bytes = der.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
            let body = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            Some(Length { head: 2 + count, body })
        }
    }
}

/// The elements of a sequence: their tags and contents, as long as they are whole.
struct Parts<'d>(&'d [u8]);

impl<'d> Iterator for Parts<'d> {
    type Item = (u8, &'d [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = *self.0.first()?;
        let length = announced(self.0)?;
        let content = self.0.get(length.head..length.head.checked_add(length.body)?)?;
        self.0 = &self.0[length.head + length.body..];
        Some((tag, content))
    }
}

/// Reads a key in OpenSSH's own form. Its public half is open even when the private one is locked.
pub(super) fn openssh(raw: &[u8]) -> Read {
    let mut strings = Strings(&raw[raw.len().min(15)..]);
    let [Some(_), Some(_), Some(_)] = [strings.next(), strings.next(), strings.next()] else {
        return Read::CutOff;
    };
    // The number of keys: one.
    strings.0 = strings.0.get(4..).unwrap_or_default();
    let (Some(public), Some(_)) = (strings.next(), strings.next()) else { return Read::CutOff };
    ssh_kind(public).map_or(Read::Other, |kind| Read::Key(kind + " in OpenSSH's form"))
}

/// What the public half of an SSH key says of the pair (RFC 4253, RFC 5656, RFC 8709).
pub(super) fn ssh_kind(public: &[u8]) -> Option<String> {
    let mut parts = Strings(public);
    Some(match parts.next()? {
        b"ssh-rsa" => sized("RSA", parts.nth(1)?),
        b"ssh-dss" => sized("DSA", parts.next()?),
        b"ssh-ed25519" => "Ed25519 key".to_owned(),
        b"ssh-ed448" => "Ed448 key".to_owned(),
        b"ecdsa-sha2-nistp256" => "EC key on P-256".to_owned(),
        b"ecdsa-sha2-nistp384" => "EC key on P-384".to_owned(),
        b"ecdsa-sha2-nistp521" => "EC key on P-521".to_owned(),
        name if name.starts_with(b"sk-") => "handle of a security key".to_owned(),
        _ => return None,
    })
}

/// Strings with their length in four bytes before them.
struct Strings<'d>(&'d [u8]);

impl<'d> Iterator for Strings<'d> {
    type Item = &'d [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (string, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        self.0 = rest;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let head = match length {
            0..=0x7F => vec![tag, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [head.as_slice(), content].concat()
    }

    fn rsa(bits: usize) -> Vec<u8> {
        let modulus = [&[0, 0x80][..], &vec![7; bits / 8 - 1]].concat();
        let numbers = [element(INTEGER, &[0]), element(INTEGER, &modulus), element(INTEGER, &[1, 0, 1])];
        element(SEQUENCE, &numbers.concat())
    }

    fn enveloped(algorithm: &[u8], parameters: &[u8], inner: &[u8]) -> Vec<u8> {
        let algorithm = [element(OBJECT, algorithm), parameters.to_vec()].concat();
        let parts = [element(INTEGER, &[0]), element(SEQUENCE, &algorithm), element(OCTETS, inner)];
        element(SEQUENCE, &parts.concat())
    }

    #[test]
    fn kinds_and_sizes() {
        let told = |der: &[u8], label: &str| match key(der, label.as_bytes(), false) {
            Read::Key(kind) => kind,
            other => format!("{other:?}"),
        };
        let curve = element(OBJECT, CURVES[2].0);
        let sec1 = [element(INTEGER, &[1]), element(OCTETS, &[9; 32]), element(PARAMETERS, &curve)];
        assert_eq!(told(&rsa(2048), "RSA PRIVATE KEY"), "2048-bit RSA key");
        assert_eq!(told(&rsa(1024), "DSA PRIVATE KEY"), "1024-bit DSA key");
        assert_eq!(told(&element(SEQUENCE, &sec1.concat()), "EC PRIVATE KEY"), "EC key on P-256");
        let pkcs8 = |at: usize, parameters: &[u8], inner: &[u8]| {
            told(&enveloped(ALGORITHMS[at].0, parameters, inner), "PRIVATE KEY")
        };
        assert_eq!(pkcs8(0, &[5, 0], &rsa(4096)), "4096-bit RSA key in PKCS#8");
        assert_eq!(pkcs8(2, &curve, &[1]), "EC key on P-256 in PKCS#8");
        assert_eq!(pkcs8(7, &[], &element(OCTETS, &[9; 32])), "Ed25519 key in PKCS#8");
    }

    #[test]
    fn what_is_cut_off_or_no_key() {
        let whole = rsa(2048);
        for end in 2..whole.len() {
            assert_eq!(key(&whole[..end], b"RSA PRIVATE KEY", false), Read::CutOff, "{end}");
        }
        assert_eq!(key(b"", b"", false), Read::Other);
        assert_eq!(key(&[SEQUENCE, 0x85, 1, 1, 1, 1, 1], b"", false), Read::CutOff);
        assert_eq!(key(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 1], b"", false), Read::CutOff);
        assert_eq!(key(&element(SEQUENCE, &[1, 2, 3]), b"", false), Read::Other);
        for end in 0..40 {
            assert_eq!(openssh(&[1; 40][..end]), Read::CutOff, "{end}");
        }
    }

    #[test]
    fn openssh_keys() {
        let string = |content: &[u8]| [&(content.len() as u32).to_be_bytes()[..], content].concat();
        let modulus = [&[0, 0x80][..], &[7; 383]].concat();
        let public = [string(b"ssh-rsa"), string(&[1, 0, 1]), string(&modulus)].concat();
        let key = [
            b"openssh-key-v1\0".to_vec(),
            string(b"none"),
            string(b"none"),
            string(b""),
            vec![0, 0, 0, 1],
            string(&public),
            string(&[9; 64]),
        ];
        assert_eq!(openssh(&key.concat()), Read::Key("3072-bit RSA key in OpenSSH's form".to_owned()));
        assert_eq!(openssh(&key[..6].concat()), Read::CutOff);
    }
}
