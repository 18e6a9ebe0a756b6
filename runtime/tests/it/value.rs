//! The operators of the mapping language: what each makes of what, and what it refuses.

mod choices;
mod conversions;
mod lines;

use provider_runtime::error::Error;
use serde_json::Value;

type One = fn(Value) -> Result<Value, Error>;

fn check(operator: One, cases: impl IntoIterator<Item = (Value, Value)>) {
    for (given, expected) in cases {
        assert_eq!(operator(given.clone()), Ok(expected), "{given}");
    }
}

/// Every value is refused with these words, which do not say what it was.
fn refuses(operator: One, message: &str, given: impl IntoIterator<Item = Value>) {
    for value in given {
        let error = operator(value.clone()).expect_err(&value.to_string());
        assert_eq!(
            error.message(),
            format!("[S502] provider unavailable: unreadable answer: {message}"),
            "{value}"
        );
    }
}
