//! The engine double against the real SDK.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use iii_sdk::protocol::{CallRequest, ENGINE_CAPABILITIES_HEADER, ENGINE_CAPABILITY_TCP_NODELAY};
use iii_sdk::{Error, RegisterFunction};
use serde_json::{Value, json};
use testkit::CallError;
use testkit::engine::{CALLER_WORKER_ID, Engine, Rejection};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

use crate::sdk::{Sdk, answering, echo};

/// Answers only after `open`; tells by `entered` that it was called.
fn gate(entered: &Arc<Notify>, open: &Arc<Notify>) -> RegisterFunction {
    let (entered, open) = (Arc::clone(entered), Arc::clone(open));
    RegisterFunction::new_async(move |_: Value| {
        let (entered, open) = (Arc::clone(&entered), Arc::clone(&open));
        async move {
            entered.notify_one();
            open.notified().await;
            Ok::<_, Error>(json!("late"))
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_arrives_whole() {
    let engine = Engine::start().await;
    let described = echo()
        .description("gives back")
        .metadata(json!({"internal": true}))
        .request_format(json!({"type": "object"}))
        .response_format(json!({"type": "string"}));
    let _sdk = Sdk::connect(&engine, [("test::echo", described)]);
    let registered = engine.registered("test::echo").await;
    assert_eq!(registered.description.as_deref(), Some("gives back"));
    assert_eq!(registered.metadata, Some(json!({"internal": true})));
    assert_eq!(registered.request_format, Some(json!({"type": "object"})));
    assert_eq!(registered.response_format, Some(json!({"type": "string"})));
    assert_eq!(engine.worker_metadata().await["name"], "sdk-under-test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_are_listed_by_id_and_go_when_unregistered() {
    let engine = Engine::start().await;
    let sdk = Sdk::connect(&engine, [("test::b", echo())]);
    let a = sdk.client.register_function("test::a", echo());
    engine.wait_for(&["test::a", "test::b"]).await;
    assert_eq!(engine.ids(), ["test::a", "test::b"]);
    a.unregister();
    engine.wait_gone("test::a").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_gets_the_caller_added_and_nothing_else_changes() {
    let engine = Engine::start().await;
    let _sdk = Sdk::connect(&engine, [("test::echo", echo())]);
    engine.wait_for(&["test::echo"]).await;
    for payload in [json!(null), json!(7), json!("text"), json!([1, {"a": 2}])] {
        let answer = engine.call("test::echo", payload.clone()).await;
        assert_eq!(answer, Ok(payload));
    }
    let answer = engine.call("test::echo", json!({"a": 1})).await;
    let expected = json!({"a": 1, "_caller_worker_id": CALLER_WORKER_ID});
    assert_eq!(answer, Ok(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_arrives_verbatim() {
    let engine = Engine::start().await;
    let fails = RegisterFunction::new_async(|_: Value| async move {
        Err::<Value, _>(Error::Remote {
            code: "S502".to_owned(),
            message: "[S502] provider unavailable".to_owned(),
            stacktrace: None,
        })
    });
    let _sdk = Sdk::connect(&engine, [("test::fails", fails)]);
    engine.wait_for(&["test::fails"]).await;
    let error = engine.call("test::fails", json!({})).await.unwrap_err();
    assert_eq!(error, CallError::new("S502", "[S502] provider unavailable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panicking_handler_is_an_error_with_a_stacktrace() {
    let engine = Engine::start().await;
    let panics = RegisterFunction::new_async(|input: Value| async move {
        assert!(input.is_null(), "boom");
        Ok::<_, Error>(Value::Null)
    });
    let _sdk = Sdk::connect(&engine, [("test::panics", panics)]);
    engine.wait_for(&["test::panics"]).await;
    let error = engine.call("test::panics", json!({})).await.unwrap_err();
    assert_eq!(error.code, "invocation_failed");
    assert!(error.message.contains("boom"), "{}", error.message);
    assert!(error.stacktrace.is_some());
}

#[tokio::test]
async fn a_function_nobody_registered_is_not_found() {
    let engine = Engine::start().await;
    let error = engine.call("test::none", json!({})).await.unwrap_err();
    let expected = CallError::new("function_not_found", "Function test::none not found");
    assert_eq!(error, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_can_be_begun_and_collected_later() {
    let engine = Engine::start().await;
    let (entered, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let _sdk = Sdk::connect(&engine, [("test::gate", gate(&entered, &open))]);
    engine.wait_for(&["test::gate"]).await;
    let call = engine.begin("test::gate", json!({}));
    entered.notified().await;
    open.notify_one();
    assert_eq!(call.await, Ok(json!("late")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_fails_open_calls_and_the_worker_comes_back() {
    let engine = Engine::start().await;
    let (entered, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let functions = [("test::gate", gate(&entered, &open)), ("test::echo", echo())];
    let _sdk = Sdk::connect(&engine, functions);
    engine.wait_for(&["test::gate", "test::echo"]).await;
    let call = engine.begin("test::gate", json!({}));
    entered.notified().await;
    engine.drop_connections();
    assert_eq!(call.await.unwrap_err().code, "invocation_stopped");
    assert!(engine.functions().is_empty());
    engine.wait_for(&["test::gate", "test::echo"]).await;
    assert_eq!(engine.call("test::echo", json!(1)).await, Ok(json!(1)));
    engine.wait_for_frame(|frame| frame["type"] == "reattach").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_comes_after_a_reconnect_is_discarded() {
    let engine = Engine::start().await;
    let (entered, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let _sdk = Sdk::connect(&engine, [("test::gate", gate(&entered, &open))]);
    engine.wait_for(&["test::gate"]).await;
    let call = engine.begin("test::gate", json!({}));
    entered.notified().await;
    engine.drop_connections();
    assert_eq!(call.await.unwrap_err().code, "invocation_stopped");
    engine.wait_for(&["test::gate"]).await;
    open.notify_one();
    let late = |frame: &Value| frame["type"] == "invocationresult" && frame["result"] == "late";
    engine.wait_for_frame(late).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_goes_away_comes_back_on_the_same_port() {
    let engine = Engine::start().await;
    let address = engine.url().replace("ws://", "");
    let _sdk = Sdk::connect(&engine, [("test::echo", echo())]);
    engine.wait_for(&["test::echo"]).await;
    engine.go_away().await;
    assert_eq!(engine.connections(), 0);
    let refused = tokio::net::TcpStream::connect(&address).await;
    assert!(refused.is_err(), "the port is closed");
    engine.come_back().await;
    engine.wait_for(&["test::echo"]).await;
    assert_eq!(engine.call("test::echo", json!(2)).await, Ok(json!(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_worker_gives_up() {
    let engine = Engine::start().await;
    let sdk = Sdk::connect(&engine, [("test::echo", echo())]);
    engine.worker_metadata().await;
    engine.reject(Rejection::worker_name_taken("sdk-under-test"));
    engine.wait_connections(0).await;
    let failed = sdk.fatal_error().await;
    assert!(matches!(failed, Error::RegistrationRejected { code, .. } if code == "WORKER_NAMESPACE_CONFLICT"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_function_costs_only_itself() {
    let engine = Engine::start().await;
    engine.reject(Rejection::function_taken("test::taken"));
    let functions = [("test::taken", echo()), ("test::free", echo())];
    let _sdk = Sdk::connect(&engine, functions);
    engine.worker_metadata().await;
    engine.wait_for(&["test::free"]).await;
    assert_eq!(engine.functions().len(), 1);
    assert_eq!(engine.call("test::free", json!(3)).await, Ok(json!(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_can_call_the_engine_and_other_workers() {
    let engine = Engine::start().await;
    let _callee = Sdk::connect(&engine, [("test::echo", echo())]);
    engine.worker_metadata().await;
    let caller = Sdk::connect(&engine, []);
    let call = |id: &str, data| caller.client.call(CallRequest::new(id, data));
    let info = call("engine::functions::info", json!({"function_id": "test::echo"})).await;
    assert_eq!(info.unwrap()["worker_name"], "sdk-under-test");
    let listed = call("engine::functions::list", json!({"prefix": "test::"})).await;
    assert_eq!(listed.unwrap()["functions"][0]["function_id"], "test::echo");
    let workers = call("engine::workers::list", json!({})).await;
    assert_eq!(workers.unwrap()["workers"].as_array().unwrap().len(), 2);
    assert_eq!(call("test::echo", json!([4])).await.unwrap(), json!([4]));
    let unknown = call("test::none", json!({})).await;
    assert!(matches!(unknown, Err(Error::Remote { code, .. }) if code == "function_not_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_are_kept() {
    let engine = Engine::start().await;
    let _sdk = Sdk::connect(&engine, [("test::echo", echo())]);
    engine.wait_for(&["test::echo"]).await;
    let answer = engine.call("test::echo", json!("needle")).await;
    assert_eq!(answer, Ok(json!("needle")));
    let frames = engine.frames();
    let registers = |frame: &&Value| frame["type"] == "registerfunction";
    assert_eq!(frames.iter().filter(registers).count(), 1);
    assert!(frames.iter().any(|frame| frame["result"] == "needle"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_belongs_to_its_last_registrant_and_goes_with_it() {
    let engine = Engine::start().await;
    let _first = Sdk::connect(&engine, [("test::f", answering("first"))]);
    engine.worker_metadata().await;
    let second = Sdk::connect(&engine, [("test::f", answering("second"))]);
    let registers = |frame: &Value| frame["type"] == "registerfunction";
    engine.wait_for_frames(2, registers).await;
    assert_eq!(engine.call("test::f", json!({})).await, Ok(json!("second")));
    drop(second);
    engine.wait_gone("test::f").await;
    assert_eq!(engine.connections(), 1);
}

#[tokio::test]
async fn telemetry_is_taken_apart_from_frames_and_other_paths_are_refused() {
    let engine = Engine::start().await;
    let url = format!("{}/otel", engine.url());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let sent = Message::binary(b"OTLP{}".to_vec());
    socket.send(sent).await.unwrap();
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    assert_eq!(engine.telemetry(), [b"OTLP{}".to_vec()]);
    assert_eq!((engine.frames().len(), engine.connections()), (0, 0));
    let url = format!("{}/metrics", engine.url());
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
}

#[tokio::test]
async fn a_worker_is_told_that_small_frames_may_be_sent_at_once() {
    let engine = Engine::start().await;
    let (_socket, response) = tokio_tungstenite::connect_async(engine.url()).await.unwrap();
    let told = response.headers().get(ENGINE_CAPABILITIES_HEADER);
    assert_eq!(told.unwrap(), ENGINE_CAPABILITY_TCP_NODELAY);
}
