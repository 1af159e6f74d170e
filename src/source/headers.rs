//! What people wrote of a commit or a tag, beside ids.

use bstr::ByteSlice as _;

/// The message first, so that its lines count from one, then names, addresses and further headers. Ids are left out, and
/// of a signature what is one: git does not look what else stands in that header.
pub(super) fn written(object: &[u8]) -> Vec<u8> {
    let end = object.find(b"\n\n").unwrap_or(object.len());
    let (head, message) = (&object[..end], object.get(end + 2..).unwrap_or_default());
    let mut text = message.to_vec();
    if !text.ends_with(b"\n") && !text.is_empty() {
        text.push(b'\n');
    }
    let mut wanted = Wanted::No;
    let mut last: &[u8] = b"";
    let mut lines = head.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        // A continuation belongs to the header before it.
        if !line.starts_with(b" ") {
            wanted = match line.split(|byte| *byte == b' ').next().unwrap_or_default() {
                b"tree" | b"parent" | b"object" | b"type" => Wanted::No,
                b"gpgsig" | b"gpgsig-sha256" => Wanted::Unsigned(Armour::default()),
                _ => Wanted::Yes,
            };
        }
        let is_wanted = match &mut wanted {
            Wanted::Yes => true,
            Wanted::Unsigned(armour) => !armour.takes(line, lines.peek().copied().unwrap_or_default()),
            Wanted::No => false,
        };
        // The author is mostly the committer.
        let (_, value) = line.split_once_str(" ").unwrap_or((b"", line));
        if is_wanted && value != last {
            text.extend_from_slice(line);
            text.push(b'\n');
            last = value;
        }
    }
    text
}

/// What of a header is read.
enum Wanted {
    Yes,
    /// Of a signature, the lines that are not the signature: remarks (RFC 9580, section 6.2.2), or what never was one.
    Unsigned(Armour),
    No,
}

/// How far a signature was followed: base64 in rows of one width, but for the last, between two borders.
#[derive(Default)]
struct Armour {
    is_open: bool,
    width: Option<usize>,
}

impl Armour {
    /// Widths that programs write: 64 for OpenPGP and X.509, 70 for SSH, 76 at most.
    const WIDTHS: std::ops::RangeInclusive<usize> = 60..=76;

    /// Whether a line is of the signature, or empty.
    fn takes(&mut self, line: &[u8], next: &[u8]) -> bool {
        let own = bare(line);
        if let Some(is_open) = border(own) {
            *self = Armour { is_open, width: None };
            return true;
        }
        if own.is_empty() || !self.is_open || !is_base64(own) {
            return own.is_empty();
        }
        let is_end = |line: &[u8]| border(line) == Some(false) || is_sum(line);
        match self.width {
            None if Self::WIDTHS.contains(&own.len()) => self.width = Some(own.len()),
            Some(width) if own.len() == width || is_sum(own) => {}
            Some(width) if own.len() < width && is_end(bare(next)) => {}
            _ => return false,
        }
        true
    }
}

/// A line of a signature, without what git puts before it.
fn bare(line: &[u8]) -> &[u8] {
    let names = [&b"gpgsig "[..], b"gpgsig-sha256 "];
    names.iter().find_map(|name| line.strip_prefix(*name)).unwrap_or(line).trim_ascii()
}

/// Whether a line opens or closes a signature; `None` where it does neither.
fn border(line: &[u8]) -> Option<bool> {
    let said = line.strip_prefix(b"-----")?.strip_suffix(b"-----")?;
    let is_open = said.starts_with(b"BEGIN ");
    let name = said.strip_prefix(b"BEGIN ").or(said.strip_prefix(b"END "))?;
    let names = [&b"PGP SIGNATURE"[..], b"PGP MESSAGE", b"SSH SIGNATURE", b"SIGNED MESSAGE"];
    names.contains(&name).then_some(is_open)
}

fn is_base64(line: &[u8]) -> bool {
    let digits = line.strip_suffix(b"==").or(line.strip_suffix(b"=")).unwrap_or(line);
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    digits.iter().all(is_digit) || is_sum(line)
}

/// The checksum at the end of an OpenPGP signature.
fn is_sum(line: &[u8]) -> bool {
    line.len() == 5 && line[0] == b'=' && is_base64(&line[1..])
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn people_and_remarks_without_ids_and_signatures() {
        let row = "iQEz+/ab".repeat(8);
        let commit = format!(
            "tree 4b825dc6\nparent 1234\nauthor A <a@b.c> 1 +0000\ncommitter A <a@b.c> 1 +0000\n\
             gpgsig -----BEGIN PGP SIGNATURE-----\n Comment: hello\n \n {row}\n {row}\n iQEz+/abcd==\n =abcd\n \
             -----END PGP SIGNATURE-----\n \nmergetag object 12\n tagger T <t@b.c>\nencoding latin1\n\nsubject\n\nbody"
        );
        assert_eq!(
            String::from_utf8(written(commit.as_bytes())).expect("text"),
            "subject\n\nbody\nauthor A <a@b.c> 1 +0000\n Comment: hello\nmergetag object 12\n tagger T <t@b.c>\nencoding latin1\n"
        );
    }

    #[test]
    fn what_stands_in_a_signature_and_is_none_is_read() {
        let row = "iQEz+/ab".repeat(8);
        let of = |lines: &[&str]| {
            let commit = format!("gpgsig {}\n\n", lines.join("\n "));
            String::from_utf8(written(commit.as_bytes())).expect("text")
        };
        let (begin, end) = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----");
        assert_eq!(of(&[begin, &row, &row, "abcd", end]), "");
        assert_eq!(of(&[begin, &row, "ab_cd", &row, end]), " ab_cd\n");
        // A row of another width, one behind the end and one that nothing opens.
        assert_eq!(of(&[begin, &row, "abcd", &row, "abcd", end, "efgh"]), " abcd\n efgh\n");
        assert_eq!(of(&[&row, begin, end]), format!("gpgsig {row}\n"));
        assert_eq!(
            of(&["-----BEGIN MY SECRET-----", &row, end]),
            format!("gpgsig -----BEGIN MY SECRET-----\n {row}\n")
        );
    }
}
