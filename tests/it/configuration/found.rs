//! Where the configuration comes from, and what the entry is made of.

use serde_json::json;
use testkit::engine::ConfigurationWorker;
use testkit::{Engine, Morph, Worker};

use super::{Configured, ENTRY, engine, leading_to, serving, status, until, worker};
use crate::WORKER;

#[tokio::test]
async fn an_entry_counts_from_the_first_call_on() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 1, "owner": "team"})).await;
    configured.create().await.expect("a sandbox");
    let full = configured.create().await.expect_err("a full cap");
    assert_eq!(full.code, "S400");
    let status = configured.status().await;
    assert_eq!(status["source"], "entry");
    assert_eq!(status["described"], "entry sandbox-morph of the configuration worker");
    assert_eq!(status["config"]["owner"], "team");
    assert_eq!(status["last_error"], json!(null));
    // Nothing was asked of the provider by any other configuration.
    let lines = configured.morph.request_lines();
    let strange: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("iii-owner") && !line.contains("team"))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[tokio::test]
async fn an_engine_with_an_old_configuration_worker_is_as_good() {
    let configured = Configured::on(ConfigurationWorker::Old, json!({"max_concurrent_sandboxes": 1})).await;
    assert_eq!(configured.status().await["config"]["max_concurrent_sandboxes"], 1);
    let entry = configured.engine.registered_entry(ENTRY).await;
    assert_eq!(
        entry.stored,
        Some(leading_to(&configured.morph, json!({"max_concurrent_sandboxes": 1})))
    );
}

#[tokio::test]
async fn a_named_file_outranks_the_entry() {
    for by_variable in [false, true] {
        let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
        engine.set_entry(ENTRY, json!({"max_concurrent_sandboxes": 7}));
        let yaml = format!("api_base: {}\nmax_concurrent_sandboxes: 2\n", morph.api_base());
        let builder = worker(&engine, &morph).found_config(&yaml);
        let builder = match by_variable {
            false => builder.arg("--config").arg("config.yaml"),
            true => builder.env("III_CONFIG", "config.yaml"),
        };
        let _worker = builder.spawn().await;
        serving(&engine).await;
        engine.registered_entry(ENTRY).await;
        engine.set_entry(ENTRY, json!({"max_concurrent_sandboxes": 8}));
        engine
            .call("sandbox-morph::on-config-change", json!({}))
            .await
            .expect("an answer");
        let status = status(&engine).await;
        assert_eq!(status["source"], "file");
        assert_eq!(status["follows_entry"], false);
        assert_eq!(status["config"]["max_concurrent_sandboxes"], 2);
        // What the operator has stored stays his.
        let stored = engine.entry(ENTRY).expect("an entry").stored;
        assert_eq!(stored, Some(json!({"max_concurrent_sandboxes": 8})));
    }
}

#[tokio::test]
async fn a_file_that_was_found_is_what_the_entry_says_at_first() {
    for kind in [ConfigurationWorker::Old, ConfigurationWorker::Current] {
        let (engine, morph) = (engine(kind).await, Morph::start().await);
        let yaml = format!(
            "config:\n  api_base: {}\n  max_concurrent_sandboxes: 2\n  images: {{a: b}}\n",
            morph.api_base()
        );
        let first = worker(&engine, &morph).found_config(&yaml).spawn().await;
        serving(&engine).await;
        let seeded = leading_to(&morph, json!({"max_concurrent_sandboxes": 2, "images": {"a": "b"}}));
        assert_eq!(engine.entry(ENTRY).expect("an entry").stored, Some(seeded));
        assert_eq!(status(&engine).await["source"], "entry");
        drop(first);
        engine.wait_connections(0).await;
        // The operator's value is not overwritten by the file of the next start.
        let changed = leading_to(&morph, json!({"max_concurrent_sandboxes": 5}));
        engine.set_entry(ENTRY, changed.clone());
        let _second = worker(&engine, &morph).found_config(&yaml).spawn().await;
        serving(&engine).await;
        assert_eq!(engine.entry(ENTRY).expect("an entry").stored, Some(changed));
        assert_eq!(status(&engine).await["config"]["max_concurrent_sandboxes"], 5);
    }
}

#[tokio::test]
async fn what_a_supervisor_has_merged_counts_and_is_never_stored() {
    for variable in ["III_COMPOSE_NAMESPACE", "III_COMPOSE_FILE"] {
        let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
        let merged = leading_to(&morph, json!({"max_concurrent_sandboxes": 3}));
        engine.inject_entry("default-morph", merged);
        let builder = worker(&engine, &morph).env("III_CONFIG_NAME", " default-morph ");
        let yaml = "max_concurrent_sandboxes: 9\n";
        let _worker = builder.env(variable, "x").found_config(yaml).spawn().await;
        serving(&engine).await;
        let status = status(&engine).await;
        assert_eq!(status["entry"], "default-morph");
        assert_eq!(status["config"]["max_concurrent_sandboxes"], 3);
        assert_eq!(engine.entry("default-morph").expect("an entry").stored, None);
        assert_eq!(engine.entry(ENTRY), None);
    }
}

#[tokio::test]
async fn what_an_older_supervisor_has_merged_is_not_stored_either() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    let merged = tempfile::NamedTempFile::new().expect("a file");
    let yaml = format!("api_base: {}\nmax_concurrent_sandboxes: 3\n", morph.api_base());
    std::fs::write(merged.path(), yaml).expect("a configuration");
    let builder = worker(&engine, &morph).env("III_CONFIG_NAME", "default-morph");
    let path = merged.path().to_str().expect("a path");
    let _worker = builder.env("III_CONFIG", path).spawn().await;
    serving(&engine).await;
    assert_eq!(status(&engine).await["config"]["max_concurrent_sandboxes"], 3);
    let stored = ["default-morph", ENTRY].map(|name| engine.entry(name).and_then(|entry| entry.stored));
    assert_eq!(stored, [None, None]);
}

#[tokio::test]
async fn without_a_configuration_worker_all_is_as_without_an_entry() {
    let (engine, morph) = (Engine::start().await, Morph::start().await);
    let yaml = format!("api_base: {}\nmax_concurrent_sandboxes: 2\n", morph.api_base());
    let worker = worker(&engine, &morph).found_config(&yaml).spawn().await;
    serving(&engine).await;
    let status = status(&engine).await;
    assert_eq!(status["source"], "file");
    assert_eq!(status["described"], "config.yaml in the working directory");
    assert_eq!(status["last_error"], json!(null));
    assert_eq!(status["config"]["max_concurrent_sandboxes"], 2);
    assert!(!worker.stderr().contains("WARN"), "{}", worker.stderr());
}

#[tokio::test]
async fn a_worker_without_file_and_entry_has_its_defaults_and_stores_nothing() {
    let engine = engine(ConfigurationWorker::Current).await;
    let _worker = Worker::builder(WORKER).url(&engine.url()).spawn().await;
    serving(&engine).await;
    assert_eq!(status(&engine).await["source"], "defaults");
    assert_eq!(engine.registered_entry(ENTRY).await.stored, None);
}

#[tokio::test]
async fn the_entry_is_described_for_consoles() {
    let configured = Configured::with(json!({})).await;
    let registration = configured.engine.registered_entry(ENTRY).await.registration;
    assert_eq!(registration["name"], "sandbox-morph");
    assert_eq!(registration["metadata"]["ui_form"], "sandbox-morph");
    let properties = registration["schema"]["properties"]
        .as_object()
        .expect("properties")
        .clone();
    let in_force = configured.status().await["config"].as_object().expect("keys").clone();
    let names: Vec<_> = properties.keys().collect();
    assert_eq!(names, in_force.keys().collect::<Vec<_>>());
    for (key, schema) in &properties {
        let text = schema["description"].as_str().unwrap_or_default();
        assert!(text.len() > 20 && text.ends_with('.'), "{key}: {text:?}");
    }
    let id = configured
        .engine
        .call("sandbox-morph::configuration-id", json!({}))
        .await;
    assert_eq!(id.expect("an id"), json!({"id": ENTRY}));
}

#[tokio::test]
async fn two_workers_share_an_entry() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 1})).await;
    let other = Worker::builder(WORKER)
        .url(&configured.engine.url())
        .env("III_WORKER_NAME", "second")
        .env("MORPH_API_KEY", configured.morph.api_key());
    let _other = other.spawn().await;
    configured.engine.wait_for(&["second::config-status"]).await;
    configured.set(json!({"max_concurrent_sandboxes": 4}));
    configured.in_force("max_concurrent_sandboxes", json!(4)).await;
    until("the second worker to follow", || async {
        let status = configured.engine.call("second::config-status", json!({})).await;
        status.expect("a status")["config"]["max_concurrent_sandboxes"] == 4
    })
    .await;
}
