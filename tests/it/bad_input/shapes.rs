//! Payloads, and fields that are missing, null or of a wrong type.

use serde_json::{Value, json};
use testkit::deployment::FUNCTIONS;

use super::{Function, deployment, right};

#[tokio::test]
async fn a_payload_that_is_no_object() {
    let deployment = deployment().await;
    for name in FUNCTIONS {
        let function = Function::of(&deployment, name);
        for payload in [
            json!(null),
            json!("text"),
            json!(7),
            json!(true),
            json!([]),
            json!([right(name)]),
        ] {
            function.refuses_all(payload, "the payload must be an object").await;
        }
    }
}

#[tokio::test]
async fn a_field_that_is_missing() {
    let deployment = deployment().await;
    for name in FUNCTIONS {
        let function = Function::of(&deployment, name);
        let fields = right(name);
        for field in fields.as_object().expect("an object").keys() {
            let mut payload = fields.clone();
            payload.as_object_mut().expect("an object").remove(field);
            function.refuses_all(payload, &format!("`{field}` is missing")).await;
        }
    }
}

#[tokio::test]
async fn a_field_that_is_required_and_null() {
    let deployment = deployment().await;
    for name in FUNCTIONS {
        let function = Function::of(&deployment, name);
        for (field, value) in right(name).as_object().expect("an object") {
            let must = match value {
                Value::String(_) => "a string",
                _ => "a whole number from 1 to 65535",
            };
            function
                .refuses(field, [Value::Null], &format!("`{field}` must be {must}"))
                .await;
        }
    }
}

#[tokio::test]
async fn what_is_missing_is_told_before_what_is_wrong() {
    let deployment = deployment().await;
    let create = Function::of(&deployment, "create");
    create
        .refuses_all(json!({"Image": "x", "idle_timeout_secs": 0}), "`image` is missing")
        .await;
}

#[tokio::test]
async fn an_image_of_a_wrong_type() {
    let deployment = deployment().await;
    let create = Function::of(&deployment, "create");
    let wrong = [
        json!(7),
        json!(true),
        json!(["snapshot_1"]),
        json!({"id": "snapshot_1"}),
    ];
    create.refuses("image", wrong, "`image` must be a string").await;
}

#[tokio::test]
async fn an_image_that_is_empty_or_blank() {
    let deployment = deployment().await;
    let create = Function::of(&deployment, "create");
    let blank = ["", " ", "\t\n", "\u{a0}", "snapshot\n1", "snapshot_1\0"].map(Value::from);
    create
        .refuses("image", blank, "`image` must not be blank or have control characters")
        .await;
}

#[tokio::test]
async fn an_image_that_is_too_long() {
    let deployment = deployment().await;
    let create = Function::of(&deployment, "create");
    create
        .refuses(
            "image",
            ["x".repeat(1025).into()],
            "`image` must have 1024 characters or less",
        )
        .await;
}
