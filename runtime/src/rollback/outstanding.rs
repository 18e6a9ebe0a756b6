//! What a failed call has to roll back: what it has made, and what it may have made, which is looked for.

use std::{collections::BTreeSet, panic::AssertUnwindSafe, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{FutureExt, StreamExt, stream};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::{Tried, Undo};
use crate::{
    call::{Call, SIDE_BY_SIDE},
    error::Error,
    provider::Api,
    resource::Kind,
    shutdown::Stage,
    slots::{LAG, Reservation},
};

/// A start whose answer was lost may be slower than the first look for it.
const LOOK_AGAIN_AFTER: [Duration; 1] = [Duration::from_secs(5)];

/// Pauses between looks for a start that this worker has stopped waiting for, which may be slower still.
const LOOK_LONGER: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];

/// What is no sandbox has no timeout of its own. It is worth so much trying.
const PERSIST: Duration = Duration::from_secs(3600);

/// What a call still has to take back of one kind. Steps that are undone by a request stand with the snapshots: they, too,
/// are no sandboxes.
pub(super) struct Outstanding<C: Api> {
    call: Call<C>,
    kind: Kind,
    undos: Vec<Undo<C>>,
    /// It was not clear from the call what it had made.
    in_doubt: bool,
    /// What carries the call's tag is still to be looked for.
    look: bool,
    /// Ids that the provider says are gone though they were just made, and that its list lacks: it may lag.
    unconfirmed: BTreeSet<String>,
    /// Whether that is to be doubted however long ago they were made.
    lags: bool,
    /// How many the call was to make; fewer that are found may be joined by others.
    count: usize,
    found: usize,
    /// Whether sandboxes that are found have no slot yet.
    counts_apart: bool,
    /// How long what is left is worth trying.
    lifetime: Duration,
    until: Instant,
}

impl<C: Api> Outstanding<C> {
    /// The sandboxes of `reservation` live so long by themselves.
    pub fn of(call: &Call<C>, reservation: &Option<Reservation>, lifetime: Duration) -> [Self; Kind::ALL.len()] {
        let (sandboxes, others) = call
            .take_undos()
            .into_iter()
            .partition(|undo: &Undo<C>| undo.id_of(Kind::Sandbox).is_some());
        let count = reservation.as_ref().map_or(0, Reservation::count);
        let snapshots = call.in_doubt().of(Kind::Snapshot);
        let made = snapshots.asked().max(usize::from(snapshots.is_open()));
        [
            Self::new(call, Kind::Sandbox, sandboxes, count, lifetime),
            Self::new(call, Kind::Snapshot, others, made, PERSIST),
        ]
    }

    fn new(call: &Call<C>, kind: Kind, undos: Vec<Undo<C>>, count: usize, lifetime: Duration) -> Self {
        let in_doubt = call.in_doubt().of(kind).is_open();
        Self {
            call: call.clone(),
            kind,
            in_doubt,
            look: in_doubt,
            unconfirmed: BTreeSet::new(),
            lags: false,
            count,
            found: undos.iter().filter_map(|undo| undo.id_of(kind)).count(),
            undos,
            counts_apart: false,
            lifetime,
            until: Instant::now() + lifetime,
        }
    }

    /// A sandbox that is to be looked for later.
    pub fn to_look_for(call: &Call<C>, id: String, lifetime: Duration) -> Self {
        let mut outstanding = Self::new(call, Kind::Sandbox, Vec::new(), 0, lifetime);
        outstanding.unconfirmed.insert(id);
        outstanding.lags = true;
        outstanding
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// [`Outstanding::roll_back`], after whose panic the log says what is left.
    pub async fn roll_back_or_report(&mut self, reservation: Option<Reservation>, first: mpsc::Sender<()>) {
        let settled = AssertUnwindSafe(self.roll_back(reservation, first)).catch_unwind();
        if settled.await.is_err() {
            self.report("the worker failed while it was undone");
        }
        if self.kind == Kind::Sandbox {
            self.call.ends_turn();
        }
    }

    /// Drops `first` after the first try.
    async fn roll_back(&mut self, reservation: Option<Reservation>, first: mpsc::Sender<()>) {
        self.try_all().await;
        if !self.in_doubt && self.call.in_doubt().of(self.kind).asked() > 0 {
            self.make_sure().await;
        }
        self.warn_of_what_cannot_be_found();
        // Without outstanding the slots are free before the caller knows that he may try again.
        let held = reservation.filter(|_| !self.is_done());
        drop(first);
        self.try_until_done(held).await;
        if self.kind == Kind::Sandbox {
            self.call.ends_turn();
        }
        self.look_later().await;
    }

    /// A request that was refused, or answered with an id, may have made something else all the same. One look that
    /// fails is no reason to doubt it.
    async fn make_sure(&mut self) {
        if let Some(ids) = self.found().await.ok().filter(|ids| !ids.is_empty()) {
            self.add(ids);
            self.undo().await;
        }
    }

    /// Later looks, for what was made late or is seen late.
    pub async fn look_later(&mut self) {
        self.counts_apart = true;
        let pauses = match self.call.in_doubt().of(self.kind).has_given_up() || !self.unconfirmed.is_empty() {
            true => LOOK_LONGER.as_slice(),
            false => LOOK_AGAIN_AFTER.as_slice(),
        };
        for pause in pauses {
            if !self.may_come_late() {
                return;
            }
            let is_last = self.wait_for_a_look(*pause).await;
            // What others copy meanwhile is told from what is late by having been answered: one that is under way is waited for.
            // At the end of the worker nothing is under way that is to stay.
            let _turn = match is_last || self.kind != Kind::Sandbox {
                true => None,
                false => self.call.turn_again().await,
            };
            self.look = true;
            self.until = Instant::now() + self.lifetime;
            self.try_with_permit().await;
            self.try_until_done(None).await;
            if is_last {
                return self.warn_of_what_may_come();
            }
        }
        self.in_doubt = false;
        self.unconfirmed.clear();
    }

    fn may_come_late(&self) -> bool {
        (self.in_doubt && self.found < self.count) || !self.unconfirmed.is_empty()
    }

    /// Whether the worker ends before the time for the look has come.
    async fn wait_for_a_look(&self, pause: Duration) -> bool {
        tokio::select! {
            () = sleep(pause) => false,
            () = self.call.worker().shutdown.reached(Stage::LastLook) => true,
        }
    }

    fn is_done(&self) -> bool {
        self.undos.is_empty() && !self.look
    }

    /// Tries once all that is left.
    async fn try_all(&mut self) {
        self.undo().await;
        if self.look && self.find().await {
            self.undo().await;
        }
    }

    /// [`Outstanding::try_all`] when nobody waits for it. Sandboxes are few, as the cap is; snapshots may be many.
    async fn try_with_permit(&mut self) {
        let worker = self.call.worker().clone();
        let _permit = match self.kind {
            Kind::Sandbox => None,
            Kind::Snapshot => worker.errands.acquire().await.ok(),
        };
        self.try_all().await;
    }

    /// Tries again until nothing is left. What is left when it should have ended by itself is reported, and its slots
    /// are given back: it counts by its id then, if that is known. But it may have no timeout yet, like a copy that
    /// failed before it was given one, so trying goes on as long as it counts.
    async fn try_until_done(&mut self, mut held: Option<Reservation>) {
        let mut pauses = persistence().build();
        let mut is_overdue = false;
        while !self.is_done() {
            let pause = pauses.next().unwrap_or_default();
            let left = self.until.saturating_duration_since(Instant::now());
            match is_overdue {
                true => self.pause(pause).await,
                false => self.pause(pause.min(left)).await,
            }
            self.admitted().await;
            self.try_with_permit().await;
            if left.is_zero() && !is_overdue && !self.is_done() {
                is_overdue = true;
                self.report(match self.kind {
                    Kind::Sandbox => "it was tried until its own timeout",
                    Kind::Snapshot => "it was tried for an hour",
                });
                self.give_up_looking();
                drop(held.take());
                if self.kind == Kind::Sandbox {
                    // What is left counts by its id now, so that nobody takes it for his own.
                    self.call.ends_turn();
                }
                // From now on each try costs somebody money.
                pauses = persistence().build();
            }
            if is_overdue {
                self.forget_what_is_over();
            }
        }
    }

    fn give_up_looking(&mut self) {
        self.in_doubt &= !self.look;
        self.look = false;
    }

    /// A sandbox that is overdue is worth going on for as long as a list shows it.
    fn forget_what_is_over(&mut self) {
        let slots = &self.call.worker().slots;
        let counts = |id: &String| slots.facts(id).is_some();
        self.undos.retain(|undo| undo.id_of(Kind::Sandbox).is_some_and(counts));
    }

    /// Waits until what fails may be removed, together with all other calls. A worker that is told to stop tries at once.
    async fn admitted(&self) {
        let worker = self.call.worker();
        if self.undos.is_empty() {
            return;
        }
        tokio::select! {
            () = worker.removals.admit() => {}
            () = worker.shutdown.reached(Stage::Draining) => {}
        }
    }

    /// A worker that is told to stop has no time for long pauses.
    async fn pause(&self, pause: Duration) {
        sleep(pause.min(SHORTEST)).await;
        tokio::select! {
            () = sleep(pause.saturating_sub(SHORTEST)) => {}
            () = self.call.worker().shutdown.reached(Stage::Draining) => {}
        }
    }

    async fn undo(&mut self) {
        let call = &self.call;
        let tries: Vec<_> = self.undos.iter().map(|undo| undo.try_once(call)).collect();
        // Of steps the latest is undone first, as those before may be needed for it.
        let width = match self.undos.iter().all(|undo| undo.made_id().is_some()) {
            true => SIDE_BY_SIDE,
            false => 1,
        };
        let tried: Vec<Tried> = stream::iter(tries).buffered(width).collect().await;
        let gone = self
            .undos
            .iter()
            .zip(&tried)
            .filter(|(_, tried)| **tried == Tried::Gone);
        let gone = gone.filter_map(|(undo, _)| undo.id_of(self.kind).cloned()).collect();
        let left = self.left_of(gone).await;
        let mut tried = tried.into_iter();
        let worker = self.call.worker();
        self.undos.retain(|undo| {
            let id = undo.id_of(self.kind);
            let is_left = tried.next() == Some(Tried::Failed) || id.is_some_and(|id| left.contains(id));
            if let (false, Some(id)) = (is_left, undo.id_of(Kind::Sandbox)) {
                worker.ended(id);
            }
            is_left
        });
    }

    /// Which of these ids are still listed, though the provider says that they are gone: what was just made may be known to
    /// its list only. Ids that the list lacks, too, are looked for once more later.
    async fn left_of(&mut self, gone: Vec<String>) -> Vec<String> {
        let worker = self.call.worker();
        let is_in_doubt = self.lags || self.call.in_doubt().has_made_within(LAG);
        if gone.is_empty() || !worker.lists(self.kind) || !is_in_doubt {
            return Vec::new();
        }
        match worker.still_listed(&self.call, self.kind, gone.clone()).await {
            Ok(listed) => {
                let lacking = gone.into_iter().filter(|id| !listed.contains(id));
                self.unconfirmed.extend(lacking);
                self.lags |= !listed.is_empty();
                listed
            }
            Err(error) => {
                let kind = self.kind.name();
                tracing::warn!(%error, "whether a {kind} is gone cannot be looked up yet");
                gone
            }
        }
    }

    /// What carries the call's tag, and has not just been ended: a list may show that still.
    async fn found(&self) -> Result<Vec<String>, Error> {
        let worker = self.call.worker();
        let mut ids = worker.find_attempt(&self.call, self.kind, &self.unconfirmed).await?;
        ids.retain(|id| self.unconfirmed.contains(id) || !worker.slots.has_ended(id));
        Ok(ids)
    }

    /// Whether something is found that carries the call's tag.
    async fn find(&mut self) -> bool {
        match self.found().await {
            Ok(ids) => {
                self.look = false;
                self.add(ids);
            }
            Err(_) if !self.call.worker().can_find(self.kind) => {}
            Err(error) => {
                let (kind, attempt) = (self.kind.name(), self.call.shown_attempt());
                tracing::warn!(attempt, %error, "a {kind} that a call may have made cannot be looked for yet");
            }
        }
        !self.undos.is_empty()
    }

    /// These are to be ended, too.
    fn add(&mut self, mut ids: Vec<String>) {
        self.unconfirmed.retain(|id| !ids.contains(id));
        ids.retain(|id| !self.undos.iter().any(|undo| undo.id_of(self.kind) == Some(id)));
        if self.counts_apart && self.kind == Kind::Sandbox {
            ids.iter().for_each(|id| self.call.worker().slots.lingers(id));
        }
        self.found += ids.len();
        self.undos.extend(ids.into_iter().map(|id| Undo::made(self.kind, id)));
    }

    /// Reports what is left when the worker ends.
    pub fn abandon(&self) {
        self.report("the worker is stopping");
        if !self.look {
            self.warn_of_what_may_come();
        }
    }

    fn report(&self, why: &str) {
        for undo in &self.undos {
            undo.report(&self.call, why);
        }
        if self.look {
            let (kind, attempt) = (self.kind.name(), self.call.shown_attempt());
            tracing::error!(attempt, why, "a call may have made a {kind} that cannot be looked for");
        }
    }

    /// A sandbox that nothing tells from others takes its slot for as long as it may run.
    fn warn_of_what_cannot_be_found(&self) {
        if self.kind == Kind::Sandbox && self.look && !self.call.worker().can_find(self.kind) {
            let (attempt, secs) = (self.call.shown_attempt(), self.lifetime.as_secs());
            tracing::warn!(
                attempt,
                secs,
                "a call may have made a sandbox that cannot be looked for: its slot stays taken until it has ended by itself"
            );
        }
    }

    /// Not all looks were taken.
    fn warn_of_what_may_come(&self) {
        if self.may_come_late() {
            let (kind, attempt) = (self.kind.name(), self.call.shown_attempt());
            tracing::error!(
                attempt,
                "a call may still make a {kind}: the worker ends before it can tell"
            );
        }
    }
}

/// The pause before the second try.
pub(super) const SHORTEST: Duration = Duration::from_millis(200);

fn persistence() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(SHORTEST)
        .with_max_delay(Duration::from_secs(30))
        .without_max_times()
        .with_jitter()
}
