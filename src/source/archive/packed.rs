//! Decoders: bytes that were compressed, as a stream.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use lzma_rust2::{LzmaReader, XzReader};
use rawzip::CompressionMethod;
use ruzstd::decoding::FrameDecoder;

use super::kind::Kind;

/// Most memory that a dictionary or window may ask for, in KiB: what `zstd --long` and `xz -9` need.
const MAX_WINDOW_KIB: u32 = 128 << 10;
/// Bytes read at once.
const BUFFER: usize = 64 << 10;

/// The decoder of a compressed file; `None` for what is not one.
pub(super) fn decoder<'r>(kind: Kind, input: impl Read + 'r) -> Option<Box<dyn Read + 'r>> {
    let input = BufReader::with_capacity(BUFFER, input);
    Some(match kind {
        Kind::Gzip => Box::new(MultiGzDecoder::new(input)),
        Kind::Zstd => Box::new(Zstd { input, frame: FrameDecoder::new(), is_open: false }),
        Kind::Xz => Box::new(XzReader::new_mem_limit(input, true, MAX_WINDOW_KIB)),
        Kind::Lzma => Box::new(Lzma::Waiting(Some(input))),
        Kind::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        _ => return None,
    })
}

/// The decoder of a zip's member; `None` for a method that is not known.
pub(super) fn method<'r>(
    method: CompressionMethod,
    input: impl Read + 'r,
) -> io::Result<Option<Box<dyn Read + 'r>>> {
    Ok(match method {
        CompressionMethod::DEFLATE => {
            Some(Box::new(DeflateDecoder::new(BufReader::with_capacity(BUFFER, input))))
        }
        CompressionMethod::ZSTD => decoder(Kind::Zstd, input),
        CompressionMethod::XZ => decoder(Kind::Xz, input),
        CompressionMethod::BZIP2 => decoder(Kind::Bzip2, input),
        _ => None,
    })
}

/// A stream without a container; its header is read with the first bytes, so that a fault is one of reading.
enum Lzma<R> {
    Waiting(Option<R>),
    Open(Box<LzmaReader<R>>),
}

impl<R: Read> Read for Lzma<R> {
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
struct Zstd<R> {
    input: R,
    frame: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Zstd<R> {
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
                    io::copy(&mut (&mut self.input).take(u64::from(length)), &mut io::sink())?;
                }
                Err(err) => return Err(io::Error::other(err)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy;
        loop {
            if !self.is_open && !self.next_frame()? {
                return Ok(0);
            }
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.frame.decode_blocks(&mut self.input, one).map_err(io::Error::other)?;
            }
            let read = self.frame.read(buf)?;
            if read > 0 || buf.is_empty() {
                return Ok(read);
            }
            self.is_open = false;
        }
    }
}
