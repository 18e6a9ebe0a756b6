//! Shell lines as text, and what is read from how they ended. How shells take them is in `tests/shell`.

use provider_runtime::error::Code;
use provider_runtime::value::{self, Shell, ShellTimedOut};
use serde_json::{Value, json};

use crate::refuses;

fn shell_error(shell: Shell) -> String {
    value::shell("id", shell).expect_err("no line").message()
}

fn ls() -> Shell {
    Shell {
        argv: json!(["ls", ["-l"]]),
        ..Shell::default()
    }
}

#[test]
fn a_line_without_a_timeout_runs_the_program_in_a_silenced_shell() {
    let all = Shell {
        argv: json!(["ls", ["-l", "it's"]]),
        env: json!({"A": "$b"}),
        cwd: json!("/w x"),
        ..Shell::default()
    };
    assert_eq!(
        value::shell("id", ls()),
        Ok(json!(
            "exec 3>&2 2>/dev/null && (exec env -- ls -l </dev/null 2>&3 3>&-); exit $?"
        ))
    );
    assert_eq!(
        value::shell("id", all),
        Ok(json!(
            r#"CDPATH= cd -- '/w x' && exec 3>&2 2>/dev/null && (exec env -- 'A=$b' ls -l "it's" </dev/null 2>&3 3>&-); exit $?"#
        ))
    );
}

#[test]
fn a_line_has_a_limit() {
    let line = value::shell("id", ls()).expect("a line");
    let length = line.as_str().expect("a string").len();
    assert!(
        value::shell(
            "id",
            Shell {
                max_bytes: json!(length),
                ..ls()
            }
        )
        .is_ok()
    );
    assert_eq!(
        shell_error(Shell {
            max_bytes: json!(length - 1),
            ..ls()
        }),
        "[S001] bad input: `args` are too long: make the command, arguments and environment shorter \
         (limit 73 bytes once quoted)"
    );
}

#[test]
fn what_cannot_be_passed_to_a_program_is_bad_input() {
    let cases = [
        (
            Shell {
                argv: json!(["ls", ["a\0"]]),
                ..ls()
            },
            "`args` must not have a NUL",
        ),
        (
            Shell {
                argv: json!(["", []]),
                ..ls()
            },
            "`cmd` must not be empty",
        ),
        (
            Shell {
                env: json!({"A": "\0"}),
                ..ls()
            },
            "`env` must not have a NUL",
        ),
        (
            Shell {
                env: json!({"A B": ""}),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (
            Shell {
                env: json!({"-i": ""}),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (
            Shell {
                env: json!({"": ""}),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (Shell { cwd: json!(""), ..ls() }, "`cwd` must not be empty"),
        (
            Shell {
                cwd: json!("\0"),
                ..ls()
            },
            "`cwd` must not have a NUL",
        ),
        (
            Shell {
                timeout_ms: json!(0),
                ..ls()
            },
            "`timeout_ms` must be at least 1",
        ),
    ];
    for (shell, problem) in cases {
        assert_eq!(shell_error(shell), format!("[S001] bad input: {problem}"));
    }
}

#[test]
fn a_mapping_that_gives_a_line_the_wrong_things_is_told_so() {
    let cases = [
        (Shell::default(), "at least a program in `argv`"),
        (
            Shell {
                argv: json!(["ls", [1]]),
                ..ls()
            },
            "strings in `argv`",
        ),
        (Shell { env: json!([]), ..ls() }, "an object as `env`"),
        (
            Shell {
                env: json!({"A": 1}),
                ..ls()
            },
            "strings in `env`",
        ),
        (Shell { cwd: json!(1), ..ls() }, "a string as `cwd`"),
        (
            Shell {
                timeout_ms: json!("1"),
                ..ls()
            },
            "a whole number",
        ),
    ];
    for (shell, takes) in cases {
        let expected = format!("[S502] provider unavailable: unreadable answer: `shell` takes {takes}");
        assert_eq!(shell_error(shell), expected);
    }
}

#[test]
fn the_timeout_of_a_line_is_in_seconds_with_a_fraction_where_needed() {
    for (ms, secs) in [
        (1, "0.001"),
        (1500, "1.5"),
        (10_000, "10"),
        (86_400_000, "86400"),
        (10_020, "10.02"),
    ] {
        let line = value::shell(
            "id",
            Shell {
                timeout_ms: json!(ms),
                ..ls()
            },
        )
        .expect("a line");
        let line = line.as_str().expect("a string");
        assert!(
            line.ends_with(&format!(" sh {secs} 2 iii-end-id env -- ls -l </dev/null")),
            "{line}"
        );
    }
}

#[test]
fn the_marker_is_not_the_programs() {
    let stderr = |text: &str| value::shell_stderr("id", json!(text));
    assert_eq!(stderr("oops\niii-end-id"), Ok(json!("oops\n")));
    assert_eq!(stderr("iii-end-id iii-end-id late"), Ok(json!("iii-end-id  late")));
    assert_eq!(stderr("iii-end-other"), Ok(json!("iii-end-other")));
    refuses(
        |value| value::shell_stderr("id", value),
        "`shell_stderr` takes a string",
        [Value::Null, json!(1)],
    );
}

#[test]
fn a_timeout_needs_its_time_its_status_and_no_marker() {
    let timed_out = |elapsed_ms, exit_code: Value, stderr: &str, timeout_ms: Value| {
        let run = ShellTimedOut {
            exit_code,
            stderr: json!(stderr),
            timeout_ms,
        };
        value::shell_timed_out("id", std::time::Duration::from_millis(elapsed_ms), run)
    };
    for code in [124, 137, 143] {
        assert_eq!(timed_out(1000, json!(code), "x", json!(1000)), Ok(json!(true)));
        assert_eq!(
            timed_out(1000, json!(code), "x iii-end-id", json!(1000)),
            Ok(json!(false))
        );
        assert_eq!(timed_out(999, json!(code), "x", json!(1000)), Ok(json!(false)));
        assert_eq!(timed_out(1000, json!(code), "x", Value::Null), Ok(json!(false)));
    }
    assert_eq!(timed_out(1000, json!(1), "x", json!(1000)), Ok(json!(false)));
    assert_eq!(timed_out(1000, json!(124.0), "x", json!(1000)), Ok(json!(true)));
    assert_eq!(
        timed_out(1000, Value::Null, "x", json!(1000))
            .expect_err("no status")
            .code(),
        Code::S502
    );
}
