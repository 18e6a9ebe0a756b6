//! What no program can be given.

use serde_json::{Value, json};

use crate::{house, refuses, refuses_as, sandbox, with};

fn known() -> Value {
    with(&sandbox(), "cmd", json!("true"))
}

#[tokio::test]
async fn a_command_that_is_none() {
    let house = house().await;
    let text = "`cmd` must not be empty or have a NUL";
    refuses_as(&house, "exec", sandbox(), "cmd", &[json!(""), json!("a\0b")], text).await;
    let text = "`cmd` must be a string";
    refuses_as(
        &house,
        "exec",
        sandbox(),
        "cmd",
        &[json!(7), json!(["ls", "-l"]), json!({})],
        text,
    )
    .await;
}

#[tokio::test]
async fn arguments_that_are_none() {
    let house = house().await;
    let text = "`args` must be a list";
    refuses_as(
        &house,
        "exec",
        known(),
        "args",
        &[json!("-l"), json!(7), json!({"0": "-l"})],
        text,
    )
    .await;
    let text = "`args[1]` must be a string";
    refuses_as(
        &house,
        "exec",
        known(),
        "args",
        &[json!(["-l", 7]), json!(["-l", null]), json!(["-l", ["-a"]])],
        text,
    )
    .await;
    let text = "`args[2]` must not have a NUL";
    refuses_as(&house, "exec", known(), "args", &[json!(["-l", "", "a\0b"])], text).await;
}

#[tokio::test]
async fn variables_that_are_none() {
    let house = house().await;
    let text = "`env` must be an object";
    refuses_as(
        &house,
        "exec",
        known(),
        "env",
        &[json!("A=1"), json!(["A=1"]), json!(7)],
        text,
    )
    .await;
    let text = "`env.A` must be a string";
    refuses_as(
        &house,
        "exec",
        known(),
        "env",
        &[json!({"A": 1}), json!({"A": null}), json!({"A": true})],
        text,
    )
    .await;
    let text = "`env.A` must not have a NUL";
    refuses_as(&house, "exec", known(), "env", &[json!({"A": "a\0b"})], text).await;
}

#[tokio::test]
async fn a_variable_s_name_that_is_none() {
    let house = house().await;
    let names = [
        "",
        "1A",
        "A B",
        "A=B",
        "A-B",
        "A.B",
        "A\0",
        "A\n",
        "é",
        "$A",
        "A;id",
        "a/b",
        "BASH_FUNC_x%%",
    ];
    let wrong = names.map(|name| json!({"GOOD": "1", name: "secret"}));
    refuses_as(
        &house,
        "exec",
        known(),
        "env",
        &wrong,
        "`env` has a name that is not a variable name",
    )
    .await;
}

#[tokio::test]
async fn a_folder_that_is_none() {
    let house = house().await;
    let text = "`cwd` must not be empty or have a NUL";
    refuses_as(&house, "exec", known(), "cwd", &[json!(""), json!("/tmp\0")], text).await;
    refuses_as(
        &house,
        "exec",
        known(),
        "cwd",
        &[json!(7), json!(["/tmp"])],
        "`cwd` must be a string",
    )
    .await;
}

#[tokio::test]
async fn what_was_wrong_is_never_repeated() {
    let house = house().await;
    let secret = "s3cr3t/\0";
    let nested = json!({"sandbox_id": "morphvm_1", "cmd": "true", "env": {secret: secret}});
    refuses(
        &house,
        "create",
        [(
            json!({"image": secret}),
            "`image` must not be blank or have control characters",
        )],
    )
    .await;
    refuses(
        &house,
        "stop",
        [(json!({"sandbox_id": secret}), "`sandbox_id` must be one path segment")],
    )
    .await;
    refuses(
        &house,
        "exec",
        [(nested, "`env` has a name that is not a variable name")],
    )
    .await;
}
