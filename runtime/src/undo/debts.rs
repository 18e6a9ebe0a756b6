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
    /// What carries the call's tag is still to be found.
    look: bool,
    /// How many the call was to start; fewer that are found may be joined by others.
    count: usize,
    found: usize,
    /// Whether what is found has no slot yet.
    counts_apart: bool,
    lifetime: Duration,
    began: Instant,
    until: Instant,
}

impl<C: Api> Debts<C> {
    pub fn of(call: Call<C>, reservation: &Option<Reservation>, lifetime: Duration) -> Self {
        let undos = call.take_undos();
        let now = Instant::now();
        Self {
            look: call.is_unclear(),
            count: reservation.as_ref().map_or(0, Reservation::count),
            found: undos.iter().filter_map(Undo::sandbox_id).count(),
            counts_apart: false,
            undos,
            lifetime,
            began: now,
            until: now + lifetime,
            call,
        }
    }

    pub async fn settle(&mut self, reservation: Option<Reservation>, first: oneshot::Sender<()>) {
        let doubtful = self.look;
        self.pay().await;
        if !doubtful && self.call.has_asked_for_a_start() {
            self.make_sure().await;
        }
        // Without debts the slots are free before the caller knows that he may try again.
        let held = reservation.filter(|_| self.may_run());
        let _ = first.send(());
        self.pay_off(held).await;
        if doubtful && self.found < self.count {
            self.come_back().await;
        }
    }

    /// A start that was refused, or answered with an id, may have started something else all the same. One look that
    /// fails is no reason to doubt it.
    async fn make_sure(&mut self) {
        let found = self.call.worker().find_attempt(&self.call).await;
        if let Some(ids) = found.ok().filter(|ids| !ids.is_empty()) {
            self.owe(ids);
            self.undo().await;
        }
    }

    /// Later looks, for a start that took effect late.
    async fn come_back(&mut self) {
        self.counts_apart = true;
        let pauses = match self.call.has_given_up_a_start() {
            true => LOOK_LONGER.as_slice(),
            false => LOOK_AGAIN_AFTER.as_slice(),
        };
        for pause in pauses {
            let is_last = self.wait_for_a_look(*pause).await;
            self.look = true;
            self.until = Instant::now() + self.lifetime;
            self.pay().await;
            self.pay_off(None).await;
            if is_last && self.found < self.count {
                let attempt = self.call.attempt_id();
                tracing::error!(
                    attempt,
                    "a call may still start something: the worker ends before it can tell"
                );
            }
            if is_last || self.found >= self.count {
                return;
            }
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
        self.look || self.undos.iter().any(|undo| undo.sandbox_id().is_some())
    }

    fn are_paid(&self) -> bool {
        self.undos.is_empty() && !self.look
    }

    /// Tries once all that is left.
    async fn pay(&mut self) {
        self.undo().await;
        if self.look && self.find().await {
            self.undo().await;
        }
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
                self.look = false;
                drop(held.take());
            }
        }
    }

    /// What is overdue is worth going on for as long as a list shows it, or for a limited time if it is no sandbox.
    fn forget_what_is_over(&mut self) {
        let slots = &self.call.worker().slots;
        let persists = self.began.elapsed() < PERSIST;
        let goes_on = |undo: &Undo<C>| undo.sandbox_id().map_or(persists, |id| slots.facts(id).is_some());
        self.undos.retain(goes_on);
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

    /// Whether something is found that carries the call's tag.
    async fn find(&mut self) -> bool {
        match self.call.worker().find_attempt(&self.call).await {
            Ok(ids) => {
                self.look = false;
                self.owe(ids);
            }
            Err(error) => {
                let attempt = self.call.attempt_id();
                tracing::warn!(attempt, %error, "what a call may have started cannot be looked for yet");
            }
        }
        !self.undos.is_empty()
    }

    /// These sandboxes are to be ended, too.
    fn owe(&mut self, mut ids: Vec<String>) {
        ids.retain(|id| !self.undos.iter().any(|undo| undo.sandbox_id() == Some(id)));
        if self.counts_apart {
            ids.iter().for_each(|id| self.call.worker().slots.lingers(id));
        }
        self.found += ids.len();
        self.undos.extend(ids.into_iter().map(Undo::sandbox));
    }

    pub fn report(&self, why: &str) {
        for undo in &self.undos {
            undo.report(&self.call, why);
        }
        if self.look {
            let attempt = self.call.attempt_id();
            tracing::error!(
                attempt,
                why,
                "a call may have started a sandbox that cannot be looked for"
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
