//! The requests that set lifetimes: one task for each sandbox that needs one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Asked, Ends, Lifetimes, Outcome, Program, end};
use crate::{
    error::{Code, Error},
    look::{Reached, no_such_sandbox},
    provider::{Api, SetLifetime},
    resource::Facts,
    shutdown::Stage,
    worker::Worker,
};

/// A program does not wait longer for its sandbox's lifetime. It runs beside the request then: what is left usually lasts
/// longer than a request that takes its time.
const HOLD: Duration = Duration::from_secs(1);

/// How long one try may take: half of what is left, within these.
const TRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// What was just made may be unknown to a part of the provider for so long.
const YOUNG: Duration = Duration::from_secs(30);

/// A copy has to be known by then, and its lifetime has to be set within so many tries that fail otherwise.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl<C: Api> Worker<C> {
    fn set_lifetime(&self) -> Option<SetLifetime<C>> {
        self.provider.sandboxes.as_ref()?.lifetime
    }

    /// Whether how long its sandboxes live is this worker's business.
    pub(crate) fn sets_lifetimes(&self) -> bool {
        self.set_lifetime().is_some()
    }

    /// Sets one lifetime once. How many seconds were given; `None` if the sandbox is gone.
    async fn set_once(self: &Arc<Self>, id: &str, asked: Asked) -> Result<Option<u64>, Error> {
        let Some(set) = self.set_lifetime() else {
            return Err(Error::new(Code::S404, "the provider sets no lifetimes"));
        };
        let call = self.inner_call()?;
        match self.reach(&call, id, Facts::new()).await? {
            Reached::By(_) => {}
            Reached::Gone => return Ok(None),
            Reached::Unseen => return Err(no_such_sandbox()),
        }
        let Some(given) = set(call, id.to_owned(), asked.secs).await? else {
            return Ok(None);
        };
        let secs = given.secs(id, asked)?;
        self.lifetimes.skew().measure(asked, secs, &given, Instant::now());
        Ok(Some(secs))
    }

    /// Gives a copy its first lifetime, as long as nothing else is known of it. Gives its end.
    pub(crate) async fn give_lifetime(self: Arc<Self>, id: String, secs: u64) -> Result<(String, Ends), Error> {
        let made = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        loop {
            let asked = Asked {
                at: Instant::now(),
                secs,
            };
            match self.set_once(&id, asked).await {
                Ok(Some(secs)) => return Ok((id, end(asked.at, secs))),
                // Some answers know a copy sooner than others.
                Ok(None) if made.elapsed() < KNOWN_WITHIN => {}
                Ok(None) => return Err(no_such_sandbox()),
                Err(error) => {
                    failures += 1;
                    if failures == TRIES {
                        return Err(error);
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// A sandbox of ours is ready, and idles from now on. Its start has let it live until `ends`.
    pub(crate) fn ready(self: &Arc<Self>, id: &str, idle: Duration, ends: Ends) {
        if self.sets_lifetimes() {
            self.lifetimes.started(id, idle, ends);
            self.keep(id);
        }
    }

    /// A program is going to run in a sandbox for so long at most.
    pub(crate) fn program(&self, id: &str, may_run: Duration) -> Option<Program> {
        self.meet(id).then(|| self.lifetimes.program(id, may_run))
    }

    /// Whether lifetimes are set here; then something is known of the sandbox from now on.
    fn meet(&self, id: &str) -> bool {
        let default_idle = Duration::from_secs(self.config().default_idle_timeout_secs);
        if self.sets_lifetimes() {
            self.lifetimes.meet(id, default_idle, self.counts(id));
        }
        self.sets_lifetimes()
    }

    /// Before a program: waits for its sandbox's lifetime to last through it, if it does not yet, but not for long. It may
    /// run for so long from now on.
    pub(crate) async fn hold(self: &Arc<Self>, program: &Program, may_run: Duration) {
        let now = Instant::now();
        program.may_run(may_run);
        let id = &program.sandbox;
        let Some(mut outcomes) = self.lifetimes.short_for(id) else {
            return;
        };
        self.keep(id);
        let set = async {
            while self.lifetimes.short_for(id).is_some() && outcomes.changed().await.is_ok() {
                let outcome = outcomes.borrow_and_update().clone();
                // One that was sent before may have been too short for this one.
                if outcome.is_some_and(|outcome| outcome.result.is_err() || outcome.at >= now) {
                    return;
                }
            }
        };
        if timeout(HOLD, set).await.is_err() {
            tracing::warn!(
                sandbox = id,
                "a program runs before its sandbox's lifetime is known to last"
            );
        }
    }

    /// After a program: its sandbox idles from now on. One that was never sent leaves no trace.
    pub(crate) fn release(self: &Arc<Self>, program: &Program, was_sent: bool) {
        program.ended(was_sent);
        self.keep(&program.sandbox);
    }

    /// A sandbox is to live for so many seconds from now at least, whatever is executed in it.
    ///
    /// # Errors
    /// The provider's, if it could not be told; then nothing is promised.
    pub(crate) async fn extend(self: &Arc<Self>, id: &str, secs: u64) -> Result<(), Error> {
        let now = Instant::now();
        let Some(until) = now.checked_add(Duration::from_secs(secs)) else {
            return Err(Error::bad_input("secs", "is too large"));
        };
        self.meet(id);
        let Some((before, outcomes)) = self.lifetimes.promise(id, until) else {
            return Err(no_such_sandbox());
        };
        let Some(mut outcomes) = outcomes else {
            return Ok(());
        };
        self.keep(id);
        let limit = self.config().request_timeout;
        let mut taken = Err(Error::new(
            Code::S502,
            format!("the lifetime was not set within {} s", limit.as_secs()),
        ));
        let told = async {
            while outcomes.changed().await.is_ok() {
                let outcome = outcomes.borrow_and_update().clone();
                // One that was sent before says nothing of this.
                if let Some(outcome) = outcome.filter(|outcome| outcome.at >= now) {
                    return outcome.result;
                }
            }
            Err(no_such_sandbox())
        };
        if let Ok(told) = timeout(limit, told).await {
            taken = told;
        }
        if taken.is_err() {
            self.lifetimes.withdraw(id, until, before);
        }
        taken
    }

    /// Looks after a sandbox's lifetime for as long as there is something to be set, unless a task does already.
    pub(crate) fn keep(self: &Arc<Self>, id: &str) {
        if self.sets_lifetimes() && self.lifetimes.wants_keeping(id) {
            let kept = Kept {
                lifetimes: self.lifetimes.clone(),
                id: id.to_owned(),
                is_done: AtomicBool::new(false),
            };
            self.background.spawn(self.clone().keeping(kept));
        }
    }

    async fn keeping(self: Arc<Self>, kept: Kept) {
        let id = &kept.id;
        loop {
            let Some((due, changed)) = self.lifetimes.due(id, |id| self.counts(id)) else {
                return kept.done();
            };
            let draining = self.shutdown.reached(Stage::Draining);
            tokio::select! {
                biased;
                () = self.shutdown.reached(Stage::GivingUp) => return self.leave(id),
                () = sleep_until(due.at) => {}
                // Nothing is put off any more.
                () = draining, if !due.is_a_repetition => if !self.lifetimes.is_owed(id) { return },
                () = changed.notified() => continue,
            }
            let Some(asked) = self.lifetimes.ask(id) else { return };
            let limit = due.left.map_or(TRY.1, |left| left / 2).clamp(TRY.0, TRY.1);
            let result = tokio::select! {
                result = timeout(limit, self.set_once(id, asked)) => {
                    result.unwrap_or_else(|_| Err(Error::new(Code::S502, "it takes too long")))
                }
                () = self.shutdown.reached(Stage::GivingUp) => return self.leave(id),
            };
            self.lifetimes.answered(id, asked, result);
        }
    }

    pub(crate) fn counts(&self, id: &str) -> bool {
        self.slots.facts(id).is_some()
    }

    fn leave(&self, id: &str) {
        tracing::warn!(sandbox = id, "the worker ends before it could set a sandbox's lifetime");
    }
}

/// When a lifetime is to be set.
pub(super) struct Due {
    at: Instant,
    /// How long the sandbox lives yet, if that is known.
    left: Option<Duration>,
    /// The last try failed.
    is_a_repetition: bool,
}

/// That a task looks after a sandbox. Dropped, another may.
struct Kept {
    lifetimes: Lifetimes,
    id: String,
    is_done: AtomicBool,
}

impl Kept {
    /// Another may look after it already.
    fn done(&self) {
        self.is_done.store(true, Ordering::Relaxed);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.is_done.load(Ordering::Relaxed) {
            return;
        }
        if let Some(entry) = self.lifetimes.lock().get_mut(&self.id) {
            entry.kept = false;
        }
    }
}

impl Lifetimes {
    /// Whether something is to be set, by a task that is not there yet. One that is there is told.
    fn wants_keeping(&self, id: &str) -> bool {
        let mut sandboxes = self.lock();
        let Some(entry) = sandboxes.get_mut(id) else {
            return false;
        };
        if entry.kept {
            entry.changed.notify_one();
            return false;
        }
        entry.kept = entry.schedule.due(Instant::now()).is_some();
        entry.kept
    }

    /// When a lifetime is to be set next, and what tells of a change until then. `None` if there is nothing to be set, or
    /// nothing more that could be; then another task may look after it.
    fn due(&self, id: &str, counts: impl Fn(&str) -> bool) -> Option<(Due, Arc<Notify>)> {
        let now = Instant::now();
        let mut sandboxes = self.lock();
        let entry = sandboxes.get_mut(id)?;
        if entry.ours && !counts(id) {
            sandboxes.remove(id);
            return None;
        }
        let Some(at) = entry.schedule.due(now) else {
            entry.kept = false;
            return None;
        };
        let left = match entry.schedule.ends() {
            Ends::At(end) => Some(end.saturating_duration_since(now)),
            Ends::Never | Ends::Unknown => None,
        };
        let due = Due {
            at,
            left,
            is_a_repetition: entry.schedule.failures() > 0,
        };
        Some((due, entry.changed.clone()))
    }

    /// Whether the sandbox was used since its lifetime was set.
    fn is_owed(&self, id: &str) -> bool {
        self.lock().get(id).is_some_and(|entry| entry.schedule.is_owed())
    }

    fn ask(&self, id: &str) -> Option<Asked> {
        let mut sandboxes = self.lock();
        Some(sandboxes.get_mut(id)?.schedule.ask(Instant::now()))
    }

    /// Notes how a request went, and tells those who wait for it.
    fn answered(&self, id: &str, asked: Asked, result: Result<Option<u64>, Error>) {
        let now = Instant::now();
        let mut sandboxes = self.lock();
        let Some(entry) = sandboxes.get_mut(id) else { return };
        let result = match result {
            Ok(Some(secs)) => {
                entry.schedule.given(asked, secs);
                Ok(())
            }
            Ok(None)
                if entry
                    .started
                    .is_some_and(|started| now.saturating_duration_since(started) < YOUNG) =>
            {
                Err(no_such_sandbox())
            }
            Ok(None) => {
                entry.schedule.missed(asked, now);
                entry.outcomes.send_replace(Some(Outcome {
                    at: asked.at,
                    result: Err(no_such_sandbox()),
                }));
                return;
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            if entry.schedule.failures() == 0 {
                tracing::warn!(sandbox = id, %error, "a sandbox's lifetime could not be set yet");
            }
            entry.schedule.failed(asked, now);
        }
        entry.outcomes.send_replace(Some(Outcome { at: asked.at, result }));
    }

    /// What tells of the outcomes, if the sandbox does not live as long as what runs there needs.
    fn short_for(&self, id: &str) -> Option<watch::Receiver<Option<Outcome>>> {
        let sandboxes = self.lock();
        let entry = sandboxes.get(id)?;
        entry.schedule.is_short().then(|| entry.outcomes.subscribe())
    }

    /// Notes a promise. The one before, and what tells of the outcomes if the lifetime has to be set for it; `None` if
    /// there is no such sandbox.
    #[expect(clippy::type_complexity, reason = "a pair of options")]
    fn promise(&self, id: &str, until: Instant) -> Option<(Option<Instant>, Option<watch::Receiver<Option<Outcome>>>)> {
        let mut sandboxes = self.lock();
        let entry = sandboxes.get_mut(id)?;
        let before = entry.schedule.promise(until);
        let outcomes = (!entry.schedule.lasts(until)).then(|| entry.outcomes.subscribe());
        Some((before, outcomes))
    }

    fn withdraw(&self, id: &str, promised: Instant, before: Option<Instant>) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.schedule.withdraw(promised, before);
        }
    }
}
