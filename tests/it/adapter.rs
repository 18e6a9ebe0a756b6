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
    let mut payload = json!({"image": "python"});
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
    let deployment = Deployment::builder(WORKER)
        .config("images: {python: snapshot_base, gone: snapshot_none}")
        .start()
        .await;
    let info = call(&deployment, "adapter::info", json!({})).await.expect("an answer");
    assert_eq!(info["contract"], json!({"major": 1, "minor": 2}));
    let id = create(&deployment, json!({"name": "first", "env": {"A": "it's", "B": "kept"}})).await;
    let list = call(&deployment, "list", json!({})).await.expect("a list");
    let row = &list["sandboxes"][0];
    assert_eq!(
        (&row["sandbox_id"], &row["name"], &row["image"]),
        (&id, &json!("first"), &json!("python"))
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
    let mut deployment = Deployment::builder(WORKER)
        .config("images: {python: snapshot_base, gone: snapshot_none}")
        .start()
        .await;
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
        (&id, &json!("kept"), &json!("python"))
    );
}

#[tokio::test]
async fn code_is_run_in_a_sandbox_of_its_own() {
    let deployment = Deployment::builder(WORKER)
        .config("images: {python: snapshot_base, gone: snapshot_none}")
        .start()
        .await;
    let files = json!([{"path": "/tmp/in a/f", "content": "text"}]);
    let run = json!({"image": "python", "lang": "sh", "code": "cat '/tmp/in a/f'; cat; exit 3", "files": files, "stdin": "aW4="});
    let ran = call(&deployment, "run", run).await.expect("an answer");
    assert_eq!(
        (&ran["stdout"], &ran["exit_code"]),
        (&json!("textin"), &json!(3)),
        "{ran}"
    );
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn an_image_is_one_of_the_catalog() {
    let deployment = Deployment::builder(WORKER)
        .config("images: {python: {image: snapshot_base, max: 1}, gone: snapshot_none}")
        .start()
        .await;
    let listed = call(&deployment, "catalog::list", json!({})).await.expect("a list");
    assert_eq!(
        listed["images"],
        json!([
            {"name": "python", "oci_ref": "morph:snapshot_base", "kind": "preset"},
            {"name": "gone", "oci_ref": "morph:snapshot_none", "kind": "custom"},
        ])
    );
    for (fields, code, says) in [
        (json!({"image": "ruby"}), "S100", "`gone`, `python`"),
        (json!({"image": "snapshot_base"}), "S100", "`images`"),
        (json!({"image": "gone"}), "S101", "`gone`"),
        (json!({"image": "snapshot:snapshot_none"}), "S100", "no such image"),
        (json!({"image": "python", "network": false}), "S001", "network"),
        (json!({"image": "python", "cpus": 2}), "S400", "`cpus`"),
        (json!({"image": "python", "memory_mb": 4096}), "S400", "`memory_mb`"),
        (json!({"image": "python", "env": ["A"]}), "S001", "env"),
        (json!({"image": "python", "env": {"A B": "1"}}), "S001", "env"),
        (json!({}), "S001", "image"),
    ] {
        let refused = call(&deployment, "create", fields.clone())
            .await
            .expect_err("a refusal");
        let fault = fault(&refused);
        assert_eq!(fault["code"], code, "{fields}: {fault}");
        assert!(
            fault["message"].as_str().is_some_and(|text| text.contains(says)),
            "{fields}: {fault}"
        );
    }
    assert_eq!(deployment.in_flight().await, 0);
    let id = create(&deployment, json!({"network": true})).await;
    let refused = call(&deployment, "create", json!({"image": "python"}))
        .await
        .expect_err("a refusal");
    assert_eq!(fault(&refused)["code"], "S400");
    let stopped = call(&deployment, "stop", json!({"sandbox_id": id})).await;
    stopped.expect("it runs");
    create(&deployment, json!({})).await;
}

#[tokio::test]
async fn a_program_is_given_ten_megabytes_and_told_when_its_time_is_over() {
    let deployment = Deployment::builder(WORKER)
        .config("images: {python: snapshot_base}")
        .start()
        .await;
    let id = create(&deployment, json!({})).await;
    let zeros = "AAAA".repeat(2_500_000);
    let exec = json!({"sandbox_id": id, "cmd": "wc -c", "stdin": zeros});
    let ran = call(&deployment, "exec", exec).await.expect("an answer");
    assert_eq!(ran["stdout"].as_str().map(str::trim), Some("7500000"), "{ran}");
    let exec = json!({"sandbox_id": id, "argv": ["sleep", "60"], "timeout_ms": 300});
    let late = call(&deployment, "exec", exec).await.expect_err("a timeout");
    assert_eq!(fault(&late)["code"], "S200");
    let exec = json!({"sandbox_id": id, "cmd": "sh", "args": ["-c", "head -c 3000000 /dev/zero | tr '\\0' x"]});
    let ran = call(&deployment, "exec", exec).await.expect("an answer");
    assert_eq!(
        (&ran["stdout_truncated"], &ran["stderr_truncated"]),
        (&json!(true), &json!(false))
    );
    assert!(ran["stdout"].as_str().is_some_and(|text| text.len() <= 1_048_576));
}
