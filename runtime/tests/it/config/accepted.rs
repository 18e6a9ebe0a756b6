//! Files that say what they should.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use provider_runtime::config::{Config, default_config};
use serde_json::json;

use super::{DEFAULTS, EXTRA, Folder, accepted, load};

#[test]
fn an_empty_file_means_defaults() {
    for content in [
        "",
        "\n",
        "# only a comment\n",
        "---\n",
        "null\n",
        "{}\n",
        "config:\n",
        "config: {}\n",
    ] {
        let config = accepted(content);
        assert_eq!(config.base_url(), "https://api.example.com/v1");
        assert_eq!(config.api_key_env, ["EXAMPLE_API_KEY"]);
        assert_eq!(config.max_concurrent_sandboxes, 10);
        assert_eq!(config.default_idle_timeout_secs, 300);
        assert!(config.image_allowlist.is_empty());
        assert_eq!(config.request_timeout, Duration::from_secs(30));
        assert_eq!(config.ready_timeout, Duration::from_secs(120));
        assert_eq!(config.default_exec_timeout_secs, 120);
        assert_eq!(config.max_output_bytes, 1 << 20);
        assert!(!config.allow_foreign);
        assert!(config.functions.is_empty());
        assert_eq!(json!(config.extra), json!({"region": "eu", "preview": false}));
    }
}

const EVERY_KEY: &str = "\
api_base: http://127.0.0.1:8080/api/
api_key_env: OTHER_KEY
max_concurrent_sandboxes: 10000
default_idle_timeout_secs: 31536000
image_allowlist:
  - small
  - 'large image'
owner: team-a.prod~1_x
request_timeout_secs: 1
ready_timeout_secs: 290
default_exec_timeout_secs: 86400
max_output_bytes: 5242538
max_response_bytes: 62914560
allow_foreign: true
functions: [pause]
region: us
replicas: -3
preview: true
";

fn assert_every_key(config: &Config) {
    assert_eq!(config.base_url(), "http://127.0.0.1:8080/api");
    assert_eq!(config.api_key_env, ["OTHER_KEY"]);
    assert_eq!(config.max_concurrent_sandboxes, 10_000);
    assert_eq!(config.default_idle_timeout_secs, 31_536_000);
    assert_eq!(config.image_allowlist, ["small", "large image"]);
    assert_eq!(config.owner, "team-a.prod~1_x");
    assert_eq!(config.request_timeout, Duration::from_secs(1));
    assert_eq!(config.ready_timeout, Duration::from_secs(290));
    assert_eq!(config.default_exec_timeout_secs, 86_400);
    assert_eq!(config.max_output_bytes, 5_242_538);
    assert_eq!(config.max_response_bytes, 62_914_560);
    assert!(config.allow_foreign);
    assert_eq!(config.functions, ["pause"]);
    assert_eq!(
        json!(config.extra),
        json!({"region": "us", "preview": true, "replicas": -3})
    );
}

#[test]
fn every_key_can_be_set_at_the_top_or_under_config() {
    assert_every_key(&accepted(EVERY_KEY));
    let indented = EVERY_KEY.replace('\n', "\n  ");
    assert_every_key(&accepted(&format!("config:\n  {indented}")));
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    assert_every_key(&accepted(&EVERY_KEY.replace('\n', "\r\n")));
    assert_every_key(&accepted(&format!("\u{feff}{EVERY_KEY}")));
}

/// The only test that depends on the working directory, which all tests of a process share: so it has one of its own.
#[test]
fn the_folder_s_own_file_is_read_when_none_is_named() {
    let mut own = Command::new(std::env::current_exe().expect("this binary"));
    let test = "config::accepted::in_a_process_of_its_own";
    let ended = own.args([test, "--exact", "--ignored"]).output().expect("to run it");
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
#[ignore = "run by the test above"]
fn in_a_process_of_its_own() {
    assert_eq!(load(None).expect("defaults").file, None);
    let folder = Folder::with("max_concurrent_sandboxes: 3\n");
    std::env::set_current_dir(folder.0.path()).expect("a folder");
    let loaded = load(None).expect("a good file");
    assert_eq!(loaded.file, Some(PathBuf::from("config.yaml")));
    assert_eq!(loaded.config.max_concurrent_sandboxes, 3);
    std::fs::write("config.yaml", "\nowner: a b\n").expect("a writable folder");
    let line = load(None).expect_err("a refusal");
    assert_eq!(
        line,
        "config.yaml:2: owner: must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -"
    );
}

#[test]
fn a_slash_at_the_end_of_the_address_does_not_matter() {
    for value in ["https://a.example", "https://a.example/", "https://a.example///"] {
        assert_eq!(
            accepted(&format!("api_base: {value}\n")).base_url(),
            "https://a.example"
        );
    }
}

#[test]
fn a_key_sent_over_plain_http_is_noticed() {
    for (address, in_clear) in [
        ("https://a.example", false),
        ("http://a.example", true),
        ("http://127.0.0.1:80", false),
        ("'http://[::1]:80'", false),
        ("http://localhost", false),
        ("http://10.0.0.1", true),
    ] {
        let config = accepted(&format!("api_base: {address}\n"));
        assert_eq!(config.sends_key_in_clear(), in_clear, "for {address}");
    }
}

#[test]
fn the_defaults_can_be_listed() {
    let defaults = json!({
        "api_base": "https://api.example.com/v1",
        "api_key_env": "EXAMPLE_API_KEY",
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
        "region": "eu",
        "preview": false,
    });
    assert_eq!(json!(default_config(&DEFAULTS, &EXTRA)), defaults);
}

#[test]
fn what_is_kept_of_an_output_fits_into_the_answers_that_are_read() {
    for (content, bytes) in [
        ("max_response_bytes: 65536\n", 5_120),
        ("max_response_bytes: 62914560\n", 1 << 20),
        ("max_output_bytes: 1\n", 1),
        ("max_output_bytes: 1397760\n", 1_397_760),
        ("max_output_bytes: 5120\nmax_response_bytes: 65536\n", 5_120),
    ] {
        assert_eq!(accepted(content).max_output_bytes, bytes, "{content}");
    }
}
