//! The engine's catalogue of functions: what a worker can always ask an engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use iii_sdk::IIIClient;
use iii_sdk::engine::EngineFunctions;
use iii_sdk::errors::Error;
use iii_sdk::protocol::TriggerRequest;
use serde_json::{Value, json};

const LIMIT_MS: u64 = 2_000;

#[derive(Clone)]
pub(super) struct Catalogue {
    client: IIIClient,
    connections: Arc<Connections>,
}

/// Connections are told apart by how many were lost before.
struct Connections {
    lost: AtomicU64,
    /// The last one that a question was answered on.
    answered: AtomicU64,
}

impl Catalogue {
    pub(super) fn new(client: IIIClient) -> Self {
        let connections = Connections {
            lost: AtomicU64::new(0),
            answered: AtomicU64::new(u64::MAX),
        };
        Self {
            client,
            connections: Arc::new(connections),
        }
    }

    /// The next connection may lead to another engine.
    pub(super) fn connection_lost(&self) {
        self.connections.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this engine has answered a question before. One that never does says nothing by its silence.
    pub(super) fn answers(&self) -> bool {
        self.connections.answered.load(Ordering::Relaxed) == self.connection()
    }

    fn connection(&self) -> u64 {
        self.connections.lost.load(Ordering::Relaxed)
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
        let request = TriggerRequest {
            function_id: EngineFunctions::INFO_FUNCTIONS.to_owned(),
            payload,
            action: None,
            timeout_ms: Some(LIMIT_MS),
        };
        let connection = self.connection();
        let answer = self.client.trigger(request).await;
        if is_answer(&answer) {
            self.connections.answered.store(connection, Ordering::Relaxed);
        }
        answer
    }
}

fn is_answer(answer: &Result<Value, Error>) -> bool {
    matches!(answer, Ok(_) | Err(Error::Remote { .. }))
}
