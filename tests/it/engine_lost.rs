//! The engine goes away and comes back: the worker is there again, and no sandbox and no slot is lost.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph, PendingCall};

use crate::WORKER;

/// A worker with room for so many sandboxes, which are ready at a look soon after their start.
async fn with_room_for(cap: usize) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    Deployment::builder(WORKER).config(&yaml).morph(quick).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

/// The engine is away for a moment, and the worker is registered with it again.
async fn come_and_go(deployment: &Deployment) {
    deployment.engine.go_away().await;
    deployment.engine.wait_connections(0).await;
    deployment.engine.come_back().await;
    deployment.engine.registered(&deployment.id("create")).await;
    deployment.engine.registered(&deployment.id("list")).await;
}

#[tokio::test]
async fn three_times_during_a_create_nothing_is_lost() {
    let deployment = with_room_for(1).await;
    for hit in 1..=3 {
        let start = deployment.morph().fail("POST", "/instance").with(Fault::Stall);
        start.after_effect().once();
        let creating = deployment.begin("create", image());
        deployment.morph().wait_for_fault_hits(hit).await;
        come_and_go(&deployment).await;
        assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
        deployment.morph().wait_for_instances(<[_]>::is_empty).await;
        deployment.wait_for_in_flight(0).await;
    }
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_create_whose_caller_cannot_be_told_is_undone() {
    let slow = Morph::builder().ready_after(Duration::from_secs(3));
    let deployment = Deployment::builder(WORKER).morph(slow).start().await;
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_request("GET", "/instance/{id}", 1).await;
    deployment.engine.drop_connections();
    assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    assert_eq!(deployment.morph().requests_to("DELETE", "/instance/{id}").len(), 1);
}

#[tokio::test]
async fn a_create_that_ends_while_the_engine_is_away_is_undone() {
    let deployment = Deployment::start(WORKER).await;
    // What it has not noticed it cannot lose.
    deployment.worker.wait_for_line("connected to the engine").await;
    deployment
        .morph()
        .fail("GET", "/instance/{id}")
        .with(Fault::Stall)
        .once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.engine.go_away().await;
    deployment
        .worker
        .wait_for_line("the connection to the engine is lost")
        .await;
    deployment.morph().release_stalled();
    creating.await.expect_err("it was stopped");
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    deployment.engine.come_back().await;
    deployment.engine.registered(&deployment.id("list")).await;
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn a_branch_whose_caller_cannot_be_told_is_undone() {
    let deployment = with_room_for(3).await;
    let parent = deployment.sandbox().await;
    deployment
        .morph()
        .fail("POST", "/instance/{id}/ttl")
        .with(Fault::Stall)
        .once();
    let branching = deployment.begin("branch", json!({"sandbox_id": parent}));
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.engine.drop_connections();
    branching.await.expect_err("it was stopped");
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    assert!(deployment.morph().instance(&parent).is_some(), "the parent runs on");
    deployment.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn a_stop_goes_on_without_its_caller() {
    let deployment = with_room_for(1).await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .fail("DELETE", "/instance/{id}")
        .with(Fault::Stall)
        .once();
    let stopping = deployment.begin("stop", json!({"sandbox_id": sandbox}));
    deployment.morph().wait_for_fault_hits(1).await;
    come_and_go(&deployment).await;
    stopping.await.expect_err("it was stopped");
    deployment.morph().release_stalled();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    deployment.wait_for_in_flight(0).await;
    deployment.sandbox().await;
}

/// A create that ends while an engine hears nothing that has answered the worker's questions before.
async fn created_unheard(deployment: &Deployment) -> PendingCall {
    deployment.worker.wait_for_line("registered ").await;
    deployment
        .morph()
        .fail("GET", "/instance/{id}")
        .with(Fault::Stall)
        .once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.engine.go_deaf();
    deployment.morph().release_stalled();
    creating
}

/// Much longer than an engine that is there needs for an answer.
async fn silence() {
    tokio::time::sleep(Duration::from_secs(4)).await;
}

/// Longer, too, but within the time that the worker waits for an answer: what it asks meanwhile is answered in the end.
async fn hesitation() {
    tokio::time::sleep(Duration::from_millis(1500)).await;
}

/// The question after an answer that tells the worker that the engine has it.
fn makes_sure(frame: &Value) -> bool {
    frame["data"]["function_id"] == "engine::functions::info"
}

/// What an operator reads of a sandbox whose caller may not know of it.
const UNCONFIRMED: &str = "before the engine had confirmed the answer";

#[tokio::test]
async fn a_create_stays_whose_answer_went_to_an_engine_that_had_vanished() {
    let deployment = with_room_for(1).await;
    let creating = created_unheard(&deployment).await;
    silence().await;
    deployment.engine.drop_connections();
    assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
    let line = deployment.worker.wait_for_line(UNCONFIRMED).await;
    let left = deployment.morph().instances();
    assert!(line.contains(&left[0].id), "{line}");
    assert!(left[0].ttl_expire_at.is_some(), "it ends by itself: {left:?}");
    deployment.engine.registered(&deployment.id("list")).await;
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn a_create_stays_whose_caller_was_told_before_the_engine_fell_silent() {
    let deployment = with_room_for(1).await;
    deployment.worker.wait_for_line("registered ").await;
    deployment.engine.keep_its_catalogue_to_itself_after(0);
    let sandbox = deployment.sandbox().await;
    hesitation().await;
    deployment.engine.drop_connections();
    let line = deployment.worker.wait_for_line(UNCONFIRMED).await;
    assert!(line.contains(&sandbox), "{line}");
    deployment.engine.registered(&deployment.id("list")).await;
    assert_eq!(deployment.in_flight().await, 1);
    assert_eq!(deployment.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

#[tokio::test]
async fn a_create_stays_whose_answer_an_engine_was_slow_to_hear() {
    let deployment = with_room_for(1).await;
    let creating = created_unheard(&deployment).await;
    hesitation().await;
    deployment.engine.hear_again();
    creating.await.expect("an answer");
    // A second time it asks when the first was answered, or was given up.
    deployment.engine.wait_for_frames(2, makes_sure).await;
    deployment.engine.drop_connections();
    deployment.engine.wait_connections(1).await;
    deployment.engine.registered(&deployment.id("list")).await;
    assert_eq!(deployment.in_flight().await, 1);
    assert_eq!(deployment.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

/// A sandbox that was created stays when the connection is lost after a silence, and is in the log.
async fn silence_says_nothing(deployment: &Deployment) {
    deployment.engine.registered(&deployment.id("create")).await;
    let sandbox = deployment.sandbox().await;
    silence().await;
    deployment.engine.drop_connections();
    let line = deployment.worker.wait_for_line(UNCONFIRMED).await;
    assert!(line.contains(&sandbox), "{line}");
    deployment.engine.registered(&deployment.id("list")).await;
    assert_eq!(deployment.in_flight().await, 1);
    assert_eq!(deployment.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

#[tokio::test]
async fn an_engine_that_answers_no_questions_has_not_vanished() {
    let deployment = with_room_for(1).await;
    deployment.worker.wait_for_line("registered ").await;
    deployment.engine.keep_its_catalogue_to_itself_after(0);
    deployment.engine.drop_connections();
    silence_says_nothing(&deployment).await;
}

#[tokio::test]
async fn what_another_connection_has_answered_does_not_count() {
    let deployment = with_room_for(1).await;
    deployment.worker.wait_for_line("registered ").await;
    let question = |frame: &Value| frame["function_id"] == "engine::functions::info";
    let asked = deployment
        .engine
        .frames()
        .iter()
        .filter(|&frame| question(frame))
        .count();
    deployment.engine.keep_its_catalogue_to_itself_after(1);
    deployment.engine.drop_connections();
    deployment.engine.wait_for_frames(asked + 2, question).await;
    deployment.engine.drop_connections();
    silence_says_nothing(&deployment).await;
}

#[tokio::test]
async fn what_runs_is_not_touched() {
    let deployment = with_room_for(2).await;
    let sandbox = deployment.sandbox().await;
    come_and_go(&deployment).await;
    assert!(deployment.morph().instance(&sandbox).is_some());
    assert_eq!(deployment.in_flight().await, 1);
    deployment.sandbox().await;
}
