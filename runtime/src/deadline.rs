//! How long a call may take in all.
//!
//! The family's router gives a call up after 300 s. A call that takes longer would go on for nobody, so it ends before
//! that, early enough to be undone. Only a caller who asks the provider itself to work longer gets more.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How long a call may take, unless a longer time is configured for one of its requests.
const USUAL: Duration = Duration::from_secs(280);

/// By when a caller is answered, the first try to undo what the call has done included.
const ANSWER_BY: Duration = Duration::from_secs(295);

/// A configured time counts from when the request is sent, a moment after the call began.
const BEGIN: Duration = Duration::from_secs(2);

/// For what a call does beside the one request that is allowed to take long.
const AROUND: Duration = Duration::from_secs(60);

pub(crate) struct Deadline {
    began: Instant,
    usual: Duration,
    allowed_ms: AtomicU64,
}

impl Deadline {
    /// The deadline of a call whose requests may take `request` by configuration.
    pub fn new(request: Duration) -> Self {
        let usual = USUAL.max(request.saturating_add(BEGIN));
        Self {
            began: Instant::now(),
            usual,
            allowed_ms: AtomicU64::new(millis(usual)),
        }
    }

    /// A request of the call may take this long from now on.
    pub fn extend(&self, request: Duration) {
        let allowed = self.began.elapsed().saturating_add(request).saturating_add(AROUND);
        if request > USUAL.saturating_sub(AROUND) {
            self.allowed_ms.fetch_max(millis(allowed), Ordering::Relaxed);
        }
    }

    /// How long until the caller has to be answered, whatever is still to be done.
    pub fn left_to_answer(&self) -> Duration {
        self.left() + ANSWER_BY.saturating_sub(self.usual)
    }

    /// How long the call may take in all.
    pub fn allowed(&self) -> Duration {
        Duration::from_millis(self.allowed_ms.load(Ordering::Relaxed))
    }

    fn left(&self) -> Duration {
        self.allowed().saturating_sub(self.began.elapsed())
    }

    /// Resolves when the call has taken too long.
    pub async fn ended(&self) {
        loop {
            let left = self.left();
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_before_the_router_gives_it_up() {
        let began = Instant::now();
        Deadline::new(Duration::from_secs(30)).ended().await;
        assert_eq!(began.elapsed(), Duration::from_secs(280));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_program_that_was_asked_for_may_end() {
        let (began, deadline) = (Instant::now(), Deadline::new(Duration::from_secs(30)));
        sleep(Duration::from_secs(5)).await;
        deadline.extend(Duration::from_secs(600));
        deadline.ended().await;
        assert_eq!(began.elapsed(), Duration::from_secs(665));
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_program_makes_no_call_longer() {
        let (began, deadline) = (Instant::now(), Deadline::new(Duration::from_secs(30)));
        deadline.extend(Duration::from_secs(40));
        deadline.ended().await;
        assert_eq!(began.elapsed(), Duration::from_secs(280));
    }

    #[tokio::test(start_paused = true)]
    async fn a_configured_time_is_honoured_and_the_caller_answered_before_the_router_gives_up() {
        let (began, deadline) = (Instant::now(), Deadline::new(Duration::from_secs(290)));
        assert_eq!(deadline.left_to_answer(), Duration::from_secs(295));
        deadline.ended().await;
        assert_eq!(began.elapsed(), Duration::from_secs(292));
    }
}
