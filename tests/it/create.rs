//! create: a sandbox that is ready, tagged, and ends by itself; or none.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{
    Deployment, Morph,
    morph::{Fate, InstanceView},
};

use crate::WORKER;

const ONE: &str = "/instance/{id}";

async fn configured(yaml: &str) -> Deployment {
    Deployment::builder(WORKER).config(yaml).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

#[tokio::test]
async fn it_is_started_with_its_lifetime_and_its_tags() {
    let deployment = configured("owner: team-a").await;
    deployment.sandbox_with(json!({"idle_timeout_secs": 77})).await;
    let sent = deployment.morph().wait_for_request("POST", "/instance", 1).await;
    assert_eq!(sent.line(), "POST /instance?snapshot_id=snapshot_base");
    let body = sent.body.expect("a body");
    let attempt = body["metadata"]["iii-attempt"].as_str().expect("an attempt tag");
    assert_eq!(attempt.len(), 36, "{attempt}");
    let metadata = json!({"iii-owner": "team-a", "iii-attempt": attempt, "iii-idle-timeout": "77"});
    let expected = json!({"metadata": metadata, "ttl_seconds": 77 + 120, "ttl_action": "stop"});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn without_a_lifetime_it_has_the_configured_one() {
    for (yaml, seconds) in [("", 300), ("default_idle_timeout_secs: 45", 45)] {
        let deployment = configured(yaml).await;
        deployment.sandbox().await;
        let idles = |all: &[InstanceView]| all[0].ttl_seconds == Some(seconds);
        deployment.morph().wait_for_instances(idles).await;
    }
}

#[tokio::test]
async fn every_attempt_has_a_tag_of_its_own() {
    let deployment = Deployment::start(WORKER).await;
    deployment.sandbox().await;
    deployment.sandbox().await;
    let instances = deployment.morph().instances();
    let tags = instances.iter().map(|one| &one.metadata["iii-attempt"]);
    let [first, second] = tags.collect::<Vec<_>>()[..] else {
        panic!("{instances:?}")
    };
    assert_ne!(first, second);
}

#[tokio::test]
async fn it_is_answered_when_it_is_ready_and_by_the_providers_clock() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .rewrite("GET", ONE, |one| one["created"] = json!(1_700_000_000));
    let answer = deployment.call("create", image()).await;
    let instance = deployment.morph().instances().remove(0);
    assert_eq!(instance.status, "ready");
    let expected = json!({
        "sandbox_id": instance.id,
        "image": "snapshot_base",
        "started_at": "2023-11-14T22:13:20Z",
        "capabilities": ["branch", "snapshot", "expose_port"],
    });
    assert_eq!(answer, Ok(expected));
}

#[tokio::test]
async fn it_is_looked_at_less_and_less_often_until_it_is_ready() {
    let slow = Morph::builder().ready_after(Duration::from_millis(1500));
    let deployment = Deployment::builder(WORKER).morph(slow).start().await;
    deployment.sandbox().await;
    let looks = deployment.morph().requests_to("GET", ONE).len();
    assert!(
        (4..=14).contains(&looks),
        "each pause an eighth longer than the one before: {looks}"
    );
}

#[tokio::test]
async fn a_status_that_is_new_is_not_ready_yet() {
    let deployment = Deployment::start(WORKER).await;
    let new = |one: &mut Value| {
        if one["status"] == "pending" {
            one["status"] = json!("thawing");
        }
        one["novelty"] = json!([{"of": null}]);
    };
    deployment.morph().rewrite("POST", "/instance", new);
    deployment.morph().rewrite("GET", ONE, new);
    let sandbox = deployment.sandbox().await;
    assert_eq!(deployment.morph().instance(&sandbox).expect("it runs").status, "ready");
}

#[tokio::test]
async fn one_that_fails_is_ended_and_its_slot_is_free() {
    let deployment = configured("max_concurrent_sandboxes: 1").await;
    deployment.morph().set_fates([Fate::Error]);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S502] provider unavailable: create (ready): the provider says that it failed (GET /instance/{instance_id})"
    );
    assert_eq!(deployment.morph().instances(), []);
    deployment.sandbox().await;
}

#[tokio::test]
async fn one_that_is_not_ready_in_time_is_ended_and_its_slot_is_free() {
    let deployment = configured("max_concurrent_sandboxes: 1\nready_timeout_secs: 1").await;
    deployment.morph().set_fates([Fate::Pending]);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S502] provider unavailable: create (ready): not ready within 1 s (GET /instance/{instance_id})"
    );
    assert_eq!(deployment.morph().instances(), []);
    deployment.sandbox().await;
}

#[tokio::test]
async fn one_without_a_time_is_ended() {
    let deployment = configured("ready_timeout_secs: 1").await;
    deployment
        .morph()
        .rewrite("GET", ONE, |one| one["created"] = Value::Null);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S502] provider unavailable: create (ready): not ready within 1 s; the last look: the answer cannot be read, \
         or lacks what is needed (GET /instance/{instance_id})"
    );
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn an_image_that_is_not_allowed_is_refused_and_nothing_is_sent() {
    let deployment = configured("image_allowlist: [snapshot_other]").await;
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S100] image not in allowlist: ask the operator, or take one of `image_allowlist`"
    );
    assert_eq!(deployment.morph().request_lines(), [""; 0]);
}

#[tokio::test]
async fn an_allowed_image_is_started() {
    let deployment = configured("image_allowlist: [snapshot_other, snapshot_base]").await;
    deployment.sandbox().await;
}
