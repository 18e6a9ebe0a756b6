//! How much of a program's output a line passes on, and what it says of that.

use provider_runtime::value::{self, Shell};

use super::sandbox::{self, sandboxes};
use super::{ATTEMPT, argv, each_of, line};

fn bounded(bytes: usize, timeout_ms: Option<u64>) -> Shell {
    Shell {
        timeout_ms,
        max_output_bytes: Some(bytes as u64),
        ..Shell::default()
    }
}

/// A stream as the caller is told of it, and whether its middle was left out.
fn told(stream: &str) -> (String, bool) {
    (
        value::shell_stdout(ATTEMPT, stream.to_owned()),
        value::shell_truncated(ATTEMPT, stream),
    )
}

#[test]
fn a_stream_of_exactly_the_limit_is_whole_and_of_a_longer_one_the_ends_are_kept() {
    for timeout_ms in [None, Some(20_000)] {
        for (printed, expected) in [
            ("", ("", false)),
            ("1234567", ("1234567", false)),
            ("12345678", ("1235678", true)),
            ("123456789abcdef", ("123cdef", true)),
        ] {
            let script = format!("printf '{printed}'; printf '{printed}' >&2; exit 9");
            each_of(sandboxes(), &script, bounded(7, timeout_ms), |sandbox, run, outcome| {
                let expected = (expected.0.to_owned(), expected.1);
                assert_eq!(told(&run.stdout), expected, "{}", sandbox.name);
                assert_eq!(told(&run.stderr), expected, "{}", sandbox.name);
                assert_eq!((run.exit_code, outcome.timed_out), (9, false), "{}", sandbox.name);
            });
        }
    }
}

#[test]
fn megabytes_and_bytes_that_are_no_text_arrive() {
    let script = "head -c 3000000 /dev/zero; printf end; exit 3";
    each_of(sandboxes(), script, Shell::default(), |sandbox, run, _| {
        assert_eq!((run.stdout.len(), run.exit_code), (3_000_003, 3), "{}", sandbox.name);
    });
    each_of(
        sandboxes(),
        script,
        bounded(1 << 20, Some(20_000)),
        |sandbox, run, _| {
            let (text, truncated) = told(&run.stdout);
            assert_eq!(
                (text.len(), truncated, run.exit_code),
                (1 << 20, true, 3),
                "{}",
                sandbox.name
            );
            assert!(text.ends_with("\0end"), "{}", sandbox.name);
        },
    );
}

#[test]
fn a_loud_child_does_not_keep_the_line_from_ending() {
    let script = "while :; do echo xxxxxxxxxxxxxxxx; done & echo $! >&2; sleep 1";
    each_of(sandboxes(), script, bounded(1000, Some(20_000)), |sandbox, run, _| {
        assert_eq!(told(&run.stdout).0.len(), 1000, "{}", sandbox.name);
        let (pid, _) = run.stderr.split_once('\n').expect("a line");
        sandbox::kill(pid);
    });
}

#[test]
fn what_a_timeout_ends_is_bounded_too() {
    let script = "while :; do echo xxxxxxxxxxxxxxxx; done";
    each_of(
        sandboxes(),
        script,
        bounded(1000, Some(2_000)),
        |sandbox, run, outcome| {
            let (text, truncated) = told(&run.stdout);
            assert_eq!((text.len(), truncated), (1000, true), "{}", sandbox.name);
            assert!(outcome.timed_out && run.exit_code == 124, "{}", sandbox.name);
        },
    );
}

#[test]
fn a_default_timeout_ends_a_program_like_one_that_was_asked_for() {
    let shell = Shell {
        default_timeout_secs: Some(2),
        ..Shell::default()
    };
    each_of(sandboxes(), "echo begun; sleep 600", shell, |sandbox, run, outcome| {
        assert_eq!(
            (run.stdout.as_str(), run.exit_code),
            ("begun\n", 124),
            "{}",
            sandbox.name
        );
        assert!(outcome.timed_out, "{}", sandbox.name);
    });
}

#[test]
fn without_a_clock_only_a_default_timeout_is_done_without() {
    let Some(sandbox) = sandbox::without_a_clock() else {
        return;
    };
    let run = |shell: Shell| {
        sandbox.run(&line(Shell {
            argv: argv(&["sh", "-c", "sleep 30 & echo ran; exit 3"]),
            ..shell
        }))
    };
    let asked = run(Shell {
        timeout_ms: Some(5_000),
        default_timeout_secs: Some(5),
        ..Shell::default()
    });
    assert_eq!((asked.stdout.as_str(), asked.exit_code), ("", 127));
    assert_eq!(asked.stderr, "sh: setsid: not found\n");
    let usual = run(Shell {
        default_timeout_secs: Some(5),
        ..Shell::default()
    });
    assert_eq!((usual.stdout.as_str(), usual.exit_code), ("ran\n", 3));
    assert_eq!(value::shell_stderr(ATTEMPT, usual.stderr.clone()), "");
    assert!(usual.stderr.contains("untimed"), "{}", usual.stderr);
}
