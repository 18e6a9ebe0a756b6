//! What a test needs to know of a mapping.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Mapping {
    functions: Map<String, Value>,
}

/// The names of the functions in the text of a `mapping.yaml`, in their order. Panics if it is none.
pub fn functions(text: &str) -> Vec<String> {
    let mapping: Mapping = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("no mapping: {error}"));
    mapping.functions.into_iter().map(|(name, _)| name).collect()
}
