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
async fn come_and_go(house: &Deployment) {
    house.engine.go_away().await;
    house.engine.wait_connections(0).await;
    house.engine.come_back().await;
    house.engine.registered(&house.id("create")).await;
    house.engine.registered(&house.id("list")).await;
}

#[tokio::test]
async fn three_times_during_a_create_nothing_is_lost() {
    let house = with_room_for(1).await;
    for hit in 1..=3 {
        let start = house.morph().fail("POST", "/instance").with(Fault::Stall);
        start.after_effect().once();
        let creating = house.begin("create", image());
        house.morph().wait_for_fault_hits(hit).await;
        come_and_go(&house).await;
        assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
        house.morph().wait_for_instances(<[_]>::is_empty).await;
        house.wait_for_in_flight(0).await;
    }
    house.sandbox().await;
}

#[tokio::test]
async fn a_create_whose_caller_cannot_be_told_is_undone() {
    let slow = Morph::builder().ready_after(Duration::from_secs(3));
    let house = Deployment::builder(WORKER).morph(slow).start().await;
    let creating = house.begin("create", image());
    house.morph().wait_for_request("GET", "/instance/{id}", 1).await;
    house.engine.drop_connections();
    assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
    house.morph().wait_for_instances(<[_]>::is_empty).await;
    assert_eq!(house.morph().requests_to("DELETE", "/instance/{id}").len(), 1);
}

#[tokio::test]
async fn a_create_that_ends_while_the_engine_is_away_is_undone() {
    let house = Deployment::start(WORKER).await;
    // What it has not noticed it cannot lose.
    house.worker.wait_for_line("connected to the engine").await;
    house.morph().fail("GET", "/instance/{id}").with(Fault::Stall).once();
    let creating = house.begin("create", image());
    house.morph().wait_for_fault_hits(1).await;
    house.engine.go_away().await;
    house.worker.wait_for_line("the connection to the engine is lost").await;
    house.morph().release_stalled();
    creating.await.expect_err("it was stopped");
    house.morph().wait_for_instances(<[_]>::is_empty).await;
    house.engine.come_back().await;
    house.engine.registered(&house.id("list")).await;
    house.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn a_branch_whose_caller_cannot_be_told_is_undone() {
    let house = with_room_for(3).await;
    let parent = house.sandbox().await;
    house
        .morph()
        .fail("POST", "/instance/{id}/ttl")
        .with(Fault::Stall)
        .once();
    let branching = house.begin("branch", json!({"sandbox_id": parent}));
    house.morph().wait_for_fault_hits(1).await;
    house.engine.drop_connections();
    branching.await.expect_err("it was stopped");
    house.morph().wait_for_instances(|left| left.len() == 1).await;
    assert!(house.morph().instance(&parent).is_some(), "the parent runs on");
    house.morph().wait_for_snapshots(1).await;
}

#[tokio::test]
async fn a_stop_goes_on_without_its_caller() {
    let house = with_room_for(1).await;
    let sandbox = house.sandbox().await;
    house.morph().fail("DELETE", "/instance/{id}").with(Fault::Stall).once();
    let stopping = house.begin("stop", json!({"sandbox_id": sandbox}));
    house.morph().wait_for_fault_hits(1).await;
    come_and_go(&house).await;
    stopping.await.expect_err("it was stopped");
    house.morph().release_stalled();
    house.morph().wait_for_instances(<[_]>::is_empty).await;
    house.wait_for_in_flight(0).await;
    house.sandbox().await;
}

/// A create that ends while an engine hears nothing that has answered the worker's questions before.
async fn created_unheard(house: &Deployment) -> PendingCall {
    house.worker.wait_for_line("registered 7 functions").await;
    house.morph().fail("GET", "/instance/{id}").with(Fault::Stall).once();
    let creating = house.begin("create", image());
    house.morph().wait_for_fault_hits(1).await;
    house.engine.go_deaf();
    house.morph().release_stalled();
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
    let house = with_room_for(1).await;
    let creating = created_unheard(&house).await;
    silence().await;
    house.engine.drop_connections();
    assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
    let line = house.worker.wait_for_line(UNCONFIRMED).await;
    let left = house.morph().instances();
    assert!(line.contains(&left[0].id), "{line}");
    assert!(left[0].ttl_expire_at.is_some(), "it ends by itself: {left:?}");
    house.engine.registered(&house.id("list")).await;
    assert_eq!(house.in_flight().await, 1);
}

#[tokio::test]
async fn a_create_stays_whose_caller_was_told_before_the_engine_fell_silent() {
    let house = with_room_for(1).await;
    house.worker.wait_for_line("registered 7 functions").await;
    house.engine.keep_its_catalogue_to_itself_after(0);
    let sandbox = house.sandbox().await;
    hesitation().await;
    house.engine.drop_connections();
    let line = house.worker.wait_for_line(UNCONFIRMED).await;
    assert!(line.contains(&sandbox), "{line}");
    house.engine.registered(&house.id("list")).await;
    assert_eq!(house.in_flight().await, 1);
    assert_eq!(house.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

#[tokio::test]
async fn a_create_stays_whose_answer_an_engine_was_slow_to_hear() {
    let house = with_room_for(1).await;
    let creating = created_unheard(&house).await;
    hesitation().await;
    house.engine.hear_again();
    creating.await.expect("an answer");
    // A second time it asks when the first was answered, or was given up.
    house.engine.wait_for_frames(2, makes_sure).await;
    house.engine.drop_connections();
    house.engine.wait_connections(1).await;
    house.engine.registered(&house.id("list")).await;
    assert_eq!(house.in_flight().await, 1);
    assert_eq!(house.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

/// A sandbox that was created stays when the connection is lost after a silence, and is in the log.
async fn silence_says_nothing(house: &Deployment) {
    house.engine.registered(&house.id("create")).await;
    let sandbox = house.sandbox().await;
    silence().await;
    house.engine.drop_connections();
    let line = house.worker.wait_for_line(UNCONFIRMED).await;
    assert!(line.contains(&sandbox), "{line}");
    house.engine.registered(&house.id("list")).await;
    assert_eq!(house.in_flight().await, 1);
    assert_eq!(house.morph().requests_to("DELETE", "/instance/{id}").len(), 0);
}

#[tokio::test]
async fn an_engine_that_answers_no_questions_has_not_vanished() {
    let house = with_room_for(1).await;
    house.worker.wait_for_line("registered 7 functions").await;
    house.engine.keep_its_catalogue_to_itself_after(0);
    house.engine.drop_connections();
    silence_says_nothing(&house).await;
}

#[tokio::test]
async fn what_another_connection_has_answered_does_not_count() {
    let house = with_room_for(1).await;
    house.worker.wait_for_line("registered 7 functions").await;
    let question = |frame: &Value| frame["function_id"] == "engine::functions::info";
    let asked = house.engine.frames().iter().filter(|&frame| question(frame)).count();
    house.engine.keep_its_catalogue_to_itself_after(1);
    house.engine.drop_connections();
    house.engine.wait_for_frames(asked + 2, question).await;
    house.engine.drop_connections();
    silence_says_nothing(&house).await;
}

#[tokio::test]
async fn what_runs_is_not_touched() {
    let house = with_room_for(2).await;
    let sandbox = house.sandbox().await;
    come_and_go(&house).await;
    assert!(house.morph().instance(&sandbox).is_some());
    assert_eq!(house.in_flight().await, 1);
    house.sandbox().await;
}
