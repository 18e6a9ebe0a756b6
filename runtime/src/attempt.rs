//! What a call has made, by the tag that it carries: the attempt.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    call::Call,
    error::{Code, Error},
    latest::Latest,
    look::Look,
    provenance::Tags,
    provider::Api,
    resource::{Kind, Sandbox},
    worker::Worker,
};

/// However many calls look for what they may have made, the provider's list is asked for so often at most.
const EVERY: Duration = Duration::from_millis(250);

/// This deployment's sandboxes, in one list for all who look for what they may have made.
pub(crate) type SharedList = Latest<Result<Arc<Vec<Sandbox>>, Error>>;

pub(crate) fn shared_list() -> SharedList {
    Latest::every(EVERY)
}

impl<C: Api> Worker<C> {
    /// A list of this deployment's sandboxes that was asked for at `since` or later, together with all others who want
    /// one.
    pub(crate) async fn listed_since(self: &Arc<Self>, since: Instant) -> Result<Arc<Vec<Sandbox>>, Error> {
        // Who asks has sent requests before, so that there is a key.
        let call = self.call(Uuid::new_v4().to_string(), None);
        let list = async { Ok(Arc::new(self.listed(&call).await?)) };
        self.shared_list.since(since, list).await
    }

    /// A list in which the sandboxes are that carry the tag of a call. Who looks alone asks by the tag, where the provider
    /// can; many who look at the same time share one list of all.
    pub(crate) async fn listed_by(self: &Arc<Self>, tag: Option<&str>) -> Result<Arc<Vec<Sandbox>>, Error> {
        let made = self.provider.sandboxes.as_ref().and_then(|calls| calls.made);
        match tag.zip(made.filter(|_| self.shared_list.is_unwanted())) {
            Some((tag, made)) => {
                let call = self.call(tag.to_owned(), None);
                let listed = made(call.clone()).await?;
                Ok(Arc::new(self.ours(&call, listed)))
            }
            None => self.listed_since(Instant::now()).await,
        }
    }

    /// A list in which the sandboxes are that this call has made, and `more`.
    async fn made_by(self: &Arc<Self>, call: &Call<C>, more: &BTreeSet<String>) -> Result<Arc<Vec<Sandbox>>, Error> {
        let tag = match call.lineage() {
            Some(lineage) => lineage.tag.as_deref(),
            None => Some(call.attempt_id()),
        };
        self.listed_by(tag.filter(|_| more.is_empty())).await
    }

    /// The ids of what carries the tag of a call that did not hear what it had made, and of those of `more` that are there.
    /// A sandbox with the tag of another owner is his, whatever else it carries.
    pub(crate) async fn find_attempt(
        self: &Arc<Self>,
        call: &Call<C>,
        kind: Kind,
        more: &BTreeSet<String>,
    ) -> Result<Vec<String>, Error> {
        let made: Vec<(String, Option<String>)> = match kind {
            Kind::Sandbox if !self.can_find(kind) && more.is_empty() => {
                let text = "what carries no tag of its call cannot be told from others";
                return Err(Error::new(Code::S502, text));
            }
            // Without tags what has ended is the call's own by its id alone.
            Kind::Sandbox if !self.is_tagged() && !more.is_empty() => {
                return self.still_listed(call, kind, more.iter().cloned().collect()).await;
            }
            Kind::Sandbox => {
                let list = self.made_by(call, more).await?;
                list.iter().map(|one| (one.id.clone(), one.attempt.clone())).collect()
            }
            Kind::Snapshot => {
                let snapshots = self.snapshots(call).await?.into_iter();
                snapshots.map(|one| (one.id, one.attempt)).collect()
            }
        };
        let is_of_call =
            |(id, tag): &(String, Option<String>)| call.has_tagged(kind, id, tag.as_deref()) || more.contains(id);
        let ids: Vec<String> = made.into_iter().filter(is_of_call).map(|(id, _)| id).collect();
        match ids.iter().any(String::is_empty) {
            true => Err(Error::unreadable(
                "it lists what this call has made without a usable id",
            )),
            false => Ok(ids),
        }
    }

    /// Whether it can be found what a call has made without having been told.
    pub(crate) fn can_find(&self, kind: Kind) -> bool {
        match kind {
            Kind::Sandbox => self.can_trace(),
            Kind::Snapshot => self.provider.snapshots.is_some(),
        }
    }

    /// Whether the tags of owner and of call are read of such a thing.
    pub(crate) fn tags_of(&self, kind: Kind) -> (bool, bool) {
        match kind {
            Kind::Sandbox => {
                let calls = self.provider.sandboxes.as_ref();
                calls.map_or((false, false), |calls| (calls.tagged, calls.traced))
            }
            Kind::Snapshot => (false, self.provider.snapshots.is_some()),
        }
    }

    /// The tags of what has this id; none of what is not to be seen.
    pub(crate) async fn tags_at(self: &Arc<Self>, call: &Call<C>, kind: Kind, id: &str) -> Result<Tags, Error> {
        let of = |owner, attempt| Tags { owner, attempt };
        match kind {
            Kind::Sandbox => Ok(match self.look_of(call, id).await? {
                Look::Seen(sandbox) => of(sandbox.owner, sandbox.attempt),
                Look::Gone | Look::Unseen => Tags::default(),
            }),
            Kind::Snapshot => {
                let snapshots = self.snapshots(call).await?.into_iter();
                let found = snapshots
                    .map(|one| (one.id, one.attempt))
                    .find(|(known, _)| known == id);
                Ok(of(None, found.and_then(|(_, attempt)| attempt)))
            }
        }
    }
}
