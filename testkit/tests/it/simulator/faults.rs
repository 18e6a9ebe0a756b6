//! Every kind of fault as a client sees it.

use std::time::{Duration, Instant};

use super::client::{Api, answer};
use serde_json::{Value, json};
use testkit::{Fault, Morph};

const START: &str = "/instance?snapshot_id=snapshot_base";

async fn start_with(morph: &Morph, fault: Fault) -> super::client::Answer {
    morph.fail("POST", "/instance").with(fault).once();
    Api::of(morph).post(START, json!({})).await
}

#[tokio::test]
async fn a_status_comes_instead_of_the_effect_or_after_it() {
    let morph = Morph::start().await;
    assert_eq!(start_with(&morph, Fault::Status(500)).await.0, 500);
    assert_eq!(morph.instances().len(), 0);
    morph
        .fail("POST", "/instance")
        .with(Fault::Status(502))
        .after_effect()
        .once();
    assert_eq!(Api::of(&morph).post(START, json!({})).await.0, 502);
    assert_eq!(morph.instances().len(), 1);
    assert_eq!(morph.fault_hits(), 2);
    assert_eq!(Api::of(&morph).post(START, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_status_may_bring_its_body_or_a_retry_after() {
    let morph = Morph::start().await;
    let body = json!({"detail": "Payment required"});
    let (code, got) = start_with(&morph, Fault::StatusWithBody(402, body.clone())).await;
    assert_eq!((code.as_u16(), got), (402, body));
    let fault = Fault::RetryAfter(429, "7".to_owned());
    morph.fail("GET", "/instance").with(fault).once();
    let response = Api::of(&morph).request("GET", "/instance").send().await;
    assert_eq!(response.unwrap().headers()["retry-after"], "7");
}

#[tokio::test]
async fn a_redirect_names_its_target() {
    let morph = Morph::start().await;
    let fault = Fault::Redirect("http://127.0.0.1:1/elsewhere".to_owned());
    morph.fail("GET", "/instance").with(fault).once();
    let response = Api::of(&morph).request("GET", "/instance").send().await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], "http://127.0.0.1:1/elsewhere");
}

#[tokio::test]
async fn a_cut_connection_gives_no_answer() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    morph.fail("POST", "/instance").with(Fault::Cut).after_effect().always();
    let error = api.request("POST", START).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(morph.instances().len(), morph.fault_hits());
    morph.clear_faults();
    assert_eq!(api.post(START, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_connection_cut_in_the_body_gives_the_head() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    morph
        .fail("GET", "/instance")
        .with(Fault::CutMidBody)
        .after_effect()
        .once();
    let mut response = api.request("GET", "/instance").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.unwrap().is_some());
    assert!(response.chunk().await.is_err());
    let id = api.ready_instance().await;
    morph
        .fail("DELETE", "/instance/{id}")
        .with(Fault::CutMidBody)
        .after_effect()
        .once();
    let response = api.request("DELETE", &format!("/instance/{id}")).send().await;
    assert!(response.unwrap().bytes().await.is_err());
    assert!(morph.instance(&id).is_none());
}

#[tokio::test]
async fn a_stalled_request_goes_on_when_released() {
    let morph = Morph::start().await;
    morph.fail("POST", "/instance").with(Fault::Stall).once();
    let release = async {
        morph.wait_for_fault_hits(1).await;
        assert_eq!(morph.instances().len(), 0);
        morph.release_stalled();
    };
    let api = Api::of(&morph);
    let (answer, ()) = tokio::join!(api.post(START, json!({})), release);
    assert_eq!(answer.0, 200);
    assert_eq!(morph.instances().len(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_a_stalled_request_leaves_no_effect() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let leaves = async |hit| {
        tokio::select! {
            answer = api.post(START, json!({})) => panic!("it is stalled: {answer:?}"),
            () = morph.wait_for_fault_hits(hit) => {}
        }
    };
    morph.fail("POST", "/instance").with(Fault::Stall).once();
    leaves(1).await;
    morph.fail("POST", "/instance").with(Fault::Stall).after_effect().once();
    leaves(2).await;
    morph.release_stalled();
    assert_eq!(api.get("/instance").await.0, 200);
    assert_eq!(morph.instances().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_is_otherwise_whole() {
    let morph = Morph::start().await;
    let (delay, begun) = (Duration::from_millis(80), Instant::now());
    let (code, body) = start_with(&morph, Fault::Slow(delay)).await;
    assert_eq!((code.as_u16(), &body["object"]), (200, &json!("instance")));
    assert!(begun.elapsed() >= delay);
}

#[tokio::test]
async fn bodies_can_be_truncated_oversized_nonsense_or_empty() {
    let morph = Morph::start().await;
    morph
        .fail("GET", "/instance")
        .with(Fault::Truncated)
        .after_effect()
        .once();
    let (code, text) = Api::of(&morph).get("/instance").await;
    assert_eq!((code.as_u16(), text), (200, json!("{\"object\":\"li")));
    morph
        .fail("GET", "/instance")
        .with(Fault::Oversized(100_000))
        .after_effect()
        .once();
    let (_, listed) = Api::of(&morph).get("/instance").await;
    assert_eq!(listed["data"], json!([]));
    assert_eq!(listed["padding"].as_str().unwrap().len(), 100_000);
    let (code, page) = start_with(&morph, Fault::Nonsense).await;
    assert!(code == 200 && page.as_str().unwrap().contains("<title>"));
    let (code, nothing) = start_with(&morph, Fault::EmptyBody).await;
    assert_eq!((code.as_u16(), nothing), (200, Value::Null));
}

#[tokio::test]
async fn a_rule_can_hit_the_first_few_or_one_in_the_middle() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = morph.add_instance(&[]);
    let path = format!("/instance/{id}");
    morph.fail("GET", "/instance/{id}").with(Fault::Status(503)).times(2);
    morph.fail("GET", "/instance/{id}").with(Fault::Status(429)).nth(4);
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(api.get(&path).await.0.as_u16());
    }
    assert_eq!(codes, [503, 503, 200, 429, 200]);
}

#[tokio::test]
async fn answers_can_be_rewritten() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    morph.rewrite("POST", "/instance", |body| body["status"] = json!("hibernating"));
    morph.rewrite("POST", "/instance", |body| {
        body.as_object_mut().unwrap().remove("spec");
    });
    let (_, started) = api.post(START, json!({})).await;
    assert_eq!(started["status"], "hibernating");
    assert!(started.get("spec").is_none());
    morph.clear_rewrites();
    let (_, started) = api.post(START, json!({})).await;
    assert_eq!(started["status"], "pending");
}

#[tokio::test]
async fn requests_are_recorded_in_order_whatever_their_answer() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    morph.fail("POST", "/instance").with(Fault::Status(500)).once();
    api.post(START, json!({"metadata": {"a": "b"}})).await;
    let tagged = api.request("GET", "/nowhere").header("x-tag", "1");
    answer(tagged).await;
    let lines = ["POST /instance?snapshot_id=snapshot_base", "GET /nowhere"];
    assert_eq!(morph.request_lines(), lines);
    let first = &morph.requests_to("POST", "/instance")[0];
    assert_eq!(first.body, Some(json!({"metadata": {"a": "b"}})));
    assert_eq!(first.query_value("snapshot_id"), Some("snapshot_base"));
    assert_eq!(morph.requests()[1].header("x-tag"), Some("1"));
    morph.clear_requests();
    assert!(morph.requests().is_empty());
}
