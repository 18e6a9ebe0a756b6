//! What the simulator refuses, and in which form.

use super::client::{Api, answer};
use crate::http::http;
use serde_json::{Value, json};
use testkit::Morph;

#[tokio::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let unknown = api.post("/instance/morphvm_1/stop", json!({})).await;
    assert_eq!(unknown, (status(404), json!({"detail": "Not Found"})));
    let wrong = api.delete("/instance").await;
    assert_eq!(wrong, (status(405), json!({"detail": "Method Not Allowed"})));
    let outside = morph.api_base().replace("/api", "/instance");
    assert_eq!(answer(http().get(outside)).await.0, 404);
}

#[tokio::test]
async fn a_missing_key_is_401_and_a_wrong_one_403() {
    let morph = Morph::start().await;
    let url = format!("{}/instance", morph.api_base());
    let client = http();
    let missing = answer(client.get(&url)).await;
    assert_eq!(missing, (status(401), json!({"detail": "Not authenticated"})));
    let wrong = answer(client.get(&url).bearer_auth("wrong")).await;
    assert_eq!(wrong, (status(403), json!({"detail": "Invalid API key"})));
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_422() {
    let morph = Morph::start().await;
    let id = Api::of(&morph).ready_instance().await;
    let start = "/instance?snapshot_id=snapshot_base".to_owned();
    let to = |operation: &str| format!("/instance/{id}/{operation}");
    for (path, body) in [
        (start.clone(), json!({"metadata": {"a": 1}})),
        (start.clone(), json!({"ttl_seconds": "5"})),
        (start.clone(), json!({"ttl_seconds": 0})),
        (start.clone(), json!({"ttl_action": "explode"})),
        (start, json!({"unknown": true})),
        (to("exec"), json!({"command": "ls"})),
        (to("exec"), json!({"command": ["ls"], "timeout": 5})),
        (to("exec"), Value::Null),
        (to("exec"), json!({"command": []})),
        (to("pause"), json!({})),
        (to("resume"), json!({"force": true})),
        (to("ttl"), json!({})),
        (to("metadata"), json!({"a": null})),
        (to("wake-on"), json!({"wake_on_exec": true})),
        (to("http"), json!({"name": "web"})),
        (to("http"), json!({"name": "web", "port": 0})),
        (to("http"), json!({"name": "web", "port": 65536})),
        (to("http"), json!({"name": "Web_1", "port": 80})),
        (to("http"), json!({"name": "web", "port": 80, "auth_mode": "basic"})),
        (to("branch?count=2"), json!({"instance_metadata": [{}]})),
        (to("snapshot"), json!({"sync": "yes"})),
    ] {
        refused(&morph, &path, &body).await;
    }
}

#[tokio::test]
async fn a_query_of_the_wrong_shape_is_422() {
    let morph = Morph::start().await;
    let id = Api::of(&morph).ready_instance().await;
    for path in [
        "/instance".to_owned(),
        "/instance?snapshot_id=snapshot_base&count=2".to_owned(),
        format!("/instance/{id}/branch?count=0"),
        format!("/instance/{id}/branch?count=two"),
        format!("/instance/{id}/branch?count=1&count=2"),
    ] {
        refused(&morph, &path, &json!({})).await;
    }
    let maybe = format!("/instance/{id}/pause?snapshot=maybe");
    assert_eq!(Api::of(&morph).act(&maybe).await.0, 422);
    for path in ["/instance?metadata=a", "/instance?a=b", "/instance/list?limit=101"] {
        let (code, body) = Api::of(&morph).get(path).await;
        assert_eq!(code, 422, "{path}: {body}");
    }
}

#[tokio::test]
async fn a_validation_error_says_where_and_what() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let (_, body) = api.post("/instance", json!({})).await;
    let missing = json!([{
        "loc": ["query", "snapshot_id"], "msg": "Field required", "type": "missing",
    }]);
    assert_eq!(body["detail"], missing);
    let path = "/instance?snapshot_id=snapshot_base";
    let (_, body) = api.post(path, json!({"ttl_seconds": 1.5})).await;
    assert_eq!(body["detail"][0]["loc"], json!(["body", "ttl_seconds"]));
}

#[tokio::test]
async fn a_body_must_be_json_and_say_so() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let path = "/instance?snapshot_id=snapshot_base";
    let unlabelled = answer(api.request("POST", path).body("{}")).await;
    assert_eq!(unlabelled.0, 422);
    let typed = |kind: &str| api.request("POST", path).header("content-type", kind);
    assert_eq!(answer(typed("application/json").body("{")).await.0, 422);
    assert_eq!(answer(typed("application/jsonl").body("{}")).await.0, 422);
    let with_charset = typed("application/json; charset=utf-8");
    assert_eq!(answer(with_charset.body("{}")).await.0, 200);
    let absent = answer(api.request("POST", path)).await;
    assert_eq!(absent.0, 200);
    assert_eq!(api.post(path, Value::Null).await.0, 200);
}

#[tokio::test]
async fn what_only_looks_or_removes_has_no_body() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    for (method, path) in [
        ("GET", "/instance".to_owned()),
        ("GET", format!("/instance/{id}")),
        ("DELETE", format!("/instance/{id}")),
        ("DELETE", "/snapshot/snapshot_base".to_owned()),
    ] {
        let (code, _) = answer(api.request(method, &path).json(&json!({}))).await;
        assert_eq!(code, 422, "{method} {path}");
    }
    assert_eq!((morph.instances().len(), morph.snapshots().len()), (1, 1));
}

#[tokio::test]
async fn what_does_not_exist_is_404() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let gone = (status(404), json!({"detail": "Instance not found"}));
    assert_eq!(api.get("/instance/morphvm_none").await, gone);
    assert_eq!(api.delete("/instance/morphvm_none").await, gone);
    assert_eq!(api.exec("morphvm_none", &["true"]).await, gone);
    let snapshot = api.post("/instance?snapshot_id=snapshot_none", json!({})).await;
    assert_eq!(snapshot, (status(404), json!({"detail": "Snapshot not found"})));
    assert_eq!(api.delete("/snapshot/snapshot_none").await, snapshot);
}

async fn refused(morph: &Morph, path: &str, body: &Value) {
    let (code, answer) = Api::of(morph).post(path, body.clone()).await;
    assert_eq!(code, 422, "{path} {body}: {answer}");
    let finding = &answer["detail"][0];
    let complete = finding["loc"].is_array() && finding["msg"].is_string();
    assert!(complete && finding["type"].is_string(), "{answer}");
}

fn status(code: u16) -> reqwest::StatusCode {
    reqwest::StatusCode::from_u16(code).unwrap()
}
