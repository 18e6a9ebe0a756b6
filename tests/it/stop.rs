//! stop: the sandbox is gone, and its slot is free; or it is refused, and the sandbox still counts.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::WORKER;

const ONE: &str = "/instance/{id}";

/// A worker with room for one sandbox, and that sandbox.
async fn full() -> (Deployment, Value) {
    let house = Deployment::builder(WORKER)
        .config("max_concurrent_sandboxes: 1")
        .start()
        .await;
    let sandbox = json!({"sandbox_id": house.sandbox().await});
    house.morph().clear_requests();
    (house, sandbox)
}

/// What the worker itself counts, while the provider gives no list.
async fn counted(house: &Deployment) -> u64 {
    house.morph().fail("GET", "/instance").always();
    house.in_flight().await
}

#[tokio::test]
async fn it_deletes_and_frees_the_slot() {
    let (house, sandbox) = full().await;
    assert_eq!(house.call("stop", sandbox.clone()).await, Ok(json!({})));
    let id = sandbox["sandbox_id"].as_str().expect("an id");
    assert_eq!(house.morph().request_lines(), [format!("DELETE /instance/{id}")]);
    assert_eq!(house.morph().instances(), []);
    assert_eq!(counted(&house).await, 0);
}

#[tokio::test]
async fn to_stop_twice_is_success() {
    let (house, sandbox) = full().await;
    assert_eq!(house.call("stop", sandbox.clone()).await, Ok(json!({})));
    assert_eq!(house.call("stop", sandbox).await, Ok(json!({})));
}

#[tokio::test]
async fn one_that_has_ended_by_itself_is_stopped_and_its_slot_is_free() {
    let (house, sandbox) = full().await;
    house
        .morph()
        .remove_instance(sandbox["sandbox_id"].as_str().expect("an id"));
    assert_eq!(house.call("stop", sandbox).await, Ok(json!({})));
    assert_eq!(counted(&house).await, 0);
}

#[tokio::test]
async fn a_conflict_is_success_once_a_look_finds_it_gone() {
    let (house, sandbox) = full().await;
    house
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::Status(409))
        .after_effect()
        .once();
    assert_eq!(house.call("stop", sandbox).await, Ok(json!({})));
    let sent: Vec<_> = house.morph().requests().into_iter().map(|seen| seen.method).collect();
    // A look may not know yet what was just started, so the list has to lack it, too.
    assert_eq!(sent, ["DELETE", "GET", "GET"]);
    assert_eq!(counted(&house).await, 0);
}

#[tokio::test]
async fn a_conflict_is_no_success_while_it_is_still_there() {
    let (house, sandbox) = full().await;
    house.morph().fail("DELETE", ONE).with(Fault::Status(409)).always();
    assert_eq!(
        house.refusal("stop", sandbox).await,
        "[S502] provider unavailable: stop: refused, and the sandbox is still there (GET /instance/{instance_id})"
    );
    assert_eq!(counted(&house).await, 1);
}

#[tokio::test]
async fn one_that_could_not_be_stopped_keeps_its_slot() {
    let (house, sandbox) = full().await;
    house.morph().fail("DELETE", ONE).with(Fault::Status(501)).once();
    assert_eq!(
        house.refusal("stop", sandbox.clone()).await,
        "[S502] provider unavailable: stop: status 501 (DELETE /instance/{instance_id})"
    );
    assert_eq!(house.morph().instances().len(), 1);
    assert_eq!(counted(&house).await, 1);
    assert_eq!(house.call("stop", sandbox).await, Ok(json!({})));
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again() {
    let (house, sandbox) = full().await;
    house.morph().fail("DELETE", ONE).with(Fault::Status(503)).times(2);
    assert_eq!(house.call("stop", sandbox).await, Ok(json!({})));
    assert_eq!(house.morph().instances(), []);
}
