//! What stories of the adapter do and ask again and again.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::deployment::{Deployment, DeploymentBuilder};
use crate::engine::CallError;

/// The name of the image that most stories start from.
pub(crate) const IMAGE: &str = "python";

/// An error as the contract has it, and as its consumers read it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(rename = "type")]
    pub kind: String,
    pub code: String,
    pub message: String,
    docs_url: String,
    pub retryable: bool,
    pub fix: Option<Map<String, Value>>,
    pub fix_note: Option<String>,
}

impl Fault {
    /// What stands in an error from its first `{` on. Panics if that is not the contract's object, with all of its fields.
    pub fn of(error: &CallError) -> Self {
        Self::read(error).unwrap_or_else(|problem| panic!("{problem} in {error}"))
    }

    /// What stands in an error from its first `{` on.
    ///
    /// # Errors
    /// In words, if that is not the contract's object, with all of its fields.
    pub fn read(error: &CallError) -> Result<Self, String> {
        let json = error.message.find('{').map(|at| &error.message[at..]);
        let json = json.ok_or("no JSON")?;
        let fields: Map<String, Value> = serde_json::from_str(json).map_err(|problem| problem.to_string())?;
        if fields.len() != 7 {
            return Err(format!("{} fields", fields.len()));
        }
        let fault: Self = serde_json::from_value(fields.into()).map_err(|problem| problem.to_string())?;
        if !fault.docs_url.starts_with("https://") {
            return Err("no address of documentation".to_owned());
        }
        match fault.message.is_empty() || fault.message.contains("not found") {
            true => Err("no message, or words that mean an unknown function".to_owned()),
            false => Ok(fault),
        }
    }
}

/// The worker with a catalog of one image.
pub(crate) async fn started(worker: DeploymentBuilder) -> Deployment {
    worker
        .config(&format!("images: {{{IMAGE}: $known_image}}"))
        .start()
        .await
}

/// Starts a sandbox from the catalog, with more fields; its UUID. Panics if that is refused.
pub(super) async fn create(deployment: &Deployment, fields: Value) -> String {
    let created = deployment
        .adapter("create", with(json!({"image": IMAGE}), fields))
        .await;
    let created = created.unwrap_or_else(|error| panic!("create was refused: {error}"));
    created["sandbox_id"]
        .as_str()
        .expect("create answers a sandbox_id")
        .to_owned()
}

pub(super) async fn stop(deployment: &Deployment, sandbox: &str) {
    let stopped = deployment.adapter("stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(stopped, Ok(json!({"sandbox_id": sandbox, "stopped": true})));
}

/// What running a program answers. Panics if it is refused.
pub(super) async fn exec(deployment: &Deployment, sandbox: &str, fields: Value) -> Value {
    let answer = deployment
        .adapter("exec", with(json!({"sandbox_id": sandbox}), fields.clone()))
        .await;
    answer.unwrap_or_else(|error| panic!("exec of {fields} was refused: {error}"))
}

/// What a script writes that ends well. Panics if it does not.
pub(super) async fn script(deployment: &Deployment, sandbox: &str, text: &str) -> String {
    let answer = exec(deployment, sandbox, json!({"cmd": "sh", "args": ["-c", text]})).await;
    assert_eq!(answer["success"], true, "{text}: {answer}");
    answer["stdout"].as_str().expect("text").to_owned()
}

/// How a call is refused. Panics if it is not.
pub(super) async fn refused(deployment: &Deployment, function: &str, payload: Value) -> Fault {
    match deployment.adapter(function, payload.clone()).await {
        Ok(answer) => panic!("{function} of {payload} was not refused but answered {answer}"),
        Err(error) => Fault::of(&error),
    }
}

/// The rows that `list` answers, by UUID. Panics if there is no list.
pub(super) async fn rows(deployment: &Deployment) -> Map<String, Value> {
    let listed = deployment.adapter("list", json!({})).await;
    let listed = listed.unwrap_or_else(|error| panic!("list was refused: {error}"));
    let rows = listed["sandboxes"].as_array().expect("rows").iter();
    let by_id = |row: &Value| (row["sandbox_id"].as_str().expect("an id").to_owned(), row.clone());
    rows.map(by_id).collect()
}

/// The short names of what the worker has registered as an adapter.
pub(super) fn offered(deployment: &Deployment) -> BTreeSet<String> {
    let prefix = deployment.adapter_id("");
    let ids = deployment.engine.ids().into_iter();
    ids.filter_map(|id| Some(id.strip_prefix(&prefix)?.to_owned()))
        .collect()
}

/// One object with the fields of both.
pub(crate) fn with(mut payload: Value, fields: Value) -> Value {
    let fields = fields.as_object().cloned().unwrap_or_default();
    payload.as_object_mut().expect("an object").extend(fields);
    payload
}
