//! Undoing goes on until it succeeds, whether or not anybody waits for it.

use serde_json::json;
use testkit::{Deployment, Fault, morph::Fate};

use super::{ONE, WORKER, house, image, with_little_time};

const FAILED: &str =
    "[S502] provider unavailable: create (ready): the provider says that it failed (GET /instance/{instance_id})";

#[tokio::test]
async fn it_is_tried_again_after_the_caller_was_answered() {
    let house = house().await;
    house.morph().set_fates([Fate::Error]);
    house.morph().fail("DELETE", ONE).with(Fault::Status(500)).always();
    assert_eq!(house.refusal("create", image()).await, FAILED);
    assert_eq!(house.morph().instances().len(), 1, "after the first try");
    house.morph().wait_for_fault_hits(2).await;
    house.morph().clear_faults();
    house.morph().wait_for_instances(<[_]>::is_empty).await;
    assert!(house.morph().requests_to("DELETE", ONE).len() >= 3);
}

#[tokio::test]
async fn until_it_succeeds_the_slot_is_held() {
    let house = house().await;
    house.morph().set_fates([Fate::Error]);
    house.morph().fail("DELETE", ONE).with(Fault::Stall).always();
    assert_eq!(house.refusal("create", image()).await, FAILED);
    assert_eq!(
        house.refusal("create", image()).await,
        "[S400] concurrency cap reached: 1 of 1 in use, 1 more asked for"
    );
    house.morph().clear_faults();
    house.morph().release_stalled();
    house.morph().wait_for_instances(<[_]>::is_empty).await;
    house.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn one_that_is_gone_already_is_undone() {
    let house = house().await;
    house.morph().set_fates([Fate::Error]);
    house.morph().fail("DELETE", ONE).with(Fault::Cut).after_effect().once();
    assert_eq!(house.refusal("create", image()).await, FAILED);
    house.morph().wait_for_request("DELETE", ONE, 2).await;
    house.wait_for_in_flight(0).await;
    house.sandbox().await;
}

#[tokio::test]
async fn many_are_undone_side_by_side() {
    let house = Deployment::start(WORKER).await;
    let parent = house.sandbox().await;
    house.morph().set_fates([Fate::Error; 8]);
    house.morph().fail("DELETE", ONE).with(Fault::Stall).times(8);
    let branching = house.begin("branch", json!({"sandbox_id": parent, "count": 8}));
    house.morph().wait_for_fault_hits(8).await;
    house.morph().release_stalled();
    branching.await.expect_err("all copies have failed");
    assert_eq!(house.morph().instances().len(), 1);
    assert_eq!(house.morph().snapshots().len(), 1);
}

#[tokio::test]
async fn a_snapshot_that_is_not_removed_at_once_is_removed_later() {
    let house = Deployment::start(WORKER).await;
    let parent = house.sandbox().await;
    house.morph().set_fates([Fate::Error]);
    house
        .morph()
        .fail("DELETE", "/snapshot/{id}")
        .with(Fault::Status(500))
        .times(2);
    house.refusal("branch", json!({"sandbox_id": parent, "count": 1})).await;
    house.morph().wait_for_request("DELETE", "/snapshot/{id}", 3).await;
    house.morph().wait_for_instances(|left| left.len() == 1).await;
    house.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn what_cannot_be_undone_until_its_lifetime_is_over_counts_and_is_in_the_log() {
    let house = with_little_time(1).await;
    house.morph().set_fates([Fate::Error]);
    house.morph().fail("DELETE", ONE).always();
    let payload = json!({"image": "snapshot_base", "idle_timeout_secs": 3});
    assert_eq!(house.refusal("create", payload).await, FAILED);
    let tried = house.morph().wait_for_request("DELETE", ONE, 1).await.path;
    let id = tried.rsplit('/').next().expect("an id");
    let line = format!("ERROR provider_runtime::rollback: a sandbox could not be ended sandbox=\"{id}\"");
    house.worker.wait_for_line(&line).await;
    house.morph().fail("GET", "/instance").always();
    house.wait_for_in_flight(1).await;
}

#[tokio::test]
async fn copies_without_a_timeout_are_ended_however_late() {
    let house = with_little_time(2).await;
    let parent = house.sandbox_with(json!({"idle_timeout_secs": 4})).await;
    let expire = house.morph().fail("POST", "/instance/{id}/ttl");
    expire.with(Fault::Status(500)).always();
    house.morph().fail("DELETE", ONE).always();
    house.refusal("branch", json!({"sandbox_id": parent, "count": 1})).await;
    house.worker.wait_for_line("it was tried until its own timeout").await;
    house.morph().clear_faults();
    house.morph().wait_for_instances(<[_]>::is_empty).await;
}
