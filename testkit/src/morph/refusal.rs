//! Refusals in the form the service gives them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Value,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: &str) -> Self {
        Self {
            status,
            detail: json!(detail),
        }
    }

    pub(super) fn no_instance() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Instance not found")
    }

    pub(super) fn no_snapshot() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Snapshot not found")
    }

    pub(super) fn conflict(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// One finding of the service's input validation.
    pub(super) fn invalid(location: &[&str], message: &str, kind: &str) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: json!([{"loc": location, "msg": message, "type": kind}]),
        }
    }

    pub(super) fn missing(location: &[&str]) -> Self {
        Self::invalid(location, "Field required", "missing")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"detail": self.detail}))).into_response()
    }
}
