//! exec: one program, exactly as it was given, no longer than it was given.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

mod arguments;
mod idle;
mod refused;
mod time;

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

const RUN: &str = "/instance/{id}/exec";
const TTL: &str = "/instance/{id}/ttl";

/// `fields` are those of `exec` without the sandbox.
async fn exec(house: &Deployment, sandbox: &str, mut fields: Value) -> Result<Value, CallError> {
    fields["sandbox_id"] = json!(sandbox);
    house.call("exec", fields).await
}

/// What a shell in the sandbox answers to a script.
async fn script(house: &Deployment, sandbox: &str, script: &str) -> Value {
    let fields = json!({"cmd": "sh", "args": ["-c", script]});
    exec(house, sandbox, fields).await.expect("an answer")
}

fn answer(stdout: &str, exit_code: i64) -> Value {
    json!({"stdout": stdout, "stderr": "", "exit_code": exit_code, "timed_out": false})
}
