//! A sandbox that is being saved refuses what is to be done in it; that passes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};

use crate::WORKER;

/// What is refused meanwhile, and its other fields.
fn refused_meanwhile() -> [(&'static str, Value); 3] {
    [
        ("exec", json!({"cmd": "true"})),
        ("snapshot", json!({})),
        ("branch", json!({"count": 1})),
    ]
}

#[tokio::test]
async fn what_is_refused_while_a_sandbox_is_saved_is_done_when_it_is_saved() {
    let builder = Deployment::builder(WORKER).morph(Morph::builder().saving_for(Duration::from_secs(2)));
    let deployment = builder.start().await;
    for (function, fields) in refused_meanwhile() {
        let sandbox = deployment.sandbox().await;
        let mut payload = json!({"sandbox_id": sandbox});
        deployment.call("snapshot", payload.clone()).await.expect("a snapshot");
        let saved = Instant::now() + Duration::from_millis(1500);
        payload
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().cloned().unwrap_or_default());
        deployment
            .call(function, payload)
            .await
            .unwrap_or_else(|error| panic!("{function}: {error}"));
        assert!(Instant::now() > saved, "{function}: it was saved already");
    }
}

#[tokio::test]
async fn a_conflict_that_does_not_pass_ends_with_the_deadline() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 2\nready_timeout_secs: 2")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    for (function, fields) in refused_meanwhile() {
        let path = format!("/instance/{{id}}/{function}");
        deployment.morph().fail("POST", &path).with(Fault::Status(409)).always();
        let mut payload = json!({"sandbox_id": sandbox});
        payload
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().cloned().unwrap_or_default());
        let text = deployment.refusal(function, payload).await;
        assert!(
            text.starts_with("[S502]") && text.contains("status 409"),
            "{function}: {text}"
        );
        let tries = deployment.morph().requests_to("POST", &path).len();
        assert!((3..=12).contains(&tries), "{function}: {tries} tries");
    }
    assert_eq!(deployment.morph().instances().len(), 1);
}

#[tokio::test]
async fn what_was_made_all_the_same_is_not_left() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    for (function, instances) in [("snapshot", 1), ("branch", 3)] {
        let path = format!("/instance/{{id}}/{function}");
        deployment
            .morph()
            .fail("POST", &path)
            .with(Fault::Status(409))
            .after_effect()
            .once();
        deployment.call(function, sandbox.clone()).await.expect("made");
        assert_eq!(deployment.morph().instances().len(), instances, "{function}");
    }
    assert_eq!(deployment.morph().snapshots().len(), 3);
}
