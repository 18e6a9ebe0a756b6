//! What a [`shell`](super::shell) line answers: the program's output, and the marks that the line itself has put there.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use memchr::memmem;

use super::watchdog::mark;

/// A character that was cut in two is up to three of these on either side.
const BROKEN: char = char::REPLACEMENT_CHARACTER;

/// The call that a line was made for.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub(crate) attempt: &'a str,
    /// Set when it turns out that the sandbox has nothing to keep a timeout with.
    pub(crate) untimed: Option<&'a AtomicBool>,
    pub(crate) kept: Kept,
}

/// What is passed on of a stream that is longer than `max_output_bytes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its first and its last half.
    #[default]
    Ends,
    Beginning,
}

impl Kept {
    /// How many of so many bytes are from its beginning.
    pub fn first(self, limit: u64) -> u64 {
        match self {
            Self::Ends => limit / 2,
            Self::Beginning => limit,
        }
    }
}

impl<'a> From<&'a str> for Line<'a> {
    fn from(attempt: &'a str) -> Self {
        Self {
            attempt,
            untimed: None,
            kept: Kept::default(),
        }
    }
}

impl Line<'_> {
    fn says(&self, text: &str, word: &str) -> bool {
        memmem::find(text.as_bytes(), self.word(word).as_bytes()).is_some()
    }

    fn word(&self, word: &str) -> String {
        format!("{}-{word}", mark(self.attempt))
    }
}

/// Standard output of a line as the program wrote it. Where the middle was left out, the halves are joined.
pub fn shell_stdout<'a>(line: impl Into<Line<'a>>, stdout: String) -> String {
    written(&line.into(), stdout)
}

/// Standard error of a line as the program wrote it. Where the middle was left out, the halves are joined.
pub fn shell_stderr<'a>(line: impl Into<Line<'a>>, stderr: String) -> String {
    written(&line.into(), stderr)
}

fn written(line: &Line<'_>, mut text: String) -> String {
    for word in ["end", "over", "untimed"] {
        let word = line.word(word);
        // Children of the program may have written after it. Forwards is many times as fast as backwards.
        let last = memmem::find_iter(text.as_bytes(), &word).last();
        if let Some(start) = last {
            text.replace_range(start..start + word.len(), "");
        }
    }
    let cut = line.word("cut");
    if !line.says(&text, "cut") {
        return text;
    }
    // More than two halves are those of two streams that the provider has made one.
    let mut halves = text.split(&cut);
    let first = halves.next().unwrap_or_default().to_owned();
    halves.fold(first, joined)
}

fn joined(mut first: String, last: &str) -> String {
    let broken = |c: &char| *c == BROKEN;
    let before = first.chars().rev().take(3).take_while(broken).count();
    let after = last.chars().take(3).take_while(broken).count();
    first.truncate(first.len() - before * BROKEN.len_utf8());
    first.push_str(&last[after * BROKEN.len_utf8()..]);
    first
}

/// Whether a part of a line's stream was left out, because it was longer than `max_output_bytes`.
pub fn shell_truncated<'a>(line: impl Into<Line<'a>>, stream: &str) -> bool {
    line.into().says(stream, "cut")
}

/// What [`shell_timed_out`] takes.
#[derive(Debug)]
pub struct ShellTimedOut<'a> {
    pub exit_code: i64,
    /// As the provider answered it, with the marks.
    pub stderr: &'a str,
    /// As given to [`shell`](super::shell); absent if it had none.
    pub timeout_ms: Option<u64>,
}

/// Whether its timeout ended a line's program. `elapsed` is how long the call took, seen from here.
///
/// The line says so. If it says nothing, the provider may have killed it, which is a timeout only if that time is over:
/// so it is where the folder does not exist, too.
pub fn shell_timed_out<'a>(line: impl Into<Line<'a>>, elapsed: Duration, run: ShellTimedOut<'_>) -> bool {
    let line = line.into();
    if let Some(untimed) = line.untimed.filter(|_| line.says(run.stderr, "untimed")) {
        untimed.store(true, Ordering::Relaxed);
    }
    let by_itself = line.says(run.stderr, "end") || line.says(run.stderr, "untimed");
    let killed = matches!(run.exit_code, 124 | 137 | 143);
    let late = run.timeout_ms.is_some_and(|ms| elapsed >= Duration::from_millis(ms));
    line.says(run.stderr, "over") || killed && late && !by_itself
}
