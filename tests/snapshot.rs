//! snapshot: the state of a sandbox, tagged, to start others from.

use std::time::Duration;

use serde_json::json;
use testkit::Deployment;

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

const SNAPSHOT: &str = "/instance/{id}/snapshot";

#[tokio::test]
async fn its_id_is_answered_and_it_carries_the_owners_tag() {
    let house = Deployment::builder(WORKER).config("owner: team-a").start().await;
    let sandbox = house.sandbox().await;
    let answer = house.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let made = house.morph().snapshots().pop().expect("a snapshot");
    assert_eq!(answer, Ok(json!({"snapshot_id": made.id})));
    assert_eq!(made.metadata["iii-owner"], "team-a");
    assert_eq!(made.metadata["iii-attempt"].len(), 36);
}

#[tokio::test]
async fn a_sandbox_starts_from_it_at_once() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    // Nothing gets ready by itself while the test lasts.
    house.morph().set_ready_after(Duration::from_secs(3600));
    let answer = house.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let image = answer.expect("a snapshot")["snapshot_id"].clone();
    house.morph().set_ready_after(Duration::ZERO);
    let copy = house.sandbox_with(json!({"image": image})).await;
    let started = house.morph().instance(&copy).expect("it runs");
    assert_eq!(json!(started.snapshot_id), image);
}

#[tokio::test]
async fn one_that_failed_is_refused() {
    let house = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": house.sandbox().await});
    house
        .morph()
        .rewrite("POST", SNAPSHOT, |made| made["status"] = json!("failed"));
    assert_eq!(
        house.refusal("snapshot", sandbox).await,
        "[S502] provider unavailable: snapshot: the provider answered that it failed (POST /instance/{instance_id}/snapshot)"
    );
}

#[tokio::test]
async fn it_takes_no_slot() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let answer = house.call("snapshot", json!({"sandbox_id": sandbox})).await;
    answer.expect("a snapshot");
    assert_eq!(house.in_flight().await, 1);
}
