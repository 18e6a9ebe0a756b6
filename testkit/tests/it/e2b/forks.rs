//! Copies of a running sandbox.

use serde_json::{Value, json};
use testkit::E2b;
use testkit::e2b::ForkFate;

use super::client::Api;

async fn forked(api: &Api<'_>, id: &str, wish: Value) -> Vec<Value> {
    let (status, results) = api.post(&format!("/sandboxes/{id}/fork"), wish).await;
    assert_eq!(status, 201, "{results}");
    results.as_array().expect("a list").clone()
}

#[tokio::test]
async fn copies_have_the_metadata_and_files_of_their_parent_and_a_token_and_life_of_their_own() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let parent = api
        .made_with(json!({"metadata": {"owner": "me", "attempt": "1"}}))
        .await;
    std::fs::write(e2b.home(&parent.id).join("f"), "x").unwrap();
    let results = forked(&api, &parent.id, json!({"count": 2, "timeout": 60})).await;
    assert_eq!(results.len(), 2);
    for result in &results {
        let copy = e2b.sandbox(result["sandbox"]["sandboxID"].as_str().unwrap()).unwrap();
        assert_eq!(copy.metadata, e2b.sandbox(&parent.id).unwrap().metadata);
        assert_eq!(copy.ends_at - copy.started_at, 60);
        assert_eq!(result["sandbox"]["envdAccessToken"].as_str(), copy.token.as_deref());
        assert_ne!(copy.token.as_deref(), Some(parent.token.as_str()));
        assert!(e2b.home(&copy.id).join("f").exists());
    }
}

#[tokio::test]
async fn a_fork_without_a_word_makes_one_for_15_seconds() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let parent = api.made().await;
    let results = forked(&api, &parent.id, json!({})).await;
    let copy = e2b
        .sandbox(results[0]["sandbox"]["sandboxID"].as_str().unwrap())
        .unwrap();
    assert_eq!((results.len(), copy.ends_at - copy.started_at), (1, 15));
}

#[tokio::test]
async fn a_fork_that_fails_in_part_is_a_success_with_errors_in_it() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let parent = api.made().await;
    e2b.set_fork_fates([ForkFate::Made, ForkFate::Error(503)]);
    let results = forked(&api, &parent.id, json!({"count": 3})).await;
    assert_eq!(
        results[1],
        json!({"error": {"code": 503, "message": "failed to start a copy"}})
    );
    assert!(results[0]["sandbox"].is_object() && results[2]["sandbox"].is_object());
    assert_eq!(e2b.sandboxes().len(), 3);
}

#[tokio::test]
async fn copies_beyond_the_concurrency_are_errors_and_as_many_as_it_are_refused() {
    let e2b = E2b::builder().concurrency(3).start().await;
    let api = Api::of(&e2b);
    let parent = api.made().await;
    api.made().await;
    let results = forked(&api, &parent.id, json!({"count": 2})).await;
    assert_eq!(results[1]["error"]["code"], 429);
    let path = format!("/sandboxes/{}/fork", parent.id);
    for count in [0, 3, 101] {
        assert_eq!(api.post(&path, json!({"count": count})).await.0, 400, "{count}");
    }
    assert_eq!(api.post("/sandboxes/none/fork", json!({})).await.0, 404);
    assert_eq!(e2b.sandboxes().len(), 3);
}
