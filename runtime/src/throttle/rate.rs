//! How many requests a second an API takes, as far as its refusals show.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Requests a second after the first pause; until there were too many, each that is answered doubles it.
const FIRST: f64 = 2.0;
const SLOW_START: f64 = 2.0;
const FASTEST: f64 = 1_000.0;

/// After that the rate follows a cubic curve, as in RFC 9438: from less it grows soon to a plateau, this share of what was
/// too much, stays there for a while, and then grows ever faster, since the limit seems to be elsewhere.
const PLATEAU: f64 = 0.85;
const DECREASE: f64 = 0.8;
const CURVE: f64 = 0.4;
const SLOWEST: f64 = 0.2;
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Rate {
    /// Requests that are let through.
    per_second: f64,
    /// Requests a second that seem to be well.
    plateau: f64,
    /// Since when it grows.
    since: Instant,
    /// When requests were answered of late.
    taken: VecDeque<Instant>,
    slow_start: bool,
}

impl Rate {
    /// The rate after the first refusal.
    pub fn first(now: Instant) -> Self {
        Self {
            per_second: FIRST,
            plateau: FIRST,
            since: now,
            taken: VecDeque::new(),
            slow_start: true,
        }
    }

    pub fn per_second(&self) -> f64 {
        self.per_second
    }

    /// The time between two requests.
    pub fn gap(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.per_second)
    }

    /// A request was refused. It was too much, unless none has been taken since the last refusal.
    pub fn refused(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        self.plateau = self.shown() * PLATEAU;
        self.per_second = (self.plateau * DECREASE).max(SLOWEST);
        self.slow_start = false;
        self.taken.clear();
    }

    /// A request was answered.
    pub fn answered(&mut self, now: Instant) {
        self.taken.retain(|at| now.duration_since(*at) <= SECOND);
        self.taken.push_back(now);
        if self.slow_start {
            self.per_second = (self.per_second * SLOW_START).min(FASTEST);
        }
    }

    /// Before that nothing is sent.
    pub fn grows_from(&mut self, at: Instant) {
        self.since = at;
    }

    /// A request is let through.
    pub fn grow(&mut self, now: Instant) {
        if !self.slow_start {
            self.per_second = self.grown(now);
        }
    }

    /// The rate on its curve, or twice what was taken of late: a limit that nobody comes near is not known better by it.
    fn grown(&self, now: Instant) -> f64 {
        let least = self.plateau * DECREASE;
        let back_at = (self.plateau * (1.0 - DECREASE) / CURVE).cbrt();
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        let curve = self.plateau + CURVE * (passed - back_at).powi(3);
        let used = (self.taken.len() as f64 * 2.0).max(self.plateau);
        curve.min(used).clamp(least.max(SLOWEST), FASTEST)
    }

    /// The rate that was too much: what was taken in the second before, if that was a whole one.
    fn shown(&self) -> f64 {
        if self.since.elapsed() < SECOND {
            return self.per_second;
        }
        let taken = self.taken.iter().filter(|at| at.elapsed() <= SECOND).count();
        self.per_second.min(taken as f64)
    }
}
