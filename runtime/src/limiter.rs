//! How many requests a worker has under way at a time. The others wait, each within its own deadline.
//!
//! A request that runs a program can last for hours. So that programs and starts never keep the worker from looking after
//! its sandboxes and ending them, a share of the permits is left to looks and removals.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// One permit in so many is for looks and removals alone.
const LOOKS: usize = 8;

/// The permits of a worker.
#[derive(Debug)]
pub(crate) struct Limiter {
    all: Permits,
    others: Permits,
    granted: AtomicU64,
}

/// What a request holds while it is under way; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Permit<'a>(#[expect(dead_code, reason = "held, not read")] [Option<SemaphorePermit<'a>>; 2]);

impl Limiter {
    /// Permits for `requests` under way at a time.
    pub(crate) fn new(requests: usize) -> Self {
        Self {
            all: Permits::new(requests),
            others: Permits::new(without_looks(requests)),
            granted: AtomicU64::new(0),
        }
    }

    /// Permits for another number of requests. What is under way goes on; where there are fewer permits now, those that
    /// become free are taken away first.
    pub(crate) fn resize(&self, requests: usize) {
        self.all.resize(requests);
        self.others.resize(without_looks(requests));
    }

    /// Waits for a permit; first come, first served.
    pub(crate) async fn acquire(&self, looks_or_removes: bool) -> Permit<'_> {
        // Neither is ever closed, so neither refuses.
        let other = match looks_or_removes {
            true => None,
            false => self.others.free.acquire().await.ok(),
        };
        let permit = self.all.free.acquire().await.ok();
        self.granted.fetch_add(1, Ordering::Relaxed);
        Permit([other, permit])
    }

    /// How many requests have had a permit so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }
}

fn without_looks(requests: usize) -> usize {
    requests - requests.div_ceil(LOOKS)
}

/// Permits whose number may change while they are held.
#[derive(Debug)]
struct Permits {
    free: Arc<Semaphore>,
    number: Mutex<usize>,
}

impl Permits {
    fn new(number: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(number)),
            number: Mutex::new(number),
        }
    }

    fn resize(&self, number: usize) {
        let mut before = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let fewer = before.saturating_sub(number);
        self.free.add_permits(number.saturating_sub(*before));
        *before = number;
        let held = fewer - self.free.forget_permits(fewer);
        if held > 0 {
            let free = self.free.clone();
            let held = u32::try_from(held).unwrap_or(u32::MAX);
            tokio::spawn(async move { free.acquire_many_owned(held).await.map(OwnedSemaphorePermit::forget) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// How many requests can be under way beside those that are.
    async fn room(limiter: &Limiter) -> usize {
        let mut held = Vec::new();
        while let Ok(permit) = timeout(Duration::from_secs(1), limiter.acquire(true)).await {
            held.push(permit);
        }
        held.len()
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_limit_counts_as_soon_as_requests_under_way_have_ended() {
        let limiter = Limiter::new(32);
        let mut under_way = Vec::new();
        for _ in 0..30 {
            under_way.push(limiter.acquire(true).await);
        }
        limiter.resize(16);
        assert_eq!(room(&limiter).await, 0);
        under_way.truncate(16);
        assert_eq!(room(&limiter).await, 0);
        under_way.truncate(10);
        assert_eq!(room(&limiter).await, 6);
        drop(under_way);
        assert_eq!(room(&limiter).await, 16);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_lowered_and_raised_again_is_the_one_it_was() {
        let limiter = Limiter::new(32);
        let under_way = limiter.acquire(false).await;
        for requests in [16, 64, 16, 32] {
            limiter.resize(requests);
        }
        assert_eq!(room(&limiter).await, 31);
        drop(under_way);
        assert_eq!(room(&limiter).await, 32);
    }
}
