//! A value behind a lock whose changes can be awaited.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// How long the waiting functions of this crate wait before they panic.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: watch::Sender<()>,
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changed: watch::Sender::new(()),
        }
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    /// Tells of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The first `Some` that `probe` yields, now or after a later change; `None` after `limit`.
    pub(crate) async fn wait<R>(&self, limit: Duration, mut probe: impl FnMut(&T) -> Option<R>) -> Option<R> {
        // Subscribed before the first look, so that no change falls in between.
        let mut changes = self.changes();
        let found = async {
            loop {
                if let Some(result) = self.read(&mut probe) {
                    return result;
                }
                changes.changed().await.expect("the sender lives as long as self");
            }
        };
        timeout(limit, found).await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        // A panicking test must not turn every later look into a second panic.
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
