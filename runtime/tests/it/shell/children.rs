//! A line ends with its program, whatever that leaves running, and leaves no file.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use provider_runtime::value::Shell;

use super::sandbox::{self, sandboxes};
use super::{argv, by_itself, each, each_of, line};

#[test]
fn a_child_that_holds_the_output_does_not_delay_the_end() {
    for timeout_ms in [None, Some(60_000)] {
        let began = Instant::now();
        each("sleep 600 & echo $!; exit 4", timeout_ms, |sandbox, run, outcome| {
            assert_eq!(run.exit_code, 4, "{}", sandbox.name);
            assert_eq!(outcome, by_itself(""));
            assert!(!sandbox::has_ended(run.stdout.trim()), "{}", sandbox.name);
            sandbox::kill(run.stdout.trim());
        });
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn nor_does_one_of_another_session_when_time_is_over() {
    let began = Instant::now();
    each(
        "(setsid sleep 600 & echo $!); sleep 600",
        3_000,
        |sandbox, run, outcome| {
            assert!(outcome.timed_out, "{}: {run:?}", sandbox.name);
            assert_eq!(run.exit_code, 124, "{}", sandbox.name);
            sandbox::kill(run.stdout.trim());
        },
    );
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn one_that_goes_on_writing_lives_on() {
    each(
        "while :; do echo x; sleep 0.1; done & echo $!; sleep 1",
        10_000,
        |sandbox, run, outcome| {
            assert_eq!(outcome, by_itself(""));
            let pid = run
                .stdout
                .lines()
                .find(|line| *line != "x")
                .expect("a number")
                .to_owned();
            assert!(!sandbox::has_ended(&pid), "{}", sandbox.name);
            sandbox::kill(&pid);
        },
    );
}

#[test]
fn a_program_that_closes_its_output_or_sets_its_umask_is_none_the_worse() {
    each("umask 777; exec >&- 2>&-; exit 5", 10_000, |sandbox, run, outcome| {
        assert_eq!((run.exit_code, run.stdout.as_str()), (5, ""), "{}", sandbox.name);
        assert_eq!(outcome, by_itself(""));
    });
    each("umask 027; umask", None, |sandbox, run, _| {
        assert!(run.stdout.ends_with("027\n"), "{}", sandbox.name);
    });
}

#[test]
fn the_program_has_the_umask_of_the_sandbox() {
    each("umask", 10_000, |sandbox, run, _| {
        assert!(!run.stdout.ends_with("77\n"), "{}: {}", sandbox.name, run.stdout);
    });
}

/// What is in a folder.
fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder").flatten();
    files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn no_file_is_there_while_the_program_runs_nor_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let spaced = folder.path().join("with 'spaces' $and *more");
    fs::create_dir(&spaced).expect("a folder");
    let show = "echo \"$TMPDIR\"/*; rm -rf \"$TMPDIR\"/*; echo out";
    for timeout_ms in [None, Some(10_000)] {
        let sandboxes = sandboxes().into_iter().map(|sandbox| sandbox.with_temporary(&spaced));
        let shell = Shell {
            timeout_ms,
            ..Shell::default()
        };
        let expected = format!("{}/*\nout\n", spaced.display());
        // One after the other: in one folder each would see the files of the rest.
        for sandbox in sandboxes {
            let shell = Shell {
                timeout_ms: shell.timeout_ms,
                ..Shell::default()
            };
            each_of(vec![sandbox], show, shell, |sandbox, run, outcome| {
                assert_eq!((&run.stdout, run.exit_code), (&expected, 0), "{}", sandbox.name);
                assert_eq!(outcome, by_itself(""));
            });
        }
        assert_eq!(files(&spaced), [""; 0]);
    }
}

#[test]
fn no_file_stays_of_a_line_that_the_provider_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    for timeout_ms in [None, Some(2_000)] {
        let line = line(Shell {
            argv: argv(&["sh", "-c", "echo $$ >&2; sleep 600"]),
            timeout_ms,
            ..Shell::default()
        });
        for sandbox in sandboxes() {
            let sandbox = sandbox.with_temporary(folder.path());
            sandbox.kill_after(&line, Duration::from_millis(500));
            assert_eq!(files(folder.path()), [""; 0], "{}", sandbox.name);
        }
    }
}

#[test]
fn another_folder_is_taken_where_there_is_no_such_one() {
    let missing = Path::new("/there/is/no such folder");
    let sandboxes = sandboxes().into_iter().map(|sandbox| sandbox.with_temporary(missing));
    let shell = Shell {
        max_output_bytes: Some(4),
        ..Shell::default()
    };
    each_of(
        sandboxes.collect(),
        "sleep 600 & echo $!; printf 123456",
        shell,
        |sandbox, run, _| {
            assert!(run.stdout.contains("-cut"), "{}: {run:?}", sandbox.name);
        },
    );
}

#[test]
fn where_files_are_impossible_the_program_gets_the_pipes() {
    let shell = Shell {
        timeout_ms: Some(10_000),
        max_output_bytes: Some(4),
        ..Shell::default()
    };
    let sandboxes = sandbox::without_files().into_iter().collect();
    each_of(
        sandboxes,
        "echo output; echo err >&2; exit 3",
        shell,
        |_, run, outcome| {
            assert_eq!((run.stdout.as_str(), run.exit_code), ("output\n", 3));
            assert_eq!(outcome, by_itself("err\n"));
        },
    );
}
