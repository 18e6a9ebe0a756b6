//! Signals without unsafe code: the shell's own `kill`, which every system with a shell has.

use std::process::{Command, Stdio};

/// Sends signal `name` to a process, or to a process group if `target` begins with `-`. A target
/// that has ended meanwhile is not an error. Whether it was there is the result.
pub(crate) fn send(name: &str, target: &str) -> bool {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} -- {target}")])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("a shell on the PATH").success()
}
