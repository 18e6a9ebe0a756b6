//! A provider's rate limit.
//!
//! A refusal that says "later" is about the API, not about the request that met it. So all requests to that API wait then,
//! instead of each finding out by itself, and afterwards they are let through one after the other: slowly at first, faster
//! as long as none is refused. Removals go first. An API that has refused nothing lately has no throttle.

mod rate;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use self::rate::Rate;
use crate::error::Code;

/// The pause after a refusal that names none; it doubles while nothing else is answered.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// No API is left alone for longer, whatever it asks for.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// The longest pause that an error names: beyond it an API asks for nonsense.
const LONGEST_TOLD: Duration = Duration::from_secs(86_400);

/// The request that is let through first after a pause shows within this time whether others may follow.
const PROBE: Duration = Duration::from_secs(1);

/// A throttle that has not been closed for so long is forgotten.
const MEMORY: Duration = Duration::from_secs(30);

/// The throttles of the APIs, by base URL, that have refused a request lately.
#[derive(Debug, Default)]
pub(crate) struct Throttles {
    throttles: Mutex<HashMap<String, Throttle>>,
    changed: Notify,
}

/// Why a request was not sent: the API takes none before its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// What the caller gets for it, and the status of the refusal.
    pub code: Code,
    pub status: u16,
    /// After so many seconds it may be tried again.
    pub secs: u64,
}

/// An answer that says "later".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub code: Code,
    pub status: u16,
    /// How long the provider asks to wait.
    pub pause: Option<Duration>,
}

#[derive(Debug)]
struct Throttle {
    refusal: Refusal,
    /// When the latest refusal came in.
    closed: Instant,
    /// Until when the provider has asked to wait, and until when that is done.
    asked: Instant,
    opens: Instant,
    /// Refusals since the latest answer that was none.
    refusals: u32,
    /// Whether the first request after a pause has not been answered yet.
    probing: bool,
    rate: Rate,
    /// When the next request may be let through.
    next: Instant,
    waiting: BTreeSet<Ticket>,
    tickets: u64,
}

/// A place in the queue: removals first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    is_no_removal: bool,
    number: u64,
}

/// When a request is let through.
enum Admission {
    Now,
    NotBefore(Instant),
    Never(Held),
}

impl Throttles {
    /// Waits until a request to `api` may be sent.
    ///
    /// # Errors
    /// That is not before `until`.
    pub async fn pass(&self, api: &str, removes: bool, until: Instant) -> Result<(), Held> {
        let Some(place) = self.queue(api, removes) else {
            return Ok(());
        };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let at = match place.admit(until) {
                Admission::Now => return Ok(()),
                Admission::NotBefore(at) => at,
                Admission::Never(held) => return Err(held),
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(at) => {}
            }
        }
    }

    /// Whether `api` takes no request at this moment.
    pub fn is_closed(&self, api: &str) -> bool {
        self.lock()
            .get(api)
            .is_some_and(|throttle| Instant::now() < throttle.opens)
    }

    /// Why no request to `api` can be sent before `until`.
    pub fn held(&self, api: &str, until: Instant) -> Option<Held> {
        self.lock().get(api).and_then(|throttle| throttle.held(until))
    }

    /// When a request to `api` may be tried again that has been refused.
    pub fn told(&self, api: &str) -> Option<Held> {
        self.lock().get(api).map(|throttle| throttle.told(throttle.asked))
    }

    /// A request that was sent at `sent` was refused.
    pub fn refused(&self, api: &str, sent: Instant, refusal: Refusal) {
        let mut throttles = self.lock();
        throttles.retain(|_, throttle| !throttle.is_over());
        match throttles.get_mut(api) {
            None => drop(throttles.insert(api.to_owned(), Throttle::closed(refusal))),
            // One of those that were under way when it closed.
            Some(throttle) if sent < throttle.closed => throttle.hold(refusal.pause.unwrap_or_default()),
            Some(throttle) => throttle.close(refusal),
        }
        drop(throttles);
        self.changed.notify_waiters();
    }

    /// A request that was sent at `sent` was answered.
    pub fn answered(&self, api: &str, sent: Instant) {
        let mut throttles = self.lock();
        let Some(throttle) = throttles.get_mut(api) else {
            return;
        };
        if throttle.is_over() {
            throttles.remove(api);
        } else if sent >= throttle.closed {
            throttle.take();
        }
        drop(throttles);
        self.changed.notify_waiters();
    }

    fn queue(&self, api: &str, removes: bool) -> Option<Place<'_>> {
        let mut throttles = self.lock();
        let throttle = throttles.get_mut(api)?;
        throttle.tickets += 1;
        let ticket = Ticket {
            is_no_removal: !removes,
            number: throttle.tickets,
        };
        throttle.waiting.insert(ticket);
        Some(Place {
            throttles: self,
            api: api.to_owned(),
            ticket,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Throttle>> {
        self.throttles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits; dropped, it does no longer.
struct Place<'a> {
    throttles: &'a Throttles,
    api: String,
    ticket: Ticket,
}

impl Place<'_> {
    fn admit(&self, until: Instant) -> Admission {
        match self.throttles.lock().get_mut(&self.api) {
            Some(throttle) => throttle.admit(self.ticket, until),
            None => Admission::Now,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(throttle) = self.throttles.lock().get_mut(&self.api) {
            throttle.waiting.remove(&self.ticket);
        }
        self.throttles.changed.notify_waiters();
    }
}

impl Throttle {
    fn closed(refusal: Refusal) -> Self {
        let now = Instant::now();
        let mut throttle = Self {
            refusal,
            closed: now,
            asked: now,
            opens: now,
            refusals: 0,
            probing: true,
            rate: Rate::first(now),
            next: now,
            waiting: BTreeSet::new(),
            tickets: 0,
        };
        throttle.hold(throttle.pause());
        throttle
    }

    /// A request was refused that had been let through.
    fn close(&mut self, refusal: Refusal) {
        self.refusal = refusal;
        self.closed = Instant::now();
        self.refusals = self.refusals.saturating_add(1);
        self.probing = true;
        self.rate.refused();
        self.hold(self.pause());
    }

    /// A request was answered that had been let through.
    fn take(&mut self) {
        let now = Instant::now();
        self.refusals = 0;
        self.rate.answered(now);
        if std::mem::take(&mut self.probing) {
            self.next = now + self.rate.gap();
        }
    }

    fn pause(&self) -> Duration {
        let own = FIRST_PAUSE.saturating_mul(1 << self.refusals.min(8)).min(LONGEST_PAUSE);
        self.refusal.pause.unwrap_or_default().max(own)
    }

    /// Nothing is sent for at least so long. Jitter keeps workers apart that share a limit.
    fn hold(&mut self, pause: Duration) {
        let now = Instant::now();
        let pause = pause.min(LONGEST_TOLD);
        let jitter = pause.min(FIRST_PAUSE).mul_f64(fastrand::f64() / 2.0);
        self.asked = self.asked.max(now + pause);
        self.opens = self.opens.max(now + pause.min(LONGEST_HOLD) + jitter);
        self.next = self.next.max(self.opens);
        self.rate.grows_from(self.next);
    }

    fn admit(&mut self, ticket: Ticket, until: Instant) -> Admission {
        let now = Instant::now();
        if let Some(held) = self.held(until) {
            return Admission::Never(held);
        }
        if now >= until {
            return Admission::Never(self.told(self.next.max(now)));
        }
        if self.waiting.first() != Some(&ticket) {
            return Admission::NotBefore(until);
        }
        if now < self.next {
            return Admission::NotBefore(self.next.min(until));
        }
        self.let_through(now);
        Admission::Now
    }

    fn held(&self, until: Instant) -> Option<Held> {
        (Instant::now() < self.opens && self.opens > until).then(|| self.told(self.asked))
    }

    /// The whole seconds until `at`, and then until all who wait are through.
    fn told(&self, at: Instant) -> Held {
        let queue = Duration::from_secs_f64(self.waiting.len().saturating_sub(1) as f64 / self.rate.per_second());
        let left = at.saturating_duration_since(Instant::now()) + queue;
        Held {
            code: self.refusal.code,
            status: self.refusal.status,
            secs: (left.as_millis().div_ceil(1000) as u64).max(1),
        }
    }

    fn let_through(&mut self, now: Instant) {
        self.rate.grow(now);
        let pause = match self.probing {
            true => PROBE,
            false => self.rate.gap(),
        };
        self.next = now + pause;
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.opens.elapsed() > MEMORY
    }
}
