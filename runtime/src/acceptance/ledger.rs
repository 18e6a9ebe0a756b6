//! What the calls of a run have made: what each of them would have taken back if it had failed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    call::Call,
    provider::Api,
    resource::Kind,
    rollback::{Tried, Undo},
};

/// What was made and not removed yet, oldest first.
pub(crate) struct Ledger<C: Api>(Mutex<Vec<Entry<C>>>);

struct Entry<C: Api> {
    call: Call<C>,
    undo: Arc<Undo<C>>,
}

impl<C: Api> Clone for Entry<C> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            undo: self.undo.clone(),
        }
    }
}

impl<C: Api> Default for Ledger<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Api> Ledger<C> {
    /// Takes over what a call has made that has succeeded.
    pub(crate) fn take_over(&self, call: &Call<C>) {
        let undos = call.take_undos().into_iter().rev();
        let entries = undos.map(|undo| Entry {
            call: call.clone(),
            undo: Arc::new(undo),
        });
        self.entries().extend(entries);
    }

    /// The provider lists a sandbox of this run.
    pub(super) fn finds(&self, call: &Call<C>, sandbox: String) {
        let mut entries = self.entries();
        if !entries.iter().any(|entry| entry.undo.is_of(Kind::Sandbox, &sandbox)) {
            entries.push(Entry {
                call: call.clone(),
                undo: Arc::new(Undo::made(Kind::Sandbox, sandbox)),
            });
        }
    }

    /// A sandbox was stopped.
    pub(super) fn stopped(&self, sandbox: &str) {
        self.entries().retain(|entry| !entry.undo.is_of(Kind::Sandbox, sandbox));
    }

    /// Tries once to remove everything, the latest first.
    pub(super) async fn remove(&self) {
        let entries: Vec<_> = self.entries().iter().rev().cloned().collect();
        for Entry { call, undo } in entries {
            if undo.try_once(&call).await != Tried::Failed {
                // Nobody looks after its lifetime any more.
                undo.id_of(Kind::Sandbox)
                    .into_iter()
                    .for_each(|id| call.worker().ended(id));
                self.entries().retain(|entry| !Arc::ptr_eq(&entry.undo, &undo));
            }
        }
    }

    /// What is left, each in a few words.
    pub(super) fn left(&self) -> Vec<String> {
        self.entries().iter().map(|entry| entry.undo.to_string()).collect()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry<C>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
