//! create and stop: a sandbox that is secure, tagged, and ends by itself; or none.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::Fault;
use testkit::e2b::error;
use testkit::simulator::Fate;

use crate::{configured, e2b};

fn image() -> Value {
    json!({"image": "base"})
}

#[tokio::test]
async fn it_is_started_secure_with_its_lifetime_and_its_tags() {
    let worker = configured("owner: team-a").await;
    let created = worker
        .call("create", json!({"image": "base", "idle_timeout_secs": 77}))
        .await;
    let created = created.expect("a sandbox");
    let sent = e2b(&worker).wait_for_request("POST", "/sandboxes", 1).await;
    assert_eq!(sent.header("X-API-Key"), Some(e2b(&worker).api_key()));
    let body = sent.body.expect("a body");
    let attempt = body["metadata"]["iii-attempt"].as_str().expect("an attempt tag");
    let expected = json!({
        "templateID": "base",
        "timeout": 77 + 120,
        "autoPause": false,
        "secure": true,
        "metadata": {"iii-owner": "team-a", "iii-attempt": attempt, "iii-idle-timeout": "77"},
    });
    assert_eq!(body, expected);
    let sandbox = e2b(&worker).sandboxes().remove(0);
    assert_eq!(created["sandbox_id"], sandbox.id.as_str());
    assert_eq!(created["image"], "base");
    assert!(sandbox.token.is_some());
    let started = created["started_at"].as_str().expect("a moment");
    assert!(
        started.ends_with('Z') && started.len() == "2026-11-29T21:00:00Z".len(),
        "{started}"
    );
}

#[tokio::test]
async fn stop_ends_it_and_a_second_time_is_a_success_too() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    for _ in 0..2 {
        let stopped = worker.call("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(stopped, Ok(json!({})));
    }
    assert_eq!(e2b(&worker).sandboxes(), []);
    assert_eq!(worker.in_flight().await, 0);
}

#[tokio::test]
async fn one_whose_answer_was_lost_is_found_by_its_tag_and_ended() {
    let worker = configured("").await;
    e2b(&worker).lose_answer("POST", "/sandboxes");
    assert!(worker.refusal("create", image()).await.starts_with("[S502] "));
    e2b(&worker).wait_for_sandboxes(|all| all.is_empty()).await;
    worker.wait_for_in_flight(0).await;
    let mut asked = e2b(&worker).requests_to("GET", "/v2/sandboxes").into_iter();
    let by_tag = |filter: &str| filter.starts_with("iii-owner=default&iii-attempt=");
    assert!(asked.any(|seen| seen.query_value("metadata").is_some_and(by_tag)));
}

#[tokio::test]
async fn the_cap_is_kept_and_one_that_is_stopped_makes_room() {
    let worker = configured("max_concurrent_sandboxes: 2").await;
    let first = worker.sandbox().await;
    worker.sandbox().await;
    assert!(worker.refusal("create", image()).await.starts_with("[S400] "));
    assert_eq!(e2b(&worker).sandboxes().len(), 2);
    worker
        .call("stop", json!({"sandbox_id": first}))
        .await
        .expect("it ends");
    worker.sandbox().await;
    assert_eq!(worker.in_flight().await, 2);
}

#[tokio::test]
async fn one_that_the_provider_cannot_start_leaves_nothing() {
    let worker = configured("").await;
    worker.simulator().set_fates([Fate::Error, Fate::Pending]);
    for status in ["500", "504"] {
        let refused = worker.refusal("create", image()).await;
        assert!(refused.starts_with("[S502] ") && refused.contains(status), "{refused}");
    }
    let capacity = Fault::StatusWithBody(503, error(503, "sandbox_capacity_unavailable"));
    e2b(&worker).fail("POST", "/sandboxes").with(capacity).once();
    assert!(worker.refusal("create", image()).await.starts_with("[S502] "));
    assert_eq!(worker.in_flight().await, 0);
    assert_eq!(e2b(&worker).sandboxes(), []);
}

#[tokio::test]
async fn a_worker_that_was_started_again_counts_its_own_and_those_alone() {
    let mut worker = configured("owner: team-a").await;
    let ours = BTreeSet::from([worker.sandbox().await, worker.sandbox().await]);
    e2b(&worker).add_sandbox(&[("iii-owner", "team-b")]);
    e2b(&worker).add_sandbox(&[]);
    worker.restart().await;
    let listed = worker.listed().await;
    assert_eq!((listed.sandboxes, listed.in_flight, listed.reconciled), (ours, 2, true));
}

#[tokio::test]
async fn what_another_deployment_has_started_is_not_touched() {
    let worker = configured("").await;
    let theirs = e2b(&worker).add_sandbox(&[("iii-owner", "somebody")]);
    for function in ["stop", "snapshot"] {
        let refused = worker.refusal(function, json!({"sandbox_id": theirs})).await;
        assert!(
            refused.starts_with("[S001] ") || refused.starts_with("[S002] "),
            "{refused}"
        );
    }
    assert!(e2b(&worker).sandbox(&theirs).is_some());
    assert_eq!(e2b(&worker).snapshots(), <[String; 0]>::default());
}
