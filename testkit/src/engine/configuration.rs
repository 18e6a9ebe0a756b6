//! The `configuration` worker of an engine double, as engines have it of different age, and who is told of its changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Engine;
use super::call::CallError;
use super::caller::{Answer, Caller};
use super::state::State;

/// The source that says that an entry has changed.
const UPDATED: &str = "configuration::on-updated";

/// Which `configuration` worker an engine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConfigurationWorker {
    /// None.
    #[default]
    Absent,
    /// As in engines before 0.24.1: it has no `configuration::ensure`, and nobody can observe its changes.
    Old,
    /// As in engines from 0.26 on.
    Current,
}

/// What a `configuration` worker does that is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ailment {
    /// It never answers.
    Silent,
    /// It answers whatever it is asked with this.
    Babbles(Value),
    /// It refuses whatever it is asked with this code.
    Refuses(String),
}

/// An entry of the `configuration` worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// What it was registered with.
    pub registration: Value,
    /// What is stored.
    pub stored: Option<Value>,
    /// What a supervisor has merged: it is answered in place of what is stored.
    pub injected: Option<Value>,
}

#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) worker: ConfigurationWorker,
    pub(super) ailment: Option<Ailment>,
    pub(super) entries: BTreeMap<String, Entry>,
    observers: Vec<Observer>,
}

#[derive(Clone, Debug)]
struct Observer {
    id: String,
    worker_id: String,
    source: String,
    target: String,
}

impl Engine {
    /// From now on it has this `configuration` worker, whose entries stay as they are. Workers that have joined do not
    /// learn of what the engine can beside.
    pub fn has_configuration(&self, worker: ConfigurationWorker) {
        self.shared.update(|state| state.configuration.worker = worker);
    }

    /// From now on the `configuration` worker suffers from this, or is well.
    pub fn ail_configuration(&self, ailment: Option<Ailment>) {
        self.shared.update(|state| state.configuration.ailment = ailment);
    }

    /// Stores a value in an entry, whatever its schema says, and tells whoever observes that.
    pub fn set_entry(&self, id: &str, value: Value) {
        self.shared.update(|state| put(state, id, value));
    }

    /// Lets an entry answer with this value, as a supervisor does that has merged one. It is not stored.
    pub fn inject_entry(&self, id: &str, value: Value) {
        self.shared.update(|state| {
            state.configuration.entries.entry(id.to_owned()).or_default().injected = Some(value);
            changed(state, id);
        });
    }

    /// Forgets the value of an entry, and tells whoever observes that.
    pub fn clear_entry(&self, id: &str) {
        self.shared.update(|state| {
            let entry = state.configuration.entries.entry(id.to_owned()).or_default();
            (entry.stored, entry.injected) = (None, None);
            changed(state, id);
        });
    }

    /// An entry of the `configuration` worker, as it is now.
    pub fn entry(&self, id: &str) -> Option<Entry> {
        self.shared.read(|state| state.configuration.entries.get(id).cloned())
    }

    /// Waits until a worker has registered an entry. Panics after 20 s.
    pub async fn registered_entry(&self, id: &str) -> Entry {
        self.until(&format!("entry `{id}` to be registered"), |state| {
            let entry = state.configuration.entries.get(id)?;
            (!entry.registration.is_null()).then(|| entry.clone())
        })
        .await
    }
}

/// What the engine can, as it says to a worker that joins.
pub(super) fn features(state: &State) -> Value {
    match state.configuration.worker {
        ConfigurationWorker::Current => json!(["observe.v1", "observe.v2"]),
        _ => json!([]),
    }
}

/// Takes a call of the `configuration` worker; gives it back if it is none of its functions.
pub(super) fn invoke(state: &mut State, caller: Caller, function_id: &str, data: &Value) -> Option<Caller> {
    let configuration = &mut state.configuration;
    let Some(operation) = function_id.strip_prefix("configuration::") else {
        return Some(caller);
    };
    let is_known = match operation {
        "ensure" => configuration.worker == ConfigurationWorker::Current,
        "get" | "register" | "set" => configuration.worker != ConfigurationWorker::Absent,
        _ => false,
    };
    if !is_known {
        return Some(caller);
    }
    let answer = match configuration.ailment.clone() {
        Some(Ailment::Silent) => return None,
        Some(Ailment::Babbles(answer)) => Ok(answer),
        Some(Ailment::Refuses(code)) => Err(CallError::new(code, "a text of another worker: hush-text")),
        None => answer(state, operation, data),
    };
    state.answer(caller, function_id, answer);
    None
}

fn answer(state: &mut State, operation: &str, data: &Value) -> Answer {
    let Some(id) = data["id"].as_str().filter(|id| is_id(id)) else {
        return Err(CallError::new("INVALID_ID", "an id is 1 to 64 of a-z 0-9 _ -"));
    };
    let entries = &mut state.configuration.entries;
    match operation {
        "ensure" | "register" => {
            let mut entry = entries.get(id).cloned().unwrap_or_default();
            entry.registration = data.clone();
            let initial = data.get("initial_value").filter(|value| !value.is_null());
            if let Some(initial) = initial.filter(|_| operation == "register" || entry.stored.is_none()) {
                conforms(&entry, initial)?;
                entry.stored = Some(initial.clone());
            }
            entries.insert(id.to_owned(), entry);
            Ok(json!({"id": id}))
        }
        "get" => {
            let entry = entries.get(id).ok_or_else(no_value)?;
            let injected = entry.injected.as_ref().filter(|_| data["raw"] != true);
            let value = injected.or(entry.stored.as_ref()).ok_or_else(no_value)?;
            Ok(json!({"id": id, "value": value}))
        }
        _ => {
            let entry = entries.get(id).cloned();
            let entry = entry.ok_or_else(|| CallError::new("NOT_REGISTERED", "no such entry"))?;
            conforms(&entry, &data["value"])?;
            let old = put(state, id, data["value"].clone());
            Ok(json!({"old_value": old, "new_value": data["value"]}))
        }
    }
}

fn is_id(id: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    (1..=64).contains(&id.len()) && id.chars().all(is_allowed)
}

fn no_value() -> CallError {
    CallError::new("NOT_FOUND", "the entry has no value")
}

fn conforms(entry: &Entry, value: &Value) -> Result<(), CallError> {
    let schema = &entry.registration["schema"];
    match jsonschema::is_valid(schema, value) {
        true => Ok(()),
        false => Err(CallError::new("SCHEMA_INVALID", "the value is not as the schema says")),
    }
}

/// Stores a value and tells whoever observes that; gives the value before.
pub(super) fn put(state: &mut State, id: &str, value: Value) -> Option<Value> {
    let entry = state.configuration.entries.entry(id.to_owned()).or_default();
    let old = entry.stored.replace(value);
    changed(state, id);
    old
}

/// Tells whoever observes the entries that one has changed.
pub(super) fn changed(state: &mut State, id: &str) {
    let observing = |observer: &&Observer| observer.source == UPDATED;
    let observers: Vec<_> = state
        .configuration
        .observers
        .iter()
        .filter(observing)
        .cloned()
        .collect();
    for observer in observers {
        let event = json!({
            "observer_id": observer.id,
            "activation_id": Uuid::new_v4().to_string(),
            "function_id": UPDATED,
            "namespace": "default",
            "invocation_id": Uuid::new_v4().to_string(),
            "status": "success",
            "input": {"event_type": "configuration:updated", "id": id},
            "started_at_ms": 0,
            "duration_ms": 0.0,
        });
        state.invoke(Caller::Nobody, &observer.target, event, None);
    }
}

/// A worker wants to be told.
pub(super) fn observe(state: &mut State, worker_id: &str, frame: &Value) -> Option<()> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let observer = Observer {
        id: text(&frame["id"])?,
        worker_id: worker_id.to_owned(),
        source: text(&frame["source"]["function_id"])?,
        target: text(&frame["target"]["function_id"])?,
    };
    let result = json!({"type": "observeresult", "id": observer.id, "state": "active"});
    state.configuration.observers.push(observer);
    state.send(worker_id, result);
    Some(())
}

/// A worker has gone.
pub(super) fn forget(state: &mut State, worker_id: &str) {
    state
        .configuration
        .observers
        .retain(|observer| observer.worker_id != worker_id);
}
