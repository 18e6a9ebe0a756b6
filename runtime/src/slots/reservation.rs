//! Slots of a call that is starting sandboxes, until these run or it has failed.

use tokio::time::Instant;

use super::{Described, Moment, Running};
use crate::provider::Facts;

/// What a call was told of the sandboxes that it has started.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub facts: Facts,
    pub described: Option<Described>,
    /// Whether it has seen them itself.
    pub looked_at: bool,
}

/// Slots held by a call that is starting sandboxes. Dropped, it gives them back.
#[derive(Debug)]
pub struct Reservation {
    since: Moment,
    count: usize,
    attempt: String,
    kept: bool,
}

impl Reservation {
    pub(super) fn new(since: Moment, count: usize, attempt: &str) -> Self {
        Self {
            since,
            count,
            attempt: attempt.to_owned(),
            kept: false,
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// The sandboxes run, unless they have ended meanwhile: they take the place of the reservation, in one step. An id that
    /// has ended before is a new sandbox's now.
    pub fn keep(mut self, ids: &[String], told: &Told) {
        self.kept = true;
        let mut state = self.since.slots.lock();
        let since = state.tick();
        state.reserved -= self.count;
        state.attempts.remove(&self.attempt);
        let now = Some(Instant::now());
        for id in ids {
            if state.ended.has_since(id, self.since.at) {
                continue;
            }
            state.ended.comes_back(id);
            let running = Running {
                since,
                started: now,
                looked_at: told.looked_at,
                seen: now,
                described: told.described.clone(),
                facts: told.facts.clone(),
            };
            state.running.insert(id.clone(), running);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let mut state = self.since.slots.lock();
        let now = state.tick();
        state.reserved -= self.count;
        state.attempts.remove(&self.attempt);
        state.end(&self.attempt, now);
    }
}
