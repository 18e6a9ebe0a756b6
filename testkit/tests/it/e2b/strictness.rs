//! What the simulator refuses, and in which form.

use serde_json::{Value, json};
use testkit::E2b;

use super::client::{Api, answer};

#[tokio::test]
async fn a_key_that_is_missing_or_wrong_is_401() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    for request in [
        api.keyless("GET", "/v2/sandboxes"),
        api.keyless("GET", "/v2/sandboxes").header("X-API-Key", "wrong"),
        api.keyless("GET", "/v2/sandboxes").bearer_auth(e2b.api_key()),
    ] {
        let (status, refused) = answer(request).await;
        assert_eq!((status.as_u16(), &refused["code"]), (401, &json!(401)));
        assert!(refused["message"].is_string());
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let (status, refused) = api.get("/none").await;
    assert_eq!((status.as_u16(), &refused["code"]), (404, &json!(404)));
    assert_eq!(api.delete("/sandboxes").await.0, 405);
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_400() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let id = api.made().await.id;
    let to = |operation: &str| format!("/sandboxes/{id}/{operation}");
    let start = |fields: Value| {
        let mut wish = json!({"templateID": "base"});
        wish.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        ("/sandboxes".to_owned(), wish)
    };
    for (path, body) in [
        ("/sandboxes".to_owned(), json!({})),
        start(json!({"timeout": "60"})),
        start(json!({"timeout": 1.5})),
        start(json!({"timeout": -1})),
        start(json!({"secure": "true"})),
        start(json!({"metadata": {"a": 1}})),
        start(json!({"network": {"public": true}})),
        start(json!({"idle": 1})),
        (to("timeout"), json!({})),
        (to("timeout"), json!({"timeout": 5, "action": "stop"})),
        (to("timeout"), Value::Null),
        (to("fork"), json!({"count": "2"})),
        (to("fork"), json!({"metadata": {}})),
        (to("snapshots"), json!({"name": 1})),
        (to("pause"), json!({"force": true})),
    ] {
        let (status, refused) = api.post(&path, body.clone()).await;
        assert_eq!((status.as_u16(), &refused["code"]), (400, &json!(400)), "{path} {body}");
    }
    assert_eq!(e2b.sandboxes().len(), 1);
}

#[tokio::test]
async fn a_body_must_be_json_say_so_and_be_there_only_where_one_is_taken() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let id = api.made().await.id;
    let start = || api.request("POST", "/sandboxes");
    let text = r#"{"templateID": "base"}"#;
    assert_eq!(answer(start().body(text)).await.0, 400);
    assert_eq!(
        answer(start().header("Content-Type", "text/plain").body(text)).await.0,
        400
    );
    assert_eq!(
        answer(start().header("Content-Type", "application/json").body("{"))
            .await
            .0,
        400
    );
    assert_eq!(
        answer(
            start()
                .header("Content-Type", "application/json; charset=utf-8")
                .body(text)
        )
        .await
        .0,
        201
    );
    assert_eq!(answer(start()).await.0, 400);
    let snapshot = format!("/sandboxes/{id}/snapshots");
    assert_eq!(answer(api.request("POST", &snapshot)).await.0, 400);
    for (method, path) in [
        ("GET", "/v2/sandboxes".to_owned()),
        ("DELETE", format!("/sandboxes/{id}")),
    ] {
        let with_body = api.request(method, &path).json(&json!({}));
        assert_eq!(answer(with_body).await.0, 400, "{method}");
    }
    assert!(e2b.sandbox(&id).is_some());
}
