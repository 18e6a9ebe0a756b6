//! branch: as many copies as were asked for, or none.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::Deployment;
use testkit::e2b::ForkFate;

use crate::{configured, e2b};

const FORK: (&str, &str) = ("POST", "/sandboxes/{id}/fork");

async fn branched(worker: &Deployment, sandbox: &str, count: usize) -> BTreeSet<String> {
    let payload = json!({"sandbox_id": sandbox, "count": count});
    let answer = worker.call("branch", payload).await.expect("copies");
    let ids = answer["sandbox_ids"].as_array().expect("a list").iter();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[tokio::test]
async fn copies_live_as_their_parent_does_and_each_has_a_token_of_its_own() {
    let worker = configured("").await;
    let parent = worker.sandbox_with(json!({"idle_timeout_secs": 100})).await;
    let copies = branched(&worker, &parent, 2).await;
    let sent = e2b(&worker).wait_for_request(FORK.0, FORK.1, 1).await;
    assert_eq!(sent.body, Some(json!({"count": 2, "timeout": 100 + 120})));
    for copy in &copies {
        let payload = json!({"sandbox_id": copy, "cmd": "echo", "args": ["hi"]});
        assert_eq!(worker.call("exec", payload).await.expect("it runs")["stdout"], "hi\n");
    }
    assert_eq!(worker.in_flight().await, 3);
}

#[tokio::test]
async fn a_fork_that_fails_in_part_leaves_none_and_its_parent_alone() {
    let worker = configured("").await;
    let parent = worker.sandbox().await;
    let before = branched(&worker, &parent, 1).await;
    e2b(&worker).set_fork_fates([ForkFate::Made, ForkFate::Error(503), ForkFate::Made]);
    let refusal = worker
        .refusal("branch", json!({"sandbox_id": parent, "count": 3}))
        .await;
    assert!(refusal.starts_with("[S502] "), "{refusal}");
    let mut kept = before;
    kept.insert(parent);
    let is_kept =
        |all: &[testkit::e2b::SandboxView]| all.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>() == kept;
    e2b(&worker).wait_for_sandboxes(is_kept).await;
    worker.wait_for_in_flight(2).await;
}

#[tokio::test]
async fn copies_whose_answer_was_lost_are_found_though_they_carry_the_tags_of_their_parent() {
    let worker = configured("").await;
    let parent = worker.sandbox().await;
    let before = branched(&worker, &parent, 2).await;
    e2b(&worker).lose_answer(FORK.0, FORK.1);
    let refusal = worker
        .refusal("branch", json!({"sandbox_id": parent, "count": 2}))
        .await;
    assert!(refusal.starts_with("[S502] "), "{refusal}");
    let mut kept = before;
    kept.insert(parent);
    let is_kept =
        |all: &[testkit::e2b::SandboxView]| all.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>() == kept;
    e2b(&worker).wait_for_sandboxes(is_kept).await;
    worker.wait_for_in_flight(3).await;
}
