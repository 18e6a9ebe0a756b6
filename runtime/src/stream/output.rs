//! Output that may be longer than will be answered: its first and its last half are kept, or its beginning.

use std::collections::VecDeque;

use crate::value::Kept;

pub(super) struct Output {
    first: Vec<u8>,
    last: VecDeque<u8>,
    limit: usize,
    /// How much of the limit is for its end.
    end: usize,
    is_truncated: bool,
}

impl Output {
    pub fn new(limit: usize, kept: Kept) -> Self {
        Self {
            first: Vec::new(),
            last: VecDeque::new(),
            limit,
            end: match kept {
                Kept::Ends => limit / 2,
                Kept::Beginning => 0,
            },
            is_truncated: false,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let room = (self.limit - self.end).saturating_sub(self.first.len());
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.first.extend_from_slice(first);
        let excess = (self.last.len() + rest.len()).saturating_sub(self.end);
        self.is_truncated |= excess > 0;
        let old = excess.min(self.last.len());
        self.last.drain(..old);
        self.last.extend(&rest[excess - old..]);
    }

    /// It as text, and whether something is left out. Of a character that the cut goes through nothing stays; what is
    /// none becomes U+FFFD.
    pub fn text(&mut self) -> (String, bool) {
        let mut first = std::mem::take(&mut self.first);
        let last: Vec<u8> = std::mem::take(&mut self.last).into();
        if !self.is_truncated {
            first.extend(last);
            return (text(first), false);
        }
        first.truncate(whole(&first));
        let begin = last
            .iter()
            .take(LONGEST - 1)
            .take_while(|byte| is_inside(**byte))
            .count();
        (text(first) + &String::from_utf8_lossy(&last[begin..]), true)
    }
}

/// The bytes of a character, at most.
const LONGEST: usize = 4;

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Whether a byte is not the first one of its character.
fn is_inside(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// The length without a character of which only the begin is there.
fn whole(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(LONGEST - 1);
    let Some(begin) = bytes[tail..].iter().rposition(|byte| !is_inside(*byte)) else {
        return bytes.len();
    };
    let begin = tail + begin;
    match std::str::from_utf8(&bytes[begin..]) {
        Err(error) if error.error_len().is_none() => begin,
        _ => bytes.len(),
    }
}
