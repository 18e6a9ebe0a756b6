//! Many calls in the same trouble do not make it worse: what all of them want to know is asked once.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};
use tokio::time::sleep;

use crate::WORKER;

const LIST: (&str, &str) = ("GET", "/instance");

const END: (&str, &str) = ("DELETE", "/instance/{id}");

/// How many requests may be under way at a time.
const UNDER_WAY: usize = 64;

async fn with_room_for(sandboxes: usize) -> Deployment {
    let config = format!("max_concurrent_sandboxes: {sandboxes}\nmax_concurrent_requests: {UNDER_WAY}");
    let quick = Morph::builder().ready_after(Duration::ZERO);
    Deployment::builder(WORKER).config(&config).morph(quick).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

#[tokio::test]
async fn creates_at_a_stalled_provider_whose_engine_is_lost_share_their_looks() {
    let deployment = with_room_for(400).await;
    deployment.in_flight().await;
    deployment.morph().fail("POST", "/instance").with(Fault::Stall).always();
    let creating: Vec<_> = (0..400).map(|_| deployment.begin("create", image())).collect();
    deployment.morph().wait_for_fault_hits(UNDER_WAY - UNDER_WAY / 8).await;
    deployment.morph().clear_requests();
    deployment.engine.drop_connections();
    for creating in creating {
        creating.await.expect_err("it was stopped");
    }
    sleep(Duration::from_secs(7)).await;
    let lists = deployment.morph().requests_to(LIST.0, LIST.1).len();
    assert!((2..=8).contains(&lists), "{lists} lists in 7 s");
    // Those that never got their turn have started nothing, and the log does not say so.
    assert!(!deployment.worker.stderr().contains("cannot be looked for"));
}

#[tokio::test]
async fn a_start_that_never_got_its_turn_is_not_looked_for() {
    let config =
        "max_concurrent_sandboxes: 200\nmax_concurrent_requests: 64\nready_timeout_secs: 2\nrequest_timeout_secs: 2";
    let deployment = Deployment::builder(WORKER).config(config).start().await;
    deployment.in_flight().await;
    let sandbox = deployment.sandbox().await;
    let program = json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["30"]});
    // Programs have all the permits that starts may have.
    let programs: Vec<_> = (0..UNDER_WAY)
        .map(|_| deployment.begin("exec", program.clone()))
        .collect();
    deployment
        .morph()
        .wait_for_request("POST", "/instance/{id}/exec", UNDER_WAY - UNDER_WAY / 8)
        .await;
    deployment.morph().clear_requests();
    let text = deployment.refusal("create", image()).await;
    assert!(text.contains("not sent within"), "{text}");
    assert_eq!(deployment.morph().requests_to(LIST.0, LIST.1).len(), 0);
    drop(programs);
}

#[tokio::test]
async fn removals_that_fail_are_tried_again_one_at_a_time() {
    let deployment = with_room_for(40).await;
    deployment.in_flight().await;
    deployment.morph().fail(END.0, END.1).with(Fault::Status(500)).always();
    // Each is started, and never gets ready.
    deployment
        .morph()
        .rewrite("POST", "/instance", |one| one["status"] = "error".into());
    let failing = join_all((0..40).map(|_| deployment.begin("create", image()).into_future())).await;
    assert!(failing.iter().all(Result::is_err));
    deployment.morph().clear_requests();
    sleep(Duration::from_secs(20)).await;
    let tries = deployment.morph().requests_to(END.0, END.1).len();
    // One at a time, each of which is repeated as every removal is.
    assert!((1..=40).contains(&tries), "{tries} tries in 20 s for 40 sandboxes");
    deployment.morph().clear_faults();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
}
