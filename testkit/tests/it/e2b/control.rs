//! Sandboxes and snapshots from their start to their end.

use serde_json::{Value, json};
use testkit::E2b;
use testkit::simulator::Fault;

use super::client::{Api, whole};

#[tokio::test]
async fn a_sandbox_runs_when_it_is_made_and_is_gone_when_it_is_ended() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let wish = json!({"templateID": "base", "timeout": 60, "metadata": {"a": "b"}, "autoPause": false});
    let (status, made) = api.post("/sandboxes", wish).await;
    assert_eq!(status, 201);
    let view = e2b.sandboxes().remove(0);
    let expected = json!({
        "templateID": view.template_id, "sandboxID": view.id, "clientID": "6532622b", "envdVersion": "0.6.13",
        "domain": null, "trafficAccessToken": null, "alias": "base",
    });
    assert_eq!(made, expected);
    let (status, shown) = api.get(&format!("/sandboxes/{}", view.id)).await;
    assert_eq!(
        (status.as_u16(), &shown["state"], &shown["metadata"]),
        (200, &json!("running"), &json!({"a": "b"}))
    );
    let path = format!("/sandboxes/{}", view.id);
    assert_eq!(api.delete(&path).await, (reqwest::StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(api.delete(&path).await.0, 404);
    let (status, gone) = api.get(&path).await;
    assert_eq!((status.as_u16(), &gone["code"]), (404, &json!(404)));
    assert_eq!(e2b.sandboxes(), []);
}

#[tokio::test]
async fn only_a_secure_sandbox_has_a_token_and_it_is_told_again() {
    let e2b = E2b::builder().domain("sandboxes.example").start().await;
    let api = Api::of(&e2b);
    let open = api.made_with(json!({"secure": false})).await;
    assert_eq!(open.token, "");
    let made = api.made().await;
    let (_, shown) = api.get(&format!("/sandboxes/{}", made.id)).await;
    assert_eq!(shown["envdAccessToken"], made.token.as_str());
    assert_eq!(shown["domain"], "sandboxes.example");
    let (_, listed) = api.get("/v2/sandboxes").await;
    assert_eq!(listed[0].get("envdAccessToken"), None);
}

#[tokio::test]
async fn a_template_that_is_not_there_is_404() {
    let e2b = E2b::start().await;
    let (status, refused) = Api::of(&e2b).post("/sandboxes", json!({"templateID": "none"})).await;
    assert_eq!(status, 404);
    assert_eq!(refused, json!({"code": 404, "message": "template 'none' not found"}));
}

#[tokio::test]
async fn too_many_are_429_without_a_word_of_when_and_a_rate_limit_says_when() {
    let e2b = E2b::builder().concurrency(1).start().await;
    let api = Api::of(&e2b);
    api.made().await;
    let wish = json!({"templateID": "base"});
    let (status, _, headers) = whole(api.request("POST", "/sandboxes").json(&wish)).await;
    assert_eq!((status.as_u16(), headers.get("retry-after")), (429, None));
    e2b.fail("POST", "/sandboxes")
        .with(Fault::RetryAfter(429, "3".into()))
        .once();
    let (status, body, headers) = whole(api.request("POST", "/sandboxes").json(&wish)).await;
    assert_eq!((status.as_u16(), &headers["retry-after"]), (429, &"3".parse().unwrap()));
    assert_eq!(body, json!({"code": 429, "message": "injected fault"}));
    assert_eq!(e2b.sandboxes().len(), 1);
}

#[tokio::test]
async fn a_snapshot_starts_sandboxes_with_the_files_of_its_origin_which_lives_on() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    std::fs::write(e2b.home(&made.id).join("kept"), "yes").unwrap();
    let (status, saved) = api.post(&format!("/sandboxes/{}/snapshots", made.id), json!({})).await;
    assert_eq!(status, 201);
    let snapshot = saved["snapshotID"].as_str().unwrap();
    assert!(snapshot.ends_with(":default"), "{saved}");
    let copy = api.made_with(json!({"templateID": snapshot})).await;
    let kept = std::fs::read_to_string(e2b.home(&copy.id).join("kept"));
    assert_eq!(kept.unwrap(), "yes");
    assert_eq!(e2b.sandboxes().len(), 2);
    let (_, listed) = api.get(&format!("/snapshots?sandboxID={}", made.id)).await;
    assert_eq!(listed[0]["snapshotID"], snapshot);
    assert_eq!(e2b.snapshots(), [snapshot]);
    let path = format!("/templates/{snapshot}");
    assert_eq!(api.delete(&path).await.0, 204);
    assert_eq!(api.delete(&path).await.0, 404);
    assert_eq!(api.post("/sandboxes", json!({"templateID": snapshot})).await.0, 404);
}

#[tokio::test]
async fn what_is_paused_is_neither_saved_nor_forked_and_can_be_woken() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let id = api.made().await.id;
    let to = |operation: &str| format!("/sandboxes/{id}/{operation}");
    assert_eq!(api.post(&to("pause"), json!({})).await.0, 204);
    for (operation, body) in [
        ("pause", json!({})),
        ("snapshots", json!({})),
        ("fork", json!({"count": 1})),
        ("timeout", json!({"timeout": 60})),
    ] {
        assert_eq!(api.post(&to(operation), body).await.0, 409, "{operation}");
    }
    assert_eq!(api.post(&to("connect"), json!({"timeout": 60})).await.0, 201);
    assert_eq!(api.post(&to("connect"), json!({"timeout": 60})).await.0, 200);
    assert_eq!(e2b.sandbox(&id).unwrap().state, "running");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_effect() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    e2b.lose_answer("POST", "/sandboxes");
    let sent = api
        .request("POST", "/sandboxes")
        .json(&json!({"templateID": "base"}))
        .send()
        .await;
    assert!(sent.is_err());
    assert_eq!(e2b.sandboxes().len(), 1);
}
