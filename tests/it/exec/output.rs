//! How much of a program's output is answered.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use super::{RUN, WORKER, end, exec, script};

/// A worker that passes on so many bytes of each stream, and a sandbox.
async fn bounded(bytes: usize) -> (Deployment, String) {
    let config = format!("max_output_bytes: {bytes}");
    let deployment = Deployment::builder(WORKER).config(&config).start().await;
    let sandbox = deployment.sandbox().await;
    (deployment, sandbox)
}

fn truncated(answer: &Value) -> (&Value, &Value) {
    (&answer["stdout_truncated"], &answer["stderr_truncated"])
}

#[tokio::test]
async fn output_within_the_limit_arrives_whole() {
    let (deployment, sandbox) = bounded(10).await;
    let answered = script(&deployment, &sandbox, "printf 0123456789; printf abcdefghij >&2").await;
    assert_eq!(
        (&answered["stdout"], &answered["stderr"]),
        (&json!("0123456789"), &json!("abcdefghij"))
    );
    assert_eq!(truncated(&answered), (&json!(false), &json!(false)));
}

#[tokio::test]
async fn of_more_the_first_and_the_last_half_are_kept_of_each_stream() {
    let (deployment, sandbox) = bounded(10).await;
    let answered = script(&deployment, &sandbox, "printf 0123456789A; printf short >&2; exit 3").await;
    assert_eq!(
        (&answered["stdout"], &answered["stderr"]),
        (&json!("012346789A"), &json!("short"))
    );
    assert_eq!(truncated(&answered), (&json!(true), &json!(false)));
    assert_eq!(
        (&answered["exit_code"], &answered["timed_out"]),
        (&json!(3), &json!(false))
    );
    let answered = script(&deployment, &sandbox, "printf 0123456789ABCDEF >&2").await;
    assert_eq!(
        (&answered["stdout"], &answered["stderr"]),
        (&json!(""), &json!("01234BCDEF"))
    );
    assert_eq!(truncated(&answered), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn ten_megabytes_cost_neither_the_exit_code_nor_the_end() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let loud = "echo first; yes | head -c 10000000; echo last; echo oops >&2; exit 5";
    let answered = script(&deployment, &sandbox, loud).await;
    let stdout = answered["stdout"].as_str().expect("output");
    assert_eq!(stdout.len(), 1 << 20);
    assert!(stdout.starts_with("first\ny\n") && stdout.ends_with("y\nlast\n"));
    assert_eq!(
        (&answered["stderr"], &answered["exit_code"]),
        (&json!("oops\n"), &json!(5))
    );
    assert_eq!(truncated(&answered), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn nor_does_a_timeout_that_ends_a_loud_program() {
    let (deployment, sandbox) = bounded(1000).await;
    let fields = json!({"sandbox_id": sandbox, "cmd": "yes", "timeout_ms": 1000});
    let answered = deployment.call("exec", fields).await.expect("an answer");
    assert_eq!(answered["stdout"], "y\n".repeat(500));
    assert_eq!(truncated(&answered), (&json!(true), &json!(false)));
    assert_eq!(
        (&answered["exit_code"], &answered["timed_out"]),
        (&json!(124), &json!(true))
    );
}

#[tokio::test]
async fn what_json_makes_longest_fits_into_the_smallest_answer() {
    let config = "max_response_bytes: 65536";
    let deployment = Deployment::builder(WORKER).config(config).start().await;
    let sandbox = deployment.sandbox().await;
    let control = "head -c 100000 /dev/zero | tr '\\0' '\\001'; head -c 100000 /dev/zero >&2; exit 6";
    let answered = script(&deployment, &sandbox, control).await;
    assert_eq!(answered["stdout"], "\u{1}".repeat(5120));
    assert_eq!(answered["stderr"], "\0".repeat(5120));
    assert_eq!(answered["exit_code"], 6);
}

#[tokio::test]
async fn a_character_is_not_cut_in_two() {
    for bytes in [1001, 1002, 1003, 1004] {
        let (deployment, sandbox) = bounded(bytes).await;
        let answered = script(
            &deployment,
            &sandbox,
            "i=0; while [ $i -lt 500 ]; do printf 'é日🦀'; i=$((i+1)); done",
        )
        .await;
        let stdout = answered["stdout"].as_str().expect("output");
        assert!(
            stdout.len() > bytes - 8 && !stdout.contains(char::REPLACEMENT_CHARACTER),
            "{stdout}"
        );
        assert_eq!(answered["stdout_truncated"], true);
    }
}

#[tokio::test]
async fn what_the_provider_makes_of_bytes_that_are_no_text_costs_nothing_else() {
    let (deployment, sandbox) = bounded(1000).await;
    for body in [
        br#"{"exit_code": 3, "stdout": "a\udcffb", "stderr": "\ud800"}"#.as_slice(),
        b"{\"exit_code\": 3, \"stdout\": \"a\xffb\", \"stderr\": \"\xfe\"}",
    ] {
        deployment
            .morph()
            .fail("POST", RUN)
            .with(Fault::Bytes(body.to_vec()))
            .once();
        let answered = exec(&deployment, &sandbox, json!({"cmd": "true"})).await;
        assert_eq!(answered, Ok(end("a\u{fffd}b", "\u{fffd}", 3, false)));
    }
}
