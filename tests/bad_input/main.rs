//! Bad input is S001, names the field, never says what was in it, and sends nothing to the provider.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

mod commands;
mod counts;
mod sandbox_ids;
mod shapes;

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

/// A worker that nothing has been asked of yet.
async fn house() -> Deployment {
    let house = Deployment::start(WORKER).await;
    house.morph().clear_requests();
    house
}

/// Each payload is refused with `[S001] bad input: ` and its text, and the provider hears nothing.
async fn refuses(house: &Deployment, function: &str, cases: impl IntoIterator<Item = (Value, &str)>) {
    for (payload, text) in cases {
        let refused = house.call(function, payload.clone()).await;
        let expected = CallError::new("S001", format!("[S001] bad input: {text}"));
        assert_eq!(refused, Err(expected), "{function} of {payload}");
    }
    assert_eq!(house.morph().request_lines(), [""; 0]);
}

/// [`refuses`] for the values of one field, beside fields that are right.
async fn refuses_as(house: &Deployment, function: &str, known: Value, field: &str, values: &[Value], text: &str) {
    let cases = values.iter().map(|value| (with(&known, field, value.clone()), text));
    refuses(house, function, cases).await;
}

/// `known` with one field more.
fn with(known: &Value, field: &str, value: Value) -> Value {
    let mut payload = known.clone();
    payload[field] = value;
    payload
}

fn sandbox() -> Value {
    json!({"sandbox_id": "morphvm_1"})
}
