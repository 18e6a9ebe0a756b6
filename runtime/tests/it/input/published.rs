//! Schemas as callers are shown them.

use provider_runtime::input::published;
use serde_json::{Value, json};

use super::of;

/// Texts at the edges of what formats take.
const TEXTS: [&str; 25] = [
    "", " ", "\u{a0}", "a", "a b", "a\n", "a\0", "\0", "\t", ".", "..", "...", "..a", ".a", "a.", "a/b", "a?b", "a#b",
    "%2e", "a\\b", "..;a", "日本", "é", "FOO_1", "1A",
];

fn takes(schema: &Value, text: &str) -> bool {
    jsonschema::validator_for(schema)
        .expect("a schema")
        .is_valid(&json!(text))
}

#[test]
fn no_text_that_the_worker_takes_is_refused_by_what_is_published() {
    for format in ["path-segment", "not-blank", "program", "no-nul"] {
        let schema = json!({"type": "string", "format": format});
        let shown = published(&schema);
        assert_eq!(shown.get("format"), None, "{shown}");
        let worker = of("text", true, schema);
        for text in TEXTS {
            let taken = worker.read::<Value>(json!({"text": text})).is_ok();
            let beyond = ["\u{a0}"].contains(&text);
            assert!(takes(&shown, text) == taken || beyond, "{format}: {text:?} by {shown}");
        }
    }
}

#[test]
fn names_of_variables_are_told_by_a_pattern() {
    let env = json!({"type": "object", "additionalProperties": {"type": "string", "format": "no-nul"}, "propertyNames": {"format": "env-name"}});
    let shown = published(&env);
    let expected = json!({
        "type": "object",
        "additionalProperties": {"type": "string", "pattern": r"^[^\x00]*$"},
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "type": "string"},
    });
    assert_eq!(shown, expected);
}

#[test]
fn a_limit_in_bytes_is_said_in_words() {
    let args = json!({"type": "array", "items": {"type": "string"}, "maxBytes": 10, "description": "Arguments."});
    let expected =
        json!({"type": "array", "items": {"type": "string"}, "description": "Arguments. At most 10 bytes in all."});
    assert_eq!(published(&args), expected);
}

#[test]
fn a_field_may_be_called_like_a_keyword() {
    let schema =
        json!({"type": "object", "properties": {"format": {"type": "string"}, "maxBytes": {"type": "integer"}}});
    assert_eq!(published(&schema), schema);
}
