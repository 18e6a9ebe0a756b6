//! Nobody has to read the log: no call and no signal waits until somebody does.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Write, pipe};
use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::json;
use testkit::{Deployment, Morph, Worker, deployment::DeploymentBuilder};

use crate::WORKER;

/// What a pipe of Linux holds before a write waits.
const FULL: usize = 64 * 1024;

/// A pipe into which nothing more goes.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().expect("a pipe");
    writer.write_all(&[b'\n'; FULL]).expect("room for so much");
    (reader, writer)
}

fn logging_to(end: PipeWriter) -> DeploymentBuilder {
    Deployment::builder(WORKER).stderr_to(end)
}

/// Calls that fail, each of which is a long line of the log.
async fn fail(deployment: &Deployment, calls: usize) {
    let payload =
        json!({"sandbox_id": "morphvm_1", "cmd": "true", "a_field_that_is_not_one_of_those_that_exec_has": 1});
    let refused = stream::iter(0..calls).map(|_| deployment.refusal("exec", payload.clone()));
    refused.buffer_unordered(32).for_each(async |_| ()).await;
}

async fn ends_well(deployment: &mut Deployment) {
    deployment.worker.terminate();
    let status = deployment.worker.exit_within(Duration::from_secs(5)).await;
    assert_eq!(status.code(), Some(0));
    deployment.engine.wait_connections(0).await;
}

#[tokio::test]
async fn a_thousand_failing_calls_stop_neither_the_next_call_nor_the_end() {
    let (_unread, end) = pipe().expect("a pipe");
    let mut deployment = logging_to(end).start().await;
    fail(&deployment, 1_000).await;
    deployment.sandbox().await;
    ends_well(&mut deployment).await;
}

#[tokio::test]
async fn a_pipe_that_is_full_from_the_start_stops_neither_the_start_nor_the_end() {
    let (_unread, end) = full_pipe();
    let mut deployment = logging_to(end).env("RUST_LOG", "trace").start().await;
    fail(&deployment, 10).await;
    deployment.sandbox().await;
    ends_well(&mut deployment).await;
}

#[tokio::test]
async fn a_reader_that_goes_away_takes_nothing_with_it() {
    let (reader, end) = pipe().expect("a pipe");
    let mut deployment = logging_to(end).start().await;
    fail(&deployment, 10).await;
    drop(reader);
    fail(&deployment, 10).await;
    deployment.sandbox().await;
    ends_well(&mut deployment).await;
}

#[tokio::test]
async fn what_could_not_be_written_is_counted_and_told_where_it_is_missing() {
    const CALLS: usize = 6_000;
    let (reader, end) = pipe().expect("a pipe");
    let deployment = logging_to(end)
        .env("RUST_LOG", "provider_runtime::function=info")
        .start()
        .await;
    fail(&deployment, CALLS).await;
    let (mut failures, mut dropped) = (0, 0);
    for line in BufReader::new(reader).lines() {
        let line = line.expect("text");
        match line.split_once("dropped=") {
            Some((_, count)) => dropped += count.parse::<usize>().expect("a number"),
            None => failures += usize::from(line.contains("a call failed")),
        }
        if failures + dropped == CALLS {
            break;
        }
    }
    assert!(
        failures > 0 && dropped > 0,
        "{failures} lines and {dropped} dropped ones"
    );
}

#[tokio::test]
async fn an_unread_refusal_of_the_start_still_ends_it() {
    let (_unread, end) = full_pipe();
    for (argument, status) in [("--config=/", 1), ("--no-such-flag", 2)] {
        let worker = Worker::builder(WORKER)
            .arg(argument)
            .stderr_to(end.try_clone().expect("a pipe"));
        let mut worker = worker.spawn().await;
        let ended = worker.exit_within(Duration::from_secs(5)).await;
        assert_eq!(ended.code(), Some(status), "{argument}");
    }
}

#[tokio::test]
async fn a_check_whose_output_nobody_reads_can_be_interrupted() {
    let morph = Morph::start().await;
    let (_unread, end) = full_pipe();
    let worker = Worker::builder(WORKER)
        .arg("--check")
        .env("MORPH_API_KEY", morph.api_key());
    let config = format!("api_base: {}", morph.api_base());
    let mut worker = worker.config(&config).stdout_to(end).spawn().await;
    morph.wait_for_request("GET", "/instance", 1).await;
    worker.terminate();
    assert_eq!(worker.exit_within(Duration::from_secs(5)).await.code(), Some(1));
}

#[tokio::test]
async fn a_check_whose_reader_is_gone_tells_its_status() {
    let (reader, end) = pipe().expect("a pipe");
    drop(reader);
    let mut worker = Worker::builder(WORKER).arg("--check").stdout_to(end).spawn().await;
    assert_eq!(worker.exit_within(Duration::from_secs(5)).await.code(), Some(1));
    assert_eq!(worker.stderr(), "");
}
