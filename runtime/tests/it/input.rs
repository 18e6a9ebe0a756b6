//! What a caller gets for a payload: the input, or an error that names the field and never repeats a value.

mod exec;
mod fields;
mod published;
mod strangers;

use provider_runtime::input::InputSchema;
use serde_json::{Value, json};

/// A schema of one field.
fn of(name: &str, required: bool, field: Value) -> InputSchema {
    let required = if required { json!([name]) } else { json!([]) };
    InputSchema::new(&json!({"type": "object", "required": required, "properties": {name: field}}))
}

fn refuses(schema: &InputSchema, cases: &[(Value, &str)]) {
    for (payload, problem) in cases {
        let error = schema.read::<Value>(payload.clone()).expect_err(&payload.to_string());
        assert_eq!(error.message(), format!("[S001] bad input: {problem}"), "{payload}");
    }
}
