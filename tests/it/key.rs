//! Where the API key comes from, and who else may read it.

use std::fs::{self, Permissions};
use std::os::unix::{fs::PermissionsExt, process::ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::{TempDir, tempdir};
use testkit::worker::{Output, run_to_end};
use testkit::{Deployment, Engine, Morph, Worker};

use crate::WORKER;

const KEY: &str = "k3y-of-the-operator";

const NOTE: &str = "note: /proc/PID/environ holds the key as long as the worker runs, for root and for whoever may debug \
                    it; `api_key_file` is the way without";

/// A folder with a file that holds a text, and whoever may read it.
fn key_file(text: impl AsRef<[u8]>, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("key");
    fs::write(&file, text).expect("a file");
    fs::set_permissions(&file, Permissions::from_mode(mode)).expect("its mode");
    (folder, file)
}

/// Checks a configuration of these lines.
async fn check(config: &str, env: &[(&str, &str)]) -> Output {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("config.yaml"), config).expect("a file");
    run_to_end(WORKER, &["--check"], env, folder.path()).await
}

async fn with_key(file: &Path) -> Deployment {
    let builder = Deployment::builder(WORKER).morph(Morph::builder().api_key(KEY));
    let builder = builder.key_variable("ANOTHER").env("ANOTHER", "is not read");
    let builder = builder.env("RUST_LOG", "trace");
    builder
        .config(&format!("api_key_file: {}", file.display()))
        .start()
        .await
}

#[tokio::test]
async fn a_file_holds_it_and_nothing_else_does() {
    let (_folder, file) = key_file(format!("{KEY}\n"), 0o600);
    let mut deployment = with_key(&file).await;
    deployment.sandbox().await;
    let environment = format!("/proc/{}/environ", deployment.worker.pid().expect("it runs"));
    if let Ok(environment) = fs::read(environment) {
        assert!(!String::from_utf8_lossy(&environment).contains(KEY));
    }
    assert!(deployment.terminate().await.success());
    let log = deployment.worker.stderr();
    assert!(!log.contains(KEY) && !log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn one_that_everybody_can_read_is_told_of() {
    for (mode, is_told) in [(0o600, false), (0o640, false), (0o604, true), (0o644, true)] {
        let (_folder, file) = key_file(KEY, mode);
        let ended = check(
            &format!("api_key_file: {}\napi_base: http://127.0.0.1:1", file.display()),
            &[],
        )
        .await;
        let warning = "warning: api_key_file can be read by every user of this machine: `chmod o-r` ends that\n";
        assert_eq!(ended.stdout.contains(warning), is_told, "{mode:o}: {}", ended.stdout);
        let deployment = with_key(&file).await;
        deployment.worker.wait_for_line("connected to the engine").await;
        assert_eq!(
            deployment.worker.stderr().contains("every user of this machine"),
            is_told,
            "{mode:o}"
        );
    }
}

#[tokio::test]
async fn one_that_cannot_be_used_ends_the_start() {
    let is_wrong = |text: &str| format!("sandbox-morph: config.yaml:2: api_key_file: {text}\n");
    let more = "names a file of more than one line: it must hold the API key and nothing else";
    for (content, text) in [
        ("", "names a file that is empty: it must hold the API key"),
        (" \n\n", "names a file that is empty: it must hold the API key"),
        ("k3y\nmore", more),
        ("k3y\r\n\r\nmore\r\n", more),
        ("k3\ty", "names a file that holds something that cannot be an API key"),
        ("k3–y", "names a file that holds something that cannot be an API key"),
        (
            &"k".repeat(16 * 1024 + 1),
            "names a file that is too large for an API key",
        ),
    ] {
        let (_folder, file) = key_file(content, 0o600);
        let ended = check(&format!("owner: a\napi_key_file: {}", file.display()), &[]).await;
        assert_eq!((ended.stdout.as_str(), ended.stderr), ("", is_wrong(text)));
        assert_eq!(ended.status.code(), Some(1));
    }
    for (value, text) in [
        (
            "k3y-in-place-of-a-path",
            "names a file that cannot be read: No such file or directory (os error 2)",
        ),
        ("/", "names a file that cannot be read: Is a directory (os error 21)"),
        ("/dev/zero", "names a file that is too large for an API key"),
        ("", "must be the path of a file that holds the API key, got nothing"),
        ("[a]", "must be the path of a file that holds the API key, got a list"),
    ] {
        let ended = check(&format!("owner: a\napi_key_file: {value}"), &[]).await;
        assert_eq!((ended.stdout.as_str(), ended.stderr), ("", is_wrong(text)));
    }
}

#[tokio::test]
async fn a_file_and_a_variable_cannot_both_be_named() {
    let (_folder, file) = key_file(KEY, 0o600);
    let (of_file, of_variable) = (
        format!("api_key_file: {}", file.display()),
        "api_key_env: MORPH_API_KEY",
    );
    for (first, second, beside) in [
        (
            of_file.as_str(),
            of_variable,
            "api_key_env: cannot be set beside `api_key_file`",
        ),
        (
            of_variable,
            &of_file,
            "api_key_file: cannot be set beside `api_key_env`",
        ),
    ] {
        let ended = check(&format!("{first}\n{second}"), &[]).await;
        let line = format!(
            "sandbox-morph: config.yaml:2: {beside}, which is on line 1: the API key is in a file or in the environment\n"
        );
        assert_eq!((ended.stdout.as_str(), ended.stderr), ("", line));
    }
}

#[tokio::test]
async fn a_check_says_where_it_is_and_what_holds_it() {
    let morph = Morph::builder().api_key(KEY).start().await;
    let base = format!("api_base: {}", morph.api_base());
    let accepted = |source: &str| format!("API key: {source} is accepted; 0 sandboxes of this owner\n");
    let ended = check(&base, &[("MORPH_API_KEY", KEY)]).await;
    let rest = format!("{NOTE}\n{}", accepted("MORPH_API_KEY"));
    assert!(ended.stdout.ends_with(&rest), "{}", ended.stdout);
    let (_folder, file) = key_file(KEY, 0o600);
    let of_file = format!("{base}\napi_key_file: {}", file.display());
    let ended = check(&of_file, &[]).await;
    let rest = accepted(&file.display().to_string());
    assert!(
        ended.stdout.ends_with(&rest) && !ended.stdout.contains(NOTE),
        "{}",
        ended.stdout
    );
    let ended = check(&of_file, &[("MORPH_API_KEY", "another")]).await;
    let warning = "warning: MORPH_API_KEY is set, and api_key_file counts: unset it, or /proc/PID/environ holds a key \
                   all the same\n";
    assert!(ended.stdout.contains(warning), "{}", ended.stdout);
    assert_eq!(ended.status.code(), Some(0));
}

#[tokio::test]
async fn a_file_that_never_ends_can_be_interrupted() {
    let folder = tempdir().expect("a folder");
    let pipe = folder.path().join("key");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let worker = Worker::builder(WORKER).config(&format!("api_key_file: {}", pipe.display()));
    let mut worker = worker.spawn().await;
    // Opening waits for the other end.
    let opened = tokio::task::spawn_blocking(move || fs::File::options().write(true).open(pipe));
    let _nothing_written = opened.await.expect("no panic").expect("it reads");
    worker.terminate();
    assert_eq!(worker.exit_within(Duration::from_secs(5)).await.code(), Some(0));
}

#[tokio::test]
async fn a_file_that_never_ends_is_given_up_with_its_key_and_line() {
    let folder = tempdir().expect("a folder");
    let pipe = folder.path().join("key");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let ended = check(&format!("owner: a\napi_key_file: {}", pipe.display()), &[]).await;
    let line = "sandbox-morph: config.yaml:2: api_key_file: names a file that cannot be read within 5 s\n";
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", line));
    assert_eq!(ended.status.code(), Some(1));
}

#[tokio::test]
async fn a_file_may_be_a_pipe_that_somebody_writes_to() {
    let folder = tempdir().expect("a folder");
    let pipe = folder.path().join("key");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let morph = Morph::builder().api_key(KEY).start().await;
    let config = format!("api_base: {}\napi_key_file: {}", morph.api_base(), pipe.display());
    let written = tokio::task::spawn_blocking(move || fs::write(pipe, KEY));
    let ended = check(&config, &[]).await;
    written.await.expect("no panic").expect("it was read");
    assert_eq!(ended.status.code(), Some(0), "{}{}", ended.stdout, ended.stderr);
}

/// A proxy with credentials, at a port where nobody listens.
const PROXY: &str = "http://us3r:p4ss@127.0.0.1:9";

/// What is said of a proxy before `base`.
async fn told_of_proxy(base: &str, env: &[(&str, &str)]) -> Option<String> {
    let mut all = vec![("MORPH_API_KEY", KEY)];
    all.extend(env);
    let ended = check(&format!("api_base: {base}\nrequest_timeout_secs: 1"), &all).await;
    for secret in ["us3r", "p4ss", KEY] {
        let told = ended.stdout.clone() + &ended.stderr;
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    let line = ended.stdout.lines().find(|line| line.contains("proxy"));
    line.map(str::to_owned)
}

#[tokio::test]
async fn a_check_warns_of_a_proxy_before_a_loopback_or_plain_address() {
    let of = |kind: &str, whose: &str| {
        Some(format!(
            "warning: api_base is {kind}, and the API key goes through the proxy http://127.0.0.1:9, {whose}: name the host \
             in NO_PROXY, or unset the variable that names the proxy"
        ))
    };
    let plain = of("http", "which can read it");
    let loopback = of("a loopback address", "for which that is another machine");
    for (base, variable, expected) in [
        ("http://127.0.0.1:1", "HTTP_PROXY", &plain),
        ("http://localhost:1", "ALL_PROXY", &plain),
        ("http://provider.invalid", "http_proxy", &plain),
        ("http://192.0.2.1", "all_proxy", &plain),
        ("https://127.0.0.2:1", "HTTPS_PROXY", &loopback),
        ("https://[::1]:1", "ALL_PROXY", &loopback),
        ("https://localhost:1", "https_proxy", &loopback),
        ("https://provider.invalid", "HTTPS_PROXY", &None),
        ("http://127.0.0.1:1", "HTTPS_PROXY", &None),
    ] {
        let told = told_of_proxy(base, &[(variable, PROXY)]).await;
        assert_eq!(&told, expected, "{base} by {variable}");
    }
    let excepted = [("ALL_PROXY", PROXY), ("NO_PROXY", "127.0.0.0/8")];
    assert_eq!(told_of_proxy("http://127.0.0.1:1", &excepted).await, None);
    let odd = told_of_proxy("http://127.0.0.1:1", &[("ALL_PROXY", "http://us3r:p@p4ss@127.0.0.1:9")]).await;
    assert_eq!(odd, plain);
}

#[tokio::test]
async fn the_log_warns_of_it_too() {
    let engine = Engine::start().await;
    let worker = Worker::builder(WORKER)
        .url(&engine.url())
        .config("api_base: http://127.0.0.1:1");
    let worker = worker.env("MORPH_API_KEY", KEY).env("ALL_PROXY", PROXY).spawn().await;
    let line = worker.wait_for_line("NO_PROXY").await;
    assert!(
        line.contains("WARN") && line.contains("through the proxy http://127.0.0.1:9,"),
        "{line}"
    );
    assert!(!worker.stderr().contains("p4ss"), "{}", worker.stderr());
}

/// What the system says of a running worker's core dumps.
fn core_limits(worker: &Worker) -> String {
    let limits = format!("/proc/{}/limits", worker.pid().expect("it runs"));
    let limits = fs::read_to_string(limits).expect("a process has limits");
    let line = limits.lines().find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = line.expect("a limit").split_whitespace().collect();
    words[4..6].join(" ")
}

#[tokio::test]
async fn a_crash_leaves_no_core_dump() {
    let engine = Engine::start().await;
    let shell = Worker::builder("sh")
        .arg("-c")
        .arg("ulimit -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\"");
    let worker = shell.arg(WORKER).arg("--url").arg(engine.url());
    let mut worker = worker.spawn().await;
    engine.registered("sandbox::provider::morph::list").await;
    assert_eq!(core_limits(&worker), "0 0");
    let listed = engine.call("sandbox::provider::morph::list", json!({})).await;
    assert!(listed.is_ok(), "{listed:?}");
    let pid = worker.pid().expect("it runs").to_string();
    let sent = Command::new("kill")
        .args(["-s", "ABRT", &pid])
        .status()
        .expect("a signal");
    assert!(sent.success());
    let status = worker.exit().await;
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}
