//! A file of a sandbox, written piece by piece.
//!
//! Pieces are stored beside each other in a folder beside the file, so that one that is sent twice is there once, and those
//! of two calls do not mix. The last script joins them, holds them against the digest of what was to be sent, and renames
//! the result, so that there never is half a file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    reading::digest,
    script::{Exec, Failure, JOIN, STORE, WRITE},
};

/// Pieces that are sent at a time.
const AT_ONCE: usize = 4;

/// What a line has beside the script, its path and the piece: what runs it, keeps its time and bounds its output.
const AROUND: usize = 8192;

/// How many bytes a byte of a path may take once it is quoted.
const QUOTED: usize = 4;

/// The smallest piece.
const SMALLEST: usize = 48;

/// A file to write.
pub(super) struct Upload {
    pub path: String,
    /// No other upload has it.
    pub attempt: String,
    pub bytes: Vec<u8>,
    pub mode: Option<u64>,
}

/// All of it or nothing.
pub(super) async fn write<E: Exec>(exec: &E, upload: &Upload) -> Result<(), Failure> {
    let pieces: Vec<&[u8]> = upload.bytes.chunks(piece_bytes(exec, upload)).collect();
    // There is a piece even of nothing.
    let (first, rest) = pieces
        .split_first()
        .map_or((&[][..], &[][..]), |(first, rest)| (*first, rest));
    if rest.is_empty() {
        let args = [upload.store(0, first), upload.join(1)].concat();
        WRITE.run(exec, [upload.names(), args].concat()).await?;
        return Ok(());
    }
    // What is wrong with the file is known after the first.
    store(exec, upload, 0, first).await?;
    let rest: Vec<_> = (1..)
        .zip(rest)
        .map(|(at, piece)| store(exec, upload, at, piece))
        .collect();
    stream::iter(rest).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let args = [upload.names(), upload.join(pieces.len())].concat();
    JOIN.run(exec, args).await?;
    Ok(())
}

/// What [`DROP`](super::script::DROP) takes.
pub(super) fn removal(upload: &Upload) -> Vec<String> {
    upload.names()
}

/// How many bytes of a file fit into a line.
fn piece_bytes<E: Exec>(exec: &E, upload: &Upload) -> usize {
    let taken = AROUND + WRITE.len() + QUOTED * upload.path.len();
    let left = exec.line_bytes().saturating_sub(taken);
    (left / 4 * 3).max(SMALLEST)
}

async fn store<E: Exec>(exec: &E, upload: &Upload, at: usize, piece: &[u8]) -> Result<(), Failure> {
    STORE
        .run(exec, [upload.names(), upload.store(at, piece)].concat())
        .await?;
    Ok(())
}

impl Upload {
    pub(super) fn names(&self) -> Vec<String> {
        vec![self.path.clone(), self.attempt.clone()]
    }

    pub(super) fn store(&self, at: usize, piece: &[u8]) -> Vec<String> {
        vec![at.to_string(), STANDARD.encode(piece)]
    }

    pub(super) fn join(&self, pieces: usize) -> Vec<String> {
        let mode = self.mode.map(|mode| format!("{mode:04o}"));
        vec![pieces.to_string(), digest(&self.bytes), mode.unwrap_or_default()]
    }
}
