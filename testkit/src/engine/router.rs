//! The router of sandboxes: it serves `sandbox::*` by forwarding each call, unchanged, to the one worker that is bound.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::call::CallError;
use super::caller::Caller;
use super::state::State;

/// What the router serves beside its own `sandbox::adapter::info`, without the prefix `sandbox::`.
pub const SANDBOX_OPERATIONS: [&str; 16] = [
    "create",
    "exec",
    "stop",
    "list",
    "run",
    "catalog::list",
    "fs::ls",
    "fs::stat",
    "fs::mkdir",
    "fs::rm",
    "fs::chmod",
    "fs::mv",
    "fs::grep",
    "fs::sed",
    "fs::read",
    "fs::write",
];

const INFO: &str = "adapter::info";

/// How long an adapter may take to say who it is.
const INFO_LIMIT: Duration = Duration::from_secs(2);

/// Where a call of the router goes.
pub(super) enum Route {
    /// To the adapter's function of this id.
    Forward(String),
    /// Nowhere: the router says itself whom it is bound to.
    Info,
    Refuse(CallError),
}

/// `None`: not a function of the router.
pub(super) fn route(state: &State, function_id: &str) -> Option<Route> {
    let operation = function_id.strip_prefix("sandbox::")?;
    if operation == INFO {
        return Some(Route::Info);
    }
    if !SANDBOX_OPERATIONS.contains(&operation) {
        return None;
    }
    let Some(adapter) = &state.adapter else {
        return Some(Route::Refuse(none_bound()));
    };
    Some(match is_connected(state, adapter) {
        true => Route::Forward(format!("{adapter}::{operation}")),
        false => Route::Refuse(not_connected(adapter)),
    })
}

fn is_connected(state: &State, adapter: &str) -> bool {
    let prefix = format!("{adapter}::");
    state.offers.keys().any(|id| id.starts_with(&prefix))
}

/// Asks the adapter who it is and answers when it has, or when it has taken too long.
pub(super) fn inform(state: &mut State, caller: Caller) {
    let adapter = state.adapter.clone();
    let (answer, asked) = oneshot::channel();
    if let Some(adapter) = &adapter {
        state.invoke(Caller::Test(answer), &format!("{adapter}::{INFO}"), json!({}), None);
    }
    let reply = state.reply(caller, format!("sandbox::{INFO}"));
    tokio::spawn(async move {
        let info = match timeout(INFO_LIMIT, asked).await {
            Ok(Ok(Ok(info))) => info,
            _ => Value::Null,
        };
        let contract = json!({"major": 1, "minor": 2});
        reply(Ok(
            json!({"adapter": adapter, "namespace": "default", "contract": contract, "info": info}),
        ));
    });
}

fn not_connected(adapter: &str) -> CallError {
    let message = format!("the bound sandbox adapter `{adapter}` is not connected");
    refusal("S301", &message, true)
}

fn none_bound() -> CallError {
    let message = "no sandbox adapter is bound; set `engine.sandbox.adapter`";
    refusal("S303", message, false)
}

/// The contract's error: JSON within the text of a failed handler.
fn refusal(code: &str, message: &str, retryable: bool) -> CallError {
    let payload = json!({
        "type": "router",
        "code": code,
        "message": message,
        "docs_url": format!("https://docs.iii.dev/errors/sandbox/{code}"),
        "retryable": retryable,
        "fix": null,
        "fix_note": null,
    });
    CallError::new("invocation_failed", format!("handler error: {payload}"))
}
