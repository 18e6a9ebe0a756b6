//! Where the API key is read, and where it must not be written.

use provider_runtime::config::ApiKey;
use secrecy::{ExposeSecret, SecretString};

use super::{accepted, check_refusals};

#[test]
fn a_key_in_the_environment_is_trimmed_and_must_be_plain_text() {
    let read = |value: &str| match ApiKey::from(SecretString::from(value)) {
        ApiKey::Present(key) => key.expose_secret().to_owned(),
        other => format!("{other:?}"),
    };
    for (value, key) in [
        ("sk-live-123", "sk-live-123"),
        (" sk-live-123\r\n", "sk-live-123"),
        ("", "Missing"),
        (" \t\n", "Missing"),
        ("sk\nlive", "Malformed"),
        ("sk\u{0}live", "Malformed"),
        ("sk–live", "Malformed"),
    ] {
        assert_eq!(read(value), key, "for {value:?}");
    }
    let shown = format!("{:?}", ApiKey::from(SecretString::from("sk-live-123")));
    assert!(!shown.contains("sk-live"), "{shown}");
}

#[test]
fn an_absent_variable_is_a_missing_key() {
    let config = accepted("api_key_env: SURELY_NOT_SET_ANYWHERE\n");
    assert!(matches!(config.api_key(), ApiKey::Missing));
}

#[test]
fn the_first_of_several_variables_that_holds_something_counts() {
    let config = accepted("api_key_env: [SURELY_NOT_SET_ANYWHERE, PATH, HOME]\n");
    let ApiKey::Present(key) = config.api_key() else {
        panic!("no key");
    };
    assert_eq!(key.expose_secret(), std::env::var("PATH").expect("a path").trim());
    assert_eq!(config.key_source(), "PATH");
    let config = accepted("api_key_env: [SURELY_NOT_SET_ANYWHERE, NOR_THIS]\n");
    assert_eq!(config.key_source(), "SURELY_NOT_SET_ANYWHERE or NOR_THIS");
}

#[test]
fn a_key_pasted_into_the_file_is_refused_and_not_repeated() {
    let unknown = "is not a known key; `api_key_env` takes the NAME of the environment variable that holds the API \
                   key, and no key belongs here";
    let name =
        "must be the NAME of an environment variable (A-Z, 0-9 and _), or a list of such names, never the key itself";
    check_refusals(&[
        ("api_key: sk-live-123\n", &format!("config.yaml:1: api_key: {unknown}")),
        (
            "API-Token: sk-live-123\n",
            &format!("config.yaml:1: API-Token: {unknown}"),
        ),
        (
            "api_key_env: sk-live-123\n",
            &format!("config.yaml:1: api_key_env: {name}"),
        ),
        (
            "api_key_env: skLive123\n",
            &format!("config.yaml:1: api_key_env: {name}"),
        ),
        ("api_key_env: ''\n", &format!("config.yaml:1: api_key_env: {name}")),
        (
            "api_key_env: 123\n",
            &format!("config.yaml:1: api_key_env: {name}, got 123"),
        ),
        (
            "'sk live 123': x\n",
            "config.yaml:1: (unusual key): is not a known key; known are api_base, api_key_env, api_key_file, max_concurrent_sandboxes, \
             default_idle_timeout_secs, image_allowlist, images, allow_provider_images, owner, request_timeout_secs, ready_timeout_secs, default_exec_timeout_secs, max_concurrent_requests, max_exec_per_sandbox, max_response_bytes, \
             max_output_bytes, allow_foreign, functions, \
             region, replicas, preview",
        ),
    ]);
}
