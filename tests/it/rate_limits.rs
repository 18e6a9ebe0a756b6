//! A provider that limits its rate: what it refuses for now is sent again when it may be, and nothing is done twice.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{Deployment, Fault, PendingCall, RateLimit};

use crate::WORKER;

const START: (&str, &str) = ("POST", "/instance");

const LIST: (&str, &str) = ("GET", "/instance");

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

fn later(seconds: u64) -> Fault {
    Fault::RetryAfter(429, seconds.to_string())
}

async fn deployment_for(sandboxes: usize) -> Deployment {
    let cap = format!("max_concurrent_sandboxes: {sandboxes}");
    Deployment::builder(WORKER).config(&cap).start().await
}

/// A create that was refused for so many seconds, and has been told so: it waits.
async fn refused_for(deployment: &Deployment, seconds: u64) -> PendingCall {
    deployment.morph().fail(START.0, START.1).with(later(seconds)).once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    // The refusal was sent, and has to arrive.
    tokio::time::sleep(Duration::from_secs(1)).await;
    deployment.morph().clear_requests();
    creating
}

/// Twelve creates at once on a provider with this limit. How many requests it refused.
async fn twelve_at_once(limit: RateLimit) -> usize {
    let deployment = deployment_for(12).await;
    deployment.morph().set_ready_after(Duration::ZERO);
    deployment.morph().limit([limit]);
    let created = join_all((0..12).map(|_| deployment.begin("create", image()).into_future())).await;
    let refused = deployment.morph().refused();
    deployment.morph().limit([]);
    for created in created {
        created.expect("created");
    }
    assert_eq!(deployment.morph().instances().len(), 12);
    assert_eq!(deployment.in_flight().await, 12);
    refused
}

#[tokio::test]
async fn twelve_creates_at_once_succeed_on_five_requests_a_second() {
    for limit in [
        RateLimit::per_second(5),
        RateLimit::per_second(5).retry_after(1),
        RateLimit::per_second(5).retry_after_date(2),
    ] {
        let refused = twelve_at_once(limit.clone()).await;
        // Most of those that were under way at first, and a few more.
        assert!((1..24).contains(&refused), "{refused} refused, {limit:?}");
    }
}

#[tokio::test]
async fn of_twenty_programs_at_once_each_runs_exactly_once() {
    let deployment = deployment_for(1).await;
    let sandbox = deployment.sandbox().await;
    let exec = |line: String| json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", line]});
    deployment.morph().limit([RateLimit::per_second(8).retry_after(1)]);
    let programs = (0..20).map(|number| {
        deployment
            .begin("exec", exec(format!("echo {number} >> runs")))
            .into_future()
    });
    let answers = join_all(programs).await;
    deployment.morph().limit([]);
    for answer in answers {
        assert_eq!(answer.expect("an answer")["exit_code"], 0);
    }
    let runs = deployment
        .call("exec", exec("sort -n runs".to_owned()))
        .await
        .expect("an answer");
    let expected: String = (0..20).map(|number| format!("{number}\n")).collect();
    assert_eq!(runs["stdout"], expected);
}

#[tokio::test]
async fn the_pause_that_is_asked_for_is_kept_however_long_within_the_deadline() {
    let deployment = deployment_for(2).await;
    deployment.morph().fail(START.0, START.1).with(later(8)).once();
    let begun = Instant::now();
    deployment.sandbox().await;
    assert!(begun.elapsed() >= Duration::from_secs(8), "after {:?}", begun.elapsed());
    assert_eq!(deployment.morph().requests_to(START.0, START.1).len(), 2);
}

#[tokio::test]
async fn what_cannot_be_sent_within_the_deadline_says_when_to_come_again() {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 5")
        .start()
        .await;
    deployment.morph().fail(START.0, START.1).with(later(40)).always();
    let begun = Instant::now();
    let text = deployment.refusal("create", image()).await;
    let what =
        "create (start): the provider takes no more requests for now, status 429: try again in 40 s (POST /instance)";
    assert_eq!(text, format!("[S500] rate limited by provider: {what}"));
    // So does what was not sent at all.
    let text = deployment.refusal("create", image()).await;
    assert!(text.starts_with("[S500]") && text.contains("try again in "), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(5), "after {:?}", begun.elapsed());
    assert_eq!(deployment.morph().requests_to(START.0, START.1).len(), 1);
}

#[tokio::test]
async fn a_refusal_that_goes_on_ends_with_the_deadline() {
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 3")
        .start()
        .await;
    deployment
        .morph()
        .fail(START.0, START.1)
        .with(Fault::Status(429))
        .always();
    let begun = Instant::now();
    let text = deployment.refusal("create", image()).await;
    assert!(text.starts_with("[S500]") && text.contains("try again in "), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(8), "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn other_requests_wait_as_well_instead_of_finding_out_by_themselves() {
    let deployment = deployment_for(2).await;
    let sandbox = deployment.sandbox().await;
    let creating = refused_for(&deployment, 5).await;
    let begun = Instant::now();
    let program = json!({"sandbox_id": sandbox, "cmd": "true"});
    let running: Vec<_> = (0..3).map(|_| deployment.begin("exec", program.clone())).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(deployment.morph().request_lines(), <[String; 0]>::default());
    for program in running {
        program.await.expect("an answer");
    }
    creating.await.expect("created");
    assert!(
        begun.elapsed() >= Duration::from_millis(2500),
        "after {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn removals_go_first() {
    let deployment = deployment_for(4).await;
    let sandbox = deployment.sandbox().await;
    let creating = refused_for(&deployment, 4).await;
    let lists: Vec<_> = (0..3).map(|_| deployment.begin("list", json!({}))).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stopped = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(stopped, Ok(json!({})));
    assert_eq!(deployment.morph().requests()[0].method, "DELETE");
    for list in lists {
        list.await.expect("a list");
    }
    creating.await.expect("created");
}

#[tokio::test]
async fn a_start_that_took_effect_all_the_same_is_taken_and_not_made_twice() {
    let deployment = deployment_for(2).await;
    deployment
        .morph()
        .fail(START.0, START.1)
        .with(later(1))
        .after_effect()
        .once();
    let sandbox = deployment.sandbox().await;
    assert_eq!(deployment.morph().requests_to(START.0, START.1).len(), 1);
    let running: Vec<_> = deployment.morph().instances().into_iter().map(|one| one.id).collect();
    assert_eq!(running, [sandbox]);
    assert_eq!(deployment.in_flight().await, 1);
}

#[tokio::test]
async fn what_a_refused_branch_or_snapshot_has_made_all_the_same_is_not_left() {
    let deployment = deployment_for(4).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    for (function, instances) in [("branch", 3), ("snapshot", 3)] {
        let path = format!("/instance/{{id}}/{function}");
        deployment
            .morph()
            .fail("POST", &path)
            .with(later(1))
            .after_effect()
            .once();
        deployment.call(function, sandbox.clone()).await.expect("made");
        assert_eq!(deployment.morph().requests_to("POST", &path).len(), 2, "{function}");
        assert_eq!(deployment.morph().instances().len(), instances, "{function}");
    }
    // The base, one of the branch, one that was asked for.
    assert_eq!(deployment.morph().snapshots().len(), 3);
}

#[tokio::test]
async fn one_list_serves_all_starts_that_wait() {
    let deployment = deployment_for(8).await;
    deployment.morph().clear_requests();
    deployment
        .morph()
        .limit([RateLimit::per_second(2).of(START.0, START.1).retry_after(1)]);
    let created = join_all((0..8).map(|_| deployment.begin("create", image()).into_future())).await;
    for created in created {
        created.expect("created");
    }
    assert_eq!(deployment.morph().instances().len(), 8);
    let (lists, refused) = (
        deployment.morph().requests_to(LIST.0, LIST.1).len(),
        deployment.morph().refused(),
    );
    // Those that are refused at once share one; each that is refused later needs its own.
    assert!(
        refused > 3 && lists + 3 <= refused,
        "{lists} lists for {refused} refusals"
    );
}

#[tokio::test]
async fn a_look_that_the_limit_refuses_too_is_taken_again() {
    let deployment = deployment_for(2).await;
    deployment
        .morph()
        .fail(START.0, START.1)
        .with(later(1))
        .after_effect()
        .once();
    deployment.morph().fail(LIST.0, LIST.1).with(later(1)).times(2);
    let sandbox = deployment.sandbox().await;
    let running: Vec<_> = deployment.morph().instances().into_iter().map(|one| one.id).collect();
    assert_eq!(running, [sandbox]);
}

#[tokio::test]
async fn nor_is_one_made_twice_that_no_look_knows_yet() {
    let deployment = deployment_for(2).await;
    deployment.morph().set_ready_after(Duration::ZERO);
    deployment.morph().set_lag(testkit::morph::Lag {
        found_after: Duration::from_secs(3),
        ..Default::default()
    });
    let start = deployment.morph().fail(START.0, START.1).with(later(1));
    start.after_effect().once();
    let sandbox = deployment.sandbox().await;
    assert_eq!(deployment.morph().requests_to(START.0, START.1).len(), 1);
    let running: Vec<_> = deployment.morph().instances().into_iter().map(|one| one.id).collect();
    assert_eq!(running, [sandbox]);
}
