//! How long the program and its request may take.

use serde_json::json;
use testkit::{CallError, Deployment, Fault};

use super::{RUN, WORKER, answer, end, exec, script};

#[tokio::test]
async fn when_time_is_over_the_program_is_killed_in_the_sandbox() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let stubborn = "trap '' TERM; echo $$ > pid; echo begun; while :; do sleep 0.05; done";
    let fields = json!({"cmd": "sh", "args": ["-c", stubborn], "timeout_ms": 2000});
    let answered = exec(&deployment, &sandbox, fields).await;
    assert_eq!(answered, Ok(end("begun\n", "", 124, true)));
    let gone = script(&deployment, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_eq!(gone, answer("", 1));
}

#[tokio::test]
async fn a_program_that_exits_124_by_itself_has_not_timed_out() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for (timeout_ms, code) in [(json!(null), 124), (json!(60_000), 124), (json!(60_000), 137)] {
        let args = ["-c", "exit \"$0\"", &code.to_string()];
        let fields = json!({"cmd": "sh", "args": args, "timeout_ms": timeout_ms});
        assert_eq!(exec(&deployment, &sandbox, fields).await, Ok(answer("", code)));
    }
}

#[tokio::test]
async fn a_program_may_take_its_timeout_however_short_requests_are() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 3")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    let fields = json!({"cmd": "sleep", "args": ["4"], "timeout_ms": 20_000});
    assert_eq!(exec(&deployment, &sandbox, fields).await, Ok(answer("", 0)));
}

#[tokio::test]
async fn a_program_without_a_timeout_has_the_configured_one() {
    let deployment = Deployment::builder(WORKER)
        .config("default_exec_timeout_secs: 2\nrequest_timeout_secs: 1")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    let endless = "echo $$ > pid; echo begun; echo oops >&2; while :; do sleep 0.05; done";
    let answered = exec(&deployment, &sandbox, json!({"cmd": "sh", "args": ["-c", endless]})).await;
    assert_eq!(answered, Ok(end("begun\n", "oops\n", 124, true)));
    let gone = script(&deployment, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_eq!(gone, answer("", 1));
}

#[tokio::test]
async fn it_may_take_that_time_however_short_requests_are() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 2")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    let answered = exec(&deployment, &sandbox, json!({"cmd": "sleep", "args": ["4"]})).await;
    assert_eq!(answered, Ok(answer("", 0)));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_waited_for_no_longer_than_that() {
    let deployment = Deployment::builder(WORKER)
        .config("default_exec_timeout_secs: 1\nrequest_timeout_secs: 1")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("POST", RUN).with(Fault::Stall).once();
    let refused = exec(&deployment, &sandbox, json!({"cmd": "true"})).await;
    let text = "[S502] provider unavailable: exec: no answer within 11 s (POST /instance/{instance_id}/exec)";
    assert_eq!(refused, Err(CallError::new("S502", text)));
}

/// Where nothing can keep a timeout: a sandbox with a shell and a few commands.
async fn without_a_clock() -> (Deployment, String) {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .set_commands(&["sh", "env", "head", "tail", "wc", "rm", "sleep"]);
    let sandbox = deployment.sandbox().await;
    (deployment, sandbox)
}

#[tokio::test]
async fn where_no_timeout_can_be_kept_a_program_without_one_runs_and_the_log_says_so_once() {
    let (deployment, sandbox) = without_a_clock().await;
    for _ in 0..3 {
        let answered = script(&deployment, &sandbox, "sleep 3 & echo out; echo err >&2; exit 4").await;
        assert_eq!(answered, end("out\n", "err\n", 4, false));
    }
    let other = deployment.sandbox().await;
    script(&deployment, &other, "exit 0").await;
    for id in [&sandbox, &other] {
        let line = format!("runs without one sandbox=\"{id}\"");
        deployment.worker.wait_for_line(&line).await;
    }
    let said = |id: &str| {
        let log = deployment.worker.stderr();
        let line = |line: &&str| line.contains("lacks `setsid` or `timeout`") && line.contains(id);
        log.lines().filter(line).count()
    };
    assert_eq!((said(&sandbox), said(&other)), (1, 1));
}

#[tokio::test]
async fn where_no_timeout_can_be_kept_a_program_that_needs_one_does_not_run() {
    let (deployment, sandbox) = without_a_clock().await;
    let fields = json!({"cmd": "sh", "args": ["-c", "echo ran"], "timeout_ms": 5000});
    let answered = exec(&deployment, &sandbox, fields).await;
    assert_eq!(answered, Ok(end("", "sh: setsid: not found\n", 127, false)));
}
