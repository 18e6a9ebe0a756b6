//! Commands as real processes, each the leader of a group that ends with its sandbox.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

use super::disk::Disk;
use crate::signal;

/// The process groups that a sandbox has started. Dropping it kills them.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    groups: Vec<u32>,
}

impl Processes {
    /// Runs `line` by a shell without standard input, as a service does over SSH.
    pub(crate) fn start(&mut self, line: &str, disk: &Disk, path: OsString) -> std::io::Result<Child> {
        let mut command = shell(disk.root(), disk, path);
        command.args(["-c", line]).stdin(Stdio::null());
        self.spawn(command)
    }

    /// Runs what [`shell`] has prepared.
    pub(crate) fn spawn(&mut self, mut command: Command) -> std::io::Result<Child> {
        let child = command.spawn()?;
        self.groups.extend(child.id());
        Ok(child)
    }

    /// The leader has ended; the group stays known while something in the background is alive.
    pub(crate) fn forget_unless_alive(&mut self, group: u32) {
        self.groups
            .retain(|&known| known != group || signal::send("0", &format!("-{known}")));
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for group in &self.groups {
            signal::send("KILL", &format!("-{group}"));
        }
    }
}

/// A shell in a folder of a sandbox, with an environment of its own.
pub(crate) fn shell(folder: &Path, disk: &Disk, path: OsString) -> Command {
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", disk.root())
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// As a shell tells it.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    let by_signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(by_signal).unwrap_or(255)
}
