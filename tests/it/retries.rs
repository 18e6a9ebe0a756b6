//! A request is sent again where that is safe: looks and removals after a passing trouble, anything that was never sent.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{CallError, Deployment, Fault, Morph};
use tokio::net::TcpSocket;

use crate::WORKER;

/// Statuses of a trouble that passes. What 429 is has tests of its own.
const PASSING: [u16; 10] = [408, 500, 502, 503, 504, 520, 521, 522, 523, 524];

const ONE: &str = "/instance/{id}";

async fn stop_new_sandbox(deployment: &Deployment) -> Result<Value, CallError> {
    let sandbox = deployment.sandbox().await;
    deployment.morph().clear_requests();
    deployment.call("stop", json!({"sandbox_id": sandbox})).await
}

#[tokio::test]
async fn a_look_is_repeated_until_the_trouble_has_passed() {
    let deployment = Deployment::start(WORKER).await;
    let morph = deployment.morph();
    for status in PASSING {
        morph.clear_requests();
        morph.fail("GET", "/instance").with(Fault::Status(status)).times(2);
        let listed = deployment.call("list", json!({})).await.expect("a list");
        assert_eq!(listed["reconciled"], true, "status {status}");
        assert_eq!(morph.requests().len(), 3, "status {status}");
        morph.clear_faults();
    }
}

#[tokio::test]
async fn a_removal_is_repeated_until_the_trouble_has_passed() {
    let deployment = Deployment::start(WORKER).await;
    for status in PASSING {
        deployment
            .morph()
            .fail("DELETE", ONE)
            .with(Fault::Status(status))
            .times(2);
        assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})), "status {status}");
        assert_eq!(
            deployment.morph().requests_to("DELETE", ONE).len(),
            3,
            "status {status}"
        );
        deployment.morph().clear_faults();
    }
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn a_removal_whose_answer_was_lost_is_done_when_repeated() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::Status(504))
        .after_effect()
        .once();
    assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})));
    assert_eq!(deployment.morph().requests_to("DELETE", ONE).len(), 2);
}

#[tokio::test]
async fn the_fifth_failure_is_the_last() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(503)).always();
    let refused = stop_new_sandbox(&deployment).await;
    assert_eq!(
        refused,
        Err(CallError::unavailable(
            "stop: status 503 (DELETE /instance/{instance_id})"
        ))
    );
    assert_eq!(deployment.morph().requests_to("DELETE", ONE).len(), 5);
}

#[tokio::test]
async fn a_trouble_that_does_not_pass_is_not_repeated() {
    let deployment = Deployment::start(WORKER).await;
    for status in [400, 401, 402, 403, 418, 422, 501, 505] {
        deployment
            .morph()
            .fail("DELETE", ONE)
            .with(Fault::Status(status))
            .always();
        stop_new_sandbox(&deployment).await.expect_err("a refusal");
        assert_eq!(
            deployment.morph().requests_to("DELETE", ONE).len(),
            1,
            "status {status}"
        );
        deployment.morph().clear_faults();
        deployment
            .call("stop", json!({"sandbox_id": deployment.morph().instances()[0].id}))
            .await
            .expect("stopped");
    }
}

#[tokio::test]
async fn the_provider_says_when_to_come_again() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::RetryAfter(429, "2".to_owned()))
        .once();
    let begun = Instant::now();
    assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})));
    assert!(begun.elapsed() >= Duration::from_secs(2), "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn the_provider_cannot_ask_for_hours() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::RetryAfter(503, "36000".to_owned()))
        .once();
    let begun = Instant::now();
    assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})));
    assert!(begun.elapsed() >= Duration::from_secs(5), "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_pause_that_would_miss_the_deadline_is_not_begun() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 4")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .fail("DELETE", ONE)
        .with(Fault::RetryAfter(429, "5".to_owned()))
        .always();
    let begun = Instant::now();
    let refused = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
    let what = "the provider takes no more requests for now, status 429: try again in 5 s";
    let text = format!("[S500] rate limited by provider: stop: {what} (DELETE /instance/{{instance_id}})");
    assert_eq!(refused, Err(CallError::new("S500", text)));
    assert!(begun.elapsed() < Duration::from_secs(4), "after {:?}", begun.elapsed());
    assert_eq!(deployment.morph().requests_to("DELETE", ONE).len(), 1);
}

#[tokio::test]
async fn a_removal_whose_connection_breaks_is_done_when_repeated() {
    let deployment = Deployment::start(WORKER).await;
    for fault in [Fault::Cut, Fault::CutMidBody] {
        deployment
            .morph()
            .fail("DELETE", ONE)
            .with(fault.clone())
            .after_effect()
            .once();
        assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})), "{fault:?}");
        assert_eq!(deployment.morph().requests_to("DELETE", ONE).len(), 2, "{fault:?}");
        deployment.morph().fail("DELETE", ONE).with(fault.clone()).once();
        assert_eq!(stop_new_sandbox(&deployment).await, Ok(json!({})), "{fault:?}");
    }
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn connections_that_were_kept_for_too_long_do_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    // As many connections as are under way at a time are kept.
    let lists: Vec<_> = (0..8).map(|_| deployment.begin("list", json!({}))).collect();
    for list in lists {
        list.await.expect("a list");
    }
    let sandbox = deployment.sandbox().await;
    for (method, path) in [("GET", "/instance"), ("DELETE", ONE)] {
        deployment.morph().fail(method, path).with(Fault::CutIfReused).always();
    }
    let listed = deployment.call("list", json!({})).await.expect("a list");
    assert_eq!(listed["reconciled"], true);
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert!(deployment.morph().fault_hits() > 0);
}

/// Every call that does something, the function that makes it, and that function's other fields.
fn posts() -> [(&'static str, &'static str, Value); 5] {
    [
        ("create", "/instance", json!({"image": "snapshot_base"})),
        ("exec", "/instance/{id}/exec", json!({"cmd": "true"})),
        ("snapshot", "/instance/{id}/snapshot", json!({})),
        ("branch", "/instance/{id}/branch", json!({})),
        ("expose_port", "/instance/{id}/http", json!({"port": 80})),
    ]
}

/// Fails the call that each function is about, and counts how often it was sent.
async fn sends_once(deployment: &Deployment, fault: Fault, after_effect: bool) {
    let (morph, sandbox) = (deployment.morph(), deployment.sandbox().await);
    for (function, path, mut payload) in posts() {
        payload["sandbox_id"] = json!(sandbox);
        morph.clear_requests();
        match morph.fail("POST", path).with(fault.clone()) {
            failing if after_effect => failing.after_effect().always(),
            failing => failing.always(),
        }
        deployment.refusal(function, fields_of(function, &payload)).await;
        assert_eq!(morph.requests_to("POST", path).len(), 1, "{function}, {fault:?}");
        morph.clear_faults();
    }
}

#[tokio::test]
async fn what_does_something_is_never_sent_twice() {
    let deployment = Deployment::builder(WORKER)
        .config("max_concurrent_sandboxes: 40")
        .start()
        .await;
    for status in PASSING {
        sends_once(&deployment, Fault::Status(status), false).await;
        sends_once(&deployment, Fault::RetryAfter(status, "0".to_owned()), true).await;
    }
}

#[tokio::test]
async fn what_does_something_is_never_sent_twice_when_its_connection_breaks() {
    let deployment = Deployment::start(WORKER).await;
    sends_once(&deployment, Fault::Cut, false).await;
    sends_once(&deployment, Fault::Cut, true).await;
}

/// A port of this machine that nobody listens to, and that nobody else gets as long as this lives.
fn silent_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    // So that the test itself can listen there later.
    socket.set_reuseaddr(true).expect("an option of every socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    (socket, port)
}

async fn deployed_on(port: u16) -> Deployment {
    let builder = Deployment::builder(WORKER).provider_url(&format!("http://127.0.0.1:{port}/api"));
    builder
        .env("MORPH_API_KEY", "morph-test-key")
        .env("RUST_LOG", "provider_runtime=debug")
        .start()
        .await
}

#[tokio::test]
async fn a_provider_that_nobody_reaches_has_started_nothing() {
    let (_reserved, port) = silent_port();
    let deployment = deployed_on(port).await;
    let refused = deployment.call("create", json!({"image": "snapshot_base"})).await;
    let what = "create (start): the provider could not be reached (POST /instance)";
    assert_eq!(refused, Err(CallError::unavailable(what)));
    let known = json!({"sandboxes": [], "in_flight": 0, "cap": 10, "remaining": 10, "reconciled": false});
    assert_eq!(deployment.call("list", json!({})).await, Ok(known));
}

/// A create whose provider comes only after the first try. How many sandboxes run then.
async fn created_before_its_provider_came() -> Result<usize, CallError> {
    let (_reserved, port) = silent_port();
    let deployment = deployed_on(port).await;
    let creating = deployment.begin("create", json!({"image": "snapshot_base"}));
    // The worker's own first list is tried again too.
    deployment
        .worker
        .wait_for_line("trying again call=\"POST /instance\"")
        .await;
    let morph = Morph::builder().port(port).start().await;
    creating.await?;
    Ok(morph.instances().len())
}

#[tokio::test]
async fn what_was_never_sent_is_sent_when_the_provider_is_there() {
    let mut refusals = Vec::new();
    // On a busy machine the provider may come after the last try.
    for _ in 0..5 {
        match created_before_its_provider_came().await {
            Ok(running) => return assert_eq!(running, 1),
            Err(refusal) => refusals.push(refusal),
        }
    }
    panic!("it was never sent: {refusals:?}");
}
