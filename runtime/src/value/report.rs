//! What a [`shell`](super::shell) line answers: the program's output, and the marks that the line itself has put there.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::Value;

use super::number::{duration, whole};
use super::{refuse, watchdog::mark};
use crate::error::Error;

/// A character that was cut in two is up to three of these on either side.
const BROKEN: char = char::REPLACEMENT_CHARACTER;

/// The call that a line was made for.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub(crate) attempt: &'a str,
    /// Set when it turns out that the sandbox has nothing to keep a timeout with.
    pub(crate) untimed: Option<&'a AtomicBool>,
}

impl<'a> From<&'a str> for Line<'a> {
    fn from(attempt: &'a str) -> Self {
        Self { attempt, untimed: None }
    }
}

impl Line<'_> {
    fn says(&self, text: &str, word: &str) -> bool {
        text.contains(&self.word(word))
    }

    fn word(&self, word: &str) -> String {
        format!("{}-{word}", mark(self.attempt))
    }
}

/// Standard output of a line as the program wrote it. Where the middle was left out, the halves are joined.
///
/// # Errors
///
/// S502 if `stdout` is not a string.
pub fn shell_stdout<'a>(line: impl Into<Line<'a>>, stdout: Value) -> Result<Value, Error> {
    written(&line.into(), "shell_stdout", stdout)
}

/// Standard error of a line as the program wrote it. Where the middle was left out, the halves are joined.
///
/// # Errors
///
/// S502 if `stderr` is not a string.
pub fn shell_stderr<'a>(line: impl Into<Line<'a>>, stderr: Value) -> Result<Value, Error> {
    written(&line.into(), "shell_stderr", stderr)
}

fn written(line: &Line<'_>, operator: &str, stream: Value) -> Result<Value, Error> {
    let Value::String(mut text) = stream else {
        return Err(refuse(operator, "a string"));
    };
    for word in ["end", "over", "untimed"] {
        let word = line.word(word);
        // Children of the program may have written after it.
        if let Some(start) = text.rfind(&word) {
            text.replace_range(start..start + word.len(), "");
        }
    }
    let cut = line.word("cut");
    if !text.contains(&cut) {
        return Ok(Value::String(text));
    }
    // More than two halves are those of two streams that the provider has made one.
    let mut halves = text.split(&cut);
    let first = halves.next().unwrap_or_default().to_owned();
    Ok(Value::String(halves.fold(first, joined)))
}

fn joined(mut first: String, last: &str) -> String {
    let broken = |c: &char| *c == BROKEN;
    let before = first.chars().rev().take(3).take_while(broken).count();
    let after = last.chars().take(3).take_while(broken).count();
    first.truncate(first.len() - before * BROKEN.len_utf8());
    first.push_str(&last[after * BROKEN.len_utf8()..]);
    first
}

/// A text that is only looked at: one that an answer has is not copied for that.
#[derive(Debug)]
pub enum Looked<'a> {
    At(&'a str),
    Value(Value),
}

impl From<Value> for Looked<'_> {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<&'a String> for Looked<'a> {
    fn from(text: &'a String) -> Self {
        Self::At(text)
    }
}

impl<'a> From<Option<&'a String>> for Looked<'a> {
    fn from(text: Option<&'a String>) -> Self {
        text.map_or(Self::Value(Value::Null), |text| Self::At(text))
    }
}

impl Looked<'_> {
    fn as_str(&self) -> Option<&str> {
        match self {
            Self::At(text) => Some(text),
            Self::Value(value) => value.as_str(),
        }
    }
}

/// Whether the middle of a line's stream was left out, because it was longer than `max_output_bytes`.
///
/// # Errors
///
/// S502 if `stream` is not a string.
pub fn shell_truncated<'a, 's>(line: impl Into<Line<'a>>, stream: impl Into<Looked<'s>>) -> Result<Value, Error> {
    let stream = stream.into();
    let text = stream.as_str().ok_or_else(|| refuse("shell_truncated", "a string"))?;
    Ok(Value::Bool(line.into().says(text, "cut")))
}

/// What [`shell_timed_out`] takes.
#[derive(Debug, Default)]
pub struct ShellTimedOut {
    pub exit_code: Value,
    /// As the provider answered it, with the marks.
    pub stderr: Value,
    /// As given to [`shell`](super::shell); absent if it had none.
    pub timeout_ms: Value,
}

/// Whether its timeout ended a line's program. `elapsed` is how long the call took, seen from here.
///
/// The line says so. If it says nothing, the provider may have killed it, which is a timeout only if that time is over:
/// so it is where the folder does not exist, too.
///
/// # Errors
///
/// S502 if the exit code is no whole number, or standard error not a string.
pub fn shell_timed_out<'a>(line: impl Into<Line<'a>>, elapsed: Duration, run: ShellTimedOut) -> Result<Value, Error> {
    let line = line.into();
    let exit_code = whole("shell_timed_out", &run.exit_code)?.as_i64();
    let stderr = run.stderr.as_str();
    let stderr = stderr.ok_or_else(|| refuse("shell_timed_out", "a string as `stderr`"))?;
    if let Some(untimed) = line.untimed.filter(|_| line.says(stderr, "untimed")) {
        untimed.store(true, Ordering::Relaxed);
    }
    let by_itself = line.says(stderr, "end") || line.says(stderr, "untimed");
    let killed = matches!(exit_code, Some(124 | 137 | 143));
    let late = match &run.timeout_ms {
        Value::Null => false,
        ms => elapsed >= Duration::from_millis(duration("shell_timed_out", ms)?),
    };
    Ok(Value::Bool(line.says(stderr, "over") || killed && late && !by_itself))
}
