//! What is believed of the lifetimes that a provider reports.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Harness, ID, SECOND, secs, settle, unix};
use crate::lifetime::{Asked, Ends, Given, Lifetime};

#[tokio::test(start_paused = true)]
async fn what_was_found_is_not_shortened() {
    let harness = Harness::new();
    let told = Lifetime {
        ends_at: unix(500),
        secs: json!(600),
        idle_secs: json!(60),
    };
    harness.learn(&told, true);
    harness.program(secs(120), SECOND).await;
    sleep(secs(300)).await;
    assert_eq!(harness.told(), []);
    sleep(secs(190)).await;
    harness.program(secs(1), SECOND).await;
    settle().await;
    assert_eq!(harness.told().len(), 1, "its idle timeout ends later by now");
}

#[tokio::test(start_paused = true)]
async fn one_of_ours_that_is_found_without_an_end_is_given_one() {
    for (ours, told) in [(true, vec![(0, 60)]), (false, vec![])] {
        let harness = Harness::new();
        let lifetime = Lifetime {
            idle_secs: json!(60),
            ..Lifetime::default()
        };
        harness.learn(&lifetime, ours);
        sleep(SECOND).await;
        assert_eq!(harness.told(), told, "ours: {ours}");
        harness.program(secs(5), SECOND).await;
        sleep(secs(10)).await;
        assert_eq!(harness.told().len(), 1, "and used, any is");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_true_is_not_believed() {
    let hour = 3600;
    for (ends_at, secs) in [
        (unix(hour + 20), json!(60)),
        (unix(20 - hour), json!(60)),
        (json!(i64::MAX), json!(null)),
        (json!(-5), json!(null)),
        (json!(0), json!(0)),
        (json!("soon"), json!(u64::MAX)),
        (json!({}), json!([])),
        (json!(1e300), json!(1e300)),
    ] {
        let harness = Harness::new();
        let told = Lifetime {
            ends_at,
            secs,
            idle_secs: json!(-5),
        };
        harness.learn(&told, true);
        harness.program(Duration::from_secs(30), SECOND).await;
        let told = harness.told();
        assert!(
            matches!(told[..], [(_, 35..)]),
            "for {told:?} it is set before the program"
        );
        sleep(Duration::from_secs(60)).await;
        assert!(
            matches!(harness.told()[..], [(_, 100)]),
            "the configured idle timeout counts"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_ahead_is_known_once_a_lifetime_was_set() {
    let harness = Harness::ready(60).await;
    // What is set here ends in the year 2096.
    let provider_now = 4_000_000_000_i64 - 60;
    let told = Lifetime {
        ends_at: json!(provider_now + 50),
        secs: json!(60),
        idle_secs: json!(60),
    };
    harness.worker.lifetimes.learn("two", &told, SECOND, false);
    let ends = harness.worker.lifetimes.lock()["two"].schedule.ends();
    let Ends::At(end) = ends else { panic!("{ends:?}") };
    let left = end.saturating_duration_since(Instant::now());
    assert!((47..=51).contains(&left.as_secs()), "{left:?}");
}

#[test]
fn an_answer_counts_if_it_is_the_lifetime_that_was_asked_for() {
    let asked = Asked {
        at: Instant::now(),
        secs: 60,
    };
    let given = |id: &str, ends_at: Value, secs: Value| Given {
        id: Some(id.to_owned()),
        lifetime: Lifetime {
            ends_at,
            secs,
            idle_secs: Value::Null,
        },
    };
    let at = || json!(4_000_000_000_u64);
    for (given, secs) in [
        (Given::default(), Some(60)),
        (given(ID, at(), Value::Null), Some(60)),
        (given(ID, at(), json!(60)), Some(60)),
        (given(ID, at(), json!(60.0)), Some(60)),
        (given(ID, at(), json!(40)), Some(40)),
        (given(ID, json!("2096-10-02T07:06:40Z"), json!(60)), Some(60)),
        (given("two", at(), json!(60)), None),
        (given(ID, Value::Null, json!(60)), None),
        (given(ID, json!("never"), json!(60)), None),
        (given(ID, at(), json!(0)), None),
        (given(ID, at(), json!(-5)), None),
        (given(ID, at(), json!(i64::MAX)), None),
        (given(ID, at(), json!(86_400)), None),
    ] {
        assert_eq!(given.secs(ID, asked).ok(), secs, "for {given:?}");
    }
}
