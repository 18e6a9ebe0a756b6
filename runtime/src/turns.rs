//! How many requests a worker has under way at a time. The others wait for their turn, each within its own deadline.
//!
//! A request that runs a program can last for hours. So that programs never keep the worker from looking after its
//! sandboxes and ending them, some turns are left to looks and removals.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests that may be under way at a time.
const ALL: usize = 64;

/// How many of them may be something else than a look or a removal.
const OTHERS: usize = 56;

/// The turns of a worker.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Semaphore,
    others: Semaphore,
}

/// A request's turn; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held, not read")] [Option<SemaphorePermit<'a>>; 2]);

impl Turns {
    pub(crate) fn new() -> Self {
        Self {
            all: Semaphore::new(ALL),
            others: Semaphore::new(OTHERS),
        }
    }

    /// Waits for a turn; first come, first served.
    pub(crate) async fn next(&self, looks_or_removes: bool) -> Turn<'_> {
        // Neither is ever closed, so neither refuses.
        let other = match looks_or_removes {
            true => None,
            false => self.others.acquire().await.ok(),
        };
        Turn([other, self.all.acquire().await.ok()])
    }
}
