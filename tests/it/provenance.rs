//! An answer can name anything. What it names is a call's own only once the tags show it; until then it is neither handed
//! out nor ended, and what the call has really made is found by its tag and ended.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};

use crate::WORKER;
const LIST: &str = "/instance";
const ONE: &str = "/instance/{id}";
const BRANCH: &str = "/instance/{id}/branch";

/// A worker with room for so many sandboxes.
async fn with_room_for(cap: usize) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nrequest_timeout_secs: 3");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    Deployment::builder(WORKER).config(&yaml).morph(quick).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

/// What the deployments of this account are told apart by.
fn tags(owner: &str, attempt: &str) -> Value {
    json!({"iii-owner": owner, "iii-attempt": attempt})
}

fn ids(morph: &Morph) -> Vec<String> {
    morph.instances().into_iter().map(|instance| instance.id).collect()
}

/// A start is answered with a sandbox that was there before.
async fn a_start_answered_with(deployment: &Deployment, other: &str, metadata: Option<Value>) {
    let before = ids(deployment.morph());
    let (id, tags) = (other.to_owned(), metadata);
    deployment.morph().rewrite("POST", LIST, move |one| {
        one["id"] = id.clone().into();
        if let Some(tags) = &tags {
            one["metadata"] = tags.clone();
        }
    });
    let text = deployment.refusal("create", image()).await;
    assert!(text.starts_with("[S502]"), "{text}");
    deployment
        .morph()
        .wait_for_instances(|left| left.len() == before.len())
        .await;
    assert_eq!(ids(deployment.morph()), before, "what runs was started by others");
}

#[tokio::test]
async fn a_start_that_is_answered_with_another_owners_sandbox_leaves_that_alone() {
    let deployment = with_room_for(2).await;
    let theirs = deployment
        .morph()
        .add_instance(&[("iii-owner", "them"), ("iii-attempt", "x")]);
    a_start_answered_with(&deployment, &theirs, Some(tags("them", "x"))).await;
}

#[tokio::test]
async fn so_does_one_whose_answer_shows_the_tags_of_this_call() {
    let deployment = with_room_for(2).await;
    let theirs = deployment
        .morph()
        .add_instance(&[("iii-owner", "them"), ("iii-attempt", "x")]);
    a_start_answered_with(&deployment, &theirs, None).await;
}

#[tokio::test]
async fn so_does_one_that_is_answered_without_tags() {
    let deployment = with_room_for(2).await;
    let theirs = deployment.morph().add_instance(&[]);
    a_start_answered_with(&deployment, &theirs, Some(json!({}))).await;
}

#[tokio::test]
async fn a_start_that_is_answered_with_another_callers_sandbox_leaves_that_alone() {
    let deployment = with_room_for(3).await;
    let other = deployment.sandbox().await;
    a_start_answered_with(&deployment, &other, None).await;
    let before_the_worker = deployment
        .morph()
        .add_instance(&[("iii-owner", "default"), ("iii-attempt", "earlier")]);
    a_start_answered_with(&deployment, &before_the_worker, Some(tags("default", "earlier"))).await;
}

#[tokio::test]
async fn a_start_whose_answer_lacks_the_tags_is_proven_by_the_look_that_is_made_anyway() {
    let deployment = with_room_for(1).await;
    deployment
        .morph()
        .rewrite("POST", LIST, |one| one["metadata"] = json!({}));
    deployment.sandbox().await;
    assert_eq!(deployment.morph().requests_to("GET", LIST).len(), 0);
}

#[tokio::test]
async fn a_branch_that_is_answered_with_its_parent_among_the_copies_leaves_the_parent_alone() {
    let deployment = with_room_for(3).await;
    let parent = deployment.sandbox().await;
    let id = parent.clone();
    deployment.morph().rewrite("POST", BRANCH, move |answer| {
        answer["instances"][0]["id"] = id.clone().into();
    });
    let text = deployment.refusal("branch", json!({"sandbox_id": parent})).await;
    assert!(text.starts_with("[S502]"), "{text}");
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    assert_eq!(ids(deployment.morph()), [parent]);
    deployment.morph().wait_for_snapshots(1).await;
    deployment.wait_for_in_flight(1).await;
}

#[tokio::test]
async fn a_branch_that_is_answered_with_the_base_image_as_its_snapshot_leaves_the_image_alone() {
    let deployment = with_room_for(3).await;
    let parent = deployment.sandbox().await;
    deployment.morph().rewrite("POST", BRANCH, |answer| {
        answer["snapshot"]["id"] = "snapshot_base".into();
        answer["snapshot"]["metadata"] = json!({});
    });
    deployment.morph().fail("GET", ONE).with(Fault::Status(401)).always();
    let text = deployment.refusal("branch", json!({"sandbox_id": parent})).await;
    assert!(text.starts_with("[S50"), "{text}");
    deployment.morph().wait_for_snapshots(1).await;
    assert_eq!(deployment.morph().snapshots()[0].id, "snapshot_base");
}

#[tokio::test]
async fn a_look_that_shows_another_sandbox_ends_neither() {
    let mut deployment = with_room_for(3).await;
    let (one, other) = (deployment.sandbox().await, deployment.sandbox().await);
    // A worker that knows the sandbox has no reason to look.
    deployment.morph().fail("GET", LIST).with(Fault::Status(500)).always();
    deployment.restart().await;
    let id = other.clone();
    deployment
        .morph()
        .rewrite("GET", ONE, move |found| found["id"] = id.clone().into());
    for function in ["snapshot", "stop"] {
        let text = deployment.refusal(function, json!({"sandbox_id": one})).await;
        assert!(text.contains("of another sandbox than was asked for"), "{text}");
    }
    assert_eq!(ids(deployment.morph()), [one, other]);
}

#[tokio::test]
async fn the_tag_of_a_call_on_another_owners_sandbox_is_no_licence_where_the_list_does_not_filter() {
    let everybody = Morph::builder().without_filters();
    let deployment = Deployment::builder(WORKER).morph(everybody).start().await;
    deployment.morph().fail("POST", LIST).with(Fault::Cut).once();
    deployment
        .morph()
        .fail("GET", LIST)
        .with(Fault::Slow(Duration::from_secs(1)))
        .once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_request("POST", LIST, 1).await;
    let sent = deployment.morph().requests_to("POST", LIST).pop().expect("a start");
    let attempt = sent.body.expect("a body")["metadata"]["iii-attempt"].clone();
    let attempt = attempt.as_str().expect("a tag");
    let theirs = deployment
        .morph()
        .add_instance(&[("iii-owner", "them"), ("iii-attempt", attempt)]);
    creating.await.expect_err("a refusal");
    assert_eq!(ids(deployment.morph()), [theirs]);
}
