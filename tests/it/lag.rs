//! Looks and lists that lag behind: what was just started counts though no list shows it yet, and what was ended does not
//! though one shows it still.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{
    Deployment, Fault, Morph,
    morph::{Fate, Lag},
};

use crate::WORKER;

const ONE: &str = "/instance/{id}";
const LIST: &str = "/instance";

/// A worker with room for so many sandboxes, at a provider that lags so much.
async fn deployment(cap: usize, lag: Lag) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nrequest_timeout_secs: 5");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    let deployment = Deployment::builder(WORKER).config(&yaml).morph(quick).start().await;
    deployment.morph().set_lag(lag);
    deployment
}

fn listed_after(secs: u64) -> Lag {
    Lag {
        listed_after: Duration::from_secs(secs),
        ..Lag::default()
    }
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

async fn list(deployment: &Deployment) -> Value {
    deployment.call("list", json!({})).await.expect("a list")
}

fn named(listed: &Value) -> Vec<&str> {
    let all = listed["sandboxes"].as_array().into_iter().flatten();
    all.filter_map(|one| one["sandbox_id"].as_str()).collect()
}

#[tokio::test]
async fn a_list_that_lags_never_lets_more_start_than_may() {
    let deployment = deployment(2, listed_after(3)).await;
    deployment.sandbox().await;
    deployment.sandbox().await;
    for _ in 0..5 {
        let refusal = deployment.refusal("create", image()).await;
        assert_eq!(
            refusal,
            "[S400] concurrency cap reached: 2 of 2 in use, 1 more asked for"
        );
        assert_eq!(deployment.in_flight().await, 2);
        tokio::time::sleep(Duration::from_millis(800)).await;
    }
    assert_eq!(deployment.morph().instances().len(), 2);
    // What has ended by itself makes room all the same.
    let first = deployment.morph().instances().remove(0).id;
    deployment.morph().remove_instance(&first);
    tokio::time::sleep(Duration::from_secs(1)).await;
    deployment.sandbox().await;
}

#[tokio::test]
async fn so_it_does_when_looks_lag_as_well() {
    let lag = Lag {
        found_after: Duration::from_secs(2),
        ..listed_after(3)
    };
    let deployment = deployment(2, lag).await;
    deployment.morph().set_ready_after(Duration::ZERO);
    deployment.sandbox().await;
    deployment.sandbox().await;
    let refusal = deployment.refusal("create", image()).await;
    assert_eq!(
        refusal,
        "[S400] concurrency cap reached: 2 of 2 in use, 1 more asked for"
    );
    assert_eq!(deployment.in_flight().await, 2);
}

#[tokio::test]
async fn what_a_list_lacks_is_named_all_the_same_and_looked_at_once() {
    let deployment = deployment(2, listed_after(3600)).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().clear_requests();
    let listed = list(&deployment).await;
    assert_eq!(
        (named(&listed), &listed["reconciled"]),
        (vec![sandbox.as_str()], &json!(true))
    );
    assert_eq!(listed["in_flight"], 1);
    let sent = deployment.morph().request_methods();
    assert_eq!(sent, ["GET", "GET"], "the list, and a look at what it lacks");
}

#[tokio::test]
async fn a_list_that_does_not_lag_costs_nothing_more() {
    let deployment = deployment(2, Lag::default()).await;
    deployment.sandbox().await;
    deployment.morph().clear_requests();
    list(&deployment).await;
    assert_eq!(deployment.morph().requests().len(), 1);
}

#[tokio::test]
async fn a_look_that_fails_strikes_nothing_out() {
    let deployment = deployment(2, listed_after(3600)).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("GET", &format!("/instance/{sandbox}")).always();
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn what_was_stopped_is_not_brought_back_by_a_list_or_a_look() {
    let lag = Lag {
        listed_for: Duration::from_secs(50),
        found_for: Duration::from_secs(50),
        ..Lag::default()
    };
    let deployment = deployment(1, lag).await;
    for _ in 0..3 {
        let sandbox = deployment.sandbox().await;
        let stopped = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(stopped, Ok(json!({})));
        let listed = list(&deployment).await;
        assert_eq!((named(&listed), &listed["in_flight"]), (vec![], &json!(0)));
    }
}

#[tokio::test]
async fn so_it_is_with_what_was_taken_back() {
    let lag = Lag {
        listed_for: Duration::from_secs(50),
        ..Lag::default()
    };
    let deployment = deployment(1, lag).await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.refusal("create", image()).await;
    let listed = list(&deployment).await;
    assert_eq!((named(&listed), &listed["in_flight"]), (vec![], &json!(0)));
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_stop_of_what_no_look_knows_yet_ends_it_when_a_list_shows_it() {
    let lag = Lag {
        found_after: Duration::from_secs(2),
        ..Lag::default()
    };
    let deployment = deployment(1, lag).await;
    deployment.morph().set_ready_after(Duration::ZERO);
    let sandbox = deployment.sandbox().await;
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.morph().instances(), []);
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn a_stop_of_what_neither_look_nor_list_knows_ends_it_later() {
    let lag = Lag {
        found_after: Duration::from_secs(2),
        ..listed_after(2)
    };
    let deployment = deployment(1, lag).await;
    deployment.morph().set_ready_after(Duration::ZERO);
    let sandbox = deployment.sandbox().await;
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.in_flight().await, 0);
    assert_eq!(deployment.morph().instances().len(), 1);
    // The next look is 5 s later.
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn a_stop_of_what_is_gone_asks_the_list_once() {
    let deployment = deployment(1, Lag::default()).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().remove_instance(&sandbox);
    deployment.morph().clear_requests();
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    let sent = deployment.morph().request_methods();
    assert_eq!(sent, ["DELETE", "GET"]);
    // It is known to have ended.
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn without_a_list_a_stop_is_not_settled_by_a_404() {
    let deployment = deployment(1, Lag::default()).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(404)).once();
    deployment.morph().fail("GET", LIST).with(Fault::Status(500)).always();
    let stop = json!({"sandbox_id": sandbox});
    let refusal = deployment.refusal("stop", stop.clone()).await;
    assert!(
        refusal.starts_with("[S502] provider unavailable: sandboxes (owned): "),
        "{refusal}"
    );
    assert_eq!(deployment.in_flight().await, 1);
    deployment.morph().clear_faults();
    assert_eq!(deployment.call("stop", stop).await, Ok(json!({})));
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn what_is_taken_back_before_anything_knows_it_is_ended_when_it_is_seen() {
    for lists in [0, 2] {
        let lag = Lag {
            found_after: Duration::from_secs(2),
            ..listed_after(lists)
        };
        let deployment = deployment(1, lag).await;
        deployment
            .morph()
            .rewrite("POST", LIST, |one| one["status"] = json!("error"));
        deployment.refusal("create", image()).await;
        deployment.morph().wait_for_instances(<[_]>::is_empty).await;
        deployment.wait_for_in_flight(0).await;
    }
}

#[tokio::test]
async fn without_a_list_the_sandboxes_are_named_that_the_worker_knows() {
    let deployment = deployment(4, Lag::default()).await;
    let created = deployment.call("create", image()).await.expect("a sandbox");
    let parent = json!({"sandbox_id": created["sandbox_id"], "count": 2});
    let branched = deployment.call("branch", parent).await.expect("copies");
    deployment.morph().fail("GET", LIST).with(Fault::Status(500)).always();
    deployment.morph().clear_requests();
    let known = list(&deployment).await;
    assert_eq!((&known["reconciled"], &known["in_flight"]), (&json!(false), &json!(3)));
    assert!(
        deployment.morph().requests_to("GET", ONE).is_empty(),
        "nothing more is asked"
    );
    let all = known["sandboxes"].as_array().expect("a list");
    let of = |id: &Value| all.iter().find(|one| one["sandbox_id"] == *id).expect("it is named");
    let first = of(&created["sandbox_id"]);
    assert_eq!(
        (&first["image"], &first["started_at"]),
        (&created["image"], &created["started_at"])
    );
    for copy in branched["sandbox_ids"].as_array().expect("copies") {
        assert_eq!(of(copy)["image"], branched["snapshot_id"]);
        let at = of(copy)["started_at"].as_str().expect("a moment").to_owned();
        assert!(at.ends_with('Z') && at.len() == 20, "{at}");
    }
    // A list that was there once describes them as the provider does.
    deployment.morph().clear_faults();
    let listed = list(&deployment).await;
    deployment.morph().fail("GET", LIST).with(Fault::Status(500)).always();
    let mut known = list(&deployment).await;
    known["reconciled"] = json!(true);
    let sorted = |mut listed: Value| {
        let all = listed["sandboxes"].as_array_mut().expect("a list");
        all.sort_by_key(|one| one["sandbox_id"].to_string());
        listed
    };
    assert_eq!(sorted(known), sorted(listed));
}

#[tokio::test]
async fn a_conflict_of_what_no_look_knows_yet_is_no_end_of_it() {
    let deployment = deployment(1, Lag::default()).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(409)).once();
    deployment.morph().fail("GET", ONE).with(Fault::Status(404)).once();
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.morph().instances(), []);
    assert_eq!(deployment.in_flight().await, 0);
}
