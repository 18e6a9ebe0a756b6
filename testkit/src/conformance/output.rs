//! What a program has written.

use serde_json::json;

use super::acting::{ended, script};
use crate::deployment::DeploymentBuilder;

pub async fn both_streams_are_told_apart(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let answer = script(
        &deployment,
        &sandbox,
        "echo out; echo err >&2; printf more; printf oops >&2; exit 3",
    )
    .await;
    assert_eq!(answer, ended("out\nmore", "err\noops", 3));
}

pub async fn of_a_long_stream_the_first_and_the_last_half_are_kept(worker: DeploymentBuilder) {
    let deployment = worker.config("max_output_bytes: 10").start().await;
    let sandbox = deployment.sandbox().await;
    let answer = script(&deployment, &sandbox, "printf 0123456789; printf abcdefghij >&2").await;
    assert_eq!(answer, ended("0123456789", "abcdefghij", 0), "as much as may be");
    let answer = script(
        &deployment,
        &sandbox,
        "printf 0123456789A; printf 0123456789ABCDEF >&2; exit 3",
    )
    .await;
    assert_eq!(
        (&answer["stdout"], &answer["stderr"]),
        (&json!("012346789A"), &json!("01234BCDEF"))
    );
    assert_eq!(
        (&answer["stdout_truncated"], &answer["stderr_truncated"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(answer["exit_code"], 3);
}

pub async fn megabytes_cost_neither_the_exit_code_nor_the_end(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let loud = "echo first; yes | head -c 10000000; echo last; echo oops >&2; exit 5";
    let answer = script(&deployment, &sandbox, loud).await;
    let stdout = answer["stdout"].as_str().expect("output");
    assert!(
        stdout.starts_with("first\ny\n") && stdout.ends_with("y\nlast\n"),
        "{} bytes",
        stdout.len()
    );
    assert_eq!((&answer["stderr"], &answer["exit_code"]), (&json!("oops\n"), &json!(5)));
    assert_eq!(
        (&answer["stdout_truncated"], &answer["stderr_truncated"]),
        (&json!(true), &json!(false))
    );
}
