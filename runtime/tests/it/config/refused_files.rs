//! Files that cannot be read, are not YAML, or have keys they should not have.

use std::path::Path;

use super::{check_refusals, load, refused};

#[test]
fn a_named_file_must_be_readable() {
    let missing = load(Some(Path::new("/nowhere/w.yaml"))).expect_err("a refusal");
    assert_eq!(
        missing,
        "/nowhere/w.yaml: cannot be read: No such file or directory (os error 2)"
    );
    let folder = load(Some(Path::new("/"))).expect_err("a refusal");
    assert_eq!(folder, "/: cannot be read: Is a directory (os error 21)");
    let endless = load(Some(Path::new("/dev/zero"))).expect_err("a refusal");
    assert_eq!(endless, "/dev/zero: is larger than 1 MiB");
    let strange = load(Some(Path::new("two\nlines"))).expect_err("a refusal");
    assert_eq!(
        strange,
        r"two\nlines: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_must_be_text_and_yaml_and_a_mapping() {
    assert_eq!(refused(b"owner: a\nregion: \xff\n"), "config.yaml:2: is not UTF-8 text");
    let deep = format!("image_allowlist: {}", "[".repeat(20));
    check_refusals(&[
        (
            "owner: a: b\n",
            "config.yaml:1: is not valid YAML: mapping values are not allowed in this context",
        ),
        (
            "owner: 'a\n",
            "config.yaml:1: is not valid YAML: while scanning a quoted scalar, found unexpected end of stream",
        ),
        (
            "sk-live-123\n",
            "config.yaml:1: must be a mapping of keys to values, got text",
        ),
        (
            "- owner\n",
            "config.yaml:1: must be a mapping of keys to values, got a list",
        ),
        (
            "config: 7\n",
            "config.yaml:1: config: must be a mapping of keys to values, got 7",
        ),
        (
            "owner: a\n---\nowner: b\n",
            "config.yaml:3: must be a single YAML document",
        ),
        ("owner: &x a\nregion: *x\n", "config.yaml:2: must not have aliases"),
        ("owner: !!str a\n", "config.yaml:1: must not have tags"),
        ("? [a]\n: b\n", "config.yaml:1: has a key that is not text"),
        (&deep, "config.yaml:1: is nested too deeply"),
    ]);
}

#[test]
fn unknown_and_repeated_keys_are_named() {
    check_refusals(&[
        (
            "owner: a\n\nmax_sandboxes: 5\n",
            "config.yaml:3: max_sandboxes: is not a known key; did you mean `max_concurrent_sandboxes`?",
        ),
        (
            "Owner: a\n",
            "config.yaml:1: Owner: is not a known key; did you mean `owner`?",
        ),
        (
            "regoin: us\n",
            "config.yaml:1: regoin: is not a known key; did you mean `region`?",
        ),
        (
            "verbose: true\n",
            "config.yaml:1: verbose: is not a known key; known are api_base, api_key_env, api_key_file, max_concurrent_sandboxes, \
             default_idle_timeout_secs, image_allowlist, images, allow_provider_images, owner, request_timeout_secs, ready_timeout_secs, default_exec_timeout_secs, max_concurrent_requests, max_exec_per_sandbox, max_response_bytes, \
             max_output_bytes, allow_foreign, functions, \
             region, replicas, preview",
        ),
        (
            "owner: a\nregion: us\nowner: b\n",
            "config.yaml:3: owner: is set twice, first on line 1",
        ),
        (
            "config:\n  owner: a\n  owner: b\n",
            "config.yaml:3: owner: is set twice, first on line 2",
        ),
        (
            "owner: a\nconfig:\n  region: us\n",
            "config.yaml:1: owner: must be under `config:`, which is on line 2",
        ),
        (
            "config:\n  config:\n    owner: a\n",
            "config.yaml:2: config: is not a known key; known are api_base, api_key_env, api_key_file, \
             max_concurrent_sandboxes, default_idle_timeout_secs, image_allowlist, images, allow_provider_images, owner, request_timeout_secs, \
             ready_timeout_secs, default_exec_timeout_secs, max_concurrent_requests, max_exec_per_sandbox, max_response_bytes, \
             max_output_bytes, allow_foreign, functions, region, replicas, preview",
        ),
    ]);
}
