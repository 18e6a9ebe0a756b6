//! The provider ends a sandbox some time after it was told to. Told anew after programs, that time is an idle timeout.

use std::time::Duration;

use serde_json::json;
use testkit::{Deployment, Fault, Morph};
use tokio::time::sleep;

use super::{RUN, TTL, WORKER, answer, exec, script};

/// The lifetimes that the provider was told, in seconds.
fn told(morph: &Morph) -> Vec<u64> {
    let requests = morph.requests_to("POST", TTL).into_iter();
    requests
        .filter_map(|seen| seen.body.expect("a body")["ttl_seconds"].as_u64())
        .collect()
}

/// Waits until the sandbox idles: until the provider has been told so many seconds.
async fn idles(deployment: &Deployment, sandbox: &str, secs: u32) {
    deployment
        .morph()
        .wait_for_instances(|all| all.iter().any(|one| one.id == sandbox && one.ttl_seconds == Some(secs)))
        .await;
}

/// A sandbox that idles, and nothing that was sent for it.
async fn idle(deployment: &Deployment, secs: u32) -> String {
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": secs})).await;
    idles(deployment, &sandbox, secs).await;
    deployment.morph().clear_requests();
    sandbox
}

#[tokio::test]
async fn a_sandbox_that_is_used_outlives_its_idle_timeout() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 4).await;
    for _ in 0..3 {
        sleep(Duration::from_secs(3)).await;
        assert_eq!(
            exec(&deployment, &sandbox, json!({"cmd": "true"})).await,
            Ok(answer("", 0))
        );
    }
    idles(&deployment, &sandbox, 4).await;
    sleep(Duration::from_secs(6)).await;
    assert_eq!(deployment.morph().instance(&sandbox), None);
}

#[tokio::test]
async fn without_a_timeout_of_its_own_it_is_the_configured_one() {
    let deployment = Deployment::builder(WORKER)
        .config("default_idle_timeout_secs: 77\ndefault_exec_timeout_secs: 20")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    idles(&deployment, &sandbox, 77).await;
}

#[tokio::test]
async fn a_program_may_run_longer_than_its_sandbox_may_idle() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 10).await;
    let fields = json!({"cmd": "true", "timeout_ms": 90_001});
    exec(&deployment, &sandbox, fields).await.expect("an answer");
    assert!(
        told(deployment.morph())[0] > 91,
        "while it runs: {:?}",
        told(deployment.morph())
    );
    idles(&deployment, &sandbox, 10).await;
}

#[tokio::test]
async fn a_program_without_a_timeout_outlives_a_short_idle_timeout() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 50")
        .start()
        .await;
    let sandbox = idle(&deployment, 5).await;
    script(&deployment, &sandbox, "true").await;
    assert!(
        told(deployment.morph())[0] >= 50,
        "while it runs: {:?}",
        told(deployment.morph())
    );
    idles(&deployment, &sandbox, 5).await;
}

#[tokio::test]
async fn a_restarted_worker_knows_the_sandbox_s_own_timeout() {
    let mut deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 60).await;
    deployment.restart().await;
    deployment
        .worker
        .wait_for_line("the sandboxes that run already count")
        .await;
    exec(&deployment, &sandbox, json!({"cmd": "true", "timeout_ms": 1000}))
        .await
        .expect("an answer");
    deployment.morph().wait_for_request("POST", TTL, 1).await;
    assert_eq!(told(deployment.morph()), [60]);
}

/// Nobody can know whether it was for a program that still runs, or for a caller who has asked for it.
#[tokio::test]
async fn what_an_earlier_worker_has_given_is_not_shortened() {
    let mut deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 60).await;
    let fields = json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["60"], "timeout_ms": 90_000});
    let lost = deployment.begin("exec", fields);
    deployment.morph().wait_for_request("POST", RUN, 1).await;
    deployment.restart().await;
    lost.await.expect_err("the worker died");
    exec(&deployment, &sandbox, json!({"cmd": "true", "timeout_ms": 1000}))
        .await
        .expect("an answer");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(told(deployment.morph()), [0; 0]);
    let instance = deployment.morph().instance(&sandbox).expect("it runs");
    assert!(instance.ttl_seconds > Some(90), "{:?}", instance.ttl_seconds);
}

#[tokio::test]
async fn a_timeout_that_cannot_be_renewed_does_not_fail_the_exec() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(500)).always();
    assert_eq!(script(&deployment, &sandbox, "echo done").await, answer("done\n", 0));
}

#[tokio::test]
async fn one_that_cannot_be_renewed_is_in_the_log() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(500)).always();
    deployment.sandbox().await;
    let warning = "sandboxes (lifetime): status 500 (POST /instance/{instance_id}/ttl)";
    deployment.worker.wait_for_line(warning).await;
}

#[tokio::test]
async fn a_short_program_does_not_cut_off_a_long_one_beside_it() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 5).await;
    deployment.morph().fail("POST", RUN).with(Fault::Stall).once();
    let long = deployment.begin(
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 3_600_000}),
    );
    deployment.morph().wait_for_request("POST", RUN, 1).await;
    script(&deployment, &sandbox, "true").await;
    sleep(Duration::from_secs(1)).await;
    let before = told(deployment.morph());
    assert!(before.iter().all(|secs| *secs > 3600), "{before:?}");
    deployment.morph().release_stalled();
    long.await.expect("it ends");
    idles(&deployment, &sandbox, 5).await;
}

#[tokio::test]
async fn nor_one_that_is_just_about_to_run() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 5).await;
    deployment
        .morph()
        .fail("POST", TTL)
        .with(Fault::Stall)
        .after_effect()
        .once();
    let long = deployment.begin(
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["3"], "timeout_ms": 3_600_000}),
    );
    deployment.morph().wait_for_fault_hits(1).await;
    script(&deployment, &sandbox, "true").await;
    let instance = deployment.morph().instance(&sandbox).expect("it runs");
    assert!(instance.ttl_seconds > Some(3600), "{:?}", instance.ttl_seconds);
    deployment.morph().release_stalled();
    long.await.expect("it ends");
    idles(&deployment, &sandbox, 5).await;
}

#[tokio::test]
async fn nor_one_without_a_timeout_of_its_own() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 5).await;
    deployment.morph().fail("POST", RUN).with(Fault::Stall).once();
    let fields = json!({"sandbox_id": sandbox, "cmd": "true"});
    let slow = deployment.begin("exec", fields);
    deployment.morph().wait_for_request("POST", RUN, 1).await;
    script(&deployment, &sandbox, "true").await;
    sleep(Duration::from_secs(1)).await;
    let before = told(deployment.morph());
    assert!(!before.is_empty() && before.iter().all(|secs| *secs > 20), "{before:?}");
    deployment.morph().release_stalled();
    slow.await.expect("it ends");
    idles(&deployment, &sandbox, 5).await;
}

#[tokio::test]
async fn a_failed_exec_leaves_the_idle_timeout_as_it_was() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = idle(&deployment, 5).await;
    deployment.morph().fail("POST", RUN).with(Fault::Status(500)).once();
    let fields = json!({"cmd": "true", "timeout_ms": 3_600_000});
    exec(&deployment, &sandbox, fields).await.expect_err("it failed");
    idles(&deployment, &sandbox, 5).await;
}

/// A stranger's sandbox has no timeout of ours until something is executed in it.
#[tokio::test]
async fn a_foreign_sandbox_gets_an_idle_timeout() {
    let deployment = Deployment::builder(WORKER).config("allow_foreign: true").start().await;
    let stranger = deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    deployment.in_flight().await;
    assert_eq!(
        deployment.morph().instance(&stranger).expect("it runs").ttl_seconds,
        None
    );
    script(&deployment, &stranger, "true").await;
    idles(&deployment, &stranger, 300).await;
}
