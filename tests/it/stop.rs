//! stop: the sandbox is gone, and its slot is free; or it is refused, and the sandbox still counts.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::WORKER;

const ONE: &str = "/instance/{id}";

/// A worker with room for one sandbox, and that sandbox.
async fn full() -> (Deployment, Value) {
    let deployment = Deployment::builder(WORKER)
        .config("max_concurrent_sandboxes: 1")
        .start()
        .await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.morph().clear_requests();
    (deployment, sandbox)
}

/// What the worker itself counts, while the provider gives no list.
async fn counted(deployment: &Deployment) -> u64 {
    deployment.morph().fail("GET", "/instance").always();
    deployment.in_flight().await
}

#[tokio::test]
async fn it_deletes_and_frees_the_slot() {
    let (deployment, sandbox) = full().await;
    assert_eq!(deployment.call("stop", sandbox.clone()).await, Ok(json!({})));
    let id = sandbox["sandbox_id"].as_str().expect("an id");
    assert_eq!(deployment.morph().request_lines(), [format!("DELETE /instance/{id}")]);
    assert_eq!(deployment.morph().instances(), []);
    assert_eq!(counted(&deployment).await, 0);
}

#[tokio::test]
async fn to_stop_twice_is_success() {
    let (deployment, sandbox) = full().await;
    assert_eq!(deployment.call("stop", sandbox.clone()).await, Ok(json!({})));
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
}

#[tokio::test]
async fn one_that_has_ended_by_itself_is_stopped_and_its_slot_is_free() {
    let (deployment, sandbox) = full().await;
    deployment
        .morph()
        .remove_instance(sandbox["sandbox_id"].as_str().expect("an id"));
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
    assert_eq!(counted(&deployment).await, 0);
}

#[tokio::test]
async fn a_conflict_is_success_once_a_look_finds_it_gone() {
    let (deployment, sandbox) = full().await;
    deployment
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::Status(409))
        .after_effect()
        .once();
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
    let sent = deployment.morph().request_methods();
    // A look may not know yet what was just started, so the list has to lack it, too.
    assert_eq!(sent, ["DELETE", "GET", "GET"]);
    assert_eq!(counted(&deployment).await, 0);
}

#[tokio::test]
async fn a_conflict_is_no_success_while_it_is_still_there() {
    let (deployment, sandbox) = full().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(409)).always();
    assert_eq!(
        deployment.refusal("stop", sandbox).await,
        "[S502] provider unavailable: stop: refused, and the sandbox is still there (GET /instance/{instance_id})"
    );
    assert_eq!(counted(&deployment).await, 1);
}

#[tokio::test]
async fn one_that_could_not_be_stopped_keeps_its_slot() {
    let (deployment, sandbox) = full().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(501)).once();
    assert_eq!(
        deployment.refusal("stop", sandbox.clone()).await,
        "[S502] provider unavailable: stop: status 501 (DELETE /instance/{instance_id})"
    );
    assert_eq!(deployment.morph().instances().len(), 1);
    assert_eq!(counted(&deployment).await, 1);
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again() {
    let (deployment, sandbox) = full().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(503)).times(2);
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
    assert_eq!(deployment.morph().instances(), []);
}
