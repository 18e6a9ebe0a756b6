//! The operators of the mapping language: what each makes of what, and what it refuses.

mod choices;
mod conversions;
mod lines;

use provider_runtime::error::Error;
use serde::Serialize;
use serde_json::{Value, json};

/// An operator of JSON, of which nothing is known.
fn check<T: Serialize>(operator: impl Fn(Value) -> Result<T, Error>, cases: impl IntoIterator<Item = (Value, Value)>) {
    for (given, expected) in cases {
        let found = operator(given.clone()).map(|found| json!(found));
        assert_eq!(found, Ok(expected), "{given}");
    }
}

/// Every value is refused with these words, which do not say what it was.
fn refuses<G: Clone + Serialize, T>(
    operator: impl Fn(G) -> Result<T, Error>,
    message: &str,
    given: impl IntoIterator<Item = G>,
) {
    for value in given {
        let shown = json!(value);
        let Err(error) = operator(value) else {
            panic!("{shown} is taken");
        };
        assert_eq!(
            error.message(),
            format!("[S502] provider unavailable: unreadable answer: {message}"),
            "{shown}"
        );
    }
}
