//! Shell lines as text, and what is read from how they ended. How shells take them is in `tests/shell`.

use provider_runtime::error::Code;
use provider_runtime::value::{self, Shell, ShellTimedOut};
use serde_json::{Value, json};

use super::refuses;

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
fn a_line_is_a_script_its_parameters_and_the_program() {
    let all = Shell {
        argv: json!(["ls", ["-l", "it's"]]),
        env: json!({"A": "$b"}),
        cwd: json!("/w x"),
        max_output_bytes: json!(1000),
        ..Shell::default()
    };
    let line = text(all);
    assert!(
        line.starts_with("CDPATH= cd -- '/w x' && exec sh -c 'm=$1 l=$2;"),
        "{line}"
    );
    let end = r#"'' iii-id 1000 env -- 'A=$b' ls -l "it's" </dev/null"#;
    assert!(line.ends_with(end), "{line}");
}

fn text(shell: Shell) -> String {
    let line = value::shell("id", shell).expect("a line");
    line.as_str().expect("a string").to_owned()
}

#[test]
fn a_line_leaves_room_for_the_longest_program() {
    let whole = Shell {
        argv: json!(["printf", ["%s", "x".repeat(130_000)]]),
        timeout_ms: Value::Null,
        default_timeout_secs: json!(86_400),
        max_output_bytes: json!(5_242_538),
        max_bytes: json!(131_071),
        ..Shell::default()
    };
    assert!(value::shell("1f0c9f54-5d0e-4d5c-9a50-2f3c7e0a9a11", whole).is_ok());
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
         (limit LIMIT bytes once quoted)"
            .replace("LIMIT", &(length - 1).to_string())
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
            line.ends_with(&format!(" {secs} iii-id 2000000000 env -- ls -l </dev/null")),
            "{line}"
        );
    }
}

#[test]
fn the_default_timeout_of_a_line_counts_if_none_is_asked_for() {
    let with = |timeout_ms: Value| {
        text(Shell {
            timeout_ms,
            default_timeout_secs: json!(120),
            ..ls()
        })
    };
    assert!(with(Value::Null).ends_with(" 120 iii-id 2000000000 env -- ls -l </dev/null"));
    assert!(with(json!(5000)).ends_with(" 5 iii-id 2000000000 env -- ls -l </dev/null"));
}

#[test]
fn the_marks_are_not_the_programs() {
    let stderr = |text: &str| value::shell_stderr("id", json!(text));
    for word in ["end", "over", "untimed"] {
        assert_eq!(stderr(&format!("oops\niii-id-{word}")), Ok(json!("oops\n")));
    }
    assert_eq!(stderr("iii-id-end iii-id-end late"), Ok(json!("iii-id-end  late")));
    assert_eq!(stderr("iii-other-end"), Ok(json!("iii-other-end")));
    refuses(
        |value| value::shell_stderr("id", value),
        "`shell_stderr` takes a string",
        [Value::Null, json!(1)],
    );
    refuses(
        |value| value::shell_stdout("id", value),
        "`shell_stdout` takes a string",
        [Value::Null, json!(1)],
    );
}

#[test]
fn halves_are_joined_without_what_is_left_of_a_character_that_was_cut() {
    for (answered, written) in [
        ("firstiii-id-cutlast", "firstlast"),
        ("iii-id-cut", ""),
        ("é\u{fffd}iii-id-cut\u{fffd}\u{fffd}\u{fffd}日", "é日"),
        ("\u{fffd}xiii-id-cutx\u{fffd}", "\u{fffd}xx\u{fffd}"),
        ("abiii-id-cutcdefiii-id-cutghiii-id-end", "abcdefgh"),
    ] {
        assert_eq!(
            value::shell_stdout("id", json!(answered)),
            Ok(json!(written)),
            "{answered}"
        );
        assert_eq!(
            value::shell_truncated("id", json!(answered)),
            Ok(json!(true)),
            "{answered}"
        );
    }
    for whole in ["", "iii-id-end", "iii-other-cut"] {
        assert_eq!(value::shell_truncated("id", json!(whole)), Ok(json!(false)), "{whole}");
    }
    refuses(
        |value| value::shell_truncated("id", value),
        "`shell_truncated` takes a string",
        [Value::Null, json!(1)],
    );
}

#[test]
fn a_timeout_is_what_the_line_says() {
    for timeout_ms in [Value::Null, json!(1000)] {
        let run = |stderr: &str| ShellTimedOut {
            exit_code: json!(124),
            stderr: json!(stderr),
            timeout_ms: timeout_ms.clone(),
        };
        let timed_out = |stderr: &str| value::shell_timed_out("id", std::time::Duration::from_millis(999), run(stderr));
        assert_eq!(timed_out("x iii-id-over"), Ok(json!(true)));
        for word in ["end", "untimed", "other"] {
            assert_eq!(timed_out(&format!("iii-id-{word}")), Ok(json!(false)), "{word}");
        }
    }
}

#[test]
fn if_it_says_nothing_a_timeout_needs_its_time_and_its_status() {
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
            timed_out(1000, json!(code), "x iii-id-end", json!(1000)),
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
