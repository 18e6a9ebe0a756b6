//! Bad input is S001, names the field, never says what was in it, and sends nothing to the provider.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

mod commands;
mod counts;
mod floods;
mod sandbox_ids;
mod shapes;
mod strangers;

use crate::WORKER;

async fn deployment() -> Deployment {
    Deployment::start(WORKER).await
}

/// A function of a worker, and a payload for it that is right.
struct Function<'a> {
    deployment: &'a Deployment,
    name: &'static str,
    right: Value,
}

impl<'a> Function<'a> {
    fn of(deployment: &'a Deployment, name: &'static str) -> Self {
        Self {
            deployment,
            name,
            right: right(name),
        }
    }

    /// Each value of `field`, beside fields that are right, is refused with `[S001] bad input: ` and this text.
    async fn refuses<const N: usize>(&self, field: &str, values: [Value; N], text: &str) {
        for value in values {
            let mut payload = self.right.clone();
            payload[field] = value;
            self.refuses_all(payload, text).await;
        }
    }

    /// The payload as a whole is refused, and the provider hears nothing.
    async fn refuses_all(&self, payload: Value, text: &str) {
        let refused = self.deployment.call(self.name, payload.clone()).await;
        let expected = CallError::new("S001", format!("[S001] bad input: {text}"));
        assert_eq!(refused, Err(expected), "{} of {payload}", self.name);
        assert_eq!(self.deployment.morph().request_lines(), [""; 0]);
    }
}

/// No more than `function` requires.
fn right(function: &str) -> Value {
    match function {
        "create" => json!({"image": "snapshot_1"}),
        "list" => json!({}),
        "exec" => json!({"sandbox_id": "morphvm_1", "cmd": "true"}),
        "expose_port" => json!({"sandbox_id": "morphvm_1", "port": 80}),
        _ => json!({"sandbox_id": "morphvm_1"}),
    }
}
