//! The engine double's router of sandboxes, against the real SDK.

use std::time::Duration;

use futures::future::pending;
use iii_sdk::protocol::CallRequest;
use iii_sdk::{Error, RegisterFunction};
use serde_json::{Value, json};
use testkit::CallError;
use testkit::engine::{CALLER_WORKER_ID, Engine, SANDBOX_OPERATIONS};
use tokio::time::Instant;

use crate::sdk::{Sdk, answering, echo};

/// What a consumer finds from the first `{` on.
fn payload(error: &CallError) -> Value {
    let json = &error.message[error.message.find('{').expect("JSON in the text")..];
    serde_json::from_str(json).unwrap_or_else(|_| panic!("not JSON: {json}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_forwarded_unchanged() {
    let engine = Engine::start().await;
    engine.bind_sandbox_adapter("box");
    let sdk = Sdk::connect(&engine, []);
    for operation in SANDBOX_OPERATIONS {
        let id = format!("box::{operation}");
        let said = id.clone();
        let function = RegisterFunction::new_async(move |input: Value| {
            let said = said.clone();
            async move { Ok::<_, Error>(json!([said, input])) }
        });
        sdk.client.register_function(&id, function);
        engine.registered(&id).await;
        let answer = engine.call(&format!("sandbox::{operation}"), json!({"any": [1]})).await;
        let expected = json!([id, {"any": [1], "_caller_worker_id": CALLER_WORKER_ID}]);
        assert_eq!(answer, Ok(expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapters_error_comes_back_as_it_is_and_a_worker_may_call_too() {
    let engine = Engine::start().await;
    engine.bind_sandbox_adapter("box");
    let fails = RegisterFunction::new_async(|_: Value| async move {
        Err::<Value, _>(Error::Remote {
            code: "invocation_failed".to_owned(),
            message: r#"handler error: {"code":"S002"}"#.to_owned(),
            stacktrace: None,
        })
    });
    let _adapter = Sdk::connect(&engine, [("box::stop", fails), ("box::list", echo())]);
    engine.wait_for(&["box::stop", "box::list"]).await;
    let error = engine.call("sandbox::stop", json!({})).await.unwrap_err();
    assert_eq!(payload(&error), json!({"code": "S002"}));
    let consumer = Sdk::connect(&engine, []);
    let listed = consumer.client.call(CallRequest::new("sandbox::list", json!([]))).await;
    assert_eq!(listed.unwrap(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_adapter_calls_are_refused_at_once() {
    let engine = Engine::start().await;
    for operation in SANDBOX_OPERATIONS {
        let error = engine
            .call(&format!("sandbox::{operation}"), json!({}))
            .await
            .unwrap_err();
        assert_eq!(payload(&error)["code"], "S303", "{error}");
    }
    engine.bind_sandbox_adapter("box");
    let error = engine.call("sandbox::create", json!({})).await.unwrap_err();
    assert_eq!(payload(&error)["code"], "S301", "{error}");
    let _other = Sdk::connect(&engine, [("boxes::create", echo())]);
    engine.wait_for(&["boxes::create"]).await;
    let error = engine.call("sandbox::create", json!({})).await.unwrap_err();
    assert_eq!(payload(&error)["code"], "S301", "another worker is not meant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_that_comes_back_is_used_again() {
    let engine = Engine::start().await;
    engine.bind_sandbox_adapter("box");
    let _adapter = Sdk::connect(&engine, [("box::list", answering("listed"))]);
    engine.wait_for(&["box::list"]).await;
    assert_eq!(engine.call("sandbox::list", json!({})).await, Ok(json!("listed")));
    engine.drop_connections();
    let error = engine.call("sandbox::list", json!({})).await.unwrap_err();
    assert_eq!(payload(&error)["code"], "S301", "{error}");
    engine.wait_for(&["box::list"]).await;
    assert_eq!(engine.call("sandbox::list", json!({})).await, Ok(json!("listed")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_functions_below_sandbox_are_their_workers_own() {
    let engine = Engine::start().await;
    engine.bind_sandbox_adapter("box");
    let _worker = Sdk::connect(&engine, [("sandbox::provider::acme::list", answering("acme"))]);
    engine.wait_for(&["sandbox::provider::acme::list"]).await;
    let answer = engine.call("sandbox::provider::acme::list", json!({})).await;
    assert_eq!(answer, Ok(json!("acme")));
    let error = engine.call("sandbox::build", json!({})).await.unwrap_err();
    assert_eq!(error.code, "function_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_router_says_whom_it_is_bound_to() {
    let engine = Engine::start().await;
    let of = |adapter: Value, info: Value| json!({"adapter": adapter, "namespace": "default", "contract": {"major": 1, "minor": 2}, "info": info});
    let ask = || engine.call("sandbox::adapter::info", json!({}));
    assert_eq!(ask().await, Ok(of(Value::Null, Value::Null)));
    engine.bind_sandbox_adapter("box");
    assert_eq!(ask().await, Ok(of(json!("box"), Value::Null)), "not connected");
    let adapter = Sdk::connect(&engine, [("box::adapter::info", answering("it's me"))]);
    engine.wait_for(&["box::adapter::info"]).await;
    assert_eq!(ask().await, Ok(of(json!("box"), json!("it's me"))));
    drop(adapter);
    engine.wait_connections(0).await;
    let silent = RegisterFunction::new_async(|_: Value| pending::<Result<Value, Error>>());
    let _adapter = Sdk::connect(&engine, [("box::adapter::info", silent)]);
    engine.wait_for(&["box::adapter::info"]).await;
    let began = Instant::now();
    assert_eq!(ask().await, Ok(of(json!("box"), Value::Null)), "silent");
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}
