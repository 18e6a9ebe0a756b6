//! JSON, as the `configuration` worker gives it, becomes what YAML text becomes, without lines; and the other way round.

use serde_json::{Map, Number, Value as Json, json};

use super::document::{Entry, Node, Value};

/// Whole numbers up to here are written without a fraction by everybody who writes them at all.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn document(value: &Json) -> Node {
    let value = match value {
        Json::Null => Value::Nothing,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => Value::Number(digits(number)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(document).collect()),
        Json::Object(fields) => Value::Mapping(fields.iter().map(entry).collect()),
    };
    Node { line: None, value }
}

fn entry((key, value): (&String, &Json)) -> Entry {
    Entry {
        key: key.clone(),
        line: None,
        value: document(value),
    }
}

/// In JSON 10 and 10.0 are the same number, and forms write either.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= LARGEST_EXACT => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// What entries say, for the `configuration` worker.
pub(super) fn of_entries(entries: &[Entry]) -> Map<String, Json> {
    // A key without a value says nothing.
    let says = entries
        .iter()
        .filter(|entry| !matches!(entry.value.value, Value::Nothing));
    says.map(|entry| (entry.key.clone(), of_node(&entry.value))).collect()
}

fn of_node(node: &Node) -> Json {
    match &node.value {
        Value::Nothing => Json::Null,
        Value::Boolean(flag) => json!(flag),
        // YAML writes some numbers as JSON does not.
        Value::Number(digits) => digits
            .parse::<i64>()
            .map_or_else(|_| json!(digits.parse::<f64>().ok()), |number| json!(number)),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(of_node).collect(),
        Value::Mapping(entries) => Json::Object(of_entries(entries)),
    }
}
