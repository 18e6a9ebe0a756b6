//! By which of a worker's two contracts its functions are called: the family's, or the engine's for sandbox adapters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::payload::payload;
use super::verdict::{Wrong, wrong_refusal};
use crate::conformance::adapting::{Fault, IMAGE, with};
use crate::deployment::Deployment;
use crate::engine::{CallError, PendingCall};
use crate::simulator::Sandbox;

/// What the UUIDs are derived by that a worker gives to sandboxes without a label (runtime/src/adapter/label.rs).
const NAMESPACE: Uuid = Uuid::from_u128(0x8a31_5b0e_6a0d_4f2c_9c57_2f2f_0d8e_61b4);

/// What of an adapter asks the provider for nothing, or is there for its operator.
const LEFT_OUT: [&str; 7] = [
    "adapter::info",
    "catalog::list",
    "config-status",
    "configuration-id",
    "doctor",
    "list",
    "on-config-change",
];

/// What of an adapter acts on a file that is there already.
const ON_A_FILE: [&str; 7] = [
    "fs::chmod",
    "fs::grep",
    "fs::mv",
    "fs::read",
    "fs::rm",
    "fs::sed",
    "fs::stat",
];

/// Of a program, in milliseconds: as the family has it by the configuration.
const TIMEOUT: u64 = 5000;

/// The codes that the engine's contract knows.
const CODES: [&str; 19] = [
    "S001", "S002", "S003", "S004", "S100", "S101", "S200", "S210", "S211", "S212", "S213", "S214", "S215", "S216",
    "S217", "S218", "S219", "S300", "S400",
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Contract {
    Family,
    Adapter,
}

impl Contract {
    /// The full id of a function.
    pub(super) fn id(self, deployment: &Deployment, function: &str) -> String {
        match self {
            Self::Family => deployment.id(function),
            Self::Adapter => deployment.adapter_id(function),
        }
    }

    /// The schemas of the payloads of all functions that are killed, by their short names.
    pub(super) fn functions(self, deployment: &Deployment) -> BTreeMap<String, Value> {
        let prefix = self.id(deployment, "");
        let registered = deployment.engine.functions().into_iter();
        let functions = registered.filter_map(|function| {
            let name = function.id.strip_prefix(&prefix)?.to_owned();
            Some((name, function.request_format.unwrap_or_default()))
        });
        let mut functions: BTreeMap<_, _> = functions.collect();
        functions.retain(|name, _| self == Self::Family || !LEFT_OUT.contains(&name.as_str()));
        functions
    }

    /// What must have been called before `function` can have its effect, whatever the provider.
    pub(super) fn preparation(self, function: &str) -> Option<&'static str> {
        match (self, function) {
            (Self::Adapter, "fs::ls") => Some("fs::mkdir"),
            (Self::Adapter, function) if ON_A_FILE.contains(&function) => Some("fs::write"),
            _ => None,
        }
    }

    /// What a function takes to have its effect on the sandbox with this id of the provider.
    pub(super) fn payload(self, deployment: &Deployment, function: &str, schema: &Value, sandbox: &str) -> Value {
        match self {
            Self::Family => payload(schema, sandbox, deployment.simulator().known_image()),
            Self::Adapter => {
                let uuid = derived(deployment, sandbox).to_string();
                with(payload(schema, &uuid, IMAGE), beside_the_required(function))
            }
        }
    }

    pub(super) fn begin(self, deployment: &Deployment, function: &str, payload: Value) -> PendingCall {
        deployment.engine.begin(&self.id(deployment, function), payload)
    }

    /// An answer with the provider's ids in the place of the worker's own.
    pub(super) fn told(self, deployment: &Deployment, mut answer: Value) -> Value {
        if self == Self::Adapter {
            answer
                .as_object_mut()
                .into_iter()
                .for_each(|fields| name_by_provider(deployment, fields));
        }
        answer
    }

    /// The code of a refusal.
    pub(super) fn code(self, error: &CallError) -> String {
        match (self, Fault::read(error)) {
            (Self::Adapter, Ok(fault)) => fault.code,
            _ => error.code.clone(),
        }
    }

    /// What is wrong with a refusal.
    pub(super) fn wrong_refusal(self, error: &CallError) -> Option<(Wrong, String)> {
        match self {
            Self::Family => wrong_refusal(error),
            Self::Adapter => {
                let problem = match Fault::read(error) {
                    Ok(fault) if CODES.contains(&fault.code.as_str()) => return None,
                    Ok(fault) => format!("{} is no code of it", fault.code),
                    Err(problem) => problem,
                };
                Some((Wrong::Other, format!("a refusal that is none: {problem} in {error}")))
            }
        }
    }
}

/// What a function has no effect without though its schema does not require it.
fn beside_the_required(function: &str) -> Value {
    match function {
        "exec" => json!({"cmd": "true", "timeout_ms": TIMEOUT}),
        "fs::chmod" => json!({"mode": "0600"}),
        "fs::mv" => json!({"dst": "y"}),
        "fs::sed" => json!({"path": "x"}),
        "fs::write" => json!({"content": "x"}),
        // Its file in `/tmp`, which all share, is no other story's.
        "run" => json!({"lang": "js", "files": [{"path": "y", "content": "y"}], "timeout_ms": TIMEOUT}),
        _ => json!({}),
    }
}

fn name_by_provider(deployment: &Deployment, answer: &mut Map<String, Value>) {
    for (name, value) in answer {
        match (name.as_str(), value) {
            ("sandbox_id", id) => rename(deployment, id),
            ("sandbox_ids", Value::Array(ids)) => ids.iter_mut().for_each(|id| rename(deployment, id)),
            _ => {}
        }
    }
}

fn rename(deployment: &Deployment, id: &mut Value) {
    let uuid = id.as_str().unwrap_or_default().to_owned();
    let is_meant = |one: &Sandbox| is_labelled(one, &uuid) || derived(deployment, &one.id).to_string() == uuid;
    if let Some(meant) = deployment.simulator().sandboxes().into_iter().find(is_meant) {
        *id = meant.id.into();
    }
}

/// Whether a tag begins with the UUID, as one does of a sandbox that the adapter has started.
fn is_labelled(sandbox: &Sandbox, uuid: &str) -> bool {
    let mut begins = sandbox.tags.values().filter_map(|tag| tag.split_once('.'));
    begins.any(|(begin, _)| begin == uuid)
}

/// The UUID of a sandbox that has no label of its own, by which any is found. Later versions of a worker keep to it: whoever
/// was told of it goes on using it.
fn derived(deployment: &Deployment, sandbox: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{}/{sandbox}", deployment.provider).as_bytes())
}
