//! Undoing goes on until it succeeds, whether or not anybody waits for it.

use serde_json::json;
use testkit::{Deployment, Fault, morph::Fate};

use super::{ONE, WORKER, deployment, image, with_little_time};

const FAILED: &str =
    "[S502] provider unavailable: create (ready): the provider says that it failed (GET /instance/{instance_id})";

#[tokio::test]
async fn it_is_tried_again_after_the_caller_was_answered() {
    let deployment = deployment().await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(500)).always();
    assert_eq!(deployment.refusal("create", image()).await, FAILED);
    assert_eq!(deployment.morph().instances().len(), 1, "after the first try");
    deployment.morph().wait_for_fault_hits(2).await;
    deployment.morph().clear_faults();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    assert!(deployment.morph().requests_to("DELETE", ONE).len() >= 3);
}

#[tokio::test]
async fn until_it_succeeds_the_slot_is_held() {
    let deployment = deployment().await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().fail("DELETE", ONE).with(Fault::Stall).always();
    assert_eq!(deployment.refusal("create", image()).await, FAILED);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S400] concurrency cap reached: 1 of 1 in use, 1 more asked for"
    );
    deployment.morph().clear_faults();
    deployment.morph().release_stalled();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn one_that_is_gone_already_is_undone() {
    let deployment = deployment().await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().lose_answer("DELETE", ONE);
    assert_eq!(deployment.refusal("create", image()).await, FAILED);
    deployment.morph().wait_for_request("DELETE", ONE, 2).await;
    deployment.wait_for_in_flight(0).await;
    deployment.sandbox().await;
}

#[tokio::test]
async fn many_are_undone_side_by_side() {
    let deployment = Deployment::start(WORKER).await;
    let parent = deployment.sandbox().await;
    deployment.morph().set_fates([Fate::Error; 8]);
    deployment.morph().fail("DELETE", ONE).with(Fault::Stall).times(8);
    let branching = deployment.begin("branch", json!({"sandbox_id": parent, "count": 8}));
    deployment.morph().wait_for_fault_hits(8).await;
    deployment.morph().release_stalled();
    branching.await.expect_err("all copies have failed");
    assert_eq!(deployment.morph().instances().len(), 1);
    assert_eq!(deployment.morph().snapshots().len(), 1);
}

#[tokio::test]
async fn a_snapshot_that_is_not_removed_at_once_is_removed_later() {
    let deployment = Deployment::start(WORKER).await;
    let parent = deployment.sandbox().await;
    deployment.morph().set_fates([Fate::Error]);
    deployment
        .morph()
        .fail("DELETE", "/snapshot/{id}")
        .with(Fault::Status(500))
        .times(2);
    deployment
        .refusal("branch", json!({"sandbox_id": parent, "count": 1}))
        .await;
    deployment.morph().wait_for_request("DELETE", "/snapshot/{id}", 3).await;
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    deployment.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn what_cannot_be_undone_until_its_lifetime_is_over_counts_and_is_in_the_log() {
    let deployment = with_little_time(1).await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().fail("DELETE", ONE).always();
    let payload = json!({"image": "snapshot_base", "idle_timeout_secs": 3});
    assert_eq!(deployment.refusal("create", payload).await, FAILED);
    let tried = deployment.morph().wait_for_request("DELETE", ONE, 1).await.path;
    let id = tried.rsplit('/').next().expect("an id");
    let line = format!("ERROR provider_runtime::rollback: a sandbox could not be ended sandbox=\"{id}\"");
    deployment.worker.wait_for_line(&line).await;
    deployment.morph().fail("GET", "/instance").always();
    deployment.wait_for_in_flight(1).await;
}

#[tokio::test]
async fn copies_without_a_timeout_are_ended_however_late() {
    let deployment = with_little_time(2).await;
    let parent = deployment.sandbox_with(json!({"idle_timeout_secs": 4})).await;
    let expire = deployment.morph().fail("POST", "/instance/{id}/ttl");
    expire.with(Fault::Status(500)).always();
    deployment.morph().fail("DELETE", ONE).always();
    deployment
        .refusal("branch", json!({"sandbox_id": parent, "count": 1}))
        .await;
    deployment
        .worker
        .wait_for_line("it was tried until its own timeout")
        .await;
    deployment.morph().clear_faults();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
}
