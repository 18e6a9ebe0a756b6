//! `shell` lines in real shells.

mod arrival;
mod children;
mod end;
mod output;
mod sandbox;

use std::thread;
use std::time::{Duration, Instant};

use provider_runtime::value::{self, Shell, ShellTimedOut};
use sandbox::{Run, Sandbox, sandboxes};
use serde_json::{Value, json};

const ATTEMPT: &str = "1f0c9f54-5d0e-4d5c-9a50-2f3c7e0a9a11";

fn line(shell: Shell) -> String {
    let line = value::shell(ATTEMPT, shell).expect("a line");
    line.as_str().expect("a string").to_owned()
}

fn argv(words: &[&str]) -> Value {
    json!([words[0], &words[1..]])
}

/// Runs `sh -c script` in every kind of sandbox at once and hands over what happened.
fn each(script: &str, timeout_ms: impl Into<Value>, check: impl FnMut(&Sandbox, Run, Outcome)) {
    let shell = Shell {
        timeout_ms: timeout_ms.into(),
        ..Shell::default()
    };
    each_of(sandboxes(), script, shell, check);
}

/// The same in some kinds of sandbox, with a program that has more than a timeout.
fn each_of(sandboxes: Vec<Sandbox>, script: &str, shell: Shell, mut check: impl FnMut(&Sandbox, Run, Outcome)) {
    let timeout_ms = shell.timeout_ms.clone();
    let line = line(Shell {
        argv: argv(&["sh", "-c", script]),
        ..shell
    });
    let run = |sandbox: &Sandbox| {
        let began = Instant::now();
        let run = sandbox.run(&line);
        let outcome = outcome(&run, began.elapsed(), &timeout_ms);
        (run, outcome)
    };
    let ends = thread::scope(|scope| {
        let running: Vec<_> = sandboxes.iter().map(|sandbox| scope.spawn(|| run(sandbox))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a run"))
            .collect::<Vec<_>>()
    });
    for (sandbox, (run, outcome)) in sandboxes.iter().zip(ends) {
        check(sandbox, run, outcome);
    }
}

/// What a caller is told.
#[derive(Debug, PartialEq)]
struct Outcome {
    stderr: String,
    timed_out: bool,
}

fn outcome(run: &Run, elapsed: Duration, timeout_ms: &Value) -> Outcome {
    let end = ShellTimedOut {
        exit_code: json!(run.exit_code),
        stderr: json!(run.stderr),
        timeout_ms: timeout_ms.clone(),
    };
    let timed_out = value::shell_timed_out(ATTEMPT, elapsed, end).expect("an answer");
    let stderr = value::shell_stderr(ATTEMPT, json!(run.stderr)).expect("a string");
    Outcome {
        stderr: stderr.as_str().unwrap_or_default().to_owned(),
        timed_out: timed_out == json!(true),
    }
}

fn by_itself(stderr: &str) -> Outcome {
    Outcome {
        stderr: stderr.to_owned(),
        timed_out: false,
    }
}
