//! How long sandboxes live.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::E2b;

use super::client::Api;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[tokio::test]
async fn a_lifetime_counts_from_the_start_and_is_15_seconds_if_nothing_is_said() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    api.post("/sandboxes", json!({"templateID": "base"})).await;
    e2b.advance(secs(14));
    assert_eq!(e2b.sandboxes().len(), 1);
    e2b.advance(secs(1));
    assert_eq!(e2b.sandboxes(), []);
}

#[tokio::test]
async fn a_timeout_counts_from_when_it_is_set_and_a_refresh_only_extends() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let id = api.made_with(json!({"timeout": 100})).await.id;
    let started = e2b.now();
    let ends = || e2b.sandbox(&id).expect("it lives").ends_at - started;
    let to = |operation: &str| format!("/sandboxes/{id}/{operation}");
    e2b.advance(secs(50));
    assert_eq!(api.post(&to("refreshes"), json!({"duration": 20})).await.0, 204);
    assert!((99..=101).contains(&ends()), "{}", ends());
    assert_eq!(api.post(&to("refreshes"), json!({"duration": 300})).await.0, 204);
    assert!((349..=352).contains(&ends()), "{}", ends());
    assert_eq!(
        api.post(&to("timeout"), json!({"timeout": 30})).await,
        (reqwest::StatusCode::NO_CONTENT, Value::Null)
    );
    assert!((79..=82).contains(&ends()), "{}", ends());
    e2b.advance(secs(31));
    assert_eq!(api.post(&to("timeout"), json!({"timeout": 30})).await.0, 404);
}

#[tokio::test]
async fn what_is_to_pause_is_paused_at_its_end() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let id = api.made_with(json!({"timeout": 10, "autoPause": true})).await.id;
    e2b.advance(secs(11));
    assert_eq!(e2b.sandbox(&id).unwrap().state, "paused");
}

#[tokio::test]
async fn neither_none_nor_more_than_the_plan_allows_is_a_lifetime() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    for timeout in [0, 86_401] {
        let (status, refused) = api
            .post("/sandboxes", json!({"templateID": "base", "timeout": timeout}))
            .await;
        assert_eq!((status.as_u16(), &refused["code"]), (400, &json!(400)));
    }
    let id = api.made().await.id;
    let path = format!("/sandboxes/{id}/timeout");
    assert_eq!(api.post(&path, json!({"timeout": 86_401})).await.0, 400);
    assert_eq!(e2b.sandboxes().len(), 1);
}
