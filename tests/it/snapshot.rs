//! snapshot: the state of a sandbox, tagged, to start others from.

use std::time::Duration;

use serde_json::json;
use testkit::{Deployment, Fault, morph::Fate};

use crate::WORKER;

const SNAPSHOT: &str = "/instance/{id}/snapshot";
const BRANCH: &str = "/instance/{id}/branch";
const ONE: &str = "/snapshot/{id}";

#[tokio::test]
async fn its_id_is_answered_and_it_carries_the_owners_tag() {
    let deployment = Deployment::builder(WORKER).config("owner: team-a").start().await;
    let sandbox = deployment.sandbox().await;
    let answer = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let made = deployment.morph().snapshots().pop().expect("a snapshot");
    assert_eq!(answer, Ok(json!({"snapshot_id": made.id})));
    assert_eq!(made.metadata["iii-owner"], "team-a");
    assert_eq!(made.metadata["iii-attempt"].len(), 36);
}

#[tokio::test]
async fn a_sandbox_starts_from_it_at_once() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    // Nothing gets ready by itself while the test lasts.
    deployment.morph().set_ready_after(Duration::from_secs(3600));
    let answer = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let image = answer.expect("a snapshot")["snapshot_id"].clone();
    deployment.morph().set_ready_after(Duration::ZERO);
    let copy = deployment.sandbox_with(json!({"image": image})).await;
    let started = deployment.morph().instance(&copy).expect("it runs");
    assert_eq!(json!(started.snapshot_id), image);
}

#[tokio::test]
async fn one_that_failed_is_refused() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment
        .morph()
        .rewrite("POST", SNAPSHOT, |made| made["status"] = json!("failed"));
    assert_eq!(
        deployment.refusal("snapshot", sandbox).await,
        "[S502] provider unavailable: snapshot (saved): the provider says that it failed (GET /snapshot/{snapshot_id})"
    );
    assert_eq!(deployment.morph().snapshots().len(), 1, "the known one");
}

#[tokio::test]
async fn one_that_is_ready_costs_one_request() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.morph().clear_requests();
    deployment.call("snapshot", sandbox).await.expect("a snapshot");
    assert_eq!(deployment.morph().requests().len(), 1);
}

#[tokio::test]
async fn one_that_is_pending_is_waited_for() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.morph().set_saved_after(Duration::from_millis(500));
    for fault in [
        None,
        Some(Fault::Status(503)),
        Some(Fault::Status(404)),
        Some(Fault::Cut),
    ] {
        if let Some(fault) = fault {
            deployment.morph().fail("GET", ONE).with(fault).once();
        }
        let answer = deployment.call("snapshot", sandbox.clone()).await;
        let id = answer.expect("a snapshot")["snapshot_id"].clone();
        let made = deployment
            .morph()
            .snapshots()
            .into_iter()
            .find(|one| json!(one.id) == id);
        assert_eq!(made.expect("it is there").status, "ready");
    }
}

#[tokio::test]
async fn one_that_fails_or_never_gets_ready_is_deleted() {
    for (fate, what) in [
        (Fate::Error, "the provider says that it failed"),
        (Fate::Pending, "not ready within 1 s"),
    ] {
        let deployment = Deployment::builder(WORKER)
            .config("ready_timeout_secs: 1")
            .start()
            .await;
        let sandbox = json!({"sandbox_id": deployment.sandbox().await});
        deployment.morph().set_saved_after(Duration::from_millis(200));
        deployment.morph().set_save_fates([fate]);
        assert_eq!(
            deployment.refusal("snapshot", sandbox).await,
            format!("[S502] provider unavailable: snapshot (saved): {what} (GET /snapshot/{{snapshot_id}})")
        );
        assert_eq!(deployment.morph().snapshots().len(), 1, "the known one");
    }
}

#[tokio::test]
async fn saving_takes_longer_than_a_request() {
    let yaml = "request_timeout_secs: 1\nready_timeout_secs: 30";
    let deployment = Deployment::builder(WORKER).config(yaml).start().await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    let slow = Fault::Slow(Duration::from_secs(2));
    for (function, call) in [("create", "/instance"), ("snapshot", SNAPSHOT), ("branch", BRANCH)] {
        deployment.morph().fail("POST", call).with(slow.clone()).once();
        let payload = match function {
            "create" => json!({"image": "snapshot_base"}),
            _ => sandbox.clone(),
        };
        let answer = deployment.call(function, payload).await;
        assert!(answer.is_ok(), "{function}: {answer:?}");
    }
}

#[tokio::test]
async fn it_takes_no_slot() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let answer = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    answer.expect("a snapshot");
    assert_eq!(deployment.in_flight().await, 1);
}
