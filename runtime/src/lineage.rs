//! Copies that carry the tags of their parent, and none of the call that makes them.
//!
//! What such a call has made is what carries its parent's tag and was not there before. So the list is read before the first
//! copy is asked for, and of all copies that carry one tag those of one call are made at a time: until it is known what
//! a call has made, or that nothing of it is left that can be seen, the next one waits. What a failed call has made late is
//! looked for in a turn of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::{
    call::Call,
    error::{Code, Error},
    look::{Look, no_such_sandbox},
    provider::Api,
    resource::Kind,
    slots::Lineage,
};

/// The right to make copies that carry a tag.
pub(crate) type Turns = OwnedMutexGuard<()>;

/// The tags by which copies are being made.
#[derive(Debug, Default)]
pub(crate) struct Lineages(Mutex<BTreeMap<Option<String>, Arc<Turn<()>>>>);

impl Lineages {
    /// Waits until nobody else makes copies that carry this tag.
    async fn turn(&self, tag: Option<String>) -> Turns {
        let turn = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
            all.entry(tag).or_default().clone()
        };
        turn.lock_owned().await
    }
}

impl<C: Api> Call<C> {
    /// What it makes from now on carries the tags of the sandbox that it acts on. Returns when it is known what is there
    /// already.
    ///
    /// # Errors
    /// That cannot be told, so that nothing may be made.
    pub async fn inherits(&self) -> Result<(), Error> {
        self.lineage_cell()
            .get_or_try_init(|| self.begin_lineage())
            .await
            .map(drop)
    }

    async fn begin_lineage(&self) -> Result<Lineage, Error> {
        let worker = self.worker();
        let parent = self.sandbox().unwrap_or_default();
        let tag = match worker.look(parent).await? {
            Look::Seen(sandbox) if sandbox.owner.as_ref() == Some(&self.config().owner) => sandbox.attempt,
            Look::Seen(_) => {
                let text = "it is another owner's, and so its copies would be";
                return Err(Error::new(Code::S502, text));
            }
            Look::Gone | Look::Unseen => return Err(no_such_sandbox()),
        };
        let turn = worker.lineages.turn(tag.clone()).await;
        let listed = worker.listed_by(tag.as_deref()).await?;
        let mut before: BTreeSet<String> = listed.iter().map(|sandbox| sandbox.id.clone()).collect();
        before.insert(parent.to_owned());
        let lineage = worker.slots.copies(self.attempt_id(), tag, before);
        self.takes_turn(turn);
        Ok(lineage)
    }

    /// The turn for another look at its copies, if it has made some.
    pub(crate) async fn turn_again(&self) -> Option<Turns> {
        let tag = self.lineage()?.tag.clone();
        Some(self.worker().lineages.turn(tag).await)
    }

    /// Whether something is of this call, by the tag that it carries.
    pub(crate) fn has_tagged(&self, kind: Kind, id: &str, attempt: Option<&str>) -> bool {
        let is_copy =
            |lineage: &Lineage| lineage.has(id, attempt) && !self.worker().slots.is_of_another(id, self.began());
        let of_copies = self.lineage().filter(|_| kind == Kind::Sandbox);
        attempt == Some(self.attempt_id()) || of_copies.is_some_and(is_copy)
    }
}
