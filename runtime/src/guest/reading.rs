//! A file of a sandbox, read piece by piece.
//!
//! It may change between two pieces. So its digest is taken first, and what does not match it at the end is read again: what
//! is answered was the content of the file at one moment.

use std::pin::pin;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::script::{Exec, Failure, LOOK, PIECE, Refusal};
use crate::error::Error;

/// Pieces that are read at a time.
const AT_ONCE: usize = 4;

/// How often a file is read that changes meanwhile.
pub(super) const TRIES: usize = 3;

/// `base64` breaks lines: so many bytes become so many, the line end included.
pub(super) const LINE: (usize, usize) = (57, 77);

/// Room for a size and a digest.
const HEAD: usize = 128;

/// How a file looked when it was begun to be read.
struct Seen {
    size: usize,
    digest: String,
    /// How it begins.
    begin: Vec<u8>,
}

/// What is in the file, which may be so large at most.
pub(super) async fn read<E: Exec>(exec: &E, path: &str, most: usize) -> Result<Vec<u8>, Failure> {
    for _ in 0..TRIES {
        let seen = look(exec, path, most).await?;
        let bytes = rest(exec, path, seen.begin, seen.size).await?;
        if bytes.len() == seen.size && digest(&bytes) == seen.digest {
            return Ok(bytes);
        }
    }
    Err(Refusal::Changed.into())
}

/// In hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// How many bytes of a file fit into an output.
pub(super) fn piece_bytes<E: Exec>(exec: &E) -> usize {
    let lines = exec.output_bytes().saturating_sub(HEAD) / LINE.1;
    lines.max(1) * LINE.0
}

async fn look<E: Exec>(exec: &E, path: &str, most: usize) -> Result<Seen, Failure> {
    let args = vec![path.to_owned(), most.to_string(), piece_bytes(exec).to_string()];
    let output = LOOK.run(exec, args).await?;
    let seen = || {
        let (head, begin) = output.split_once('\n')?;
        let mut words = head.split_ascii_whitespace();
        Some(Seen {
            size: words.next()?.parse().ok()?,
            digest: words.next()?.to_owned(),
            begin: decoded(begin)?,
        })
    };
    seen().ok_or_else(unreadable)
}

/// A file that begins with these bytes, up to a size.
pub(super) async fn rest<E: Exec>(exec: &E, path: &str, begin: Vec<u8>, size: usize) -> Result<Vec<u8>, Failure> {
    let mut pieces = pin!(pieces(exec, path, begin.len(), size));
    let mut bytes = begin;
    while let Some(piece) = pieces.try_next().await? {
        bytes.extend(piece);
    }
    Ok(bytes)
}

/// The pieces of a file from an offset up to a size.
pub(super) fn pieces<E: Exec>(
    exec: &E,
    path: &str,
    from: usize,
    size: usize,
) -> impl Stream<Item = Result<Vec<u8>, Failure>> + Send {
    let most = piece_bytes(exec);
    stream::iter((from..size).step_by(most))
        .map(move |offset| piece(exec, path, offset, most.min(size - offset)))
        .buffered(AT_ONCE)
}

async fn piece<E: Exec>(exec: &E, path: &str, offset: usize, bytes: usize) -> Result<Vec<u8>, Failure> {
    let args = vec![path.to_owned(), (offset + 1).to_string(), bytes.to_string()];
    let output = PIECE.run(exec, args).await?;
    decoded(&output).ok_or_else(unreadable)
}

pub(super) fn decoded(output: &str) -> Option<Vec<u8>> {
    let mut base64 = output.as_bytes().to_vec();
    base64.retain(|byte| !byte.is_ascii_whitespace());
    STANDARD.decode(base64).ok()
}

pub(super) fn unreadable() -> Failure {
    Failure::Uncertain(Error::unreadable("it gives no file as base64"))
}
