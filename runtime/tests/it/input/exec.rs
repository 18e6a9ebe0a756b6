//! A whole function's input: that of `exec`.

use provider_runtime::input::InputSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refuses;

#[derive(Debug, Deserialize, PartialEq)]
struct Exec {
    sandbox_id: String,
    cmd: String,
    args: Vec<String>,
    env: Option<Map<String, Value>>,
    cwd: Option<String>,
    timeout_ms: Option<u64>,
}

fn exec() -> InputSchema {
    InputSchema::new(&json!({
        "type": "object",
        "required": ["sandbox_id", "cmd"],
        "properties": {
            "sandbox_id": {"type": "string", "format": "path-segment"},
            "cmd": {"type": "string", "format": "program"},
            "args": {"type": "array", "items": {"type": "string", "format": "no-nul"}, "default": []},
            "env": {
                "type": "object",
                "additionalProperties": {"type": "string", "format": "no-nul"},
                "propertyNames": {"format": "env-name"}
            },
            "cwd": {"type": "string", "format": "program"},
            "timeout_ms": {"type": "integer", "minimum": 1, "maximum": 86_400_000}
        }
    }))
}

#[test]
fn a_payload_becomes_the_input() {
    let payload = json!({
        "sandbox_id": "vm_1", "cmd": "ls", "env": {"A": "b"}, "cwd": null, "timeout_ms": 2000.0, "_caller_worker_id": "w",
    });
    let expected = Exec {
        sandbox_id: "vm_1".to_owned(),
        cmd: "ls".to_owned(),
        args: vec![],
        env: json!({"A": "b"}).as_object().cloned(),
        cwd: None,
        timeout_ms: Some(2000),
    };
    assert_eq!(exec().read(payload), Ok(expected));
}

#[test]
fn a_payload_is_an_object() {
    let problem = "the payload must be an object";
    refuses(
        &exec(),
        &[
            (json!(null), problem),
            (json!([]), problem),
            (json!("x"), problem),
            (json!(1), problem),
        ],
    );
}

#[test]
fn the_first_wrong_field_is_named_in_the_schemas_order() {
    refuses(
        &exec(),
        &[
            (json!({}), "`sandbox_id` is missing"),
            (json!({"sandbox_id": 1}), "`cmd` is missing"),
            (
                json!({"timeout_ms": 0, "cmd": 1, "sandbox_id": 1}),
                "`sandbox_id` must be a string",
            ),
            (
                json!({"timeout_ms": 0, "cmd": 1, "sandbox_id": "a"}),
                "`cmd` must be a string",
            ),
            (
                json!({"timeout_ms": 0, "env": {"A": 1}, "cmd": "a", "sandbox_id": "a"}),
                "`env.A` must be a string",
            ),
        ],
    );
}

/// `fields` beside a sandbox and a program.
fn with(fields: Value) -> Value {
    let mut payload = json!({"sandbox_id": "vm", "cmd": "ls"});
    let all = payload.as_object_mut().expect("an object");
    all.extend(fields.as_object().expect("an object").clone());
    payload
}

#[test]
fn fields_of_exec_say_what_they_must_be() {
    let timeout = "`timeout_ms` must be a whole number from 1 to 86400000";
    refuses(
        &exec(),
        &[
            (
                with(json!({"sandbox_id": "a/b"})),
                "`sandbox_id` must be one path segment",
            ),
            (with(json!({"sandbox_id": null})), "`sandbox_id` must be a string"),
            (with(json!({"cmd": ""})), "`cmd` must not be empty or have a NUL"),
            (with(json!({"cmd": "a\0"})), "`cmd` must not be empty or have a NUL"),
            (with(json!({"args": "a"})), "`args` must be a list"),
            (with(json!({"args": ["a", "b", 3, 4]})), "`args[2]` must be a string"),
            (with(json!({"args": ["a", null]})), "`args[1]` must be a string"),
            (with(json!({"args": ["a", "\0"]})), "`args[1]` must not have a NUL"),
            (with(json!({"cwd": ""})), "`cwd` must not be empty or have a NUL"),
            (with(json!({"timeout_ms": 0})), timeout),
            (with(json!({"timeout_ms": -1})), timeout),
            (with(json!({"timeout_ms": 86_400_001})), timeout),
            (with(json!({"timeout_ms": 1.5})), timeout),
            (with(json!({"timeout_ms": 1e300})), timeout),
            (with(json!({"timeout_ms": "1"})), timeout),
        ],
    );
}

#[test]
fn a_bad_name_of_a_variable_is_not_repeated() {
    let name = "`env` has a name that is not a variable name";
    let long = "A".repeat(65);
    refuses(
        &exec(),
        &[
            (with(json!({"env": []})), "`env` must be an object"),
            (with(json!({"env": {"FOO": 1}})), "`env.FOO` must be a string"),
            (with(json!({"env": {"FOO": null}})), "`env.FOO` must be a string"),
            (with(json!({"env": {"FOO": "\0"}})), "`env.FOO` must not have a NUL"),
            (with(json!({"env": {"FOO": 1, "": "x"}})), name),
            (with(json!({"env": {"FOO": 1, "to ken": 1}})), name),
            (with(json!({"env": {"1A": "x"}})), name),
            (with(json!({"env": {"A=b": "x"}})), name),
            (with(json!({"env": {"a/~b": "x"}})), name),
            (with(json!({"env": {"é": "x"}})), name),
            (
                with(json!({"env": {long: 1}})),
                "`env` has an entry that must be a string",
            ),
        ],
    );
}
