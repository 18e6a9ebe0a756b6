//! How long the program and its request may take.

use serde_json::json;
use testkit::{CallError, Deployment};

use crate::{WORKER, answer, exec, script};

#[tokio::test]
async fn when_time_is_over_the_program_is_killed_in_the_sandbox() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let stubborn = "trap '' TERM; echo $$ > pid; echo begun; while :; do sleep 0.05; done";
    let fields = json!({"cmd": "sh", "args": ["-c", stubborn], "timeout_ms": 2000});
    let answered = exec(&house, &sandbox, fields).await;
    let killed = json!({"stdout": "begun\n", "stderr": "", "exit_code": 124, "timed_out": true});
    assert_eq!(answered, Ok(killed));
    let gone = script(&house, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_eq!(gone, answer("", 1));
}

#[tokio::test]
async fn a_program_that_exits_124_by_itself_has_not_timed_out() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    for (timeout_ms, code) in [(json!(null), 124), (json!(60_000), 124), (json!(60_000), 137)] {
        let args = ["-c", "exit \"$0\"", &code.to_string()];
        let fields = json!({"cmd": "sh", "args": args, "timeout_ms": timeout_ms});
        assert_eq!(exec(&house, &sandbox, fields).await, Ok(answer("", code)));
    }
}

#[tokio::test]
async fn a_program_may_take_its_timeout_however_short_requests_are() {
    let house = Deployment::builder(WORKER)
        .config("request_timeout_secs: 3")
        .start()
        .await;
    let sandbox = house.sandbox().await;
    let fields = json!({"cmd": "sleep", "args": ["4"], "timeout_ms": 20_000});
    assert_eq!(exec(&house, &sandbox, fields).await, Ok(answer("", 0)));
}

#[tokio::test]
async fn a_program_without_a_timeout_has_the_time_of_a_request() {
    let house = Deployment::builder(WORKER)
        .config("request_timeout_secs: 3")
        .start()
        .await;
    let sandbox = house.sandbox().await;
    let refused = exec(&house, &sandbox, json!({"cmd": "sleep", "args": ["30"]})).await;
    let text = "[S502] provider unavailable: exec (run): no answer within 3 s (POST /instance/{instance_id}/exec)";
    assert_eq!(refused, Err(CallError::new("S502", text)));
}
