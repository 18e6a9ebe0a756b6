//! How many requests a worker has under way at a time. The others wait, each within its own deadline.
//!
//! A request that runs a program can last for hours. So that programs and starts never keep the worker from looking after
//! its sandboxes and ending them, a share of the permits is left to looks and removals.

use tokio::sync::{Semaphore, SemaphorePermit};

/// One permit in so many is for looks and removals alone.
const LOOKS: usize = 8;

/// The permits of a worker.
#[derive(Debug)]
pub(crate) struct Limiter {
    all: Semaphore,
    others: Semaphore,
}

/// What a request holds while it is under way; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Permit<'a>(#[expect(dead_code, reason = "held, not read")] [Option<SemaphorePermit<'a>>; 2]);

impl Limiter {
    /// Permits for `requests` under way at a time.
    pub(crate) fn new(requests: usize) -> Self {
        Self {
            all: Semaphore::new(requests),
            others: Semaphore::new(requests - requests.div_ceil(LOOKS)),
        }
    }

    /// Waits for a permit; first come, first served.
    pub(crate) async fn acquire(&self, looks_or_removes: bool) -> Permit<'_> {
        // Neither is ever closed, so neither refuses.
        let other = match looks_or_removes {
            true => None,
            false => self.others.acquire().await.ok(),
        };
        Permit([other, self.all.acquire().await.ok()])
    }
}
