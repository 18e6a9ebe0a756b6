//! So many requests are under way at a time; the rest wait, and looks and removals always have a turn.

use serde_json::json;
use testkit::engine::PendingCall;
use testkit::{Deployment, Fault};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

/// Turns of requests that are neither looks nor removals.
const TURNS: usize = 56;

const RUN: &str = "/instance/{id}/exec";

/// A sandbox, and as many programs as there are turns, all of which hang.
async fn crowded(house: &Deployment, programs: usize) -> (String, Vec<PendingCall>) {
    let sandbox = house.sandbox().await;
    house.morph().fail("POST", RUN).with(Fault::Stall).always();
    let fields = json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 60_000});
    let running = (0..programs).map(|_| house.begin("exec", fields.clone())).collect();
    house.morph().wait_for_fault_hits(TURNS).await;
    (sandbox, running)
}

#[tokio::test]
async fn beyond_the_limit_requests_wait_for_their_turn() {
    let house = Deployment::start(WORKER).await;
    let (_, running) = crowded(&house, TURNS + 10).await;
    house.call("list", json!({})).await.expect("a list");
    assert_eq!(house.morph().requests_to("POST", RUN).len(), TURNS);
    house.morph().clear_faults();
    house.morph().release_stalled();
    for program in running {
        assert_eq!(program.await.expect("an answer")["exit_code"], 0);
    }
    assert_eq!(house.morph().requests_to("POST", RUN).len(), TURNS + 10);
}

#[tokio::test]
async fn programs_cannot_keep_the_worker_from_its_sandboxes() {
    let house = Deployment::start(WORKER).await;
    let (sandbox, _running) = crowded(&house, TURNS + 10).await;
    let listed = house.call("list", json!({})).await.expect("a list");
    assert_eq!(listed["reconciled"], true);
    assert_eq!(house.call("stop", json!({"sandbox_id": sandbox})).await, Ok(json!({})));
    assert_eq!(house.morph().instances(), []);
}

#[tokio::test]
async fn a_request_whose_turn_does_not_come_was_never_sent() {
    let builder = Deployment::builder(WORKER).config("request_timeout_secs: 1");
    let house = builder.start().await;
    let (_, _running) = crowded(&house, TURNS).await;
    let text = house.refusal("create", json!({"image": "snapshot_base"})).await;
    let what = "create (start): not sent within 1 s, too many requests are under way (POST /instance)";
    assert_eq!(text, format!("[S502] provider unavailable: {what}"));
    assert_eq!(house.morph().instances().len(), 1);
    assert_eq!(house.in_flight().await, 1);
}
