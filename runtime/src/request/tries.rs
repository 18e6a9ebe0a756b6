//! How often a request is sent, and with which pauses.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use super::failure::{Failure, FailureKind};
use crate::call_site::Then;

/// Repeats after a trouble that passes. A row of so many is no reason to give up.
const REPEATS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(LONGEST_PAUSE)
    .with_max_times(4)
    .with_jitter();

/// After a connection that broke the next may be as stale, if it was kept as long. A new one takes its place each time.
const RECONNECTS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(20))
    .with_max_delay(Duration::from_millis(400))
    .with_max_times(12)
    .with_jitter();

/// The pause where the provider asks for one beyond the deadline: what can be repeated is no harm.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The tries of one request.
pub(super) struct Tries {
    until: Instant,
    repeats: ExponentialBackoff,
    reconnects: ExponentialBackoff,
    /// The pause after the next conflict, and until when those are lived with.
    again: Option<(Duration, Instant)>,
    /// Whether to send it twice does no more than to send it once.
    repeatable: bool,
}

impl Tries {
    /// All of them begin before `until`.
    pub fn new(until: Instant, repeatable: bool) -> Self {
        Self {
            until,
            repeats: REPEATS.build(),
            reconnects: RECONNECTS.build(),
            again: None,
            repeatable,
        }
    }

    /// The pause before the request is sent again, or `None` if it is not. `then` is what its status means.
    pub fn pause(&mut self, failure: &Failure, then: Option<Then>) -> Option<Duration> {
        let pause = match (failure.kind, then) {
            // The throttle knows how long.
            (FailureKind::Status(_), Some(Then::Later(_))) => Some(Duration::ZERO),
            (FailureKind::Status(_), Some(Then::Again { every, within_ms })) => self.again(every, within_ms),
            (FailureKind::Unreached, _) => self.repeats.next(),
            (FailureKind::Broken, _) if self.repeatable => self.reconnects.next(),
            (FailureKind::Status(status), _) if self.repeatable && is_passing(status) => {
                let planned = self.repeats.next()?;
                Some(failure.retry_after.map_or(planned, |asked| self.asked(asked, planned)))
            }
            _ => None,
        };
        pause.filter(|pause| Instant::now() + *pause < self.until)
    }

    fn again(&mut self, (first, longest): (u64, u64), within_ms: u64) -> Option<Duration> {
        let now = Instant::now();
        let begun = (Duration::from_millis(first), now + Duration::from_millis(within_ms));
        let (pause, until) = self.again.unwrap_or(begun);
        self.again = Some(((pause * 2).min(Duration::from_millis(longest)), until));
        (now + pause < until).then_some(pause)
    }

    fn asked(&self, asked: Duration, planned: Duration) -> Duration {
        let left = self.until.saturating_duration_since(Instant::now());
        match asked < left {
            true => asked.max(planned),
            false => asked.min(LONGEST_PAUSE),
        }
    }
}

/// Statuses of a trouble that passes: of the provider, and of what stands before it.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502..=504 | 520..=524)
}
