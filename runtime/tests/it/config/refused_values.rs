//! Values of a wrong type or out of range.

use provider_runtime::config::{Config, ExtraKey, ExtraKind};

use super::{DEFAULTS, Folder, check_refusals, refused};

#[test]
fn numbers_have_a_type_and_a_range() {
    let sandboxes = |found: &str| {
        format!("config.yaml:1: max_concurrent_sandboxes: must be a whole number from 1 to 10000, got {found}")
    };
    for (value, found) in [
        ("0", "0"),
        ("10001", "10001"),
        ("-1", "-1"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        ("99999999999999999999", "99999999999999999999"),
        ("999999999999999999999", "a very long number"),
        ("'10'", "a number in quotes"),
        ("ten", "text"),
        ("0x10", "text"),
        ("1_000", "text"),
        ("yes", "text"),
        ("true", "true"),
        ("", "nothing"),
        ("[1]", "a list"),
        ("{a: 1}", "a mapping"),
    ] {
        assert_eq!(
            refused(format!("max_concurrent_sandboxes: {value}\n")),
            sandboxes(found)
        );
    }
    check_refusals(&[
        (
            "\ndefault_idle_timeout_secs: 31536001",
            "config.yaml:2: default_idle_timeout_secs: must be a whole number from 1 to 31536000, got 31536001",
        ),
        (
            "request_timeout_secs: 291",
            "config.yaml:1: request_timeout_secs: must be a whole number from 1 to 290, got 291",
        ),
        (
            "config:\n  ready_timeout_secs: 0",
            "config.yaml:2: ready_timeout_secs: must be a whole number from 1 to 290, got 0",
        ),
        (
            "default_exec_timeout_secs: 86401",
            "config.yaml:1: default_exec_timeout_secs: must be a whole number from 1 to 86400, got 86401",
        ),
        (
            "max_output_bytes: 0",
            "config.yaml:1: max_output_bytes: must be a whole number from 1 to 5242538, got 0",
        ),
    ]);
}

#[test]
fn more_output_than_an_answer_can_carry_is_refused() {
    let line = |line: usize, room: usize, bytes: usize, limit: usize| {
        format!(
            "config.yaml:{line}: max_output_bytes: must be at most {room}, got {bytes}: two streams have to fit into an \
             answer, and max_response_bytes is {limit}"
        )
    };
    check_refusals(&[
        ("max_output_bytes: 1397761", &line(1, 1_397_760, 1_397_761, 16_777_216)),
        (
            "owner: a\nmax_output_bytes: 5121\nmax_response_bytes: 65536",
            &line(2, 5_120, 5_121, 65_536),
        ),
    ]);
}

#[test]
fn an_address_must_be_plain_http() {
    let line = "config.yaml:1: api_base: must be an http or https URL with a host and without user, query or fragment";
    for value in [
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https:///v1",
        "https:api.example.com",
        "https://user:sk-live-123@api.example.com",
        "https://api.example.com?key=sk-live-123",
        "https://api.example.com#sk-live-123",
        "https://api.example.com/a b",
        r"https:\\api.example.com",
        "''",
    ] {
        assert_eq!(refused(format!("api_base: {value}\n")), line, "for {value:?}");
    }
    assert_eq!(refused("api_base: 7\n"), format!("{line}, got 7"));
}

#[test]
fn texts_are_checked() {
    let owner = "config.yaml:1: owner: must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -";
    let long = format!("owner: {}\n", "a".repeat(65));
    check_refusals(&[
        ("owner: ''\n", owner),
        ("owner: a/b\n", owner),
        ("owner: käse\n", owner),
        (&long, owner),
        ("owner: 42\n", &format!("{owner}, got 42")),
        ("owner: ~\n", &format!("{owner}, got nothing")),
        (
            "image_allowlist: small\n",
            "config.yaml:1: image_allowlist: must be a list of image names, got text",
        ),
        (
            "image_allowlist:\n",
            "config.yaml:1: image_allowlist: must be a list of image names, got nothing",
        ),
        (
            "image_allowlist:\n  - small\n  - ' '\n",
            "config.yaml:3: image_allowlist: item 2 must be text that is not blank, got blank text",
        ),
        (
            "image_allowlist: [small, 7]\n",
            "config.yaml:1: image_allowlist: item 2 must be text that is not blank, got 7",
        ),
        (
            "region: ' '\n",
            "config.yaml:1: region: must be text that is not blank, got blank text",
        ),
        (
            "replicas: many\n",
            "config.yaml:1: replicas: must be a whole number, got text",
        ),
        (
            "functions: [pause, exted]\n",
            "config.yaml:1: functions: must be a list of optional functions, which are extend, pause; item 2 is none",
        ),
        (
            "functions: true\n",
            "config.yaml:1: functions: must be a list of optional functions, which are extend, pause, got true",
        ),
        (
            "allow_foreign: yes\n",
            "config.yaml:1: allow_foreign: must be true or false, got text",
        ),
        (
            "preview: yes\n",
            "config.yaml:1: preview: must be true or false, got text",
        ),
        (
            "preview: 'true'\n",
            "config.yaml:1: preview: must be true or false, got text",
        ),
    ]);
}

/// A key without which the worker cannot reach its provider.
const TEAM: [ExtraKey; 1] = [ExtraKey {
    name: "team",
    description: "A key of the provider.",
    kind: ExtraKind::String,
    default: None,
    required: true,
}];

#[test]
fn a_key_that_is_required_has_to_be_there() {
    for content in ["", "owner: a\n", "config:\n  owner: a\n"] {
        let folder = Folder::with(content);
        let refused = Config::load(Some(&folder.file()), &DEFAULTS, &TEAM).expect_err("a refusal");
        let line = refused.to_string();
        assert!(
            line.ends_with("config.yaml: team: is missing: this provider needs it in the configuration"),
            "{line}"
        );
    }
    let folder = Folder::with("team: red\n");
    assert!(Config::load(Some(&folder.file()), &DEFAULTS, &TEAM).is_ok());
}
