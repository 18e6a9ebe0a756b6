//! A call costs what the provider itself costs: one request, where what it answers is ready at once.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Morph};

use crate::WORKER;

/// A worker whose provider has ready at once what it starts.
async fn deployed() -> Deployment {
    let morph = Morph::builder().ready_after(Duration::ZERO);
    Deployment::builder(WORKER).morph(morph).start().await
}

/// Makes a call and gives the requests that it took.
async fn requests_of(deployment: &Deployment, function: &str, payload: Value) -> Vec<String> {
    deployment.morph().clear_requests();
    let answer = deployment.call(function, payload).await;
    answer.unwrap_or_else(|error| panic!("{function}: {error}"));
    let requests = deployment.morph().requests();
    requests
        .iter()
        .map(|seen| format!("{} {}", seen.method, seen.path))
        .collect()
}

/// What follows an answer that a sandbox is ready: it idles from then on.
fn sets_a_timeout(request: &str) -> bool {
    request.starts_with("POST /instance/") && request.ends_with("/ttl")
}

#[tokio::test]
async fn a_sandbox_that_is_ready_at_once_is_not_looked_at() {
    let deployment = deployed().await;
    let image = json!({"image": deployment.morph().known_snapshot()});
    let requests = requests_of(&deployment, "create", image).await;
    assert_eq!(requests[0], "POST /instance");
    assert!(
        requests[1..].iter().all(|request| sets_a_timeout(request)),
        "{requests:?}"
    );
}

#[tokio::test]
async fn a_snapshot_that_is_ready_at_once_is_not_looked_at() {
    let deployment = deployed().await;
    let sandbox = deployment.sandbox().await;
    let requests = requests_of(&deployment, "snapshot", json!({"sandbox_id": sandbox})).await;
    assert_eq!(requests, [format!("POST /instance/{sandbox}/snapshot")]);
}

#[tokio::test]
async fn a_port_that_is_listed_at_once_is_not_looked_for() {
    let deployment = deployed().await;
    let sandbox = deployment.sandbox().await;
    let port = json!({"sandbox_id": sandbox, "port": 8080});
    let requests = requests_of(&deployment, "expose_port", port.clone()).await;
    let expose = format!("POST /instance/{sandbox}/http");
    assert_eq!(requests.join(", "), expose);
    let requests = requests_of(&deployment, "expose_port", port).await;
    assert_eq!(
        requests,
        [expose, format!("GET /instance/{sandbox}")],
        "it is public already"
    );
}

#[tokio::test]
async fn to_list_and_to_stop_take_one_request() {
    let deployment = deployed().await;
    let sandbox = deployment.sandbox().await;
    assert_eq!(requests_of(&deployment, "list", json!({})).await, ["GET /instance"]);
    let requests = requests_of(&deployment, "stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(requests, [format!("DELETE /instance/{sandbox}")]);
}

#[tokio::test]
async fn a_program_takes_one_request() {
    let deployment = deployed().await;
    let sandbox = deployment.sandbox().await;
    let program = json!({"sandbox_id": sandbox, "cmd": "true"});
    for _ in 0..3 {
        let requests = requests_of(&deployment, "exec", program.clone()).await;
        assert_eq!(requests, [format!("POST /instance/{sandbox}/exec")]);
    }
}

#[tokio::test]
async fn copies_that_are_ready_at_once_are_given_their_timeout_and_not_looked_at() {
    let deployment = deployed().await;
    let sandbox = deployment.sandbox().await;
    let requests = requests_of(&deployment, "branch", json!({"sandbox_id": sandbox, "count": 2})).await;
    assert_eq!(requests[0], format!("POST /instance/{sandbox}/branch"));
    // Each has one before the answer; after it comes the idle timeout, which nobody waits for.
    assert!(requests.len() >= 3, "{requests:?}");
    assert!(
        requests[1..].iter().all(|request| sets_a_timeout(request)),
        "{requests:?}"
    );
}
