//! Refusals in the forms that the service gives them: the control API's, the toolbox's, and those of the toolbox's files.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A refusal of the control API.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: Value,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            message: json!(message),
        }
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The findings of the service's input validation.
    pub(super) fn invalid(finding: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: json!([finding]),
        }
    }

    pub(super) fn no_sandbox(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            &format!("Sandbox with ID or name {id} not found"),
        )
    }

    pub(super) fn no_snapshot(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("Snapshot {id} not found"))
    }

    pub(super) fn busy() -> Self {
        Self::new(StatusCode::CONFLICT, "Sandbox state change in progress")
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "path": "/api",
            "timestamp": Timestamp::now().to_string(),
            "statusCode": self.status.as_u16(),
            "error": self.status.canonical_reason(),
            "message": self.message,
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.json())).into_response()
    }
}

/// A refusal of a toolbox, or of what stands before it.
#[derive(Debug)]
pub(super) struct ToolboxRefusal {
    status: StatusCode,
    /// Files are refused with a status alone.
    message: Option<String>,
}

impl ToolboxRefusal {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            message: Some(message.to_owned()),
        }
    }

    pub(super) fn bare(status: StatusCode) -> Self {
        Self { status, message: None }
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl IntoResponse for ToolboxRefusal {
    fn into_response(self) -> Response {
        let Some(message) = self.message else {
            return self.status.into_response();
        };
        let code = self.status.canonical_reason().unwrap_or_default();
        let code = code.to_ascii_uppercase().replace(' ', "_");
        let body = json!({"statusCode": self.status.as_u16(), "message": message, "code": code});
        (self.status, Json(body)).into_response()
    }
}

/// What the dashboard answers to a path that it does not know.
pub(super) fn dashboard() -> Html<&'static str> {
    Html("<!doctype html><html><head><title>Daytona</title></head><body></body></html>")
}
