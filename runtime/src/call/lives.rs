//! How long what a call starts lives: what its start is given, and the lifetimes of what starts without one.

use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use tokio::task::{AbortHandle, JoinSet};

use super::Call;
use crate::{
    error::{Code, Error},
    lifetime::{self, Ends},
    provider::Api,
    telemetry::spans,
};

/// The lifetimes of what a call has started without one.
#[derive(Debug, Default)]
pub(super) struct Lives {
    /// Whether each is to be given one.
    owed: bool,
    giving: JoinSet<Result<(String, Ends), Error>>,
    handles: HashMap<String, AbortHandle>,
    given: HashMap<String, Ends>,
}

impl<C: Api> Call<C> {
    /// How many seconds the sandboxes that it starts are to live without a program.
    pub fn idle_secs(&self) -> u64 {
        self.idle().as_secs()
    }

    /// How many seconds the sandboxes that it starts are to live from their start on, so that they idle from when they
    /// are ready.
    pub fn starting_secs(&self) -> u64 {
        self.starting().as_secs()
    }

    /// The idle timeout that its caller asks for, else that of the sandbox that it acts on, else the configured one.
    fn idle(&self) -> Duration {
        let asked = self.0.idle.get().copied();
        let of_sandbox = || self.sandbox().and_then(|id| self.worker().lifetimes.idle(id));
        let default = self.config().default_idle_timeout_secs;
        asked
            .or_else(of_sandbox)
            .unwrap_or_else(|| Duration::from_secs(default))
    }

    /// What a start is given, so that there is time for it to get ready.
    fn starting(&self) -> Duration {
        self.idle().saturating_add(self.config().ready_timeout)
    }

    /// How long what it starts lives from its start on, if nobody does anything.
    pub(crate) fn lives_by_itself(&self) -> Duration {
        match self.worker().sets_lifetimes() {
            true => self.starting(),
            false => self.idle(),
        }
    }

    pub(crate) fn asks_for_idle(&self, secs: Option<u64>) {
        if let Some(secs) = secs.filter(lifetime::is_one) {
            // A call has one input.
            let _ = self.0.idle.set(Duration::from_secs(secs));
        }
    }

    /// What it starts has no lifetime from its start: each is given one as soon as it is known to be the call's own,
    /// beside what the call goes on with.
    pub fn starts_without_a_lifetime(&self) {
        self.lives().owed = true;
    }

    /// A sandbox is the call's own.
    pub(super) fn give_lifetime(&self, id: &str) {
        let secs = self.starting().as_secs();
        let give = self.worker().clone().give_lifetime(id.to_owned(), secs);
        let mut lives = self.lives();
        if lives.owed && !lives.handles.contains_key(id) {
            let handle = lives.giving.spawn(spans::following(give));
            lives.handles.insert(id.to_owned(), handle);
        }
    }

    /// Waits until each has its lifetime.
    ///
    /// # Errors
    /// One of them could not be given one.
    pub(crate) async fn lifetimes_given(&self) -> Result<(), Error> {
        let mut giving = std::mem::take(&mut self.lives().giving);
        while let Some(given) = giving.join_next().await {
            match given {
                Ok(given) => self.lives().given.extend([given?]),
                // It was found to be somebody else's.
                Err(error) if error.is_cancelled() => {}
                Err(_) => return Err(Error::new(Code::S502, "the worker failed during this call")),
            }
        }
        Ok(())
    }

    /// A sandbox is not the call's own.
    pub(super) fn give_no_lifetime(&self, id: &str) {
        if let Some(giving) = self.lives().handles.remove(id) {
            giving.abort();
        }
    }

    /// Nobody needs them any more.
    pub(crate) fn give_no_lifetimes(&self) {
        self.lives().giving.abort_all();
    }

    /// Sandboxes that it has started are ready, and idle from now on.
    pub(crate) fn ready(&self, ids: &[String]) {
        let starting = lifetime::end(self.0.began, self.starting().as_secs());
        for id in ids {
            let ends = self.lives().given.get(id).copied().unwrap_or(starting);
            self.worker().ready(id, self.idle(), ends);
        }
    }

    fn lives(&self) -> MutexGuard<'_, Lives> {
        self.0.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
