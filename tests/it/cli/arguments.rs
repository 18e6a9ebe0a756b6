//! Arguments, and what is told without a connection.

use serde_json::{Value, json};

use super::{assert_refused, empty, folder_with, run};

const HELP: &str = "\
Morph Cloud sandboxes for the iii engine: virtual machines that run the code of agents and others.

Usage: sandbox-morph [OPTIONS]

Options:
      --config <FILE>  Configuration file [default: ./config.yaml if it exists] [env: III_CONFIG]
      --url <URL>      Address of the engine, ws:// or wss:// [default: ws://127.0.0.1:49134] [env: III_URL]
      --manifest       Print the manifest as JSON and exit
      --check          Check the configuration and exit
      --try            Try every function at the provider, which may cost something, remove what that made, and exit
      --image <IMAGE>  What --try starts sandboxes from [default: the first image that the configuration names]
      --yes            Let --try begin without asking
  -h, --help           Print help
  -V, --version        Print version
";

const BAD_URL: &str = "--url (or III_URL): must be a ws:// or wss:// URL with a host and without user or \
                       fragment (a token goes into III_TOKEN)";

#[tokio::test]
async fn help_says_what_there_is() {
    let ended = run(&["--help"], &[("III_URL", "ws://t0ken@x")], empty().path()).await;
    assert!(ended.status.success());
    assert_eq!((ended.stdout, ended.stderr), (HELP.to_owned(), String::new()));
}

#[tokio::test]
async fn version_is_name_and_version() {
    let ended = run(&["--version"], &[], empty().path()).await;
    assert!(ended.status.success());
    assert_eq!(ended.stdout, concat!("sandbox-morph ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[tokio::test]
async fn the_manifest_is_told_without_a_connection_or_a_key() {
    let folder = folder_with("nonsense: [");
    let ended = run(&["--manifest"], &[("III_URL", "nonsense")], folder.path()).await;
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    let mut told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let target = told["supported_targets"].take();
    assert!(
        target[0].as_str().is_some_and(|target| target.contains("linux")),
        "{target}"
    );
    assert_eq!(told, manifest());
}

/// But for the target that this machine has.
fn manifest() -> Value {
    json!({
        "name": "sandbox-morph",
        "version": env!("CARGO_PKG_VERSION"),
        "description": env!("CARGO_PKG_DESCRIPTION"),
        "default_config": {
            "api_base": "https://cloud.morph.so/api",
            "api_key_env": "MORPH_API_KEY",
            "max_concurrent_sandboxes": 10,
            "default_idle_timeout_secs": 300,
            "image_allowlist": [],
            "images": {},
            "allow_provider_images": false,
            "owner": "default",
            "request_timeout_secs": 30,
            "ready_timeout_secs": 120,
            "default_exec_timeout_secs": 120,
            "max_concurrent_requests": 64,
            "max_exec_per_sandbox": 4,
            "max_response_bytes": 16777216,
            "max_output_bytes": 1048576,
            "allow_foreign": false,
            "functions": [],
        },
        "supported_targets": null,
    })
}

#[tokio::test]
async fn a_usage_error_is_2() {
    for args in [
        &["--no-such-flag"][..],
        &["stray"],
        &["--config"],
        &["--url"],
        &["--manifest", "--check"],
        &["--try", "--check"],
        &["--yes"],
    ] {
        let ended = run(args, &[], empty().path()).await;
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.starts_with("error: "), "{args:?}: {}", ended.stderr);
    }
}

const NO_ADDRESSES: [&str; 6] = [
    "x",
    "http://127.0.0.1:1",
    "ws://",
    "ws://user:t0ken@host",
    "ws://host#t0ken",
    "host:1",
];

#[tokio::test]
async fn an_address_that_is_none() {
    for url in NO_ADDRESSES {
        let ended = run(&["--url", url], &[], empty().path()).await;
        assert_refused(&ended, BAD_URL);
    }
}

#[tokio::test]
async fn an_empty_address_counts_as_absent() {
    let ended = run(&["--url", "", "--check"], &[("III_URL", "http://x")], empty().path()).await;
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(1), ""));
}

#[tokio::test]
async fn an_address_from_the_environment_that_is_none() {
    let ended = run(&[], &[("III_URL", "http://t0ken")], empty().path()).await;
    assert_refused(&ended, BAD_URL);
}
