//! Rate limits: how many requests are taken in any second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::fault::Fault;
use super::pattern::Pattern;

const SECOND: Duration = Duration::from_secs(1);

/// How many requests are taken in any second; the rest are refused with 429.
#[derive(Clone, Debug)]
pub struct RateLimit {
    requests: usize,
    pattern: Option<Pattern>,
    told: Told,
    after_effect: bool,
}

/// What a refusal says of when to come again.
#[derive(Clone, Copy, Debug)]
enum Told {
    Nothing,
    Seconds(u64),
    Date(u64),
}

impl RateLimit {
    /// A limit for all requests, whose refusals say nothing more.
    pub fn per_second(requests: usize) -> Self {
        Self {
            requests,
            pattern: None,
            told: Told::Nothing,
            after_effect: false,
        }
    }

    /// Only requests with this method whose path matches `pattern` count and are refused.
    #[must_use]
    pub fn of(mut self, method: &str, pattern: &str) -> Self {
        self.pattern = Some(Pattern::new(method, pattern));
        self
    }

    /// Refusals have a `Retry-After` of so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.told = Told::Seconds(seconds);
        self
    }

    /// Refusals have a `Retry-After` that is the date so many seconds from then.
    #[must_use]
    pub fn retry_after_date(mut self, seconds: u64) -> Self {
        self.told = Told::Date(seconds);
        self
    }

    /// A request that is refused has its effect before.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    fn refusal(&self) -> Fault {
        let after = match self.told {
            Told::Nothing => return Fault::Status(429),
            Told::Seconds(seconds) => seconds.to_string(),
            Told::Date(seconds) => {
                let at = Timestamp::now() + Duration::from_secs(seconds);
                let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
                date.expect("a date of this century")
            }
        };
        Fault::RetryAfter(429, after)
    }
}

/// The limits in effect, and the requests that they have taken in the last second.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    limits: Vec<(RateLimit, VecDeque<Instant>)>,
    refused: usize,
}

impl Limits {
    pub(crate) fn set(&mut self, limits: Vec<RateLimit>) {
        self.limits = limits.into_iter().map(|limit| (limit, VecDeque::new())).collect();
        self.refused = 0;
    }

    /// How a request is refused that is one too many, and whether it has its effect before.
    pub(crate) fn meet(&mut self, method: &str, path: &str) -> Option<(Fault, bool)> {
        let now = Instant::now();
        let ours = |limit: &RateLimit| {
            limit
                .pattern
                .as_ref()
                .is_none_or(|pattern| pattern.matches(method, path))
        };
        for (limit, taken) in self.limits.iter_mut().filter(|(limit, _)| ours(limit)) {
            taken.retain(|at| now.duration_since(*at) < SECOND);
            if taken.len() >= limit.requests {
                self.refused += 1;
                return Some((limit.refusal(), limit.after_effect));
            }
            taken.push_back(now);
        }
        None
    }

    pub(crate) fn refused(&self) -> usize {
        self.refused
    }
}
