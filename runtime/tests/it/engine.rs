//! What the engine and a caller see of the link, with the engine double at the other end.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures::{FutureExt, TryFutureExt};
use provider_runtime::engine::{EngineLink, Handler, LinkFailure, Registration};
use provider_runtime::error::{Code, Error};
use provider_runtime::manifest::Package;
use serde_json::{Value, json};
use testkit::Engine;
use testkit::engine::Rejection;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use url::Url;

const PACKAGE: Package = Package {
    name: "sandbox-example",
    version: "1.2.3",
    description: "An example",
    target: "x86_64-unknown-linux-gnu",
};

fn handler<F>(run: impl Fn(Value) -> F + Send + Sync + 'static) -> Handler
where
    F: Future<Output = Result<Value, Error>> + Send + 'static,
{
    Arc::new(move |payload| run(payload).map_err(Into::into).boxed())
}

fn registration(verb: &str, handler: Handler) -> Registration {
    Registration {
        id: format!("sandbox::provider::example::{verb}"),
        description: format!("Does {verb}"),
        request_schema: json!({"type": "object", "title": "request"}),
        response_schema: json!({"type": "object", "title": "response"}),
        metadata: None,
        handler,
        report: Into::into,
    }
}

fn echo() -> Handler {
    handler(|payload| async move { Ok(json!({"payload": payload["text"]})) })
}

struct Linked {
    engine: Engine,
    link: EngineLink,
    calls: TaskTracker,
}

async fn connect(functions: Vec<(&str, Handler)>) -> Linked {
    connect_to(Engine::start().await, functions)
}

fn connect_to(engine: Engine, functions: Vec<(&str, Handler)>) -> Linked {
    let calls = TaskTracker::new();
    let url = Url::parse(&engine.url()).expect("a URL");
    let registrations = functions
        .into_iter()
        .map(|(verb, handler)| registration(verb, handler))
        .collect();
    let link = EngineLink::connect(&url, &PACKAGE, registrations, &Handle::current(), &calls);
    Linked { engine, link, calls }
}

/// Another worker that offers `list` too.
fn second(engine: &Engine) -> EngineLink {
    let package = Package {
        name: "sandbox-second",
        ..PACKAGE
    };
    let url = Url::parse(&engine.url()).expect("a URL");
    let functions = vec![registration("list", echo())];
    EngineLink::connect(&url, &package, functions, &Handle::current(), &TaskTracker::new())
}

/// Why a link has ended. One that never does must not hold the tests up.
async fn failure_of(link: &EngineLink) -> LinkFailure {
    let failed = tokio::time::timeout(Duration::from_secs(60), link.failed());
    failed.await.expect("the link ends")
}

impl Linked {
    async fn call(&self, verb: &str, payload: Value) -> Result<Value, (String, String)> {
        let id = format!("sandbox::provider::example::{verb}");
        self.engine.registered(&id).await;
        let answer = self.engine.call(&id, payload).await;
        answer.map_err(|error| (error.code, error.message))
    }
}

#[tokio::test]
async fn functions_are_offered_with_their_schemas_under_the_package_s_name() {
    let linked = connect(vec![("create", echo())]).await;
    let offered = linked.engine.registered("sandbox::provider::example::create").await;
    assert_eq!(offered.description.as_deref(), Some("Does create"));
    assert_eq!(
        offered.request_format,
        Some(json!({"type": "object", "title": "request"}))
    );
    assert_eq!(
        offered.response_format,
        Some(json!({"type": "object", "title": "response"}))
    );
    let worker = linked.engine.worker_metadata().await;
    assert_eq!(worker["name"], "sandbox-example");
    assert_eq!(worker["version"], "1.2.3");
    assert_eq!(worker["description"], "An example");
    assert_eq!(worker["telemetry"]["project_name"], Value::Null);
}

// With threads to spare wherever it runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_blocks_its_thread_holds_nobody_up() {
    let (finish, finished) = mpsc::channel();
    let finished = Arc::new(Mutex::new(finished));
    let blocked = handler(move |_| {
        let finished = Arc::clone(&finished);
        async move {
            let text: &str = finished.lock().expect("a lock").recv().expect("a word");
            Ok(json!({"text": text}))
        }
    });
    let linked = connect(vec![("exec", blocked), ("list", echo())]).await;
    linked.engine.registered("sandbox::provider::example::exec").await;
    let slow = linked.engine.begin("sandbox::provider::example::exec", json!({}));
    let answer = linked.call("list", json!({"text": "hi"})).await;
    assert_eq!(answer, Ok(json!({"payload": "hi"})));
    finish.send("done").expect("it still waits");
    assert_eq!(slow.result().await.expect("an answer"), json!({"text": "done"}));
}

/// How many large answers are ready at once, of how many bytes.
const LARGE: usize = 8;
const BYTES: usize = 2 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_small_answer_is_not_behind_all_large_ones() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let large = handler(move |_| {
        let opened = opened.clone();
        async move {
            opened.acquire().await.expect("it is open").forget();
            Ok(json!({"text": "x".repeat(BYTES)}))
        }
    });
    let linked = connect(vec![("exec", large), ("list", echo())]).await;
    linked.engine.registered("sandbox::provider::example::exec").await;
    let id = "sandbox::provider::example::exec";
    let begun: Vec<_> = (0..LARGE).map(|_| linked.engine.begin(id, json!({}))).collect();
    while linked.calls.len() < 2 * LARGE {
        tokio::task::yield_now().await;
    }
    gate.add_permits(LARGE);
    let small = linked.call("list", json!({"text": "hi"})).await;
    assert_eq!(small, Ok(json!({"payload": "hi"})));
    for call in begun {
        let answer = call.result().await.expect("an answer");
        assert_eq!(answer["text"].as_str().map(str::len), Some(BYTES));
    }
    let frames = linked.engine.frames().into_iter();
    let mut answers =
        frames.filter(|frame| frame["result"].get("text").is_some() || frame["result"].get("payload").is_some());
    let before = answers.position(|frame| frame["result"]["payload"] == "hi");
    assert!(
        before.is_some_and(|large| large <= 2),
        "{before:?} large ones come before it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_a_limit_are_refused_not_stored() {
    let gate = Arc::new(Semaphore::new(0));
    let entered = gate.clone();
    let waiting = handler(move |_| {
        let gate = entered.clone();
        async move {
            let _turn = gate.acquire().await;
            Ok(json!({}))
        }
    });
    let linked = connect(vec![("exec", waiting)]).await;
    let id = "sandbox::provider::example::exec";
    linked.engine.registered(id).await;
    let under_way: Vec<_> = (0..4096).map(|_| linked.engine.begin(id, json!({}))).collect();
    let refused = linked.engine.call(id, json!({})).await.expect_err("one too many");
    let message = "[S400] concurrency cap reached: 4096 calls are under way already";
    assert_eq!((refused.code.as_str(), refused.message.as_str()), ("S400", message));
    gate.add_permits(1);
    for call in under_way {
        assert_eq!(call.await.expect("an answer"), json!({}));
    }
}

#[tokio::test]
async fn an_error_reaches_the_caller_as_it_is() {
    let refuse = handler(|_| async { Err(Error::new(Code::S400, "3 of 3")) });
    let linked = connect(vec![("create", refuse)]).await;
    let (code, message) = linked.call("create", json!({})).await.expect_err("an error");
    assert_eq!(code, "S400");
    assert_eq!(message, "[S400] concurrency cap reached: 3 of 3");
    let frame = linked.engine.wait_for_frame(|frame| !frame["error"].is_null()).await;
    assert_eq!(frame["error"]["stacktrace"], Value::Null);
}

#[tokio::test]
async fn what_a_panic_says_reaches_nobody() {
    let panicking = handler(|payload| async move { panic!("cannot take {payload}") });
    let linked = connect(vec![("create", panicking), ("list", echo())]).await;
    let failed = linked.call("create", json!({"text": "hush"})).await;
    let message = "[S502] provider unavailable: the worker failed during this call";
    assert_eq!(failed, Err(("S502".to_owned(), message.to_owned())));
    let answer = linked.call("list", json!({"text": "still there"})).await;
    assert_eq!(answer, Ok(json!({"payload": "still there"})));
}

#[tokio::test]
async fn a_taken_function_ends_the_link() {
    let engine = Engine::start().await;
    engine.reject(Rejection::function_taken("sandbox::provider::example::list"));
    let linked = connect_to(engine, vec![("create", echo()), ("list", echo())]);
    let failure = failure_of(&linked.link).await;
    assert_eq!(
        failure.to_string(),
        "the engine refused sandbox::provider::example::list: another worker has it, or this worker may not"
    );
    assert_eq!(linked.link.fatal_error(), Some(failure));
}

#[tokio::test]
async fn a_function_stays_refused_when_its_owner_leaves_so_the_link_ends() {
    let owner = connect(vec![("list", echo())]).await;
    owner.engine.registered("sandbox::provider::example::list").await;
    owner.engine.first_owner_keeps();
    let asks = |frame: &Value| frame["function_id"] == "engine::functions::info";
    // The engine can only say whose the function is when it knows the owner's name.
    owner.engine.worker_metadata().await;
    owner.engine.wait_for_frame(asks).await;
    let link = second(&owner.engine);
    owner.engine.wait_for_frames(2, asks).await;
    owner.link.close().await;
    assert_eq!(
        failure_of(&link).await.to_string(),
        "the engine refused sandbox::provider::example::list: worker sandbox-example has it"
    );
}

#[tokio::test]
async fn a_function_that_another_worker_takes_later_ends_the_link() {
    let first = connect(vec![("list", echo())]).await;
    let is_asked_for = |frame: &Value| frame["function_id"] == "engine::functions::info";
    first.engine.wait_for_frame(is_asked_for).await;
    let _second = second(&first.engine);
    assert_eq!(
        failure_of(&first.link).await.to_string(),
        "the engine refused sandbox::provider::example::list: worker sandbox-second has it"
    );
}

#[tokio::test]
async fn a_taken_name_ends_the_link() {
    let engine = Engine::start().await;
    engine.reject(Rejection::worker_name_taken("sandbox-example"));
    let linked = connect_to(engine, vec![("create", echo())]);
    assert_eq!(
        failure_of(&linked.link).await.to_string(),
        "the engine refused this worker: another one has its name in namespace default (WORKER_NAMESPACE_CONFLICT)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_answer_goes_out_before_the_link_closes() {
    for round in 0..3 {
        let gate = Arc::new(Semaphore::new(0));
        let wait = Arc::clone(&gate);
        let waiting = handler(move |_| {
            let wait = Arc::clone(&wait);
            async move {
                let _ = wait.acquire().await;
                Ok(json!({"output": "x".repeat(1 << 20)}))
            }
        });
        let linked = connect(vec![("exec", waiting)]).await;
        linked.engine.registered("sandbox::provider::example::exec").await;
        let call = linked.engine.begin("sandbox::provider::example::exec", json!({}));
        while linked.calls.is_empty() {
            tokio::task::yield_now().await;
        }
        linked.link.unregister_all().await;
        linked.engine.wait_gone("sandbox::provider::example::exec").await;
        linked.calls.close();
        gate.add_permits(1);
        linked.calls.wait().await;
        linked.link.close().await;
        let answer = call.result().await;
        assert!(answer.is_ok(), "round {round}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_when_the_connection_is_lost() {
    let gate = Arc::new(Semaphore::new(0));
    let wait = Arc::clone(&gate);
    let waiting = handler(move |_| {
        let wait = Arc::clone(&wait);
        async move {
            let _ = wait.acquire().await;
            Ok(json!({}))
        }
    });
    let linked = connect(vec![("create", waiting)]).await;
    linked.engine.registered("sandbox::provider::example::create").await;
    let call = linked.engine.begin("sandbox::provider::example::create", json!({}));
    while linked.calls.is_empty() {
        tokio::task::yield_now().await;
    }
    linked.engine.drop_connections();
    assert_eq!(call.result().await.expect_err("an error").code, "invocation_stopped");
    assert!(!linked.calls.is_empty());
    linked.engine.registered("sandbox::provider::example::create").await;
    linked.calls.close();
    gate.add_permits(1);
    linked.calls.wait().await;
}

#[tokio::test]
async fn a_link_without_engine_closes_in_time() {
    let calls = TaskTracker::new();
    let url = Url::parse("ws://127.0.0.1:1").expect("a URL");
    let functions = vec![registration("create", echo())];
    let link = EngineLink::connect(&url, &PACKAGE, functions, &Handle::current(), &calls);
    link.unregister_all().await;
    let closing = tokio::time::timeout(Duration::from_secs(6), link.close());
    assert!(closing.await.is_ok());
}
