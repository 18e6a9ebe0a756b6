//! Who waits for the answer of a call.

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::CALLER_WORKER_ID;
use super::call::CallError;

pub(super) type Answer = Result<Value, CallError>;

#[derive(Debug)]
pub(super) enum Caller {
    Test(oneshot::Sender<Answer>),
    Worker {
        worker_id: String,
        invocation_id: Value,
    },
    /// A call of type `void`, answered to nobody.
    Nobody,
}

impl Caller {
    /// Adds to an object payload who calls.
    pub(super) fn sign(&self, data: &mut Value) {
        let id = match self {
            Self::Worker { worker_id, .. } => worker_id,
            Self::Test(_) | Self::Nobody => CALLER_WORKER_ID,
        };
        if let Value::Object(fields) = data {
            fields.insert("_caller_worker_id".to_owned(), json!(id));
        }
    }
}
