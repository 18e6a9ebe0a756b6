//! Large answers go to the engine one at a time.
//!
//! The SDK writes an answer as JSON on its one thread, and sends all of it before anything else. Of several large ones each
//! waits here for the one before it, so that a small answer is never behind more than one.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};

use super::connection::Connection;

/// From so many bytes on an answer is large. Smaller ones are written in a millisecond.
const LARGE: usize = 256 * 1024;

/// What JSON has around a value, about.
const AROUND: usize = 4;

/// How long the next large answer waits for an engine that does not say that it has the one before.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct LargeAnswers {
    one: Arc<Semaphore>,
    connection: Connection,
    handle: Handle,
}

impl LargeAnswers {
    pub(super) fn new(connection: Connection, handle: Handle) -> Self {
        Self {
            one: Arc::new(Semaphore::new(1)),
            connection,
            handle,
        }
    }

    /// Returns when an answer may be given to the SDK, which has to be done at once: the next large one follows when the
    /// engine has it.
    pub(super) async fn wait(&self, answer: &Value) {
        if !is_large(answer) {
            return;
        }
        // It is never closed.
        let Ok(permit) = self.one.clone().acquire_owned().await else {
            return;
        };
        let connection = self.connection.clone();
        self.handle.spawn(async move {
            let _ = timeout(LIMIT, connection.confirms()).await;
            drop(permit);
        });
    }
}

fn is_large(answer: &Value) -> bool {
    let mut left = LARGE;
    !fits(answer, &mut left)
}

/// Whether a value takes no more than what is left, of which it takes its part.
fn fits(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::String(text) => text.len(),
        Value::Object(fields) => fields.keys().map(String::len).sum(),
        _ => 0,
    };
    let Some(rest) = left.checked_sub(own + AROUND) else {
        return false;
    };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left)),
        Value::Object(fields) => fields.values().all(|field| fits(field, left)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_as_large_as_all_that_is_in_it() {
        let half = "x".repeat(LARGE / 2);
        assert!(!is_large(&json!({"stdout": half, "exit_code": 0})));
        assert!(is_large(&json!({"stdout": half, "stderr": half})));
        assert!(is_large(&json!({"sandboxes": vec![json!({"id": "x"}); LARGE / 8]})));
    }
}
