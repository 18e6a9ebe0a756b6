//! How many sandboxes run, and which: the truth that the cap is held against.
//!
//! Slots count reservations of calls under way plus the sandboxes known to run. A list from the provider corrects what
//! is known, but it is a picture of a moment that has passed: what this worker started or ended since that moment, and
//! what it is starting now, is not in it or wrongly in it. Each change therefore gets a number, and a list only decides
//! about what is older than itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::provider::{Facts, Sandbox};

/// The sandboxes of this deployment.
#[derive(Clone, Debug)]
pub struct Slots {
    cap: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Number of the latest change.
    now: u64,
    running: BTreeMap<String, Running>,
    reserved: usize,
    /// Tags of the calls that are starting sandboxes.
    attempts: BTreeSet<String>,
    /// Sandboxes that ended and calls that came to nothing, with the change at which they did. Kept only while something
    /// older is awaited, so that it cannot grow for ever.
    ended: BTreeMap<String, u64>,
    /// The moments at which the lists that are awaited were asked for, and the calls began that are starting sandboxes.
    awaited: BTreeSet<u64>,
    /// When the latest list was asked for that has been taken in.
    listed: u64,
}

#[derive(Debug)]
struct Running {
    since: u64,
    facts: Facts,
}

/// The cap is reached; `active` sandboxes run or are being started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    pub active: usize,
}

/// The moment before a list was asked for or a start began, held until its outcome is there.
#[derive(Debug)]
pub struct Moment {
    slots: Slots,
    at: u64,
}

impl Drop for Moment {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        state.awaited.remove(&self.at);
        match state.awaited.first().copied() {
            Some(oldest) => state.ended.retain(|_, at| *at > oldest),
            None => state.ended.clear(),
        }
    }
}

impl Slots {
    pub fn new(cap: usize) -> Self {
        Self {
            cap,
            state: Arc::default(),
        }
    }

    pub fn cap(&self) -> usize {
        self.cap
    }

    /// Sandboxes that run or are being started.
    pub fn active(&self) -> usize {
        self.lock().active()
    }

    /// Takes `count` slots for a call, or none.
    pub fn take(&self, count: usize, attempt: &str) -> Result<Reservation, Full> {
        let mut state = self.lock();
        let active = state.active();
        if active.saturating_add(count) > self.cap {
            return Err(Full { active });
        }
        state.reserved += count;
        state.attempts.insert(attempt.to_owned());
        Ok(Reservation {
            since: self.await_from(&mut state),
            count,
            attempt: attempt.to_owned(),
            kept: false,
        })
    }

    /// What is kept of a sandbox that is known to be ours.
    pub fn facts(&self, id: &str) -> Option<Facts> {
        self.lock().running.get(id).map(|running| running.facts.clone())
    }

    /// A sandbox that is ours and could not be ended: it counts until a list tells.
    pub fn lingers(&self, id: &str) {
        let mut state = self.lock();
        if !state.ended.contains_key(id) {
            state.run(id, &Facts::new());
        }
    }

    /// A sandbox of ours that was met, not started, by this process; unless more is known of it by now.
    pub fn adopt(&self, asked: &Moment, sandbox: &Sandbox) {
        let mut state = self.lock();
        if asked.at > state.listed && !state.is_newer(asked.at, sandbox) {
            state.run(&sandbox.id, &sandbox.facts);
        }
    }

    /// A sandbox is gone.
    pub fn ended(&self, id: &str) {
        let mut state = self.lock();
        let now = state.tick();
        state.running.remove(id);
        state.end(id, now);
    }

    /// To be taken before the provider is asked for its list.
    pub fn moment(&self) -> Moment {
        self.await_from(&mut self.lock())
    }

    fn await_from(&self, state: &mut State) -> Moment {
        let at = state.tick();
        state.awaited.insert(at);
        Moment {
            slots: self.clone(),
            at,
        }
    }

    /// Makes the provider's list of this deployment's sandboxes the truth, as far as it is newer than what is known.
    pub fn reconcile(&self, asked: &Moment, listed: &[Sandbox]) {
        let mut state = self.lock();
        if asked.at < state.listed {
            return;
        }
        state.listed = asked.at;
        let known = |sandbox: &&Sandbox| !state.is_newer(asked.at, sandbox);
        let listed: Vec<&Sandbox> = listed.iter().filter(known).collect();
        let ids: BTreeSet<&str> = listed.iter().map(|sandbox| sandbox.id.as_str()).collect();
        let is_gone = |id: &str, running: &mut Running| running.since <= asked.at && !ids.contains(id);
        let gone = state.running.extract_if(.., |id, running| is_gone(id, running));
        let gone: Vec<String> = gone.map(|(id, _)| id).collect();
        // A look that was asked for later may have seen one of them earlier.
        let now = state.tick();
        gone.iter().for_each(|id| state.end(id, now));
        for sandbox in listed {
            state.run(&sandbox.id, &sandbox.facts);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn active(&self) -> usize {
        self.running.len() + self.reserved
    }

    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    /// From now on it runs, if it does not yet. Facts that are known already stay.
    fn run(&mut self, id: &str, facts: &Facts) {
        let since = self.tick();
        let new = || Running {
            since,
            facts: Facts::new(),
        };
        let running = self.running.entry(id.to_owned()).or_insert_with(new);
        for (name, value) in facts {
            running.facts.entry(name).or_insert_with(|| value.clone());
        }
    }

    fn end(&mut self, key: &str, at: u64) {
        if !self.awaited.is_empty() {
            self.ended.insert(key.to_owned(), at);
        }
    }

    /// Whether more is known of a listed sandbox than the list could say: it has ended since, or a call that is under
    /// way, and has its slots already, is starting it.
    fn is_newer(&self, asked: u64, sandbox: &Sandbox) -> bool {
        let ended = |key: &str| self.ended.get(key).is_some_and(|at| *at > asked);
        let attempt = sandbox.attempt.as_deref().unwrap_or_default();
        !self.running.contains_key(&sandbox.id)
            && (ended(&sandbox.id) || ended(attempt) || self.attempts.contains(attempt))
    }
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
    pub fn count(&self) -> usize {
        self.count
    }

    /// The sandboxes run, unless they have ended meanwhile: they take the place of the reservation, in one step.
    pub fn keep(mut self, ids: &[String], facts: &Facts) {
        self.kept = true;
        let mut state = self.since.slots.lock();
        let since = state.tick();
        state.reserved -= self.count;
        state.attempts.remove(&self.attempt);
        for id in ids {
            if !state.ended.contains_key(id) {
                let facts = facts.clone();
                state.running.insert(id.clone(), Running { since, facts });
            }
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
