//! What an operator may write into a configuration file, and what he is told when it is wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use provider_runtime::config::{
    ApiKey, Config, Defaults, ExtraKey, ExtraKind, Loaded, default_config,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tempfile::TempDir;

const DEFAULTS: Defaults = Defaults {
    api_base: "https://api.example.com/v1",
    api_key_env: "EXAMPLE_API_KEY",
};

const EXTRA: [ExtraKey; 3] = [
    ExtraKey {
        name: "region",
        kind: ExtraKind::String,
        default: Some(r#""eu""#),
    },
    ExtraKey {
        name: "replicas",
        kind: ExtraKind::Integer,
        default: None,
    },
    ExtraKey {
        name: "preview",
        kind: ExtraKind::Boolean,
        default: Some("false"),
    },
];

struct Folder(TempDir);

impl Folder {
    fn with(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("config.yaml"), content).expect("a writable folder");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("config.yaml")
    }
}

fn load(named: Option<&Path>) -> Result<Loaded, String> {
    Config::load(named, &DEFAULTS, &EXTRA).map_err(|error| error.to_string())
}

fn accepted(content: &str) -> Config {
    let folder = Folder::with(content);
    match load(Some(&folder.file())) {
        Ok(loaded) => loaded.config,
        Err(line) => panic!("{content:?} was refused: {line}"),
    }
}

/// The whole line, with the folder's path cut off its beginning.
fn refused(content: impl AsRef<[u8]>) -> String {
    let folder = Folder::with(&content);
    let line = load(Some(&folder.file())).expect_err("a refusal");
    let prefix = format!("{}/", folder.0.path().display());
    match line.strip_prefix(&prefix) {
        Some(line) => line.to_owned(),
        None => panic!("{line:?} does not begin with the file's path"),
    }
}

fn check_refusals(cases: &[(&str, &str)]) {
    for (content, line) in cases {
        assert_eq!(&refused(content), line, "for {content:?}");
    }
}

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
        assert_eq!(config.api_key_env, "EXAMPLE_API_KEY");
        assert_eq!(config.max_concurrent_sandboxes, 10);
        assert_eq!(config.default_idle_timeout_secs, 300);
        assert!(config.image_allowlist.is_empty());
        assert_eq!(config.request_timeout, Duration::from_secs(30));
        assert_eq!(config.ready_timeout, Duration::from_secs(120));
        assert_eq!(
            json!(config.extra),
            json!({"region": "eu", "preview": false})
        );
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
region: us
replicas: -3
preview: true
";

fn assert_every_key(config: &Config) {
    assert_eq!(config.base_url(), "http://127.0.0.1:8080/api");
    assert_eq!(config.api_key_env, "OTHER_KEY");
    assert_eq!(config.max_concurrent_sandboxes, 10_000);
    assert_eq!(config.default_idle_timeout_secs, 31_536_000);
    assert_eq!(config.image_allowlist, ["small", "large image"]);
    assert_eq!(config.owner, "team-a.prod~1_x");
    assert_eq!(config.request_timeout, Duration::from_secs(1));
    assert_eq!(config.ready_timeout, Duration::from_secs(290));
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

#[test]
fn the_folder_s_own_file_is_read_when_none_is_named() {
    // The only test that depends on the working directory: the others name their file.
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
    assert_eq!(
        refused(b"owner: a\nregion: \xff\n"),
        "config.yaml:2: is not UTF-8 text"
    );
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
        (
            "owner: &x a\nregion: *x\n",
            "config.yaml:2: must not have aliases",
        ),
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
            "config.yaml:1: verbose: is not a known key; known are api_base, api_key_env, max_concurrent_sandboxes, \
             default_idle_timeout_secs, image_allowlist, owner, request_timeout_secs, ready_timeout_secs, region, \
             replicas, preview",
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
            "config.yaml:2: config: is not a known key; known are api_base, api_key_env, \
             max_concurrent_sandboxes, default_idle_timeout_secs, image_allowlist, owner, request_timeout_secs, \
             ready_timeout_secs, region, replicas, preview",
        ),
    ]);
}

#[test]
fn numbers_have_a_type_and_a_range() {
    let sandboxes = |found: &str| {
        format!(
            "config.yaml:1: max_concurrent_sandboxes: must be a whole number from 1 to 10000, got {found}"
        )
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
        assert_eq!(
            refused(format!("api_base: {value}\n")),
            line,
            "for {value:?}"
        );
    }
    assert_eq!(refused("api_base: 7\n"), format!("{line}, got 7"));
}

#[test]
fn a_slash_at_the_end_of_the_address_does_not_matter() {
    for value in [
        "https://a.example",
        "https://a.example/",
        "https://a.example///",
    ] {
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
            "preview: yes\n",
            "config.yaml:1: preview: must be true or false, got text",
        ),
        (
            "preview: 'true'\n",
            "config.yaml:1: preview: must be true or false, got text",
        ),
    ]);
}

#[test]
fn a_key_pasted_into_the_file_is_refused_and_not_repeated() {
    let unknown = "is not a known key; `api_key_env` takes the NAME of the environment variable that holds the API \
                   key, and no key belongs into this file";
    let name = "must be the NAME of an environment variable (A-Z, 0-9 and _), never the key itself";
    check_refusals(&[
        (
            "api_key: sk-live-123\n",
            &format!("config.yaml:1: api_key: {unknown}"),
        ),
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
        (
            "api_key_env: ''\n",
            &format!("config.yaml:1: api_key_env: {name}"),
        ),
        (
            "api_key_env: 123\n",
            &format!("config.yaml:1: api_key_env: {name}, got 123"),
        ),
        (
            "'sk live 123': x\n",
            "config.yaml:1: (unusual key): is not a known key; known are api_base, api_key_env, max_concurrent_sandboxes, \
             default_idle_timeout_secs, image_allowlist, owner, request_timeout_secs, ready_timeout_secs, region, \
             replicas, preview",
        ),
    ]);
}

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
fn the_defaults_can_be_listed() {
    let defaults = json!({
        "api_base": "https://api.example.com/v1",
        "api_key_env": "EXAMPLE_API_KEY",
        "max_concurrent_sandboxes": 10,
        "default_idle_timeout_secs": 300,
        "image_allowlist": [],
        "owner": "default",
        "request_timeout_secs": 30,
        "ready_timeout_secs": 120,
        "region": "eu",
        "preview": false,
    });
    assert_eq!(json!(default_config(&DEFAULTS, &EXTRA)), defaults);
}
