//! A configuration that cannot be used ends the start with one line that says where and why.

use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;
use testkit::worker::WorkerBuilder;
use testkit::{Engine, Worker};

use super::{WORKER, assert_refused, empty, folder_with, run};

#[tokio::test]
async fn a_file_that_is_named_but_not_there() {
    let ended = run(&["--config", "missing.yaml"], &[], empty().path()).await;
    assert_refused(
        &ended,
        "missing.yaml: cannot be read: No such file or directory (os error 2)",
    );
}

#[tokio::test]
async fn a_file_that_is_a_folder() {
    let ended = run(&["--config", "/"], &[], empty().path()).await;
    assert_refused(&ended, "/: cannot be read: Is a directory (os error 21)");
}

/// Files, and what is said of them after their name.
#[rustfmt::skip]
const FILES: [(&str, &str); 14] = [
    ("functions: [exted]", "1: functions: must be a list of optional functions, which are fs, extend; item 1 is none"),
    ("functions: extend", "1: functions: must be a list of optional functions, which are fs, extend, got text"),
    ("owner: a\nownr: b", "2: ownr: is not a known key; did you mean `owner`?"),
    ("config:\n  zzz: 1", "2: zzz: is not a known key; known are api_base, api_key_env, api_key_file, max_concurrent_sandboxes, \
        default_idle_timeout_secs, image_allowlist, images, allow_provider_images, owner, request_timeout_secs, ready_timeout_secs, default_exec_timeout_secs, max_concurrent_requests, max_exec_per_sandbox, max_response_bytes, \
             max_output_bytes, allow_foreign, functions"),
    ("owner: a\nowner: b", "2: owner: is set twice, first on line 1"),
    ("\n\nowner: [a", "4: is not valid YAML: while parsing a flow sequence, expected ',' or ']'"),
    ("- owner", "1: must be a mapping of keys to values, got a list"),
    ("max_concurrent_sandboxes: ten", "1: max_concurrent_sandboxes: must be a whole number from 1 to 10000, got text"),
    ("max_concurrent_sandboxes: 0", "1: max_concurrent_sandboxes: must be a whole number from 1 to 10000, got 0"),
    ("request_timeout_secs: 291", "1: request_timeout_secs: must be a whole number from 1 to 290, got 291"),
    ("image_allowlist: x", "1: image_allowlist: must be a list of image names, got text"),
    ("api_base: ftp://host",
        "1: api_base: must be an http or https URL with a host and without user, query or fragment"),
    ("api_base: https://user:s3cr3t@host",
        "1: api_base: must be an http or https URL with a host and without user, query or fragment"),
    ("owner: a/b", "1: owner: must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -"),
];

#[tokio::test]
async fn a_file_that_cannot_be_used() {
    for (text, problem) in FILES {
        let ended = run(&[], &[], folder_with(text).path()).await;
        assert_refused(&ended, &format!("config.yaml:{problem}"));
    }
}

#[tokio::test]
async fn a_key_where_its_variable_s_name_belongs() {
    let rule =
        "must be the NAME of an environment variable (A-Z, 0-9 and _), or a list of such names, never the key itself";
    let ended = run(&[], &[], folder_with("api_key_env: morph_s3cr3t").path()).await;
    assert_refused(&ended, &format!("config.yaml:1: api_key_env: {rule}"));
    let ended = run(&[], &[], folder_with("api_key: s3cr3t").path()).await;
    let line = "config.yaml:1: api_key: is not a known key; `api_key_env` takes the NAME of the environment variable \
                that holds the API key, and no key belongs here";
    assert_refused(&ended, line);
}

#[tokio::test]
async fn a_file_that_is_no_text() {
    let ended = run(&[], &[], folder_with(b"owner: a\n\xff").path()).await;
    assert_refused(&ended, "config.yaml:2: is not UTF-8 text");
}

#[tokio::test]
async fn a_namespace_that_cannot_be_an_owner() {
    let ended = run(&[], &[("III_NAMESPACE", "team/a")], empty().path()).await;
    let line =
        "environment: owner: is III_NAMESPACE unless it is set, and must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -";
    assert_refused(&ended, line);
}

/// What `--check` prints up to the owner.
fn head(configuration: &str, owner: &str) -> String {
    format!("configuration: {configuration}\nprovider: morph at https://cloud.morph.so/api\nowner: {owner}\n")
}

/// A folder with these files, each of which names its owner after itself.
fn folder_of(files: &[&str]) -> TempDir {
    let folder = empty();
    for &file in files {
        fs::write(folder.path().join(file), format!("config: {{owner: {file}}}")).expect("a file");
    }
    folder
}

#[tokio::test]
async fn the_file_that_counts_and_who_named_it() {
    let folder = folder_of(&["config.yaml", "flag.yaml", "compose.yaml"]);
    let (flag, variable) = (&["--config", "flag.yaml"][..], &[("III_CONFIG", "compose.yaml")][..]);
    for (args, env, owner, source) in [
        (flag, variable, "flag.yaml", "flag.yaml, named by --config"),
        (flag, &[], "flag.yaml", "flag.yaml, named by --config"),
        (&[], variable, "compose.yaml", "compose.yaml, named by III_CONFIG"),
        (&[], &[], "config.yaml", "config.yaml in the working directory"),
        (
            &[],
            &[("III_CONFIG", " \n")],
            "config.yaml",
            "config.yaml in the working directory",
        ),
        (
            &[],
            &[("III_CONFIG", "")],
            "config.yaml",
            "config.yaml in the working directory",
        ),
    ] {
        let ended = run(&[&["--check"], args].concat(), env, folder.path()).await;
        let begin = head(source, owner);
        assert!(ended.stdout.starts_with(&begin), "{}{}", ended.stdout, ended.stderr);
    }
}

const DEFAULTS: &str = "defaults: no file is named, and there is no config.yaml in the working directory";

#[tokio::test]
async fn without_a_file_there_are_defaults_and_the_namespace() {
    let ended = run(&["--check"], &[("III_NAMESPACE", "team-a")], empty().path()).await;
    let begin = head(DEFAULTS, "team-a");
    assert!(ended.stdout.starts_with(&begin), "{}{}", ended.stdout, ended.stderr);
}

/// Older releases of `iii compose` name a file that they have written.
#[tokio::test]
async fn a_file_that_the_environment_names_but_that_cannot_be_used() {
    let folder = folder_of(&["config.yaml"]);
    let wrong = folder.path().join("wrong.yaml");
    fs::write(&wrong, "owner: a\nownr: b").expect("a file");
    for (named, problem) in [
        (
            "missing.yaml",
            "missing.yaml: cannot be read: No such file or directory (os error 2)",
        ),
        ("/", "/: cannot be read: Is a directory (os error 21)"),
        (
            "wrong.yaml",
            "wrong.yaml:2: ownr: is not a known key; did you mean `owner`?",
        ),
    ] {
        for args in [&[][..], &["--check"]] {
            let ended = run(args, &[("III_CONFIG", named)], folder.path()).await;
            assert_refused(&ended, &format!("III_CONFIG: {problem}"));
        }
    }
}

#[tokio::test]
async fn a_link_to_nowhere_is_a_file_that_cannot_be_read() {
    let folder = empty();
    symlink("moved.yaml", folder.path().join("config.yaml")).expect("a link");
    let ended = run(&[], &[], folder.path()).await;
    assert_refused(
        &ended,
        "config.yaml: cannot be read: No such file or directory (os error 2)",
    );
}

#[tokio::test]
async fn the_start_says_which_file_counts() {
    let engine = Engine::start().await;
    let folder = folder_of(&["compose.yaml"]);
    let file = folder.path().join("compose.yaml");
    let worker = |builder: WorkerBuilder| builder.url(&engine.url()).spawn();
    let told = worker(Worker::builder(WORKER).env("III_CONFIG", &file)).await;
    let line = told.wait_for_line("starting").await;
    let source = format!(r#"configuration="{}, named by III_CONFIG""#, file.display());
    assert!(line.contains(&source) && line.contains("compose.yaml"), "{line}");
    let told = worker(Worker::builder(WORKER)).await;
    let line = told.wait_for_line("starting").await;
    assert!(line.contains(&format!("configuration={DEFAULTS:?}")), "{line}");
}
