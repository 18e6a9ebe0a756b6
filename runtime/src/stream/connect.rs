//! Connect's envelopes: a byte of flags, a length of four bytes, and so many bytes of JSON.

use bytes::{Buf, BytesMut};
use serde::Deserialize;

use super::{Broken, event::Event, framing::Frame};

/// What stands before each message.
const HEAD: usize = 5;

const COMPRESSED: u8 = 1;
const LAST: u8 = 2;

pub(super) struct Envelopes {
    buffer: BytesMut,
    limit: usize,
}

/// The message of the last one. Trailing metadata is of no interest.
#[derive(Deserialize)]
struct Last {
    error: Option<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    /// One without a code is of the kind "unknown".
    #[serde(default)]
    code: String,
}

impl Envelopes {
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            limit,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        let Some((&[flags, a, b, c, d], _)) = self.buffer.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        // Text that is no envelope begins with flags that there are not.
        if flags & !(COMPRESSED | LAST) != 0 {
            return Err(Broken::Unreadable);
        }
        if flags & COMPRESSED != 0 {
            return Err(Broken::Compressed);
        }
        if length > self.limit {
            return Err(Broken::TooLarge);
        }
        if self.buffer.len() - HEAD < length {
            return Ok(None);
        }
        self.buffer.advance(HEAD);
        let message = self.buffer.split_to(length);
        match flags & LAST {
            0 => Event::of_json(&message).map(Frame::Event),
            _ => last(&message),
        }
        .map(Some)
    }
}

fn last(message: &[u8]) -> Result<Frame, Broken> {
    let last: Last = serde_json::from_slice(message).map_err(|_| Broken::Unreadable)?;
    Ok(Frame::End(last.error.map(|error| error.code)))
}

/// The status that an error has where it is no stream that is answered, as the protocol says.
pub(super) fn status(code: &str) -> u16 {
    match code {
        "invalid_argument" | "failed_precondition" | "out_of_range" => 400,
        "unauthenticated" => 401,
        "permission_denied" => 403,
        "not_found" => 404,
        "already_exists" | "aborted" => 409,
        "resource_exhausted" => 429,
        "canceled" => 499,
        "unimplemented" => 501,
        "unavailable" => 503,
        "deadline_exceeded" => 504,
        _ => 500,
    }
}
