//! Every call of create and branch is killed in every way, one at a time.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::{ONE, WORKER, house, image};

fn ways() -> [Fault; 7] {
    [
        Fault::Status(500),
        Fault::Cut,
        Fault::CutMidBody,
        Fault::Stall,
        Fault::Truncated,
        Fault::Nonsense,
        Fault::EmptyBody,
    ]
}

/// One call and its place among its like.
type Kill = (&'static str, &'static str, usize);

/// Kills one call of `function` in every way; after each, only `others` run, and the next call works.
async fn kill(house: &Deployment, function: &str, payload: Value, (method, path, number): Kill, after: bool) {
    let others = house.morph().instances().len();
    for way in ways() {
        let case = format!("{method} {path} {number}, {way:?}, after its effect: {after}");
        let fault = house.morph().fail(method, path).with(way);
        let fault = if after { fault.after_effect() } else { fault };
        fault.nth(number);
        let refusal = house.refusal(function, payload.clone()).await;
        assert!(refusal.starts_with("[S502] provider unavailable: "), "{case}: {refusal}");
        assert_eq!(house.morph().instances().len(), others, "{case}");
        assert_eq!(house.in_flight().await, others as u64, "{case}");
        house.morph().clear_faults();
        let answer = house.call(function, payload.clone()).await;
        stop_all(house, &answer.unwrap_or_else(|error| panic!("{case}: {error}"))).await;
    }
}

/// Stops what `create` or `branch` has answered.
async fn stop_all(house: &Deployment, answer: &Value) {
    let one = answer.get("sandbox_id").into_iter();
    let many = answer.get("sandbox_ids").and_then(Value::as_array).into_iter().flatten();
    for sandbox in one.chain(many) {
        let stopped = house.call("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(stopped, Ok(json!({})));
    }
}

#[tokio::test]
async fn a_create_whose_start_is_killed_before_its_effect() {
    kill(&house().await, "create", image(), ("POST", "/instance", 1), false).await;
}

#[tokio::test]
async fn a_create_whose_start_is_killed_after_its_effect() {
    kill(&house().await, "create", image(), ("POST", "/instance", 1), true).await;
}

#[tokio::test]
async fn a_create_whose_first_look_is_killed() {
    kill(&house().await, "create", image(), ("GET", ONE, 1), true).await;
}

#[tokio::test]
async fn a_create_whose_second_look_is_killed() {
    kill(&house().await, "create", image(), ("GET", ONE, 2), true).await;
}

/// Kills one call of a branch into two copies, for which there is just room.
async fn kill_branch(call: Kill, after: bool) {
    let yaml = "max_concurrent_sandboxes: 3\nrequest_timeout_secs: 1";
    let house = Deployment::builder(WORKER).config(yaml).start().await;
    let parent = json!({"sandbox_id": house.sandbox().await});
    kill(&house, "branch", parent, call, after).await;
}

#[tokio::test]
async fn a_branch_that_is_killed_before_its_effect() {
    kill_branch(("POST", "/instance/{id}/branch", 1), false).await;
}

#[tokio::test]
async fn a_branch_that_is_killed_after_its_effect() {
    kill_branch(("POST", "/instance/{id}/branch", 1), true).await;
}

#[tokio::test]
async fn a_branch_whose_second_copy_gets_no_lifetime() {
    kill_branch(("POST", "/instance/{id}/ttl", 2), true).await;
}

#[tokio::test]
async fn a_branch_whose_second_copy_cannot_be_looked_at() {
    kill_branch(("GET", ONE, 2), true).await;
}
