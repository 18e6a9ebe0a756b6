//! Large bodies are read into types a few at a time: while one is, it is in memory two or three times.

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Smaller ones do not wait, in bytes.
const LARGE: usize = 1 << 20;

static PERMITS: Semaphore = Semaphore::const_new(2);

/// A body, and its permit, which is given back when nobody needs the body any more.
struct Held {
    body: Bytes,
    _permit: SemaphorePermit<'static>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Waits for a permit to read a large body, and prepares the body. The permit is held until what came of the body is dropped.
pub(super) async fn wait(body: Bytes, prepare: fn(Bytes) -> Bytes) -> Bytes {
    if body.len() < LARGE {
        return prepare(body);
    }
    match PERMITS.acquire().await {
        Ok(permit) => Bytes::from_owner(Held {
            body: prepare(body),
            _permit: permit,
        }),
        // It is never closed.
        Err(_) => prepare(body),
    }
}
