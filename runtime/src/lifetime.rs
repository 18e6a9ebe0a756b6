//! How long each sandbox lives: known, kept as long as it is needed, and brought back to the idle timeout.
//!
//! A provider ends a sandbox so many seconds after it was told to. That becomes an idle timeout by telling it anew after
//! each program; before a program only if it would end during it. Whatever sets a lifetime does so here, one request at a
//! time for each sandbox, so that nothing is shortened for one that another needs.

mod keeper;
mod schedule;
#[cfg(test)]
mod tests;
mod told;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

pub(crate) use self::schedule::{Ends, end};
pub(crate) use self::told::is_one;
pub use self::told::{Given, Lifetime};
use self::{
    schedule::{Asked, Schedule},
    told::Skew,
};
use crate::error::Error;

/// How much longer a sandbox has to live than a program may run: it has to be killed, and to be answered.
const SLACK: Duration = Duration::from_secs(5);

/// What is known of somebody else's sandbox is kept for so long after a look at it, for the call that it was for.
const LOOKED_AT: Duration = Duration::from_secs(600);

/// The sandboxes of which the worker knows how long they live.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifetimes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    sandboxes: Mutex<HashMap<String, Entry>>,
    programs: AtomicU64,
    skew: Mutex<Skew>,
}

#[derive(Debug)]
struct Entry {
    schedule: Schedule,
    /// Whether it is this deployment's: then it is set no more once it does not count any more.
    ours: bool,
    /// When it was looked at, or acted on unseen.
    met: Instant,
    /// When it got ready, if this worker has started it.
    started: Option<Instant>,
    /// Whether a task looks after it.
    kept: bool,
    /// Tells that task of a change.
    changed: Arc<Notify>,
    /// How each request to set it went.
    outcomes: watch::Sender<Option<Outcome>>,
}

/// How a request to set a lifetime went.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    at: Instant,
    result: Result<(), Error>,
}

impl Entry {
    fn new(schedule: Schedule, ours: bool) -> Self {
        Self {
            schedule,
            ours,
            met: Instant::now(),
            started: None,
            kept: false,
            changed: Arc::default(),
            outcomes: watch::Sender::new(None),
        }
    }
}

impl Lifetimes {
    /// A sandbox has just got ready. `ends` is what its start was given.
    pub fn started(&self, id: &str, idle: Duration, ends: Ends) {
        let now = Instant::now();
        let entry = Entry {
            started: Some(now),
            ..Entry::new(Schedule::started(idle, ends, now), true)
        };
        self.lock().insert(id.to_owned(), entry);
    }

    /// What a sandbox says of itself, unless more is known of it. What it was given by somebody else is not shortened;
    /// one of ours that has no end is given one.
    pub fn learn(&self, id: &str, told: &Lifetime, default_idle: Duration, ours: bool) {
        let now = Instant::now();
        let mut sandboxes = self.lock();
        if let Some(known) = sandboxes.get_mut(id) {
            known.met = now;
            return;
        }
        let ends = told.ends(&self.skew(), now);
        let mut schedule = Schedule::new(told.idle().unwrap_or(default_idle), ends);
        match ends {
            Ends::At(end) => drop(schedule.promise(end)),
            Ends::Never if ours => schedule.idles(now),
            Ends::Never | Ends::Unknown => {}
        }
        sandboxes.insert(id.to_owned(), Entry::new(schedule, ours));
    }

    pub fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Forgets what does not count any more, and what is somebody else's and was not met of late: the next call looks at
    /// it again. What is still to be set stays.
    pub fn retain(&self, counts: impl Fn(&str) -> bool) {
        let now = Instant::now();
        self.lock().retain(|id, entry| {
            let is_idle = entry.schedule.is_idle(now);
            let is_of_use = match entry.ours {
                true => counts(id),
                false => now.saturating_duration_since(entry.met) < LOOKED_AT,
            };
            is_of_use || !is_idle
        });
    }

    /// The idle timeout of a sandbox.
    pub fn idle(&self, id: &str) -> Option<Duration> {
        self.lock().get(id).map(|entry| entry.schedule.idle())
    }

    /// A sandbox of which nothing is known may end at any moment.
    pub fn meet(&self, id: &str, default_idle: Duration, ours: bool) {
        let mut sandboxes = self.lock();
        let unknown = || Entry::new(Schedule::new(default_idle, Ends::Unknown), ours);
        sandboxes.entry(id.to_owned()).or_insert_with(unknown);
    }

    /// A program is going to run in a sandbox for so long at most.
    fn program(&self, id: &str, may_run: Duration) -> Program {
        let program = Program {
            lifetimes: self.clone(),
            sandbox: id.to_owned(),
            number: self.0.programs.fetch_add(1, Ordering::Relaxed),
            has_ended: AtomicBool::new(false),
        };
        program.may_run(may_run);
        program
    }

    /// Of how many sandboxes something is known.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.lock().len()
    }

    fn skew(&self) -> MutexGuard<'_, Skew> {
        self.0.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.sandboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A program under way, or about to be. Dropped before it has ended, it may go on in the sandbox, and counts for as long
/// as it may run.
#[derive(Debug)]
pub(crate) struct Program {
    lifetimes: Lifetimes,
    sandbox: String,
    number: u64,
    has_ended: AtomicBool,
}

impl Program {
    /// It may run for so long from now on.
    fn may_run(&self, may_run: Duration) {
        let until = Instant::now().checked_add(may_run.saturating_add(SLACK));
        let mut sandboxes = self.lifetimes.lock();
        if let (Some(entry), Some(until)) = (sandboxes.get_mut(&self.sandbox), until) {
            entry.schedule.runs(self.number, until);
        }
    }

    /// The sandbox idles from now on, if nothing else runs there. One that never began leaves no trace.
    fn ended(&self, began: bool) {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(entry) = self.lifetimes.lock().get_mut(&self.sandbox) {
            entry.schedule.ran(self.number, Instant::now(), began);
        }
    }
}
