//! How long sandboxes live, at the price of one request: as callers see it, and as the provider does.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph, morph::InstanceView};
use tokio::time::{Instant, sleep};

use crate::WORKER;

const RUN: &str = "/instance/{id}/exec";
const TTL: &str = "/instance/{id}/ttl";
const BRANCH: &str = "/instance/{id}/branch";

async fn configured(yaml: &str) -> Deployment {
    Deployment::builder(WORKER).config(yaml).start().await
}

fn lives(deployment: &Deployment, sandbox: &str) -> InstanceView {
    deployment.morph().instance(sandbox).expect("it runs")
}

/// Waits until the provider has been told so many seconds.
async fn is_told(deployment: &Deployment, sandbox: &str, secs: u32) {
    let told = |all: &[InstanceView]| all.iter().any(|one| one.id == sandbox && one.ttl_seconds == Some(secs));
    deployment.morph().wait_for_instances(told).await;
}

async fn run(deployment: &Deployment, sandbox: &str, fields: Value) -> Value {
    let mut payload = json!({"sandbox_id": sandbox, "cmd": "true"});
    for (name, value) in fields.as_object().into_iter().flatten() {
        payload[name] = value.clone();
    }
    deployment.call("exec", payload).await.expect("an answer")
}

/// The seconds that the provider was told, in order.
fn told(deployment: &Deployment) -> Vec<u64> {
    let requests = deployment.morph().requests_to("POST", TTL).into_iter();
    requests
        .filter_map(|seen| seen.body.expect("a body")["ttl_seconds"].as_u64())
        .collect()
}

#[tokio::test]
async fn idleness_counts_from_ready() {
    let slow = Morph::builder().ready_after(Duration::from_secs(3));
    let deployment = Deployment::builder(WORKER).morph(slow).start().await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 4})).await;
    let answered = Instant::now();
    is_told(&deployment, &sandbox, 4).await;
    sleep(Duration::from_millis(3_500).saturating_sub(answered.elapsed())).await;
    lives(&deployment, &sandbox);
    sleep(Duration::from_millis(6_500).saturating_sub(answered.elapsed())).await;
    assert_eq!(deployment.morph().instance(&sandbox), None);
}

#[tokio::test]
async fn a_program_costs_one_request_and_is_answered_before_its_renewal() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    is_told(&deployment, &sandbox, 300).await;
    deployment.morph().clear_requests();
    deployment.morph().fail("POST", TTL).with(Fault::Stall).always();
    run(&deployment, &sandbox, json!({})).await;
    run(&deployment, &sandbox, json!({"timeout_ms": 60_000})).await;
    assert_eq!(deployment.morph().requests_to("POST", RUN).len(), 2);
    assert_eq!(
        deployment.morph().requests().len(),
        2,
        "{:?}",
        deployment.morph().request_lines()
    );
}

#[tokio::test]
async fn forty_programs_at_once_cost_at_most_a_third_more() {
    for idle in [300, 10] {
        let deployment = configured("max_concurrent_sandboxes: 50").await;
        let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": idle})).await;
        is_told(&deployment, &sandbox, idle).await;
        deployment.morph().clear_requests();
        let fields = json!({"sandbox_id": sandbox, "cmd": "true"});
        let programs: Vec<_> = (0..40).map(|_| deployment.begin("exec", fields.clone())).collect();
        for program in programs {
            program.await.expect("an answer");
        }
        sleep(Duration::from_millis(1500)).await;
        let all = deployment.morph().requests().len();
        assert!(all <= 52, "{all} requests with an idle timeout of {idle} s");
        assert_eq!(deployment.morph().requests_to("POST", RUN).len(), 40);
    }
}

#[tokio::test]
async fn renewals_are_at_least_a_tenth_of_the_idle_timeout_apart() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 20})).await;
    is_told(&deployment, &sandbox, 20).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        run(&deployment, &sandbox, json!({"timeout_ms": 1000})).await;
    }
    let most = 2 + began.elapsed().as_secs() as usize / 2;
    let renewals = told(&deployment);
    assert!(
        (2..=most).contains(&renewals.len()),
        "the first, and one every 2 s: {renewals:?}"
    );
    // On a busy machine one may have to hold the sandbox for a program first.
    assert!(renewals.iter().all(|secs| *secs >= 20), "{renewals:?}");
}

#[tokio::test]
async fn a_program_that_outlasts_its_sandbox_holds_it_first() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 5})).await;
    is_told(&deployment, &sandbox, 5).await;
    deployment.morph().clear_requests();
    run(&deployment, &sandbox, json!({"timeout_ms": 60_000})).await;
    let sent: Vec<_> = deployment
        .morph()
        .requests()
        .into_iter()
        .map(|seen| seen.path)
        .collect();
    assert!(sent[0].ends_with("/ttl") && sent[1].ends_with("/exec"), "{sent:?}");
    assert!(told(&deployment)[0] >= 62, "{:?}", told(&deployment));
    is_told(&deployment, &sandbox, 5).await;
}

#[tokio::test]
async fn a_worker_that_was_started_again_knows_how_long_it_lives() {
    let mut deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 600})).await;
    is_told(&deployment, &sandbox, 600).await;
    deployment.restart().await;
    deployment.in_flight().await;
    deployment.morph().clear_requests();
    run(&deployment, &sandbox, json!({})).await;
    let sent = deployment.morph().requests();
    assert!(
        sent[0].path.ends_with("/exec"),
        "{:?}",
        deployment.morph().request_lines()
    );
}

#[tokio::test]
async fn what_the_provider_s_clock_says_cannot_cut_a_program_off() {
    for skew in [3600, -3600] {
        let mut deployment = Deployment::start(WORKER).await;
        let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 30})).await;
        is_told(&deployment, &sandbox, 30).await;
        let wrong = move |one: &mut Value| {
            let at = one["ttl"]["ttl_expire_at"].as_i64().expect("an end");
            one["ttl"]["ttl_expire_at"] = json!(at + skew);
        };
        deployment.morph().rewrite("GET", "/instance", move |all| {
            all["data"].as_array_mut().expect("a list").iter_mut().for_each(wrong);
        });
        deployment.restart().await;
        deployment.in_flight().await;
        deployment.morph().clear_requests();
        run(&deployment, &sandbox, json!({"timeout_ms": 20_000})).await;
        let sent = deployment.morph().requests();
        assert!(
            sent[0].path.ends_with("/ttl"),
            "{skew}: {:?}",
            deployment.morph().request_lines()
        );
    }
}

#[tokio::test]
async fn a_renewal_that_fails_is_repeated() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(500)).times(5);
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    is_told(&deployment, &sandbox, 60).await;
}

#[tokio::test]
async fn a_lifetime_that_cannot_be_set_delays_no_program_for_long_and_fails_none() {
    for fault in [Fault::Status(500), Fault::Stall, Fault::Status(404), Fault::Nonsense] {
        let deployment = Deployment::start(WORKER).await;
        let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 20})).await;
        is_told(&deployment, &sandbox, 20).await;
        deployment.morph().fail("POST", TTL).with(fault.clone()).always();
        let began = Instant::now();
        run(&deployment, &sandbox, json!({"timeout_ms": 60_000})).await;
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{fault:?}: {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn an_answer_about_another_sandbox_is_no_success() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .rewrite("POST", TTL, |one| one["id"] = json!("morphvm_other"));
    let sandbox = deployment.sandbox().await;
    deployment.morph().wait_for_request("POST", TTL, 2).await;
    deployment.worker.wait_for_line("it is about another sandbox").await;
    run(&deployment, &sandbox, json!({})).await;
}

#[tokio::test]
async fn copies_get_their_lifetimes_while_they_get_ready() {
    let deployment = Deployment::start(WORKER).await;
    let parent = deployment.sandbox_with(json!({"idle_timeout_secs": 77})).await;
    is_told(&deployment, &parent, 77).await;
    deployment.morph().clear_requests();
    deployment.morph().set_ready_after(Duration::from_secs(2));
    let branching = deployment.begin("branch", json!({"sandbox_id": parent}));
    deployment.morph().wait_for_request("POST", TTL, 2).await;
    assert!(
        deployment.morph().instances()[1..]
            .iter()
            .all(|one| one.status == "pending")
    );
    let branched = branching.await.expect("copies");
    for copy in branched["sandbox_ids"].as_array().expect("a list") {
        is_told(&deployment, copy.as_str().expect("an id"), 77).await;
    }
    assert_eq!(told(&deployment)[..2], [197, 197], "there is time to get ready");
}

#[tokio::test]
async fn a_copy_without_the_lifetime_that_was_asked_for_is_not_handed_out() {
    let other = |one: &mut Value| one["id"] = json!("morphvm_other");
    let none = |one: &mut Value| one["ttl"] = json!({});
    let longer = |one: &mut Value| one["ttl"]["ttl_seconds"] = json!(i64::MAX);
    for lie in [other as fn(&mut Value), none, longer] {
        let deployment = Deployment::start(WORKER).await;
        let parent = deployment.sandbox().await;
        is_told(&deployment, &parent, 300).await;
        deployment.morph().rewrite("POST", TTL, lie);
        deployment.refusal("branch", json!({"sandbox_id": parent})).await;
        deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    }
}

#[tokio::test]
async fn a_copy_that_is_not_known_at_once_gets_its_lifetime_later() {
    let deployment = Deployment::start(WORKER).await;
    let parent = deployment.sandbox().await;
    is_told(&deployment, &parent, 300).await;
    deployment.morph().fail("POST", TTL).with(Fault::Status(404)).times(6);
    let branched = deployment
        .call("branch", json!({"sandbox_id": parent}))
        .await
        .expect("copies");
    assert_eq!(branched["sandbox_ids"].as_array().map(Vec::len), Some(2));
    assert!(
        deployment
            .morph()
            .instances()
            .iter()
            .all(|one| one.ttl_seconds.is_some())
    );
}

#[tokio::test]
async fn copies_that_a_killed_worker_left_without_a_lifetime_get_one() {
    let mut deployment = Deployment::start(WORKER).await;
    let parent = deployment.sandbox_with(json!({"idle_timeout_secs": 77})).await;
    is_told(&deployment, &parent, 77).await;
    deployment.morph().fail("POST", TTL).with(Fault::Stall).always();
    let lost = deployment.begin("branch", json!({"sandbox_id": parent}));
    deployment.morph().wait_for_request("POST", BRANCH, 1).await;
    deployment.morph().wait_for_request("POST", TTL, 3).await;
    deployment.worker.kill();
    lost.await.expect_err("the worker died");
    deployment.morph().clear_faults();
    deployment.restart().await;
    deployment
        .morph()
        .wait_for_instances(|all| all.len() == 3 && all.iter().all(|one| one.ttl_seconds == Some(77)))
        .await;
}
