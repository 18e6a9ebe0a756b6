//! The sandboxes of this deployment, held against what the provider says.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep},
};

use crate::{
    call::{Call, SIDE_BY_SIDE},
    error::{Code, Error},
    provider::Api,
    resource::{Facts, Kind, Sandbox, Snapshot},
    rows::once_each,
    shutdown::Stage,
    slots::{Described, Moment, Reconciled, UNSEEN},
    worker::Worker,
};

/// A sandbox that was seen longer ago is looked at before it is ended.
const CERTAIN: Duration = Duration::from_secs(60);

/// A full cap asks the provider at most so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Pauses between looks at what is not known yet.
pub(crate) const UNKNOWN: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Pauses between tries to have a first list.
const ADOPTION: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(AGAIN_AFTER)
    .with_max_delay(Duration::from_secs(60))
    .without_max_times()
    .with_jitter();

/// What `list` answers from.
#[derive(Clone, Debug, Serialize)]
pub struct Owned {
    pub sandboxes: Vec<Listed>,
    /// Sandboxes that run or are being started.
    pub in_flight: u64,
    pub cap: u64,
    pub remaining: u64,
    /// Whether the provider confirmed the count just now.
    pub reconciled: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub sandbox_id: String,
    pub image: String,
    pub started_at: String,
}

/// When the provider was last asked for a list that many calls want at once. Held while asking: who comes meanwhile, or
/// soon after, is content with that list.
#[derive(Debug, Default)]
pub(crate) struct LastAsked(Mutex<Option<Instant>>);

impl<C: Api> Worker<C> {
    /// Whether the provider can be asked for a list.
    pub(crate) fn can_list(&self) -> bool {
        self.provider
            .sandboxes
            .as_ref()
            .is_some_and(|calls| calls.owned.is_some())
    }

    /// Whether a list tells which call has started a sandbox.
    pub(crate) fn can_trace(&self) -> bool {
        self.can_list() && self.tags_of(Kind::Sandbox).1
    }

    /// Asks the provider and makes its answer the count. Never fails: without an answer the local count stands.
    pub(crate) async fn owned(self: &Arc<Self>) -> Owned {
        let listed = self.reconcile().await;
        let reconciled = listed.is_ok();
        let listed = listed
            .inspect_err(|error| tracing::warn!(%error, "the provider's list is not to be had"))
            .unwrap_or_default();
        let (in_flight, cap) = (self.slots.active(), self.slots.cap());
        Owned {
            sandboxes: self.named(listed),
            in_flight: in_flight as u64,
            cap: cap as u64,
            remaining: cap.saturating_sub(in_flight) as u64,
            reconciled,
        }
    }

    /// What counts of a list, and what else is known to run.
    fn named(&self, listed: Vec<Sandbox>) -> Vec<Listed> {
        let counts = |sandbox: &Sandbox| sandbox.is_whole() && self.slots.counts(sandbox);
        let counted = listed.into_iter().filter(counts);
        let mut named: Vec<Listed> = counted
            .map(|sandbox| Listed {
                sandbox_id: sandbox.id,
                image: sandbox.image,
                started_at: sandbox.started_at,
            })
            .collect();
        for (id, Described { image, started_at }) in self.slots.described() {
            if !named.iter().any(|known| known.sandbox_id == id) {
                named.push(Listed {
                    sandbox_id: id,
                    image,
                    started_at,
                });
            }
        }
        named
    }

    /// The provider's list of this deployment's sandboxes, after the slots have been held against it.
    pub(crate) async fn reconcile(self: &Arc<Self>) -> Result<Vec<Sandbox>, Error> {
        let asked = self.slots.moment();
        let sandboxes = self.listed(&self.inner_call()?).await?;
        let Reconciled { missing, back } = self.slots.reconcile(&asked, &sandboxes);
        drop(asked);
        for sandbox in back {
            tracing::error!(
                sandbox,
                "a sandbox is listed that was ended a minute ago: it counts again"
            );
        }
        stream::iter(missing)
            .for_each_concurrent(SIDE_BY_SIDE, |id| self.look_for(id))
            .await;
        self.learn_lifetimes(&sandboxes);
        self.adopted.store(true, Ordering::Relaxed);
        Ok(sandboxes)
    }

    /// Looks by its id at what a list lacks, though it was there just now.
    async fn look_for(self: &Arc<Self>, id: String) {
        let calls = self.provider.sandboxes.as_ref();
        if calls.and_then(|calls| calls.one).is_none() {
            return;
        }
        let asked = self.slots.moment();
        match self.look(&id).await {
            Ok(Look::Seen(sandbox)) if self.owns(&sandbox) => self.slots.adopt(&asked, &sandbox),
            Ok(_) => self.slots.gone(&asked, &id),
            Err(error) => tracing::warn!(sandbox = id, %error, "a sandbox that is not listed cannot be looked at"),
        }
    }

    /// Looks at one sandbox, a few times if it was just started: a look may lag, too.
    async fn until_known<Fut>(&self, id: &str, look: impl Fn() -> Fut) -> Result<Option<Sandbox>, Error>
    where
        Fut: Future<Output = Result<Option<Sandbox>, Error>>,
    {
        for pause in UNKNOWN {
            match look().await? {
                None if self.slots.is_unseen(id) => sleep(pause).await,
                found => return Ok(found),
            }
        }
        look().await
    }

    /// Whether the provider can be asked for a list of what a call has made.
    pub(crate) fn lists(&self, kind: Kind) -> bool {
        match kind {
            Kind::Sandbox => self.can_list(),
            Kind::Snapshot => self.provider.snapshots.is_some(),
        }
    }

    /// Which of these the provider lists, of whatever owner. None where it has no list.
    pub(crate) async fn still_listed(
        &self,
        call: &Call<C>,
        kind: Kind,
        mut ids: Vec<String>,
    ) -> Result<Vec<String>, Error> {
        if !self.lists(kind) {
            return Ok(Vec::new());
        }
        let all: Vec<String> = match kind {
            Kind::Sandbox => self.all(call).await?.into_iter().map(|one| one.id).collect(),
            Kind::Snapshot => self.snapshots(call).await?.into_iter().map(|one| one.id).collect(),
        };
        ids.retain(|id| all.contains(id));
        Ok(ids)
    }

    /// Whether a sandbox may be ended that no look shows. It may be somebody else's, made so lately that none does: so it
    /// has to be known to be ours, or listed as ours, unless that does not matter.
    pub(crate) async fn may_be_ended_unseen(&self, call: &Call<C>, id: &str) -> bool {
        if self.config.allow_foreign || self.counts(id) {
            return true;
        }
        let listed = self.listed(call).await;
        listed.is_ok_and(|listed| listed.iter().any(|sandbox| sandbox.id == id))
    }

    /// Before a full cap refuses: sandboxes may have ended by themselves.
    pub(crate) async fn reconcile_when_full(self: &Arc<Self>) {
        let last = self.full_list.0.lock().await;
        self.reconcile_at_most(last, "sandboxes that have ended may still count")
            .await;
    }

    /// Makes what an earlier worker of this deployment has left count, unless that is done.
    pub(crate) async fn adopt(self: &Arc<Self>) {
        let is_done = || self.adopted.load(Ordering::Relaxed);
        if !self.can_list() || is_done() {
            return;
        }
        let last = self.first_list.0.lock().await;
        // Whoever was waited for may have done it.
        if !is_done() {
            self.reconcile_at_most(last, "sandboxes that run already do not count yet")
                .await;
        }
    }

    /// [`Worker::adopt`] until it succeeds or the worker stops. Without a key it cannot.
    pub(crate) async fn adopt_in_background(self: Arc<Self>) {
        let mut pauses = ADOPTION.build();
        let adopted = async {
            while self.has_key().is_ok() && self.can_list() {
                self.adopt().await;
                if self.adopted.load(Ordering::Relaxed) {
                    tracing::info!(sandboxes = self.slots.active(), "the sandboxes that run already count");
                    return;
                }
                sleep(pauses.next().unwrap_or_default()).await;
            }
        };
        tokio::select! {
            () = adopted => {}
            () = self.shutdown.reached(Stage::Draining) => {}
        }
    }

    async fn reconcile_at_most(self: &Arc<Self>, mut last: MutexGuard<'_, Option<Instant>>, otherwise: &str) {
        if last.is_some_and(|last| last.elapsed() < AGAIN_AFTER) {
            return;
        }
        if let Err(error) = self.reconcile().await {
            tracing::warn!(%error, "no list from the provider: {otherwise}");
        }
        *last = Some(Instant::now());
    }

    pub(crate) async fn snapshots(&self, call: &Call<C>) -> Result<Vec<Snapshot>, Error> {
        let Some(snapshots) = self.provider.snapshots.as_ref() else {
            return Err(Error::new(Code::S502, "the provider has no list of snapshots"));
        };
        (snapshots.made)(call.clone()).await
    }

    /// This deployment's sandboxes, each once.
    pub(crate) async fn listed(&self, call: &Call<C>) -> Result<Vec<Sandbox>, Error> {
        let sandboxes = self.ours(self.all(call).await?);
        self.unreadable.tell(&sandboxes);
        Ok(sandboxes)
    }

    /// Those of a list that are this deployment's, each once.
    pub(crate) fn ours(&self, mut listed: Vec<Sandbox>) -> Vec<Sandbox> {
        listed.retain(|sandbox| self.owns(sandbox));
        once_each(listed)
    }

    async fn all(&self, call: &Call<C>) -> Result<Vec<Sandbox>, Error> {
        let Some(owned) = self.provider.sandboxes.as_ref().and_then(|calls| calls.owned) else {
            return Err(Error::new(Code::S502, "the provider has no list of sandboxes"));
        };
        owned(call.clone()).await
    }

    /// By its tag; where it shows none, only what is known already is certain to be ours.
    fn owns(&self, sandbox: &Sandbox) -> bool {
        let is_tagged = self.provider.sandboxes.as_ref().is_some_and(|calls| calls.tagged);
        match &sandbox.owner {
            Some(owner) if is_tagged => *owner == self.config.owner,
            _ => self.slots.facts(&sandbox.id).is_some(),
        }
    }

    /// The sandbox that a call acts on, which must be ours. One of which not all is known that is needed is looked at once,
    /// and remembered; so is one that is to be ended and was not seen of late: it may be somebody else's by now.
    ///
    /// `None` is one that is gone; S502 one that is somebody else's, unless those are allowed.
    pub(crate) async fn acted_on(
        self: &Arc<Self>,
        id: &str,
        needed: &[&str],
        ends: bool,
    ) -> Result<Option<ActedOn>, Error> {
        let known = self.slots.facts(id);
        let as_asked = |facts: Facts| ActedOn {
            id: id.to_owned(),
            facts,
        };
        if self.provider.sandboxes.is_none() {
            return Ok(Some(as_asked(known.unwrap_or_default())));
        }
        let is_complete = |facts: &Facts| needed.iter().all(|name| facts.contains_key(name));
        let is_certain = !ends || self.slots.is_seen_within(CERTAIN, id);
        if is_certain && known.as_ref().is_some_and(is_complete) {
            return Ok(known.map(as_asked));
        }
        let asked = self.slots.moment();
        match self.look(id).await? {
            Look::Gone => Ok(None),
            Look::Unseen => known.map(as_asked).map(Some).ok_or_else(no_such_sandbox),
            Look::Seen(sandbox) => self.seen(&asked, *sandbox, known).map(Some),
        }
    }

    /// Takes in what a look shows of a sandbox that a call acts on.
    fn seen(self: &Arc<Self>, asked: &Moment, mut sandbox: Sandbox, known: Option<Facts>) -> Result<ActedOn, Error> {
        if self.owns(&sandbox) {
            // What a call has asked for is truer than what the provider makes of it.
            sandbox.facts.extend(known.unwrap_or_default());
            self.slots.adopt(asked, &sandbox);
            self.learn_lifetimes(std::slice::from_ref(&sandbox));
        } else {
            self.slots.gone(asked, &sandbox.id);
            self.lifetimes.forget(&sandbox.id);
            if !self.config.allow_foreign {
                return Err(no_such_sandbox());
            }
            self.forget_lifetimes();
            self.learn_lifetime(&sandbox, false);
        }
        Ok(ActedOn {
            id: sandbox.id,
            facts: sandbox.facts,
        })
    }

    /// Looks for what a call has just made.
    pub(crate) async fn look_of(self: &Arc<Self>, call: &Call<C>, id: &str) -> Result<Look, Error> {
        for pause in UNKNOWN {
            match self.look(id).await? {
                Look::Gone | Look::Unseen if call.in_doubt().has_made_within(UNSEEN) => sleep(pause).await,
                found => return Ok(found),
            }
        }
        self.look(id).await
    }

    /// What sandboxes of ours say of how long they live. One that has no end is given one.
    fn learn_lifetimes(self: &Arc<Self>, sandboxes: &[Sandbox]) {
        self.forget_lifetimes();
        for sandbox in sandboxes.iter().filter(|sandbox| self.counts(&sandbox.id)) {
            self.learn_lifetime(sandbox, true);
            self.keep(&sandbox.id);
        }
    }

    fn forget_lifetimes(&self) {
        self.lifetimes.retain(|id| self.counts(id));
    }

    fn learn_lifetime(&self, sandbox: &Sandbox, ours: bool) {
        if !self.sets_lifetimes() {
            return;
        }
        let default = Duration::from_secs(self.config.default_idle_timeout_secs);
        self.lifetimes.learn(&sandbox.id, &sandbox.lifetime, default, ours);
    }

    /// Looks for one sandbox, by itself or in the list, whichever the provider has.
    async fn look(self: &Arc<Self>, id: &str) -> Result<Look, Error> {
        let calls = self.provider.sandboxes.as_ref();
        if let Some(one) = calls.and_then(|calls| calls.one) {
            let call = self.inner_call()?;
            let found = self.until_known(id, || one(call.clone(), id.to_owned())).await?;
            return match found {
                Some(sandbox) if sandbox.id.is_empty() => Err(Error::unreadable("it gives no usable `id`")),
                Some(sandbox) if !is_spelling(&sandbox.id, id) => Err(another()),
                found => Ok(found.map_or(Look::Gone, Look::seen)),
            };
        }
        if !self.can_list() {
            return Ok(Look::Unseen);
        }
        let sandboxes = self.all(&self.inner_call()?).await?;
        let found = sandboxes.into_iter().filter(|sandbox| sandbox.id == id);
        let found = found.max_by_key(|sandbox| self.owns(sandbox));
        Ok(found.map_or(Look::Unseen, Look::seen))
    }
}

/// The sandbox that a call acts on.
pub(crate) struct ActedOn {
    /// As the provider spells it, where it was looked at.
    pub id: String,
    pub facts: Facts,
}

/// What a look at a sandbox shows.
pub(crate) enum Look {
    Seen(Box<Sandbox>),
    Gone,
    /// It may be there all the same: a list can be of this owner only, or there is none.
    Unseen,
}

impl Look {
    fn seen(sandbox: Sandbox) -> Self {
        Self::Seen(Box::new(sandbox))
    }
}

/// Whether two ids are one in other words: some providers take their ids in any case.
pub(crate) fn is_spelling(id: &str, asked: &str) -> bool {
    id.eq_ignore_ascii_case(asked)
}

fn another() -> Error {
    Error::unreadable("it is of another sandbox than was asked for")
}

pub(crate) fn no_such_sandbox() -> Error {
    Error::new(Code::S502, "no such sandbox")
}
