//! Shell lines as text, and what is read from how they ended. How shells take them is in `tests/shell`.

use std::collections::BTreeMap;

use provider_runtime::value::{self, Shell, ShellTimedOut};
use serde_json::{Value, json};

use super::refuses;

fn shell_error(shell: Shell) -> String {
    value::shell("id", shell).expect_err("no line").message()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn variable(name: &str, value: &str) -> Option<BTreeMap<String, String>> {
    Some([(name.to_owned(), value.to_owned())].into())
}

fn ls() -> Shell {
    Shell {
        argv: words(&["ls", "-l"]),
        ..Shell::default()
    }
}

#[test]
fn a_line_is_a_script_its_parameters_and_the_program() {
    let all = Shell {
        argv: words(&["ls", "-l", "it's"]),
        env: variable("A", "$b"),
        cwd: Some("/w x".to_owned()),
        max_output_bytes: Some(1000),
        ..Shell::default()
    };
    let line = text(all);
    assert!(
        line.starts_with("CDPATH= cd -- '/w x' && exec sh -c 'm=$1 l=$2 h=$3;"),
        "{line}"
    );
    let end = r#"'' iii-id 1000 500 env -- 'A=$b' ls -l "it's" </dev/null"#;
    assert!(line.ends_with(end), "{line}");
}

fn text(shell: Shell) -> String {
    value::shell("id", shell).expect("a line")
}

#[test]
fn a_line_leaves_room_for_the_longest_program() {
    let whole = Shell {
        argv: words(&["printf", "%s", &"x".repeat(130_000)]),
        timeout_ms: None,
        default_timeout_secs: Some(86_400),
        max_output_bytes: Some(5_242_538),
        max_bytes: Some(131_071),
        ..Shell::default()
    };
    assert!(value::shell("1f0c9f54-5d0e-4d5c-9a50-2f3c7e0a9a11", whole).is_ok());
}

#[test]
fn a_line_has_a_limit() {
    let line = value::shell("id", ls()).expect("a line");
    let length = line.len() as u64;
    assert!(
        value::shell(
            "id",
            Shell {
                max_bytes: Some(length),
                ..ls()
            }
        )
        .is_ok()
    );
    assert_eq!(
        shell_error(Shell {
            max_bytes: Some(length - 1),
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
                argv: words(&["ls", "a\0"]),
                ..ls()
            },
            "`args` must not have a NUL",
        ),
        (
            Shell {
                argv: words(&[""]),
                ..ls()
            },
            "`cmd` must not be empty",
        ),
        (
            Shell {
                env: variable("A", "\0"),
                ..ls()
            },
            "`env` must not have a NUL",
        ),
        (
            Shell {
                env: variable("A B", ""),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (
            Shell {
                env: variable("-i", ""),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (
            Shell {
                env: variable("", ""),
                ..ls()
            },
            "`env` has a name that is not a variable name",
        ),
        (
            Shell {
                cwd: Some("".to_owned()),
                ..ls()
            },
            "`cwd` must not be empty",
        ),
        (
            Shell {
                cwd: Some("\0".to_owned()),
                ..ls()
            },
            "`cwd` must not have a NUL",
        ),
        (
            Shell {
                timeout_ms: Some(0),
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
fn a_line_without_a_program_is_refused() {
    let takes = |takes: &str| format!("[S502] provider unavailable: unreadable answer: `shell` takes {takes}");
    assert_eq!(shell_error(Shell::default()), takes("at least a program in `argv`"));
    let words = |argv: Value| value::words(argv);
    assert_eq!(words(json!(["ls", ["-l"]])), Ok(vec!["ls".to_owned(), "-l".to_owned()]));
    refuses(words, "`shell` takes strings in `argv`", [json!(["ls", [1]])]);
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
                timeout_ms: Some(ms),
                ..ls()
            },
        )
        .expect("a line");
        assert!(
            line.ends_with(&format!(" {secs} iii-id 2000000000 1000000000 env -- ls -l </dev/null")),
            "{line}"
        );
    }
}

#[test]
fn the_default_timeout_of_a_line_counts_if_none_is_asked_for() {
    let with = |timeout_ms: Option<u64>| {
        text(Shell {
            timeout_ms,
            default_timeout_secs: Some(120),
            ..ls()
        })
    };
    assert!(with(None).ends_with(" 120 iii-id 2000000000 1000000000 env -- ls -l </dev/null"));
    assert!(with(Some(5000)).ends_with(" 5 iii-id 2000000000 1000000000 env -- ls -l </dev/null"));
}

#[test]
fn the_marks_are_not_the_programs() {
    let stderr = |text: &str| value::shell_stderr("id", text.to_owned());
    for word in ["end", "over", "untimed"] {
        assert_eq!(stderr(&format!("oops\niii-id-{word}")), "oops\n");
    }
    assert_eq!(stderr("iii-id-end iii-id-end late"), "iii-id-end  late");
    assert_eq!(stderr("iii-other-end"), "iii-other-end");
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
        assert_eq!(value::shell_stdout("id", answered.to_owned()), written, "{answered}");
        assert!(value::shell_truncated("id", answered), "{answered}");
    }
    for whole in ["", "iii-id-end", "iii-other-cut"] {
        assert!(!value::shell_truncated("id", whole), "{whole}");
    }
}

fn timed_out(elapsed_ms: u64, exit_code: i64, stderr: &str, timeout_ms: Option<u64>) -> bool {
    let run = ShellTimedOut {
        exit_code,
        stderr,
        timeout_ms,
    };
    value::shell_timed_out("id", std::time::Duration::from_millis(elapsed_ms), run)
}

#[test]
fn a_timeout_is_what_the_line_says() {
    for timeout_ms in [None, Some(1000)] {
        assert!(timed_out(999, 124, "x iii-id-over", timeout_ms));
        for word in ["end", "untimed", "other"] {
            assert!(!timed_out(999, 124, &format!("iii-id-{word}"), timeout_ms), "{word}");
        }
    }
}

#[test]
fn if_it_says_nothing_a_timeout_needs_its_time_and_its_status() {
    for code in [124, 137, 143] {
        assert!(timed_out(1000, code, "x", Some(1000)));
        assert!(!timed_out(1000, code, "x iii-id-end", Some(1000)));
        assert!(!timed_out(999, code, "x", Some(1000)));
        assert!(!timed_out(1000, code, "x", None));
    }
    assert!(!timed_out(1000, 1, "x", Some(1000)));
}
