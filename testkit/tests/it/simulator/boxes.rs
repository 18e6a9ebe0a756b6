//! The simulator behind an API for boxes: two keys, two APIs, and no more leniency than elsewhere.

use super::client::{Answer, answer};
use crate::http::http;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::Morph;

/// The simulator's known snapshot.
const IMAGE: &str = "snapshot_base";

async fn boxes() -> Morph {
    Morph::builder().toolbox().start().await
}

fn keyed(morph: &Morph, method: Method, path: &str) -> RequestBuilder {
    let request = http().request(method, format!("{}{path}", morph.api_base()));
    request.header("X-API-Key", morph.api_key())
}

async fn made(morph: &Morph) -> Value {
    let wish = json!({"image": IMAGE, "labels": {"owner": "tests"}});
    let (status, made) = answer(keyed(morph, Method::POST, "/boxes").json(&wish)).await;
    assert_eq!(status, 201, "{made}");
    made
}

fn execute(made: &Value) -> RequestBuilder {
    let server = made["toolboxUrl"].as_str().expect("an address");
    http().post(format!("{server}/toolbox/process/execute"))
}

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0.as_u16()
}

#[tokio::test]
async fn a_box_is_made_shown_listed_used_and_ended() {
    let morph = boxes().await;
    let made = made(&morph).await;
    assert_eq!(made["image"], IMAGE);
    assert_eq!(made["labels"], json!({"owner": "tests"}));
    let created = made["createdAt"].as_u64().expect("a number");
    assert!(created.abs_diff(morph.now() * 1000) < 60_000, "milliseconds: {created}");
    let path = format!("/boxes/{}", made["boxId"].as_str().expect("an id"));
    let (_, shown) = answer(keyed(&morph, Method::GET, &path)).await;
    assert_eq!(shown, made);
    let (_, listed) = answer(keyed(&morph, Method::GET, "/boxes")).await;
    let token = made["token"].as_str().expect("a token");
    let mut item = made.clone();
    item.as_object_mut().expect("a box").remove("token");
    assert_eq!(listed, json!({"items": [item], "nextCursor": null}));

    let command = json!({"command": "echo out; echo err >&2; exit 3"});
    let (_, ended) = answer(execute(&made).header("X-Access-Token", token).json(&command)).await;
    assert_eq!(ended, json!({"exitCode": 3, "result": "out\nerr\n"}));

    let gone: Answer = answer(keyed(&morph, Method::DELETE, &path)).await;
    assert_eq!((gone.0.as_u16(), gone.1), (204, Value::Null));
    assert_eq!(status(keyed(&morph, Method::DELETE, &path)).await, 404);
    assert_eq!(status(keyed(&morph, Method::GET, &path)).await, 404);
    assert_eq!(
        status(execute(&made).header("X-Access-Token", token).json(&command)).await,
        404
    );
}

#[tokio::test]
async fn boxes_are_listed_in_pages_of_two() {
    let morph = boxes().await;
    for _ in 0..3 {
        made(&morph).await;
    }
    let (_, first) = answer(keyed(&morph, Method::GET, "/boxes")).await;
    let cursor = first["nextCursor"].as_str().expect("a cursor");
    let (_, second) = answer(keyed(&morph, Method::GET, &format!("/boxes?cursor={cursor}"))).await;
    let count = |page: &Value| page["items"].as_array().map(Vec::len);
    assert_eq!((count(&first), count(&second)), (Some(2), Some(1)));
    assert_eq!(second["nextCursor"], Value::Null);
}

#[tokio::test]
async fn each_of_the_two_apis_takes_its_own_key_only() {
    let morph = boxes().await;
    let made = made(&morph).await;
    let control = http().get(format!("{}/boxes", morph.api_base()));
    let bearer = control.try_clone().expect("a copy").bearer_auth(morph.api_key());
    assert_eq!(status(bearer).await, 401);
    assert_eq!(status(control.header("X-API-Key", "wrong")).await, 401);
    let command = json!({"command": "true"});
    assert_eq!(status(execute(&made).json(&command)).await, 401);
    let wrong = execute(&made).header("X-Access-Token", "wrong");
    assert_eq!(status(wrong.json(&command)).await, 401);
    let token = made["token"].as_str().expect("a token");
    let both = execute(&made)
        .header("X-Access-Token", token)
        .header("X-API-Key", morph.api_key());
    assert_eq!(
        status(both.json(&command)).await,
        403,
        "the account's key is not for boxes"
    );
}

#[tokio::test]
async fn what_it_does_not_know_it_refuses() {
    let morph = boxes().await;
    assert_eq!(status(keyed(&morph, Method::GET, "/instance")).await, 404);
    assert_eq!(status(keyed(&morph, Method::DELETE, "/boxes")).await, 405);
    assert_eq!(status(keyed(&morph, Method::GET, "/boxes?page=1")).await, 422);
    assert_eq!(status(keyed(&morph, Method::GET, "/boxes?cursor=elsewhere")).await, 422);
    for wish in [
        json!({"image": IMAGE}),
        json!({"labels": {}}),
        json!({"image": IMAGE, "labels": {}, "size": 1}),
    ] {
        assert_eq!(
            status(keyed(&morph, Method::POST, "/boxes").json(&wish)).await,
            422,
            "{wish}"
        );
    }
    let unknown = json!({"image": "nobody's", "labels": {}});
    assert_eq!(status(keyed(&morph, Method::POST, "/boxes").json(&unknown)).await, 404);
    let made = made(&morph).await;
    let token = made["token"].as_str().expect("a token");
    for wish in [
        json!({"command": ["ls"]}),
        json!({"command": "ls", "cwd": "/"}),
        json!({}),
    ] {
        let request = execute(&made).header("X-Access-Token", token).json(&wish);
        assert_eq!(status(request).await, 422, "{wish}");
    }
    assert_eq!(morph.instances().len(), 1);
}
