//! What a failed call owes: to end and remove what it has done, and to look for what it may have done.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{StreamExt, stream};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

use super::Undo;
use crate::{
    call::{Call, SIDE_BY_SIDE},
    doubt::Kind,
    provider::Api,
    slots::Reservation,
    stage::Stage,
};

/// A start whose answer was lost may be slower than the first look for it.
const LOOK_AGAIN_AFTER: [Duration; 1] = [Duration::from_secs(5)];

/// So all the more one that this worker has stopped waiting for.
const LOOK_LONGER: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];

/// What is no sandbox has no timeout of its own. It is worth so much trying.
const PERSIST: Duration = Duration::from_secs(3600);

/// What a call still has to take back.
pub(super) struct Debts<C: Api> {
    call: Call<C>,
    undos: Vec<Undo<C>>,
    searches: [Search; Kind::ALL.len()],
    /// Whether sandboxes that are found have no slot yet.
    counts_apart: bool,
    lifetime: Duration,
    began: Instant,
    until: Instant,
}

/// What the call may have made of one kind, and carries its tag.
struct Search {
    kind: Kind,
    /// It was not clear from the call what it had made.
    doubtful: bool,
    /// It is still to be looked for.
    open: bool,
    /// How many the call was to make; fewer that are found may be joined by others.
    count: usize,
    found: usize,
}

impl Search {
    fn of<C: Api>(kind: Kind, call: &Call<C>, undos: &[Undo<C>], reservation: &Option<Reservation>) -> Self {
        let doubt = call.doubts().of(kind);
        Self {
            kind,
            doubtful: doubt.is_open(),
            open: doubt.is_open(),
            count: match kind {
                Kind::Sandbox => reservation.as_ref().map_or(0, Reservation::count),
                Kind::Snapshot => doubt.asked(),
            },
            found: undos.iter().filter_map(|undo| undo.id_of(kind)).count(),
        }
    }

    fn may_come_late(&self) -> bool {
        self.doubtful && self.found < self.count
    }
}

impl<C: Api> Debts<C> {
    pub fn of(call: Call<C>, reservation: &Option<Reservation>, lifetime: Duration) -> Self {
        let undos = call.take_undos();
        let now = Instant::now();
        Self {
            searches: Kind::ALL.map(|kind| Search::of(kind, &call, &undos, reservation)),
            counts_apart: false,
            undos,
            lifetime,
            began: now,
            until: now + lifetime,
            call,
        }
    }

    pub async fn settle(&mut self, reservation: Option<Reservation>, first: oneshot::Sender<()>) {
        self.pay().await;
        self.make_sure().await;
        // Without debts the slots are free before the caller knows that he may try again.
        let held = reservation.filter(|_| self.may_run());
        let _ = first.send(());
        self.pay_off(held).await;
        self.come_back().await;
    }

    /// A request that was refused, or answered with an id, may have made something else all the same. One look that
    /// fails is no reason to doubt it.
    async fn make_sure(&mut self) {
        let asked = |kind: Kind| self.call.doubts().of(kind).asked() > 0;
        let clear: Vec<Kind> = self
            .searches
            .iter()
            .filter(|search| !search.doubtful)
            .map(|search| search.kind)
            .collect();
        for kind in clear.into_iter().filter(|kind| asked(*kind)).collect::<Vec<_>>() {
            let found = self.call.worker().find_attempt(&self.call, kind).await;
            if let Some(ids) = found.ok().filter(|ids| !ids.is_empty()) {
                self.owe(kind, ids);
                self.undo().await;
            }
        }
    }

    /// Later looks, for what was made late.
    async fn come_back(&mut self) {
        self.counts_apart = true;
        let has_given_up = Kind::ALL.iter().any(|kind| self.call.doubts().of(*kind).has_given_up());
        let pauses = match has_given_up {
            true => LOOK_LONGER.as_slice(),
            false => LOOK_AGAIN_AFTER.as_slice(),
        };
        for pause in pauses {
            if !self.searches.iter().any(Search::may_come_late) {
                return;
            }
            let is_last = self.wait_for_a_look(*pause).await;
            for search in self.searches.iter_mut().filter(|search| search.may_come_late()) {
                search.open = true;
            }
            self.until = Instant::now() + self.lifetime;
            self.pay().await;
            self.pay_off(None).await;
            if is_last {
                return self.warn_of_what_may_come();
            }
        }
    }

    /// The worker ends before all looks are taken.
    fn warn_of_what_may_come(&self) {
        let attempt = self.call.attempt_id();
        for search in self.searches.iter().filter(|search| search.may_come_late()) {
            tracing::error!(
                attempt,
                "a call may still make a {}: the worker ends before it can tell",
                search.kind.name()
            );
        }
    }

    /// Whether the worker ends before the time for the look has come.
    async fn wait_for_a_look(&self, pause: Duration) -> bool {
        tokio::select! {
            () = sleep(pause) => false,
            () = self.call.worker().stage.reached(Stage::LastLook) => true,
        }
    }

    /// Whether a sandbox may still run that the call has started.
    fn may_run(&self) -> bool {
        let sought = |search: &Search| search.open && search.kind == Kind::Sandbox;
        let known = |undo: &Undo<C>| undo.id_of(Kind::Sandbox).is_some();
        self.searches.iter().any(sought) || self.undos.iter().any(known)
    }

    fn are_paid(&self) -> bool {
        self.undos.is_empty() && !self.searches.iter().any(|search| search.open)
    }

    /// Tries once all that is left.
    async fn pay(&mut self) {
        self.undo().await;
        self.find().await;
        self.undo().await;
    }

    /// Tries again until nothing is left. What is left when it should have ended by itself is reported, and its slots
    /// are given back: it counts by its id then, if that is known. But it may have no timeout yet, like a copy that
    /// failed before it was given one, so trying goes on as long as it counts.
    async fn pay_off(&mut self, mut held: Option<Reservation>) {
        let mut pauses = persistence().build();
        let mut is_overdue = false;
        while !self.are_paid() {
            let pause = pauses.next().unwrap_or_default();
            let left = self.until.saturating_duration_since(Instant::now());
            match is_overdue {
                true => self.pause(pause).await,
                false => self.pause(pause.min(left)).await,
            }
            self.pay().await;
            if is_overdue {
                self.forget_what_is_over();
            } else if left.is_zero() && !self.are_paid() {
                is_overdue = true;
                self.report("it was tried until its own timeout");
                self.forget_what_is_over();
                drop(held.take());
            }
        }
    }

    /// What is overdue is worth going on for as long as a list shows it, or for a limited time if it is no sandbox.
    fn forget_what_is_over(&mut self) {
        let slots = &self.call.worker().slots;
        let persists = self.began.elapsed() < PERSIST;
        let counts = |id: &String| slots.facts(id).is_some();
        self.undos
            .retain(|undo| undo.id_of(Kind::Sandbox).map_or(persists, counts));
        for search in self.searches.iter_mut().filter(|search| search.open) {
            let goes_on = persists && search.kind != Kind::Sandbox;
            search.open = goes_on;
            search.doubtful &= goes_on;
        }
    }

    /// A worker that is told to stop has no time for long pauses.
    async fn pause(&self, pause: Duration) {
        sleep(pause.min(SHORTEST)).await;
        tokio::select! {
            () = sleep(pause.saturating_sub(SHORTEST)) => {}
            () = self.call.worker().stage.reached(Stage::Draining) => {}
        }
    }

    async fn undo(&mut self) {
        let call = &self.call;
        let tries: Vec<_> = self.undos.iter().map(|undo| undo.try_once(call)).collect();
        let done: Vec<bool> = stream::iter(tries).buffered(SIDE_BY_SIDE).collect().await;
        let mut done = done.into_iter();
        self.undos.retain(|_| !done.next().unwrap_or_default());
    }

    /// Looks for what carries the call's tag.
    async fn find(&mut self) {
        for at in 0..self.searches.len() {
            let Search { kind, open: true, .. } = self.searches[at] else {
                continue;
            };
            match self.call.worker().find_attempt(&self.call, kind).await {
                Ok(ids) => {
                    self.searches[at].open = false;
                    self.owe(kind, ids);
                }
                Err(error) => {
                    let attempt = self.call.attempt_id();
                    tracing::warn!(attempt, %error, "what a call may have made cannot be looked for yet");
                }
            }
        }
    }

    /// These are to be ended, too.
    fn owe(&mut self, kind: Kind, mut ids: Vec<String>) {
        ids.retain(|id| !self.undos.iter().any(|undo| undo.id_of(kind) == Some(id)));
        if self.counts_apart && kind == Kind::Sandbox {
            ids.iter().for_each(|id| self.call.worker().slots.lingers(id));
        }
        for search in self.searches.iter_mut().filter(|search| search.kind == kind) {
            search.found += ids.len();
        }
        self.undos.extend(ids.into_iter().map(|id| Undo::made(kind, id)));
    }

    pub fn report(&self, why: &str) {
        for undo in &self.undos {
            undo.report(&self.call, why);
        }
        let attempt = self.call.attempt_id();
        for search in self.searches.iter().filter(|search| search.open) {
            tracing::error!(
                attempt,
                why,
                "a call may have made a {} that cannot be looked for",
                search.kind.name()
            );
        }
    }
}

/// The pause before the second try.
const SHORTEST: Duration = Duration::from_millis(200);

fn persistence() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(SHORTEST)
        .with_max_delay(Duration::from_secs(30))
        .without_max_times()
        .with_jitter()
}
