//! A deployment of a worker that says what it was given.

use std::env;

use iii_sdk::{Error, RegisterFunction};
use serde_json::{Value, json};

use crate::sdk;
use crate::stand_in::{argument, deployed};

const WORKER: &str = "deployment::worker";

#[tokio::test]
async fn a_worker_gets_engine_provider_and_key() {
    let deployment = deployed(WORKER)
        .functions(&["create"])
        .without_first_list()
        .config("extra: true")
        .env("EXTRA", "1")
        .start()
        .await;
    let seen = deployment.call("create", json!({})).await.expect("an answer");
    let morph = deployment.morph();
    let config = format!("api_base: {}\nextra: true\n", morph.api_base());
    assert_eq!(seen, json!({"config": config, "key": morph.api_key(), "extra": "1"}));
}

#[tokio::test]
async fn another_provider_can_take_the_place_of_the_simulator() {
    let mut deployment = deployed(WORKER)
        .provider("other")
        .functions(&["create"])
        .provider_url("http://127.0.0.1:1")
        .env("PROVIDER", "other")
        .env("MORPH_API_KEY", "own")
        .start()
        .await;
    let seen = deployment.begin("create", json!({})).await.expect("an answer");
    assert_eq!(seen["config"], "api_base: http://127.0.0.1:1\n");
    assert_eq!(seen["key"], "own");
    assert!(!deployment.terminate().await.success());
    deployment.engine.wait_connections(0).await;
}

/// Registers `create`, which answers what the worker was given.
#[test]
#[ignore = "deployed by the other tests"]
fn worker() {
    let variable = |name: &str| env::var(name).ok();
    let config = std::fs::read_to_string(argument("--config")).expect("a file");
    let seen = json!({
        "config": config,
        "key": variable("MORPH_API_KEY"),
        "extra": variable("EXTRA"),
    });
    let create = RegisterFunction::new_async(move |_: Value| {
        let seen = seen.clone();
        async move { Ok::<_, Error>(seen) }
    });
    let provider = variable("PROVIDER").unwrap_or("morph".to_owned());
    let client = sdk::connect(&argument("--url"));
    client.register_function(format!("sandbox::provider::{provider}::create"), create);
    loop {
        std::thread::park();
    }
}
