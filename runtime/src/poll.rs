//! Asking again until a state is reached.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    error::Error,
    exchange::{At, FailureKind, Sent},
    provider::Api,
};

/// How often to ask, in milliseconds: at first, and at most apart.
#[derive(Debug)]
pub struct Poll {
    pub every: (u64, u64),
}

/// A look that must find something gone.
#[derive(Debug)]
pub struct Gone {
    pub statuses: &'static [u16],
    pub every: (u64, u64),
    pub within_ms: u64,
}

/// A field of an answer, held against the values that mean something.
pub struct State {
    matches: bool,
}

impl State {
    pub fn of(found: Value, values: &[&str]) -> Self {
        let matches = match &found {
            Value::String(text) => values.contains(&text.as_str()),
            Value::Null => false,
            other => values.contains(&other.to_string().as_str()),
        };
        Self { matches }
    }
}

/// Whether any state is as described.
pub fn any(states: &[State]) -> bool {
    states.iter().any(|state| state.matches)
}

/// What an answer says of the way to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Reached,
    Failed,
    Pending,
}

impl Progress {
    /// Reached when all of `until` are so, failed when one of `fail` is.
    pub fn judge(until: &[State], fail: &[State]) -> Self {
        if any(fail) {
            Self::Failed
        } else if until.iter().all(|state| state.matches) {
            Self::Reached
        } else {
            Self::Pending
        }
    }
}

impl<C: Api> At<'_, C> {
    /// Sends a request until its answer has a state, at most `within` seconds.
    pub async fn poll<T, F, Fut>(
        self,
        poll: &Poll,
        within: Value,
        request: F,
        judge: impl Fn(&T) -> Progress,
    ) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let within = Duration::from_secs_f64(within.as_f64().unwrap_or_default().clamp(0.0, 86_400.0));
        let mut pauses = Pauses::new(poll.every, within);
        loop {
            let answer = match self.try_send(&request).await {
                Ok(answer) => answer,
                Err(failure) => return Err(self.error(failure.kind)),
            };
            match judge(&answer) {
                Progress::Reached => return Ok(answer),
                Progress::Failed => {
                    return Err(self.call.failed(self.site, "the provider says that it failed"));
                }
                Progress::Pending => {}
            }
            if !pauses.next().await {
                let what = format!("not ready within {} s", within.as_secs_f64());
                return Err(self.call.failed(self.site, &what));
            }
        }
    }

    /// Sends a request until its status says that what it looks at is gone.
    pub async fn until_gone<T, F, Fut>(self, gone: &Gone, request: F) -> Result<(), Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let mut pauses = Pauses::new(gone.every, Duration::from_millis(gone.within_ms));
        loop {
            match self.try_send(&request).await {
                Err(failure) => match failure.kind {
                    FailureKind::Status(status) if gone.statuses.contains(&status) => return Ok(()),
                    kind => return Err(self.error(kind)),
                },
                Ok(_) if pauses.next().await => {}
                Ok(_) => {
                    return Err(self.call.failed(self.site, "refused, and the sandbox is still there"));
                }
            }
        }
    }
}

/// Pauses that double from the first to the longest, until the time is up.
struct Pauses {
    next: Duration,
    longest: Duration,
    until: Instant,
}

impl Pauses {
    fn new((first, longest): (u64, u64), within: Duration) -> Self {
        Self {
            next: Duration::from_millis(first),
            longest: Duration::from_millis(longest),
            until: Instant::now() + within,
        }
    }

    /// Waits; false when the time is up. The last pause is cut so that there is a look at the very end.
    async fn next(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        sleep(self.next.min(left)).await;
        self.next = (self.next * 2).min(self.longest);
        true
    }
}
