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

const ATTEMPT: &str = "1f0c9f54-5d0e-4d5c-9a50-2f3c7e0a9a11";

fn line(shell: Shell) -> String {
    value::shell(ATTEMPT, shell).expect("a line")
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Runs `sh -c script` in every kind of sandbox at once and hands over what happened.
fn each(script: &str, timeout_ms: impl Into<Option<u64>>, check: impl FnMut(&Sandbox, Run, Outcome)) {
    let shell = Shell {
        timeout_ms: timeout_ms.into(),
        ..Shell::default()
    };
    each_of(sandboxes(), script, shell, check);
}

/// The same in some kinds of sandbox, with a program that has more than a timeout.
fn each_of(sandboxes: Vec<Sandbox>, script: &str, shell: Shell, mut check: impl FnMut(&Sandbox, Run, Outcome)) {
    let timeout_ms = shell.timeout_ms;
    let line = line(Shell {
        argv: argv(&["sh", "-c", script]),
        ..shell
    });
    let run = |sandbox: &Sandbox| {
        let began = Instant::now();
        let run = sandbox.run(&line);
        let outcome = outcome(&run, began.elapsed(), timeout_ms);
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

fn outcome(run: &Run, elapsed: Duration, timeout_ms: Option<u64>) -> Outcome {
    let end = ShellTimedOut {
        exit_code: run.exit_code.into(),
        stderr: &run.stderr,
        timeout_ms,
    };
    Outcome {
        timed_out: value::shell_timed_out(ATTEMPT, elapsed, end),
        stderr: value::shell_stderr(ATTEMPT, run.stderr.clone()),
    }
}

fn by_itself(stderr: &str) -> Outcome {
    Outcome {
        stderr: stderr.to_owned(),
        timed_out: false,
    }
}
