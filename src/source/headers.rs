//! What people wrote of a commit or a tag, beside ids.

use bstr::ByteSlice as _;

/// The message first, so that its lines count from one, then names, addresses and further headers. Ids are left out, and
/// of a signature all but the remarks that it opens with (RFC 9580, section 6.2.2).
pub(super) fn written(object: &[u8]) -> Vec<u8> {
    let end = object.find(b"\n\n").unwrap_or(object.len());
    let (head, message) = (&object[..end], object.get(end + 2..).unwrap_or_default());
    let mut text = message.to_vec();
    if !text.ends_with(b"\n") && !text.is_empty() {
        text.push(b'\n');
    }
    let mut wanted = Wanted::No;
    let mut last: &[u8] = b"";
    for line in head.split(|byte| *byte == b'\n') {
        // A continuation belongs to the header before it.
        if !line.starts_with(b" ") {
            wanted = match line.split(|byte| *byte == b' ').next().unwrap_or_default() {
                b"tree" | b"parent" | b"object" | b"type" | b"encoding" => Wanted::No,
                b"gpgsig" | b"gpgsig-sha256" => Wanted::Remarks,
                _ => Wanted::Yes,
            };
        }
        let is_wanted = match wanted {
            Wanted::Yes => true,
            Wanted::Remarks => line.contains_str(": "),
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
#[derive(Clone, Copy)]
enum Wanted {
    Yes,
    /// Of a signature, the lines that are not the signature.
    Remarks,
    No,
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn people_and_remarks_without_ids_and_signatures() {
        let commit = "tree 4b825dc6\nparent 1234\nauthor A <a@b.c> 1 +0000\ncommitter A <a@b.c> 1 +0000\n\
                      gpgsig -----BEGIN PGP SIGNATURE-----\n Comment: hello\n \n iQEz+/ab\n =abcd\n \
                      -----END PGP SIGNATURE-----\n \nmergetag object 12\n tagger T <t@b.c>\n\nsubject\n\nbody";
        assert_eq!(
            String::from_utf8(written(commit.as_bytes())).expect("text"),
            "subject\n\nbody\nauthor A <a@b.c> 1 +0000\n Comment: hello\nmergetag object 12\n tagger T <t@b.c>\n"
        );
    }
}
