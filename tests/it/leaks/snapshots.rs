//! A snapshot that nobody was told of is found by its tag and deleted.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use super::{deployment, deployment_for};

const MAKE: &str = "/instance/{id}/snapshot";
const BRANCH: &str = "/instance/{id}/branch";
const LIST: &str = "/snapshot";
const DELETE: &str = "/snapshot/{id}";

const LOST: &str = "[S502] provider unavailable: snapshot (save): the connection broke before the answer was complete \
                    (POST /instance/{instance_id}/snapshot)";

/// A sandbox, and a request for a snapshot of it of which nothing was sent yet.
async fn with_sandbox() -> (Deployment, Value) {
    let deployment = deployment().await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.morph().clear_requests();
    (deployment, sandbox)
}

#[tokio::test]
async fn it_is_deleted_before_the_caller_is_answered() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment.morph().lose_answer("POST", MAKE);
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(deployment.morph().snapshots().len(), 1);
    let sent = deployment.morph().request_methods();
    assert_eq!(sent, ["POST", "GET", "DELETE"]);
}

#[tokio::test]
async fn one_that_comes_late_is_deleted_too() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment.morph().lose_answer("POST", MAKE);
    // The first look comes too early to see it.
    deployment.morph().rewrite("GET", LIST, |list| list["data"] = json!([]));
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(deployment.morph().snapshots().len(), 2);
    deployment.morph().clear_rewrites();
    deployment.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn a_look_that_fails_is_repeated() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment.morph().lose_answer("POST", MAKE);
    deployment.morph().fail("GET", LIST).with(Fault::Nonsense).times(3);
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    deployment.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn so_is_a_removal() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment.morph().lose_answer("POST", MAKE);
    deployment
        .morph()
        .fail("DELETE", DELETE)
        .with(Fault::Status(409))
        .times(2);
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    deployment.morph().wait_for_snapshots(1).await;
    assert_eq!(deployment.morph().requests_to("DELETE", DELETE).len(), 3);
}

#[tokio::test]
async fn one_that_failed_is_deleted() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment
        .morph()
        .rewrite("POST", MAKE, |made| made["status"] = json!("failed"));
    deployment.refusal("snapshot", sandbox).await;
    assert_eq!(deployment.morph().snapshots().len(), 1);
}

#[tokio::test]
async fn one_whose_id_cannot_be_used_is_deleted() {
    for id in [json!(""), json!(".."), json!("a/b")] {
        let (deployment, sandbox) = with_sandbox().await;
        deployment
            .morph()
            .rewrite("POST", MAKE, move |made| made["id"] = id.clone());
        deployment.refusal("snapshot", sandbox).await;
        assert_eq!(deployment.morph().snapshots().len(), 1);
    }
}

#[tokio::test]
async fn those_of_other_calls_stay() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment.call("snapshot", sandbox.clone()).await.expect("a snapshot");
    let kept = deployment.morph().snapshots();
    deployment.morph().lose_answer("POST", MAKE);
    // A list that takes no filter into account shows them as well.
    let all = kept.iter().map(|one| json!({"id": one.id, "metadata": one.metadata}));
    let all: Vec<Value> = all.collect();
    deployment.morph().rewrite("GET", LIST, move |list| {
        let data = list["data"].as_array_mut().expect("a list");
        let like = data[0].clone();
        for other in &all {
            let mut shown = like.clone();
            shown["id"] = other["id"].clone();
            shown["metadata"] = other["metadata"].clone();
            data.push(shown);
        }
    });
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(deployment.morph().snapshots(), kept);
}

#[tokio::test]
async fn what_a_branch_was_made_from_goes_with_its_copies() {
    let deployment = deployment_for(2).await;
    let parent = deployment.sandbox().await;
    deployment.morph().lose_answer("POST", BRANCH);
    deployment
        .refusal("branch", json!({"sandbox_id": parent, "count": 1}))
        .await;
    assert_eq!(deployment.morph().snapshots().len(), 1);
    assert_eq!(deployment.morph().instances().len(), 1);
}

#[tokio::test]
async fn one_whose_caller_cannot_be_told_is_deleted() {
    let (deployment, sandbox) = with_sandbox().await;
    deployment
        .morph()
        .fail("POST", MAKE)
        .with(Fault::Stall)
        .after_effect()
        .once();
    let making = deployment.begin("snapshot", sandbox);
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.engine.drop_connections();
    assert_eq!(making.await.expect_err("it was stopped").code, "invocation_stopped");
    deployment.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn what_could_not_be_looked_for_when_the_worker_ends_is_in_the_log() {
    let (mut deployment, sandbox) = with_sandbox().await;
    deployment.morph().lose_answer("POST", MAKE);
    deployment.morph().fail("GET", LIST).with(Fault::Nonsense).always();
    assert_eq!(deployment.refusal("snapshot", sandbox).await, LOST);
    let made = deployment.morph().snapshots().pop().expect("a snapshot");
    assert_eq!(deployment.terminate().await.code(), Some(0));
    let line = deployment
        .worker
        .wait_for_line("a call may have made a snapshot that cannot be looked for")
        .await;
    let told = line.contains("ERROR") && line.contains(&made.metadata["iii-attempt"]);
    assert!(told, "{line}");
}

#[tokio::test]
async fn one_that_is_answered_to_be_gone_and_is_not_is_deleted() {
    // It is listed at first, or only later.
    for lists in [0, 2] {
        let (deployment, sandbox) = with_sandbox().await;
        deployment
            .morph()
            .rewrite("POST", MAKE, |made| made["status"] = json!("failed"));
        deployment
            .morph()
            .fail("DELETE", DELETE)
            .with(Fault::Status(404))
            .times(4);
        deployment
            .morph()
            .fail("GET", LIST)
            .with(Fault::Bytes(br#"{"object": "list", "data": []}"#.to_vec()))
            .times(lists);
        deployment.refusal("snapshot", sandbox).await;
        deployment.morph().wait_for_snapshots(1).await;
    }
}
