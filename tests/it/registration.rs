//! What the engine learns of the worker.

use serde_json::{Value, json};
use testkit::Deployment;

use crate::WORKER;

/// Functions in the order of their ids: those of an adapter, and those of the family.
const IDS: [&str; 31] = [
    "sandbox-morph::adapter::info",
    "sandbox-morph::branch",
    "sandbox-morph::catalog::list",
    "sandbox-morph::config-status",
    "sandbox-morph::configuration-id",
    "sandbox-morph::create",
    "sandbox-morph::doctor",
    "sandbox-morph::exec",
    "sandbox-morph::expose_port",
    "sandbox-morph::fs::chmod",
    "sandbox-morph::fs::grep",
    "sandbox-morph::fs::ls",
    "sandbox-morph::fs::mkdir",
    "sandbox-morph::fs::mv",
    "sandbox-morph::fs::read",
    "sandbox-morph::fs::rm",
    "sandbox-morph::fs::sed",
    "sandbox-morph::fs::stat",
    "sandbox-morph::fs::write",
    "sandbox-morph::list",
    "sandbox-morph::on-config-change",
    "sandbox-morph::run",
    "sandbox-morph::snapshot",
    "sandbox-morph::stop",
    "sandbox::provider::morph::branch",
    "sandbox::provider::morph::create",
    "sandbox::provider::morph::exec",
    "sandbox::provider::morph::expose_port",
    "sandbox::provider::morph::list",
    "sandbox::provider::morph::snapshot",
    "sandbox::provider::morph::stop",
];

#[tokio::test]
async fn exactly_these_functions_are_registered() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .worker
        .wait_for_line(&format!("registered {} functions", IDS.len()))
        .await;
    assert_eq!(deployment.engine.ids(), IDS);
}

#[tokio::test]
async fn each_has_one_line_of_description() {
    let deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("registered ").await;
    for function in deployment.engine.functions() {
        let text = function.description.expect("a description");
        assert!(
            text.ends_with('.') && !text.contains('\n') && text.len() > 20,
            "{}: {text:?}",
            function.id
        );
    }
}

#[tokio::test]
async fn each_says_what_it_takes_and_answers() {
    let deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("registered ").await;
    for function in deployment.engine.functions() {
        for schema in [function.request_format, function.response_format] {
            let schema = schema.expect("a schema");
            assert_eq!(schema["type"], "object", "{}", function.id);
            assert!(schema["properties"].is_object(), "{}", function.id);
        }
    }
}

#[tokio::test]
async fn the_capabilities_are_those_that_are_mapped() {
    let deployment = Deployment::start(WORKER).await;
    let created = deployment
        .call("create", json!({"image": "snapshot_base"}))
        .await
        .expect("a sandbox");
    assert_eq!(created["capabilities"], json!(["branch", "snapshot", "expose_port"]));
}

#[tokio::test]
async fn the_worker_introduces_itself() {
    let deployment = Deployment::start(WORKER).await;
    let told = deployment.engine.worker_metadata().await;
    let expected = [
        ("name", json!(env!("CARGO_PKG_NAME"))),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("description", json!(env!("CARGO_PKG_DESCRIPTION"))),
        ("runtime", json!("rust")),
    ];
    for (field, value) in expected {
        assert_eq!(told[field], value, "{field}");
    }
}

#[tokio::test]
async fn what_the_engine_adds_to_a_payload_is_no_mistake() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "cmd": "true", "_caller_worker_id": "x", "anything": Value::Null});
    deployment.call("exec", payload).await.expect("an answer");
}
