//! Sandboxes in which nothing can run, and commands that nothing can run.

use serde_json::json;
use testkit::{CallError, Deployment};

use super::{RUN, WORKER, exec};

#[tokio::test]
async fn a_paused_sandbox_runs_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().pause_instance(&sandbox);
    let refused = exec(&deployment, &sandbox, json!({"cmd": "true"})).await;
    let what = "exec: status 409 (POST /instance/{instance_id}/exec)";
    assert_eq!(refused, Err(CallError::unavailable(what)));
}

#[tokio::test]
async fn a_sandbox_that_has_ended_runs_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().remove_instance(&sandbox);
    let refused = exec(&deployment, &sandbox, json!({"cmd": "true"})).await;
    let text = "[S002] no such sandbox: exec: status 404 (POST /instance/{instance_id}/exec)";
    assert_eq!(refused, Err(CallError::new("S002", text)));
}

#[tokio::test]
async fn a_sandbox_of_somebody_else_is_not_touched() {
    let deployment = Deployment::start(WORKER).await;
    let foreign = deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    for sandbox in [foreign.as_str(), "morphvm_unknown"] {
        let refused = exec(&deployment, sandbox, json!({"cmd": "true"})).await;
        assert_eq!(refused, Err(CallError::new("S002", "[S002] no such sandbox")));
    }
    assert!(deployment.morph().requests().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn a_command_that_no_shell_takes_is_bad_input_and_sends_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().clear_requests();
    let refused = exec(
        &deployment,
        &sandbox,
        json!({"cmd": "true", "args": ["x".repeat(131_072)]}),
    )
    .await;
    let text = "[S001] bad input: `args` are too long: make the command, arguments and environment shorter \
                (limit 131071 bytes once quoted)";
    assert_eq!(refused, Err(CallError::new("S001", text)));
    assert_eq!(deployment.morph().request_lines(), [""; 0]);
}

#[tokio::test]
async fn a_command_as_long_as_a_shell_takes_runs() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let long = "x".repeat(130_000);
    let answered = exec(&deployment, &sandbox, json!({"cmd": "printf", "args": ["%s", long]})).await;
    assert_eq!(answered.expect("an answer")["stdout"], long);
    assert_eq!(deployment.morph().requests_to("POST", RUN).len(), 1);
}
