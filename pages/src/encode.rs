//! Numbers and texts as they stand in a page: variable length, compressed, base64.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Numbers of a few bits each, seven of them to a byte (LEB128).
#[derive(Debug, Default)]
pub(crate) struct Varints(Vec<u8>);

impl Varints {
    /// Appends a number.
    pub(crate) fn push(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Appends a number with a sign: 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
    pub(crate) fn push_signed(&mut self, number: i64) {
        self.push(((number << 1) ^ (number >> 63)) as u64);
    }

    /// The bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes as text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Compressed, and as text: no tag can stand in it.
pub(crate) fn packed(bytes: &[u8]) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    base64(&written.expect("writing to memory succeeds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        let mut varints = Varints::default();
        for number in [0, 127, 128, 300] {
            varints.push(number);
        }
        assert_eq!(varints.into_bytes(), [0, 127, 128, 1, 172, 2]);
    }

    #[test]
    fn small_numbers_are_short_whatever_their_sign() {
        let mut varints = Varints::default();
        for number in [0, -1, 1, i64::MIN] {
            varints.push_signed(number);
        }
        let bytes = varints.into_bytes();
        assert_eq!(bytes[..3], [0, 1, 2]);
        assert_eq!(bytes.len(), 13);
    }
}
