//! The engine's catalogue of functions: what a worker can always ask an engine.

use iii_sdk::IIIClient;
use iii_sdk::engine::EngineFunctions;
use iii_sdk::errors::Error;
use iii_sdk::protocol::CallRequest;
use serde_json::{Value, json};

const LIMIT_MS: u64 = 2_000;

#[derive(Clone)]
pub(super) struct Catalogue {
    client: IIIClient,
}

impl Catalogue {
    pub(super) fn new(client: IIIClient) -> Self {
        Self { client }
    }

    /// Whether the engine answers now, whatever it says.
    pub(super) async fn round_trip(&self) -> bool {
        is_answer(&self.info(EngineFunctions::INFO_FUNCTIONS).await)
    }

    /// What the engine knows of a function.
    pub(super) async fn info(&self, function_id: &str) -> Result<Value, Error> {
        let mut payload = json!({"function_id": function_id});
        // Without it the engine answers for its default namespace first.
        if let Some(namespace) = self.client.namespace() {
            payload["namespace"] = json!(namespace);
        }
        let request = CallRequest {
            function_id: EngineFunctions::INFO_FUNCTIONS.to_owned(),
            payload,
            action: None,
            timeout_ms: Some(LIMIT_MS),
        };
        self.client.call(request).await
    }
}

fn is_answer(answer: &Result<Value, Error>) -> bool {
    matches!(answer, Ok(_) | Err(Error::Remote { .. }))
}
