//! A child process stands in for a worker: the shell.

use testkit::worker::{Worker, WorkerBuilder, run_to_end};

use crate::fifo::Fifo;

/// With signals as they are for a process in the foreground: what ignores interrupts from its start cannot trap them.
fn shell(script: &str) -> WorkerBuilder {
    let env = Worker::builder("/usr/bin/env").arg("--default-signal");
    env.arg("/bin/sh").arg("-c").arg(script)
}

#[tokio::test]
async fn lines_are_collected_apart() {
    let mut worker = shell("echo out; echo err >&2; exit 3").spawn().await;
    assert_eq!(worker.wait_for_line("er").await, "err");
    assert_eq!(worker.exit().await.code(), Some(3));
    assert_eq!((worker.stdout(), worker.stderr()), ("out\n".into(), "err\n".into()));
    assert_eq!(worker.pid(), None);
}

#[tokio::test]
async fn the_environment_is_clean_but_for_what_is_set() {
    let script = "env | cut -d= -f1 | grep -vE '^(PATH|HOME|PWD|OLDPWD|SHLVL|_)$'; echo $RUST_LOG";
    let worker = shell(script).env("RUST_LOG", "info").env("RUST_LOG", "debug");
    let mut worker = worker.spawn().await;
    worker.exit().await;
    assert_eq!(worker.stdout(), "RUST_LOG\ndebug\n");
}

#[tokio::test]
async fn url_and_config_arrive_as_flags() {
    // The flags follow the script, so the first of them is the script's $0.
    let worker = shell("echo $0 $1 $2; cat $3").url("ws://engine").config("a: 1\n");
    let mut worker = worker.spawn().await;
    worker.exit().await;
    assert_eq!(worker.stdout(), "--url ws://engine --config\na: 1\n");
}

#[tokio::test]
async fn signals_arrive() {
    for (name, send) in [("TERM", Worker::terminate as fn(&Worker)), ("INT", Worker::interrupt)] {
        let script = format!("trap 'echo got {name}; exit 0' {name}; echo up; while :; do sleep 0.01; done");
        let mut worker = shell(&script).spawn().await;
        worker.wait_for_line("up").await;
        send(&worker);
        assert!(worker.exit().await.success());
        assert_eq!(worker.wait_for_line("got").await, format!("got {name}"));
    }
}

#[tokio::test]
#[should_panic(expected = "no line with \"never\"")]
async fn waiting_for_a_line_ends_with_the_process() {
    let worker = shell("echo something else").spawn().await;
    worker.wait_for_line("never").await;
}

#[tokio::test]
async fn dropping_a_worker_kills_it() {
    let mut fifo = Fifo::new();
    let script = format!("{}; exec sleep 600", fifo.hold());
    let worker = shell(&script).spawn().await;
    fifo.opened().await;
    drop(worker);
    fifo.closed().await;
}

#[tokio::test]
async fn a_tool_runs_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["-c", "echo $A; pwd >&2; exit 4"];
    let output = run_to_end("/bin/sh", &args, &[("A", "b")], dir.path()).await;
    assert_eq!((output.status.code(), output.stdout.as_str()), (Some(4), "b\n"));
    let name = dir.path().file_name().unwrap().to_str().unwrap();
    assert!(output.stderr.trim().ends_with(name), "{}", output.stderr);
}
