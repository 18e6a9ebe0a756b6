//! The look at a sandbox that the worker does not know yet.

use serde_json::{Value, json};
use testkit::{CallError, Deployment, Fault};

use super::{STATUSES, WORKER, expected, said};

const LOOK: &str = "GET /instance/{instance_id}";

/// Every function that takes an id, with the other fields that it requires.
fn takers() -> [(&'static str, Value); 5] {
    [
        ("exec", json!({"cmd": "true"})),
        ("stop", json!({})),
        ("snapshot", json!({})),
        ("branch", json!({})),
        ("expose_port", json!({"port": 80})),
    ]
}

#[tokio::test]
async fn a_look_that_fails_is_told_like_any_call() {
    let deployment = Deployment::start(WORKER).await;
    let stranger = deployment.morph().add_instance(&[("iii-owner", "default")]);
    for (number, status) in STATUSES.into_iter().filter(|&status| status != 404).enumerate() {
        let (function, mut payload) = takers()[number % 5].clone();
        payload["sandbox_id"] = json!(stranger);
        let fault = Fault::StatusWithBody(status, said());
        deployment.morph().fail("GET", "/instance/{id}").with(fault).always();
        let refused = deployment.call(function, payload).await;
        assert_eq!(
            refused,
            Err(expected("sandboxes (one)", LOOK, status)),
            "{function}, {status}"
        );
        deployment.morph().clear_faults();
    }
}

#[tokio::test]
async fn a_sandbox_that_nobody_knows_is_no_sandbox_and_is_stopped_already() {
    let deployment = Deployment::start(WORKER).await;
    for (function, mut payload) in takers() {
        payload["sandbox_id"] = json!("morphvm_unknown");
        let expected = match function {
            "stop" => Ok(json!({})),
            _ => Err(CallError::new("S002", "[S002] no such sandbox")),
        };
        assert_eq!(deployment.call(function, payload).await, expected, "{function}");
    }
}

#[tokio::test]
async fn a_sandbox_of_somebody_else_is_no_sandbox() {
    let deployment = Deployment::start(WORKER).await;
    let foreign = deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    for (function, mut payload) in takers() {
        payload["sandbox_id"] = json!(foreign);
        let refused = deployment.call(function, payload).await;
        let text = "[S002] no such sandbox";
        assert_eq!(refused, Err(CallError::new("S002", text)), "{function}");
    }
    assert!(deployment.morph().requests().iter().all(|seen| seen.method == "GET"));
}
