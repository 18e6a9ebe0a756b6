//! A snapshot that nobody was told of is found by its tag and deleted.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use super::{house, house_for};

const MAKE: &str = "/instance/{id}/snapshot";
const BRANCH: &str = "/instance/{id}/branch";
const LIST: &str = "/snapshot";
const DELETE: &str = "/snapshot/{id}";

const LOST: &str = "[S502] provider unavailable: snapshot (save): the connection broke before the answer was complete \
                    (POST /instance/{instance_id}/snapshot)";

/// A sandbox, and a request for a snapshot of it of which nothing was sent yet.
async fn with_sandbox() -> (Deployment, Value) {
    let house = house().await;
    let sandbox = json!({"sandbox_id": house.sandbox().await});
    house.morph().clear_requests();
    (house, sandbox)
}

#[tokio::test]
async fn it_is_deleted_before_the_caller_is_answered() {
    let (house, sandbox) = with_sandbox().await;
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(house.morph().snapshots().len(), 1);
    let sent: Vec<_> = house.morph().requests().into_iter().map(|seen| seen.method).collect();
    assert_eq!(sent, ["POST", "GET", "DELETE"]);
}

#[tokio::test]
async fn one_that_comes_late_is_deleted_too() {
    let (house, sandbox) = with_sandbox().await;
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    // The first look comes too early to see it.
    house.morph().rewrite("GET", LIST, |list| list["data"] = json!([]));
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(house.morph().snapshots().len(), 2);
    house.morph().clear_rewrites();
    house.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn a_look_that_fails_is_repeated() {
    let (house, sandbox) = with_sandbox().await;
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    house.morph().fail("GET", LIST).with(Fault::Nonsense).times(3);
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    house.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn so_is_a_removal() {
    let (house, sandbox) = with_sandbox().await;
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    house.morph().fail("DELETE", DELETE).with(Fault::Status(409)).times(2);
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    house.morph().wait_for_snapshots(1).await;
    assert_eq!(house.morph().requests_to("DELETE", DELETE).len(), 3);
}

#[tokio::test]
async fn one_that_failed_is_deleted() {
    let (house, sandbox) = with_sandbox().await;
    house
        .morph()
        .rewrite("POST", MAKE, |made| made["status"] = json!("failed"));
    house.refusal("snapshot", sandbox).await;
    assert_eq!(house.morph().snapshots().len(), 1);
}

#[tokio::test]
async fn one_whose_id_cannot_be_used_is_deleted() {
    for id in [json!(""), json!(".."), json!("a/b")] {
        let (house, sandbox) = with_sandbox().await;
        house.morph().rewrite("POST", MAKE, move |made| made["id"] = id.clone());
        house.refusal("snapshot", sandbox).await;
        assert_eq!(house.morph().snapshots().len(), 1);
    }
}

#[tokio::test]
async fn those_of_other_calls_stay() {
    let (house, sandbox) = with_sandbox().await;
    house.call("snapshot", sandbox.clone()).await.expect("a snapshot");
    let kept = house.morph().snapshots();
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    // A list that takes no filter into account shows them as well.
    let all = kept.iter().map(|one| json!({"id": one.id, "metadata": one.metadata}));
    let all: Vec<Value> = all.collect();
    house.morph().rewrite("GET", LIST, move |list| {
        let data = list["data"].as_array_mut().expect("a list");
        let like = data[0].clone();
        for other in &all {
            let mut shown = like.clone();
            shown["id"] = other["id"].clone();
            shown["metadata"] = other["metadata"].clone();
            data.push(shown);
        }
    });
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    assert_eq!(house.morph().snapshots(), kept);
}

#[tokio::test]
async fn what_a_branch_was_made_from_goes_with_its_copies() {
    let house = house_for(2).await;
    let parent = house.sandbox().await;
    house
        .morph()
        .fail("POST", BRANCH)
        .with(Fault::Cut)
        .after_effect()
        .once();
    house.refusal("branch", json!({"sandbox_id": parent, "count": 1})).await;
    assert_eq!(house.morph().snapshots().len(), 1);
    assert_eq!(house.morph().instances().len(), 1);
}

#[tokio::test]
async fn one_whose_caller_cannot_be_told_is_deleted() {
    let (house, sandbox) = with_sandbox().await;
    house
        .morph()
        .fail("POST", MAKE)
        .with(Fault::Stall)
        .after_effect()
        .once();
    let making = house.begin("snapshot", sandbox);
    house.morph().wait_for_fault_hits(1).await;
    house.engine.drop_connections();
    assert_eq!(making.await.expect_err("it was stopped").code, "invocation_stopped");
    house.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn what_could_not_be_looked_for_when_the_worker_ends_is_in_the_log() {
    let (mut house, sandbox) = with_sandbox().await;
    house.morph().fail("POST", MAKE).with(Fault::Cut).after_effect().once();
    house.morph().fail("GET", LIST).with(Fault::Nonsense).always();
    assert_eq!(house.refusal("snapshot", sandbox).await, LOST);
    let made = house.morph().snapshots().pop().expect("a snapshot");
    assert_eq!(house.terminate().await.code(), Some(0));
    let line = house
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
        let (house, sandbox) = with_sandbox().await;
        house
            .morph()
            .rewrite("POST", MAKE, |made| made["status"] = json!("failed"));
        house.morph().fail("DELETE", DELETE).with(Fault::Status(404)).times(4);
        house
            .morph()
            .fail("GET", LIST)
            .with(Fault::Bytes(br#"{"object": "list", "data": []}"#.to_vec()))
            .times(lists);
        house.refusal("snapshot", sandbox).await;
        house.morph().wait_for_snapshots(1).await;
    }
}
