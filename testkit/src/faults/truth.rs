//! What must be true of the provider and of the worker's count when all is said and done.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::harness::Harness;
use super::verdict::Wrong;
use crate::simulator::{Fault, Sandbox};

/// What callers know.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// Sandboxes that a caller was told of and not told gone.
    pub(super) told: BTreeSet<String>,
    /// Sandboxes of these that must run.
    pub(super) running: BTreeSet<String>,
    /// Snapshots that a caller was told of.
    pub(super) snapshots: BTreeSet<String>,
    /// The provider claimed an effect that it did not have, so that the worker cannot count right by itself.
    pub(super) lied: bool,
    /// How many of these the worker has not seen, and counts once it has a list.
    pub(super) unseen: usize,
    /// Nobody but the caller knows what it was told: what the log names may be known, and stays.
    pub(super) uncertain: bool,
    /// What is known to be wrong already.
    pub(super) wrongs: Vec<(Wrong, String)>,
}

impl Truth {
    /// A caller was told of the sandboxes and the snapshot in an answer.
    pub(super) fn tell(&mut self, answer: &Value) {
        self.snapshots.extend(snapshot(answer));
        for id in started(answer) {
            self.told.insert(id.clone());
            self.running.insert(id);
        }
    }

    pub(super) async fn check(mut self, harness: &Harness) -> Vec<(Wrong, String)> {
        if self.uncertain {
            self.tell_what_is_unconfirmed(harness);
        }
        let leak = self.leak(harness).await;
        self.wrongs.extend(leak);
        let forgotten = self.forgotten(harness).await;
        self.wrongs.extend(forgotten);
        self.wrongs.extend(without_an_end(harness));
        let lost = self.lost(harness);
        self.wrongs.extend(lost);
        let miscounted = self.miscounted(harness).await;
        self.wrongs.extend(miscounted);
        self.wrongs
    }

    /// What the log says that a caller may know of is as good as told.
    fn tell_what_is_unconfirmed(&mut self, harness: &Harness) {
        let running = harness.simulator().sandboxes().into_iter().map(|one| one.id);
        for id in running.filter(|id| harness.is_unconfirmed(id)) {
            self.told.insert(id.clone());
            self.running.insert(id);
        }
        let snapshots = harness.simulator().snapshots().into_iter();
        self.snapshots.extend(snapshots.filter(|id| harness.is_unconfirmed(id)));
    }

    async fn leak(&self, harness: &Harness) -> Option<(Wrong, String)> {
        let untold = |sandbox: &&Sandbox| !self.told.contains(&sandbox.id) && sandbox.id != harness.stranger;
        let simulator = harness.simulator();
        if simulator
            .comes_to(harness.background, |all| !all.iter().any(|one| untold(&one)))
            .await
        {
            return None;
        }
        let left: Vec<_> = simulator
            .sandboxes()
            .iter()
            .filter(untold)
            .map(|one| one.id.clone())
            .collect();
        Some((Wrong::Leak, format!("left running: {}", left.join(", "))))
    }

    /// Snapshots that nobody was told of.
    async fn forgotten(&self, harness: &Harness) -> Option<(Wrong, String)> {
        let untold = |id: &String| harness.snapshots_are_found && !self.snapshots.contains(id);
        let simulator = harness.simulator();
        if simulator
            .snapshots_come_to(harness.background, |all| !all.iter().any(untold))
            .await
        {
            return None;
        }
        let left: Vec<_> = simulator.snapshots().into_iter().filter(untold).collect();
        Some((Wrong::Leak, format!("left at the provider: {}", left.join(", "))))
    }

    fn lost(&self, harness: &Harness) -> Option<(Wrong, String)> {
        let mut wanted: Vec<_> = self.running.iter().chain([&harness.stranger]).collect();
        wanted.retain(|id| harness.simulator().sandbox(id).is_none());
        (!wanted.is_empty()).then(|| (Wrong::Other, format!("gone: {wanted:?}")))
    }

    /// What the worker counts by itself is never less than what runs, and with the provider's list it is exact.
    async fn miscounted(&self, harness: &Harness) -> Option<(Wrong, String)> {
        let (method, pattern) = (&harness.list.method, &harness.list.pattern);
        harness
            .traffic()
            .fail(method, pattern)
            .with(Fault::Status(500))
            .always();
        let alone = harness.deployment.in_flight().await;
        harness.traffic().clear_faults();
        let truth = harness.simulator().sandboxes().len() as u64 - 1;
        if alone + (self.unseen as u64) < truth && !self.lied {
            return Some((Wrong::Count, format!("{alone} counted, {truth} run")));
        }
        let (counted, truth) = settled_count(harness).await?;
        Some((Wrong::Count, format!("{counted} counted with a list, {truth} run")))
    }
}

/// Whatever runs ends by itself some time, where the provider has a way to say so.
fn without_an_end(harness: &Harness) -> Option<(Wrong, String)> {
    let endless = |one: &Sandbox| !one.ends && one.id != harness.stranger;
    let ids: Vec<_> = harness
        .simulator()
        .sandboxes()
        .into_iter()
        .filter(endless)
        .map(|one| one.id)
        .collect();
    let wrong = harness.simulator().has_lifetimes() && !ids.is_empty();
    wrong.then(|| (Wrong::Leak, format!("without a timeout of its own: {}", ids.join(", "))))
}

/// The count that a list gives and what runs, if they do not come to the same while the worker may be undoing things.
async fn settled_count(harness: &Harness) -> Option<(Value, u64)> {
    let until = Instant::now() + harness.background;
    loop {
        let listed = harness.deployment.call("list", json!({})).await;
        let listed = listed.unwrap_or_else(|error| json!({"in_flight": error.message}));
        let truth = harness.simulator().sandboxes().len() as u64 - 1;
        if listed["in_flight"] == truth && listed["reconciled"] == true {
            return None;
        }
        if Instant::now() > until {
            return Some((listed["in_flight"].clone(), truth));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// The sandboxes that an answer names as started.
pub(super) fn started(answer: &Value) -> Vec<String> {
    let one = answer.get("sandbox_id").into_iter();
    let many = answer.get("sandbox_ids").and_then(Value::as_array);
    let ids = one.chain(many.into_iter().flatten());
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The snapshot that an answer names.
pub(super) fn snapshot(answer: &Value) -> Option<String> {
    answer.get("snapshot_id").and_then(Value::as_str).map(str::to_owned)
}
