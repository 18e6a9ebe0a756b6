//! The slots held against a model: whatever the order in which calls, ends, lists and looks overlap, what is counted is
//! what runs.
//!
//! Every operation of the slots takes their lock once, so that what threads can do to them is what some sequence of
//! operations does: random sequences are all there is to try.

mod model;

use std::time::Duration;

use proptest::prelude::*;
use provider_runtime::{
    Facts, Sandbox,
    slots::{Described, Reconciled, Slots, Told},
};
use tokio::{runtime::Builder, time::advance};

use model::{Harness, Step};

const CAP: usize = 5;

fn steps() -> impl Strategy<Value = Vec<(Step, usize)>> {
    let step = prop_oneof![
        4 => Just(Step::Take),
        4 => Just(Step::Start),
        4 => Just(Step::Keep),
        2 => Just(Step::Undo),
        2 => Just(Step::Linger),
        4 => Just(Step::GiveBack),
        1 => Just(Step::GiveUp),
        2 => Just(Step::Stop),
        1 => Just(Step::StopEarly),
        2 => Just(Step::EndByItself),
        1 => Just(Step::LeaveByAnother),
        3 => Just(Step::Ask),
        3 => Just(Step::Picture),
        3 => Just(Step::OldPicture),
        2 => Just(Step::Wait),
        3 => Just(Step::Answer),
        1 => Just(Step::Fail),
        2 => Just(Step::Look),
    ];
    prop::collection::vec((step, any::<usize>()), 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_counted_is_what_runs(steps in steps()) {
        with_time(async move {
            let mut harness = Harness::new(CAP);
            for (step, pick) in steps {
                match step {
                    Step::Wait => advance(Duration::from_secs(1 + pick as u64 % 40)).await,
                    step => harness.take_step(step, pick),
                }
                harness.check();
            }
            harness.finish();
            harness.check_exactly();
        });
    }
}

/// On a clock that stands still unless it is told to go on.
fn with_time(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test);
}

fn listed(id: &str) -> Sandbox {
    Sandbox {
        id: id.to_owned(),
        image: "image".to_owned(),
        started_at: "2023-11-14T22:13:20Z".to_owned(),
        owner: None,
        attempt: None,
        lifetime: provider_runtime::Lifetime::default(),
        facts: Facts::new(),
    }
}

/// A sandbox that a call has started just now.
fn started(slots: &Slots, id: &str) {
    let reservation = slots.take(1, "attempt").expect("room");
    reservation.keep(&[id.to_owned()], &Told::default());
}

fn reconciled(slots: &Slots, ids: &[&str]) -> Reconciled {
    let list: Vec<Sandbox> = ids.iter().map(|id| listed(id)).collect();
    slots.reconcile(&slots.moment(), &list)
}

#[tokio::test(start_paused = true)]
async fn what_was_there_just_now_is_not_gone_because_a_list_lacks_it() {
    let slots = Slots::new(CAP);
    started(&slots, "new");
    assert_eq!(reconciled(&slots, &[]).missing, ["new"]);
    advance(Duration::from_secs(29)).await;
    assert_eq!(reconciled(&slots, &["other"]).missing, ["new"]);
    assert_eq!(slots.active(), 2);
    advance(Duration::from_secs(1)).await;
    assert_eq!(reconciled(&slots, &[]).missing, ["other"]);
    assert_eq!(slots.active(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_listed_without_an_id_counts_for_as_long_as_it_is_listed() {
    let slots = Slots::new(CAP);
    started(&slots, "new");
    assert_eq!(reconciled(&slots, &["new", "", ""]), Reconciled::default());
    assert_eq!(slots.active(), 3);
    // One of them is the one that is missing.
    assert_eq!(reconciled(&slots, &["", ""]).missing, ["new"]);
    assert_eq!(slots.active(), 2);
    assert_eq!(reconciled(&slots, &["new"]), Reconciled::default());
    assert_eq!(slots.active(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_look_has_found_stays_for_as_long_again() {
    let slots = Slots::new(CAP);
    started(&slots, "new");
    advance(Duration::from_secs(20)).await;
    slots.observe(&slots.moment(), &listed("new"));
    advance(Duration::from_secs(20)).await;
    assert_eq!(reconciled(&slots, &[]).missing, ["new"]);
    slots.gone(&slots.moment(), "new");
    assert_eq!(slots.active(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_ended_is_not_there_because_a_list_or_a_look_shows_it() {
    let slots = Slots::new(CAP);
    started(&slots, "old");
    slots.ended("old");
    for _ in 0..59 {
        assert_eq!(reconciled(&slots, &["old"]), Reconciled::default());
        slots.observe(&slots.moment(), &listed("old"));
        assert_eq!((slots.active(), slots.counts(&listed("old"))), (0, false));
        advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_did_not_take_is_told_once_and_counts() {
    let slots = Slots::new(CAP);
    started(&slots, "old");
    slots.ended("old");
    advance(Duration::from_secs(61)).await;
    assert_eq!(reconciled(&slots, &["old"]).back, ["old"]);
    assert_eq!(slots.active(), 1);
    assert_eq!(reconciled(&slots, &["old"]), Reconciled::default());
    assert_eq!(slots.active(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_comes_back_is_a_new_sandbox() {
    let slots = Slots::new(2);
    // A slow start holds what was before it in memory.
    let slow = slots.take(1, "slow").expect("room");
    started(&slots, "one");
    slots.ended("one");
    started(&slots, "one");
    assert_eq!(slots.active(), 2);
    assert!(slots.take(1, "third").is_err());
    drop(slow);
    assert_eq!(reconciled(&slots, &["one"]), Reconciled::default());
    assert_eq!(slots.active(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_is_described_by_the_call_that_started_it_until_the_provider_does() {
    let slots = Slots::new(CAP);
    let told = Described {
        image: "told".to_owned(),
        started_at: "1970-01-01T00:00:00Z".to_owned(),
    };
    let reservation = slots.take(1, "attempt").expect("room");
    reservation.keep(
        &["new".to_owned()],
        &Told {
            described: Some(told.clone()),
            ..Told::default()
        },
    );
    slots.lingers("unknown");
    assert_eq!(slots.described(), [("new".to_owned(), told)]);
    reconciled(&slots, &["new"]);
    let [(_, described)] = &slots.described()[..] else {
        panic!("{:?}", slots.described());
    };
    assert_eq!(described.image, "image");
}

#[test]
fn what_a_list_has_struck_out_no_look_brings_back() {
    let mut harness = Harness::new(CAP);
    let (list, look) = (0, 1);
    for (step, pick) in [
        (Step::LeaveByAnother, 0),
        (Step::Ask, 0),
        (Step::Picture, 0),
        (Step::Answer, 0),
        (Step::Ask, 0),
        (Step::Look, 0),
        (Step::Picture, look),
        (Step::EndByItself, 0),
        (Step::Picture, list),
        (Step::Answer, list),
        (Step::Answer, 0),
    ] {
        harness.take_step(step, pick);
        harness.check();
    }
    harness.finish();
    harness.check_exactly();
}

#[test]
fn of_two_lists_that_overlap_the_one_asked_for_later_decides() {
    let mut harness = Harness::new(CAP);
    let late = 1;
    for (step, pick) in [
        (Step::LeaveByAnother, 0),
        (Step::Ask, 0),
        (Step::Picture, 0),
        (Step::EndByItself, 0),
        (Step::Ask, 0),
        (Step::Picture, late),
        (Step::Answer, late),
        (Step::Answer, 0),
    ] {
        harness.take_step(step, pick);
        harness.check();
    }
    harness.check_exactly();
}
