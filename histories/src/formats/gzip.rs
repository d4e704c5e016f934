//! Inputs that are gzipped.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// What a gzipped file begins with.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// An input, decompressed if it is gzipped.
#[derive(Debug)]
pub(super) enum Plain<R> {
    AsItIs(Whole<R>),
    Gzipped(Box<MultiGzDecoder<Whole<R>>>),
}

impl<R: Read> Plain<R> {
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let mut beginning = Vec::new();
        input.by_ref().take(2).read_to_end(&mut beginning)?;
        let is_gzipped = beginning == MAGIC;
        let whole = Cursor::new(beginning).chain(input);
        Ok(match is_gzipped {
            true => Self::Gzipped(Box::new(MultiGzDecoder::new(whole))),
            false => Self::AsItIs(whole),
        })
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::AsItIs(input) => input.read(buffer),
            Self::Gzipped(input) => input.read(buffer),
        }
    }
}
