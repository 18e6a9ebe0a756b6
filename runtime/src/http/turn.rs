//! Large bodies take turns at being read into types: while one is, it is in memory two or three times.

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Smaller ones do not wait, in bytes.
const LARGE: usize = 1 << 20;

static TURNS: Semaphore = Semaphore::const_new(2);

/// A body, and the turn that ends when nobody needs it any more.
struct Held {
    body: Bytes,
    _turn: SemaphorePermit<'static>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Waits until it is a body's turn, and prepares it; the turn lasts until what came of it is dropped.
pub(super) async fn wait(body: Bytes, prepare: fn(Bytes) -> Bytes) -> Bytes {
    if body.len() < LARGE {
        return prepare(body);
    }
    match TURNS.acquire().await {
        Ok(turn) => Bytes::from_owner(Held {
            body: prepare(body),
            _turn: turn,
        }),
        // It is never closed.
        Err(_) => prepare(body),
    }
}
