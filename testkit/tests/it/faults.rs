//! The fault suite finds what it is for, in a worker that forgets and miscounts.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use iii_sdk::RegisterFunction;
use iii_sdk::errors::Error;
use serde_json::{Value, json};
use testkit::faults::{Suite, Ways};

use crate::stand_in::{argument, deployed};
use crate::{http, sdk};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_forgets_and_miscounts_is_found_out() {
    let suite = Suite::new(|| {
        deployed("faults::worker")
            .functions(&["create", "list", "stop"])
            .without_first_list()
            .without_renewals()
    });
    let suite = suite.background(Duration::from_secs(1));
    let table = suite.kill_every_call(Ways::All).await;
    let found = |words: &str| {
        table
            .problems()
            .iter()
            .filter(|problem| problem.contains(words))
            .count()
    };
    assert!(
        found("create: POST /instance, Cut after its effect: left running: morphvm_") == 1,
        "{table}"
    );
    let cut = "stop: DELETE /instance/{id}, Cut before its effect: ";
    let miscounted = |problem: &&String| problem.starts_with(cut) && problem.contains(" counted");
    assert!(table.problems().iter().filter(miscounted).count() == 1, "{table}");
    let deaf = "create: POST /instance, the engine hears nothing more, and is gone after the answer";
    assert!(found(&format!("{deaf}: left running: morphvm_")) == 1, "{table}");
    assert!(found("a refusal that is none") > 10, "{table}");
    assert_eq!(
        table.left_alone("call: DELETE /instance/{id}\ncall: GET /instance/{id}"),
        ["GET /instance/{id}"]
    );
    assert!(found("without a timeout of its own") > 10, "{table}");
    let storm = suite.storm(1, 200).await;
    for words in [
        "left running: morphvm_",
        "without a timeout of its own",
        "a refusal that is none",
    ] {
        let found = storm.problems().iter().any(|problem| problem.contains(words));
        assert!(found, "no {words:?} in {storm}");
    }
}

async fn create(input: Value) -> Result<Value, Error> {
    let path = format!("/instance?snapshot_id={}", input["image"].as_str().unwrap_or_default());
    let started = ask("POST", &path).await?;
    COUNT.fetch_add(1, Ordering::SeqCst);
    Ok(json!({"sandbox_id": started["id"]}))
}

/// It trusts the provider if it answers at all.
async fn list(_: Value) -> Result<Value, Error> {
    let listed = ask("GET", "/instance").await;
    if let Some(data) = listed.as_ref().ok().and_then(|listed| listed["data"].as_array()) {
        let ours = data
            .iter()
            .filter(|one| one["metadata"]["iii-owner"] != "somebody")
            .count();
        COUNT.store(ours, Ordering::SeqCst);
        return Ok(json!({"in_flight": ours, "reconciled": true}));
    }
    Ok(json!({"in_flight": COUNT.load(Ordering::SeqCst), "reconciled": false}))
}

async fn stop(input: Value) -> Result<Value, Error> {
    let path = format!("/instance/{}", input["sandbox_id"].as_str().unwrap_or_default());
    COUNT.fetch_sub(1, Ordering::SeqCst);
    ask("DELETE", &path).await
}

/// The provider's answer; what goes wrong is told in words of nobody's table.
async fn ask(method: &str, path: &str) -> Result<Value, Error> {
    let config = std::fs::read_to_string(argument("--config")).unwrap_or_default();
    let base = config.lines().next().and_then(|line| line.strip_prefix("api_base: "));
    let url = format!("{}{path}", base.unwrap_or_default());
    let key = env::var("MORPH_API_KEY").unwrap_or_default();
    let request = http::http()
        .request(method.parse().expect("a method"), url)
        .bearer_auth(key);
    let answer = request.timeout(Duration::from_secs(2)).send().await;
    let answer = answer
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| failed(&error))?;
    let body = answer.bytes().await.map_err(|error| failed(&error))?;
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

fn failed(error: &reqwest::Error) -> Error {
    Error::Remote {
        code: "S502".to_owned(),
        message: error.to_string(),
        stacktrace: None,
    }
}

/// What it believes to run.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Deployed by the test above.
#[test]
#[ignore = "deployed by the other test"]
fn worker() {
    let client = sdk::connect(&argument("--url"));
    let image = json!({"required": ["image"], "properties": {"image": {"type": "string"}}});
    let sandbox = json!({"required": ["sandbox_id"], "properties": {"sandbox_id": {"type": "string"}}});
    let create = RegisterFunction::new_async(create).request_format(image);
    let list = RegisterFunction::new_async(list).request_format(json!({}));
    let stop = RegisterFunction::new_async(stop).request_format(sandbox);
    for (name, function) in [("create", create), ("list", list), ("stop", stop)] {
        client.register_function(format!("sandbox::provider::morph::{name}"), function);
    }
    loop {
        std::thread::park();
    }
}
