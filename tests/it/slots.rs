//! The cap is true: no more than so many run, and what runs no more takes no room.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{CallError, Deployment, Fault, Morph, morph::Fate};

use crate::WORKER;

async fn with_room_for(cap: usize) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nready_timeout_secs: 1");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    Deployment::builder(WORKER).config(&yaml).morph(quick).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

fn full(cap: usize) -> String {
    format!("[S400] concurrency cap reached: {cap} of {cap} in use, 1 more asked for")
}

#[tokio::test]
async fn beyond_the_cap_a_create_is_refused_and_not_sent() {
    let deployment = with_room_for(2).await;
    deployment.sandbox().await;
    deployment.sandbox().await;
    assert_eq!(deployment.refusal("create", image()).await, full(2));
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 2);
}

#[tokio::test]
async fn ten_may_run_unless_configured_otherwise() {
    let deployment = Deployment::start(WORKER).await;
    join_all((0..10).map(|_| deployment.sandbox())).await;
    assert_eq!(deployment.refusal("create", image()).await, full(10));
}

#[tokio::test]
async fn forty_at_once_start_exactly_five() {
    let deployment = with_room_for(5).await;
    let answers = join_all((0..40).map(|_| deployment.call("create", image()))).await;
    let (started, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((started.len(), refused.len()), (5, 35));
    for refusal in refused {
        assert_eq!(refusal, Err(CallError::new("S400", full(5))));
    }
    assert_eq!(deployment.morph().instances().len(), 5);
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 5);
}

#[tokio::test]
async fn a_slot_is_taken_before_anything_is_sent() {
    let deployment = with_room_for(1).await;
    deployment.morph().fail("POST", "/instance").with(Fault::Stall).once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    assert_eq!(deployment.refusal("create", image()).await, full(1));
    deployment.morph().release_stalled();
    creating.await.expect("a sandbox");
}

#[tokio::test]
async fn every_failure_gives_its_slot_back() {
    let deployment = with_room_for(1).await;
    for status in [400, 402, 404, 500, 503] {
        deployment
            .morph()
            .fail("POST", "/instance")
            .with(Fault::Status(status))
            .once();
        deployment.call("create", image()).await.expect_err("a refusal");
    }
    for fate in [Fate::Error, Fate::Pending] {
        deployment.morph().set_fates([fate]);
        deployment.call("create", image()).await.expect_err("a refusal");
    }
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_stop_makes_room() {
    let deployment = with_room_for(1).await;
    for _ in 0..3 {
        let sandbox = deployment.sandbox().await;
        deployment
            .call("stop", json!({"sandbox_id": sandbox}))
            .await
            .expect("it stops");
    }
}

#[tokio::test]
async fn what_has_ended_by_its_lifetime_makes_room_when_the_cap_is_full() {
    let deployment = with_room_for(2).await;
    deployment.sandbox_with(json!({"idle_timeout_secs": 60})).await;
    deployment.sandbox_with(json!({"idle_timeout_secs": 120})).await;
    deployment.morph().advance(Duration::from_secs(61));
    deployment.sandbox().await;
    assert_eq!(deployment.refusal("create", image()).await, full(2));
}

#[tokio::test]
async fn a_full_cap_asks_the_provider_at_most_once_a_second() {
    let deployment = with_room_for(1).await;
    deployment.sandbox().await;
    let began = Instant::now();
    deployment.morph().fail("GET", "/instance").with(Fault::Stall).once();
    let refused: Vec<_> = (0..30).map(|_| deployment.begin("create", image())).collect();
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.morph().release_stalled();
    for refusal in refused {
        assert_eq!(refusal.await, Err(CallError::new("S400", full(1))));
    }
    let asked = deployment.morph().requests_to("GET", "/instance").len() as u64;
    assert!(asked <= 1 + began.elapsed().as_secs(), "{asked} times");
}

#[tokio::test]
async fn without_a_list_a_full_cap_refuses_all_the_same() {
    let deployment = with_room_for(1).await;
    deployment.sandbox().await;
    for fault in [Fault::Status(500), Fault::Nonsense] {
        deployment.morph().fail("GET", "/instance").with(fault).always();
        assert_eq!(deployment.refusal("create", image()).await, full(1));
        deployment.morph().clear_faults();
    }
}

#[tokio::test]
async fn sandboxes_of_others_take_no_room() {
    let deployment = with_room_for(1).await;
    for _ in 0..3 {
        deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    }
    deployment.in_flight().await;
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_worker_that_is_started_again_goes_on_counting() {
    let mut deployment = with_room_for(2).await;
    deployment.sandbox().await;
    deployment.sandbox().await;
    deployment.restart().await;
    assert_eq!(deployment.refusal("create", image()).await, full(2));
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 0);
}

#[tokio::test]
async fn no_create_overtakes_the_first_list_of_a_worker() {
    let mut deployment = with_room_for(1).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("GET", "/instance").with(Fault::Stall).once();
    deployment.restart().await;
    let creating = deployment.begin("create", image());
    let meanwhile = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    meanwhile.expect("a snapshot");
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 0);
    deployment.morph().release_stalled();
    assert_eq!(creating.await, Err(CallError::new("S400", full(1))));
    assert_eq!(deployment.morph().requests_to("POST", "/instance").len(), 0);
}

#[tokio::test]
async fn a_first_list_that_fails_is_asked_for_again_in_the_background() {
    let mut deployment = with_room_for(2).await;
    deployment.sandbox().await;
    deployment
        .morph()
        .fail("GET", "/instance")
        .with(Fault::Status(500))
        .once();
    deployment.restart().await;
    deployment
        .worker
        .wait_for_line("the sandboxes that run already count sandboxes=1")
        .await;
    deployment.morph().fail("GET", "/instance").always();
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn without_any_list_a_create_goes_on_at_its_own_risk() {
    let mut deployment = with_room_for(1).await;
    deployment.sandbox().await;
    deployment
        .morph()
        .fail("GET", "/instance")
        .with(Fault::Status(500))
        .always();
    deployment.restart().await;
    deployment.sandbox().await;
    deployment.morph().clear_faults();
    assert_eq!(deployment.in_flight().await, 2);
    assert_eq!(
        deployment.refusal("create", image()).await,
        "[S400] concurrency cap reached: 2 of 1 in use, 1 more asked for"
    );
}
