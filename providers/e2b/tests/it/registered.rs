//! The worker and a provider that knows nothing.

use serde_json::json;
use testkit::{Deployment, mapping};
use wiremock::MockServer;

use crate::{MAPPING, worker};

async fn before(provider: &MockServer) -> Deployment {
    let worker = worker().provider_url(&provider.uri());
    worker.env("E2B_API_KEY", "test-key").start().await
}

#[tokio::test]
async fn of_the_family_what_is_mapped_is_registered_and_nothing_else() {
    let provider = MockServer::start().await;
    let worker = before(&provider).await;
    let mut mapped: Vec<_> = mapping::functions(MAPPING).iter().map(|name| worker.id(name)).collect();
    mapped.sort();
    assert_eq!(worker.family_ids(), mapped);
}

#[tokio::test]
async fn list_answers_though_the_provider_does_not() {
    let provider = MockServer::start().await;
    let worker = before(&provider).await;
    let listed = worker.call("list", json!({})).await.expect("list answers");
    assert_eq!(listed["sandboxes"], json!([]));
    assert_eq!(listed["in_flight"], json!(0));
}
