//! The text of a picture: what was typed of it, and what a program noted, compressed or not.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Bytes of a picture that are looked through: as much as of a file is read at once.
pub(super) const HEAD: u64 = 8 << 20;
/// Most text that is unpacked of one picture.
const MOST: u64 = 1 << 20;
const MAGIC: usize = 8;
/// What the text is called, behind the name of the picture.
pub(super) const TEXT: &[u8] = b"text";

/// What is said of a picture with more.
pub(super) const MORE: &str = "limit: more than 1 MiB of text in a picture";

/// Whether a picture has more text than is looked through.
pub(super) fn has_more(text: &[u8]) -> bool {
    text.len() as u64 >= MOST
}

/// The text of a picture that starts with `bytes`, a line each: the keyword, then the text.
pub(super) fn text(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut at) = (Vec::new(), MAGIC);
    while let Some(header) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let data = bytes.get(at + 8..).unwrap_or_default();
        let data = &data[..length.min(data.len())];
        match &header[4..] {
            b"tEXt" => add(&mut text, data, &data[keyword(data).min(data.len())..], false),
            // The keyword, then the method.
            b"zTXt" => add(&mut text, data, data.get(keyword(data) + 1..).unwrap_or_default(), true),
            b"iTXt" => {
                let flags = data.get(keyword(data)..).unwrap_or_default();
                let rest = flags.get(2..).unwrap_or_default();
                // The language, then the keyword in that.
                let rest = rest.get(keyword(rest)..).unwrap_or_default();
                let rest = rest.get(keyword(rest)..).unwrap_or_default();
                add(&mut text, data, rest, flags.first() == Some(&1));
            }
            b"IEND" => break,
            _ => {}
        }
        // Four bytes of checksum follow.
        at = at.saturating_add(length).saturating_add(12);
    }
    text
}

/// Where what follows the keyword starts.
fn keyword(data: &[u8]) -> usize {
    memchr::memchr(0, data).map_or(data.len(), |zero| zero + 1)
}

fn add(text: &mut Vec<u8>, data: &[u8], content: &[u8], is_packed: bool) {
    let left = MOST.saturating_sub(text.len() as u64);
    text.extend_from_slice(data[..keyword(data)].strip_suffix(&[0]).unwrap_or(data));
    text.extend_from_slice(b": ");
    if is_packed {
        // What cannot be unpacked was never shown either; the bytes are scanned as they are.
        let _ = ZlibDecoder::new(content).take(left).read_to_end(text);
    } else {
        text.extend_from_slice(&content[..content.len().min(left as usize)]);
    }
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::text;

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], kind, data, b"crc!"].concat()
    }

    #[test]
    fn all_three_kinds_of_text_are_read() {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"packed text").expect("memory");
        let packed = packed.finish().expect("memory");
        let picture = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &[0; 13]),
            chunk(b"tEXt", b"Comment\0plain"),
            chunk(b"zTXt", &[b"Author\0\0", packed.as_slice()].concat()),
            chunk(b"iTXt", &[b"Title\0\x01\0en\0t\0", packed.as_slice()].concat()),
            chunk(b"iTXt", b"Source\0\0\0\0\0open"),
            chunk(b"IEND", b""),
        ]
        .concat();
        let expected = "Comment: plain\nAuthor: packed text\nTitle: packed text\nSource: open\n";
        assert_eq!(String::from_utf8(text(&picture)).expect("text"), expected);
        for end in 0..picture.len() {
            text(&picture[..end]);
        }
    }
}
