//! `--try` finds out a provider that does something else than its mapping says. What holds for every provider is in the
//! conformance suite.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::tempdir;
use testkit::conformance::acceptance::{agreed, assert_nothing_is_left, rows, run};
use testkit::deployment::{Alone, DeploymentBuilder, FUNCTIONS};
use testkit::simulator::Lag;
use testkit::worker::run_to_end;
use testkit::{Deployment, Fault};

use crate::WORKER;

const EXEC: &str = "/instance/{id}/exec";

fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER).functions(&FUNCTIONS)
}

/// Edits what programs are answered to have written and to have ended with.
fn exec_answers(alone: &Alone, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
    alone.simulator().traffic().rewrite("POST", EXEC, edit);
}

/// A run finds one thing that is wrong, of this function, and says this of it; and it leaves nothing.
async fn finds(alone: &Alone, function: &str, what: &str, said: &str) {
    let (table, status) = run(alone).await;
    let row = rows(&table, function).into_iter().find(|row| row.contains(what));
    let row = row.unwrap_or_else(|| panic!("there is no row of {what:?}:\n{table}"));
    assert!(row.ends_with(said), "{row}");
    assert!(table.trim_end().ends_with(&format!("; not: {function}")), "{table}");
    assert_eq!(status, 1, "{table}");
    assert_nothing_is_left(alone, &table);
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_are_not_quoted() {
    let alone = agreed(worker()).await;
    exec_answers(&alone, |answer| {
        if let Some(text) = answer["stdout"].as_str().filter(|text| text.starts_with("<><")) {
            answer["stdout"] = text.replace("$HOME", "/root").into();
        }
    });
    let said = "\"$HOME ${PATH} $(id) `id`\" arrived as \"/root ${PATH} $(id) `id`\"";
    finds(&alone, "exec", "every byte of every argument", said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_that_kills_nothing() {
    let alone = agreed(worker()).await;
    let told = AtomicBool::new(false);
    exec_answers(&alone, move |answer| {
        let text = answer["stdout"].as_str().unwrap_or_default();
        let of_a_process =
            |(first, _): &(&str, &str)| first.parse::<u32>().is_ok() && !told.swap(true, Ordering::SeqCst);
        // One that is there for as long as the machine is.
        if let Some((_, rest)) = text.split_once('\n').filter(of_a_process) {
            answer["stdout"] = format!("1\n{rest}").into();
        }
    });
    let said = "it was answered to be over, and the program runs on";
    finds(&alone, "exec", "a timeout that kills", said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_lags_for_too_long() {
    let alone = agreed(worker()).await;
    let late = Duration::from_secs(40);
    alone.simulator().set_lag(Lag {
        listed_after: late,
        ..Lag::default()
    });
    let said = "the provider's list, by the owner's tag, is of 0 after 20 s";
    let (table, status) = run(&alone).await;
    let row = rows(&table, "list")[1];
    assert!(row.ends_with(said), "{row}");
    assert_eq!(status, 1, "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_leads_nowhere() {
    let alone = agreed(worker()).await;
    let traffic = alone.simulator().traffic();
    for (method, pattern) in [("POST", "/instance/{id}/http"), ("GET", "/instance/{id}")] {
        traffic.rewrite(method, pattern, |answer| {
            let services = answer["networking"]["http_services"].as_array_mut();
            for service in services.into_iter().flatten() {
                service["url"] = "http://127.0.0.1:9/".into();
            }
        });
    }
    finds(&alone, "expose_port", "a URL that answers", "the URL does not answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_refused() {
    let alone = agreed(worker()).await;
    let snapshot = "/instance/{id}/snapshot";
    alone
        .simulator()
        .traffic()
        .fail("POST", snapshot)
        .with(Fault::Status(501))
        .always();
    let (table, status) = run(&alone).await;
    let row = rows(&table, "snapshot")[0];
    assert!(
        row.contains("[S502] provider unavailable: ") && row.contains("status 501"),
        "{row}"
    );
    assert!(
        !table.contains("injected fault"),
        "the provider's text is quoted:\n{table}"
    );
    assert_eq!(status, 1, "{table}");
    assert_nothing_is_left(&alone, &table);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_removed_is_named() {
    let alone = agreed(worker()).await;
    alone
        .simulator()
        .traffic()
        .fail("DELETE", "/snapshot/{id}")
        .with(Fault::Status(500))
        .always();
    let mut worker = alone.spawn().await;
    worker.wait_for_line("snapshot               of the sandbox").await;
    worker.interrupt();
    worker.wait_for_line("told to stop: removing what was made").await;
    worker.interrupt();
    let status = worker.exit().await;
    let table = worker.stdout();
    assert!(table.contains("\nleft: snapshot snapshot_"), "{table}");
    assert_eq!(status.code(), Some(1), "{table}");
}

#[tokio::test]
async fn a_provider_that_does_not_even_list_is_asked_for_nothing_else() {
    let alone = agreed(worker()).await;
    alone
        .simulator()
        .traffic()
        .fail("GET", "/instance")
        .with(Fault::Status(500))
        .always();
    let (table, status) = run(&alone).await;
    assert!(rows(&table, "list")[0].contains("[S502] "), "{table}");
    assert!(table.contains("; not: list"), "{table}");
    assert_eq!(status, 1, "{table}");
    assert_nothing_is_left(&alone, &table);
    let lines = alone.simulator().traffic().request_lines();
    assert!(lines.iter().all(|line| line.starts_with("GET /instance?")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_no_proof_that_there_is_no_such_image() {
    let alone = agreed(worker()).await;
    let starts = alone.simulator().traffic().fail("POST", "/instance");
    // After the sandbox, what is started from its snapshot, and what the adapter starts.
    let outage = starts.with(Fault::Status(500)).nth(5);
    let said = "it has to be S100, and is [S502] provider unavailable: create (start): status 500 (POST /instance)";
    finds(&alone, "create", "refused: there is no such image", said).await;
    assert_eq!(outage.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_loses_what_a_program_is_given_to_read() {
    let alone = agreed(worker()).await;
    exec_answers(&alone, |answer| {
        if let Some(text) = answer["stdout"]
            .as_str()
            .filter(|text| text.starts_with("first 'line'\nsecond"))
        {
            answer["stdout"] = text.replacen("first 'line'\n", "", 1).into();
        }
    });
    let (table, status) = run(&alone).await;
    let row = rows(&table, "sandbox::exec")[0];
    assert!(row.contains("  stdout is \"second $LINE"), "{row}\n{table}");
    assert!(table.contains("; not: sandbox::exec"), "{table}");
    assert_eq!(status, 1, "{table}");
    assert_nothing_is_left(&alone, &table);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_which_configuration_it_goes_by_and_what_becomes_of_what_nobody_removes() {
    let alone = agreed(worker()).await;
    let (table, _) = run(&alone).await;
    let begin = table.lines().next().expect("a line");
    assert!(
        begin.starts_with("configuration: ") && begin.contains("named by --config"),
        "{begin}"
    );
    assert!(begin.ends_with("does not count beside a file that is named"), "{begin}");
    let said = "Sandboxes end by themselves within 1200 s; snapshots stay until somebody deletes them.";
    assert!(table.contains(said), "{table}");
}

#[tokio::test]
async fn without_an_image_nothing_is_known_to_start_from() {
    let folder = tempdir().expect("a folder");
    let key = [("MORPH_API_KEY", "key")];
    let ended = run_to_end(WORKER, &["--try", "--yes"], &key, folder.path()).await;
    let said = "sandbox-morph: --try starts sandboxes: name what from, by --image\n";
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(1), said));
}

#[tokio::test]
async fn without_a_key_nothing_begins() {
    let folder = tempdir().expect("a folder");
    let ended = run_to_end(WORKER, &["--try", "--yes", "--image", "any"], &[], folder.path()).await;
    let said =
        "sandbox-morph: [S503] auth invalid or expired: the environment variable MORPH_API_KEY holds no API key\n";
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(1), said));
}
