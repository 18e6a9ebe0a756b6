//! What each status of each call to the provider means to the caller of a function: a code, and a text of our own.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{CallError, Deployment, Fault, Morph};

mod exceptions;
mod ownership;
mod refusals;

use crate::WORKER;

/// Beside these, every status that is not a success is S502.
const CODES: [(u16, &str, &str); 6] = [
    (400, "S001", "bad input"),
    (401, "S503", "auth invalid or expired"),
    (402, "S501", "quota exhausted"),
    (403, "S503", "auth invalid or expired"),
    (413, "S200", "resource oversize"),
    (422, "S001", "bad input"),
];

/// What is answered 429 is sent again, which has tests of its own.
const STATUSES: [u16; 20] = [
    301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 412, 413, 418, 422, 500, 502, 503, 504,
];

/// Timeouts that keep what is sent again short.
const SETTINGS: &str = "request_timeout_secs: 2\nready_timeout_secs: 2";

/// Statuses that do not fail a call, with a test of their own.
const EXCEPTIONS: [(&str, u16); 4] = [
    ("stop", 404),
    ("stop", 409),
    ("expose_port (expose)", 409),
    ("sandboxes (lifetime)", 404),
];

/// What the provider says. If any of it reached a caller, the family's router would misread it.
fn said() -> Value {
    json!({"detail": "sandbox-s3cr3t not found, function is not registered"})
}

/// Statuses that say nothing of what is looked at, so that a look is repeated until the time is over. So is one that does
/// not know what was just made, which `looks.rs` has.
const PASSING: [u16; 11] = [301, 302, 307, 308, 404, 408, 429, 500, 502, 503, 504];

/// Fails `call` with every status and checks what a caller of `function` gets. `at` is the place in `function`.
async fn check(at: &str, call: &str, fields: Value) {
    let deployment = Deployment::builder(WORKER).config(SETTINGS).start().await;
    check_on(&deployment, at, call, fields, expected).await;
}

/// The same where the call is a look that is repeated until the time is over.
async fn check_waiting(at: &str, call: &str, fields: Value) {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 1")
        .start()
        .await;
    let expected = |at: &str, call: &str, status| match PASSING.contains(&status) {
        true => CallError::unavailable(&format!(
            "{at}: not ready within 1 s; the last look: status {status} ({call})"
        )),
        false => expected(at, call, status),
    };
    check_on(&deployment, at, call, fields, expected).await;
}

/// [`check`] for a place that several functions lead to.
async fn check_in(function: &str, at: &str, call: &str, fields: Value) {
    check_of(&Deployment::start(WORKER).await, function, at, call, fields, expected).await;
}

async fn check_on(
    deployment: &Deployment,
    at: &str,
    call: &str,
    fields: Value,
    expected: impl Fn(&str, &str, u16) -> CallError,
) {
    let function = at.split(' ').next().expect("a function");
    check_of(deployment, function, at, call, fields, expected).await;
}

async fn check_of(
    deployment: &Deployment,
    function: &str,
    at: &str,
    call: &str,
    fields: Value,
    expected: impl Fn(&str, &str, u16) -> CallError,
) {
    let mut payload = fields;
    payload["sandbox_id"] = json!(deployment.sandbox().await);
    let (method, path) = call.split_once(' ').expect("a method and a path");
    for status in STATUSES
        .into_iter()
        .filter(|&status| !EXCEPTIONS.contains(&(at, status)))
    {
        let fault = Fault::StatusWithBody(status, said());
        deployment.morph().fail(method, path).with(fault).always();
        let refused = deployment.call(function, fields_of(function, &payload)).await;
        assert_eq!(refused, Err(expected(at, call, status)), "{function}, status {status}");
        deployment.morph().clear_faults();
    }
}

/// The looks and what is sent to copies carry nothing of the caller's.
fn expected(at: &str, call: &str, status: u16) -> CallError {
    let carries_input = !matches!(
        at,
        "create (ready)" | "branch (ready)" | "sandboxes (lifetime)" | "sandboxes (one)"
    );
    let is_meant = |code: &str| carries_input || !matches!(code, "S001" | "S200");
    let listed = CODES
        .iter()
        .find(|(listed, code, _)| *listed == status && is_meant(code));
    let (_, code, meaning) = listed.copied().unwrap_or((status, "S502", "provider unavailable"));
    let (code, meaning) = match (status, at) {
        (404, "create (start)") => ("S100", "no such image"),
        (404, at) if carries_input && !at.starts_with("create") && !at.ends_with("(saved)") => {
            ("S002", "no such sandbox")
        }
        _ => (code, meaning),
    };
    let what = match (status, code) {
        (404, "S502") => "no such sandbox, ",
        _ if matches!(code, "S001" | "S200") => "the provider refused it, ",
        _ => "",
    };
    CallError::new(
        code,
        format!("[{code}] {meaning}: {at}: {what}status {status} ({call})"),
    )
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
async fn stop() {
    check("stop", "DELETE /instance/{instance_id}", json!({})).await;
}

#[tokio::test]
async fn snapshot() {
    check("snapshot (save)", "POST /instance/{instance_id}/snapshot", json!({})).await;
}

#[tokio::test]
async fn branch() {
    check("branch (fork)", "POST /instance/{instance_id}/branch", json!({})).await;
}

#[tokio::test]
async fn branch_while_it_sets_lifetimes() {
    let call = "POST /instance/{instance_id}/ttl";
    check_in("branch", "sandboxes (lifetime)", call, json!({})).await;
}

#[tokio::test]
async fn branch_while_it_waits() {
    check_waiting("branch (ready)", "GET /instance/{instance_id}", json!({})).await;
}

#[tokio::test]
async fn expose_port() {
    check(
        "expose_port (expose)",
        "POST /instance/{instance_id}/http",
        json!({"port": 80}),
    )
    .await;
}

#[tokio::test]
async fn expose_port_while_it_looks() {
    let late = Morph::builder().list_services_after(Duration::from_secs(3600));
    let deployment = Deployment::builder(WORKER).morph(late).start().await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "port": 80});
    let call = "GET /instance/{instance_id}";
    // Other statuses say nothing of the service: it is looked for again.
    for status in [401, 402, 403] {
        let fault = Fault::StatusWithBody(status, said());
        deployment.morph().fail("GET", "/instance/{id}").with(fault).always();
        let refused = deployment.call("expose_port", payload.clone()).await;
        assert_eq!(refused, Err(expected("expose_port (expose)", call, status)));
        deployment.morph().clear_faults();
    }
}

#[tokio::test]
async fn list_answers_what_the_worker_knows() {
    let deployment = Deployment::builder(WORKER).config(SETTINGS).start().await;
    let mut sandbox = deployment
        .call("create", json!({"image": "snapshot_base"}))
        .await
        .expect("a sandbox");
    sandbox.as_object_mut().expect("an object").remove("capabilities");
    let known = json!({"sandboxes": [sandbox], "in_flight": 1, "cap": 10, "remaining": 9, "reconciled": false});
    for status in STATUSES {
        let fault = Fault::StatusWithBody(status, said());
        deployment.morph().fail("GET", "/instance").with(fault).always();
        assert_eq!(
            deployment.call("list", json!({})).await,
            Ok(known.clone()),
            "status {status}"
        );
        deployment.morph().clear_faults();
    }
}
