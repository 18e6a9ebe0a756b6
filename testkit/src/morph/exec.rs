//! Commands as real processes, each the leader of a group that ends with its instance.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::disk::Disk;
use super::refusal::Refusal;
use super::server::Shared;
use crate::signal;

/// The process groups an instance has started. Dropping it kills them.
#[derive(Debug, Default)]
pub(super) struct Processes {
    groups: Vec<u32>,
}

impl Processes {
    /// Runs `line` by a shell, as the service does over SSH.
    pub(super) fn start(&mut self, line: &str, disk: &Disk, path: OsString) -> std::io::Result<Child> {
        let child = Command::new("sh")
            .args(["-c", line])
            .current_dir(disk.root())
            .env_clear()
            .env("PATH", path)
            .env("HOME", disk.root())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        self.groups.extend(child.id());
        Ok(child)
    }

    /// The leader has ended; the group stays known while something in the background is alive.
    fn forget_unless_alive(&mut self, group: u32) {
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

/// Runs `line` on an instance and answers when it has ended and closed its output. A client that
/// leaves does not end the command: nothing shows that it would on the service.
pub(super) async fn run(shared: Arc<Shared>, id: String, line: String) -> Result<Value, Refusal> {
    let child = shared.world.update(|world| world.exec(&id, &line))?;
    let group = child.id();
    let ended = tokio::spawn(async move {
        let output = child.wait_with_output().await;
        let still_there = shared.world.update(|world| {
            let instance = world.instance(&id)?;
            if let Some(group) = group {
                instance.processes.forget_unless_alive(group);
            }
            Ok(())
        });
        still_there.map(|()| output)
    });
    match ended.await {
        Ok(Ok(Ok(output))) => Ok(answer(&output)),
        Ok(Err(refusal)) => Err(refusal),
        Ok(Ok(Err(_))) | Err(_) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
    }
}

fn answer(output: &Output) -> Value {
    json!({
        "stdout": String::from_utf8_lossy(&output.stdout),
        "stderr": String::from_utf8_lossy(&output.stderr),
        "exit_code": exit_code(output.status),
    })
}

fn exit_code(status: ExitStatus) -> i32 {
    let by_signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(by_signal).unwrap_or(255)
}
