//! Decoders: bytes that were compressed, as a stream.

use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::{
    GzHeader,
    bufread::{DeflateDecoder, GzDecoder, ZlibDecoder},
};
use lzma_rust2::{LzmaReader, XzReader};
use rawzip::CompressionMethod;
use ruzstd::decoding::FrameDecoder;

use super::{
    budget::limit,
    kind::{self, Kind},
};

/// Most memory that a dictionary or window may ask for, in KiB: what `zstd --long` and `xz -9` need.
const MAX_WINDOW_KIB: u32 = 128 << 10;
/// Shortest field of a gzip header that can hold a secret.
const SHORTEST_FIELD: usize = 12;
/// Bytes read at once.
const BUFFER: usize = 64 << 10;

/// Most bytes that are kept of what stands beside.
const MOST_ASIDE: usize = 1 << 20;

/// What stands beside the compressed bytes and is text all the same: names and comments of gzip's members,
/// frames of zstd to skip.
#[derive(Debug, Clone, Default)]
pub(super) struct Aside(Rc<RefCell<(Vec<u8>, bool)>>);

impl Aside {
    fn add(&self, bytes: &[u8]) {
        let (text, is_cut) = &mut *self.0.borrow_mut();
        let most = bytes.len().min(MOST_ASIDE.saturating_sub(text.len()));
        *is_cut |= most < bytes.len();
        text.extend_from_slice(&bytes[..most]);
        text.push(b'\n');
    }

    /// Takes the text, and whether it is not all.
    pub(super) fn take(&self) -> (Vec<u8>, bool) {
        std::mem::take(&mut *self.0.borrow_mut())
    }
}

/// Compressed bytes, of one type wherever they come from: so each decoder is in the program once.
type Packed<'r> = BufReader<Box<dyn Read + 'r>>;

/// The decoder of a compressed file; `None` for what is not one.
pub(super) fn decoder<'r>(
    kind: Kind,
    input: Box<dyn Read + 'r>,
    aside: &Aside,
) -> Option<Box<dyn Read + 'r>> {
    let input = BufReader::with_capacity(BUFFER, input);
    let bare: Box<dyn Read + 'r> = match kind {
        Kind::Gzip => Box::new(Gzip { member: Some(GzDecoder::new(input)), aside: aside.clone() }),
        Kind::Zstd => {
            let frame = FrameDecoder::new();
            Box::new(Zstd { input, frame, is_open: false, fault: None, aside: aside.clone() })
        }
        Kind::Xz => Box::new(XzReader::new_mem_limit(input, true, MAX_WINDOW_KIB)),
        Kind::Lzma => {
            let stream = Some(Lzma::Waiting(Some(input)));
            Box::new(Single { stream, into_input: Lzma::into_input, aside: aside.clone() })
        }
        Kind::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Kind::Zlib => {
            let stream = Some(ZlibDecoder::new(input));
            let into_input = |stream: ZlibDecoder<Packed<'r>>| Some((stream.into_inner(), Vec::new()));
            Box::new(Single { stream, into_input, aside: aside.clone() })
        }
        _ => return None,
    };
    Some(Box::new(BytesFirst::new(bare)))
}

/// Bytes of a script that are enough to tell what is packed behind it.
pub(super) const SCRIPT: usize = 1 << 20;

/// Places behind a script at which a stream is tried. Text holds none: where one is there, it is among the first.
const TRIES: usize = 8;

/// Bytes that are read for a try at most: the longest name of a gzip file, and some of what follows.
const TRIED: usize = 80 << 10;

/// A compressed stream behind a script, as installers carry one that unpack themselves: where it starts, and what it
/// is. `bytes` are the file or its start.
///
/// # Errors
/// When more places look like the start of one than are tried, and none of these was it.
pub(super) fn behind_script(bytes: &[u8]) -> io::Result<Option<(usize, Kind)>> {
    if !bytes.starts_with(b"#!") {
        return Ok(None);
    }
    let bytes = &bytes[..bytes.len().min(SCRIPT)];
    let starts = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1);
    let streams = starts.filter_map(|from| Some((from, kind::stream(&bytes[from..])?)));
    let mut tries = 0;
    for (from, kind) in streams {
        if kind != Kind::Gzip {
            return Ok(Some((from, kind)));
        }
        if !is_header(&bytes[from..]) {
            continue;
        }
        if tries == TRIES {
            return Err(limit(format!("limit: more than {TRIES} places behind its script look packed")));
        }
        tries += 1;
        // Ten bytes prove little: the first that is packed has to be one.
        let packed = &bytes[from..bytes.len().min(from + TRIED)];
        let stream = decoder(kind, Box::new(packed), &Aside::default());
        if stream.is_some_and(|mut stream| stream.read(&mut [0]).is_ok_and(|read| read > 0)) {
            return Ok(Some((from, kind)));
        }
    }
    Ok(None)
}

/// Whether the rest of the header of a gzip file has what programs write there: how hard was tried, and a system that
/// there is (RFC 1952, section 2.3.1).
fn is_header(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..])
}

/// The decoder of a zip's member; `None` for a method that is not known. `size` is what it unpacks to, for a method that
/// has to be told.
pub(super) fn method<'r>(
    method: CompressionMethod,
    input: Box<dyn Read + 'r>,
    size: Option<u64>,
) -> Option<Box<dyn Read + 'r>> {
    match method {
        CompressionMethod::DEFLATE => {
            let bare = DeflateDecoder::new(BufReader::with_capacity(BUFFER, input));
            Some(Box::new(BytesFirst::new(Box::new(bare))))
        }
        // The header of a member is that of a file, with a version before it and no size in it (APPNOTE 6.3.10, 5.8).
        CompressionMethod::LZMA => decoder(
            Kind::Lzma,
            Box::new(Headed { inner: input, size, head: Vec::new(), at: 0 }),
            &Aside::default(),
        ),
        CompressionMethod::ZSTD => decoder(Kind::Zstd, input, &Aside::default()),
        CompressionMethod::XZ => decoder(Kind::Xz, input, &Aside::default()),
        CompressionMethod::BZIP2 => decoder(Kind::Bzip2, input, &Aside::default()),
        _ => None,
    }
}

/// Bytes that one read of a decoder may give: as many as a fault may cost where a decoder keeps to itself what it has
/// made before it meets one.
const STEP: usize = 4 << 10;

/// A decoder whose faults come behind all bytes that it made before. Decoders meet a fault, which may be no more than a
/// wrong checksum, in the middle of a read, when they have filled a part of the buffer, and tell nothing but the fault. An
/// empty read asks them nothing: one of them takes it for the end.
struct BytesFirst<'r> {
    inner: Box<dyn Read + 'r>,
    fault: Option<io::Error>,
    is_over: bool,
}

impl<'r> BytesFirst<'r> {
    fn new(inner: Box<dyn Read + 'r>) -> Self {
        BytesFirst { inner, fault: None, is_over: false }
    }
}

impl Read for BytesFirst<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take_if(|_| !buf.is_empty()) {
            return Err(fault);
        }
        if buf.is_empty() || self.is_over {
            return Ok(0);
        }
        let most = buf.len().min(STEP);
        let buf = &mut buf[..most];
        // All of them write from the start on: what is not blank afterwards was made.
        buf.fill(0);
        match self.inner.read(buf) {
            Ok(read) => Ok(read),
            Err(err) if err.kind() == io::ErrorKind::Interrupted => Err(err),
            Err(err) => {
                self.is_over = true;
                match buf.iter().rposition(|byte| *byte != 0) {
                    Some(last) => {
                        self.fault = Some(err);
                        Ok(last + 1)
                    }
                    None => Err(err),
                }
            }
        }
    }
}

/// The stream of a zip's member as an `.lzma` file.
struct Headed<R> {
    inner: R,
    size: Option<u64>,
    head: Vec<u8>,
    at: usize,
}

impl<R: Read> Read for Headed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            // Version, length of the properties, properties.
            let mut before = [0; 9];
            self.inner.read_exact(&mut before)?;
            let [_, _, 5, 0, properties @ ..] = before else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "properties that LZMA does not have"));
            };
            let size = self.size.unwrap_or(u64::MAX).to_le_bytes();
            self.head = [&properties[..], &size].concat();
        }
        if self.at == self.head.len() {
            return self.inner.read(buf);
        }
        let read = (&self.head[self.at..]).read(buf)?;
        self.at += read;
        Ok(read)
    }
}

/// All members of a gzip file, one after the other. Zeros behind the last one are padding.
struct Gzip<'r> {
    member: Option<GzDecoder<Packed<'r>>>,
    aside: Aside,
}

impl Gzip<'_> {
    fn keep(&self, header: &GzHeader) {
        for field in [header.filename(), header.comment(), header.extra()].into_iter().flatten() {
            // Blocked gzip has a few bytes in each of many members.
            if field.len() >= SHORTEST_FIELD {
                self.aside.add(field);
            }
        }
    }
}

impl Read for Gzip<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let read = member.read(buf)?;
            if read > 0 || buf.is_empty() {
                return Ok(read);
            }
            let Some(member) = self.member.take() else { return Ok(0) };
            if let Some(header) = member.header() {
                self.keep(header);
            }
            let mut input = member.into_inner();
            if !skip_zeros(&mut input)? {
                return Ok(0);
            }
            self.member = Some(GzDecoder::new(input));
        }
    }
}

/// Skips zeros; `false` at the end of the stream.
pub(super) fn skip_zeros(input: &mut dyn BufRead) -> io::Result<bool> {
    loop {
        let bytes = input.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (is_end, is_found) = (bytes.is_empty(), zeros < bytes.len());
        input.consume(zeros);
        if is_end || is_found {
            return Ok(is_found);
        }
    }
}

/// One stream; what stands behind its end is something else.
struct Single<'r, S> {
    stream: Option<S>,
    /// What is left of the input, and before it what the decoder has read of that.
    into_input: fn(S) -> Option<(Packed<'r>, Vec<u8>)>,
    aside: Aside,
}

impl<S: Read> Read for Single<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let read = stream.read(buf)?;
        if read > 0 || buf.is_empty() {
            return Ok(read);
        }
        let Some((input, ahead)) = self.stream.take().and_then(self.into_input) else { return Ok(0) };
        let mut rest = ahead.as_slice().chain(input);
        if skip_zeros(&mut rest)? {
            let mut text = Vec::new();
            rest.take(MOST_ASIDE as u64 + 1).read_to_end(&mut text)?;
            self.aside.add(&text);
        }
        Ok(0)
    }
}

/// A stream without a container; its header is read with the first bytes, so that a fault is one of reading.
enum Lzma<'r> {
    Waiting(Option<Packed<'r>>),
    Open(Box<LzmaReader<Packed<'r>>>),
}

impl<'r> Lzma<'r> {
    fn into_input(self) -> Option<(Packed<'r>, Vec<u8>)> {
        match self {
            Lzma::Waiting(input) => input.map(|input| (input, Vec::new())),
            Lzma::Open(reader) => Some(reader.into_parts()),
        }
    }
}

impl Read for Lzma<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Lzma::Waiting(input) = self {
            let Some(input) = input.take() else { return Ok(0) };
            *self = Lzma::Open(Box::new(LzmaReader::new_mem_limit(input, MAX_WINDOW_KIB, None)?));
        }
        match self {
            Lzma::Open(reader) => reader.read(buf),
            Lzma::Waiting(_) => Ok(0),
        }
    }
}

/// All frames of a Zstandard stream, one after the other (RFC 8878, section 3).
struct Zstd<'r> {
    input: Packed<'r>,
    frame: FrameDecoder,
    is_open: bool,
    /// Met in the frame that is open.
    fault: Option<io::Error>,
    aside: Aside,
}

/// An empty block that is the last (RFC 8878, section 3.1.1.2), and room for a checksum.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Zstd<'_> {
    /// Starts the next frame; `false` at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            self.frame.set_max_window_size(u64::from(MAX_WINDOW_KIB) << 10);
            match self.frame.reset(&mut self.input) {
                Ok(()) => {
                    self.is_open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.input).take(u64::from(length));
                    let mut text = Vec::new();
                    (&mut skipped).take(MOST_ASIDE as u64 + 1).read_to_end(&mut text)?;
                    io::copy(&mut skipped, &mut io::sink())?;
                    self.aside.add(&text);
                }
                Err(err) => return Err(io::Error::other(err)),
            }
        }
    }
}

impl Read for Zstd<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy;
        let one = || BlockDecodingStrategy::UptoBlocks(1);
        loop {
            if let Some(fault) = self.fault.take_if(|_| !self.is_open) {
                return Err(fault);
            }
            if !self.is_open && !self.next_frame()? {
                return Ok(0);
            }
            while self.fault.is_none() && self.frame.can_collect() == 0 && !self.frame.is_finished() {
                if let Err(err) = self.frame.decode_blocks(&mut self.input, one()) {
                    self.fault = Some(io::Error::other(err));
                    // The decoder holds back what blocks to come may refer to, until there are none.
                    let _ = self.frame.decode_blocks(&LAST_BLOCK[..], one());
                }
            }
            let read = self.frame.read(buf)?;
            if read > 0 || buf.is_empty() {
                return Ok(read);
            }
            self.is_open = false;
        }
    }
}
