//! What a call may have made at the provider without having been told.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::{request::FailureKind, resource::Kind};

/// What one call has in doubt.
#[derive(Debug, Default)]
pub(crate) struct InDoubt {
    sandboxes: Unknown,
    snapshots: Unknown,
    /// When the latest request was answered that asked for some.
    made: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
pub(crate) struct Unknown {
    /// Requests that may have made some and have not told yet.
    unclear: AtomicUsize,
    /// Requests that asked for some and have reached the provider.
    asked: AtomicUsize,
    /// One was given up before it was answered.
    gave_up: AtomicBool,
}

impl InDoubt {
    pub fn of(&self, kind: Kind) -> &Unknown {
        match kind {
            Kind::Sandbox => &self.sandboxes,
            Kind::Snapshot => &self.snapshots,
        }
    }

    /// Whether it is not longer ago that some were made.
    pub fn has_made_within(&self, time: Duration) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.is_some_and(|made| made.elapsed() < time)
    }

    /// A request is to be sent that asks for such things. As long as it waits for its turn it has made nothing.
    pub fn ask(&self, kinds: &'static [Kind]) -> Asking<'_> {
        Asking {
            in_doubt: self,
            kinds,
            sent: AtomicBool::new(false),
            answered: false,
        }
    }
}

impl Unknown {
    /// Whether something may have been made that nobody knows of.
    pub fn is_open(&self) -> bool {
        self.unclear.load(Ordering::SeqCst) > 0
    }

    /// Whether one request alone may have made some: what is found then is of that one.
    pub fn is_of_one(&self) -> bool {
        self.unclear.load(Ordering::SeqCst) == 1
    }

    /// A request may have made some, or has answered less than it should.
    pub fn begin(&self) {
        self.unclear.fetch_add(1, Ordering::SeqCst);
    }

    /// One such request is known to have made nothing, or what it has made is noted for undoing.
    pub fn end(&self) {
        let less = |count: usize| count.checked_sub(1);
        // None are left if several undos of one request clear it.
        let _ = self.unclear.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
    }

    /// How many requests have reached the provider that ask for some.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn has_given_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }
}

/// A request under way. Dropped before it is answered, it was given up.
pub(crate) struct Asking<'a> {
    in_doubt: &'a InDoubt,
    kinds: &'static [Kind],
    sent: AtomicBool,
    answered: bool,
}

impl Asking<'_> {
    /// It is sent, perhaps not for the first time.
    pub fn sends(&self) {
        if !self.sent.swap(true, Ordering::SeqCst) {
            self.kinds.iter().for_each(|kind| self.in_doubt.of(*kind).begin());
        }
    }

    /// A refusal says that nothing was made; what an answer says was made is known once its ids are.
    pub fn answered(mut self, failure: Option<FailureKind>) {
        self.answered = true;
        if !self.sent.load(Ordering::SeqCst) {
            return;
        }
        if !self.kinds.is_empty() {
            let mut made = self.in_doubt.made.lock().unwrap_or_else(PoisonError::into_inner);
            *made = Some(Instant::now());
        }
        for kind in self.kinds {
            let unknown = self.in_doubt.of(*kind);
            if failure.is_some_and(FailureKind::tells) {
                unknown.end();
            }
            if !failure.is_some_and(FailureKind::was_not_sent) {
                unknown.asked.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.answered && self.sent.load(Ordering::SeqCst) {
            let given_up = |kind: &Kind| self.in_doubt.of(*kind).gave_up.store(true, Ordering::SeqCst);
            self.kinds.iter().for_each(given_up);
        }
    }
}
