//! Files of sandboxes, as base64.

use serde_json::{Value, json};

use super::acting::{exec, script};
use crate::deployment::{Deployment, DeploymentBuilder};

const SIZE: usize = 20 << 20;

/// An answer of that many bytes as base64 and more.
const ROOM: &str = "max_response_bytes: 62914560";

async fn write(deployment: &Deployment, sandbox: &str, path: &str, bytes: &str, mode: Option<u32>) {
    let mut payload = json!({"sandbox_id": sandbox, "path": path, "bytes_base64": bytes});
    if let Some(mode) = mode {
        payload["mode"] = mode.into();
    }
    let written = deployment.call("fs::write", payload).await;
    assert_eq!(written, Ok(json!({})), "fs::write of {path}");
}

async fn read(deployment: &Deployment, sandbox: &str, path: &str) -> Value {
    let read = deployment
        .call("fs::read", json!({"sandbox_id": sandbox, "path": path}))
        .await;
    read.unwrap_or_else(|error| panic!("fs::read of {path} was refused: {error}"))["bytes_base64"].take()
}

/// Every byte, some that a form could take for its end, and a line end, as base64.
const EVERY_BYTE: &str = "\
    AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZ\
    WltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKz\
    tLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/w0KLS0NCg==";

pub async fn every_byte_of_a_file_arrives(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    for (path, bytes) in [("f", EVERY_BYTE), ("sub folder/it's \"f\" & é", "aGk="), ("empty", "")] {
        if path.contains('/') {
            script(&deployment, &sandbox, "mkdir -p 'sub folder'").await;
        }
        write(&deployment, &sandbox, path, bytes, None).await;
        assert_eq!(read(&deployment, &sandbox, path).await, bytes, "{path}");
    }
    let size = exec(&deployment, &sandbox, json!({"cmd": "wc", "args": ["-c", "f"]})).await;
    assert!(
        size["stdout"]
            .as_str()
            .is_some_and(|text| text.trim().starts_with("262")),
        "{size}"
    );
    write(&deployment, &sandbox, "f", "aGk=", None).await;
    assert_eq!(read(&deployment, &sandbox, "f").await, "aGk=", "written anew");
}

pub async fn a_file_of_twenty_megabytes(worker: DeploymentBuilder) {
    let deployment = worker.config(ROOM).start().await;
    let sandbox = deployment.sandbox().await;
    // Three bytes are four characters.
    let bytes = "YWJj".repeat(SIZE / 3);
    write(&deployment, &sandbox, "large", &bytes, None).await;
    assert!(
        read(&deployment, &sandbox, "large").await == bytes.as_str(),
        "it has changed"
    );
}

pub async fn a_file_has_the_mode_that_it_was_given(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    write(&deployment, &sandbox, "f", "aGk=", Some(0o750)).await;
    assert_eq!(script(&deployment, &sandbox, "stat -c %a f").await["stdout"], "750\n");
}

pub async fn a_file_that_is_not_there_is_said_to_be_missing(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let text = deployment
        .refusal("fs::read", json!({"sandbox_id": sandbox, "path": "missing"}))
        .await;
    assert!(!text.contains("no such sandbox"), "{text}");
    assert!(text.contains("file"), "{text}");
}
