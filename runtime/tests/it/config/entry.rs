//! What may stand in an entry of the `configuration` worker: the same as in a file, as JSON.

use provider_runtime::config::Config;
use serde_json::{Value, json};

use super::{DEFAULTS, EXTRA};

fn entry(value: &Value) -> Result<Config, String> {
    Config::of_entry("entry sandbox-example", value, &DEFAULTS, &EXTRA).map_err(|error| error.to_string())
}

#[test]
fn an_entry_says_the_same_as_a_file() {
    let config = entry(&json!({
        "max_concurrent_sandboxes": 3,
        "default_idle_timeout_secs": 60.0,
        "image_allowlist": ["a"],
        "images": {"python": {"image": "x", "max": 2}},
        "allow_foreign": true,
        "replicas": -3,
        "api_key_env": ["OTHER_KEY", "KEY"],
    }))
    .expect("a good entry");
    assert_eq!(config.max_concurrent_sandboxes, 3);
    assert_eq!(config.default_idle_timeout_secs, 60);
    assert_eq!(config.image_allowlist, ["a"]);
    assert_eq!(config.images["python"].max, Some(2));
    assert!(config.allow_foreign);
    assert_eq!(config.api_key_env, ["OTHER_KEY", "KEY"]);
    assert_eq!(
        json!(config.extra),
        json!({"region": "eu", "preview": false, "replicas": -3})
    );
    assert_eq!(entry(&json!({})).expect("defaults").max_concurrent_sandboxes, 10);
}

#[test]
fn a_wrong_entry_is_refused_with_its_key_and_without_its_text() {
    let secret =
        "`api_key_env` takes the NAME of the environment variable that holds the API key, and no key belongs here";
    for (value, line) in [
        (json!("hush"), "must be a mapping of keys to values, got text"),
        (json!([1]), "must be a mapping of keys to values, got a list"),
        (
            json!({"owner": "hush hush"}),
            "owner: must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -",
        ),
        (
            json!({"max_concurrent_sandboxes": 1.5}),
            "max_concurrent_sandboxes: must be a whole number from 1 to 10000, got 1.5",
        ),
        (
            json!({"image_allowlist": ["a", null]}),
            "image_allowlist: item 2 must be text that is not blank, got nothing",
        ),
        (
            json!({"api_key_env": ["KEY", "hush"]}),
            "api_key_env: item 2 must be the NAME of an environment variable (A-Z, 0-9 and _), or a list of such names, \
             never the key itself",
        ),
        (
            json!({"api_key_env": []}),
            "api_key_env: must be the NAME of an environment variable (A-Z, 0-9 and _), or a list of such names, never \
             the key itself, got an empty list",
        ),
        (
            json!({"api_key": "hush"}),
            &format!("api_key: is not a known key; {secret}"),
        ),
        (
            json!({"api_key_env": "KEY", "api_key_file": "/dev/null"}),
            "api_key_file: names a file that is empty: it must hold the API key",
        ),
        (json!({"config": {}, "owner": "a"}), "owner: must be under `config:`"),
    ] {
        let refusal = entry(&value).expect_err("a refusal");
        assert_eq!(refusal, format!("entry sandbox-example: {line}"), "for {value}");
        assert!(!refusal.contains("hush"), "{refusal}");
    }
}
