//! What each refusal of the provider is to a caller.

use serde_json::json;
use testkit::e2b::error;
use testkit::{E2b, Fault};

use crate::{configured, e2b, worker};

#[tokio::test]
async fn each_status_has_its_code() {
    let worker = configured("").await;
    for (status, code) in [
        (400, "S001"),
        (401, "S503"),
        (403, "S503"),
        (404, "S100"),
        (409, "S502"),
        (500, "S502"),
    ] {
        let refusal = Fault::StatusWithBody(status, error(status, "because"));
        e2b(&worker).fail("POST", "/sandboxes").with(refusal).once();
        let refused = worker.refusal("create", json!({"image": "base"})).await;
        assert!(refused.starts_with(&format!("[{code}] ")), "{status}: {refused}");
        assert!(!refused.contains("because"), "{refused}");
    }
    assert_eq!(e2b(&worker).sandboxes(), []);
}

#[tokio::test]
async fn a_wrong_key_is_told_as_such() {
    let worker = worker().env("E2B_API_KEY", "wrong").without_first_list().start().await;
    let refused = worker.refusal("create", json!({"image": "base"})).await;
    assert!(refused.starts_with("[S503] "), "{refused}");
}

#[tokio::test]
async fn a_rate_limit_is_waited_for() {
    let worker = worker().simulator(E2b::builder()).start().await;
    let later = Fault::RetryAfter(429, "1".into());
    e2b(&worker).fail("POST", "/sandboxes").with(later).once();
    worker.sandbox().await;
    assert_eq!(e2b(&worker).requests_to("POST", "/sandboxes").len(), 2);
}

#[tokio::test]
async fn as_many_sandboxes_as_the_account_may_run_are_a_quota_and_not_waited_for() {
    let worker = worker().simulator(E2b::builder().concurrency(1)).start().await;
    worker.sandbox().await;
    let refused = worker.refusal("create", json!({"image": "base"})).await;
    assert!(refused.starts_with("[S501] "), "{refused}");
    assert_eq!(e2b(&worker).requests_to("POST", "/sandboxes").len(), 2);
}

#[tokio::test]
async fn a_template_that_is_not_there_is_no_router_error() {
    let worker = configured("").await;
    let refused = worker.refusal("create", json!({"image": "none"})).await;
    assert!(
        refused.starts_with("[S100] ") && !refused.contains("not found"),
        "{refused}"
    );
}
