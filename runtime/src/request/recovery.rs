//! What a start has made that was answered with a refusal.
//!
//! A refusal says that nothing was done, and so the start is sent again. But it may have been said on the way, after the
//! provider has done its part. So what carries the call's tag is looked for before: in one list for all who wait.

use std::{collections::BTreeSet, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    call::Call,
    error::Error,
    look::UNKNOWN,
    provider::{Api, Reply},
    resource::{Kind, Sandbox},
    rollback::{Tried, end},
};

use super::At;

/// The pause before a list is asked for again that was not to be had.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Gives a sandbox that was made as the start's own answer would have; `None` if it is gone.
pub(super) type Recover<'a, T> = dyn Fn(String) -> Reply<Option<T>> + Send + Sync + 'a;

/// A look's answer as that of a start.
pub(super) fn recovered<T: DeserializeOwned + 'static>(look: Reply<Option<Value>>) -> Reply<Option<T>> {
    Box::pin(async move {
        let read =
            |found| serde_json::from_value(found).map_err(|_| Error::unreadable("it does not describe a sandbox"));
        look.await?.map(read).transpose()
    })
}

/// What a refused start has made.
pub(super) enum Made<T> {
    /// Nothing, or nothing that is still there.
    Nothing,
    /// One sandbox, which is as good as another.
    Answer(T),
    /// It could not be told.
    Unknown,
}

impl<C: Api> At<'_, C> {
    /// Looks for what the request may have made that was refused at `refused`, until the deadline at the latest. A single
    /// sandbox is recovered where there is a way to; everything else is ended, and counts as nothing.
    pub(super) async fn made<T>(&self, refused: Instant, until: Instant, recover: Option<&Recover<'_, T>>) -> Made<T> {
        let is_certain = |kind: &&Kind| self.call.in_doubt().of(**kind).is_of_one();
        let found = async {
            let mut found = Vec::new();
            for kind in self.site.creates.iter().filter(is_certain) {
                let ids = self.call.tagged(*kind, refused).await;
                found.extend(ids.into_iter().map(|id| (*kind, id)));
            }
            found
        };
        let Ok(found) = timeout_at(until, found).await else {
            return Made::Unknown;
        };
        if let ([(Kind::Sandbox, id)], Some(recover)) = (found.as_slice(), recover)
            && let Ok(Some(answer)) = timeout_at(until, until_known(id, recover)).await
        {
            tracing::info!(
                sandbox = id,
                at = self.site.place(),
                "a start was refused and has started one: taking it"
            );
            return Made::Answer(answer);
        }
        for (kind, id) in found {
            // One that is answered to be gone may only be unknown yet.
            if !matches!(timeout_at(until, end(self.call, kind, &id)).await, Ok(Ok(Tried::Done))) {
                return Made::Unknown;
            }
        }
        Made::Nothing
    }
}

/// What was just made may be listed before a look knows it.
async fn until_known<T>(id: &str, recover: &Recover<'_, T>) -> Option<T> {
    for pause in UNKNOWN {
        match recover(id.to_owned()).await {
            Ok(None) => sleep(pause).await,
            found => return found.ok().flatten(),
        }
    }
    recover(id.to_owned()).await.ok().flatten()
}

impl<C: Api> Call<C> {
    /// The ids of what carries this call's tag and is not known to it, as of `since` or later. Where the provider has no
    /// list, or no tags, there are none; where it is not to be had just now it is asked for again.
    async fn tagged(&self, kind: Kind, since: Instant) -> Vec<String> {
        loop {
            let found = match kind {
                Kind::Sandbox if !self.worker().can_trace() => return Vec::new(),
                Kind::Snapshot if self.worker().provider.snapshots.is_none() => return Vec::new(),
                Kind::Sandbox => self
                    .worker()
                    .listed_since(since)
                    .await
                    .map(|list| self.tagged_in(&list)),
                Kind::Snapshot => self.worker().find_attempt(self, kind, &BTreeSet::new()).await,
            };
            match found {
                Ok(mut ids) => {
                    ids.retain(|id| !self.owns(kind, id));
                    return ids;
                }
                Err(error) => tracing::debug!(%error, "what a refused start has made cannot be looked for yet"),
            }
            sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    fn tagged_in(&self, list: &[Sandbox]) -> Vec<String> {
        let mine = list
            .iter()
            .filter(|one| self.has_tagged(Kind::Sandbox, &one.id, one.attempt.as_deref()));
        mine.map(|one| one.id.clone()).collect()
    }
}
