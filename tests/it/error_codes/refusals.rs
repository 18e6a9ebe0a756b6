//! Who refused a call, and what of it: a provider, a server on the way, or nobody that the worker was meant to ask.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use super::WORKER;

const START: (&str, &str) = ("POST", "/instance");

async fn refused(deployment: &Deployment, fault: Fault, payload: Value) -> String {
    deployment.morph().fail(START.0, START.1).with(fault).once();
    deployment.refusal("create", payload).await
}

fn image() -> Value {
    json!({"image": "snapshot_base", "idle_timeout_secs": 600})
}

/// A validation error that is about these places: `body.ttl_seconds`.
fn invalid(places: &[&str]) -> Fault {
    let location = |place: &str| place.split('.').map(str::to_owned).collect::<Vec<_>>();
    let finding = |place: &&str| json!({"loc": location(place), "msg": "s3cr3t not found", "type": "value_error"});
    let detail: Vec<Value> = places.iter().map(finding).collect();
    Fault::StatusWithBody(422, json!({"detail": detail}))
}

#[tokio::test]
async fn a_page_is_no_refusal_of_the_key() {
    let deployment = Deployment::start(WORKER).await;
    for status in [401, 403] {
        let text = refused(&deployment, Fault::Page(status), image()).await;
        let what = format!("create (start): a gateway on the way refused it, status {status} (POST /instance)");
        assert_eq!(text, format!("[S502] provider unavailable: {what}"));
    }
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn a_validation_error_names_the_field_and_the_input_that_it_is_made_of() {
    let deployment = Deployment::start(WORKER).await;
    for (places, named) in [
        (
            ["body.ttl_seconds"].as_slice(),
            "`idle_timeout_secs` (`body.ttl_seconds`)",
        ),
        (&["query.snapshot_id"], "`image` (`query.snapshot_id`)"),
        (&["body.ttl_action"], "`body.ttl_action`"),
        (
            &["query.snapshot_id", "body.ttl_action", "query.snapshot_id"],
            "`image` (`query.snapshot_id`), `body.ttl_action`",
        ),
        // What the request does not have may be the provider's text.
        (&["body.s3cr3t"], "it"),
        (&[], "it"),
    ] {
        let text = refused(&deployment, invalid(places), image()).await;
        let what = format!("create (start): the provider refused {named}, status 422 (POST /instance)");
        assert_eq!(text, format!("[S001] bad input: {what}"));
    }
}

#[tokio::test]
async fn what_is_too_large_for_the_provider_says_so() {
    let deployment = Deployment::start(WORKER).await;
    let text = refused(&deployment, Fault::Status(413), image()).await;
    let what = "create (start): the provider refused it, status 413 (POST /instance)";
    assert_eq!(text, format!("[S200] resource oversize: {what}"));
}

#[tokio::test]
async fn a_refusal_without_end_is_read_as_far_as_it_is_of_use() {
    let deployment = Deployment::start(WORKER).await;
    let long = json!({"detail": [{"loc": ["body", "ttl_seconds"], "msg": "x".repeat(100_000)}]});
    let text = refused(&deployment, Fault::StatusWithBody(422, long), image()).await;
    assert!(text.contains("the provider refused it, status 422"), "{text}");
}

#[tokio::test]
async fn an_address_without_the_api_is_named_for_what_it_is() {
    let deployment = Deployment::start(WORKER).await;
    let elsewhere = deployment.morph().api_base().replace("/api", "/elsewhere");
    let lost = Deployment::builder(WORKER)
        .provider_url(&elsewhere)
        .env("MORPH_API_KEY", "morph-test-key");
    let lost = lost.start().await;
    let what = "the address has no such API, status 404: check `api_base`";
    for (function, payload) in [
        ("create", image()),
        ("exec", json!({"sandbox_id": "morphvm_1", "cmd": "true"})),
        ("stop", json!({"sandbox_id": "morphvm_1"})),
    ] {
        let text = lost.refusal(function, payload).await;
        assert!(text.starts_with("[S502]") && text.contains(what), "{function}: {text}");
    }
}
