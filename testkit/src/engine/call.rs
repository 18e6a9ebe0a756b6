//! A call that a test made, and how it failed.

use std::fmt;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(60);

/// The error body of a failed call, as it came over the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CallError {
    /// What a caller decides by.
    pub code: String,
    /// Text for a person.
    pub message: String,
    /// Only the SDK's own failures carry one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<String>,
}

impl CallError {
    /// An error without a stack trace.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            stacktrace: None,
        }
    }

    /// The family's refusal when the provider is of no use, and why.
    pub fn unavailable(why: &str) -> Self {
        Self::new("S502", format!("[S502] provider unavailable: {why}"))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for CallError {}

/// A call under way. Await it, or [`PendingCall::result`], for the answer.
#[derive(Debug)]
#[must_use = "the answer is lost unless awaited"]
pub struct PendingCall {
    function_id: String,
    answer: oneshot::Receiver<Result<Value, CallError>>,
}

impl PendingCall {
    pub(super) fn new(function_id: &str, answer: oneshot::Receiver<Result<Value, CallError>>) -> Self {
        Self {
            function_id: function_id.to_owned(),
            answer,
        }
    }

    /// The answer. Panics if none comes within 60 s of the first poll.
    ///
    /// # Errors
    /// As [`Engine::call`](super::Engine::call).
    pub async fn result(self) -> Result<Value, CallError> {
        self.within(LIMIT).await
    }

    /// The answer of a call that has more to do than others. Panics if none comes within this time of the first poll.
    ///
    /// # Errors
    /// As [`Engine::call`](super::Engine::call).
    pub async fn within(self, limit: Duration) -> Result<Value, CallError> {
        match timeout(limit, self.answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => panic!("the engine double ended during `{}`", self.function_id),
            Err(_) => panic!("no answer from `{}` within {limit:?}", self.function_id),
        }
    }
}

impl IntoFuture for PendingCall {
    type Output = Result<Value, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.result().boxed()
    }
}
