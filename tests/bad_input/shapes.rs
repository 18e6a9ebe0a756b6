//! Payloads, and fields that are missing, null or of a wrong type.

use serde_json::{Value, json};
use testkit::deployment::FUNCTIONS;

use crate::{house, refuses, refuses_as};

#[tokio::test]
async fn a_payload_that_is_no_object() {
    let house = house().await;
    let payloads = [
        json!(null),
        json!("text"),
        json!(7),
        json!(true),
        json!([]),
        json!([{"image": "x"}]),
    ];
    for function in FUNCTIONS {
        let text = "the payload must be an object";
        refuses(&house, function, payloads.clone().map(|payload| (payload, text))).await;
    }
}

#[tokio::test]
async fn a_field_that_is_missing() {
    let house = house().await;
    let with_sandbox = json!({"sandbox_id": "morphvm_1"});
    for (function, payload, text) in [
        ("create", json!({}), "`image` is missing"),
        (
            "create",
            json!({"Image": "x", "idle_timeout_secs": 0}),
            "`image` is missing",
        ),
        ("exec", json!({"cmd": "true"}), "`sandbox_id` is missing"),
        ("exec", with_sandbox.clone(), "`cmd` is missing"),
        ("stop", json!({}), "`sandbox_id` is missing"),
        ("snapshot", json!({}), "`sandbox_id` is missing"),
        ("branch", json!({"count": 2}), "`sandbox_id` is missing"),
        ("expose_port", json!({"port": 80}), "`sandbox_id` is missing"),
        ("expose_port", with_sandbox.clone(), "`port` is missing"),
    ] {
        refuses(&house, function, [(payload, text)]).await;
    }
}

#[tokio::test]
async fn a_required_field_that_is_null() {
    let house = house().await;
    for (function, payload, text) in [
        ("create", json!({"image": null}), "`image` must be a string"),
        (
            "exec",
            json!({"sandbox_id": null, "cmd": "true"}),
            "`sandbox_id` must be a string",
        ),
        (
            "exec",
            json!({"sandbox_id": "morphvm_1", "cmd": null}),
            "`cmd` must be a string",
        ),
        ("stop", json!({"sandbox_id": null}), "`sandbox_id` must be a string"),
        (
            "expose_port",
            json!({"sandbox_id": "morphvm_1", "port": null}),
            "`port` must be a whole number from 1 to 65535",
        ),
    ] {
        refuses(&house, function, [(payload, text)]).await;
    }
}

#[tokio::test]
async fn an_image_of_a_wrong_type() {
    let house = house().await;
    let wrong = [
        json!(7),
        json!(true),
        json!(["snapshot_1"]),
        json!({"id": "snapshot_1"}),
    ];
    refuses_as(&house, "create", json!({}), "image", &wrong, "`image` must be a string").await;
}

#[tokio::test]
async fn an_image_that_is_empty_or_blank() {
    let house = house().await;
    let blank = ["", " ", "\t\n", "\u{a0}", "snapshot\n1", "snapshot_1\0"].map(Value::from);
    let text = "`image` must not be blank or have control characters";
    refuses_as(&house, "create", json!({}), "image", &blank, text).await;
}

#[tokio::test]
async fn an_image_that_is_too_long() {
    let house = house().await;
    let text = "`image` must have 1024 characters or less";
    refuses_as(&house, "create", json!({}), "image", &["x".repeat(1025).into()], text).await;
}
