//! exec: one program, exactly as it was given, no longer than it was given.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

mod arguments;
mod children;
mod idle;
mod output;
mod refused;
mod time;

use crate::WORKER;

const RUN: &str = "/instance/{id}/exec";
const TTL: &str = "/instance/{id}/ttl";

/// `fields` are those of `exec` without the sandbox.
async fn exec(deployment: &Deployment, sandbox: &str, mut fields: Value) -> Result<Value, CallError> {
    fields["sandbox_id"] = json!(sandbox);
    deployment.call("exec", fields).await
}

/// What a shell in the sandbox answers to a script.
async fn script(deployment: &Deployment, sandbox: &str, script: &str) -> Value {
    let fields = json!({"cmd": "sh", "args": ["-c", script]});
    exec(deployment, sandbox, fields).await.expect("an answer")
}

fn answer(stdout: &str, exit_code: i64) -> Value {
    end(stdout, "", exit_code, false)
}

/// What is answered of a program whose output was not too long.
fn end(stdout: &str, stderr: &str, exit_code: i64, timed_out: bool) -> Value {
    json!({
        "stdout": stdout, "stderr": stderr, "exit_code": exit_code, "timed_out": timed_out,
        "stdout_truncated": false, "stderr_truncated": false,
    })
}
