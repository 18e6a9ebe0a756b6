//! Fields that the schema does not name.

use provider_runtime::input::InputSchema;
use serde_json::{Value, json};

use super::refuses;

fn exec(more: Value) -> InputSchema {
    let mut schema = json!({
        "type": "object",
        "required": ["cmd"],
        "properties": {
            "cmd": {"type": "string"},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "timeout_ms": {"type": "integer"},
            "at": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
        }
    });
    let all = schema.as_object_mut().expect("an object");
    all.extend(more.as_object().expect("an object").clone());
    InputSchema::new(&schema)
}

#[test]
fn they_are_refused_and_the_nearest_field_is_named() {
    let meant = |given: &str, known: &str| format!("`{given}` is not known; did you mean `{known}`?");
    let with = |name: &str| {
        let mut payload = json!({"cmd": "ls"});
        payload[name] = json!(5);
        payload
    };
    for (given, known) in [
        ("timeout", "timeout_ms"),
        ("timeoutMs", "timeout_ms"),
        ("timeout_secs", "timeout_ms"),
        ("Cmd", "cmd"),
        ("envs", "env"),
    ] {
        refuses(&exec(json!({})), &[(with(given), &meant(given, known))]);
    }
    refuses(
        &exec(json!({})),
        &[(with("user"), "`user` is not known; known are cmd, env, timeout_ms, at")],
    );
    let nothing = InputSchema::new(&json!({"type": "object", "properties": {}}));
    refuses(
        &nothing,
        &[(json!({"all": true}), "`all` is not known; there are none")],
    );
}

#[test]
fn one_whose_name_may_be_a_value_is_not_named() {
    let text = "the payload has a field that is not known; known are cmd, env, timeout_ms, at";
    for name in ["sk-live-123", "", "a b", "ünïcode", &"x".repeat(65)] {
        let mut payload = json!({"cmd": "ls"});
        payload[name] = json!(5);
        refuses(&exec(json!({})), &[(payload, text)]);
    }
}

#[test]
fn what_is_missing_is_told_before_them_and_what_is_wrong_after_them() {
    refuses(
        &exec(json!({})),
        &[
            (json!({"Cmd": "ls", "env": 1}), "`cmd` is missing"),
            (
                json!({"cmd": 1, "timeout": 1}),
                "`timeout` is not known; did you mean `timeout_ms`?",
            ),
        ],
    );
}

#[test]
fn within_a_field_they_are_refused_too() {
    refuses(
        &exec(json!({})),
        &[(
            json!({"cmd": "ls", "at": [{"path": "a"}, {"pth": "b"}]}),
            "`at[1].pth` is not known; did you mean `path`?",
        )],
    );
    assert!(
        exec(json!({}))
            .read::<Value>(json!({"cmd": "ls", "env": {"ANY": "x", "_B": "y"}}))
            .is_ok()
    );
}

#[test]
fn what_the_engine_and_the_router_add_is_taken_and_so_is_what_is_not_given() {
    let payload = json!({"cmd": "ls", "_caller_worker_id": "w", "_": 1, "provider": "morph", "name": null});
    assert!(exec(json!({})).read::<Value>(payload).is_ok());
}

#[test]
fn a_schema_may_take_others() {
    for (others, taken) in [
        (json!(true), true),
        (json!({"type": "integer"}), true),
        (json!(false), false),
    ] {
        let schema = exec(json!({"additionalProperties": others}));
        let read = schema.read::<Value>(json!({"cmd": "ls", "other": 5}));
        assert_eq!(read.is_ok(), taken, "{others}");
    }
}
