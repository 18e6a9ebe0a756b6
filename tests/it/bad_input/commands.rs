//! What no program can be given.

use serde_json::{Value, json};

use super::{Function, deployment};

#[tokio::test]
async fn a_command_that_is_none() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let text = "`cmd` must not be empty or have a NUL";
    exec.refuses("cmd", [json!(""), json!("a\0b")], text).await;
    let text = "`cmd` must be a string";
    exec.refuses("cmd", [json!(7), json!(["ls", "-l"]), json!({})], text)
        .await;
}

#[tokio::test]
async fn arguments_that_are_none() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let text = "`args` must be a list";
    exec.refuses("args", [json!("-l"), json!(7), json!({"0": "-l"})], text)
        .await;
    let text = "`args[1]` must be a string";
    exec.refuses(
        "args",
        [json!(["-l", 7]), json!(["-l", null]), json!(["-l", ["-a"]])],
        text,
    )
    .await;
    let text = "`args[2]` must not have a NUL";
    exec.refuses("args", [json!(["-l", "", "a\0b"])], text).await;
}

#[tokio::test]
async fn variables_that_are_none() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let text = "`env` must be an object";
    exec.refuses("env", [json!("A=1"), json!(["A=1"]), json!(7)], text)
        .await;
    let text = "`env.A` must be a string";
    exec.refuses("env", [json!({"A": 1}), json!({"A": null}), json!({"A": true})], text)
        .await;
    let text = "`env.A` must not have a NUL";
    exec.refuses("env", [json!({"A": "a\0b"})], text).await;
}

#[rustfmt::skip]
const NO_NAMES: [&str; 13] = [
    "", "1A", "A B", "A=B", "A-B", "A.B", "A\0", "A\n", "é", "$A", "A;id", "a/b", "BASH_FUNC_x%%",
];

#[tokio::test]
async fn a_variable_s_name_that_is_none() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let wrong = NO_NAMES.map(|name| json!({"GOOD": "1", name: "secret"}));
    exec.refuses("env", wrong, "`env` has a name that is not a variable name")
        .await;
}

#[tokio::test]
async fn a_folder_that_is_none() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let text = "`cwd` must not be empty or have a NUL";
    exec.refuses("cwd", [json!(""), json!("/tmp\0")], text).await;
    exec.refuses("cwd", [json!(7), json!(["/tmp"])], "`cwd` must be a string")
        .await;
}

#[tokio::test]
async fn a_field_of_a_longer_name_is_not_repeated() {
    let deployment = deployment().await;
    let exec = Function::of(&deployment, "exec");
    let name = "A".repeat(65);
    let wrong: Value = [(name, json!(7))].into_iter().collect();
    exec.refuses("env", [wrong], "`env` has an entry that must be a string")
        .await;
}
