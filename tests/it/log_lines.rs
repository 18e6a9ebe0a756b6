//! A line of the log is the worker's own: no caller and no provider can begin one.

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{Deployment, Fault};

use crate::WORKER;

/// What somebody would have the log say.
const FORGED: &str = "2026-01-01T00:00:00Z ERROR forged";

/// A text that goes on with a line of its own.
fn forging(text: &str) -> Value {
    json!(format!("{text}\n{FORGED}\r{FORGED}\n"))
}

/// Adds the line to every text in an answer.
fn forge(answer: &mut Value) {
    match answer {
        Value::String(text) => *answer = forging(text),
        Value::Array(items) => items.iter_mut().for_each(forge),
        Value::Object(fields) => fields.values_mut().for_each(forge),
        _ => {}
    }
}

/// Calls that forge, each in another field.
fn calls(sandbox: &str) -> [(&'static str, Value); 9] {
    let line = forging(sandbox);
    let name = line.as_str().expect("a text");
    [
        ("create", json!({"image": line})),
        ("create", json!({"image": "snapshot_base", "idle_timeout_secs": line})),
        ("stop", json!({"sandbox_id": line})),
        ("snapshot", json!({"sandbox_id": line})),
        ("branch", json!({"sandbox_id": line})),
        ("expose_port", json!({"sandbox_id": sandbox, "port": line})),
        ("exec", json!({"sandbox_id": sandbox, "cmd": line, "args": [line]})),
        (
            "exec",
            json!({"sandbox_id": sandbox, "cmd": "true", "env": {name: "x"}}),
        ),
        ("exec", json!({"sandbox_id": sandbox, "cmd": "true", name: name})),
    ]
}

/// Every call that the provider answers, with an answer that forges.
async fn answers(deployment: &Deployment, sandbox: &str) {
    let fault = || Fault::StatusWithBody(500, json!({"detail": forging("no")}));
    deployment
        .morph()
        .fail("POST", "/instance/{id}/exec")
        .with(fault())
        .once();
    for (method, path) in [
        ("GET", "/instance"),
        ("POST", "/instance"),
        ("GET", "/instance/{id}"),
        ("POST", "/instance/{id}/exec"),
        ("POST", "/instance/{id}/branch"),
        ("POST", "/instance/{id}/snapshot"),
    ] {
        deployment.morph().rewrite(method, path, forge);
    }
    let of = json!({"sandbox_id": sandbox, "cmd": "true", "port": 80, "image": "snapshot_base"});
    for function in ["exec", "exec", "snapshot", "branch", "expose_port", "create", "list"] {
        // Some can be read, some cannot.
        let _ = deployment.call(function, fields_of(function, &of)).await;
    }
    deployment.morph().clear_rewrites();
    // A list is asked for again before it is given up.
    deployment.morph().fail("GET", "/instance").with(fault()).always();
    let _ = deployment.call("list", json!({})).await;
    deployment.morph().clear_faults();
}

#[tokio::test]
async fn nobody_else_begins_a_line() {
    let mut deployment = Deployment::builder(WORKER).env("RUST_LOG", "trace").start().await;
    let sandbox = deployment.sandbox().await;
    for (function, payload) in calls(&sandbox) {
        let _ = deployment.call(function, payload).await;
    }
    answers(&deployment, &sandbox).await;
    deployment.terminate().await;
    let log = deployment.worker.stderr() + &deployment.worker.stdout();
    let lines: Vec<_> = log.split(['\n', '\r']).filter(|line| !line.is_empty()).collect();
    for said in ["request failed", "list is not to be had"] {
        assert!(log.contains(said), "{said:?} is not in:\n{log}");
    }
    for line in lines {
        assert!(!line.starts_with(FORGED), "{line}");
        assert!(
            line.starts_with("20") && line.contains("Z "),
            "what line is this? {line}"
        );
    }
}
