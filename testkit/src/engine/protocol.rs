//! Frames: what comes in changes the state, what goes out is built here.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::CallError;
use super::caller::{Answer, Caller};
use super::configuration;
use super::registration::{Registered, Rejection};
use super::state::State;

/// A frame of whatever form. Large ones take a while, in which others should have the state.
pub(super) fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// Unknown types and incomplete frames are recorded and otherwise ignored, as in the engine.
pub(super) fn receive(state: &mut State, worker_id: &str, frame: Value) {
    state.frames.push(frame.clone());
    let _ = handle(state, worker_id, frame);
}

/// `None` when a needed field is missing.
fn handle(state: &mut State, worker_id: &str, frame: Value) -> Option<()> {
    match text(&frame, "type")? {
        "registerfunction" => state.register(worker_id, registered(&frame)?),
        "unregisterfunction" => state.unregister(worker_id, text(&frame, "id")?),
        "invokefunction" => invoked(state, worker_id, &frame)?,
        "invocationresult" => {
            let invocation_id = text(&frame, "invocation_id")?.to_owned();
            state.settle(worker_id, &invocation_id, answered(frame));
        }
        "reattach" => state.retire(text(&frame, "previous_worker_id")?),
        "observe" => configuration::observe(state, worker_id, &frame)?,
        "ping" => state.send(worker_id, json!({"type": "pong"})),
        _ => {}
    }
    Some(())
}

fn registered(frame: &Value) -> Option<Registered> {
    let present = |field: &str| frame.get(field).filter(|v| !v.is_null()).cloned();
    Some(Registered {
        id: text(frame, "id")?.to_owned(),
        description: text(frame, "description").map(str::to_owned),
        request_format: present("request_format"),
        response_format: present("response_format"),
        metadata: present("metadata"),
    })
}

fn invoked(state: &mut State, worker_id: &str, frame: &Value) -> Option<()> {
    let function_id = text(frame, "function_id")?;
    let data = frame.get("data").cloned().unwrap_or(Value::Null);
    let caller = match frame.get("invocation_id") {
        Some(Value::String(id)) => Caller::Worker {
            worker_id: worker_id.to_owned(),
            invocation_id: json!(id),
        },
        _ => Caller::Nobody,
    };
    if function_id == "engine::workers::register" {
        state.introduce(worker_id, data.clone());
    }
    state.invoke(caller, function_id, data, frame.get("metadata").cloned());
    Some(())
}

fn answered(mut frame: Value) -> Answer {
    match frame.get("error").filter(|error| !error.is_null()) {
        None => Ok(frame.get_mut("result").map(Value::take).unwrap_or_default()),
        Some(error) => Err(serde_json::from_value(error.clone())
            .unwrap_or_else(|_| CallError::new("malformed_error", format!("not an error body: {error}")))),
    }
}

fn text<'a>(frame: &'a Value, field: &str) -> Option<&'a str> {
    frame.get(field)?.as_str()
}

pub(super) fn worker_registered(worker_id: &str, features: &Value) -> Value {
    json!({
        "type": "workerregistered",
        "features": features,
        "worker_id": worker_id,
        "reattach_token": Uuid::new_v4().to_string(),
    })
}

pub(super) fn registration_rejected(rejection: &Rejection) -> Value {
    let mut frame = json!({
        "type": "registrationrejected",
        "code": rejection.code,
        "namespace": rejection.namespace,
        "owner_worker_id": rejection.owner_worker_id,
    });
    if let Some(name) = &rejection.worker_name {
        frame["worker_name"] = json!(name);
    }
    if let Some(id) = &rejection.function_id {
        frame["function_id"] = json!(id);
    }
    frame
}

pub(super) fn invoke_function(
    invocation_id: Option<String>,
    function_id: &str,
    data: Value,
    metadata: Option<Value>,
) -> Value {
    let mut frame = Map::new();
    frame.insert("type".to_owned(), json!("invokefunction"));
    if let Some(id) = invocation_id {
        frame.insert("invocation_id".to_owned(), json!(id));
    }
    frame.insert("function_id".to_owned(), json!(function_id));
    frame.insert("data".to_owned(), data);
    if let Some(metadata) = metadata {
        frame.insert("metadata".to_owned(), metadata);
    }
    Value::Object(frame)
}

pub(super) fn invocation_result(invocation_id: &Value, function_id: &str, answer: Answer) -> Value {
    let mut frame = json!({
        "type": "invocationresult",
        "invocation_id": invocation_id,
        "function_id": function_id,
    });
    match answer {
        Ok(result) => frame["result"] = result,
        Err(error) => frame["error"] = json!(error),
    }
    frame
}
