//! `--check`: configuration and key, seen before anything depends on them.

use std::fs;

use tempfile::{TempDir, tempdir};
use testkit::worker::{Output, run_to_end};
use testkit::{Fault, Morph};

use crate::WORKER;

/// Where there is a key in the environment.
const NOTE: &str = "note: /proc/PID/environ holds the key as long as the worker runs, for root and for whoever may debug \
                    it; `api_key_file` is the way without\n";

/// Where no file is named.
const OF_THE_ENTRY: &str = "note: the entry sandbox-morph of the engine's configuration worker is not asked for here; where \
                            it has a value, a worker that serves follows that instead\n";

fn folder_with(config: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("config.yaml"), config).expect("a file");
    folder
}

/// Checks a configuration that names `morph` and has `more` lines.
async fn check(morph: &Morph, key: &str, more: &str) -> Output {
    let folder = folder_with(&format!("api_base: {}\n{more}", morph.api_base()));
    run_to_end(WORKER, &["--check"], &[("MORPH_API_KEY", key)], folder.path()).await
}

/// Nothing but these lines, and this status.
fn assert_says(ended: &Output, morph: &Morph, owner: &str, key: &str, status: i32) {
    let provider = morph.api_base();
    let file = "config.yaml in the working directory";
    let head = format!("configuration: {file}\nprovider: morph at {provider}\nowner: {owner}\n");
    let note = if key.contains("the environment variable") {
        ""
    } else {
        NOTE
    };
    let expected = format!("{head}{OF_THE_ENTRY}{note}API key: {key}\n");
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (expected.as_str(), ""));
    assert_eq!(ended.status.code(), Some(status));
}

#[tokio::test]
async fn all_is_well() {
    let morph = Morph::start().await;
    morph.add_instance(&[("iii-owner", "team")]);
    morph.add_instance(&[("iii-owner", "somebody")]);
    let ended = check(&morph, morph.api_key(), "owner: team").await;
    let key = "MORPH_API_KEY is accepted; 1 sandboxes of this owner";
    assert_says(&ended, &morph, "team", key, 0);
    assert_eq!(morph.request_lines(), ["GET /instance?metadata[iii-owner]=team"]);
}

#[tokio::test]
async fn it_says_which_entry_it_has_not_asked_for_and_whether_that_would_count() {
    let morph = Morph::start().await;
    let folder = folder_with(&format!("api_base: {}", morph.api_base()));
    let env = [("MORPH_API_KEY", morph.api_key()), ("III_CONFIG_NAME", "of-compose")];
    let ended = run_to_end(WORKER, &["--check"], &env, folder.path()).await;
    let note = OF_THE_ENTRY.replace("sandbox-morph", "of-compose");
    assert!(ended.stdout.contains(&note), "{}", ended.stdout);
    let ended = run_to_end(WORKER, &["--check", "--config", "config.yaml"], &env, folder.path()).await;
    let note =
        "note: the entry of-compose of the engine's configuration worker does not count beside a file that is named\n";
    assert!(ended.stdout.contains(note), "{}", ended.stdout);
}

#[tokio::test]
async fn the_optional_functions_that_are_offered_are_named() {
    let morph = Morph::start().await;
    let ended = check(&morph, morph.api_key(), "functions: [fs]").await;
    let named = "\noptional: fs, which is fs::read, fs::write\n";
    assert!(ended.stdout.contains(named), "{}", ended.stdout);
}

#[tokio::test]
async fn lists_that_cannot_be_read_are_told_of() {
    let morph = Morph::start().await;
    let more = "max_response_bytes: 65536\nmax_output_bytes: 1000\nmax_concurrent_sandboxes: 65";
    let ended = check(&morph, morph.api_key(), more).await;
    let warning =
        "warning: a list of 65 sandboxes may be 66560 bytes long, which max_response_bytes (65536) cannot carry";
    assert!(ended.stdout.contains(warning), "{}", ended.stdout);
    assert!(ended.status.success());
}

#[tokio::test]
async fn the_key_is_refused() {
    let morph = Morph::start().await;
    let ended = check(&morph, "another", "").await;
    let key = "[S503] auth invalid or expired: sandboxes (owned): status 403 (GET /instance)";
    assert_says(&ended, &morph, "default", key, 1);
}

#[tokio::test]
async fn there_is_no_key() {
    let morph = Morph::start().await;
    for blank in ["", " \n"] {
        let ended = check(&morph, blank, "").await;
        let key = "[S503] auth invalid or expired: the environment variable MORPH_API_KEY holds no API key";
        assert_says(&ended, &morph, "default", key, 1);
    }
    assert_eq!(morph.request_lines(), [""; 0]);
}

#[tokio::test]
async fn the_key_cannot_be_one() {
    let morph = Morph::start().await;
    let ended = check(&morph, "two\nlines", "").await;
    let key = "[S503] auth invalid or expired: the environment variable MORPH_API_KEY holds something that cannot be \
               an API key";
    assert_says(&ended, &morph, "default", key, 1);
}

#[tokio::test]
async fn the_provider_fails() {
    let morph = Morph::start().await;
    morph.fail("GET", "/instance").with(Fault::Nonsense).always();
    let ended = check(&morph, morph.api_key(), "").await;
    let key = "[S502] provider unavailable: sandboxes (owned): the answer cannot be read, or lacks what is needed \
               (GET /instance)";
    assert_says(&ended, &morph, "default", key, 1);
}

#[tokio::test]
async fn the_address_has_no_such_api() {
    let morph = Morph::start().await;
    let elsewhere = morph.api_base().replace("/api", "");
    let folder = folder_with(&format!("api_base: {elsewhere}"));
    let key = [("MORPH_API_KEY", morph.api_key())];
    let ended = run_to_end(WORKER, &["--check"], &key, folder.path()).await;
    let text = "the address has no such API, status 404: check `api_base` (GET /instance)";
    assert!(ended.stdout.contains(text), "{}", ended.stdout);
    assert_eq!(ended.status.code(), Some(1));
}

#[tokio::test]
async fn a_gateway_on_the_way_refuses() {
    let morph = Morph::start().await;
    morph.fail("GET", "/instance").with(Fault::Page(403)).always();
    let ended = check(&morph, morph.api_key(), "").await;
    let key =
        "[S502] provider unavailable: sandboxes (owned): a gateway on the way refused it, status 403 (GET /instance)";
    assert_says(&ended, &morph, "default", key, 1);
}

#[tokio::test]
async fn the_configuration_is_wrong() {
    let morph = Morph::start().await;
    let ended = check(&morph, morph.api_key(), "request_timeout_sec: 5").await;
    let line = "sandbox-morph: config.yaml:2: request_timeout_sec: is not a known key; did you mean \
                `request_timeout_secs`?\n";
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", line));
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(morph.request_lines(), [""; 0]);
}
