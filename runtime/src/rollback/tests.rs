//! How long is tried what does not succeed, on a clock that runs by itself.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use tokio::time::{Instant, sleep};

use super::{Undo, roll_back};
use crate::{
    call::Call,
    call_site::CallSite,
    double,
    error::{Code, Error},
    http::Transport,
    provider::{Api, List, Reply, Sandboxes, Snapshots},
    request::FailureKind,
    resource::{Kind, Sandbox, Snapshot},
    slots::Told,
};

/// A provider that is asked and never has or does anything. It notes when.
#[derive(Clone)]
struct Idle {
    began: Instant,
    asked: Arc<Mutex<Vec<(Kind, Duration)>>>,
}

impl Idle {
    fn note(&self, kind: Kind) {
        let asked = (kind, self.began.elapsed());
        self.asked.lock().expect("nobody panics").push(asked);
    }
}

impl Api for Idle {
    fn connect(_: &str, _: reqwest::Client, _: Transport) -> Self {
        Self {
            began: Instant::now(),
            asked: Arc::default(),
        }
    }

    fn base(&self) -> &str {
        "http://127.0.0.1"
    }

    fn elsewhere(&self, _: &str, _: reqwest::Client, _: Transport) -> Self {
        self.clone()
    }
}

fn unavailable() -> Error {
    Error::new(Code::S502, "unavailable")
}

fn unlisted(call: Call<Idle>) -> Reply<Vec<Sandbox>> {
    call.client().note(Kind::Sandbox);
    async { Err(unavailable()) }.boxed()
}

fn no_sandboxes(call: Call<Idle>) -> Reply<Vec<Sandbox>> {
    call.client().note(Kind::Sandbox);
    async { Ok(Vec::new()) }.boxed()
}

fn unlisted_snapshots(call: Call<Idle>) -> Reply<Vec<Snapshot>> {
    call.client().note(Kind::Snapshot);
    async { Err(unavailable()) }.boxed()
}

fn no_snapshots(call: Call<Idle>) -> Reply<Vec<Snapshot>> {
    call.client().note(Kind::Snapshot);
    async { Ok(Vec::new()) }.boxed()
}

/// A call to a provider with these lists, which ends and deletes nothing.
fn call(owned: List<Idle, Sandbox>, made: List<Idle, Snapshot>) -> Call<Idle> {
    let sandboxes = Sandboxes {
        tagged: true,
        looks_by: &[],
        acts_by: &[],
        tells: &[],
        inherits: false,
        traced: true,
        owned: Some(owned),
        made: None,
        one: None,
        end: Some(|cx, _| {
            cx.client().note(Kind::Sandbox);
            async { Err(unavailable()) }.boxed()
        }),
        lifetime: None,
    };
    let snapshots = Snapshots {
        made,
        delete: |_, _| async { Err(unavailable()) }.boxed(),
    };
    let worker = double::worker(sandboxes, Some(snapshots));
    worker.call("a call".to_owned(), None)
}

/// How a step is undone by a request.
static SITE: CallSite = CallSite {
    function: "build",
    step: "undo",
    call: "DELETE /thing",
    creates: &[],
    repeatable: true,
    removes: true,
    fields: &[],
    outcomes: &[],
};

const HOUR: Duration = Duration::from_secs(3600);

/// The longest pause between two tries, with its jitter.
const PAUSE: Duration = Duration::from_secs(60);

/// Takes back what the call has done, which never succeeds. When the provider was asked about one kind.
async fn asked(call: Call<Idle>, lifetime: Duration, about: Kind) -> Vec<Duration> {
    let (worker, client) = (call.worker().clone(), call.client().clone());
    let slot = worker.slots.take(1, call.attempt_id()).ok();
    roll_back(call, slot, lifetime).await;
    worker.background.close();
    worker.background.wait().await;
    let asked = client.asked.lock().expect("nobody panics");
    let of_kind = asked.iter().filter(|(kind, _)| *kind == about);
    of_kind.map(|(_, when)| *when).collect()
}

fn assert_lasted(asked: &[Duration], expected: Duration) {
    let last = asked.last().copied().unwrap_or_default();
    assert!(expected <= last + PAUSE && last <= expected + PAUSE, "{last:?}");
    let longest = asked.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(longest.is_some_and(|pause| pause <= PAUSE), "{longest:?}");
}

const USUAL: Duration = Duration::from_secs(300);

#[tokio::test(start_paused = true)]
async fn what_is_no_sandbox_is_tried_for_an_hour() {
    let call = call(unlisted, unlisted_snapshots);
    call.undo(Undo::new(&SITE, Vec::new(), |cx: Call<Idle>| {
        cx.client().note(Kind::Snapshot);
        async { Err(unavailable()) }
    }));
    assert_lasted(&asked(call, USUAL, Kind::Snapshot).await, HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_looked_for_for_an_hour() {
    let call = call(unlisted, unlisted_snapshots);
    call.in_doubt().of(Kind::Snapshot).begin();
    assert_lasted(&asked(call, USUAL, Kind::Snapshot).await, HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_is_looked_for_until_it_has_ended_by_itself() {
    for lifetime in [60, 900, 7200].map(Duration::from_secs) {
        let call = call(unlisted, unlisted_snapshots);
        call.in_doubt().of(Kind::Sandbox).begin();
        assert_lasted(&asked(call, lifetime, Kind::Sandbox).await, lifetime);
    }
}

/// A request that asks for such things is dropped before it is answered.
fn give_up(call: &Call<Idle>, kinds: &'static [Kind]) {
    call.in_doubt().ask(kinds).sends();
}

/// In whole seconds.
async fn looks(call: Call<Idle>, about: Kind) -> Vec<u64> {
    let asked = asked(call, USUAL, about).await;
    asked.iter().map(Duration::as_secs).collect()
}

#[tokio::test(start_paused = true)]
async fn a_start_without_an_answer_is_looked_for_once_more() {
    let call = call(no_sandboxes, no_snapshots);
    let asking = call.in_doubt().ask(&[Kind::Sandbox]);
    asking.sends();
    asking.answered(Some(FailureKind::Broken));
    assert_eq!(looks(call, Kind::Sandbox).await, [0, 5]);
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_is_looked_for_longer() {
    for kind in Kind::ALL {
        let call = call(no_sandboxes, no_snapshots);
        give_up(&call, &Kind::ALL);
        assert_eq!(looks(call, kind).await, [0, 5, 15, 35], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_got_its_turn_is_not_looked_for() {
    let call = call(no_sandboxes, no_snapshots);
    drop(call.in_doubt().ask(&Kind::ALL));
    assert_eq!(asked(call, USUAL, Kind::Sandbox).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_panics_holds_up_no_removal() {
    let call = call(|_| panic!("on purpose"), no_snapshots);
    give_up(&call, &Kind::ALL);
    let slots = call.worker().slots.clone();
    assert_eq!(looks(call, Kind::Snapshot).await, [0, 5, 15, 35]);
    assert_eq!(slots.active(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_whose_undoing_panics_holds_up_no_other() {
    let call = call(no_sandboxes, no_snapshots);
    call.undo(Undo::new(&SITE, Vec::new(), |cx: Call<Idle>| {
        cx.client().note(Kind::Snapshot);
        async { Ok(()) }
    }));
    call.undo(Undo::new(&SITE, Vec::new(), |_| async { panic!("on purpose") }));
    let slots = call.worker().slots.clone();
    assert_eq!(asked(call, USUAL, Kind::Snapshot).await.len(), 1);
    assert_eq!(slots.active(), 0);
}

#[tokio::test(start_paused = true)]
async fn steps_are_undone_one_after_the_other_the_latest_first() {
    let call = call(no_sandboxes, no_snapshots);
    let undone: Arc<Mutex<Vec<u64>>> = Arc::default();
    for step in [1, 2, 3] {
        let undone = undone.clone();
        call.undo(Undo::new(&SITE, Vec::new(), move |_| {
            let undone = undone.clone();
            async move {
                sleep(Duration::from_secs(step)).await;
                undone.lock().expect("nobody panics").push(step);
                Ok(())
            }
        }));
    }
    roll_back(call, None, USUAL).await;
    assert_eq!(*undone.lock().expect("nobody panics"), [3, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn no_look_for_a_sandbox_waits_for_a_snapshot() {
    let call = call(no_sandboxes, unlisted_snapshots);
    give_up(&call, &Kind::ALL);
    assert_eq!(looks(call, Kind::Sandbox).await, [0, 5, 15, 35]);
}

#[tokio::test(start_paused = true)]
async fn no_slot_is_held_for_a_snapshot() {
    let call = call(no_sandboxes, unlisted_snapshots);
    give_up(&call, &[Kind::Snapshot]);
    let worker = call.worker().clone();
    let slot = worker.slots.take(1, call.attempt_id()).ok();
    roll_back(call, slot, USUAL).await;
    assert_eq!(worker.slots.active(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_fails_is_not_repeated_without_a_pause() {
    let call = call(no_sandboxes, no_snapshots);
    call.undo(Undo::made(Kind::Sandbox, "sandbox_1".to_owned()));
    let client = call.client().clone();
    roll_back(call, None, USUAL).await;
    sleep(Duration::from_secs(60)).await;
    let tries = client.asked.lock().expect("nobody panics").clone();
    let apart = |pair: &[(Kind, Duration)]| pair[0].1 < pair[1].1;
    assert!(tries.len() > 3 && tries.windows(2).all(apart), "{tries:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_seen_for_a_minute_is_looked_at_before_it_is_ended() {
    let call = call(no_sandboxes, no_snapshots);
    let (worker, client) = (call.worker(), call.client());
    let started = worker.slots.take(1, "another call").expect("a slot");
    started.keep(&["sandbox_1".to_owned()], &Told::default());
    for (secs, looks) in [(0, 0), (59, 0), (2, 1)] {
        sleep(Duration::from_secs(secs)).await;
        let found = worker.acted_on("sandbox_1", &[], true).await.expect("it is known");
        assert!(found.is_some());
        assert_eq!(
            client.asked.lock().expect("nobody panics").len(),
            looks,
            "{secs} s later"
        );
    }
    let other_call = worker.acted_on("sandbox_1", &[], false).await;
    assert!(other_call.expect("it is known").is_some());
    assert_eq!(client.asked.lock().expect("nobody panics").len(), 1);
}
