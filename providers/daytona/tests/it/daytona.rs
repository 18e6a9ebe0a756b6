//! What only Daytona does.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::daytona::{CONTAINER_SNAPSHOT, SandboxView};
use testkit::simulator::Fate;
use testkit::{Daytona, Deployment, Fault, mapping};

use crate::{MAPPING, worker};

/// Calls of a sandbox's own API, behind its proxy.
const UPLOAD: &str = "/proxy/{toolbox}/{id}/files/upload";
const DOWNLOAD: &str = "/proxy/{toolbox}/{id}/files/download";
const EXECUTE: &str = "/proxy/{toolbox}/{id}/process/execute";

fn daytona(deployment: &Deployment) -> &Daytona {
    deployment.provider()
}

/// The sandbox that is there. Panics if it is not the only one.
fn only(deployment: &Deployment) -> SandboxView {
    let [sandbox]: [SandboxView; 1] = daytona(deployment).sandboxes().try_into().expect("one sandbox");
    sandbox
}

#[tokio::test]
async fn of_the_family_what_is_mapped_is_registered_and_nothing_else() {
    let deployment = worker().start().await;
    let mut mapped: Vec<_> = mapping::functions(MAPPING)
        .iter()
        .map(|name| deployment.id(name))
        .collect();
    mapped.sort();
    assert_eq!(deployment.family_ids(), mapped);
}

#[tokio::test]
async fn an_idle_timeout_is_minutes_after_which_nothing_is_kept() {
    let deployment = worker().start().await;
    deployment.sandbox_with(json!({"idle_timeout_secs": 61})).await;
    let sandbox = only(&deployment);
    assert_eq!((sandbox.auto_stop_interval, sandbox.auto_delete_interval), (2, 0));
    daytona(&deployment).advance(Duration::from_secs(3600));
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn the_default_image_is_the_providers_own() {
    let deployment = worker().start().await;
    let created = deployment
        .call("create", json!({"image": "default"}))
        .await
        .expect("a sandbox");
    assert_eq!(created["image"], "default");
    assert_eq!(only(&deployment).snapshot, CONTAINER_SNAPSHOT);
}

/// The answer has no id then, and the sandbox is there all the same.
#[tokio::test]
async fn a_start_that_is_refused_once_it_has_begun_is_ended() {
    let deployment = worker().start().await;
    let refusal = Fault::StatusWithBody(400, json!({"message": "Sandbox failed to start"}));
    daytona(&deployment)
        .fail("POST", "/sandbox")
        .with(refusal)
        .after_effect()
        .once();
    let image = json!({"image": CONTAINER_SNAPSHOT});
    deployment.call("create", image).await.expect_err("a refusal");
    daytona(&deployment)
        .wait_for_sandboxes(|all| all.iter().all(|one| one.state == "destroying"))
        .await;
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn an_end_waits_for_what_is_under_way() {
    let deployment = worker()
        .simulator(Daytona::builder().busy_for(Duration::from_secs(2)))
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    let saving = deployment.begin("snapshot", json!({"sandbox_id": sandbox}));
    daytona(&deployment)
        .wait_for_request("POST", "/sandbox/{id}/snapshot", 1)
        .await;
    daytona(&deployment)
        .wait_for_sandboxes(|all| all[0].state == "snapshotting")
        .await;
    let stopped = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(stopped, Ok(json!({})));
    drop(saving.await);
    let tries = daytona(&deployment).requests_to("DELETE", "/sandbox/{id}").len();
    assert!(tries > 1, "{tries} tries");
    deployment.wait_for_in_flight(0).await;
}

#[tokio::test]
async fn what_is_being_ended_is_not_listed() {
    let deployment = worker()
        .simulator(Daytona::builder().destroyed_after(Duration::from_secs(3600)))
        .start()
        .await;
    let (ended, other) = (deployment.sandbox().await, deployment.sandbox().await);
    let stopped = deployment.call("stop", json!({"sandbox_id": ended})).await;
    assert_eq!(stopped, Ok(json!({})));
    assert_eq!(
        daytona(&deployment).sandbox(&ended).expect("it is still there").state,
        "destroying"
    );
    assert_eq!(deployment.listed().await.sandboxes, [other].into());
}

#[tokio::test]
async fn a_snapshot_that_fails_is_told_and_leaves_nothing() {
    let deployment = worker().config("ready_timeout_secs: 15").start().await;
    let sandbox = deployment.sandbox().await;
    daytona(&deployment).set_save_fates([Fate::Error]);
    let text = deployment.refusal("snapshot", json!({"sandbox_id": sandbox})).await;
    assert!(text.starts_with("[S502]"), "{text}");
    assert!(!text.contains("not found"), "{text}");
    assert_eq!(deployment.simulator().snapshots(), <[String; 0]>::default());
}

#[tokio::test]
async fn a_snapshot_of_whose_making_no_answer_tells_is_deleted_if_it_comes_to_nothing() {
    let deployment = worker()
        .config("request_timeout_secs: 2\nready_timeout_secs: 4")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    let api = daytona(&deployment);
    let [save, look, read] = [
        ("POST", "/sandbox/{id}/snapshot"),
        ("GET", "/sandbox/{id}"),
        ("GET", "/snapshots/{id}"),
    ];
    for ((method, pattern), fault) in [
        (save, Fault::Cut),
        (save, Fault::Nonsense),
        (look, Fault::Status(401)),
        (read, Fault::Status(401)),
    ] {
        api.fail(method, pattern).with(fault).after_effect().once();
        deployment
            .call("snapshot", json!({"sandbox_id": sandbox}))
            .await
            .expect_err("a refusal");
        let goes = deployment
            .simulator()
            .snapshots_come_to(Duration::from_secs(30), <[String]>::is_empty);
        assert!(goes.await, "{method} {pattern}: {:?}", api.snapshots());
        assert!(!api.requests_to("POST", "/sandbox/{id}/snapshot").is_empty());
        api.clear_requests();
    }
}

#[tokio::test]
async fn a_toolbox_that_has_moved_is_found() {
    let deployment = worker().start().await;
    let sandbox = deployment.sandbox().await;
    daytona(&deployment).clear_requests();
    let run = json!({"sandbox_id": sandbox, "cmd": "echo", "args": ["there"]});
    let before = deployment.call("exec", run.clone()).await.expect("an answer");
    assert_eq!(
        daytona(&deployment).requests_to("GET", "/sandbox/{id}").len(),
        0,
        "its address is known"
    );
    daytona(&deployment).move_toolboxes();
    assert_eq!(deployment.call("exec", run).await, Ok(before));
}

#[tokio::test]
async fn only_virtual_machines_are_copied_and_one_at_a_time() {
    let deployment = worker().start().await;
    let container = deployment.sandbox_with(json!({"image": CONTAINER_SNAPSHOT})).await;
    let text = deployment.refusal("branch", json!({"sandbox_id": container})).await;
    assert!(
        text.starts_with("[S404] ") && text.contains("only virtual machines can be copied"),
        "{text}"
    );
    let parent = deployment.sandbox().await;
    let branched = deployment
        .call("branch", json!({"sandbox_id": parent, "count": 3}))
        .await;
    assert_eq!(
        branched.expect("copies")["sandbox_ids"].as_array().map(Vec::len),
        Some(3)
    );
    let forks = daytona(&deployment).requests_to("POST", "/sandbox/{id}/fork");
    assert!(forks.len() > 4, "a parent is busy while it is copied: {}", forks.len());
    let text = deployment.refusal("stop", json!({"sandbox_id": parent})).await;
    assert!(
        text.starts_with("[S001] ") && text.contains("its copies still run"),
        "{text}"
    );
}

/// Also a sandbox that has not been used for a while.
#[tokio::test]
async fn a_sandbox_is_extended_by_a_longer_idle_timeout_that_begins_anew() {
    let deployment = worker().start().await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 120})).await;
    daytona(&deployment).advance(Duration::from_secs(100));
    let extend = async |secs: u64| {
        let extended = deployment
            .call("extend", json!({"sandbox_id": sandbox, "secs": secs}))
            .await;
        assert_eq!(extended, Ok(json!({})));
    };
    extend(600).await;
    assert_eq!(only(&deployment).auto_stop_interval, 10);
    daytona(&deployment).advance(Duration::from_secs(590));
    assert_eq!(only(&deployment).state, "started");
    extend(60).await;
    assert_eq!(only(&deployment).auto_stop_interval, 10, "what is longer stays");
}

#[tokio::test]
async fn an_exposed_port_works_for_everybody() {
    let deployment = worker().start().await;
    let sandbox = deployment.sandbox().await;
    assert!(!only(&deployment).public);
    let exposed = deployment
        .call("expose_port", json!({"sandbox_id": sandbox, "port": 8080}))
        .await;
    let url = format!("https://8080-{sandbox}.proxy.daytona.works");
    assert_eq!(exposed, Ok(json!({"url": url})));
    assert!(only(&deployment).public);
}

#[tokio::test]
async fn a_base_url_without_api_is_said_to_be_none() {
    let provider = Daytona::start().await;
    let base = provider.api_base().replace("/api", "");
    let deployment = worker()
        .provider_url(&base)
        .env("DAYTONA_API_KEY", provider.api_key())
        .without_first_list();
    let deployment = deployment.start().await;
    let text = deployment.refusal("create", json!({"image": "default"})).await;
    assert!(text.starts_with("[S502]"), "{text}");
    let listed = deployment.call("list", json!({})).await.expect("a list");
    assert_eq!(
        (&listed["sandboxes"], &listed["reconciled"]),
        (&json!([]), &Value::Bool(false))
    );
}

/// Programs tell how a file looks and put it in its place; what is in it goes by the calls that Daytona has for files.
#[tokio::test]
async fn as_an_adapter_it_reads_and_writes_by_the_calls_that_there_are() {
    let deployment = worker().config("images: {python: $known_image}").start().await;
    let created = deployment
        .adapter("create", json!({"image": "python"}))
        .await
        .expect("a sandbox");
    let sandbox = &created["sandbox_id"];
    let content = "long".repeat(100_000);
    let fields = json!({"sandbox_id": sandbox, "path": "g", "content": content, "mode": "0640"});
    deployment.adapter("fs::write", fields).await.expect("it is written");
    assert_ne!(daytona(&deployment).requests_to("POST", UPLOAD).len(), 0);
    daytona(&deployment).clear_requests();
    let read = deployment
        .adapter("fs::read", json!({"sandbox_id": sandbox, "path": "g"}))
        .await;
    let read = read.expect("a file");
    assert_eq!((&read["body"], &read["mode"]), (&json!(content), &json!("0640")));
    assert_eq!(daytona(&deployment).requests_to("GET", DOWNLOAD).len(), 1);
    // The program that tells how it looks, and what it wrote to standard error.
    assert_eq!(daytona(&deployment).requests_to("POST", EXECUTE).len(), 2);
}
