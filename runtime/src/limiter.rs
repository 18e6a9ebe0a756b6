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
    /// Those that every request may have.
    shared: Permits,
    /// Those that looks and removals have beside. Nothing else ever holds one, so that there is soon one for them, however
    /// many requests that last are under way, and however many more than may be.
    looks: Permits,
    granted: AtomicU64,
}

/// What a request holds while it is under way; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Permit<'a>(#[expect(dead_code, reason = "held, not read")] Option<SemaphorePermit<'a>>);

impl Limiter {
    /// Permits for `requests` under way at a time.
    pub(crate) fn new(requests: usize) -> Self {
        Self {
            shared: Permits::new(requests - for_looks(requests)),
            looks: Permits::new(for_looks(requests)),
            granted: AtomicU64::new(0),
        }
    }

    /// Permits for another number of requests. What is under way goes on; where there are fewer permits now, those that
    /// become free are taken away first, and looks and removals have theirs all the same.
    pub(crate) fn resize(&self, requests: usize) {
        self.shared.resize(requests - for_looks(requests));
        self.looks.resize(for_looks(requests));
    }

    /// Waits for a permit; first come, first served.
    pub(crate) async fn acquire(&self, looks_or_removes: bool) -> Permit<'_> {
        let permit = match looks_or_removes {
            true => tokio::select! {
                biased;
                shared = self.shared.free.acquire() => shared,
                own = self.looks.free.acquire() => own,
            },
            false => self.shared.free.acquire().await,
        };
        self.granted.fetch_add(1, Ordering::Relaxed);
        // Neither is ever closed, so neither refuses.
        Permit(permit.ok())
    }

    /// How many requests have had a permit so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }
}

fn for_looks(requests: usize) -> usize {
    requests.div_ceil(LOOKS)
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

    /// How many requests of a kind can be under way beside those that are.
    async fn room(limiter: &Limiter, looks_or_removes: bool) -> usize {
        let mut held = Vec::new();
        while let Ok(permit) = timeout(Duration::from_secs(1), limiter.acquire(looks_or_removes)).await {
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
        assert_eq!(room(&limiter, true).await, 0);
        drop(under_way);
        assert_eq!(room(&limiter, true).await, 16);
        assert_eq!(room(&limiter, false).await, 14);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_lowered_and_raised_again_is_the_one_it_was() {
        let limiter = Limiter::new(32);
        let under_way = limiter.acquire(false).await;
        for requests in [16, 64, 16, 32] {
            limiter.resize(requests);
        }
        assert_eq!(room(&limiter, true).await, 31);
        drop(under_way);
        assert_eq!(room(&limiter, true).await, 32);
    }

    /// Limits that follow each other while as many programs run as may by the first.
    const LOWERED: [&[usize]; 6] = [
        &[16],
        &[31],
        &[32, 31, 30, 16],
        &[16, 64, 16],
        &[20_000, 16],
        &[64, 17, 16],
    ];

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_lowered_while_programs_run_leaves_looks_and_removals_theirs() {
        for limits in LOWERED {
            let limiter = Limiter::new(128);
            let mut programs = Vec::new();
            while let Ok(program) = timeout(Duration::from_secs(1), limiter.acquire(false)).await {
                programs.push(program);
            }
            assert_eq!(programs.len(), 112);
            limits.iter().for_each(|limit| limiter.resize(*limit));
            let last = *limits.last().expect("a limit");
            assert_eq!(room(&limiter, true).await, for_looks(last), "{limits:?}");
            assert_eq!(room(&limiter, false).await, 0, "{limits:?}");
            // Those that end are not followed by others before few enough run.
            programs.truncate(last - for_looks(last) + 1);
            assert_eq!(room(&limiter, false).await, 0, "{limits:?}");
            assert_eq!(room(&limiter, true).await, for_looks(last), "{limits:?}");
            programs.truncate(last - for_looks(last) - 1);
            assert_eq!(room(&limiter, false).await, 1, "{limits:?}");
            drop(programs);
            assert_eq!(room(&limiter, true).await, last, "{limits:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_waits_for_a_program_to_end_has_the_first_permit_that_there_is() {
        let limiter = Limiter::new(16);
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(limiter.acquire(true).await);
        }
        // Of those it is the last that are for looks alone, and the first that are for all.
        for which in [15, 0] {
            let waiting = limiter.acquire(true);
            let ending = async { drop(held.remove(which)) };
            let (look, ()) = tokio::join!(waiting, ending);
            let other = timeout(Duration::from_secs(1), limiter.acquire(true)).await;
            assert!(other.is_err(), "there is no other");
            held.insert(which, look);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_gives_up_waiting_takes_no_permit_along() {
        let limiter = Limiter::new(16);
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(limiter.acquire(true).await);
        }
        for is_look in [true, false] {
            assert!(timeout(Duration::from_secs(1), limiter.acquire(is_look)).await.is_err());
        }
        held.clear();
        assert_eq!(room(&limiter, true).await, 16);
    }
}
