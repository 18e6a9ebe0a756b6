//! One shell line that runs exactly one program.
//!
//! Some providers take no argument list, only a line for whatever POSIX shell the sandbox has. Every byte of the
//! arguments, the environment and the folder must reach the program, and the shell must interpret none of it:
//!
//! - `env` starts the program, not the shell: the shell's own `echo` or `test` differ from the programs of that name.
//! - `--` ends the options of `cd` and `env`, so that names may start with a dash.
//! - A program whose name contains `=` is started by another shell, since `env` would take the name for a variable. No
//!   builtin has such a name. Neither `exec`, which reads options in some shells and in others takes `--` for the
//!   program, nor `nice`, which not every busybox has.
//! - Standard input is empty. What a provider connects to it is unknown; some leave it open, and a program that reads
//!   it would wait for ever.
//! - A missing folder runs nothing: the line ends with the shell's message and status 1 or 2.
//!
//! [`watchdog`](super::watchdog) runs the program, keeps its time and bounds its output.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::watchdog::{self, Time};
use super::{Line, refuse};
use crate::error::Error;

/// What [`shell`] takes.
#[derive(Debug, Default)]
pub struct Shell {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables for the program, beside those of the sandbox.
    pub env: Option<BTreeMap<String, String>>,
    /// The folder to run in; the provider's choice if absent.
    pub cwd: Option<String>,
    /// When to kill the program, because its caller has asked for that: a sandbox that cannot runs nothing.
    pub timeout_ms: Option<u64>,
    /// When to kill the program if its caller has not asked for a time; a sandbox that cannot lets it run.
    pub default_timeout_secs: Option<u64>,
    /// How much of each of its streams the line passes on; all of it if absent.
    pub max_output_bytes: Option<u64>,
    /// The longest line that the provider can pass on.
    pub max_bytes: Option<u64>,
}

/// The line. The attempt of `call` must be unpredictable for the program and the same in what reads the answer:
/// [`shell_stdout`](super::shell_stdout), [`shell_stderr`](super::shell_stderr),
/// [`shell_truncated`](super::shell_truncated) and [`shell_timed_out`](super::shell_timed_out).
///
/// The line exits as the program does: 127 if there is no such program, 126 if it is not one, 128 + n if signal n killed
/// it, 124 if its time was over.
///
/// # Errors
///
/// S001 if the line gets longer than `max_bytes`, or if an argument cannot be passed to any program.
pub fn shell<'a>(call: impl Into<Line<'a>>, shell: Shell) -> Result<String, Error> {
    let time = Time::of(shell.timeout_ms, shell.default_timeout_secs)?;
    let mut words = watchdog::words(&call.into(), time, shell.max_output_bytes);
    words.extend(["env".to_owned(), "--".to_owned()]);
    words.extend(assignments(shell.env.unwrap_or_default())?);
    words.extend(program(shell.argv)?);
    let line = format!("{}exec {} </dev/null", folder(shell.cwd)?, quoted(&words)?);
    fits(&line, shell.max_bytes)?;
    Ok(line)
}

fn quoted(words: &[String]) -> Result<String, Error> {
    let words = words
        .iter()
        .map(|word| quote("args", word))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(words.join(" "))
}

fn folder(cwd: Option<String>) -> Result<String, Error> {
    match cwd.as_deref() {
        None => Ok(String::new()),
        Some("") => Err(Error::bad_input("cwd", "must not be empty")),
        // `cd -- -` goes to the previous folder, and CDPATH finds `sub` somewhere else.
        Some("-") => Ok("CDPATH= cd -- ./- && ".to_owned()),
        Some(path) => Ok(format!("CDPATH= cd -- {} && ", quote("cwd", path)?)),
    }
}

fn assignments(env: BTreeMap<String, String>) -> Result<Vec<String>, Error> {
    env.into_iter().map(|(name, value)| assignment(&name, &value)).collect()
}

fn assignment(name: &str, value: &str) -> Result<String, Error> {
    if !is_variable_name(name) {
        return Err(Error::bad_input("env", "has a name that is not a variable name"));
    }
    if value.contains('\0') {
        return Err(Error::bad_input("env", "must not have a NUL"));
    }
    Ok(format!("{name}={value}"))
}

/// A name that a shell would accept: `[A-Za-z_][A-Za-z0-9_]*`.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(part) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn program(mut words: Vec<String>) -> Result<Vec<String>, Error> {
    match words.first() {
        None => return Err(refuse("shell", "at least a program in `argv`")),
        Some(name) if name.is_empty() => return Err(Error::bad_input("cmd", "must not be empty")),
        Some(name) if name.contains('=') => {
            words.splice(0..0, ["sh", "-c", r#""$@""#, "sh"].map(str::to_owned));
        }
        Some(_) => {}
    }
    Ok(words)
}

/// The words of JSON that has no type: strings, and lists of strings that are taken as if written out.
///
/// # Errors
///
/// S502 if it is something else.
pub fn words(argv: Value) -> Result<Vec<String>, Error> {
    let items = match argv {
        Value::Array(items) => items,
        single => vec![single],
    };
    let Value::Array(items) = super::concat(items) else {
        return Err(refuse("shell", "a list as `argv`"));
    };
    let words = items.into_iter().map(|word| match word {
        Value::String(word) => Ok(word),
        _ => Err(refuse("shell", "strings in `argv`")),
    });
    words.collect()
}

fn quote<'a>(field: &str, word: &'a str) -> Result<Cow<'a, str>, Error> {
    shlex::try_quote(word).map_err(|_| Error::bad_input(field, "must not have a NUL"))
}

fn fits(line: &str, max_bytes: Option<u64>) -> Result<(), Error> {
    let Some(limit) = max_bytes.filter(|limit| line.len() as u64 > *limit) else {
        return Ok(());
    };
    let problem =
        format!("are too long: make the command, arguments and environment shorter (limit {limit} bytes once quoted)");
    Err(Error::bad_input("args", &problem))
}
