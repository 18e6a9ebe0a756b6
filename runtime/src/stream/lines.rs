//! Lines, of bytes that come in pieces.

use bytes::{Buf, BytesMut};

use super::Broken;

pub(super) struct Lines {
    buffer: BytesMut,
    /// So much of it has no line end.
    scanned: usize,
    ends: &'static [u8],
    /// Whether the line before ended with a carriage return, of which a line feed would be the second half.
    returned: bool,
    limit: usize,
}

impl Lines {
    /// Each of `ends` ends one, and CR LF does so once.
    pub fn new(ends: &'static [u8], limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            scanned: 0,
            ends,
            returned: false,
            limit,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line without its end, if that is there.
    pub fn next(&mut self) -> Result<Option<BytesMut>, Broken> {
        if let (true, Some(first)) = (self.returned, self.buffer.first()) {
            let is_half = *first == b'\n';
            self.buffer.advance(usize::from(is_half));
            self.returned = false;
        }
        let unseen = self.buffer.iter().skip(self.scanned);
        let Some(end) = unseen.copied().position(|byte| self.ends.contains(&byte)) else {
            self.scanned = self.buffer.len();
            let is_large = self.scanned > self.limit;
            return if is_large { Err(Broken::TooLarge) } else { Ok(None) };
        };
        let mut line = self.buffer.split_to(self.scanned + end + 1);
        self.scanned = 0;
        self.returned = line.last() == Some(&b'\r');
        line.truncate(line.len() - 1);
        Ok(Some(line))
    }

    /// What stands behind the last end.
    pub fn rest(&mut self) -> BytesMut {
        self.buffer.split()
    }
}
