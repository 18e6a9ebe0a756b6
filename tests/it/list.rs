//! list: this deployment's sandboxes and no other's, and how many more may start.

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{CallError, Deployment, Fault, engine::PendingCall};

use crate::WORKER;

async fn list(deployment: &Deployment) -> Value {
    deployment.call("list", json!({})).await.expect("a list")
}

/// A list that shows the provider as it is now, and comes when stalled answers are released.
async fn begun(deployment: &Deployment) -> PendingCall {
    let now = deployment.morph().fail("GET", "/instance").with(Fault::Stall);
    now.after_effect().once();
    let listing = deployment.begin("list", json!({}));
    deployment.morph().wait_for_fault_hits(1).await;
    listing
}

/// What is listed when the worker knows one sandbox by its `create`.
fn known(created: &Result<Value, CallError>, reconciled: bool) -> Value {
    let created = created.as_ref().expect("a sandbox");
    let mut sandbox = json!({});
    for name in ["sandbox_id", "image", "started_at"] {
        sandbox[name] = created[name].clone();
    }
    json!({"sandboxes": [sandbox], "in_flight": 1, "cap": 10, "remaining": 9, "reconciled": reconciled})
}

#[tokio::test]
async fn it_has_what_runs_and_how_much_room_is_left() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().rewrite("GET", "/instance", |answer| {
        answer["data"][0]["created"] = json!(1_700_000_000);
    });
    let running = json!({"sandbox_id": sandbox, "image": "snapshot_base", "started_at": "2023-11-14T22:13:20Z"});
    let expected = json!({"sandboxes": [running], "in_flight": 1, "cap": 10, "remaining": 9, "reconciled": true});
    assert_eq!(list(&deployment).await, expected);
}

#[tokio::test]
async fn it_asks_for_its_owners_only() {
    let deployment = Deployment::builder(WORKER).config("owner: team-a").start().await;
    list(&deployment).await;
    let sent = deployment.morph().request_lines();
    assert_eq!(sent, ["GET /instance?metadata[iii-owner]=team-a"]);
}

#[tokio::test]
async fn it_sees_no_sandbox_of_somebody_else() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    deployment.morph().add_instance(&[]);
    let expected = json!({"sandboxes": [], "in_flight": 0, "cap": 10, "remaining": 10, "reconciled": true});
    assert_eq!(list(&deployment).await, expected);
}

/// Lists one instance more, which is like the first but for its id and these fields.
fn also_list(deployment: &Deployment, fields: Value) {
    deployment.morph().rewrite("GET", "/instance", move |answer| {
        let data = answer["data"].as_array_mut().expect("a list");
        let mut other = data[0].clone();
        other["id"] = json!("morphvm_foreign");
        for (name, value) in fields.as_object().expect("fields") {
            other[name] = value.clone();
        }
        data.push(other);
    });
}

#[tokio::test]
async fn a_provider_that_does_not_filter_changes_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for metadata in [
        json!({"iii-owner": "somebody"}),
        json!({}),
        json!({"iii-owner": "Default"}),
    ] {
        also_list(&deployment, json!({"metadata": metadata}));
    }
    let listed = list(&deployment).await;
    assert_eq!(listed["in_flight"], 1);
    assert_eq!(listed["sandboxes"].as_array().expect("a list").len(), 1);
    assert_eq!(listed["sandboxes"][0]["sandbox_id"], json!(sandbox));
}

#[tokio::test]
async fn what_is_new_about_a_sandbox_does_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    deployment.sandbox().await;
    let new = json!({"status": "thawing", "networking": {}, "ttl": {"ttl_seconds": null}, "novelty": [null]});
    for metadata in [json!({"iii-owner": "default"}), json!({}), Value::Null] {
        let mut new = new.clone();
        new["metadata"] = metadata;
        also_list(&deployment, new);
    }
    let listed = list(&deployment).await;
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn what_ended_by_itself_counts_no_more() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.sandbox().await;
    deployment.morph().remove_instance(&sandbox);
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn what_an_earlier_worker_started_counts() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().add_instance(&[("iii-owner", "default")]);
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn without_the_provider_it_answers_what_the_worker_knows() {
    let impatient = Deployment::builder(WORKER).config("request_timeout_secs: 3");
    let deployment = impatient.start().await;
    let expected = known(
        &deployment.call("create", json!({"image": "snapshot_base"})).await,
        false,
    );
    // What cannot be read is in `answers`.
    for fault in [Fault::Status(500), Fault::Stall] {
        deployment.morph().fail("GET", "/instance").with(fault.clone()).always();
        assert_eq!(list(&deployment).await, expected, "{fault:?}");
        deployment.morph().clear_faults();
    }
}

#[tokio::test]
async fn a_list_that_is_older_than_a_create_does_not_lose_it() {
    let deployment = Deployment::start(WORKER).await;
    let listing = begun(&deployment).await;
    let created = deployment.call("create", json!({"image": "snapshot_base"})).await;
    deployment.morph().release_stalled();
    assert_eq!(listing.await, Ok(known(&created, true)));
}

#[tokio::test]
async fn a_list_that_is_older_than_a_stop_does_not_bring_it_back() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let listing = begun(&deployment).await;
    deployment
        .call("stop", json!({"sandbox_id": sandbox}))
        .await
        .expect("it stops");
    deployment.morph().release_stalled();
    assert_eq!(listing.await.expect("a list")["in_flight"], 0);
}

#[tokio::test]
async fn a_list_that_is_older_than_another_does_not_bring_back_what_has_ended() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let older = begun(&deployment).await;
    deployment.morph().remove_instance(&sandbox);
    assert_eq!(deployment.in_flight().await, 0);
    deployment.morph().release_stalled();
    assert_eq!(older.await.expect("a list")["in_flight"], 0);
}

#[tokio::test]
async fn what_is_being_started_counts_once() {
    let deployment = Deployment::start(WORKER).await;
    deployment
        .morph()
        .fail("POST", "/instance")
        .with(Fault::Stall)
        .after_effect()
        .once();
    let creating = deployment.begin("create", json!({"image": "snapshot_base"}));
    deployment.morph().wait_for_fault_hits(1).await;
    let listed = list(&deployment).await;
    assert_eq!(listed["sandboxes"].as_array().expect("a list").len(), 1);
    assert_eq!(listed["in_flight"], 1);
    deployment.morph().release_stalled();
    creating.await.expect("a sandbox");
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn without_a_key_it_alone_answers() {
    let deployment = Deployment::builder(WORKER).env("MORPH_API_KEY", "").start().await;
    let expected = json!({"sandboxes": [], "in_flight": 0, "cap": 10, "remaining": 10, "reconciled": false});
    assert_eq!(list(&deployment).await, expected);
    let fields = json!({"image": "a", "sandbox_id": "b", "cmd": "c", "port": 80});
    for function in ["create", "exec", "stop", "snapshot", "branch", "expose_port"] {
        assert_eq!(
            deployment.refusal(function, fields_of(function, &fields)).await,
            "[S503] auth invalid or expired: the environment variable MORPH_API_KEY holds no API key"
        );
    }
    assert_eq!(deployment.morph().request_lines(), [""; 0]);
}
