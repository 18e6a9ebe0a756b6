//! The functions of a worker that are about itself.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use serde::Serialize;
use serde_json::{Value, json};

use super::Configuration;
use crate::{
    check::Report,
    engine::Registration,
    error::{Code, Error, Reported},
    provider::Api,
};

/// What one of them answers.
type Answer = BoxFuture<'static, Result<Value, Reported>>;

impl<C: Api> Configuration<C> {
    pub(super) fn registrations(self: &Arc<Self>) -> Vec<Registration> {
        vec![
            self.internal(
                "on-config-change",
                "Asks for the configuration anew. The engine calls it when an entry has changed; what it is told is not used.",
                json!({"ok": {"type": "boolean", "description": "Always true: what came of it is in config-status."}}),
                |itself| async move { Ok(changed(&itself).await) }.boxed(),
            ),
            self.internal(
                "configuration-id",
                "The id of the worker's entry at the configuration worker, by which a console finds it.",
                json!({"id": {"type": "string", "description": "The id of the entry."}}),
                |itself| async move { Ok(json!({"id": itself.entry.id()})) }.boxed(),
            ),
            self.registration(
                "config-status",
                "The configuration in force, where it comes from, and why a newer one does not count.",
                status(),
                |itself| async move { shown(&itself.status()) }.boxed(),
            ),
            self.registration(
                "doctor",
                "What is to be said of configuration and key, as --check prints it; it asks the provider once.",
                report(),
                |itself| async move { shown(&examined(&itself).await) }.boxed(),
            ),
        ]
    }

    fn registration(
        self: &Arc<Self>,
        function: &str,
        description: &str,
        answer: Value,
        run: fn(Arc<Self>) -> Answer,
    ) -> Registration {
        let itself = self.clone();
        let required: Vec<String> = answer
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect();
        Registration {
            id: self.id(function),
            description: description.to_owned(),
            request_schema: json!({"type": "object", "properties": {}}),
            response_schema: json!({"type": "object", "properties": answer, "required": required}),
            metadata: None,
            handler: Arc::new(move |_| run(itself.clone())),
            report: Into::into,
        }
    }

    /// One that is no use to people.
    fn internal(
        self: &Arc<Self>,
        function: &str,
        description: &str,
        answer: Value,
        run: fn(Arc<Self>) -> Answer,
    ) -> Registration {
        Registration {
            metadata: Some(json!({"internal": true, "trace_hidden": true})),
            ..self.registration(function, description, answer, run)
        }
    }
}

async fn changed<C: Api>(configuration: &Arc<Configuration<C>>) -> Value {
    configuration.reload().await;
    json!({"ok": true})
}

async fn examined<C: Api>(configuration: &Configuration<C>) -> Report {
    Report::of(&configuration.worker, &configuration.source().to_string()).await
}

fn shown(answer: &impl Serialize) -> Result<Value, Reported> {
    serde_json::to_value(answer).map_err(|_| Error::new(Code::S502, "it cannot be put into words").into())
}

fn status() -> Value {
    json!({
        "source": {"type": "string", "enum": ["file", "entry", "defaults"], "description": "Where the configuration comes from."},
        "described": {"type": "string", "description": "Which file or entry that is, and why it counts."},
        "entry": {"type": "string", "description": "The id of the worker's entry at the configuration worker."},
        "follows_entry": {"type": "boolean", "description": "Whether a change of the entry has an effect: not where a file is named."},
        "loaded_at": {"type": "string", "description": "When what is in force was loaded, RFC 3339."},
        "last_error": {
            "description": "Why something newer does not count; null where nothing is wrong.",
            "anyOf": [problem(), {"type": "null"}],
        },
        "missing": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Keys that the provider needs and that are not set: until they are, calls that need it are refused.",
        },
        "config": {"type": "object", "description": "Every key with the value that is in force; the API key is not among them."},
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "key": {
                "description": "The key that is wrong, if it is one.",
                "anyOf": [{"type": "string"}, {"type": "null"}],
            },
            "reason": {"type": "string", "description": "What is wrong, and what is allowed; no value is in it."},
        },
        "required": ["key", "reason"],
    })
}

fn report() -> Value {
    let lines = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    json!({
        "ok": {"type": "boolean", "description": "Whether the worker can serve: the key is accepted, or there is nothing to try it with."},
        "configuration": {"type": "string", "description": "Where the configuration comes from, and why it counts."},
        "provider": {"type": "string", "description": "The provider's name."},
        "api_base": {"type": "string", "description": "The base URL of its API."},
        "owner": {"type": "string", "description": "The tag of everything that this deployment starts."},
        "optional": {
            "type": "array",
            "description": "The optional functions that are offered.",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "The name that the configuration lists."},
                    "functions": lines("The functions that it stands for."),
                },
                "required": ["name", "functions"],
            },
        },
        "warnings": lines("What works and may not be meant."),
        "notes": lines("What is as it has to be, and worth knowing."),
        "api_key": {"type": "string", "description": "Where the API key comes from and whether it is accepted; it is not shown."},
    })
}
