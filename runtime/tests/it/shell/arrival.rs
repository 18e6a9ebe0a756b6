//! What arrives at the program.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use provider_runtime::value::Shell;

use super::sandbox::{self, Sandbox, sandboxes};
use super::{argv, by_itself, each, line, outcome};

/// Shows its folder, two variables and its arguments, each with a NUL behind it.
const SHOW: &str = "#!/bin/sh\nprintf '%s\\0' \"$PWD\" \"$A\" \"$_b2\" \"$@\"\n";

/// Anything but NUL, with what shells care about more often than by chance.
fn text() -> impl Strategy<Value = String> {
    let awkward = r#"'"\$`!*?[]{}()<>|&;#~=%^-+, "#
        .chars()
        .chain("\n\r\t\u{1}\u{1b}\u{7f}\u{81}\u{a0}é日💥\u{202e}".chars());
    let awkward = prop::sample::select(awkward.collect::<Vec<_>>());
    let any = any::<char>().prop_filter("no NUL", |c| *c != '\0');
    prop::collection::vec(
        prop_oneof![4 => awkward, 1 => any, 1 => prop::char::range('a', 'z')],
        0..12,
    )
    .prop_map(String::from_iter)
}

/// A file's name that is not one of the two folders.
fn file_name() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("{}_", text.replace('/', "")))
}

#[derive(Debug)]
struct Wanted {
    program: String,
    folder: String,
    variables: [String; 2],
    args: Vec<String>,
    timed: bool,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let args = prop::collection::vec(text(), 0..6);
    let parts = (file_name(), file_name(), text(), text(), args, any::<bool>());
    parts.prop_map(|(program, folder, a, b, args, timed)| Wanted {
        program,
        folder,
        variables: [a, b],
        args,
        timed,
    })
}

#[test]
fn every_byte_arrives_at_the_program_in_every_shell() {
    for sandbox in sandboxes() {
        let mut runner = TestRunner::new(Config {
            cases: 50,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&wanted(), |wanted| arrives(&sandbox, &wanted))
            .unwrap_or_else(|error| panic!("{}: {error}", sandbox.name));
    }
}

fn arrives(sandbox: &Sandbox, wanted: &Wanted) -> Result<(), TestCaseError> {
    let root = tempfile::tempdir()?;
    let folder = root.path().canonicalize()?.join(&wanted.folder);
    fs::create_dir(&folder)?;
    let program = root.path().join(format!("p{}", wanted.program));
    sandbox::write_program(&program, SHOW);
    let [a, b] = &wanted.variables;
    let line = line(Shell {
        argv: [vec![program.display().to_string()], wanted.args.clone()].concat(),
        env: Some([("A".to_owned(), a.to_string()), ("_b2".to_owned(), b.to_string())].into()),
        cwd: Some(folder.to_string_lossy().into_owned()),
        timeout_ms: if wanted.timed { Some(20_000) } else { None },
        ..Shell::default()
    });
    let run = sandbox.run(&line);
    let folder = folder.to_string_lossy();
    let mut expected = vec![&*folder, a, b];
    expected.extend(wanted.args.iter().map(String::as_str));
    let shown = run.stdout.strip_suffix('\0').unwrap_or("no NUL at the end");
    prop_assert_eq!(shown.split('\0').collect::<Vec<_>>(), expected, "{}", run.stderr);
    prop_assert_eq!(run.exit_code, 0);
    Ok(())
}

#[test]
fn the_program_is_the_file_of_that_name_and_not_the_shells_builtin() {
    for sandbox in sandboxes() {
        let run = sandbox.run(&line(Shell {
            argv: argv(&["echo", r"a\tb\\", "-n"]),
            ..Shell::default()
        }));
        assert_eq!(
            (run.stdout.as_str(), run.exit_code),
            ("a\\tb\\\\ -n\n", 0),
            "{}",
            sandbox.name
        );
    }
}

#[test]
fn names_that_look_like_options_or_assignments_are_programs_and_folders() {
    for sandbox in sandboxes() {
        for name in ["-x", "-", "A=1", "--", "-u=b", "="] {
            let folder = tempfile::tempdir().expect("a folder");
            let cwd = folder.path().join(name);
            fs::create_dir(&cwd).expect("a folder");
            sandbox::write_program(&folder.path().join("bin").join(name), "#!/bin/sh\necho \"$1\"\npwd\n");
            let path = format!("{}:{}", folder.path().join("bin").display(), sandbox.path);
            let env = Some([("PATH".to_owned(), path)].into());
            let go = line(Shell {
                argv: argv(&[name, "ran"]),
                env,
                cwd: Some(name.to_owned()),
                ..Shell::default()
            });
            let run = sandbox.run(&format!("cd {} && {go}", folder.path().display()));
            let expected = format!("ran\n{}\n", cwd.canonicalize().expect("a folder").display());
            assert_eq!(run.stdout, expected, "{} {name}: {}", sandbox.name, run.stderr);
        }
    }
}

#[test]
fn a_missing_folder_runs_nothing() {
    for sandbox in sandboxes() {
        for timeout_ms in [None, Some(1000)] {
            let cwd = Some("/there/is/no such folder".to_owned());
            let shell = Shell {
                argv: argv(&["echo", "ran"]),
                cwd,
                timeout_ms,
                ..Shell::default()
            };
            let run = sandbox.run(&line(shell));
            assert_eq!(run.stdout, "", "{}", sandbox.name);
            assert!(matches!(run.exit_code, 1 | 2), "{}: {}", sandbox.name, run.exit_code);
            assert!(
                run.stderr.contains("no such folder"),
                "{}: {}",
                sandbox.name,
                run.stderr
            );
            assert!(!outcome(&run, Duration::ZERO, timeout_ms).timed_out);
        }
    }
}

#[test]
fn a_program_that_is_missing_or_none_exits_127_or_126() {
    for sandbox in sandboxes() {
        for (program, code) in [
            ("there-is-no-such-program", 127),
            ("/there/is/none", 127),
            ("a=none", 127),
            ("/etc", 126),
        ] {
            for timeout_ms in [None, Some(10_000)] {
                let run = sandbox.run(&line(Shell {
                    argv: argv(&[program]),
                    timeout_ms,
                    ..Shell::default()
                }));
                assert_eq!(
                    (run.exit_code, run.stdout.as_str()),
                    (code, ""),
                    "{} {program}",
                    sandbox.name
                );
                assert!(run.stderr.contains(program.trim_start_matches("a=")), "{}", run.stderr);
            }
        }
    }
}

#[test]
fn standard_input_is_empty_and_no_other_file_is_open() {
    for timeout_ms in [None, Some(10_000)] {
        each(
            "cat; for n in 3 4 5 6 7 8 9; do eval \"(: <&$n)\" 2>/dev/null && echo $n; done; :",
            timeout_ms,
            |sandbox, run, outcome| {
                assert_eq!((run.stdout.as_str(), run.exit_code), ("", 0), "{}", sandbox.name);
                assert_eq!(outcome, by_itself(""));
            },
        );
    }
}
