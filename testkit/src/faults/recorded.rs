//! Which calls a function makes, recorded from runs.

use futures::future::join_all;
use tokio::time::sleep;

use super::contract::Contract;
use super::harness::{AFTER_THE_ANSWER, Harness, STARTING};
use super::target::{Occasion, Target};

/// A look that is repeated goes on as at its second time.
const LOOKS: usize = 2;

/// Every call that a function makes: when all goes well, for a sandbox that the worker has not seen before, and when another
/// of its calls goes wrong. The harnesses share the work.
pub(super) async fn targets(harnesses: &[Harness]) -> Vec<Target> {
    let usual = harnesses[0].usual_targets().await;
    let functions = harnesses[0]
        .functions
        .keys()
        // The adapter's callers know no sandbox that it does not know.
        .filter(|name| harnesses[0].contract == Contract::Family && harnesses[0].acts_on_a_sandbox(name));
    let unseen = shared(harnesses, functions.collect(), async |harness, function| {
        harness.for_an_unseen_one(function, &usual).await
    });
    let mut targets = [usual.clone(), unseen.await.concat()].concat();
    let provoked = shared(harnesses, occasions(&usual), async |harness, occasion| {
        let function = occasion.cause().map(|call| call.function.clone()).unwrap_or_default();
        harness.recorded(&function, &occasion).await
    });
    for provoked in provoked.await {
        targets.extend(unknown(provoked, &targets));
    }
    targets.sort_by(|one, other| one.function.cmp(&other.function));
    targets
}

/// What comes of each item, in their order. A harness takes its items one after the other, in that order too.
async fn shared<T, R>(harnesses: &[Harness], items: Vec<T>, work: impl AsyncFn(&Harness, T) -> R) -> Vec<R> {
    let mut shares: Vec<_> = harnesses.iter().map(|harness| (harness, Vec::new())).collect();
    for (number, item) in items.into_iter().enumerate() {
        shares[number % harnesses.len()].1.push((number, item));
    }
    let work = &work;
    let done = shares.into_iter().map(async |(harness, share)| {
        let mut done = Vec::new();
        for (number, item) in share {
            done.push((number, work(harness, item).await));
        }
        done
    });
    let mut done: Vec<_> = join_all(done).await.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

impl Harness {
    /// The calls that every function makes when all goes well.
    pub(super) async fn usual_targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for function in self.functions.keys() {
            targets.extend(self.recorded(function, &Occasion::Usual).await);
        }
        targets
    }

    /// What a function asks before it begins as usual; all of it, if it usually makes no call.
    async fn for_an_unseen_one(&self, function: &str, usual: &[Target]) -> Vec<Target> {
        let mut calls = self.recorded(function, &Occasion::Unseen).await;
        let first = usual.iter().find(|call| call.function == function);
        let begins = calls
            .iter()
            .position(|call| first.is_some_and(|first| call.is_like(first)));
        calls.truncate(begins.unwrap_or_else(|| first.map_or(usize::MAX, |_| 0)));
        calls
    }

    /// Whether the adapter makes a call beside what it was asked for: it looks at the list now and then, and goes on looking
    /// for what `run` could not end when that is answered.
    fn is_beside(&self, call: &Target) -> bool {
        let list = (&call.method, &call.pattern) == (&self.list.method, &self.list.pattern);
        let looks_again = call.function == "run" && call.occasion.cause().is_some() && !call.has_effect();
        self.contract == Contract::Adapter && (looks_again || (list && call.function.starts_with("fs::")))
    }

    /// The calls that a function makes on an occasion.
    async fn recorded(&self, function: &str, occasion: &Occasion) -> Vec<Target> {
        // As before each case: a list that still has what was removed may have a page more.
        self.settled().await;
        let scene = self.scene(function, occasion).await;
        self.get_ready_after(STARTING);
        self.traffic().clear_requests();
        let provoked = occasion.arm(self.traffic());
        let answer = self.call(function, &scene.sandbox).await;
        // When a call of it goes wrong, it may fail.
        if let (None, Err(error)) = (provoked, answer) {
            panic!("{function} fails without a fault: {error}");
        }
        sleep(AFTER_THE_ANSWER).await;
        let mut calls = Target::of(function, self.simulator(), occasion);
        calls.retain(|call| !self.is_beside(call));
        self.traffic().clear_faults();
        self.clean().await;
        self.deployment.in_flight().await;
        calls
    }
}

/// What can go wrong with a call. What a call has started, saved or removed is looked for later if its answer was lost, and
/// those looks are no calls of another function: so these come last, and those that look in the list of sandboxes at the
/// very end.
fn occasions(usual: &[Target]) -> Vec<Occasion> {
    let calls = usual.iter().filter(|call| call.number == 1);
    let (mut lost, conflicts): (Vec<_>, Vec<_>) = calls
        .map(Occasion::provoked_by)
        .map(|[lost, conflict]| (lost, conflict))
        .unzip();
    lost.sort_by_key(|occasion| match occasion.cause().map(|call| call.function.as_str()) {
        Some("stop") => 3,
        Some("create" | "branch") => 2,
        Some("snapshot") => 1,
        _ => 0,
    });
    conflicts.into_iter().chain(lost).collect()
}

/// The calls that the function makes only on this occasion.
fn unknown(provoked: Vec<Target>, targets: &[Target]) -> Vec<Target> {
    let is_known = |call: &Target| {
        targets.iter().any(|known| match known.occasion {
            Occasion::Usual => known.is_like(call),
            _ => known.is_like(call) && known.number == call.number && known.occasion.cause() == call.occasion.cause(),
        })
    };
    let mut calls = provoked;
    calls.retain(|call| !is_known(call));
    calls.retain(|call| call.has_effect() || call.number <= LOOKS);
    calls
}
