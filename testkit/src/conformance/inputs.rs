//! Bad input is S001, names the field, and sends nothing.

use serde_json::{Map, Value, json};

use super::acting::registered;
use crate::deployment::{Deployment, DeploymentBuilder};

/// What every function of the contract requires, and no more.
fn right(function: &str) -> Option<Value> {
    Some(match function {
        "list" => json!({}),
        "create" => json!({"image": "image"}),
        "exec" => json!({"sandbox_id": "id", "cmd": "true"}),
        "stop" | "snapshot" | "branch" => json!({"sandbox_id": "id"}),
        "expose_port" => json!({"sandbox_id": "id", "port": 80}),
        "extend" => json!({"sandbox_id": "id", "secs": 60}),
        "fs::read" => json!({"sandbox_id": "id", "path": "f"}),
        "fs::write" => json!({"sandbox_id": "id", "path": "f", "bytes_base64": ""}),
        _ => return None,
    })
}

/// The worker's functions that are the contract's, each with what it requires.
fn functions(deployment: &Deployment) -> Vec<(String, Map<String, Value>)> {
    let functions = registered(deployment)
        .into_iter()
        .filter_map(|name| match right(&name)? {
            Value::Object(fields) => Some((name, fields)),
            _ => None,
        });
    functions.collect()
}

/// A payload is refused with S001 and a text that contains this, and the provider hears nothing.
async fn refused(deployment: &Deployment, function: &str, payload: Value, text: &str) {
    let said = deployment.refusal(function, payload.clone()).await;
    assert!(
        said.starts_with("[S001] bad input: "),
        "{function} of {payload}: {said}"
    );
    assert!(said.contains(text), "{function} of {payload}: {said}");
    let lines = deployment.simulator().traffic().request_lines();
    assert_eq!(lines, <[&str; 0]>::default(), "{function} of {payload}");
}

pub async fn what_is_missing_unknown_or_of_another_type(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    for (function, fields) in functions(&deployment) {
        for payload in [json!(null), json!("text"), json!(7), json!([fields])] {
            refused(&deployment, &function, payload, "the payload must be an object").await;
        }
        for field in fields.keys() {
            let mut payload = fields.clone();
            payload.remove(field);
            refused(&deployment, &function, payload.into(), &format!("`{field}` is missing")).await;
            for wrong in [json!(null), json!(true), json!({}), json!([[]])] {
                let mut payload = fields.clone();
                payload.insert(field.clone(), wrong);
                refused(&deployment, &function, payload.into(), &format!("`{field}`")).await;
            }
        }
        let mut payload = fields.clone();
        payload.insert("stranger".to_owned(), json!(1));
        refused(&deployment, &function, payload.into(), "`stranger`").await;
    }
}

pub async fn an_id_that_is_no_segment_of_a_path(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    for (function, fields) in functions(&deployment) {
        if !fields.contains_key("sandbox_id") {
            continue;
        }
        for id in [
            "", ".", "..", "/", "a/b", "../x", "a?b", "a#b", "a%2fb", "a b", "a\nb", "a\\b", "a\0b",
        ] {
            let mut payload = fields.clone();
            payload.insert("sandbox_id".to_owned(), json!(id));
            refused(&deployment, &function, payload.into(), "`sandbox_id`").await;
        }
    }
}

pub async fn an_image_that_is_not_allowed(worker: DeploymentBuilder) {
    let deployment = worker.config("image_allowlist: [one-of-mine]").start().await;
    let text = deployment.refusal("create", json!({"image": "another"})).await;
    assert!(text.starts_with("[S100] "), "{text}");
    assert_eq!(deployment.simulator().traffic().request_lines(), <[&str; 0]>::default());
    assert_eq!(deployment.in_flight().await, 0);
}
