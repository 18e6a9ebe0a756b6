//! What a worker registers, and how the engine refuses it.

use serde_json::Value;
use uuid::Uuid;

/// A function as its worker registered it.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// Full function id.
    pub id: String,
    /// One line for a catalogue.
    pub description: Option<String>,
    /// JSON schema of the payload.
    pub request_format: Option<Value>,
    /// JSON schema of the result.
    pub response_format: Option<Value>,
    /// Free-form data beside the schemas.
    pub metadata: Option<Value>,
}

/// A `registrationrejected` frame.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// `WORKER_NAMESPACE_CONFLICT` and every unknown code end the worker's SDK,
    /// `FUNCTION_NAMESPACE_CONFLICT` costs one function.
    pub code: String,
    /// Where the conflict is.
    pub namespace: String,
    /// The name that is taken.
    pub worker_name: Option<String>,
    /// The function that is taken; the rejection then concerns nothing else.
    pub function_id: Option<String>,
    /// Who has it.
    pub owner_worker_id: String,
}

impl Rejection {
    /// Another live worker holds this worker name.
    pub fn worker_name_taken(name: &str) -> Self {
        Self {
            worker_name: Some(name.to_owned()),
            ..Self::with_code("WORKER_NAMESPACE_CONFLICT")
        }
    }

    /// Another live worker exports this function.
    pub fn function_taken(function_id: &str) -> Self {
        Self {
            function_id: Some(function_id.to_owned()),
            ..Self::with_code("FUNCTION_NAMESPACE_CONFLICT")
        }
    }

    fn with_code(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            namespace: "default".to_owned(),
            worker_name: None,
            function_id: None,
            owner_worker_id: Uuid::new_v4().to_string(),
        }
    }
}
