//! The pauses between removals that fail, for all of a provider together.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// The pause after the first failure, as long as that of what is tried again alone.
const FIRST: Duration = super::outstanding::SHORTEST;
const LONGEST: Duration = Duration::from_secs(10);

/// While removals fail one after the other, they are tried again one at a time. As soon as one succeeds, all are.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// In a row, of whatever sandbox or snapshot.
    failures: u32,
    /// When the next may be tried.
    next: Option<Instant>,
}

impl Backoff {
    /// Waits until a removal that has failed may be tried again.
    pub async fn admit(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let Some(next) = self.lock().claim() else {
                return;
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// A removal was tried.
    pub fn tried(&self, succeeded: bool) {
        let mut state = self.lock();
        if succeeded {
            *state = State::default();
            self.changed.notify_waiters();
        } else {
            state.failures = state.failures.saturating_add(1);
            state.hold();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// When to ask again, if nobody may ask now; else the caller may.
    fn claim(&mut self) -> Option<Instant> {
        let next = self.next?;
        if Instant::now() < next {
            return Some(next);
        }
        self.hold();
        None
    }

    fn hold(&mut self) {
        let doublings = self.failures.saturating_sub(1).min(16);
        self.next = Some(Instant::now() + FIRST.saturating_mul(1 << doublings).min(LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::time::timeout;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn however_many_fail_they_are_tried_again_one_at_a_time() {
        let (backoff, tries) = (Backoff::default(), AtomicUsize::new(0));
        let fails = || async {
            loop {
                backoff.admit().await;
                tries.fetch_add(1, Ordering::Relaxed);
                backoff.tried(false);
            }
        };
        (0..400).for_each(|_| backoff.tried(false));
        let _ = timeout(MINUTE, join_all((0..400).map(|_| fails()))).await;
        assert!((5..=7).contains(&tries.into_inner()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_succeeds_lets_all_others_try() {
        let backoff = Backoff::default();
        (0..400).for_each(|_| backoff.tried(false));
        let begun = Instant::now();
        let succeeds = || async {
            backoff.admit().await;
            backoff.tried(true);
        };
        join_all((0..400).map(|_| succeeds())).await;
        assert_eq!(begun.elapsed(), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_alone_waits_no_longer_than_by_itself() {
        let backoff = Backoff::default();
        let begun = Instant::now();
        for _ in 0..4 {
            backoff.tried(false);
            backoff.admit().await;
        }
        assert_eq!(begun.elapsed(), FIRST * (1 + 2 + 4 + 8));
    }
}
