//! So many requests are under way at a time; the rest wait, and looks and removals have permits of their own.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use testkit::engine::PendingCall;
use testkit::{Deployment, Fault};
use tokio::time::sleep;

use crate::WORKER;

/// Permits of requests that are neither looks nor removals.
const OTHERS: usize = 56;

/// Permits that only looks and removals have.
const LOOKS: usize = 8;

const RUN: &str = "/instance/{id}/exec";

/// A sandbox, and as many programs as there are permits, whose answers all hang.
async fn crowded(deployment: &Deployment, programs: usize) -> (String, Vec<PendingCall>) {
    let sandbox = deployment.sandbox().await;
    let run = deployment.morph().fail("POST", RUN).with(Fault::Stall);
    // So that no program has still to run when the answers are released.
    run.after_effect().always();
    let fields = json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 60_000});
    let running = (0..programs)
        .map(|_| deployment.begin("exec", fields.clone()))
        .collect();
    deployment.morph().wait_for_fault_hits(OTHERS).await;
    (sandbox, running)
}

#[tokio::test]
async fn beyond_the_limit_requests_wait() {
    let deployment = Deployment::start(WORKER).await;
    let (_, running) = crowded(&deployment, OTHERS + 10).await;
    deployment.morph().fail("GET", "/instance").with(Fault::Stall).always();
    let lists: Vec<_> = (0..LOOKS + 5).map(|_| deployment.begin("list", json!({}))).collect();
    deployment.morph().wait_for_fault_hits(OTHERS + LOOKS).await;
    // Longer than a request that does not wait needs to arrive.
    sleep(Duration::from_secs(1)).await;
    assert_eq!(deployment.morph().fault_hits(), OTHERS + LOOKS);
    deployment.morph().clear_faults();
    deployment.morph().release_stalled();
    for list in lists {
        assert_eq!(list.await.expect("a list")["reconciled"], true);
    }
    for program in running {
        assert_eq!(program.await.expect("an answer")["exit_code"], 0);
    }
    assert_eq!(deployment.morph().requests_to("POST", RUN).len(), OTHERS + 10);
}

#[tokio::test]
async fn programs_cannot_keep_the_worker_from_its_sandboxes() {
    let deployment = Deployment::start(WORKER).await;
    let (sandbox, _running) = crowded(&deployment, OTHERS + 10).await;
    let listed = deployment.call("list", json!({})).await.expect("a list");
    assert_eq!(listed["reconciled"], true);
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.morph().instances(), []);
}

const IMAGE: &str = "snapshot_base";

#[tokio::test]
async fn a_request_that_waits_too_long_is_never_sent() {
    let builder = Deployment::builder(WORKER).config("request_timeout_secs: 3\nready_timeout_secs: 3");
    let deployment = builder.start().await;
    let (_, running) = crowded(&deployment, OTHERS).await;
    deployment.morph().clear_requests();
    let text = deployment.refusal("create", json!({"image": IMAGE})).await;
    let what = "create (start): not sent within 3 s, too many requests are under way (POST /instance)";
    assert_eq!(text, format!("[S502] provider unavailable: {what}"));
    deployment.morph().clear_faults();
    deployment.morph().release_stalled();
    for program in running {
        program.await.expect("an answer");
    }
    // It would have been sent by now.
    deployment.sandbox().await;
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 1);
    assert_eq!(deployment.in_flight().await, 2);
}

#[tokio::test]
async fn the_time_that_a_request_waits_is_part_of_its_deadline() {
    let builder = Deployment::builder(WORKER).config("request_timeout_secs: 8\nready_timeout_secs: 8");
    let deployment = builder.start().await;
    let (_, _running) = crowded(&deployment, OTHERS).await;
    // Neither the wait nor the answer alone takes longer than the deadline.
    let slow = Fault::Slow(Duration::from_secs(7));
    deployment.morph().fail("POST", "/instance").with(slow).always();
    let creating = deployment.begin("create", json!({"image": IMAGE}));
    sleep(Duration::from_secs(4)).await;
    deployment.morph().release_stalled();
    let late = creating.await.expect_err("it is over");
    let what = "create (start): no answer within 8 s (POST /instance)";
    assert_eq!(late.message, format!("[S502] provider unavailable: {what}"));
}

#[tokio::test]
async fn as_many_programs_run_as_sandboxes_may_however_long() {
    let builder = Deployment::builder(WORKER).config("max_concurrent_sandboxes: 80\nrequest_timeout_secs: 4");
    let deployment = builder.start().await;
    deployment.morph().set_ready_after(Duration::ZERO);
    let created: Vec<_> = (0..80)
        .map(|_| deployment.begin("create", json!({"image": IMAGE})))
        .collect();
    let mut running = Vec::new();
    for created in created {
        let fields = json!({"cmd": "sleep", "args": ["6"], "timeout_ms": 120_000});
        let mut payload = json!({"sandbox_id": created.await.expect("created")["sandbox_id"]});
        payload
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().cloned().unwrap_or_default());
        running.push(deployment.begin("exec", payload));
    }
    for program in running {
        assert_eq!(program.await.expect("an answer")["exit_code"], 0);
    }
}

#[tokio::test]
async fn the_limit_can_be_configured_and_leaves_looks_a_share() {
    let builder = Deployment::builder(WORKER).config("max_concurrent_requests: 16\nrequest_timeout_secs: 3");
    let deployment = builder.start().await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .fail("POST", RUN)
        .with(Fault::Stall)
        .after_effect()
        .always();
    let fields = json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 60_000});
    let running = join_all((0..20).map(|_| deployment.begin("exec", fields.clone()).into_future()));
    let looked = async {
        deployment.morph().wait_for_fault_hits(14).await;
        let listed = deployment.call("list", json!({})).await.expect("a list");
        // Beyond the deadline of those that wait.
        sleep(Duration::from_secs(5)).await;
        deployment.morph().release_stalled();
        listed
    };
    let (answers, listed) = tokio::join!(running, looked);
    assert_eq!(listed["reconciled"], true);
    assert_eq!(deployment.morph().requests_to("POST", RUN).len(), 14);
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 6);
    for refusal in refused {
        assert!(refusal.message.contains("not sent within 3 s"), "{refusal}");
    }
}
