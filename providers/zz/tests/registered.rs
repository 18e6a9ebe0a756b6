//! The built worker between an engine double and a provider that knows nothing.

use std::path::Path;

use serde_json::json;
use testkit::Deployment;
use wiremock::MockServer;

/// What spec/mapping.yaml maps. A function that is mapped is added here.
const FUNCTIONS: &[&str] = &["exec", "stop", "list", "snapshot"];

async fn deployment(provider: &MockServer) -> Deployment {
    Deployment::builder(Path::new(env!("CARGO_BIN_EXE_sandbox-zz")))
        .provider("zz")
        .functions(FUNCTIONS)
        .provider_url(&provider.uri())
        .env("ZZ_API_KEY", "test-key")
        .start()
        .await
}

#[tokio::test]
async fn what_is_mapped_is_registered_and_nothing_else() {
    let provider = MockServer::start().await;
    let worker = deployment(&provider).await;
    let mut registered: Vec<String> = worker.engine.functions().into_iter().map(|function| function.id).collect();
    let mut mapped: Vec<String> = FUNCTIONS.iter().map(|name| worker.id(name)).collect();
    registered.sort();
    mapped.sort();
    assert_eq!(registered, mapped);
}

#[tokio::test]
async fn list_answers_though_the_provider_does_not() {
    let provider = MockServer::start().await;
    let worker = deployment(&provider).await;
    let listed = worker.call("list", json!({})).await.expect("list answers");
    assert_eq!(listed["sandboxes"], json!([]));
    assert_eq!(listed["in_flight"], json!(0));
}
