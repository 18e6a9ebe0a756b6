//! Without an API key the worker runs: it warns, registers, and answers calls with S503.

use serde_json::{Value, json};
use testkit::deployment::FUNCTIONS;
use testkit::{CallError, Deployment};

use super::WORKER;

const TEXT: &str = "[S503] auth invalid or expired: the environment variable MORPH_API_KEY holds no API key";

/// The key is in another variable than the worker reads.
async fn deployment() -> Deployment {
    Deployment::builder(WORKER)
        .key_variable("ANOTHER")
        .without_first_list()
        .start()
        .await
}

fn payload(function: &str) -> Value {
    match function {
        "create" => json!({"image": "snapshot_base"}),
        "exec" => json!({"sandbox_id": "morphvm_1", "cmd": "true"}),
        "expose_port" => json!({"sandbox_id": "morphvm_1", "port": 80}),
        _ => json!({"sandbox_id": "morphvm_1"}),
    }
}

#[tokio::test]
async fn the_worker_warns_and_registers() {
    let mut deployment = deployment().await;
    deployment.worker.wait_for_line("registered ").await;
    let warning = deployment.worker.wait_for_line("WARN").await;
    assert!(
        warning.contains("no API key: calls that need the provider will be refused"),
        "{warning}"
    );
    assert!(warning.contains(TEXT), "{warning}");
    assert!(deployment.terminate().await.success());
}

#[tokio::test]
async fn a_call_that_needs_the_provider_is_refused() {
    let deployment = deployment().await;
    for function in FUNCTIONS.into_iter().filter(|&function| function != "list") {
        let refused = deployment.call(function, payload(function)).await;
        assert_eq!(refused, Err(CallError::new("S503", TEXT)), "{function}");
    }
    assert_eq!(deployment.morph().request_lines(), [""; 0]);
}

#[tokio::test]
async fn list_answers_what_the_worker_knows() {
    let deployment = deployment().await;
    let known = json!({"sandboxes": [], "in_flight": 0, "cap": 10, "remaining": 10, "reconciled": false});
    assert_eq!(deployment.call("list", json!({})).await, Ok(known));
}

#[tokio::test]
async fn bad_input_is_told_before_the_missing_key() {
    let deployment = deployment().await;
    let refused = deployment.call("create", json!({})).await;
    assert_eq!(
        refused,
        Err(CallError::new("S001", "[S001] bad input: `image` is missing"))
    );
}

#[tokio::test]
async fn the_variable_is_the_one_that_is_configured() {
    let deployment = Deployment::builder(WORKER)
        .config("api_key_env: OTHER_KEY")
        .without_first_list()
        .start()
        .await;
    let refused = deployment.call("create", json!({"image": "snapshot_base"})).await;
    let text = TEXT.replace("MORPH_API_KEY", "OTHER_KEY");
    assert_eq!(refused, Err(CallError::new("S503", text)));
}
