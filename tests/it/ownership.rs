//! Only ours: nothing is done to a sandbox that does not carry this deployment's tag.

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{Deployment, Morph};

use crate::WORKER;

const NO_SUCH: &str = "[S002] no such sandbox";

/// Every function that takes a sandbox, with a payload for this one; `stop` last.
fn functions(sandbox: &str) -> [(&'static str, Value); 5] {
    let payload = json!({"sandbox_id": sandbox, "cmd": "true", "port": 80, "count": 1});
    ["exec", "snapshot", "branch", "expose_port", "stop"].map(|function| (function, fields_of(function, &payload)))
}

#[tokio::test]
async fn a_sandbox_that_the_worker_started_costs_no_look() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().clear_requests();
    let payload = json!({"sandbox_id": sandbox});
    deployment.call("snapshot", payload).await.expect("a snapshot");
    let sent = [format!("POST /instance/{sandbox}/snapshot")];
    assert_eq!(deployment.morph().request_lines(), sent);
}

#[tokio::test]
async fn one_of_an_earlier_worker_costs_no_look_either() {
    let mut deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await});
    deployment.restart().await;
    deployment
        .worker
        .wait_for_line("the sandboxes that run already count sandboxes=1")
        .await;
    deployment.call("snapshot", payload).await.expect("a snapshot");
    assert_eq!(deployment.morph().requests().len(), 1);
}

#[tokio::test]
async fn one_of_ours_that_is_not_known_costs_one_look_and_is_known_then() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.morph().add_instance(&[("iii-owner", "default")]);
    let payload = json!({"sandbox_id": sandbox});
    for _ in 0..2 {
        deployment.call("snapshot", payload.clone()).await.expect("a snapshot");
    }
    let snapshot = format!("POST /instance/{sandbox}/snapshot");
    let sent = [format!("GET /instance/{sandbox}"), snapshot.clone(), snapshot];
    // It had no timeout, so it is given one, beside the answer.
    let lifetime = format!("POST /instance/{sandbox}/ttl");
    let mut lines = deployment.morph().request_lines();
    lines.retain(|line| *line != lifetime);
    assert_eq!(lines, sent);
    deployment.morph().fail("GET", "/instance").always();
    assert_eq!(deployment.in_flight().await, 1, "and it counts");
}

#[tokio::test]
async fn one_of_ours_with_a_tag_that_nobody_can_read_is_ours_all_the_same() {
    let mut deployment = Deployment::start(WORKER).await;
    let tags = [("iii-owner", "default"), ("iii-idle-timeout", "soon")];
    let sandbox = deployment.morph().add_instance(&tags);
    let listed = deployment.call("list", json!({})).await.expect("a list");
    assert_eq!(listed["sandboxes"][0]["sandbox_id"], sandbox);
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(1), &json!(true)));
    deployment.restart().await;
    for (function, payload) in functions(&sandbox) {
        deployment.call(function, payload).await.expect(function);
    }
    assert_eq!(deployment.morph().instance(&sandbox), None);
}

#[tokio::test]
async fn to_one_of_somebody_else_nothing_is_done() {
    let deployment = Deployment::start(WORKER).await;
    for tags in [&[("iii-owner", "somebody")][..], &[("iii-owner", "Default")], &[]] {
        let foreign = deployment.morph().add_instance(tags);
        for (function, payload) in functions(&foreign) {
            deployment.morph().clear_requests();
            assert_eq!(deployment.refusal(function, payload).await, NO_SUCH, "{function}");
            assert_eq!(deployment.morph().request_lines(), [format!("GET /instance/{foreign}")]);
        }
    }
    assert_eq!(deployment.morph().instances().len(), 3);
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn to_one_that_is_not_there_nothing_is_done_and_it_counts_as_stopped() {
    let deployment = Deployment::start(WORKER).await;
    let [others @ .., (_, stop)] = functions("morphvm_unknown");
    for (function, payload) in others {
        assert_eq!(deployment.refusal(function, payload).await, NO_SUCH, "{function}");
    }
    assert!(deployment.morph().requests().iter().all(|seen| seen.method == "GET"));
    assert_eq!(deployment.call("stop", stop).await, Ok(json!({})));
}

#[tokio::test]
async fn two_deployments_of_one_account_do_not_meet() {
    let ours = Deployment::builder(WORKER).config("owner: team-a").start().await;
    let theirs = Deployment::builder(WORKER)
        .config("owner: team-b")
        .provider_url(&ours.morph().api_base())
        .env("MORPH_API_KEY", ours.morph().api_key())
        .start()
        .await;
    let sandbox = ours.sandbox().await;
    let stop = json!({"sandbox_id": sandbox});
    assert_eq!(theirs.refusal("stop", stop.clone()).await, NO_SUCH);
    assert_eq!((ours.in_flight().await, theirs.in_flight().await), (1, 0));
    assert_eq!(ours.call("stop", stop).await, Ok(json!({})));
}

#[tokio::test]
async fn a_look_that_comes_back_after_a_stop_does_not_make_it_count_again() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.morph().add_instance(&[("iii-owner", "default")]);
    let payload = json!({"sandbox_id": sandbox});
    let look = deployment
        .morph()
        .fail("GET", "/instance/{id}")
        .with(testkit::Fault::Stall);
    look.after_effect().once();
    let late = deployment.begin("snapshot", payload.clone());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.call("stop", payload).await.expect("it stops");
    deployment.morph().release_stalled();
    late.await.expect_err("it is gone");
    deployment.morph().fail("GET", "/instance").always();
    assert_eq!(deployment.in_flight().await, 0);
}

#[tokio::test]
async fn where_foreign_sandboxes_are_allowed_all_is_done_to_them_but_they_do_not_count() {
    let deployment = Deployment::builder(WORKER).config("allow_foreign: true").start().await;
    let foreign = deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    let [others @ .., (_, stop)] = functions(&foreign);
    for (function, payload) in others {
        deployment.call(function, payload).await.expect(function);
    }
    assert_eq!(deployment.in_flight().await, 1, "its copy is ours");
    assert_eq!(deployment.call("stop", stop).await, Ok(json!({})));
    assert_eq!(deployment.morph().instance(&foreign), None);
}

#[tokio::test]
async fn where_foreign_sandboxes_are_allowed_one_that_is_not_there_is_none_either() {
    let deployment = Deployment::builder(WORKER).config("allow_foreign: true").start().await;
    let payload = json!({"sandbox_id": "morphvm_unknown"});
    assert_eq!(deployment.refusal("snapshot", payload).await, NO_SUCH);
}

#[tokio::test]
async fn one_whose_owner_has_changed_is_no_longer_ours_from_the_next_look_on() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().rewrite("GET", "/instance", |all| {
        for one in all["data"].as_array_mut().into_iter().flatten() {
            one["metadata"]["iii-owner"] = "somebody".into();
        }
    });
    deployment.morph().rewrite("GET", "/instance/{id}", |one| {
        one["metadata"]["iii-owner"] = "somebody".into();
    });
    let listed = deployment.call("list", json!({})).await.expect("a list");
    assert_eq!((&listed["in_flight"], &listed["sandboxes"]), (&json!(0), &json!([])));
    for (function, payload) in functions(&sandbox) {
        assert_eq!(deployment.refusal(function, payload).await, NO_SUCH, "{function}");
    }
    assert!(deployment.morph().instance(&sandbox).is_some());
}

#[tokio::test]
async fn another_spelling_of_an_id_is_the_same_sandbox() {
    let morph = Morph::builder().ids_in_any_case();
    let deployment = Deployment::builder(WORKER).morph(morph).start().await;
    let sandbox = deployment.sandbox().await;
    let other = sandbox.to_uppercase();
    for (function, payload) in functions(&other) {
        deployment.call(function, payload).await.expect(function);
    }
    assert_eq!(deployment.morph().instance(&sandbox), None);
    assert_eq!(deployment.morph().instances().len(), 1, "the copy");
    deployment.morph().fail("GET", "/instance").always();
    assert_eq!(deployment.in_flight().await, 1, "and it alone counts");
}

#[tokio::test]
async fn one_that_no_look_knows_yet_is_ended_only_if_a_list_shows_it_as_ours() {
    for (owner, left) in [("somebody", 1), ("default", 0)] {
        let deployment = Deployment::start(WORKER).await;
        let sandbox = deployment.morph().add_instance(&[("iii-owner", owner)]);
        let look = deployment.morph().fail("GET", "/instance/{id}");
        look.with(testkit::Fault::Status(404)).once();
        assert_eq!(
            deployment.call("stop", json!({"sandbox_id": sandbox})).await,
            Ok(json!({}))
        );
        assert_eq!(deployment.morph().instances().len(), left, "{owner}");
    }
}
