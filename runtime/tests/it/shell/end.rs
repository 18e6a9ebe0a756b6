//! How the program ends, and what the caller is told of it.

use std::time::{Duration, Instant};

use provider_runtime::value::Shell;

use super::sandbox::{self, sandboxes};
use super::{Outcome, argv, by_itself, each, line};

/// Enough for a program to begin on a busy machine.
const TIME_MS: u64 = 3_000;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(2);

#[test]
fn a_timeout_does_not_change_which_signals_are_ignored() {
    let ignored = |timeout_ms| {
        let mut shown = Vec::new();
        each("grep SigIgn /proc/self/status", timeout_ms, |_, run, _| {
            shown.push(run.stdout)
        });
        shown
    };
    assert_eq!(ignored(Some(10_000)), ignored(None));
}

#[test]
fn a_program_that_ends_in_time_keeps_its_output_and_status() {
    each("echo out; echo err >&2; exit 3", 10_000, |sandbox, run, outcome| {
        assert_eq!((run.stdout.as_str(), run.exit_code), ("out\n", 3), "{}", sandbox.name);
        assert_eq!(outcome, by_itself("err\n"));
    });
}

#[test]
fn a_status_that_looks_like_a_timeout_is_the_programs_own() {
    for code in [124, 137, 143] {
        each(&format!("exit {code}"), 10_000, |sandbox, run, outcome| {
            assert_eq!(run.exit_code, code, "{}", sandbox.name);
            assert_eq!(outcome, by_itself(""));
        });
    }
}

#[test]
fn a_killed_program_exits_128_and_the_signal_without_a_word_of_the_shell() {
    for (signal, code) in [("KILL", 137), ("TERM", 143), ("INT", 130), ("SEGV", 139)] {
        each(&format!("kill -s {signal} $$"), 10_000, |sandbox, run, outcome| {
            assert_eq!(run.exit_code, code, "{} {signal}", sandbox.name);
            assert_eq!(outcome, by_itself(""));
        });
    }
}

#[test]
fn a_killed_program_without_a_timeout_exits_128_and_the_signal_too() {
    for (signal, code) in [("KILL", 137), ("TERM", 143), ("SEGV", 139)] {
        each(
            &format!("echo out >&2; kill -s {signal} $$"),
            None,
            |sandbox, run, outcome| {
                assert_eq!(run.exit_code, code, "{} {signal}", sandbox.name);
                assert_eq!(outcome, by_itself("out\n"));
            },
        );
    }
}

#[test]
fn a_program_may_signal_its_own_group() {
    each(
        "trap 'exit 7' TERM; kill 0; sleep 5",
        10_000,
        |sandbox, run, outcome| {
            assert_eq!(run.exit_code, 7, "{}", sandbox.name);
            assert_eq!(outcome, by_itself(""));
        },
    );
}

#[test]
fn a_timeout_ends_the_program_and_its_children() {
    each(
        "sleep 600 & echo $!; echo begun >&2; sleep 600",
        TIME_MS,
        |sandbox, run, outcome| {
            assert_eq!(run.exit_code, 124, "{}", sandbox.name);
            assert_eq!(
                outcome,
                Outcome {
                    stderr: "begun\n".to_owned(),
                    timed_out: true
                }
            );
            assert!(sandbox::is_gone(run.stdout.trim()), "{}", sandbox.name);
        },
    );
}

#[test]
fn children_that_ignore_term_are_killed_when_the_program_is_gone() {
    each(
        "(trap '' TERM; sleep 600; sleep 600; sleep 600) & echo $!; sleep 600",
        TIME_MS,
        |sandbox, run, outcome| {
            assert!(outcome.timed_out, "{}", sandbox.name);
            assert!(sandbox::is_gone(run.stdout.trim()), "{}", sandbox.name);
        },
    );
}

#[test]
fn a_program_that_ignores_term_is_killed_after_the_grace() {
    let began = Instant::now();
    each(
        "trap '' TERM; echo $$; while :; do sleep 1; done",
        TIME_MS,
        |sandbox, run, outcome| {
            assert!(outcome.timed_out, "{}", sandbox.name);
            assert!(sandbox::is_gone(run.stdout.trim()), "{}", sandbox.name);
            assert!(began.elapsed() >= Duration::from_millis(TIME_MS) + GRACE);
        },
    );
}

#[test]
fn a_program_that_cleans_up_after_term_has_timed_out() {
    each(
        "trap 'echo clean; exit 0' TERM; while :; do sleep 0.1; done",
        TIME_MS,
        |sandbox, run, outcome| {
            assert_eq!(
                (run.stdout.as_str(), run.exit_code),
                ("clean\n", 124),
                "{}",
                sandbox.name
            );
            assert!(outcome.timed_out);
        },
    );
}

#[test]
fn a_child_left_behind_does_not_delay_the_end() {
    let began = Instant::now();
    each(
        "sleep 600 >/dev/null 2>&1 & echo $!",
        60_000,
        |sandbox, run, outcome| {
            assert_eq!(run.exit_code, 0, "{}", sandbox.name);
            assert_eq!(outcome, by_itself(""));
            sandbox::kill(run.stdout.trim());
        },
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_line_that_the_provider_kills_still_ends_its_program_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pid");
    let line = line(Shell {
        argv: argv(&[
            "sh",
            "-c",
            "echo $$ >\"$1\"; sleep 600",
            "sh",
            file.to_str().expect("UTF-8"),
        ]),
        timeout_ms: Some(TIME_MS),
        ..Shell::default()
    });
    for sandbox in sandboxes() {
        let pid = sandbox.abandon(&line, &file);
        assert!(sandbox::is_gone(&pid), "{}", sandbox.name);
    }
}
