//! Waiting until a sandbox is ready: a bad look is not a bad sandbox, what is known is not asked for, and what is ready is
//! answered soon.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph, morph::InstanceView};

use crate::WORKER;

const ONE: &str = "/instance/{id}";

/// Answers that say nothing of the sandbox that was looked at.
fn troubles() -> Vec<Fault> {
    let statuses = [
        202, 204, 304, 404, 408, 423, 425, 429, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 599,
    ];
    let others = [
        Fault::Cut,
        Fault::CutMidBody,
        Fault::Stall,
        Fault::Slow(Duration::from_secs(3)),
        Fault::Truncated,
        Fault::Nonsense,
        Fault::EmptyBody,
        Fault::Bytes(b"null".to_vec()),
        Fault::Bytes(b"[]".to_vec()),
        Fault::Redirect("http://127.0.0.1:1/login".to_owned()),
        Fault::RetryAfter(503, "1".to_owned()),
    ];
    statuses.map(Fault::Status).into_iter().chain(others).collect()
}

/// A worker whose sandboxes take a moment to get ready. A look without an answer ends soon.
async fn deployment() -> Deployment {
    let slow = Morph::builder().ready_after(Duration::from_millis(300));
    let yaml = "request_timeout_secs: 1\nready_timeout_secs: 30\nmax_concurrent_sandboxes: 500";
    Deployment::builder(WORKER).config(yaml).morph(slow).start().await
}

fn runs(deployment: &Deployment, id: &Value) -> InstanceView {
    let found = id.as_str().and_then(|id| deployment.morph().instance(id));
    found.unwrap_or_else(|| panic!("{id} is gone"))
}

#[tokio::test]
async fn whatever_a_look_meets_the_sandbox_is_started_and_lives() {
    for times in [1, 4] {
        let deployment = deployment().await;
        for fault in troubles() {
            deployment.morph().fail("GET", ONE).with(fault.clone()).times(times);
            let answer = deployment.call("create", json!({"image": "snapshot_base"})).await;
            let answer = answer.unwrap_or_else(|error| panic!("{fault:?}, {times} times: {error}"));
            assert_eq!(runs(&deployment, &answer["sandbox_id"]).status, "ready", "{fault:?}");
            deployment.morph().clear_faults();
        }
    }
}

#[tokio::test]
async fn a_look_that_is_to_come_again_in_an_hour_comes_again_in_time() {
    let deployment = deployment().await;
    let look = deployment.morph().fail("GET", ONE);
    look.with(Fault::RetryAfter(503, "3600".to_owned())).once();
    let began = Instant::now();
    deployment.sandbox().await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test]
async fn whatever_a_look_meets_the_copies_are_made_and_live() {
    for times in [1, 4] {
        let deployment = deployment().await;
        let parent = json!({"sandbox_id": deployment.sandbox().await});
        for fault in troubles() {
            // Of the two copies one meets them all, or both share them.
            deployment.morph().fail("GET", ONE).with(fault.clone()).times(times);
            let answer = deployment.call("branch", parent.clone()).await;
            let answer = answer.unwrap_or_else(|error| panic!("{fault:?}, {times} times: {error}"));
            for id in answer["sandbox_ids"].as_array().expect("a list") {
                assert_eq!(runs(&deployment, id).status, "ready", "{fault:?}");
            }
            deployment.morph().clear_faults();
        }
    }
}

#[tokio::test]
async fn a_refusal_that_looking_again_does_not_change_ends_the_wait_at_once() {
    for (status, code) in [
        (400, "S502"),
        (401, "S503"),
        (402, "S501"),
        (403, "S503"),
        (409, "S502"),
    ] {
        let deployment = deployment().await;
        deployment.morph().fail("GET", ONE).with(Fault::Status(status)).always();
        let refusal = deployment.refusal("create", json!({"image": "snapshot_base"})).await;
        assert!(refusal.starts_with(&format!("[{code}]")), "{refusal}");
        assert_eq!(deployment.morph().requests_to("GET", ONE).len(), 1, "{status}");
        assert_eq!(deployment.morph().instances(), []);
    }
}

#[tokio::test]
async fn what_is_unknown_for_long_is_not_there() {
    let deployment = deployment().await;
    deployment.morph().set_ready_after(Duration::from_secs(3600));
    deployment.morph().fail("GET", ONE).with(Fault::Status(404)).always();
    let began = Instant::now();
    assert_eq!(
        deployment.refusal("create", json!({"image": "snapshot_base"})).await,
        "[S502] provider unavailable: create (ready): no such sandbox, status 404 (GET /instance/{instance_id})"
    );
    let waited = began.elapsed().as_secs();
    assert!((9..20).contains(&waited), "{waited} s");
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn when_the_time_is_over_the_error_tells_what_the_last_look_met() {
    let troubles = [
        (Fault::Status(503), "; the last look: status 503"),
        (Fault::Stall, "; the last look: no answer within 0.5 s"),
        (Fault::Cut, "; the last look: the connection broke"),
        (
            Fault::Nonsense,
            "; the last look: the answer cannot be read, or lacks what is needed",
        ),
    ];
    for (fault, told) in troubles {
        let slow = Morph::builder().ready_after(Duration::from_secs(3600));
        let yaml = "ready_timeout_secs: 1\nmax_concurrent_sandboxes: 1";
        let deployment = Deployment::builder(WORKER).config(yaml).morph(slow).start().await;
        deployment.morph().fail("GET", ONE).with(fault.clone()).always();
        assert_eq!(
            deployment.refusal("create", json!({"image": "snapshot_base"})).await,
            format!(
                "[S502] provider unavailable: create (ready): not ready within 1 s{told} (GET /instance/{{instance_id}})"
            )
        );
        assert_eq!(deployment.morph().instances(), [], "{fault:?}");
        assert_eq!(deployment.in_flight().await, 0);
    }
}

#[tokio::test]
async fn a_stop_is_confirmed_whatever_a_look_meets() {
    for fault in troubles().into_iter().filter(|fault| *fault != Fault::Status(404)) {
        let deployment = deployment().await;
        let sandbox = deployment.sandbox().await;
        deployment
            .morph()
            .fail("DELETE", ONE)
            .with(Fault::Status(409))
            .after_effect()
            .once();
        deployment.morph().fail("GET", ONE).with(fault.clone()).once();
        let stopped = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(stopped, Ok(json!({})), "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_ready_at_once_costs_one_request() {
    let deployment = deployment().await;
    deployment.morph().set_ready_after(Duration::ZERO);
    let sandbox = deployment.sandbox().await;
    let mut lines = deployment.morph().request_lines();
    // Its idle timeout is set beside the answer.
    lines.retain(|line| !line.ends_with("/ttl"));
    assert_eq!(lines, ["POST /instance?snapshot_id=snapshot_base"]);
    deployment.morph().clear_requests();
    let copies = deployment.call("branch", json!({"sandbox_id": sandbox})).await;
    copies.expect("copies");
    let looks: Vec<_> = deployment.morph().requests();
    assert!(looks.iter().all(|seen| seen.method == "POST"), "{looks:?}");
}

#[tokio::test]
async fn what_has_failed_at_once_is_not_looked_at() {
    let deployment = deployment().await;
    deployment
        .morph()
        .rewrite("POST", "/instance", |one| one["status"] = json!("error"));
    assert_eq!(
        deployment.refusal("create", json!({"image": "snapshot_base"})).await,
        "[S502] provider unavailable: create (ready): the provider says that it failed (GET /instance/{instance_id})"
    );
    assert_eq!(deployment.morph().requests_to("GET", ONE).len(), 0);
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn an_answer_that_does_not_say_enough_is_followed_by_a_look() {
    for lacking in ["status", "created", "refs", "metadata"] {
        let deployment = deployment().await;
        deployment.morph().set_ready_after(Duration::ZERO);
        deployment.morph().rewrite("POST", "/instance", move |one| {
            one.as_object_mut().expect("an instance").remove(lacking);
        });
        deployment.sandbox().await;
        let looks = deployment.morph().requests_to("GET", ONE).len();
        assert!(looks <= 1, "{looks} looks without {lacking}");
    }
}

#[tokio::test]
async fn what_takes_a_second_is_answered_soon_after_it_by_few_looks() {
    let deployment = deployment().await;
    for (takes, looks) in [(300, 8), (1000, 12), (3000, 22)] {
        let takes = Duration::from_millis(takes);
        deployment.morph().set_ready_after(takes);
        deployment.morph().clear_requests();
        let began = Instant::now();
        deployment.sandbox().await;
        let beyond = began.elapsed().saturating_sub(takes);
        // A fifth of the time, and what a busy machine needs beside it.
        assert!(
            beyond < takes / 5 + Duration::from_millis(150),
            "{beyond:?} beyond {takes:?}"
        );
        let made = deployment.morph().requests_to("GET", ONE).len();
        assert!(made <= looks, "{made} looks in {takes:?}");
    }
}

/// The first looks of this kind are answered with what another one is.
fn answered_with(deployment: &Deployment, path: &str, other: Value, looks: usize) {
    let left = AtomicUsize::new(looks);
    deployment.morph().rewrite("GET", path, move |one| {
        let is_over = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if is_over.is_ok() {
            for (name, value) in other.as_object().expect("fields") {
                one[name] = value.clone();
            }
        }
    });
}

#[tokio::test]
async fn a_look_that_shows_another_sandbox_is_the_end_of_neither() {
    for status in ["error", "ready", "pending"] {
        let deployment = deployment().await;
        let other = deployment.sandbox().await;
        let shown = json!({"id": other, "status": status, "metadata": {"iii-owner": "them", "iii-attempt": "x"}});
        answered_with(&deployment, ONE, shown, 3);
        let created = deployment.call("create", json!({"image": "snapshot_base"})).await;
        let created = created.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(runs(&deployment, &created["sandbox_id"]).status, "ready", "{status}");
        let copies = deployment.call("branch", json!({"sandbox_id": other})).await;
        assert_eq!(copies.expect("copies")["sandbox_ids"].as_array().map(Vec::len), Some(2));
        assert_eq!(deployment.morph().instances().len(), 4);
    }
}

#[tokio::test]
async fn when_no_look_shows_it_the_sandbox_is_ended_and_the_other_lives() {
    let slow = Morph::builder().ready_after(Duration::from_millis(100));
    let builder = Deployment::builder(WORKER).config("ready_timeout_secs: 1");
    let deployment = builder.morph(slow).start().await;
    let other = deployment.sandbox().await;
    answered_with(&deployment, ONE, json!({"id": other, "status": "error"}), usize::MAX);
    let refusal = deployment.refusal("create", json!({"image": "snapshot_base"})).await;
    assert!(refusal.contains("create (ready): not ready within 1 s"), "{refusal}");
    deployment.morph().clear_rewrites();
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
    assert!(deployment.morph().instance(&other).is_some());
}

#[tokio::test]
async fn a_look_that_shows_another_snapshot_is_the_end_of_neither() {
    for status in ["failed", "ready"] {
        let deployment = deployment().await;
        let sandbox = json!({"sandbox_id": deployment.sandbox().await});
        deployment.morph().set_saved_after(Duration::from_millis(300));
        answered_with(
            &deployment,
            "/snapshot/{id}",
            json!({"id": "snapshot_base", "status": status}),
            2,
        );
        let saved = deployment.call("snapshot", sandbox).await;
        let saved = saved.unwrap_or_else(|error| panic!("{status}: {error}"));
        let made = deployment
            .morph()
            .snapshots()
            .into_iter()
            .find(|one| saved["snapshot_id"] == json!(one.id));
        assert_eq!(made.expect("it is there").status, "ready");
        assert_eq!(deployment.morph().snapshots().len(), 2);
    }
}
