//! The simulator's time: real, but it can be moved on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_at: Duration,
    skipped: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Instant::now(),
            started_at: since_epoch.expect("a clock after 1970"),
            skipped: Duration::ZERO,
        }
    }

    /// Time since the unix epoch; never goes back.
    pub(crate) fn now(&self) -> Duration {
        self.started_at + self.started.elapsed() + self.skipped
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.skipped += by;
    }
}
