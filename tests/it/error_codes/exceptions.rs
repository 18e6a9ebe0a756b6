//! Statuses that sound like failures and are none, or not yet, and redirects, which are.

use serde_json::json;
use testkit::{CallError, Deployment, Fault, Morph};

use super::WORKER;

const ONE: &str = "/instance/{instance_id}";

#[tokio::test]
async fn to_stop_what_is_gone_is_success() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().remove_instance(&sandbox);
    assert_eq!(
        deployment.call("stop", json!({"sandbox_id": sandbox})).await,
        Ok(json!({}))
    );
    assert_eq!(deployment.morph().requests_to("DELETE", ONE).len(), 1);
}

#[tokio::test]
async fn to_stop_what_ends_meanwhile_is_success_once_it_is_gone() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().clear_requests();
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(409)).once();
    let stopping = deployment.begin("stop", json!({"sandbox_id": sandbox}));
    deployment.morph().wait_for_request("GET", ONE, 2).await;
    deployment.morph().remove_instance(&sandbox);
    assert_eq!(stopping.await, Ok(json!({})));
}

#[tokio::test]
async fn to_stop_what_refuses_and_stays_is_no_success() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(409)).always();
    let refused = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
    let text =
        "[S502] provider unavailable: stop: refused, and the sandbox is still there (GET /instance/{instance_id})";
    assert_eq!(refused, Err(CallError::new("S502", text)));
    assert!(deployment.morph().instance(&sandbox).is_some());
}

#[tokio::test]
async fn to_expose_a_port_again_answers_the_same_url() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "port": 8080});
    let first = deployment.call("expose_port", payload.clone()).await.expect("a url");
    assert_eq!(deployment.call("expose_port", payload).await, Ok(first.clone()));
    assert_eq!(
        first["url"],
        deployment.morph().instance(&sandbox).expect("one").services[0].url
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (deployment, elsewhere) = tokio::join!(Deployment::start(WORKER), Morph::start());
    let sandbox = deployment.sandbox().await;
    let to = format!("{}/instance/{sandbox}/snapshot", elsewhere.api_base());
    deployment
        .morph()
        .fail("POST", "/instance/{id}/snapshot")
        .with(Fault::Redirect(to))
        .once();
    let refused = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let text = "[S502] provider unavailable: snapshot (save): status 307 (POST /instance/{instance_id}/snapshot)";
    assert_eq!(refused, Err(CallError::new("S502", text)));
    assert_eq!(elsewhere.request_lines(), [""; 0]);
}
