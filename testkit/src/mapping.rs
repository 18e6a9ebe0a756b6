//! What a test needs to know of a mapping.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Mapping {
    functions: Map<String, Value>,
}

/// The names of the functions in the text of a `mapping.yaml`, in their order, but for those that programs serve: they are
/// there only where a configuration lists them. Panics if it is none.
pub fn functions(text: &str) -> Vec<String> {
    let mapping: Mapping = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("no mapping: {error}"));
    let by_programs = |function: &Value| function.get("via").is_some();
    let functions = mapping.functions.into_iter();
    functions
        .filter(|(_, function)| !by_programs(function))
        .map(|(name, _)| name)
        .collect()
}
