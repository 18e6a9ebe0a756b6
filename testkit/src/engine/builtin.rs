//! The `engine::*` functions a worker may call.

use serde_json::{Value, json};

use super::call::CallError;
use super::caller::Answer;
use super::state::{Connection, Offer, State};

/// `None`: not a function of the engine.
pub(super) fn answer(state: &mut State, function_id: &str, data: &Value) -> Option<Answer> {
    Some(match function_id {
        "engine::workers::register" => Ok(Value::Null),
        "engine::workers::list" => Ok(list_workers(state)),
        "engine::functions::list" => Ok(list_functions(state, data)),
        "engine::functions::info" => describe_function(state, data),
        "engine::channels::create" => Ok(state.channels.create(data)),
        _ => return None,
    })
}

fn list_workers(state: &State) -> Value {
    let describe = |(id, connection): (&String, &Connection)| {
        let owned = state.offers.values().filter(|offer| &offer.owner == id);
        json!({
            "id": id,
            "name": name(state, id),
            "version": connection.introduction.as_ref().map(|i| &i["version"]),
            "status": "connected",
            "function_count": owned.count(),
        })
    };
    json!({"workers": state.workers.iter().map(describe).collect::<Vec<_>>()})
}

fn list_functions(state: &State, filter: &Value) -> Value {
    let functions: Vec<_> = state
        .offers
        .values()
        .filter(|offer| wanted(state, offer, filter))
        .map(|offer| {
            json!({
                "function_id": offer.function.id,
                "worker_name": name(state, &offer.owner),
                "description": offer.function.description,
                "metadata": offer.function.metadata,
            })
        })
        .collect();
    json!({"functions": functions})
}

fn wanted(state: &State, offer: &Offer, filter: &Value) -> bool {
    let id = &offer.function.id;
    let text = |field: &str| filter[field].as_str();
    let internal = offer.function.metadata.as_ref().is_some_and(|m| m["internal"] == true);
    text("search").is_none_or(|part| id.contains(part))
        && text("prefix").is_none_or(|prefix| id.starts_with(prefix))
        && text("worker").is_none_or(|worker| name(state, &offer.owner) == worker)
        && (!internal || filter["include_internal"] == true)
}

fn describe_function(state: &State, data: &Value) -> Answer {
    let id = data["function_id"].as_str().unwrap_or_default();
    let Some(offer) = state.offers.get(id) else {
        let message = format!("Function {id} not found");
        return Err(CallError::new("NOT_FOUND", message));
    };
    Ok(json!({
        "function_id": id,
        "worker_name": name(state, &offer.owner),
        "description": offer.function.description,
        "request_schema": offer.function.request_format,
        "response_schema": offer.function.response_format,
        "metadata": offer.function.metadata,
        "registered_triggers": [],
    }))
}

fn name<'a>(state: &'a State, worker_id: &str) -> &'a str {
    let connection = state.workers.get(worker_id);
    let introduction = connection.and_then(|c| c.introduction.as_ref());
    introduction.and_then(|i| i["name"].as_str()).unwrap_or("")
}
