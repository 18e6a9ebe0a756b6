//! The way to what runs in a sandbox.

use serde_json::json;
use testkit::E2b;

use super::client::{Api, Made, answer};

const FILE: &str = "/files?path=f";

#[tokio::test]
async fn a_sandbox_that_is_gone_paused_or_was_never_there_is_502() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    assert_eq!(answer(api.inside(&made, "GET", FILE)).await.0, 404);
    e2b.pause_sandbox(&made.id);
    let gone = json!({"sandboxId": made.id, "message": "The sandbox was not found", "code": 502});
    assert_eq!(
        answer(api.inside(&made, "GET", FILE)).await,
        (reqwest::StatusCode::BAD_GATEWAY, gone.clone())
    );
    e2b.remove_sandbox(&made.id);
    assert_eq!(answer(api.inside(&made, "GET", FILE)).await.1, gone);
    assert_eq!(answer(api.routed("none", "GET", "/whatever")).await.0, 502);
}

#[tokio::test]
async fn a_token_that_is_missing_wrong_or_has_rotated_is_401() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let (status, refused) = answer(api.routed(&made.id, "GET", FILE)).await;
    assert_eq!((status.as_u16(), &refused["code"]), (401, &json!(401)));
    let wrong = api.routed(&made.id, "GET", FILE).header("X-Access-Token", "wrong");
    assert_eq!(answer(wrong).await.0, 401);
    let token = e2b.rotate_token(&made.id);
    assert_eq!(answer(api.inside(&made, "GET", FILE)).await.0, 401);
    let (_, shown) = api.get(&format!("/sandboxes/{}", made.id)).await;
    assert_eq!(shown["envdAccessToken"], token.as_str());
    let renewed = Made { id: made.id, token };
    assert_eq!(answer(api.inside(&renewed, "GET", FILE)).await.0, 404);
}

#[tokio::test]
async fn whoever_has_no_token_gets_into_a_sandbox_that_is_not_secure() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let open = api.made_with(json!({"secure": false})).await;
    assert_eq!(answer(api.routed(&open.id, "GET", FILE)).await.0, 404);
}

#[tokio::test]
async fn the_key_of_the_account_stays_outside_and_what_is_for_sandboxes_inside() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let keyed = api.inside(&made, "GET", FILE).header("X-API-Key", e2b.api_key());
    assert_eq!(answer(keyed).await.0, 403);
    for header in ["E2b-Sandbox-Id", "E2b-Sandbox-Port", "X-Access-Token"] {
        let request = api.request("GET", "/v2/sandboxes").header(header, "x");
        assert_eq!(answer(request).await.0, 400, "{header}");
    }
}

#[tokio::test]
async fn without_the_headers_nothing_is_found_and_another_port_is_closed() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let http = crate::http::http();
    let url = format!("{}{FILE}", e2b.envd_base());
    assert_eq!(answer(http.get(&url)).await.0, 400);
    assert_eq!(answer(http.get(format!("{}/none", e2b.envd_base()))).await.0, 404);
    let other = http
        .get(&url)
        .header("E2b-Sandbox-Id", &made.id)
        .header("E2b-Sandbox-Port", "80");
    let (status, refused) = answer(other).await;
    assert_eq!((status.as_u16(), &refused["sandboxId"]), (502, &json!(made.id)));
}
