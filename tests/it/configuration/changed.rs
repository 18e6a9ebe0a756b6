//! What a change of the entry does while the worker runs.

use std::time::Duration;

use serde_json::json;
use testkit::engine::ConfigurationWorker;
use testkit::{Engine, Fault, Morph};

use super::{Configured, ENTRY, engine, family, leading_to, serving, status, until, worker};

#[tokio::test]
async fn a_lower_cap_ends_nothing_and_a_higher_one_lets_more_start() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 2})).await;
    for _ in 0..2 {
        configured.create().await.expect("a sandbox");
    }
    configured.set(json!({"max_concurrent_sandboxes": 1}));
    configured.in_force("max_concurrent_sandboxes", json!(1)).await;
    let listed = configured.call("list", json!({})).await.expect("a list");
    assert_eq!(
        (&listed["in_flight"], &listed["cap"], &listed["remaining"]),
        (&json!(2), &json!(1), &json!(0))
    );
    assert_eq!(configured.create().await.expect_err("a full cap").code, "S400");
    configured.set(json!({"max_concurrent_sandboxes": 3}));
    configured.in_force("max_concurrent_sandboxes", json!(3)).await;
    configured.create().await.expect("a third one");
    assert_eq!(configured.morph.instances().len(), 3);
}

#[tokio::test]
async fn a_changed_key_is_used_from_the_next_request_on() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    engine.set_entry(
        ENTRY,
        leading_to(&morph, json!({"api_key_env": ["NOT_SET", "OLD_KEY"]})),
    );
    let builder = worker(&engine, &morph).env("OLD_KEY", "k3y-that-has-expired");
    let worker = builder.env("RUST_LOG", "trace").spawn().await;
    serving(&engine).await;
    let id = family("create");
    let create = || engine.call(&id, json!({"image": "snapshot_base"}));
    assert_eq!(create().await.expect_err("an old key").code, "S503");
    engine.set_entry(
        ENTRY,
        leading_to(&morph, json!({"api_key_env": ["NOT_SET", "MORPH_API_KEY"]})),
    );
    until("the other key", || async {
        status(&engine).await["config"]["api_key_env"] == json!(["NOT_SET", "MORPH_API_KEY"])
    })
    .await;
    create().await.expect("a sandbox");
    let log = worker.stderr();
    assert!(
        !log.contains("k3y-that-has-expired") && !log.contains(morph.api_key()),
        "{log}"
    );
}

#[tokio::test]
async fn a_key_file_is_read_again() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, "k3y-of-yesterday").expect("a file");
    let entry = leading_to(&morph, json!({"api_key_file": file}));
    engine.set_entry(ENTRY, entry.clone());
    let _worker = worker(&engine, &morph).spawn().await;
    serving(&engine).await;
    let id = family("create");
    let create = || engine.call(&id, json!({"image": "snapshot_base"}));
    assert_eq!(create().await.expect_err("an old key").code, "S503");
    std::fs::write(&file, morph.api_key()).expect("a file");
    engine.set_entry(ENTRY, entry);
    until("the new key", || async { create().await.is_ok() }).await;
}

#[tokio::test]
async fn a_function_that_is_listed_is_registered_and_withdrawn_when_it_is_not() {
    let configured = Configured::with(json!({})).await;
    assert!(!configured.engine.ids().contains(&family("fs::read")));
    configured.set(json!({"functions": ["fs"]}));
    configured.registered("fs::read").await;
    configured.registered("fs::write").await;
    let created = configured.create().await.expect("a sandbox");
    configured.set(json!({}));
    configured.engine.wait_gone(&family("fs::read")).await;
    // The others stay as they were.
    let run = json!({"sandbox_id": created["sandbox_id"], "cmd": "true"});
    configured.call("exec", run).await.expect("an answer");
}

#[tokio::test]
async fn a_call_under_way_keeps_the_time_that_it_began_with() {
    let configured = Configured::with(json!({"request_timeout_secs": 20})).await;
    configured.create().await.expect("a sandbox");
    configured.morph.clear_requests();
    let slow = Fault::Slow(Duration::from_secs(4));
    configured.morph.fail("GET", "/instance").with(slow).once();
    let under_way = configured.engine.begin(&family("list"), json!({}));
    configured.morph.wait_for_request("GET", "/instance", 1).await;
    configured.set(json!({"request_timeout_secs": 1}));
    configured.in_force("request_timeout_secs", json!(1)).await;
    let listed = under_way.result().await.expect("a list");
    assert_eq!(listed["reconciled"], true);
}

#[tokio::test]
async fn an_allowlist_counts_at_once() {
    let configured = Configured::with(json!({})).await;
    configured.create().await.expect("a sandbox");
    configured.set(json!({"image_allowlist": ["another"]}));
    configured.in_force("image_allowlist", json!(["another"])).await;
    assert_eq!(configured.create().await.expect_err("a refusal").code, "S100");
}

#[tokio::test]
async fn another_owner_sees_what_is_his() {
    let configured = Configured::with(json!({"owner": "a"})).await;
    let of_a = configured.create().await.expect("a sandbox")["sandbox_id"].clone();
    configured.set(json!({"owner": "b"}));
    configured.in_force("owner", json!("b")).await;
    let of_b = configured.create().await.expect("a sandbox")["sandbox_id"].clone();
    until("the list of b", || async {
        let listed = configured.call("list", json!({})).await.expect("a list");
        let sandboxes = listed["sandboxes"].as_array().expect("sandboxes").clone();
        sandboxes.len() == 1 && sandboxes[0]["sandbox_id"] == of_b
    })
    .await;
    let stop = configured
        .call("exec", json!({"sandbox_id": of_a, "cmd": "true"}))
        .await;
    assert_eq!(stop.expect_err("another's").code, "S002");
    assert_eq!(configured.morph.instances().len(), 2);
}

#[tokio::test]
async fn another_server_is_called_from_the_next_call_on() {
    let configured = Configured::with(json!({})).await;
    configured.create().await.expect("a sandbox");
    let other = Morph::builder().api_key(configured.morph.api_key()).start().await;
    configured.engine.set_entry(ENTRY, leading_to(&other, json!({})));
    configured.in_force("api_base", json!(other.api_base())).await;
    configured.create().await.expect("a sandbox");
    assert_eq!(other.instances().len(), 1);
    assert_eq!(configured.morph.instances().len(), 1);
}

#[tokio::test]
async fn an_engine_that_tells_of_nothing_is_asked_now_and_then() {
    let configured = Configured::on(ConfigurationWorker::Old, json!({"max_concurrent_sandboxes": 1})).await;
    configured.set(json!({"max_concurrent_sandboxes": 2}));
    let changed = configured.worker.wait_for_line("changed=\"max_concurrent_sandboxes\"");
    tokio::time::timeout(Duration::from_secs(45), changed)
        .await
        .expect("a change");
}

#[tokio::test]
async fn what_changes_during_a_lost_connection_is_known_after_it() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 1})).await;
    configured.engine.drop_connections();
    configured.set(json!({"max_concurrent_sandboxes": 2}));
    serving(&configured.engine).await;
    configured.in_force("max_concurrent_sandboxes", json!(2)).await;
}

#[tokio::test]
async fn only_names_of_keys_are_logged() {
    let configured = Configured::with(json!({"owner": "hush-a"})).await;
    configured.set(json!({"owner": "hush-b", "image_allowlist": ["hush-c"]}));
    configured.in_force("owner", json!("hush-b")).await;
    let line = configured
        .worker
        .wait_for_line("changed=\"image_allowlist, owner\"")
        .await;
    assert!(!line.contains("hush"), "{line}");
}

#[tokio::test]
async fn what_has_not_changed_is_not_said_to_have() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    let yaml = format!("api_base: {}\nmax_concurrent_sandboxes: 2\n", morph.api_base());
    let worker = worker(&engine, &morph).found_config(&yaml).spawn().await;
    serving(&engine).await;
    let line = worker.wait_for_line("entry sandbox-morph").await;
    assert!(
        line.contains("the same configuration counts, from another place"),
        "{line}"
    );
    for same in [
        json!({"max_concurrent_sandboxes": 2}),
        json!({"max_concurrent_sandboxes": 2.0, "image_allowlist": []}),
        json!({"max_concurrent_sandboxes": 2, "api_base": format!("{}/", morph.api_base())}),
    ] {
        engine.set_entry(ENTRY, leading_to(&morph, same));
        let asked = engine.call("sandbox-morph::on-config-change", json!({})).await;
        asked.expect("an answer");
    }
    assert_eq!(status(&engine).await["last_error"], json!(null));
    let log = worker.stderr();
    assert!(!log.contains("another configuration counts"), "{log}");
}

#[tokio::test]
async fn a_key_file_with_another_key_is_named_as_changed() {
    let configured = Configured::with(json!({})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, "k3y-of-yesterday").expect("a file");
    configured.set(json!({"api_key_file": file}));
    configured.worker.wait_for_line("changed=\"api_key_file\"").await;
    std::fs::write(&file, configured.morph.api_key()).expect("a file");
    let asked = configured
        .engine
        .call("sandbox-morph::on-config-change", json!({}))
        .await;
    asked.expect("an answer");
    configured.create().await.expect("a sandbox");
    let log = configured.worker.stderr();
    assert_eq!(log.matches("changed=\"api_key_file\"").count(), 2, "{log}");
}

#[tokio::test]
async fn fewer_requests_at_a_time_keep_nobody_from_his_sandboxes() {
    let configured = Configured::with(json!({"max_concurrent_requests": 64})).await;
    let sandbox = configured.create().await.expect("a sandbox")["sandbox_id"].clone();
    let run = configured.morph.fail("POST", "/instance/{id}/exec").with(Fault::Stall);
    run.after_effect().always();
    let program = json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": 60_000});
    let _running: Vec<_> = (0..56)
        .map(|_| configured.engine.begin(&family("exec"), program.clone()))
        .collect();
    configured.morph.wait_for_fault_hits(56).await;
    for requests in [16, 64, 20, 16] {
        configured.set(json!({"max_concurrent_requests": requests}));
        configured.in_force("max_concurrent_requests", json!(requests)).await;
    }
    let listed = configured.call("list", json!({})).await.expect("a list");
    assert_eq!(listed["reconciled"], true);
    let stopped = configured.call("stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(stopped, Ok(json!({})));
    assert_eq!(configured.morph.instances(), []);
}

#[tokio::test]
async fn a_list_of_an_owner_before_is_not_taken_for_that_of_the_newer_one() {
    let configured = Configured::with(json!({"owner": "a", "max_concurrent_sandboxes": 1})).await;
    configured
        .worker
        .wait_for_line("the sandboxes that run already count")
        .await;
    configured.morph.add_instance(&[("iii-owner", "b")]);
    configured.morph.clear_requests();
    let slow = Fault::Slow(Duration::from_secs(3));
    configured.morph.fail("GET", "/instance").with(slow).once();
    let of_a = configured.engine.begin(&family("list"), json!({}));
    configured.morph.wait_for_request("GET", "/instance", 1).await;
    configured
        .morph
        .fail("GET", "/instance")
        .with(Fault::Status(501))
        .always();
    configured.set(json!({"owner": "b", "max_concurrent_sandboxes": 1}));
    configured.in_force("owner", json!("b")).await;
    let listed = of_a.result().await.expect("what is known");
    assert_eq!(listed["reconciled"], false, "{listed}");
    // The worker goes on to ask what b has.
    configured.morph.clear_faults();
    configured.morph.clear_requests();
    configured.morph.wait_for_request("GET", "/instance", 1).await;
    let refused = configured.create().await.expect_err("b has as many as may run");
    assert_eq!(refused.code, "S400");
}

#[tokio::test]
async fn a_thousand_changes_end_with_the_last() {
    let configured = Configured::with(json!({})).await;
    for cap in 1..=1000 {
        configured.set(json!({"max_concurrent_sandboxes": cap}));
    }
    configured.in_force("max_concurrent_sandboxes", json!(1000)).await;
    let asked = |frame: &serde_json::Value| frame["function_id"] == "configuration::get";
    let asked = configured.engine.frames().iter().filter(|frame| asked(frame)).count();
    assert!(asked < 500, "{asked} questions for 1000 changes");
}

#[tokio::test]
async fn a_late_configuration_worker_is_picked_up() {
    for kind in [ConfigurationWorker::Old, ConfigurationWorker::Current] {
        let (engine, morph) = (Engine::start().await, Morph::start().await);
        let _worker = worker(&engine, &morph).spawn().await;
        serving(&engine).await;
        assert_eq!(status(&engine).await["source"], "defaults");
        engine.set_entry(ENTRY, leading_to(&morph, json!({"max_concurrent_sandboxes": 1})));
        engine.has_configuration(kind);
        until("the entry", || async { status(&engine).await["source"] == "entry" }).await;
        engine
            .call(&family("create"), json!({"image": "snapshot_base"}))
            .await
            .expect("a sandbox");
    }
}
