//! Refusals in the form the service gives them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            body: error(status.as_u16(), message),
        }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(super) fn no_sandbox(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("sandbox \"{id}\" not found"))
    }

    pub(super) fn no_template(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("template '{id}' not found"))
    }

    /// What the proxy before all sandboxes answers for one that is on no node, or a port that nobody listens on.
    pub(super) fn bad_gateway(sandbox: &str, message: &str) -> Self {
        Self {
            status: StatusCode::BAD_GATEWAY,
            body: json!({"sandboxId": sandbox, "message": message, "code": 502}),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// The body of an error, as the control API and the files of a sandbox answer it.
pub fn error(code: u16, message: &str) -> Value {
    json!({"code": code, "message": message})
}
