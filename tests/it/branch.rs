//! branch: all copies, ready, tagged, each ending by itself; or none.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{
    Deployment, Fault, Morph,
    morph::{Fate, InstanceView},
};

use crate::WORKER;

const BRANCH: &str = "/instance/{id}/branch";
const TTL: &str = "/instance/{id}/ttl";

/// A worker with room for so many sandboxes, and the payload that branches its first one.
async fn parent(cap: usize) -> (Deployment, Value) {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nready_timeout_secs: 1\nrequest_timeout_secs: 5");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    let deployment = Deployment::builder(WORKER).config(&yaml).morph(quick).start().await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 77})).await;
    (deployment, json!({"sandbox_id": sandbox}))
}

fn children(deployment: &Deployment) -> Vec<InstanceView> {
    deployment.morph().instances().split_off(1)
}

/// Nothing is left of a branch that failed, and there is room for the next.
async fn is_undone(deployment: &Deployment, parent: Value) {
    assert_eq!(children(deployment), []);
    assert_eq!(deployment.morph().snapshots().len(), 1, "the known one");
    deployment.call("branch", parent).await.expect("copies");
    assert_eq!(deployment.in_flight().await, 3);
}

#[tokio::test]
async fn two_copies_are_made_unless_told_otherwise() {
    for (count, made) in [(json!(null), 2), (json!(1), 1), (json!(3), 3)] {
        let (deployment, mut payload) = parent(4).await;
        payload["count"] = count;
        deployment.call("branch", payload).await.expect("copies");
        let sent = deployment.morph().wait_for_request("POST", BRANCH, 1).await;
        assert_eq!(sent.query_value("count"), Some(made.to_string().as_str()));
        assert_eq!(children(&deployment).len(), made);
    }
}

#[tokio::test]
async fn all_that_was_made_is_answered_and_ready() {
    let (deployment, payload) = parent(3).await;
    let answer = deployment.call("branch", payload).await;
    let ids: Vec<_> = children(&deployment).into_iter().map(|child| child.id).collect();
    let snapshot = deployment.morph().snapshots().pop().expect("the copies' snapshot");
    assert_eq!(answer, Ok(json!({"sandbox_ids": ids, "snapshot_id": snapshot.id})));
    assert!(children(&deployment).iter().all(|child| child.status == "ready"));
}

#[tokio::test]
async fn copies_and_snapshot_carry_the_tags_of_the_call() {
    let (deployment, payload) = parent(3).await;
    deployment.call("branch", payload).await.expect("copies");
    let snapshot = deployment.morph().snapshots().pop().expect("the copies' snapshot");
    assert_eq!(snapshot.metadata["iii-owner"], "default");
    assert_eq!(snapshot.metadata["iii-attempt"].len(), 36);
    let mut tags = snapshot.metadata;
    tags.insert("iii-idle-timeout".to_owned(), "77".to_owned());
    assert!(children(&deployment).iter().all(|child| child.metadata == tags));
}

#[tokio::test]
async fn every_copy_lives_as_long_as_its_parent_was_given() {
    let (deployment, payload) = parent(3).await;
    deployment.call("branch", payload).await.expect("copies");
    let idle = |all: &[InstanceView]| all[1..].iter().all(|child| child.ttl_seconds == Some(77));
    deployment.morph().wait_for_instances(idle).await;
    let sent = deployment
        .morph()
        .requests_to("POST", TTL)
        .pop()
        .expect("a lifetime")
        .body;
    assert_eq!(sent, Some(json!({"ttl_seconds": 77, "ttl_action": "stop"})));
}

#[tokio::test]
async fn there_must_be_room_for_all_copies_before_any_is_made() {
    let (deployment, payload) = parent(2).await;
    assert_eq!(
        deployment.refusal("branch", payload).await,
        "[S400] concurrency cap reached: 1 of 2 in use, 2 more asked for"
    );
    assert_eq!(deployment.morph().requests_to("POST", BRANCH).len(), 0);
}

#[tokio::test]
async fn while_copies_are_made_nobody_else_gets_their_room() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().fail("POST", BRANCH).with(Fault::Stall).once();
    let branching = deployment.begin("branch", payload);
    deployment.morph().wait_for_fault_hits(1).await;
    assert_eq!(
        deployment.refusal("create", json!({"image": "snapshot_base"})).await,
        "[S400] concurrency cap reached: 3 of 3 in use, 1 more asked for"
    );
    deployment.morph().release_stalled();
    branching.await.expect("copies");
}

#[tokio::test]
async fn a_copy_that_can_be_stopped_is_a_sandbox_like_any_other() {
    let (deployment, payload) = parent(3).await;
    let branched = deployment.call("branch", payload).await.expect("copies");
    let idle = |all: &[InstanceView]| all.iter().all(|one| one.ttl_seconds == Some(77));
    deployment.morph().wait_for_instances(idle).await;
    deployment.morph().clear_requests();
    for copy in branched["sandbox_ids"].as_array().expect("a list") {
        let stopped = deployment.call("stop", json!({"sandbox_id": copy})).await;
        assert_eq!(stopped, Ok(json!({})));
    }
    assert_eq!(deployment.morph().requests().len(), 2, "their ids are known");
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn all_is_undone_when_one_copy_fails() {
    for (fate, what) in [
        (Fate::Error, "the provider says that it failed"),
        (Fate::Pending, "not ready within 1 s"),
    ] {
        let (deployment, payload) = parent(3).await;
        deployment.morph().set_fates([Fate::Ready, fate]);
        assert_eq!(
            deployment.refusal("branch", payload.clone()).await,
            format!("[S502] provider unavailable: branch (ready): {what} (GET /instance/{{instance_id}})")
        );
        is_undone(&deployment, payload).await;
    }
}

#[tokio::test]
async fn all_is_undone_when_one_copy_gets_no_lifetime() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(501)).always();
    assert_eq!(
        deployment.refusal("branch", payload.clone()).await,
        "[S502] provider unavailable: sandboxes (lifetime): status 501 (POST /instance/{instance_id}/ttl)"
    );
    deployment.morph().clear_faults();
    is_undone(&deployment, payload).await;
}

#[tokio::test]
async fn all_is_undone_when_the_answer_has_fewer_copies_even_those_it_hides() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().rewrite("POST", BRANCH, |made| {
        made["instances"].as_array_mut().expect("a list").pop();
    });
    assert_eq!(
        deployment.refusal("branch", payload.clone()).await,
        "[S502] provider unavailable: the provider started 1 of 2 sandboxes"
    );
    deployment.morph().clear_rewrites();
    is_undone(&deployment, payload).await;
}

#[tokio::test]
async fn all_is_undone_when_the_answer_names_a_copy_twice() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().rewrite("POST", BRANCH, |made| {
        made["instances"][1] = made["instances"][0].clone();
    });
    assert_eq!(
        deployment.refusal("branch", payload.clone()).await,
        "[S502] provider unavailable: the provider started 1 of 2 sandboxes"
    );
    deployment.morph().clear_rewrites();
    is_undone(&deployment, payload).await;
}

#[tokio::test]
async fn no_copy_is_left_when_the_snapshot_has_no_usable_id() {
    let (deployment, payload) = parent(3).await;
    deployment
        .morph()
        .rewrite("POST", BRANCH, |made| made["snapshot"]["id"] = json!("../instance"));
    assert_eq!(
        deployment.refusal("branch", payload).await,
        "[S502] provider unavailable: unreadable answer: it gives an id that cannot be used"
    );
    assert_eq!(children(&deployment), []);
    assert_eq!(deployment.morph().snapshots().len(), 1);
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn copies_are_answered_once_their_snapshot_is_ready() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().set_saved_after(Duration::from_millis(600));
    deployment.call("branch", payload).await.expect("copies");
    let snapshot = deployment.morph().snapshots().pop().expect("the copies' snapshot");
    assert_eq!(snapshot.status, "ready");
}

#[tokio::test]
async fn all_is_undone_when_their_snapshot_fails() {
    let (deployment, payload) = parent(3).await;
    deployment.morph().set_saved_after(Duration::from_millis(200));
    deployment.morph().set_save_fates([Fate::Error]);
    assert_eq!(
        deployment.refusal("branch", payload.clone()).await,
        "[S502] provider unavailable: branch (saved): the provider says that it failed (GET /snapshot/{snapshot_id})"
    );
    is_undone(&deployment, payload).await;
}

#[tokio::test]
async fn a_parent_that_is_gone_has_no_copies() {
    let (deployment, payload) = parent(3).await;
    deployment
        .morph()
        .remove_instance(payload["sandbox_id"].as_str().expect("an id"));
    deployment.morph().clear_requests();
    assert_eq!(
        deployment.refusal("branch", payload).await,
        "[S002] no such sandbox: branch (fork): status 404 (POST /instance/{instance_id}/branch)"
    );
    // A look at the copies and one at the snapshot make sure that the refusal was one.
    let sent = deployment.morph().request_methods();
    assert_eq!(sent, ["POST", "GET", "GET"]);
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn a_timeout_that_is_answered_with_another_spelling_of_the_id_is_theirs() {
    let (deployment, payload) = parent(4).await;
    deployment.morph().rewrite("POST", TTL, |answer| {
        answer["id"] = json!(answer["id"].as_str().expect("an id").to_uppercase());
    });
    deployment.call("branch", payload).await.expect("copies");
    assert!(children(&deployment).iter().all(|copy| copy.ttl_seconds.is_some()));
}
