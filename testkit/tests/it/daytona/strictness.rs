//! What is refused, and in which form.

use serde_json::{Value, json};
use testkit::Daytona;
use testkit::daytona::KNOWN_SNAPSHOT;
use testkit::{Fault, RateLimit};

use super::client::{Api, answer};
use crate::http::http;

#[tokio::test]
async fn an_unknown_path_is_the_dashboard_outside_of_the_api_and_404_within() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    for path in ["/sandbox", "/", "/sandbox/x/toolbox", "/apis/sandbox"] {
        let url = daytona.api_base().replace("/api", path);
        let (status, page) = answer(api.send("GET", &url)).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.as_str().unwrap().starts_with("<!doctype html>"), "{path}: {page}");
    }
    let (status, refusal) = api.get("/sandboxes").await;
    assert_eq!((status.as_u16(), &refusal["statusCode"]), (404, &json!(404)));
    assert_eq!(api.act("/snapshots").await.0, 404, "another method is another path");
}

#[tokio::test]
async fn a_wrong_key_is_401_at_both_apis() {
    let daytona = Daytona::start().await;
    let id = Api::of(&daytona).vm().await;
    let list = format!("{}/sandbox", daytona.api_base());
    assert_eq!(answer(http().get(&list)).await.0, 401);
    let (status, refusal) = answer(http().get(&list).bearer_auth("wrong")).await;
    assert_eq!(status, 401);
    for field in ["path", "timestamp", "statusCode", "error", "message"] {
        assert!(refusal.get(field).is_some(), "{field}");
    }
    let toolbox = daytona.api_base().replace("/api", "/proxy/toolbox");
    let run = http()
        .post(format!("{toolbox}/{id}/process/execute"))
        .bearer_auth("wrong");
    let (status, refusal) = answer(run).await;
    assert_eq!((status.as_u16(), &refusal["code"]), (401, &json!("UNAUTHORIZED")));
}

#[tokio::test]
async fn a_body_of_another_shape_is_400_and_of_another_media_type_415() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let vm = api.vm().await;
    let to = |operation: &str| format!("/sandbox/{vm}/{operation}");
    for (path, body) in [
        ("/sandbox".to_owned(), json!({"image": "x"})),
        ("/sandbox".to_owned(), json!({"labels": {"a": 1}})),
        ("/sandbox".to_owned(), json!({"autoStopInterval": "5"})),
        ("/sandbox".to_owned(), json!({"autoStopInterval": 1.5})),
        ("/sandbox".to_owned(), json!({"autoStopInterval": -1})),
        ("/sandbox".to_owned(), json!({"snapshot": KNOWN_SNAPSHOT, "cpu": 2})),
        ("/sandbox".to_owned(), json!({"name": ""})),
        ("/sandbox".to_owned(), json!(null)),
        (to("snapshot"), json!({})),
        (to("snapshot"), json!({"name": " "})),
        (to("fork"), json!({"count": 2})),
    ] {
        assert_eq!(api.post(&path, body.clone()).await.0, 400, "{path} {body}");
    }
    let text = api.request("POST", "/sandbox").header("Content-Type", "text/plain");
    assert_eq!(answer(text.body("{}")).await.0, 415);
    for body in [
        json!({"command": ["ls"]}),
        json!({"command": "ls", "tty": true}),
        json!({"command": ""}),
    ] {
        assert_eq!(api.exec(&vm, body.clone()).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn queries_paths_and_headers_are_read_strictly() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let vm = api.vm().await;
    for path in [
        "/sandbox?page=1",
        "/sandbox?limit=0",
        "/sandbox?limit=1&limit=2",
        "/snapshots?id=1",
    ] {
        assert_eq!(api.get(path).await.0, 400, "{path}");
    }
    assert_eq!(api.act(&format!("/sandbox/{vm}/autostop/soon")).await.0, 400);
    assert_eq!(api.act(&format!("/sandbox/{vm}/autostop/-1")).await.0, 400);
    assert_eq!(api.act(&format!("/sandbox/{vm}/public/yes")).await.0, 400);
    let with_body = api.request("DELETE", &format!("/sandbox/{vm}")).json(&json!({}));
    assert_eq!(answer(with_body).await.0, 400);
    let organization = api.request("GET", "/sandbox").header("X-Daytona-Organization-ID", "o");
    assert_eq!(answer(organization).await.0, 400);
}

#[tokio::test]
async fn faults_and_rate_limits_are_in_the_services_form() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    daytona.fail("GET", "/sandbox/{id}").with(Fault::Status(503)).once();
    let (status, refusal) = api.get("/sandbox/x").await;
    assert_eq!((status.as_u16(), &refusal["message"]), (503, &json!("injected fault")));
    daytona.limit([RateLimit::per_second(1).retry_after(7)]);
    let responses = [api.request("GET", "/sandbox"), api.request("GET", "/sandbox")];
    let mut last = None;
    for request in responses {
        last = Some(request.send().await.expect("an answer"));
    }
    let last = last.expect("an answer");
    assert_eq!(last.status(), 429);
    assert_eq!(last.headers()["Retry-After"], "7");
    let whole: Value = last.json().await.expect("JSON");
    assert_eq!(whole["statusCode"], 429);
}
