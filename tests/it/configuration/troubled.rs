//! Entries that cannot be used, and `configuration` workers that are not well.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::engine::{Ailment, ConfigurationWorker};
use testkit::{Engine, Morph};
use tokio::time::Instant;

use super::{Configured, ENTRY, engine, leading_to, serving, status, until, worker};

#[tokio::test]
async fn a_wrong_entry_keeps_the_last_good_one_and_says_so() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 3})).await;
    for (entry, key, reason) in [
        (
            json!({"max_concurrent_sandboxes": 0}),
            "max_concurrent_sandboxes",
            "must be a whole number from 1 to 10000, got 0",
        ),
        (
            json!({"owner": "hush hush"}),
            "owner",
            "must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -",
        ),
        (json!({"api_base": "hush"}), "api_base", "must be an http or https URL"),
        (json!({"max_sandboxes": 4}), "max_sandboxes", "is not a known key"),
        (json!({"api_key": "hush"}), "api_key", "no key belongs here"),
        (
            json!({"api_key_file": "hush"}),
            "api_key_file",
            "names a file that cannot be read",
        ),
        (
            json!({"functions": ["hush"]}),
            "functions",
            "must be a list of optional functions",
        ),
        (
            json!({"images": {"a": {"max": 1}}}),
            "images",
            "a must be the id of an image",
        ),
    ] {
        configured.engine.set_entry(ENTRY, entry.clone());
        let said = configured.wrong(key).await;
        assert!(said.contains(reason), "{entry}: {said}");
        configured.worker.wait_for_line(&format!("key=\"{key}\"")).await;
        assert_eq!(
            configured.status().await["config"]["max_concurrent_sandboxes"],
            3,
            "{entry}"
        );
    }
    let (log, status) = (configured.worker.stderr(), configured.status().await.to_string());
    assert!(!log.contains("hush") && !status.contains("hush"), "{log}{status}");
    configured.set(json!({"max_concurrent_sandboxes": 4}));
    configured.in_force("max_concurrent_sandboxes", json!(4)).await;
    assert_eq!(configured.status().await["last_error"], json!(null));
}

#[tokio::test]
async fn a_key_file_that_never_ends_keeps_nobody() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 3})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let pipes = ["one", "another"].map(|name| folder.path().join(name));
    let made = std::process::Command::new("mkfifo").args(&pipes).status();
    assert!(made.expect("mkfifo").success());
    let reason = "names a file that cannot be read within 5 s";
    configured.set(json!({"api_key_file": pipes[0]}));
    assert_eq!(configured.wrong("api_key_file").await, reason);
    let line = configured
        .worker
        .wait_for_line("the configuration stays as it is")
        .await;
    assert!(line.contains("key=\"api_key_file\"") && line.contains(reason), "{line}");
    configured.create().await.expect("a sandbox");
    // Nobody writes to it, and all others count as ever.
    configured.set(json!({"max_concurrent_sandboxes": 4}));
    configured.in_force("max_concurrent_sandboxes", json!(4)).await;
    let file = folder.path().join("file");
    std::fs::write(&file, configured.morph.api_key()).expect("a file");
    configured.set(json!({"api_key_file": file}));
    configured.in_force("api_key_file", json!(file)).await;
    assert_eq!(configured.status().await["last_error"], json!(null));
    configured.create().await.expect("a sandbox");
    for pipe in [&pipes[1], &pipes[0]] {
        configured.set(json!({"api_key_file": pipe}));
        assert_eq!(configured.wrong("api_key_file").await, reason);
        configured.set(json!({"api_key_file": file, "owner": pipe.file_name().expect("a name").to_str()}));
        configured
            .in_force("owner", json!(pipe.file_name().expect("a name").to_str()))
            .await;
    }
}

#[tokio::test]
async fn what_could_not_count_beside_a_named_file_is_no_problem() {
    for ailment in [
        Ailment::Refuses("ADAPTER_ERROR".to_owned()),
        Ailment::Babbles(json!("nonsense")),
    ] {
        let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
        engine.set_entry(ENTRY, json!({"owner": "a b"}));
        let builder = worker(&engine, &morph).config(&format!("api_base: {}", morph.api_base()));
        let worker = builder.spawn().await;
        serving(&engine).await;
        for ailment in [None, Some(ailment)] {
            engine.ail_configuration(ailment);
            let asked = engine.call("sandbox-morph::on-config-change", json!({})).await;
            asked.expect("an answer");
            let status = status(&engine).await;
            assert_eq!(
                (&status["last_error"], &status["follows_entry"]),
                (&json!(null), &json!(false))
            );
        }
        let log = worker.stderr();
        assert!(!log.contains("the configuration stays as it is"), "{log}");
    }
}

#[tokio::test]
async fn an_entry_that_is_wrong_from_the_start_leaves_the_file() {
    for wrong in [json!("hush"), json!([1]), json!({"owner": 7}), json!(true)] {
        let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
        engine.set_entry(ENTRY, wrong.clone());
        let yaml = format!("api_base: {}\nmax_concurrent_sandboxes: 2\n", morph.api_base());
        let worker = worker(&engine, &morph).found_config(&yaml).spawn().await;
        serving(&engine).await;
        let status = status(&engine).await;
        assert_eq!(status["source"], "file", "{wrong}");
        assert!(status["last_error"]["reason"].is_string(), "{wrong}: {status}");
        assert_eq!(status["config"]["max_concurrent_sandboxes"], 2);
        assert_eq!(engine.entry(ENTRY).expect("an entry").stored, Some(wrong));
        assert!(!worker.stderr().contains("hush"));
    }
}

#[tokio::test]
async fn the_same_mistake_is_logged_once() {
    let configured = Configured::with(json!({})).await;
    for _ in 0..5 {
        configured.set(json!({"owner": "a b"}));
        configured
            .engine
            .call("sandbox-morph::on-config-change", json!({}))
            .await
            .expect("an answer");
    }
    configured.wrong("owner").await;
    let log = configured.worker.stderr();
    assert_eq!(log.matches("the configuration stays as it is").count(), 1, "{log}");
}

#[tokio::test]
async fn an_entry_that_loses_its_value_says_its_last() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 3})).await;
    configured.engine.clear_entry(ENTRY);
    until("the loss to be noticed", || async {
        let status = configured.status().await;
        let reason = status["last_error"]["reason"].as_str().unwrap_or_default().to_owned();
        reason.contains("has no value any more")
    })
    .await;
    assert_eq!(configured.status().await["config"]["max_concurrent_sandboxes"], 3);
    assert_eq!(configured.engine.entry(ENTRY).expect("an entry").stored, None);
}

#[tokio::test]
async fn a_configuration_worker_that_is_not_well_changes_nothing() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 3})).await;
    for (ailment, reason) in [
        (Ailment::Babbles(json!("hush")), "does not answer with an entry"),
        (Ailment::Babbles(json!({"id": ENTRY})), "does not answer with an entry"),
        (Ailment::Babbles(Value::Null), "does not answer with an entry"),
        (Ailment::Refuses("ADAPTER_ERROR".to_owned()), "refuses: ADAPTER_ERROR"),
        (Ailment::Refuses("FORBIDDEN".to_owned()), "refuses: FORBIDDEN"),
    ] {
        configured.engine.ail_configuration(Some(ailment.clone()));
        configured
            .engine
            .call("sandbox-morph::on-config-change", json!({}))
            .await
            .expect("an answer");
        let status = configured.status().await;
        let said = status["last_error"]["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{ailment:?}: {status}");
        assert_eq!(status["config"]["max_concurrent_sandboxes"], 3);
        assert_eq!(status["source"], "entry");
    }
    configured.engine.ail_configuration(None);
    configured.set(json!({"max_concurrent_sandboxes": 4}));
    configured.in_force("max_concurrent_sandboxes", json!(4)).await;
    assert!(!configured.worker.stderr().contains("hush"));
}

#[tokio::test]
async fn a_silent_configuration_worker_does_not_keep_the_worker_from_serving() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    engine.ail_configuration(Some(Ailment::Silent));
    engine.set_entry(ENTRY, leading_to(&morph, json!({"max_concurrent_sandboxes": 3})));
    let began = Instant::now();
    let _worker = worker(&engine, &morph).spawn().await;
    serving(&engine).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(status(&engine).await["source"], "defaults");
    engine.ail_configuration(None);
    engine.set_entry(ENTRY, leading_to(&morph, json!({"max_concurrent_sandboxes": 4})));
    until("the entry", || async { status(&engine).await["source"] == "entry" }).await;
}

#[tokio::test]
async fn a_worker_that_waits_for_its_entry_ends_when_it_is_told_to() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    engine.ail_configuration(Some(Ailment::Silent));
    let mut worker = worker(&engine, &morph).spawn().await;
    worker.wait_for_line("connected to the engine").await;
    worker.terminate();
    assert!(worker.exit_within(Duration::from_secs(5)).await.success());
}

#[tokio::test]
async fn a_configuration_worker_that_goes_leaves_what_it_said() {
    let configured = Configured::with(json!({"max_concurrent_sandboxes": 3})).await;
    configured.engine.has_configuration(ConfigurationWorker::Absent);
    configured
        .engine
        .call("sandbox-morph::on-config-change", json!({}))
        .await
        .expect("an answer");
    let status = configured.status().await;
    assert_eq!(
        (&status["source"], &status["last_error"]),
        (&json!("entry"), &json!(null))
    );
    assert_eq!(status["config"]["max_concurrent_sandboxes"], 3);
}

#[tokio::test]
async fn a_file_that_the_schema_does_not_take_is_no_first_value() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    // More than the schema knows of: a text that only the worker takes.
    let yaml = format!("api_base: {}\napi_key_env: []\n", morph.api_base());
    let mut worker = worker(&engine, &morph).found_config(&yaml).spawn().await;
    assert!(!worker.exit().await.success());
    assert_eq!(engine.entry(ENTRY), None);
}

#[tokio::test]
async fn an_entry_that_cannot_be_named_is_told_of() {
    let (engine, morph) = (engine(ConfigurationWorker::Current).await, Morph::start().await);
    let yaml = format!("api_base: {}\n", morph.api_base());
    let builder = worker(&engine, &morph).env("III_CONFIG_NAME", "Not An Id");
    let _worker = builder.found_config(&yaml).spawn().await;
    serving(&engine).await;
    let status = status(&engine).await;
    assert_eq!(
        status["last_error"]["reason"],
        "the configuration worker refuses: INVALID_ID"
    );
    assert_eq!(status["source"], "file");
}

#[tokio::test]
async fn the_doctor_says_what_a_check_prints() {
    let configured = Configured::with(json!({"owner": "team", "functions": ["fs"]})).await;
    let report = configured
        .engine
        .call("sandbox-morph::doctor", json!({}))
        .await
        .expect("a report");
    assert_eq!(report["ok"], true);
    assert_eq!(report["provider"], "morph");
    assert_eq!(report["api_base"], configured.morph.api_base());
    assert_eq!(report["owner"], "team");
    assert_eq!(
        report["configuration"],
        "entry sandbox-morph of the configuration worker"
    );
    assert_eq!(
        report["optional"],
        json!([{"name": "fs", "functions": ["fs::read", "fs::write"]}])
    );
    assert_eq!(
        report["api_key"],
        "MORPH_API_KEY is accepted; 0 sandboxes of this owner"
    );
    let (engine, morph) = (Engine::start().await, Morph::start().await);
    let builder = worker(&engine, &morph).env("MORPH_API_KEY", "k3y-of-another");
    let _worker = builder
        .found_config(&format!("api_base: {}\n", morph.api_base()))
        .spawn()
        .await;
    serving(&engine).await;
    let report = engine.call("sandbox-morph::doctor", json!({})).await.expect("a report");
    assert_eq!(report["ok"], false);
    assert!(
        report["api_key"].as_str().expect("text").starts_with("[S503]"),
        "{report}"
    );
    assert!(!report.to_string().contains("k3y"), "{report}");
}
