//! Sandboxes and snapshots from their begin to their end, which are all asynchronous.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::Daytona;
use testkit::daytona::KNOWN_SNAPSHOT;
use testkit::simulator::Fate;

use super::client::{Api, id};

/// Longer than anything takes.
const LATER: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

async fn slow() -> Daytona {
    let builder = Daytona::builder().started_after(HOUR).busy_for(HOUR);
    builder.destroyed_after(HOUR).start().await
}

#[tokio::test]
async fn a_start_is_answered_before_it_is_done() {
    let daytona = slow().await;
    let api = Api::of(&daytona);
    let wish = json!({"name": "mine", "snapshot": KNOWN_SNAPSHOT, "labels": {"a": "1"}, "autoStopInterval": 3});
    let made = api.create(wish).await;
    assert_eq!((&made["state"], &made["name"]), (&json!("creating"), &json!("mine")));
    assert_eq!(made["labels"], json!({"a": "1"}));
    assert_eq!(api.state("mine").await, "creating", "it is found by its name, too");
    daytona.advance(HOUR);
    assert_eq!(api.state(&id(&made)).await, "started");
}

#[tokio::test]
async fn a_start_can_fail_or_take_for_ever() {
    let daytona = Daytona::start().await;
    daytona.set_fates([Fate::Error, Fate::Pending]);
    let api = Api::of(&daytona);
    let (failed, pending) = (api.vm().await, api.vm().await);
    daytona.advance(HOUR);
    assert_eq!(api.state(&failed).await, "error");
    assert_eq!(api.state(&pending).await, "creating");
}

#[tokio::test]
async fn a_name_is_taken_once_and_a_quota_is_a_400() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    api.create(json!({"name": "mine"})).await;
    assert_eq!(api.post("/sandbox", json!({"name": "mine"})).await.0, 409);
    daytona.set_quota_used_up(true);
    let (status, refusal) = api.post("/sandbox", json!({})).await;
    assert_eq!(status, 400);
    let message = refusal["message"].as_str().unwrap();
    assert!(message.contains("limit exceeded"), "{message}");
    let unknown = api.post("/sandbox", json!({"snapshot": "none"})).await;
    daytona.set_quota_used_up(false);
    assert_eq!(unknown.0, 400);
    assert_eq!(api.post("/sandbox", json!({"snapshot": "none"})).await.0, 400);
}

#[tokio::test]
async fn an_end_is_refused_while_a_change_is_under_way_and_has_begun_when_it_is_answered() {
    let daytona = slow().await;
    let api = Api::of(&daytona);
    let made = id(&api.create(json!({})).await);
    let path = format!("/sandbox/{made}");
    assert_eq!(api.delete(&path).await.0, 409, "it is being created");
    daytona.advance(HOUR);
    let (status, ending) = api.delete(&path).await;
    assert_eq!(status, 200);
    assert_eq!(ending["state"], "destroying");
    let listed = api.get("/sandbox").await.1;
    assert_eq!(listed["items"][0]["desiredState"], "destroyed");
    assert_eq!(api.delete(&path).await.0, 409, "it is being destroyed");
    daytona.advance(HOUR);
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.delete(&path).await.0, 404);
}

#[tokio::test]
async fn a_snapshot_is_there_when_its_sandbox_has_done_with_it() {
    let daytona = Daytona::builder().busy_for(HOUR).start().await;
    let api = Api::of(&daytona);
    let vm = api
        .started(json!({"snapshot": KNOWN_SNAPSHOT, "autoStopInterval": 0}))
        .await;
    let (status, answer) = api
        .post(&format!("/sandbox/{vm}/snapshot"), json!({"name": "saved"}))
        .await;
    assert_eq!(
        (status.as_u16(), &answer["id"]),
        (200, &json!(vm)),
        "the sandbox is answered"
    );
    assert_eq!(answer["state"], "snapshotting");
    assert_eq!(api.get("/snapshots/saved").await.0, 404);
    assert_eq!(api.delete(&format!("/sandbox/{vm}")).await.0, 409);
    daytona.advance(HOUR);
    assert_eq!(api.state(&vm).await, "started");
    let (status, saved) = api.get("/snapshots/saved").await;
    assert_eq!((status.as_u16(), &saved["state"]), (200, &json!("active")));
    assert_eq!(api.delete("/snapshots/saved").await.0, 404, "a name is no id");
    api.create(json!({"snapshot": "saved"})).await;
    assert_eq!(api.delete(&format!("/snapshots/{}", id(&saved))).await.0, 200);
    assert_eq!(api.get("/snapshots/saved").await.0, 404);
}

#[tokio::test]
async fn a_snapshot_that_fails_is_never_there() {
    let daytona = Daytona::start().await;
    daytona.set_save_fates([Fate::Error]);
    let api = Api::of(&daytona);
    let vm = api.vm().await;
    api.post(&format!("/sandbox/{vm}/snapshot"), json!({"name": "saved"}))
        .await;
    daytona.advance(LATER);
    assert_eq!(api.state(&vm).await, "started");
    assert_eq!(api.get("/snapshots/saved").await.0, 404);
}

#[tokio::test]
async fn a_copy_has_everything_but_the_name_and_copies_are_made_one_at_a_time() {
    let daytona = Daytona::builder().busy_for(HOUR).start().await;
    let api = Api::of(&daytona);
    let wish = json!({"snapshot": KNOWN_SNAPSHOT, "labels": {"a": "1"}, "env": {"E": "x"}, "autoStopInterval": 9});
    let parent = api.started(wish).await;
    let fork = format!("/sandbox/{parent}/fork");
    let (status, copy) = api.post(&fork, json!({"name": "copy"})).await;
    assert_eq!((status.as_u16(), &copy["name"]), (200, &json!("copy")), "{copy}");
    assert_eq!(copy["labels"], json!({"a": "1"}));
    assert_eq!(
        (&copy["env"], &copy["autoStopInterval"]),
        (&json!({"E": "x"}), &json!(9))
    );
    assert_eq!(api.state(&parent).await, "forking");
    assert_eq!(api.post(&fork, json!({})).await.0, 409, "one at a time");
    daytona.advance(HOUR / 2);
    assert_eq!(api.state("copy").await, "stopped", "nine idle minutes");
    daytona.advance(HOUR);
    let forks = api.get(&format!("/sandbox/{parent}/forks")).await.1;
    assert_eq!(forks.as_array().map(Vec::len), Some(1));
    assert_eq!(api.delete(&format!("/sandbox/{parent}")).await.0, 400, "its copy lives");
}

#[tokio::test]
async fn only_virtual_machines_that_have_started_are_copied() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let container = api.started(json!({})).await;
    assert_eq!(api.post(&format!("/sandbox/{container}/fork"), json!({})).await.0, 422);
    let vm = api.vm().await;
    daytona.stop_sandbox(&vm);
    assert_eq!(api.post(&format!("/sandbox/{vm}/fork"), json!({})).await.0, 400);
}

#[tokio::test]
async fn idleness_stops_a_sandbox_and_ends_it_if_it_is_not_to_be_kept() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let kept = api.started(json!({"autoStopInterval": 1})).await;
    let ended = api
        .started(json!({"autoStopInterval": 1, "autoDeleteInterval": 0}))
        .await;
    let endless = api.started(json!({"autoStopInterval": 0})).await;
    let used = api.started(json!({"autoStopInterval": 1})).await;
    daytona.advance(Duration::from_secs(50));
    assert_eq!(api.exec(&used, json!({"command": "true"})).await.0, 200);
    daytona.advance(Duration::from_secs(20));
    assert_eq!(api.state(&kept).await, "stopped");
    assert_eq!(api.state(&endless).await, "started");
    assert_eq!(api.state(&used).await, "started", "what goes to its toolbox counts");
    daytona.advance(LATER);
    assert_eq!(api.state(&ended).await, Value::Null);
    daytona.advance(HOUR);
    assert_eq!(api.act(&format!("/sandbox/{kept}/start")).await.0, 200);
    daytona.advance(LATER);
    assert_eq!(
        api.act(&format!("/sandbox/{kept}/autostop/60")).await.1["autoStopInterval"],
        60
    );
    daytona.advance(HOUR / 2);
    assert_eq!(api.act(&format!("/sandbox/{kept}/last-activity")).await.0, 201);
    daytona.advance(HOUR / 2 + LATER);
    assert_eq!(api.state(&kept).await, "started");
}

#[tokio::test]
async fn a_port_has_an_address_that_needs_a_token_and_one_that_is_signed() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let vm = api.vm().await;
    let (_, preview) = api.get(&format!("/sandbox/{vm}/ports/8080/preview-url")).await;
    assert_eq!(preview["url"], json!(format!("https://8080-{vm}.proxy.daytona.works")));
    assert!(preview["token"].is_string());
    let signed = format!("/sandbox/{vm}/ports/8080/signed-preview-url");
    assert_eq!(api.get(&format!("{signed}?expiresInSeconds=60")).await.0, 200);
    assert_eq!(api.get(&format!("{signed}?expiresInSeconds=86401")).await.0, 400);
    assert_eq!(api.act(&format!("/sandbox/{vm}/public/true")).await.1["public"], true);
    assert_eq!(api.get(&format!("/sandbox/{vm}/ports/0/preview-url")).await.0, 400);
}
