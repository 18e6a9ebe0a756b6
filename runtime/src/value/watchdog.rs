//! Ends a program in the sandbox when its time is over, and says whether that happened.
//!
//! Giving up on the call would leave the program running. `timeout PROGRAM` alone does not do it either: busybox's
//! signals only the process it started, and coreutils' sends no KILL once that process has ended. So a small script
//! runs the program and uses `timeout` as a clock. It needs `setsid` and `timeout`, which coreutils and util-linux, or
//! busybox, bring; without them the line says so and exits 127, and nothing runs.
//!
//! The program gets a session of its own, and so a process group. When time is over the whole group gets TERM, and when
//! the program has ended, but [`GRACE_SECS`] later at most, KILL; then the line exits 124. A child that the program
//! moved to another session stays. The script has a session too: if the provider ends the line early, the script still
//! keeps the time, and `kill 0` in the program does not reach it.
//!
//! If the program ends by itself, the script writes a marker to standard error and exits as the program did, with
//! 128 + n after signal n. The marker is what tells a program that exits 124 from one whose time was over.

use std::time::Duration;

use serde_json::Value;

use super::number::{duration, whole};
use super::refuse;
use crate::error::Error;

/// How long a program may clean up between TERM and KILL.
pub const GRACE_SECS: u64 = 2;

/// Starts [`SCRIPT`] in a session of its own.
///
/// In a subshell, since `setsid` would go to the background if it led its process group, as this shell may. The shells
/// here have no standard error, for they report there that a child was killed.
const START: &str = r#"for p in setsid timeout; do command -v $p >/dev/null || { echo "sh: $p: not found" >&2; exit 127; }; done
exec 3>&2 2>/dev/null; (exec setsid sh -c "$@" 2>&3 3>&-); exit $?"#;

/// `$1` is the time in seconds, `$2` the grace, `$3` the marker; then comes the program.
///
/// The left side writes the number of the program's group and, when the program has ended, an empty line and its
/// status. The right side waits for the empty line. Neither the program nor a clock may hold the other's pipes open.
const SCRIPT: &str = r#"exec 3>&1 4>&2 2>/dev/null
{ shift 3; (exec setsid sh -c 'echo $$; exec "$@" >&3 2>&4 3>&- 4>&-' sh "$@"); s=$?; echo; echo $s; } | {
read -r p
if timeout "$1" sh -c 'read -r l' >/dev/null 3>&- 4>&-; then read -r s; printf %s "$3" >&4; exit "$s"; fi
kill -s TERM -- "-$p"; timeout "$2" sh -c 'read -r l' >/dev/null 3>&- 4>&-; kill -s KILL -- "-$p"; exit 124; }"#;

/// What stands before a program to end it after `timeout_ms`.
pub(super) fn words(attempt: &str, timeout_ms: u64) -> Result<Vec<String>, Error> {
    if timeout_ms == 0 {
        // `timeout 0` waits for ever.
        return Err(Error::bad_input("timeout_ms", "must be at least 1"));
    }
    let secs = seconds(timeout_ms);
    let grace = GRACE_SECS.to_string();
    Ok(["sh", "-c", START, "sh", SCRIPT, "sh", &secs, &grace, &marker(attempt)]
        .map(str::to_owned)
        .to_vec())
}

/// `300`, or `0.25`: a fraction only where needed, since not every `timeout` reads one.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn marker(attempt: &str) -> String {
    format!("iii-end-{attempt}")
}

/// Standard error of a [`shell`](super::shell) line without the marker, which is not the program's.
pub fn shell_stderr(attempt: &str, stderr: Value) -> Result<Value, Error> {
    let Value::String(mut stderr) = stderr else {
        return Err(refuse("shell_stderr", "a string"));
    };
    let marker = marker(attempt);
    // Children of the program may have written after it.
    if let Some(start) = stderr.rfind(&marker) {
        stderr.replace_range(start..start + marker.len(), "");
    }
    Ok(Value::String(stderr))
}

/// What [`shell_timed_out`] takes.
#[derive(Debug, Default)]
pub struct ShellTimedOut {
    pub exit_code: Value,
    /// As the provider answered it, with the marker.
    pub stderr: Value,
    /// As given to [`shell`](super::shell); absent if it had none.
    pub timeout_ms: Value,
}

/// Whether the timeout ended the program. `elapsed` is how long the call took, seen from here.
///
/// That the marker is missing is not enough: so it is where the folder does not exist, and where the provider ended the
/// line before its time. After that time 137 and 143 count too, as what is left of a line that the provider killed.
pub fn shell_timed_out(attempt: &str, elapsed: Duration, run: ShellTimedOut) -> Result<Value, Error> {
    if run.timeout_ms.is_null() {
        return Ok(Value::Bool(false));
    }
    let timeout = Duration::from_millis(duration("shell_timed_out", &run.timeout_ms)?);
    let exit_code = whole("shell_timed_out", &run.exit_code)?.as_i64();
    let stderr = run
        .stderr
        .as_str()
        .ok_or_else(|| refuse("shell_timed_out", "a string as `stderr`"))?;
    let killed = matches!(exit_code, Some(124 | 137 | 143));
    Ok(Value::Bool(
        killed && elapsed >= timeout && !stderr.contains(&marker(attempt)),
    ))
}
