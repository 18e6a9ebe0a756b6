//! The contract of the engine's sandbox adapters, which every worker keeps that can start, use and end sandboxes.

use serde_json::{Value, json};

use crate::{diagnostic::Sink, source::Source, yaml};

const TEXT: &str = include_str!("../../contract/adapter.yaml");

/// The functions that a sandbox adapter is made of.
const MADE_OF: [&str; 3] = ["create", "exec", "stop"];

/// Facts that tell how large a sandbox is, which the adapter holds against what its callers ask for.
pub const SIZES: [&str; 3] = ["cpus", "memory_mb", "memory_gib"];

/// What is told of the same to a caller of the family's functions and to one of the adapter's.
#[derive(Debug)]
pub struct Condition {
    pub when: String,
    /// The code; absent where it cannot happen.
    pub family: Option<String>,
    /// The code, or the first and the last of several; none where it cannot happen.
    pub adapter: Vec<String>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// Every condition that the contract tells of.
pub fn conditions() -> Vec<Condition> {
    let told = read()["conditions"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let rows = told.iter().map(|row| Condition {
        when: text(&row["when"]).unwrap_or_default(),
        family: text(&row["family"]),
        adapter: match row["adapter"].as_array() {
            Some(codes) => codes.iter().filter_map(text).collect(),
            None => text(&row["adapter"]).into_iter().collect(),
        },
        retryable: row["retryable"] == true,
    });
    rows.collect()
}

fn read() -> Value {
    let source = Source::new("adapter.yaml", TEXT);
    let root = yaml::parse(&source, &mut Sink::default()).map(|node| node.to_json());
    root.unwrap_or_default()
}

/// The version of the contract, and what a worker with these functions registers to keep it: `{contract, functions: [{name,
/// description, request, response, by}]}`. `None` if it cannot be an adapter.
pub fn adapter(functions: &[&str]) -> Option<Value> {
    let has = |name: &str| functions.contains(&name);
    if !MADE_OF.into_iter().all(has) {
        return None;
    }
    let root = read();
    let offered = super::entries(&root["functions"]).filter(|(_, node)| node["by"].as_str().is_none_or(has));
    let functions: Vec<Value> = offered
        .map(|(name, node)| {
            json!({
                "name": name,
                "description": node["description"],
                "request": node["input"],
                "response": node["output"],
                "by": node["by"],
            })
        })
        .collect();
    Some(json!({"contract": root["contract"], "functions": functions}))
}
