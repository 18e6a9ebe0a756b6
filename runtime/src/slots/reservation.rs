//! Slots of a call that is starting sandboxes, until these run or it has failed.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::{Described, Moment, Running, Slots};
use crate::resource::Facts;

/// What a call was told of the sandboxes that it has started.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What was asked for all of them.
    pub asked: Facts,
    /// What answers have told of each.
    pub facts: BTreeMap<String, Facts>,
    pub described: Option<Described>,
    /// Whether it has seen them itself.
    pub looked_at: bool,
}

/// Slots held by a call that is starting sandboxes. Dropped, it gives them back.
#[derive(Debug)]
pub struct Reservation {
    slots: Slots,
    /// When the call began, as long as it may succeed.
    since: Option<Moment>,
    count: usize,
    attempt: String,
    kept: bool,
}

impl Reservation {
    pub(super) fn new(slots: Slots, since: Moment, count: usize, attempt: &str) -> Self {
        Self {
            slots,
            since: Some(since),
            count,
            attempt: attempt.to_owned(),
            kept: false,
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// The call has failed, and keeps its slots until what it has made is ended. That can take a day, for which what ends
    /// meanwhile is not remembered.
    pub fn fails(&mut self) {
        self.since = None;
    }

    /// The sandboxes run, unless they have ended meanwhile: they take the place of the reservation, in one step. An id that
    /// has ended before is a new sandbox's now.
    pub fn keep(mut self, ids: &[String], told: &Told) {
        self.kept = true;
        // A moment locks the slots when it is dropped.
        let began = self.since.take();
        let mut state = self.slots.lock();
        let since = state.tick();
        state.reserved -= self.count;
        state.forget_attempt(&self.attempt);
        let now = Instant::now();
        for id in ids {
            if began.as_ref().is_some_and(|began| state.ended.has_since(id, began.at)) {
                continue;
            }
            state.ended.comes_back(id);
            let running = Running {
                since,
                known: now,
                started: Some(now),
                looked_at: told.looked_at,
                seen: Some(now),
                described: told.described.clone(),
                facts: told.facts.get(id).cloned().unwrap_or_default(),
                asked: told.asked.clone(),
            };
            state.running.insert(id.clone(), running);
        }
        drop(state);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let mut state = self.slots.lock();
        let now = state.tick();
        state.reserved -= self.count;
        state.forget_attempt(&self.attempt);
        state.end(&self.attempt, now);
    }
}
