//! How many sandboxes run, and which: the truth that the cap is held against.
//!
//! Slots count reservations of calls under way plus the sandboxes known to run. A list from the provider corrects what
//! is known, but it is a picture of a moment that has passed: what this worker started or ended since that moment, and
//! what it is starting now, is not in it or wrongly in it. Each change therefore gets a number, and a list only decides
//! about what is older than itself.
//!
//! A provider's lists may also lag behind what it knows itself. So a sandbox that was there just now is not gone because a
//! list lacks it, and one that was ended just now is not there because a list shows it.

mod ended;
mod lineage;
mod reservation;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use self::ended::Ended;
pub use self::{
    lineage::Lineage,
    reservation::{Reservation, Told},
};
use crate::resource::{Facts, Sandbox};

/// How long a list may lack what was started or seen.
pub(crate) const LAG: Duration = Duration::from_secs(30);

/// How long a look may not know what was just started.
pub(crate) const UNSEEN: Duration = Duration::from_secs(10);

/// The sandboxes of this deployment.
#[derive(Clone, Debug)]
pub struct Slots {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    cap: usize,
    /// Number of the latest change.
    now: u64,
    running: BTreeMap<String, Running>,
    reserved: usize,
    /// Sandboxes that the latest list shows without an id.
    nameless: usize,
    /// Tags of the calls that are starting sandboxes.
    attempts: BTreeSet<String>,
    /// What some of these make carries other tags.
    lineages: BTreeMap<String, Lineage>,
    /// Sandboxes that ended and calls that came to nothing.
    ended: Ended,
    /// The moments at which the lists that are awaited were asked for, and the calls began that are starting sandboxes.
    awaited: BTreeSet<u64>,
    /// When the latest list was asked for that has been taken in.
    listed: u64,
    /// When it began that these are the sandboxes that are meant; what was asked for before that tells of others.
    begun: u64,
}

#[derive(Debug)]
struct Running {
    since: u64,
    /// When this process came to know it.
    known: Instant,
    /// When this process started it.
    started: Option<Instant>,
    /// Whether a look has shown it.
    looked_at: bool,
    /// When it was last known to be there.
    seen: Option<Instant>,
    described: Option<Described>,
    /// What the provider tells of it.
    facts: Facts,
    /// What was asked for when it was started: truer than what the provider makes of it.
    asked: Facts,
}

/// What a list says of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub image: String,
    /// RFC 3339.
    pub started_at: String,
}

/// What a list leaves open.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Sandboxes that it lacks, though they were there just now: to be looked at by their ids.
    pub missing: Vec<String>,
    /// Sandboxes that it shows, though they were ended long ago: the end did not take.
    pub back: Vec<String>,
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
    when: Instant,
}

impl Drop for Moment {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        state.awaited.remove(&self.at);
        state.forget();
    }
}

impl Slots {
    pub fn new(cap: usize) -> Self {
        let state = State {
            cap,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Another cap from now on. What runs beyond it goes on, and nothing is started before enough of it has ended.
    pub fn resize(&self, cap: usize) {
        self.lock().cap = cap;
    }

    /// From now on the sandboxes of another owner or account are meant. What is known goes on to count until a list tells;
    /// lists and looks that were asked for before are no use any more.
    pub fn begin_anew(&self) {
        let mut state = self.lock();
        state.begun = state.tick();
        state.listed = state.begun;
    }

    /// Which sandboxes are meant: another number for others.
    pub fn begun(&self) -> u64 {
        self.lock().begun
    }

    /// Whether what was asked for at a moment tells of the sandboxes that are meant.
    pub fn is_of_use(&self, asked: &Moment) -> bool {
        asked.at > self.lock().begun
    }

    /// Whether a list of the sandboxes that are meant has been taken in.
    pub fn has_list(&self) -> bool {
        let state = self.lock();
        state.listed > state.begun
    }

    /// How many sandboxes, calls and moments are remembered.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        let state = self.lock();
        state.running.len() + state.attempts.len() + state.ended.len() + state.awaited.len()
    }

    pub fn cap(&self) -> usize {
        self.lock().cap
    }

    /// Sandboxes that run or are being started.
    pub fn active(&self) -> usize {
        self.lock().active()
    }

    /// Takes `count` slots for a call, or none.
    pub fn take(&self, count: usize, attempt: &str) -> Result<Reservation, Full> {
        let mut state = self.lock();
        let active = state.active();
        if active.saturating_add(count) > state.cap {
            return Err(Full { active });
        }
        state.reserved += count;
        state.attempts.insert(attempt.to_owned());
        let since = self.await_from(&mut state);
        drop(state);
        Ok(Reservation::new(self.clone(), since, count, attempt))
    }

    /// What is kept of a sandbox that is known to be ours.
    pub fn facts(&self, id: &str) -> Option<Facts> {
        self.lock().running.get(id).map(Running::known)
    }

    /// What a sandbox that runs was started from, as far as it is known.
    pub fn image(&self, id: &str) -> Option<String> {
        let state = self.lock();
        let described = state.running.get(id)?.described.as_ref()?;
        Some(described.image.clone())
    }

    /// The ids of those that are known to run.
    pub fn ids(&self) -> Vec<String> {
        self.lock().running.keys().cloned().collect()
    }

    /// Facts of a sandbox are others now than they were known to be.
    pub fn renew(&self, id: &str, changed: Facts) {
        if let Some(running) = self.lock().running.get_mut(id) {
            running.asked.forget(&changed);
            running.facts.extend(changed);
        }
    }

    /// Whether a sandbox cannot be what a call has made that began then: it was known before, or another call has started
    /// it. A list may show what a call is starting.
    pub fn is_of_another(&self, id: &str, began: Instant) -> bool {
        let state = self.lock();
        let running = state.running.get(id);
        running.is_some_and(|running| running.started.is_some() || running.known < began)
    }

    /// The sandboxes that run, as far as it is known what they are.
    pub fn described(&self) -> Vec<(String, Described)> {
        let state = self.lock();
        let described = |(id, running): (&String, &Running)| Some((id.clone(), running.described.clone()?));
        state.running.iter().filter_map(described).collect()
    }

    /// Whether a sandbox that a list shows counts: it runs, or is being started.
    pub fn counts(&self, sandbox: &Sandbox) -> bool {
        let state = self.lock();
        state.running.contains_key(&sandbox.id) || state.is_being_started(sandbox)
    }

    /// What a call makes from now on carries the tag of its parent. `before` has been listed, and what is known counts as
    /// listed, too: a list may lag behind it.
    pub fn copies(&self, attempt: &str, tag: Option<String>, mut before: BTreeSet<String>) -> Lineage {
        let mut state = self.lock();
        before.extend(state.running.keys().cloned());
        let lineage = Lineage::new(tag, before);
        if state.attempts.contains(attempt) {
            state.lineages.insert(attempt.to_owned(), lineage.clone());
        }
        lineage
    }

    /// Whether a sandbox was started so lately that a 404 does not say that it has ended.
    pub fn is_new(&self, id: &str) -> bool {
        self.is_started_within(LAG, id, |_| true)
    }

    /// Whether a sandbox was started so lately that a look may not know it, and none has shown it.
    pub fn is_unseen(&self, id: &str) -> bool {
        self.is_started_within(UNSEEN, id, |running| !running.looked_at)
    }

    /// Whether a sandbox was started, listed or looked at so lately.
    pub fn is_seen_within(&self, time: Duration, id: &str) -> bool {
        let state = self.lock();
        let running = state.running.get(id);
        running.is_some_and(|running| lately(running.seen, time, Instant::now()))
    }

    fn is_started_within(&self, time: Duration, id: &str, is: impl Fn(&Running) -> bool) -> bool {
        let is_young = |running: &Running| lately(running.started, time, Instant::now());
        self.lock()
            .running
            .get(id)
            .is_some_and(|running| is_young(running) && is(running))
    }

    /// Whether the worker has ended a sandbox so lately that a list may show it.
    pub fn has_ended(&self, id: &str) -> bool {
        self.lock().ended.is_young(id)
    }

    /// A sandbox that is ours and could not be ended: it counts until a list tells.
    pub fn lingers(&self, id: &str) {
        let mut state = self.lock();
        if !state.ended.has(id) {
            state.run(id).seen = Some(Instant::now());
        }
    }

    /// A sandbox of ours that was met, not started, by this process; unless more is known of it by now.
    pub fn observe(&self, asked: &Moment, sandbox: &Sandbox) {
        let mut state = self.lock();
        if asked.at > state.listed && !state.is_newer(asked, sandbox) {
            state.observe(sandbox).facts.extend(sandbox.facts.clone().told());
        }
    }

    /// A sandbox has been ended.
    pub fn ended(&self, id: &str) {
        let mut state = self.lock();
        let now = state.tick();
        state.running.remove(id);
        state.ended.by_us(id, now);
        state.forget();
    }

    /// A look does not know a sandbox; unless more is known of it by now.
    pub fn gone(&self, asked: &Moment, id: &str) {
        let mut state = self.lock();
        let is_older = |running: &Running| running.since <= asked.at;
        if asked.at > state.begun && state.running.get(id).is_some_and(is_older) {
            state.running.remove(id);
            let now = state.tick();
            state.end(id, now);
        }
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
            when: Instant::now(),
        }
    }

    /// Makes the provider's list of this deployment's sandboxes the truth, as far as it is newer than what is known.
    pub fn reconcile(&self, asked: &Moment, listed: &[Sandbox]) -> Reconciled {
        let mut state = self.lock();
        if asked.at < state.listed {
            return Reconciled::default();
        }
        state.listed = asked.at;
        let known = |sandbox: &&Sandbox| !state.is_newer(asked, sandbox);
        let listed: Vec<&Sandbox> = listed.iter().filter(known).collect();
        let ids: BTreeSet<&str> = listed.iter().map(|sandbox| sandbox.id.as_str()).collect();
        let nameless = listed.iter().filter(|sandbox| sandbox.id.is_empty()).count();
        let missing = state.strike_out(asked, &ids);
        // One of those may be one of these, and is known by its name.
        state.nameless = nameless.saturating_sub(missing.len());
        let back = state.ended.shown_again(&ids, asked.when);
        state.forget();
        let named = listed.into_iter().filter(|sandbox| !sandbox.id.is_empty());
        named.for_each(|sandbox| {
            state.observe(sandbox);
        });
        Reconciled { missing, back }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn known(&self) -> Facts {
        let mut known = self.facts.clone();
        known.extend(self.asked.clone());
        known
    }
}

impl State {
    fn active(&self) -> usize {
        self.running.len() + self.nameless + self.reserved
    }

    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    /// From now on it runs, if it does not yet.
    fn run(&mut self, id: &str) -> &mut Running {
        let since = self.tick();
        self.running.entry(id.to_owned()).or_insert_with(|| Running {
            since,
            known: Instant::now(),
            started: None,
            looked_at: false,
            seen: None,
            described: None,
            facts: Facts::new(),
            asked: Facts::new(),
        })
    }

    /// It runs, as the provider says. Facts that are known already stay: a list may lag behind them.
    fn observe(&mut self, sandbox: &Sandbox) -> &mut Running {
        let running = self.run(&sandbox.id);
        running.seen = Some(Instant::now());
        running.looked_at = true;
        if sandbox.is_whole() {
            running.described = Some(Described {
                image: sandbox.image.clone(),
                started_at: sandbox.started_at.clone(),
            });
        }
        running.facts.complete(&sandbox.facts);
        running
    }

    /// What a list lacks has ended, unless it was there just now: that is given.
    fn strike_out(&mut self, asked: &Moment, listed: &BTreeSet<&str>) -> Vec<String> {
        let is_lacking = |id: &str, running: &Running| running.since <= asked.at && !listed.contains(id);
        let lacking = self.running.iter().filter(|(id, running)| is_lacking(id, running));
        let fresh = |running: &Running| lately(running.seen, LAG, asked.when);
        let (missing, gone): (Vec<_>, Vec<_>) = lacking
            .map(|(id, running)| (id.clone(), fresh(running)))
            .partition(|(_, fresh)| *fresh);
        // A look that was asked for later may have seen one of them earlier.
        let now = self.tick();
        for (id, _) in gone {
            self.running.remove(&id);
            self.end(&id, now);
        }
        missing.into_iter().map(|(id, _)| id).collect()
    }

    fn end(&mut self, key: &str, at: u64) {
        if !self.awaited.is_empty() {
            self.ended.noted(key, at);
        }
    }

    fn forget(&mut self) {
        self.ended.forget(self.awaited.first().copied());
    }

    /// Whether more is known of a listed sandbox than the list could say: it has ended since, or a call that is under
    /// way, and has its slots already, is starting it.
    fn is_newer(&self, asked: &Moment, sandbox: &Sandbox) -> bool {
        let ended = |key: &str| self.ended.is_newer(key, asked.at, asked.when);
        let attempt = sandbox.attempt.as_deref().unwrap_or_default();
        !self.running.contains_key(&sandbox.id)
            && (ended(&sandbox.id) || ended(attempt) || self.is_being_started(sandbox))
    }

    /// Whether a call that is under way, and has its slots already, is starting a sandbox.
    fn is_being_started(&self, sandbox: &Sandbox) -> bool {
        let attempt = sandbox.attempt.as_deref();
        let is_copy = |lineage: &Lineage| lineage.has(&sandbox.id, attempt);
        attempt.is_some_and(|attempt| self.attempts.contains(attempt)) || self.lineages.values().any(is_copy)
    }

    /// A call starts nothing any more.
    fn forget_attempt(&mut self, attempt: &str) {
        self.attempts.remove(attempt);
        self.lineages.remove(attempt);
    }
}

/// Whether something was less than so long before a moment, or after it.
fn lately(then: Option<Instant>, time: Duration, moment: Instant) -> bool {
    then.is_some_and(|then| moment.saturating_duration_since(then) < time)
}
