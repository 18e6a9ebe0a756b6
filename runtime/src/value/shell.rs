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

use std::borrow::Cow;

use serde_json::Value;

use super::number::duration;
use super::watchdog::{self, Time};
use super::{Line, refuse};
use crate::error::Error;

/// What [`shell`] takes.
#[derive(Debug, Default)]
pub struct Shell {
    /// The program and its arguments: strings, and lists of strings that are taken as if written out.
    pub argv: Value,
    /// Variables for the program, beside those of the sandbox: an object of strings.
    pub env: Value,
    /// The folder to run in; the provider's choice if absent.
    pub cwd: Value,
    /// When to kill the program, because its caller has asked for that: a sandbox that cannot runs nothing.
    pub timeout_ms: Value,
    /// When to kill the program if its caller has not asked for a time; a sandbox that cannot lets it run.
    pub default_timeout_secs: Value,
    /// How much of each of its streams the line passes on; all of it if absent.
    pub max_output_bytes: Value,
    /// The longest line that the provider can pass on.
    pub max_bytes: Value,
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
pub fn shell<'a>(call: impl Into<Line<'a>>, shell: Shell) -> Result<Value, Error> {
    let time = Time::of(&shell.timeout_ms, &shell.default_timeout_secs)?;
    let mut words = watchdog::words(call.into().attempt, time, &shell.max_output_bytes)?;
    words.extend(["env".to_owned(), "--".to_owned()]);
    words.extend(assignments(shell.env)?);
    words.extend(program(shell.argv)?);
    let line = format!("{}exec {} </dev/null", folder(shell.cwd)?, quoted(&words)?);
    fits(&line, &shell.max_bytes)?;
    Ok(Value::String(line))
}

fn quoted(words: &[String]) -> Result<String, Error> {
    let words = words
        .iter()
        .map(|word| quote("args", word))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(words.join(" "))
}

fn folder(cwd: Value) -> Result<String, Error> {
    match cwd {
        Value::Null => Ok(String::new()),
        Value::String(path) if path.is_empty() => Err(Error::bad_input("cwd", "must not be empty")),
        // `cd -- -` goes to the previous folder, and CDPATH finds `sub` somewhere else.
        Value::String(path) if path == "-" => Ok("CDPATH= cd -- ./- && ".to_owned()),
        Value::String(path) => Ok(format!("CDPATH= cd -- {} && ", quote("cwd", &path)?)),
        _ => Err(refuse("shell", "a string as `cwd`")),
    }
}

fn assignments(env: Value) -> Result<Vec<String>, Error> {
    let variables = match env {
        Value::Null => return Ok(Vec::new()),
        Value::Object(variables) => variables,
        _ => return Err(refuse("shell", "an object as `env`")),
    };
    variables
        .into_iter()
        .map(|(name, value)| assignment(&name, &value))
        .collect()
}

fn assignment(name: &str, value: &Value) -> Result<String, Error> {
    if !is_variable_name(name) {
        return Err(Error::bad_input("env", "has a name that is not a variable name"));
    }
    let value = value.as_str().ok_or_else(|| refuse("shell", "strings in `env`"))?;
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

fn program(argv: Value) -> Result<Vec<String>, Error> {
    let Value::Array(items) = super::concat(vec_of(argv))? else {
        return Err(refuse("shell", "a list as `argv`"));
    };
    let words = items.into_iter().map(|word| match word {
        Value::String(word) => Ok(word),
        _ => Err(refuse("shell", "strings in `argv`")),
    });
    let mut words = words.collect::<Result<Vec<_>, _>>()?;
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

fn vec_of(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        single => vec![single],
    }
}

fn quote<'a>(field: &str, word: &'a str) -> Result<Cow<'a, str>, Error> {
    shlex::try_quote(word).map_err(|_| Error::bad_input(field, "must not have a NUL"))
}

fn fits(line: &str, max_bytes: &Value) -> Result<(), Error> {
    if max_bytes.is_null() {
        return Ok(());
    }
    let limit = duration("shell", max_bytes)?;
    if line.len() as u64 <= limit {
        return Ok(());
    }
    let problem =
        format!("are too long: make the command, arguments and environment shorter (limit {limit} bytes once quoted)");
    Err(Error::bad_input("args", &problem))
}
