//! Success that cannot be read is S502; what nobody reads may change as it likes.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{CallError, Deployment, Fault};

mod changed;
mod lacking;
mod large;

use crate::WORKER;

const UNREADABLE: &str = "the answer cannot be read, or lacks what is needed";
const BROKEN: &str = "the connection broke before the answer was complete";

/// What can be wrong with an answer that says it is a success.
const SPOILED: [(Fault, &str); 5] = [
    (Fault::Nonsense, UNREADABLE),
    (Fault::EmptyBody, UNREADABLE),
    (Fault::Truncated, UNREADABLE),
    (Fault::CutMidBody, BROKEN),
    (Fault::Cut, BROKEN),
];

/// Spoils each answer to `call` after it has had its effect. `at` is the place in the function that is called.
async fn check(at: &str, call: &str, fields: Value) {
    check_on(&Deployment::start(WORKER).await, at, call, fields, "").await;
}

/// The same where the call is a look that is repeated until the time is over: a bad answer tells nothing.
async fn check_waiting(at: &str, call: &str, fields: Value) {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 1")
        .start()
        .await;
    check_on(&deployment, at, call, fields, WAITED).await;
}

const WAITED: &str = "not ready within 1 s; the last look: ";

/// [`check`] for a place that several functions lead to.
async fn check_in(function: &str, at: &str, call: &str, fields: Value) {
    check_of(&Deployment::start(WORKER).await, function, at, call, fields, "").await;
}

async fn check_on(deployment: &Deployment, at: &str, call: &str, fields: Value, waited: &str) {
    let function = at.split(' ').next().expect("a function");
    check_of(deployment, function, at, call, fields, waited).await;
}

async fn check_of(deployment: &Deployment, function: &str, at: &str, call: &str, fields: Value, waited: &str) {
    let mut payload = fields;
    payload["sandbox_id"] = json!(deployment.sandbox().await);
    let (method, path) = call.split_once(' ').expect("a method and a path");
    for (fault, what) in SPOILED {
        deployment.morph().clear_faults();
        deployment
            .morph()
            .fail(method, path)
            .with(fault)
            .after_effect()
            .always();
        let what = match waited {
            WAITED if what == BROKEN => "the connection broke",
            _ => what,
        };
        let expected = CallError::unavailable(&format!("{at}: {waited}{what} ({call})"));
        assert_eq!(
            deployment.call(function, fields_of(function, &payload)).await,
            Err(expected)
        );
    }
    // The sandbox that all of it was done to; what was started beside it is ended.
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
}

#[tokio::test]
async fn create() {
    check("create (start)", "POST /instance", json!({"image": "snapshot_base"})).await;
}

#[tokio::test]
async fn create_while_it_waits() {
    check_waiting(
        "create (ready)",
        "GET /instance/{instance_id}",
        json!({"image": "snapshot_base"}),
    )
    .await;
}

#[tokio::test]
async fn exec() {
    check("exec", "POST /instance/{instance_id}/exec", json!({"cmd": "true"})).await;
}

#[tokio::test]
async fn snapshot() {
    check("snapshot (save)", "POST /instance/{instance_id}/snapshot", json!({})).await;
}

#[tokio::test]
async fn snapshot_while_it_waits() {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 1")
        .start()
        .await;
    deployment.morph().set_saved_after(Duration::from_secs(3600));
    let call = "GET /snapshot/{snapshot_id}";
    check_on(&deployment, "snapshot (saved)", call, json!({}), WAITED).await;
}

#[tokio::test]
async fn branch() {
    check("branch (fork)", "POST /instance/{instance_id}/branch", json!({})).await;
}

#[tokio::test]
async fn branch_while_it_sets_timeouts() {
    let call = "POST /instance/{instance_id}/ttl";
    check_in("branch", "sandboxes (lifetime)", call, json!({})).await;
}

#[tokio::test]
async fn branch_while_it_waits() {
    check_waiting("branch (ready)", "GET /instance/{instance_id}", json!({})).await;
}

#[tokio::test]
async fn expose_port() {
    let call = "POST /instance/{instance_id}/http";
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    // Each time another one, as one that is public already is refused.
    for (port, (fault, what)) in (8000..).zip(SPOILED) {
        let exposed = deployment
            .morph()
            .fail("POST", "/instance/{id}/http")
            .with(fault)
            .after_effect();
        exposed.once();
        let payload = json!({"sandbox_id": sandbox, "port": port});
        let expected = CallError::unavailable(&format!("expose_port (expose): {what} ({call})"));
        assert_eq!(deployment.call("expose_port", payload).await, Err(expected));
    }
}

#[tokio::test]
async fn list_answers_what_the_worker_knows() {
    let deployment = Deployment::start(WORKER).await;
    let mut sandbox = deployment
        .call("create", json!({"image": "snapshot_base"}))
        .await
        .expect("a sandbox");
    sandbox.as_object_mut().expect("an object").remove("capabilities");
    let known = json!({"sandboxes": [sandbox], "in_flight": 1, "cap": 10, "remaining": 9, "reconciled": false});
    for (fault, _) in SPOILED {
        deployment.morph().fail("GET", "/instance").with(fault).always();
        assert_eq!(deployment.call("list", json!({})).await, Ok(known.clone()));
        deployment.morph().clear_faults();
    }
}

#[tokio::test]
async fn stop_needs_no_answer_but_success() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let stopping = deployment
        .morph()
        .fail("DELETE", "/instance/{id}")
        .with(Fault::EmptyBody);
    stopping.after_effect().once();
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn stop_is_not_content_with_half_an_answer() {
    let deployment = Deployment::start(WORKER).await;
    for fault in [
        Fault::Nonsense,
        Fault::Truncated,
        Fault::CutMidBody,
        Fault::Oversized(17 << 20),
    ] {
        let sandbox = deployment.sandbox().await;
        let stop = json!({"sandbox_id": sandbox});
        deployment.morph().fail("DELETE", "/instance/{id}").with(fault).always();
        let text = deployment.refusal("stop", stop.clone()).await;
        assert!(text.starts_with("[S502] provider unavailable: stop: "), "{text}");
        deployment.morph().clear_faults();
        assert!(deployment.morph().instance(&sandbox).is_some());
        assert_eq!(deployment.in_flight().await, 1);
        assert_eq!(deployment.call("stop", stop).await, Ok(json!({})));
    }
    assert_eq!(deployment.morph().instances(), []);
}
