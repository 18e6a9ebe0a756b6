//! extend: a sandbox lives at least so long, whatever is executed in it; where the configuration says so.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{CallError, Deployment, Fault, deployment::FUNCTIONS};

use crate::WORKER;

const TTL: &str = "/instance/{id}/ttl";

/// A worker that offers it, and a sandbox of an idle timeout that the provider has been told.
async fn sandbox(idle: u32) -> (Deployment, String) {
    let functions: Vec<_> = FUNCTIONS.into_iter().chain(["extend"]).collect();
    let deployment = Deployment::builder(WORKER)
        .config("functions: [extend]")
        .functions(&functions)
        .start()
        .await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": idle})).await;
    let told = |all: &[testkit::morph::InstanceView]| all[0].ttl_seconds == Some(idle);
    deployment.morph().wait_for_instances(told).await;
    deployment.morph().clear_requests();
    (deployment, sandbox)
}

async fn extend(deployment: &Deployment, sandbox: &str, secs: u64) -> Result<Value, CallError> {
    deployment
        .call("extend", json!({"sandbox_id": sandbox, "secs": secs}))
        .await
}

async fn run(deployment: &Deployment, sandbox: &str) {
    let payload = json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 1000});
    deployment.call("exec", payload).await.expect("an answer");
}

/// How many seconds it lives yet.
fn left(deployment: &Deployment, sandbox: &str) -> u64 {
    let end = deployment.morph().instance(sandbox).expect("it runs").ttl_expire_at;
    end.expect("an end").saturating_sub(deployment.morph().now())
}

#[tokio::test]
async fn it_lives_at_least_so_long_whatever_is_executed() {
    let (deployment, sandbox) = sandbox(10).await;
    assert_eq!(extend(&deployment, &sandbox, 3600).await, Ok(json!({})));
    for _ in 0..4 {
        run(&deployment, &sandbox).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(left(&deployment, &sandbox) > 3500, "{}", left(&deployment, &sandbox));
    }
}

#[tokio::test]
async fn one_request_does_it_and_none_if_it_lives_longer_already() {
    let (deployment, sandbox) = sandbox(600).await;
    extend(&deployment, &sandbox, 100).await.expect("it lives longer");
    assert_eq!(deployment.morph().requests().len(), 0);
    assert!(left(&deployment, &sandbox) > 500);
    extend(&deployment, &sandbox, 1000).await.expect("it is set");
    assert_eq!(deployment.morph().requests().len(), 1);
    let sent = deployment.morph().wait_for_request("POST", TTL, 1).await;
    assert_eq!(sent.body, Some(json!({"ttl_seconds": 1000, "ttl_action": "stop"})));
}

#[tokio::test]
async fn a_worker_that_was_started_again_keeps_to_it() {
    let (mut deployment, sandbox) = sandbox(10).await;
    extend(&deployment, &sandbox, 3600).await.expect("it is set");
    deployment.restart().await;
    deployment.in_flight().await;
    run(&deployment, &sandbox).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(left(&deployment, &sandbox) > 3500);
}

#[tokio::test]
async fn beside_a_program_it_holds_for_both() {
    let (deployment, sandbox) = sandbox(10).await;
    deployment
        .morph()
        .fail("POST", "/instance/{id}/exec")
        .with(Fault::Stall)
        .once();
    let program = deployment.begin(
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 600_000}),
    );
    deployment
        .morph()
        .wait_for_request("POST", "/instance/{id}/exec", 1)
        .await;
    extend(&deployment, &sandbox, 60).await.expect("it lives longer");
    assert!(left(&deployment, &sandbox) > 500);
    deployment.morph().release_stalled();
    program.await.expect("it ends");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(
        (40..=60).contains(&left(&deployment, &sandbox)),
        "{}",
        left(&deployment, &sandbox)
    );
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_told() {
    let (deployment, sandbox) = sandbox(60).await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(402)).always();
    let error = extend(&deployment, &sandbox, 3600).await.expect_err("it is refused");
    assert_eq!(error.code, "S501", "{error}");
}

#[tokio::test]
async fn one_that_is_gone_or_of_somebody_else_is_not_extended() {
    let (deployment, sandbox) = sandbox(60).await;
    let other = deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    let refused = extend(&deployment, &other, 3600).await.expect_err("not ours");
    assert_eq!(refused.message, "[S002] no such sandbox");
    tokio::time::sleep(Duration::from_millis(100)).await;
    deployment.morph().remove_instance(&sandbox);
    deployment.in_flight().await;
    let refused = extend(&deployment, &sandbox, 3600).await.expect_err("gone");
    assert_eq!(refused.message, "[S002] no such sandbox");
    assert_eq!(deployment.morph().requests_to("POST", TTL).len(), 0);
}

#[tokio::test]
async fn bad_seconds_are_refused_and_nothing_is_sent() {
    let (deployment, sandbox) = sandbox(60).await;
    for secs in [
        json!(0),
        json!(-5),
        json!(31_536_001),
        json!(i64::MAX),
        json!(1.5),
        json!("60"),
        json!(null),
    ] {
        let payload = json!({"sandbox_id": sandbox, "secs": secs});
        let refusal = deployment.refusal("extend", payload).await;
        assert!(refusal.starts_with("[S001] bad input: `secs` "), "{refusal}");
    }
    assert_eq!(deployment.morph().requests().len(), 0);
}

#[tokio::test]
async fn it_is_there_and_advertised_only_where_the_configuration_lists_it() {
    let (with, _) = sandbox(60).await;
    let without = Deployment::start(WORKER).await;
    for (deployment, functions, tags) in [
        (with, 8, json!(["branch", "snapshot", "expose_port", "extend"])),
        (without, 7, json!(["branch", "snapshot", "expose_port"])),
    ] {
        assert_eq!(deployment.family_ids().len(), functions);
        let created = deployment.call("create", json!({"image": "snapshot_base"})).await;
        assert_eq!(created.expect("a sandbox")["capabilities"], tags);
    }
}
