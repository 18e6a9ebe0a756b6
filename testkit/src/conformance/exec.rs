//! Programs: that exactly the one runs that was asked for, and how it ended.

use std::time::{Duration, Instant};

use serde_json::json;

use super::acting::{ended, exec, script};
use crate::deployment::DeploymentBuilder;

/// What a shell, a terminal, a URL or JSON has a meaning for.
#[rustfmt::skip]
const WORDS: [&str; 42] = [
    "", " ", "it's", "\"", "''", "two  spaces", "a\nb", "\n", "\r\n", "\t", "$HOME", "${HOME}", "$(id)", "`id`", "*", "?",
    "~", "{a,b}", "\\", "\\n", "\\'", "!!", "#", ";", "&&", "|", ">", "(", "-n", "--", "-", "a=b", "=", "%s", "\u{1}",
    "\u{1b}[0m", "é", "日本", "🦀", "\u{feff}", "' ; echo '", "a'b\"c`d$e\\f",
];

/// Far longer than an answer takes that waits for nobody.
const PROMPT: Duration = Duration::from_secs(20);

pub async fn every_byte_of_every_argument_arrives(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let args = [&["[%s]\\n"], &WORDS[..]].concat();
    let expected: String = WORDS.iter().map(|word| format!("[{word}]\n")).collect();
    let answer = exec(&deployment, &sandbox, json!({"cmd": "printf", "args": args})).await;
    assert_eq!(answer, ended(&expected, "", 0));
}

pub async fn a_program_has_its_variables_and_its_folder_and_no_input(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    script(&deployment, &sandbox, "mkdir -p -- '-a $b'").await;
    let fields = json!({
        "cmd": "sh",
        "args": ["-c", "cat; printf '%s|%s|%s' \"$ONE\" \"$TWO\" \"${PWD##*/}\""],
        "env": {"ONE": "it's $HOME\n", "TWO": ""},
        "cwd": "-a $b",
    });
    let answer = exec(&deployment, &sandbox, fields).await;
    assert_eq!(answer, ended("it's $HOME\n||-a $b", "", 0));
    let nowhere = exec(
        &deployment,
        &sandbox,
        json!({"cmd": "echo", "args": ["run"], "cwd": "nowhere"}),
    )
    .await;
    assert_eq!(
        (&nowhere["stdout"], nowhere["exit_code"] == 0),
        (&json!(""), false),
        "{nowhere}"
    );
}

pub async fn it_is_a_program_and_no_shell_line(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    for cmd in ["echo hi", "echo hi; true", "$(echo true)", "no-such-program"] {
        let answer = exec(&deployment, &sandbox, json!({"cmd": cmd})).await;
        assert_eq!(
            (&answer["stdout"], &answer["exit_code"]),
            (&json!(""), &json!(127)),
            "{cmd}"
        );
    }
}

pub async fn the_exit_code_is_the_programs_own(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    for code in [0, 1, 42, 124, 137, 255] {
        assert_eq!(
            script(&deployment, &sandbox, &format!("exit {code}")).await,
            ended("", "", code)
        );
    }
    let killed = exec(
        &deployment,
        &sandbox,
        json!({"cmd": "sh", "args": ["-c", "kill -9 $$"], "timeout_ms": 60_000}),
    );
    let killed = killed.await;
    assert_ne!(killed["exit_code"], 0, "{killed}");
    assert_eq!(killed["timed_out"], false);
}

pub async fn when_its_time_is_over_a_program_is_killed_in_the_sandbox(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let stubborn = "trap '' TERM; echo $$ > pid; echo begun; while :; do sleep 0.05; done";
    let fields = json!({"cmd": "sh", "args": ["-c", stubborn], "timeout_ms": 2000});
    let answer = exec(&deployment, &sandbox, fields).await;
    assert_eq!(
        (&answer["stdout"], &answer["timed_out"]),
        (&json!("begun\n"), &json!(true)),
        "{answer}"
    );
    assert_ne!(answer["exit_code"], 0, "{answer}");
    let gone = script(&deployment, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_eq!(gone["exit_code"], 1, "it is killed");
}

pub async fn a_child_that_holds_the_output_does_not_hold_the_answer(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    for left_behind in [
        "sleep 40 & echo out",
        "(setsid sleep 40 &); echo out",
        "sleep 40 >/dev/null & echo out",
    ] {
        let began = Instant::now();
        assert_eq!(
            script(&deployment, &sandbox, left_behind).await,
            ended("out\n", "", 0),
            "{left_behind}"
        );
        assert!(began.elapsed() < PROMPT, "{left_behind}: {:?}", began.elapsed());
    }
}
