//! The sandboxes of this deployment, held against what the provider says.

use std::{collections::HashSet, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};

use crate::{
    adapter,
    call::{Call, SIDE_BY_SIDE},
    error::{Code, Error},
    look::{Look, no_such_sandbox},
    provider::Api,
    resource::{Kind, Sandbox, Snapshot},
    rows::once_each,
    shutdown::Stage,
    slots::{Described, Reconciled},
    worker::Worker,
};

/// A full cap asks the provider at most so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often a list is asked for whose sandboxes are not those that are meant any more when it comes.
const LISTS: usize = 3;

/// Pauses between tries to have a first list.
const RECOVERY: ExponentialBuilder = ExponentialBuilder::new()
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
pub(crate) struct LastAsked(Mutex<Option<Asked>>);

/// When that was, which sandboxes were meant, and what came of it.
#[derive(Debug)]
struct Asked {
    at: Instant,
    begun: u64,
    result: Result<(), Error>,
}

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
            .inspect_err(|error| {
                if self.can_look() {
                    tracing::warn!(%error, "the provider's list is not to be had");
                }
            })
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
        let known: HashSet<&str> = named.iter().map(|known| known.sandbox_id.as_str()).collect();
        let mut described = self.slots.described();
        described.retain(|(id, _)| !known.contains(id.as_str()));
        let others = described.into_iter();
        named.extend(others.map(|(sandbox_id, Described { image, started_at })| Listed {
            sandbox_id,
            image,
            started_at,
        }));
        named
    }

    /// The provider's list of this deployment's sandboxes, after the slots have been held against it.
    pub(crate) async fn reconcile(self: &Arc<Self>) -> Result<Vec<Sandbox>, Error> {
        if !self.can_list() && !self.is_tagged() {
            return self.look_at_all().await;
        }
        for _ in 0..LISTS {
            // Before the call, which may be by a newer configuration then, but by none that is older.
            let asked = self.slots.moment();
            let sandboxes = self.listed(&self.inner_call()?).await?;
            let reconciled = self.slots.reconcile(&asked, &sandboxes);
            if self.slots.is_of_use(&asked) {
                drop(asked);
                self.follow_up(reconciled, &sandboxes).await;
                return Ok(sandboxes);
            }
        }
        Err(Error::new(
            Code::S502,
            "the configuration changes faster than the provider lists",
        ))
    }

    /// What is to be done when a list has been taken in.
    async fn follow_up(self: &Arc<Self>, Reconciled { missing, back }: Reconciled, sandboxes: &[Sandbox]) {
        for sandbox in back {
            tracing::error!(
                sandbox,
                "a sandbox is listed that was ended a minute ago: it counts again"
            );
        }
        stream::iter(missing)
            .for_each_concurrent(SIDE_BY_SIDE, |id| self.look_for(id))
            .await;
        self.learn_lifetimes(sandboxes);
        adapter::learn(self, sandboxes);
    }

    /// Looks at each that is known, where there is no list and none that is not known is told to be ours.
    async fn look_at_all(self: &Arc<Self>) -> Result<Vec<Sandbox>, Error> {
        if !self.can_look() {
            return Err(Error::new(Code::S502, "the provider shows no sandbox"));
        }
        let looks = self.slots.ids().into_iter().map(|id| async move {
            let asked = self.slots.moment();
            match self.look(&id).await? {
                Look::Seen(sandbox) => {
                    self.slots.observe(&asked, &sandbox);
                    Ok(Some(*sandbox))
                }
                Look::Gone => {
                    self.slots.gone(&asked, &id);
                    Ok(None)
                }
                Look::Unseen => Err(no_such_sandbox()),
            }
        });
        let seen: Vec<Option<Sandbox>> = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
        let sandboxes: Vec<Sandbox> = seen.into_iter().flatten().collect();
        self.learn_lifetimes(&sandboxes);
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
            Ok(Look::Seen(sandbox)) if self.owns(&sandbox) => self.slots.observe(&asked, &sandbox),
            Ok(_) => self.slots.gone(&asked, &id),
            Err(error) => tracing::warn!(sandbox = id, %error, "a sandbox that is not listed cannot be looked at"),
        }
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
        let all: HashSet<String> = match kind {
            Kind::Sandbox => self.all(call).await?.into_iter().map(|one| one.id).collect(),
            Kind::Snapshot => self.snapshots(call).await?.into_iter().map(|one| one.id).collect(),
        };
        ids.retain(|id| all.contains(id));
        Ok(ids)
    }

    /// Before a full cap refuses: sandboxes may have ended by themselves.
    pub(crate) async fn reconcile_when_full(self: &Arc<Self>) {
        if !self.can_look() {
            return;
        }
        // The log says why there is no list.
        let _ = self.reconcile_lately().await;
    }

    /// Holds what is known against a list of the last second.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn reconcile_lately(self: &Arc<Self>) -> Result<(), Error> {
        let last = self.full_list.0.lock().await;
        self.reconcile_at_most(last, "sandboxes that have ended may still count")
            .await
    }

    /// Whether a list shows what an earlier worker of this deployment has left.
    fn can_recover(&self) -> bool {
        self.can_list() && self.is_tagged()
    }

    /// Makes what an earlier worker of this deployment has left count, unless that is done.
    pub(crate) async fn recover(self: &Arc<Self>) {
        if !self.can_recover() || self.slots.has_list() {
            return;
        }
        let last = self.first_list.0.lock().await;
        // Whoever was waited for may have done it.
        if !self.slots.has_list() {
            // The log says why there is no list.
            let _ = self
                .reconcile_at_most(last, "sandboxes that run already do not count yet")
                .await;
        }
    }

    /// Whether it is known what an earlier worker of this deployment has left, for which is waited so long at most.
    pub(crate) async fn knows_what_runs(self: &Arc<Self>, within: Duration) -> bool {
        let is_done = || !self.can_recover() || self.slots.has_list();
        if is_done() {
            return true;
        }
        let worker = self.clone();
        // It goes on for the next who asks.
        let recovering = self.background.spawn(async move {
            tokio::select! {
                () = worker.recover() => {}
                () = worker.shutdown.reached(Stage::Draining) => {}
            }
        });
        let _ = timeout(within, recovering).await;
        is_done()
    }

    /// [`Worker::recover`] until it succeeds, and again for another configuration that needs it, as long as the worker does
    /// not stop. Without a key it cannot.
    pub(crate) async fn recover_in_background(self: Arc<Self>) {
        let mut configured = self.configured();
        let recovering = async {
            loop {
                self.recover_at_last().await;
                if configured.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = recovering => {}
            () = self.shutdown.reached(Stage::Draining) => {}
        }
    }

    async fn recover_at_last(self: &Arc<Self>) {
        let mut pauses = RECOVERY.build();
        while !self.slots.has_list() && self.can_call().is_ok() && self.can_recover() {
            self.recover().await;
            if self.slots.has_list() {
                tracing::info!(sandboxes = self.slots.active(), "the sandboxes that run already count");
                return;
            }
            sleep(pauses.next().unwrap_or_default()).await;
        }
    }

    async fn reconcile_at_most(
        self: &Arc<Self>,
        mut last: MutexGuard<'_, Option<Asked>>,
        otherwise: &str,
    ) -> Result<(), Error> {
        let begun = self.slots.begun();
        let is_of_use = |asked: &&Asked| asked.at.elapsed() < AGAIN_AFTER && asked.begun == begun;
        if let Some(asked) = last.as_ref().filter(is_of_use) {
            return asked.result.clone();
        }
        let result = self.reconcile().await.map(drop);
        if let Err(error) = &result {
            tracing::warn!(%error, "no list from the provider: {otherwise}");
        }
        *last = Some(Asked {
            at: Instant::now(),
            begun,
            result: result.clone(),
        });
        result
    }

    pub(crate) async fn snapshots(&self, call: &Call<C>) -> Result<Vec<Snapshot>, Error> {
        let Some(snapshots) = self.provider.snapshots.as_ref() else {
            return Err(Error::new(Code::S502, "the provider has no list of snapshots"));
        };
        (snapshots.made)(call.clone()).await
    }

    /// The sandboxes of the deployment that a call is of, each once.
    pub(crate) async fn listed(&self, call: &Call<C>) -> Result<Vec<Sandbox>, Error> {
        let sandboxes = self.ours(call, self.all(call).await?);
        self.unreadable.tell(&sandboxes);
        Ok(sandboxes)
    }

    /// Sandboxes of a list that a call has asked for and that are of its deployment, each once.
    pub(crate) fn ours(&self, call: &Call<C>, mut listed: Vec<Sandbox>) -> Vec<Sandbox> {
        listed.retain(|sandbox| self.is_of(&call.config().owner, sandbox));
        once_each(listed)
    }

    pub(crate) async fn all(&self, call: &Call<C>) -> Result<Vec<Sandbox>, Error> {
        let Some(owned) = self.provider.sandboxes.as_ref().and_then(|calls| calls.owned) else {
            return Err(Error::new(Code::S502, "the provider has no list of sandboxes"));
        };
        owned(call.clone()).await
    }

    /// Whether a sandbox is this deployment's.
    pub(crate) fn owns(&self, sandbox: &Sandbox) -> bool {
        self.is_of(&self.config().owner, sandbox)
    }

    /// By its tag; where it shows none, only what is known already is certain to be ours.
    fn is_of(&self, owner: &str, sandbox: &Sandbox) -> bool {
        match &sandbox.owner {
            Some(tag) if self.is_tagged() => tag == owner,
            _ => self.slots.facts(&sandbox.id).is_some(),
        }
    }

    /// Whether calls may act on a sandbox that a look shows.
    pub(crate) fn may_act_on(&self, sandbox: &Sandbox) -> bool {
        self.owns(sandbox) || self.config().allow_foreign || !self.is_tagged()
    }

    /// Whether sandboxes say whose they are. Where they do not, those count that this process has started.
    pub(crate) fn is_tagged(&self) -> bool {
        self.provider.sandboxes.as_ref().is_some_and(|calls| calls.tagged)
    }

    /// What sandboxes of ours say of how long they live. One that has no end is given one.
    pub(crate) fn learn_lifetimes(self: &Arc<Self>, sandboxes: &[Sandbox]) {
        self.forget_lifetimes();
        for sandbox in sandboxes.iter().filter(|sandbox| self.counts(&sandbox.id)) {
            self.learn_lifetime(sandbox, true);
            self.keep(&sandbox.id);
        }
    }

    pub(crate) fn forget_lifetimes(&self) {
        self.lifetimes.retain(|id| self.counts(id));
    }

    pub(crate) fn learn_lifetime(&self, sandbox: &Sandbox, ours: bool) {
        if !self.sets_lifetimes() {
            return;
        }
        let default = Duration::from_secs(self.config().default_idle_timeout_secs);
        self.lifetimes.learn(&sandbox.id, &sandbox.lifetime, default, ours);
    }
}
