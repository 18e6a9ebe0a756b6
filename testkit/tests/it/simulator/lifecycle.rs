//! Instances and snapshots from their start to their end.

use std::time::Duration;

use super::client::Api;
use serde_json::{Value, json};
use testkit::Morph;
use testkit::morph::{Fate, Lag};

const START: &str = "/instance?snapshot_id=snapshot_base";

/// Time stands still for readiness unless a test moves it.
async fn morph() -> Morph {
    let options = Morph::builder().ready_after(Duration::from_secs(3600));
    options.start().await
}

#[tokio::test]
async fn an_instance_is_pending_then_ready_then_gone() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let wish = json!({"metadata": {"a": "b"}, "ttl_seconds": 7200, "ttl_action": "stop"});
    let (_, started) = api.post(START, wish).await;
    let id = started["id"].as_str().unwrap();
    assert_eq!(started["status"], "pending");
    morph.advance(Duration::from_secs(3600));
    let path = format!("/instance/{id}");
    assert_eq!(api.get(&path).await.1["status"], "ready");
    assert_eq!(api.delete(&path).await, (reqwest::StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.delete(&path).await.0, 404);
}

#[tokio::test]
async fn an_instance_has_the_whole_documented_form() {
    let morph = morph().await;
    let wish = json!({"metadata": {"a": "b"}, "ttl_seconds": 60});
    let (_, started) = Api::of(&morph).post(START, wish).await;
    let view = &morph.instances()[0];
    let expected = json!({
        "id": view.id,
        "object": "instance",
        "created": view.created,
        "status": "pending",
        "spec": {"vcpus": 1, "memory": 1024, "disk_size": 8192},
        "refs": {"snapshot_id": "snapshot_base", "image_id": "morphvm-minimal"},
        "networking": {"internal_ip": "10.0.0.2", "http_services": []},
        "metadata": {"a": "b"},
        "ttl": {"ttl_seconds": 60, "ttl_expire_at": view.ttl_expire_at, "ttl_action": null},
        "wake_on": {"wake_on_ssh": false, "wake_on_http": false},
    });
    assert_eq!(started, expected);
}

#[tokio::test]
async fn fates_decide_over_the_next_instances() {
    let morph = morph().await;
    let api = Api::of(&morph);
    morph.set_fates([Fate::Error, Fate::Pending]);
    for _ in 0..3 {
        api.post(START, json!({})).await;
    }
    morph.advance(Duration::from_secs(3600));
    let statuses: Vec<_> = morph.instances().into_iter().map(|i| i.status).collect();
    assert_eq!(statuses, ["error", "pending", "ready"]);
}

#[tokio::test]
async fn a_ttl_counts_from_when_it_was_set_whatever_happens() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let (_, started) = api.post(START, json!({"ttl_seconds": 100})).await;
    let id = started["id"].as_str().unwrap();
    morph.advance(Duration::from_secs(75));
    assert_eq!(api.get(&format!("/instance/{id}")).await.0, 200);
    let renewed = api
        .post(&format!("/instance/{id}/ttl"), json!({"ttl_seconds": 50}))
        .await;
    assert_eq!(renewed.1["ttl"]["ttl_seconds"], 50);
    morph.advance(Duration::from_secs(30));
    assert!(morph.instance(id).is_some());
    morph.advance(Duration::from_secs(20));
    assert!(morph.instance(id).is_none());
}

#[tokio::test]
async fn a_null_ttl_clears_and_a_pausing_one_pauses() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let path = format!("/instance/{id}/ttl");
    let wish = json!({"ttl_seconds": 5, "ttl_action": "pause"});
    api.post(&path, wish).await;
    morph.advance(Duration::from_secs(5));
    assert_eq!(morph.instance(&id).unwrap().status, "paused");
    api.post(&path, json!({"ttl_seconds": null})).await;
    assert_eq!(morph.instance(&id).unwrap().ttl_seconds, None);
}

#[tokio::test]
async fn pause_and_resume_conflict_in_the_wrong_state() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    morph.advance(Duration::from_secs(3600));
    let post = |operation: &str| {
        let path = format!("/instance/{id}/{operation}");
        let api = &api;
        async move { api.act(&path).await }
    };
    assert_eq!(post("resume").await.0, 409);
    assert_eq!(post("pause").await.1["status"], "paused");
    assert_eq!(post("pause").await.1["status"], "paused");
    assert_eq!(api.exec(&id, &["true"]).await.0, 409);
    assert_eq!(post("resume").await.1["status"], "pending");
    assert_eq!(post("pause").await.0, 409);
    morph.advance(Duration::from_secs(3600));
    assert_eq!(morph.instance(&id).unwrap().status, "ready");
}

#[tokio::test]
async fn exec_wakes_a_paused_instance_only_if_told_so() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    api.act(&format!("/instance/{id}/pause")).await;
    assert_eq!(api.exec(&id, &["true"]).await.0, 409);
    let wake = json!({"wake_on_ssh": true});
    api.post(&format!("/instance/{id}/wake-on"), wake).await;
    assert_eq!(api.exec(&id, &["true"]).await.0, 200);
}

#[tokio::test]
async fn a_list_is_filtered_by_metadata_and_paged() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let mine = morph.add_instance(&[("owner", "me"), ("n", "1")]);
    morph.add_instance(&[("owner", "you")]);
    let also = morph.add_instance(&[("owner", "me")]);
    let (_, listed) = api.get("/instance?metadata%5Bowner%5D=me").await;
    assert_eq!(listed["object"], "list");
    assert_eq!(ids(&listed["data"]), [mine.as_str(), &also]);
    let (_, listed) = api.get("/instance?metadata[owner]=me&metadata[n]=1").await;
    assert_eq!(ids(&listed["data"]), [mine.as_str()]);
    let (_, page) = api.get("/instance/list?page=2&limit=2").await;
    assert_eq!(ids(&page["instances"]), [also.as_str()]);
    assert_eq!((&page["total"], &page["has_next"]), (&json!(3), &json!(false)));
    let (_, quota) = api.get("/user/service/quota").await;
    assert_eq!(quota["services"][0]["quotas"][0]["used_value"], 3);
}

#[tokio::test]
async fn a_snapshot_starts_instances_with_the_files_of_its_origin() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    api.exec(&id, &["mkdir d && echo kept > d/f"]).await;
    let wish = json!({"metadata": {"k": "v"}, "sync": true});
    let (_, snapshot) = api.post(&format!("/instance/{id}/snapshot"), wish).await;
    assert_eq!(snapshot["status"], "ready");
    let snapshot_id = snapshot["id"].as_str().unwrap();
    let path = format!("/instance?snapshot_id={snapshot_id}");
    let (_, started) = api.post(&path, json!({})).await;
    morph.advance(Duration::from_secs(1));
    let (_, read) = api.exec(started["id"].as_str().unwrap(), &["cat d/f"]).await;
    assert_eq!(read["stdout"], "kept\n");
    assert_eq!(morph.snapshots()[1].metadata["k"], "v");
    assert_eq!(api.delete(&format!("/snapshot/{snapshot_id}")).await.0, 204);
    assert_eq!(api.post(&path, json!({})).await.0, 404);
}

#[tokio::test]
async fn a_snapshot_is_pending_first_unless_it_is_waited_for() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let id = morph.add_instance(&[]);
    let path = format!("/instance/{id}/snapshot");
    for wish in [json!(null), json!({}), json!({"metadata": {}}), json!({"sync": false})] {
        let (_, snapshot) = api.post(&path, wish).await;
        assert_eq!(snapshot["status"], "pending");
        let start = format!("/instance?snapshot_id={}", snapshot["id"].as_str().unwrap());
        assert_eq!(api.post(&start, json!({})).await.0, 409);
        morph.advance(Duration::from_secs(3600));
        assert_eq!(api.post(&start, json!({})).await.0, 200);
    }
}

#[tokio::test]
async fn a_branch_makes_a_snapshot_and_children_without_a_ttl() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let (_, parent) = api.post(START, json!({"ttl_seconds": 3600})).await;
    let id = parent["id"].as_str().unwrap();
    morph.advance(Duration::from_secs(1));
    let wish = json!({"instance_metadata": [{"n": "1"}, {"n": "2"}]});
    let (code, made) = api.post(&format!("/instance/{id}/branch?count=2"), wish).await;
    assert_eq!(code, 200);
    assert_eq!(made["instances"][0]["status"], "pending");
    let children = &morph.instances()[1..];
    let snapshot_id = made["snapshot"]["id"].as_str().unwrap();
    assert!(
        children
            .iter()
            .all(|c| c.snapshot_id == snapshot_id && c.ttl_seconds.is_none())
    );
    assert_eq!(children[1].metadata["n"], "2");
    assert_eq!(morph.snapshots().len(), 2);
}

#[tokio::test]
async fn a_service_is_exposed_once_and_inherited() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let path = format!("/instance/{id}/http");
    let wish = json!({"name": "port-80", "port": 80});
    let (_, exposed) = api.post(&path, wish.clone()).await;
    let url = format!("https://port-80-{}.http.cloud.morph.so", id.replace('_', "-"));
    let service = json!({"name": "port-80", "port": 80, "url": url, "auth_mode": "none"});
    assert_eq!(exposed["networking"]["http_services"], json!([service]));
    assert_eq!(api.post(&path, wish.clone()).await.0, 409);
    let (_, made) = api.post(&format!("/instance/{id}/branch"), Value::Null).await;
    let child = made["instances"][0]["id"].as_str().unwrap();
    let services = |instance: &Value| instance["networking"]["http_services"].as_array().unwrap().len();
    assert_eq!(services(&made["instances"][0]), 0, "listed only later");
    assert_eq!(services(&api.get(&format!("/instance/{child}")).await.1), 1);
    assert_eq!(api.post(&format!("/instance/{child}/http"), wish).await.0, 409);
    assert_eq!(api.delete(&format!("{path}/port-80")).await.0, 200);
    assert_eq!(api.delete(&format!("{path}/port-80")).await.0, 404);
}

#[tokio::test]
async fn a_test_can_add_remove_and_see_instances() {
    let morph = Morph::start().await;
    let id = morph.add_instance(&[("owner", "somebody")]);
    assert_eq!(morph.instance(&id).unwrap().status, "ready");
    morph.remove_instance(&id);
    assert_eq!(morph.instances(), []);
    assert_eq!(Api::of(&morph).get(&format!("/instance/{id}")).await.0, 404);
}

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().map(|i| i["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn looks_and_lists_lag_as_they_are_told_to() {
    let morph = morph().await;
    let api = Api::of(&morph);
    let secs = Duration::from_secs;
    morph.set_lag(Lag {
        found_after: secs(10),
        listed_after: secs(20),
        found_for: secs(30),
        listed_for: secs(40),
    });
    let (_, started) = api.post(START, json!({})).await;
    let path = format!("/instance/{}", started["id"].as_str().unwrap());
    let shows = async || {
        let (look, _) = api.get(&path).await;
        let (_, list) = api.get("/instance").await;
        (look == 200, list["data"].as_array().unwrap().len())
    };
    assert_eq!(shows().await, (false, 0));
    assert_eq!(api.delete(&path).await.0, 404);
    morph.advance(secs(10));
    assert_eq!(shows().await, (true, 0));
    morph.advance(secs(10));
    assert_eq!(shows().await, (true, 1));
    assert_eq!(api.delete(&path).await.0, 204);
    assert_eq!(api.delete(&path).await.0, 404);
    assert_eq!(shows().await, (true, 1));
    morph.advance(secs(30));
    assert_eq!(shows().await, (false, 1));
    morph.advance(secs(10));
    assert_eq!(shows().await, (false, 0));
}

#[tokio::test]
async fn a_snapshot_gets_ready_later_or_fails() {
    let morph = Morph::builder().ready_after(Duration::ZERO).start().await;
    let api = Api::of(&morph);
    let (_, started) = api.post(START, json!({})).await;
    let path = format!("/instance/{}/snapshot", started["id"].as_str().unwrap());
    morph.set_saved_after(Duration::from_secs(3600));
    morph.set_save_fates([Fate::Error]);
    for end in ["failed", "ready"] {
        let (_, made) = api.post(&path, json!({"sync": true})).await;
        assert_eq!(made["status"], "pending");
        morph.advance(Duration::from_secs(3600));
        let one = format!("/snapshot/{}", made["id"].as_str().unwrap());
        assert_eq!(api.get(&one).await.1["status"], end);
    }
}
