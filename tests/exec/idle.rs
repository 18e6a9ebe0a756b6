//! The provider ends a sandbox some time after it was told to. Told anew around every exec, that time is an idle timeout.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};

use crate::{RUN, TTL, WORKER, answer, exec, script};

/// The lifetimes that the provider was told, in seconds.
fn told(morph: &Morph) -> Vec<Value> {
    let requests = morph.requests_to("POST", TTL).into_iter();
    requests
        .map(|seen| seen.body.expect("a body")["ttl_seconds"].clone())
        .collect()
}

#[tokio::test]
async fn a_sandbox_that_is_used_outlives_its_idle_timeout() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    for _ in 0..3 {
        house.morph().advance(Duration::from_secs(50));
        assert_eq!(exec(&house, &sandbox, json!({"cmd": "true"})).await, Ok(answer("", 0)));
    }
    let instance = house.morph().instance(&sandbox).expect("still there");
    assert_eq!(instance.ttl_seconds, Some(60));
    house.morph().advance(Duration::from_secs(61));
    assert_eq!(house.morph().instance(&sandbox), None);
}

#[tokio::test]
async fn without_a_timeout_of_its_own_it_is_the_configured_one() {
    let house = Deployment::builder(WORKER)
        .config("default_idle_timeout_secs: 77\ndefault_exec_timeout_secs: 20")
        .start()
        .await;
    let sandbox = house.sandbox().await;
    script(&house, &sandbox, "true").await;
    assert_eq!(told(house.morph()), [77, 77]);
}

#[tokio::test]
async fn a_program_may_run_longer_than_its_sandbox_may_idle() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    let fields = json!({"cmd": "true", "timeout_ms": 90_001});
    exec(&house, &sandbox, fields).await.expect("an answer");
    let told = told(house.morph());
    assert!(told[0].as_u64() > Some(91), "while it runs: {}", told[0]);
    assert_eq!(told[1], 60, "after it");
}

#[tokio::test]
async fn a_program_without_a_timeout_outlives_a_short_idle_timeout() {
    let house = Deployment::builder(WORKER)
        .config("request_timeout_secs: 50")
        .start()
        .await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 5})).await;
    script(&house, &sandbox, "true").await;
    let told = told(house.morph());
    assert!(told[0].as_u64() >= Some(50), "while it runs: {}", told[0]);
    assert_eq!(told[1], 5, "after it");
}

#[tokio::test]
async fn a_restarted_worker_knows_the_sandbox_s_own_timeout() {
    let mut house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    house.restart().await;
    script(&house, &sandbox, "true").await;
    assert_eq!(told(house.morph()).last(), Some(&json!(60)));
}

#[tokio::test]
async fn a_restart_amid_an_exec_does_not_change_the_timeout() {
    let mut house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    let fields = json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["60"], "timeout_ms": 90_000});
    let lost = house.begin("exec", fields);
    house.morph().wait_for_request("POST", RUN, 1).await;
    house.restart().await;
    lost.await.expect_err("the worker died");
    script(&house, &sandbox, "true").await;
    assert_eq!(told(house.morph()).last(), Some(&json!(60)));
}

#[tokio::test]
async fn a_timeout_that_cannot_be_renewed_does_not_fail_the_exec() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house.morph().fail("POST", TTL).with(Fault::Status(500)).always();
    assert_eq!(script(&house, &sandbox, "echo done").await, answer("done\n", 0));
    let warning = "exec (renew): status 500 (POST /instance/{instance_id}/ttl)";
    house.worker.wait_for_line(warning).await;
}

#[tokio::test]
async fn a_short_program_does_not_cut_off_a_long_one_beside_it() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    house.morph().fail("POST", RUN).with(Fault::Stall).once();
    let long = house.begin(
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 3_600_000}),
    );
    house.morph().wait_for_request("POST", RUN, 1).await;
    script(&house, &sandbox, "true").await;
    let told: Vec<_> = told(house.morph()).iter().filter_map(Value::as_u64).collect();
    assert!(told.len() == 3 && told.iter().all(|secs| *secs > 3600), "{told:?}");
    house.morph().release_stalled();
    long.await.expect("it ends");
}

#[tokio::test]
async fn nor_one_that_is_just_about_to_run() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    house.morph().fail("POST", TTL).with(Fault::Stall).after_effect().once();
    let long = house.begin(
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 3_600_000}),
    );
    house.morph().wait_for_fault_hits(1).await;
    script(&house, &sandbox, "true").await;
    let instance = house.morph().instance(&sandbox).expect("it runs");
    assert!(instance.ttl_seconds > Some(3600), "{:?}", instance.ttl_seconds);
    house.morph().release_stalled();
    long.await.expect("it ends");
    let instance = house.morph().instance(&sandbox).expect("it runs");
    assert_eq!(instance.ttl_seconds, Some(60), "and then it idles");
}

#[tokio::test]
async fn nor_one_without_a_timeout_of_its_own() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 5})).await;
    house.morph().fail("POST", RUN).with(Fault::Stall).once();
    let fields = json!({"sandbox_id": sandbox, "cmd": "true"});
    let slow = house.begin("exec", fields);
    house.morph().wait_for_request("POST", RUN, 1).await;
    script(&house, &sandbox, "true").await;
    let told: Vec<_> = told(house.morph()).iter().filter_map(Value::as_u64).collect();
    assert!(told.len() == 3 && told[2] > 20, "{told:?}");
    house.morph().release_stalled();
    slow.await.expect("it ends");
}

#[tokio::test]
async fn a_failed_exec_leaves_the_idle_timeout_as_it_was() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    house.morph().fail("POST", RUN).with(Fault::Status(500)).once();
    let fields = json!({"cmd": "true", "timeout_ms": 3_600_000});
    exec(&house, &sandbox, fields).await.expect_err("it failed");
    assert_eq!(told(house.morph()).last(), Some(&json!(60)));
}
