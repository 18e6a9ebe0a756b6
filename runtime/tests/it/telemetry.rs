//! What a worker process writes to its log and into its traces, at the most talkative settings there are.
//!
//! [`init`](provider_runtime::telemetry::init) works on the whole process, so each story runs one: this binary again,
//! with [`worker`] as its only test.

use std::io::{Write, pipe};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use provider_runtime::engine::{EngineLink, Handler, Registration};
use provider_runtime::manifest::Package;
use provider_runtime::telemetry;
use serde_json::json;
use testkit::{Engine, Worker, worker::WorkerBuilder};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use url::Url;

const FUNCTION: &str = "sandbox::provider::example::exec";
const SECRETS: [&str; 5] = ["hush-payload", "hush-answer", "hush-panic", "hush-token", "hush-query"];

/// The process under test: serves one call, makes one request, panics, ends.
#[test]
#[ignore = "run by the other tests"]
fn worker() {
    let package = Package {
        name: "sandbox-example",
        version: "1.2.3",
        description: "An example",
        target: "none",
    };
    telemetry::init(&package);
    tracing::trace!("own trace line");
    let runtime = Runtime::new().expect("a runtime");
    let url = std::env::var("ENGINE").expect("an address");
    runtime.block_on(serve_one_call(&package, &url));
    runtime.block_on(request(&url));
    runtime.block_on(async {
        let panicked = tokio::spawn(async { panic!("hush-panic") });
        assert!(panicked.await.is_err());
    });
    // As a worker does that ends: lines are written beside what goes on.
    telemetry::flush(Duration::from_secs(10));
}

async fn serve_one_call(package: &Package, url: &str) {
    let served = Arc::new(Semaphore::new(0));
    let serving = Arc::clone(&served);
    let handler: Handler = Arc::new(move |_| {
        let serving = Arc::clone(&serving);
        async move {
            serving.add_permits(1);
            Ok(json!({"stdout": "hush-answer"}))
        }
        .boxed()
    });
    let registration = Registration {
        id: FUNCTION.to_owned(),
        description: "Runs".to_owned(),
        request_schema: json!({"type": "object"}),
        response_schema: json!({"type": "object"}),
        metadata: None,
        handler,
        report: Into::into,
    };
    let calls = TaskTracker::new();
    let url = Url::parse(&format!("{url}/?token=hush-query")).expect("a URL");
    let handle = tokio::runtime::Handle::current();
    let link = EngineLink::connect(&url, package, vec![registration], &handle, &calls);
    let _ = served.acquire().await;
    calls.close();
    calls.wait().await;
    link.close().await;
}

async fn request(engine: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = engine.replace("ws://", "http://");
    let _ = reqwest::Client::new()
        .post(format!("{address}/x?key=hush-query"))
        .bearer_auth("hush-token")
        .body("hush-payload")
        .send()
        .await;
}

struct Told {
    log: String,
    traces: String,
}

fn process(engine: &Engine) -> WorkerBuilder {
    let process = Worker::builder(std::env::current_exe().expect("this binary"));
    let process = process.env("ENGINE", engine.url()).env("III_TOKEN", "hush-token");
    let arguments = ["--exact", "telemetry::worker", "--ignored", "--nocapture"];
    arguments.into_iter().fold(process, WorkerBuilder::arg)
}

async fn run(settings: &[(&str, &str)]) -> Told {
    let engine = Engine::start().await;
    let mut process = process(&engine);
    for (name, value) in settings {
        process = process.env(name, value);
    }
    let mut worker = process.spawn().await;
    engine.registered(FUNCTION).await;
    if !settings.contains(&("RUST_LOG", "off")) {
        worker.wait_for_line("registered 1 functions").await;
    }
    let call = engine.call(FUNCTION, json!({"cmd": "hush-payload"}));
    assert_eq!(call.await.expect("an answer"), json!({"stdout": "hush-answer"}));
    let status = worker.exit().await;
    let log = worker.stderr();
    assert!(status.success(), "{log}");
    let traces = engine.telemetry().concat();
    Told {
        log,
        traces: String::from_utf8_lossy(&traces).into_owned(),
    }
}

fn assert_silent(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test]
async fn no_secret_is_logged_however_much_is_asked_for() {
    for filter in [
        "trace",
        "trace,tungstenite=trace,iii_sdk=trace,hyper=trace,reqwest=trace,h2=trace",
    ] {
        let told = run(&[("RUST_LOG", filter)]).await;
        assert_silent(&told.log);
        assert!(told.log.contains("connected to the engine"), "{}", told.log);
        assert!(told.log.contains("panicked"), "{}", told.log);
        assert!(told.log.contains("tests/it/telemetry.rs"), "{}", told.log);
    }
}

#[tokio::test]
async fn info_is_what_is_logged_unless_something_else_is_asked_for() {
    for filter in ["", " ", "info", "not/a=filter="] {
        let told = run(&[("RUST_LOG", filter)]).await;
        assert!(told.log.contains("INFO"), "{filter:?}: {}", told.log);
        assert!(!told.log.contains('\u{1b}'), "{}", told.log);
        let is_ignored = told
            .log
            .contains("WARN provider_runtime::telemetry: RUST_LOG is not a valid filter and is ignored");
        assert_eq!(is_ignored, filter.starts_with("not"), "{filter:?}: {}", told.log);
    }
    let told = run(&[("RUST_LOG", "off")]).await;
    assert_eq!(told.log, "");
}

#[tokio::test]
async fn traces_hold_no_payload_unless_the_operator_says_so() {
    for settings in [
        vec![],
        vec![("III_DISABLE_TRACE_PAYLOADS", "")],
        vec![("III_DISABLE_TRACE_PAYLOADS", "true")],
    ] {
        let told = run(&settings).await;
        assert!(told.traces.contains(FUNCTION), "no trace of the call");
        assert_silent(&told.traces);
    }
    let told = run(&[("III_DISABLE_TRACE_PAYLOADS", "0")]).await;
    assert!(told.traces.contains("hush-payload"));
    assert!(told.traces.contains("hush-answer"));
    assert!(
        told.log.contains("traces will hold the payloads of all calls"),
        "{}",
        told.log
    );
}

#[tokio::test]
async fn a_panic_does_not_wait_for_a_reader_of_the_log() {
    let engine = Engine::start().await;
    let (_unread, mut end) = pipe().expect("a pipe");
    end.write_all(&[b'\n'; 64 * 1024]).expect("what a pipe holds");
    let mut worker = process(&engine).env("RUST_BACKTRACE", "1").stderr_to(end).spawn().await;
    engine.registered(FUNCTION).await;
    let call = engine.call(FUNCTION, json!({"cmd": "true"}));
    assert_eq!(call.await.expect("an answer"), json!({"stdout": "hush-answer"}));
    assert!(worker.exit().await.success());
}
