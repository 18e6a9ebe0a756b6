//! Calls of the worker's own, to functions of the engine and of other workers.

use std::time::Duration;

use iii_sdk::{IIIClient, ObserverHandle, errors::Error, protocol::CallRequest};
use serde_json::Value;

/// Calls other workers by the worker's connection. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    client: IIIClient,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It was refused, with this code. The text that goes with it is another worker's, and not passed on.
    Refused(String),
    /// Nobody has answered within its time.
    Silence,
}

impl Unanswered {
    /// Whether the engine knows no such function.
    pub fn is_unknown_function(&self) -> bool {
        matches!(self, Self::Refused(code) if code == "function_not_found")
    }
}

impl Caller {
    pub(super) fn new(client: IIIClient) -> Self {
        Self { client }
    }

    /// Calls a function and waits so long for its answer.
    ///
    /// # Errors
    /// There is none.
    pub async fn call(&self, function_id: &str, payload: Value, limit: Duration) -> Result<Value, Unanswered> {
        let request = CallRequest {
            function_id: function_id.to_owned(),
            payload,
            action: None,
            timeout_ms: Some(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
        };
        self.client.call(request).await.map_err(|error| match error {
            Error::Remote { code, .. } => Unanswered::Refused(code),
            _ => Unanswered::Silence,
        })
    }

    /// Lets the engine call `target`, a function of this worker, whenever `source` has run. An engine that cannot does not.
    pub fn observe(&self, source: &str, target: &str) -> ObserverHandle {
        self.client.observe(source, target)
    }
}
