//! The worker as a sandbox adapter: what the engine's router forwards to it.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

use crate::WORKER;

async fn call(deployment: &Deployment, function: &str, payload: Value) -> Result<Value, CallError> {
    deployment
        .engine
        .call(&format!("sandbox-morph::{function}"), payload)
        .await
}

async fn create(deployment: &Deployment, fields: Value) -> Value {
    let mut payload = json!({"image": "snapshot:snapshot_base"});
    payload
        .as_object_mut()
        .expect("an object")
        .extend(fields.as_object().expect("an object").clone());
    call(deployment, "create", payload).await.expect("a sandbox")["sandbox_id"].clone()
}

/// What consumers read of an error: the JSON in its message.
fn fault(error: &CallError) -> Value {
    assert_eq!(error.code, "invocation_failed");
    let json = error.message.find('{').map(|at| &error.message[at..]);
    serde_json::from_str(json.unwrap_or_default()).unwrap_or_else(|_| panic!("{error}"))
}

#[tokio::test]
async fn a_sandbox_is_started_used_and_ended() {
    let deployment = Deployment::start(WORKER).await;
    let info = call(&deployment, "adapter::info", json!({})).await.expect("an answer");
    assert_eq!(info["contract"], json!({"major": 1, "minor": 2}));
    let id = create(&deployment, json!({"name": "first", "env": {"A": "it's", "B": "kept"}})).await;
    let list = call(&deployment, "list", json!({})).await.expect("a list");
    let row = &list["sandboxes"][0];
    assert_eq!(
        (&row["sandbox_id"], &row["name"], &row["image"]),
        (&id, &json!("first"), &json!("snapshot:snapshot_base"))
    );
    let shown = "printf '%s|%s|%s|' \"$A\" \"$B\" \"$C\"; cat";
    let exec =
        json!({"sandbox_id": id, "cmd": "sh", "args": ["-c", shown], "env": ["B=given", "C=new"], "stdin": "aW4="});
    let ran = call(&deployment, "exec", exec).await.expect("an answer");
    assert_eq!(
        (&ran["stdout"], &ran["exit_code"], &ran["success"]),
        (&json!("it's|given|new|in"), &json!(0), &json!(true)),
        "{ran}"
    );
    let stopped = call(&deployment, "stop", json!({"sandbox_id": id})).await;
    assert_eq!(stopped, Ok(json!({"sandbox_id": id, "stopped": true})));
    let again = call(&deployment, "stop", json!({"sandbox_id": id}))
        .await
        .expect_err("it has ended");
    assert_eq!(fault(&again)["code"], "S002");
    let late = call(&deployment, "exec", json!({"sandbox_id": id, "cmd": "ls"}))
        .await
        .expect_err("it has ended");
    assert_eq!(fault(&late)["code"], "S004");
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn a_sandbox_is_found_again_after_a_restart() {
    let mut deployment = Deployment::start(WORKER).await;
    let id = create(&deployment, json!({"name": "kept", "env": {"A": "1"}})).await;
    deployment.restart().await;
    let ran = call(&deployment, "exec", json!({"sandbox_id": id, "cmd": "sh -c 'echo $A'"}))
        .await
        .expect("an answer");
    assert_eq!(ran["stdout"], "1\n", "{ran}");
    let list = call(&deployment, "list", json!({})).await.expect("a list");
    let row = &list["sandboxes"][0];
    assert_eq!(
        (&row["sandbox_id"], &row["name"], &row["image"]),
        (&id, &json!("kept"), &json!("snapshot:snapshot_base"))
    );
}

#[tokio::test]
async fn code_is_run_in_a_sandbox_of_its_own() {
    let deployment = Deployment::start(WORKER).await;
    let files = json!([{"path": "/tmp/in a/f", "content": "text"}]);
    let run = json!({"image": "snapshot:snapshot_base", "lang": "sh", "code": "cat '/tmp/in a/f'; cat; exit 3", "files": files, "stdin": "aW4="});
    let ran = call(&deployment, "run", run).await.expect("an answer");
    assert_eq!(
        (&ran["stdout"], &ran["exit_code"]),
        (&json!("textin"), &json!(3)),
        "{ran}"
    );
    assert_eq!(deployment.in_flight().await, 0);
}
