//! What an operator finds in the log.

use serde_json::json;
use testkit::{Deployment, Fault};

use crate::WORKER;

#[tokio::test]
async fn at_its_head_it_says_what_the_worker_was_configured_to_do() {
    let deployment = Deployment::builder(WORKER).config("owner: team-a").start().await;
    let line = deployment.worker.wait_for_line("starting").await;
    for part in ["configuration=", "owner=\"team-a\"", "max_concurrent_sandboxes=10"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[tokio::test]
async fn it_says_so_at_the_start_if_lists_can_get_longer_than_an_answer_may_be() {
    const TOO_LONG: &str = "which max_response_bytes (65536) cannot carry";
    let few = "max_response_bytes: 65536\nmax_output_bytes: 1000\nmax_concurrent_sandboxes: 64";
    let many = "max_response_bytes: 65536\nmax_output_bytes: 1000\nmax_concurrent_sandboxes: 65";
    let deployment = Deployment::builder(WORKER).config(many).start().await;
    let line = deployment.worker.wait_for_line(TOO_LONG).await;
    assert!(
        line.contains("WARN") && line.contains("a list of 65 sandboxes may be 66560 bytes long"),
        "{line}"
    );
    for yaml in [few, "max_concurrent_sandboxes: 10000"] {
        let deployment = Deployment::builder(WORKER).config(yaml).start().await;
        deployment.in_flight().await;
        assert!(!deployment.worker.stderr().contains(TOO_LONG), "{yaml}");
    }
}

#[tokio::test]
async fn it_has_every_call_that_failed_with_the_error_that_the_caller_got() {
    let deployment = Deployment::start(WORKER).await;
    let text = deployment
        .refusal("exec", json!({"sandbox_id": "a b", "cmd": "true"}))
        .await;
    let line = deployment.worker.wait_for_line("a call failed").await;
    assert!(line.contains("function=\"exec\"") && line.ends_with(&text), "{line}");
}

#[tokio::test]
async fn it_tells_why_the_provider_cannot_be_reached() {
    let builder = Deployment::builder(WORKER)
        .provider_url("http://127.0.0.1:1")
        .env("MORPH_API_KEY", "key");
    let deployment = builder.without_first_list().start().await;
    deployment.refusal("create", json!({"image": "snapshot_base"})).await;
    let line = deployment.worker.wait_for_line("call=\"POST /instance\" cause=").await;
    assert!(line.contains("Connection refused"), "{line}");
}

#[tokio::test]
async fn it_tells_why_an_answer_broke_off() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", "/instance").with(Fault::Cut).once();
    deployment.refusal("create", json!({"image": "snapshot_base"})).await;
    deployment.worker.wait_for_line("call=\"POST /instance\" cause=").await;
}
