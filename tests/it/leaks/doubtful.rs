//! A start that ended without a readable answer: what carries its tag is found and ended.

use std::time::Duration;

use serde_json::Value;
use testkit::{Deployment, Fault};

use super::{LOST, ONE, WORKER, attempt, deployment, image, lose_the_answer, with_little_time};

const LIST: &str = "/instance";

#[tokio::test]
async fn it_is_looked_for_and_ended_before_the_caller_is_answered() {
    let deployment = deployment().await;
    lose_the_answer(&deployment);
    assert_eq!(deployment.refusal("create", image()).await, LOST);
    assert_eq!(deployment.morph().instances(), []);
    let sent = deployment.morph().request_methods();
    assert_eq!(sent, ["POST", "GET", "DELETE"]);
}

#[tokio::test]
async fn it_is_asked_for_by_its_own_tag() {
    let deployment = deployment().await;
    lose_the_answer(&deployment);
    deployment.refusal("create", image()).await;
    let tag = deployment.morph().requests_to("POST", LIST)[0]
        .body
        .clone()
        .unwrap_or_default()["metadata"]["iii-attempt"]
        .clone();
    let look = deployment.morph().requests_to("GET", LIST)[0].line();
    assert!(
        look.contains(&format!("iii-attempt]={}", tag.as_str().expect("a tag"))),
        "{look}"
    );
}

#[tokio::test]
async fn however_slow_the_first_look_is_the_caller_is_answered_after_it() {
    let deployment = Deployment::start(WORKER).await;
    lose_the_answer(&deployment);
    deployment.morph().fail("GET", LIST).with(Fault::Stall).once();
    let mut creating = deployment.begin("create", image()).into_future();
    deployment.morph().wait_for_fault_hits(2).await;
    let early = tokio::time::timeout(Duration::from_secs(11), &mut creating).await;
    assert!(early.is_err(), "{early:?}");
    deployment.morph().release_stalled();
    assert_eq!(creating.await.expect_err("it has failed").message, LOST);
    assert_eq!(deployment.morph().instances(), []);
}

/// The start is answered with this id.
async fn is_refused(deployment: &Deployment, id: Value, what: &str) {
    deployment
        .morph()
        .rewrite("POST", LIST, move |one| one["id"] = id.clone());
    let text = format!("[S502] provider unavailable: {what}");
    assert_eq!(deployment.refusal("create", image()).await, text);
    assert_eq!(deployment.morph().instances(), []);
    deployment.morph().clear_rewrites();
}

#[tokio::test]
async fn an_answer_without_a_usable_id_is_no_answer() {
    let deployment = deployment().await;
    for id in ["", ".", "..", "a/b", "a?b", " "] {
        let what = "unreadable answer: it gives an id that cannot be used";
        is_refused(&deployment, id.into(), what).await;
    }
    for id in [Value::Null, 7.into()] {
        let what = "create (start): the answer cannot be read, or lacks what is needed (POST /instance)";
        is_refused(&deployment, id, what).await;
    }
    deployment.sandbox().await;
}

#[tokio::test]
async fn nothing_but_what_carries_the_tag_is_ended() {
    let deployment = Deployment::start(WORKER).await;
    let earlier = deployment.sandbox().await;
    deployment.morph().add_instance(&[("iii-owner", "default")]);
    deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    lose_the_answer(&deployment);
    assert_eq!(deployment.refusal("create", image()).await, LOST);
    assert_eq!(deployment.morph().instances().len(), 3);
    assert!(deployment.morph().instance(&earlier).is_some());
}

#[tokio::test]
async fn one_with_the_tag_of_the_call_but_of_another_owner_is_not_ended() {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 3")
        .start()
        .await;
    deployment.morph().fail("POST", LIST).with(Fault::Stall).once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    let tags = [("iii-owner", "somebody"), ("iii-attempt", &attempt(&deployment))];
    deployment.morph().add_instance(&tags);
    creating.await.expect_err("it is not answered in time");
    assert_eq!(deployment.morph().instances().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_looked_into_once() {
    let deployment = deployment().await;
    for status in [400, 401, 402, 404, 409, 422] {
        deployment.morph().clear_requests();
        deployment.morph().fail("POST", LIST).with(Fault::Status(status)).once();
        deployment.refusal("create", image()).await;
        let sent = deployment.morph().request_methods();
        assert_eq!(sent, ["POST", "GET"], "status {status}");
    }
}

#[tokio::test]
async fn what_a_refused_start_has_started_all_the_same_is_ended() {
    let deployment = deployment().await;
    for status in [400, 404, 409] {
        let start = deployment.morph().fail("POST", LIST).with(Fault::Status(status));
        start.after_effect().once();
        deployment.refusal("create", image()).await;
        assert_eq!(deployment.morph().instances(), [], "status {status}");
    }
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_refusal_is_believed_where_nothing_can_be_looked_up() {
    let deployment = deployment().await;
    deployment.morph().fail("POST", LIST).with(Fault::Status(402)).once();
    deployment.morph().fail("GET", LIST).with(Fault::Status(401)).once();
    deployment.refusal("create", image()).await;
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_start_that_is_answered_with_the_id_of_another_is_ended_by_its_tag() {
    let deployment = deployment().await;
    deployment
        .morph()
        .rewrite("POST", LIST, |one| one["id"] = "morphvm_other".into());
    deployment.refusal("create", image()).await;
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn when_nothing_is_found_the_slot_is_free_at_once_and_one_more_look_follows() {
    let deployment = deployment().await;
    deployment.morph().fail("POST", LIST).with(Fault::Cut).once();
    assert_eq!(deployment.refusal("create", image()).await, LOST);
    let tag = attempt(&deployment);
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .add_instance(&[("iii-owner", "default"), ("iii-attempt", &tag)]);
    deployment.morph().wait_for_request("DELETE", ONE, 1).await;
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    assert!(deployment.morph().instance(&sandbox).is_some());
    assert_eq!(deployment.morph().requests_to("GET", LIST).len(), 2);
}

#[tokio::test]
async fn while_the_look_fails_the_slot_is_held() {
    let deployment = deployment().await;
    lose_the_answer(&deployment);
    deployment.morph().fail("GET", LIST).with(Fault::Status(500)).always();
    assert_eq!(deployment.refusal("create", image()).await, LOST);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S400] concurrency cap reached: 1 of 1 in use, 1 more asked for"
    );
    deployment.morph().clear_faults();
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
    deployment.wait_for_in_flight(0).await;
    deployment.sandbox().await;
}

#[tokio::test]
async fn what_cannot_be_looked_for_until_its_lifetime_is_over_is_in_the_log() {
    let deployment = with_little_time(1).await;
    lose_the_answer(&deployment);
    deployment.morph().fail("GET", LIST).with(Fault::Nonsense).always();
    let mut payload = image();
    payload["idle_timeout_secs"] = 1.into();
    assert_eq!(deployment.refusal("create", payload).await, LOST);
    let line = deployment
        .worker
        .wait_for_line("a call may have made a sandbox that cannot be looked for")
        .await;
    assert!(line.contains("ERROR") && line.contains(&attempt(&deployment)), "{line}");
    deployment.morph().clear_faults();
    deployment.wait_for_in_flight(0).await;
    deployment.sandbox().await;
}
