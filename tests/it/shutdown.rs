//! Told to stop, the worker finishes or undoes what is under way, and ends; what runs at the provider lives on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{CallError, Deployment, Engine, Fault, Morph, Worker, engine::Rejection, morph::Fate};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, unix::pipe},
};

use crate::WORKER;

const ONE: &str = "/instance/{id}";

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

/// A start takes effect but is not answered, this many starts from now.
fn lose(deployment: &Deployment, number: usize) {
    let start = deployment.morph().fail("POST", "/instance").with(Fault::Stall);
    start.after_effect().nth(number);
}

/// The functions that the worker itself took back, rather than lost with its connection.
fn unregistered(deployment: &Deployment) -> BTreeSet<String> {
    let mut frames = deployment.engine.frames();
    frames.retain(|frame| frame["type"] == "unregisterfunction");
    let ids = frames
        .into_iter()
        .map(|frame| frame["id"].as_str().unwrap_or_default().to_owned());
    ids.collect()
}

#[tokio::test]
async fn on_sigterm_it_unregisters_and_ends_well() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.sandbox().await;
    let functions = BTreeSet::from_iter(deployment.engine.ids());
    assert!(functions.len() > 7, "{functions:?}");
    assert_eq!(deployment.terminate().await.code(), Some(0));
    assert_eq!(unregistered(&deployment), functions);
    deployment.engine.wait_connections(0).await;
    assert_eq!(deployment.morph().instances().len(), 1, "what runs lives on");
}

#[tokio::test]
async fn on_sigint_and_sighup_too() {
    for tell in [Worker::interrupt, Worker::hang_up] {
        let mut deployment = Deployment::start(WORKER).await;
        deployment.sandbox().await;
        let functions = BTreeSet::from_iter(deployment.engine.ids());
        tell(&deployment.worker);
        assert_eq!(deployment.worker.exit().await.code(), Some(0));
        assert_eq!(unregistered(&deployment), functions);
        assert_eq!(deployment.morph().instances().len(), 1, "what runs lives on");
    }
}

#[tokio::test]
async fn one_that_was_started_to_outlive_its_terminal_does() {
    let engine = Engine::start().await;
    let worker = Worker::builder("nohup").arg(WORKER).arg("--url").arg(engine.url());
    let mut worker = worker.spawn().await;
    engine.registered("sandbox::provider::morph::list").await;
    worker.hang_up();
    let listed = engine.call("sandbox::provider::morph::list", json!({})).await;
    assert!(listed.is_ok(), "{listed:?}");
    worker.terminate();
    assert_eq!(worker.exit().await.code(), Some(0), "it was not told twice");
}

/// A named pipe with nobody at either end.
fn named_pipe() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    (folder, pipe)
}

#[tokio::test]
async fn told_while_it_still_reads_its_configuration_it_ends_well() {
    for tell in [Worker::terminate, Worker::interrupt, Worker::hang_up] {
        let (_folder, pipe) = named_pipe();
        let worker = Worker::builder(WORKER).arg("--config").arg(&pipe);
        let mut worker = worker.spawn().await;
        let _nothing_written = reader_comes(&pipe).await;
        tell(&worker);
        let status = worker.exit_within(Duration::from_secs(5)).await;
        assert_eq!((status.code(), worker.stderr().as_str()), (Some(0), ""));
    }
}

#[tokio::test]
async fn a_check_that_still_reads_has_found_nothing() {
    let (_folder, pipe) = named_pipe();
    let worker = Worker::builder(WORKER).arg("--check").arg("--config").arg(&pipe);
    let mut worker = worker.spawn().await;
    let _nothing_written = reader_comes(&pipe).await;
    worker.terminate();
    assert_eq!(worker.exit_within(Duration::from_secs(5)).await.code(), Some(1));
    assert_eq!((worker.stdout(), worker.stderr()), (String::new(), String::new()));
}

#[tokio::test]
async fn a_configuration_that_comes_by_a_pipe_is_read() {
    let (_folder, pipe) = named_pipe();
    let engine = Engine::start().await;
    let worker = Worker::builder(WORKER).url(&engine.url()).arg("--config").arg(&pipe);
    let mut worker = worker.spawn().await;
    let mut config = reader_comes(&pipe).await;
    config.write_all(b"owner: team-a").await.expect("it reads");
    drop(config);
    assert!(worker.wait_for_line("starting").await.contains("owner=\"team-a\""));
    worker.terminate();
    assert_eq!(worker.exit().await.code(), Some(0));
}

#[tokio::test]
async fn told_before_it_has_reached_an_engine_it_ends_well() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    for url in [format!("ws://{address}"), "ws://127.0.0.1:1".to_owned()] {
        let mut worker = Worker::builder(WORKER).url(&url).spawn().await;
        worker.wait_for_line("starting").await;
        worker.terminate();
        let status = worker.exit_within(Duration::from_secs(5)).await;
        assert_eq!(status.code(), Some(0), "{url}");
    }
}

/// The end of a pipe into which to write, once somebody reads at the other.
async fn reader_comes(pipe: &Path) -> pipe::Sender {
    for _ in 0..2_000 {
        match pipe::OpenOptions::new().open_sender(pipe) {
            Ok(sender) => return sender,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("nobody has read from the pipe for 20 s");
}

#[tokio::test]
async fn a_create_under_way_is_finished_and_answered() {
    let slow = Morph::builder().ready_after(Duration::from_secs(1));
    let mut deployment = Deployment::builder(WORKER).morph(slow).start().await;
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_request("GET", ONE, 1).await;
    assert_eq!(deployment.terminate().await.code(), Some(0));
    let id = creating.await.expect("a sandbox")["sandbox_id"].clone();
    let left = deployment.morph().instances();
    assert_eq!(left.iter().map(|one| json!(one.id)).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn while_it_finishes_it_takes_no_new_calls() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", "/instance").with(Fault::Stall).once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.worker.terminate();
    deployment.engine.wait_gone(&deployment.id("create")).await;
    let refused = deployment.call("create", image()).await.expect_err("nobody serves it");
    assert_eq!(refused.code, "function_not_found");
    deployment.morph().release_stalled();
    creating.await.expect("a sandbox");
    assert_eq!(deployment.worker.exit().await.code(), Some(0));
}

#[tokio::test]
async fn what_takes_too_long_is_undone() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().set_fates([Fate::Pending, Fate::Ready]);
    lose(&deployment, 2);
    let starting = [deployment.begin("create", image()), deployment.begin("create", image())];
    deployment.morph().wait_for_fault_hits(1).await;
    assert_eq!(deployment.terminate().await.code(), Some(0));
    let stopping = CallError::new("S502", "[S502] provider unavailable: the worker is stopping");
    for start in starting {
        assert_eq!(start.await, Err(stopping.clone()));
    }
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn undoing_that_is_under_way_is_finished() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(500)).times(2);
    deployment.refusal("create", image()).await;
    assert_eq!(deployment.terminate().await.code(), Some(0));
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn a_look_that_is_put_off_is_taken_before_the_end() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", "/instance").with(Fault::Cut).once();
    deployment.refusal("create", image()).await;
    let sent = deployment
        .morph()
        .requests_to("POST", "/instance")
        .remove(0)
        .body
        .expect("a body");
    let tag = sent["metadata"]["iii-attempt"].as_str().expect("a tag");
    deployment.worker.terminate();
    deployment.engine.wait_gone(&deployment.id("create")).await;
    deployment
        .morph()
        .add_instance(&[("iii-owner", "default"), ("iii-attempt", tag)]);
    assert_eq!(
        deployment.worker.exit_within(Duration::from_secs(10)).await.code(),
        Some(0)
    );
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn what_cannot_be_undone_in_time_is_in_the_log() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().set_fates([Fate::Error]);
    deployment.morph().fail("DELETE", ONE).always();
    deployment.refusal("create", image()).await;
    assert_eq!(deployment.terminate().await.code(), Some(0));
    let left = deployment.morph().instances().remove(0);
    let line = format!(
        "ERROR provider_runtime::rollback: a sandbox could not be ended sandbox=\"{}\" attempt=\"{}\" why=\"the worker is stopping\"",
        left.id, left.metadata["iii-attempt"]
    );
    deployment.worker.wait_for_line(&line).await;
}

#[tokio::test]
async fn told_twice_it_ends_at_once() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.morph().fail("POST", "/instance").with(Fault::Stall).once();
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.worker.terminate();
    deployment.engine.wait_gone(&deployment.id("create")).await;
    deployment.worker.terminate();
    let status = deployment.worker.exit_within(Duration::from_secs(3)).await;
    assert_eq!(status.code(), Some(1));
    // The caller hears it from the worker, or else from the engine.
    let code = creating.await.expect_err("it was stopped").code;
    assert!(["S502", "invocation_stopped"].contains(&code.as_str()), "{code}");
}

#[tokio::test]
async fn refused_by_the_engine_it_undoes_what_is_under_way_and_says_why() {
    let mut deployment = Deployment::start(WORKER).await;
    lose(&deployment, 1);
    let creating = deployment.begin("create", image());
    deployment.morph().wait_for_fault_hits(1).await;
    deployment.engine.reject(Rejection::worker_name_taken("sandbox-morph"));
    assert_eq!(deployment.worker.exit().await.code(), Some(1));
    assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
    assert_eq!(deployment.morph().instances(), []);
    let line = "sandbox-morph: the engine refused this worker: another one has its name in namespace default \
                (WORKER_NAMESPACE_CONFLICT)";
    assert_eq!(deployment.worker.wait_for_line("sandbox-morph: ").await, line);
}
