//! Commands in sandboxes: each is given to a shell on its standard input, and both streams come as one.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::files::resolved;
use super::refusal::ToolboxRefusal;
use super::sandbox::Sandbox;
use super::world::{Shared, World};
use crate::signal;
use crate::simulator::{Tags, World as _, exit_code, shell};

/// Seconds that a command has which is given none, as the document says.
const USUAL_TIMEOUT: u64 = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Execute {
    command: String,
    cwd: Option<String>,
    envs: Option<Tags>,
    timeout: Option<u64>,
}

impl World {
    /// The sandbox, if it is there, whatever it does.
    pub(super) fn inside(&mut self, id: &str) -> Result<&mut Sandbox, ToolboxRefusal> {
        self.settle();
        let sandbox = self.sandboxes.iter_mut().find(|sandbox| sandbox.id == id);
        sandbox
            .filter(|sandbox| !sandbox.is_ending())
            .ok_or_else(|| ToolboxRefusal::new(StatusCode::BAD_GATEWAY, "sandbox not found at its runner"))
    }

    /// The environment's search path.
    pub(super) fn path(&self) -> std::ffi::OsString {
        match &self.commands {
            Some(folder) => folder.path().into(),
            None => std::env::var_os("PATH").unwrap_or_default(),
        }
    }

    fn spawn(&mut self, id: &str, wish: &Execute) -> Result<Option<Child>, ToolboxRefusal> {
        let path = self.path();
        let sandbox = self.inside(id)?;
        let Some(folder) = resolved(sandbox, wish.cwd.as_deref().unwrap_or(".")).filter(|folder| folder.is_dir())
        else {
            return Ok(None);
        };
        let mut command = shell(&folder, &sandbox.disk, path);
        merged(&mut command);
        command
            .envs(&sandbox.env)
            .envs(wish.envs.iter().flatten())
            .stdin(Stdio::piped());
        let started = sandbox.processes.spawn(command);
        let child = started.map_err(|error| ToolboxRefusal::bad(&error.to_string()))?;
        sandbox.busy += 1;
        Ok(Some(child))
    }

    /// A command has ended in a sandbox that is still there.
    fn ended(&mut self, id: &str, group: Option<u32>) -> Result<(), ToolboxRefusal> {
        let now = self.settle();
        let sandbox = self.inside(id)?;
        sandbox.busy = sandbox.busy.saturating_sub(1);
        sandbox.active_at = now;
        if let Some(group) = group {
            sandbox.processes.forget_unless_alive(group);
        }
        Ok(())
    }
}

/// A shell that reads its commands, and whose streams are one.
fn merged(command: &mut Command) {
    command.args(["-c", "exec sh 2>&1"]);
}

/// Answers when the shell has ended and everybody has closed its output. A client that leaves does not end it.
pub(super) async fn run(shared: Arc<Shared>, id: String, wish: Execute) -> Result<Value, ToolboxRefusal> {
    if wish.command.trim().is_empty() {
        return Err(ToolboxRefusal::bad("empty command"));
    }
    let limit = match wish.timeout {
        Some(0) => return Err(ToolboxRefusal::bad("timeout must be positive")),
        given => Duration::from_secs(given.unwrap_or(USUAL_TIMEOUT)),
    };
    let Some(mut child) = shared.world.update(|world| world.spawn(&id, &wish))? else {
        return Ok(json!({"exitCode": -1, "result": ""}));
    };
    let group = child.id();
    let ended = tokio::spawn(async move {
        let stdin = child.stdin.take();
        let feeding = tokio::spawn(async move {
            if let Some(mut stdin) = stdin {
                // A shell that has ended reads no more.
                let _ = stdin.write_all(wish.command.as_bytes()).await;
            }
        });
        let output = timeout(limit, child.wait_with_output()).await;
        feeding.abort();
        if let (Err(_), Some(group)) = (&output, group) {
            signal::send("KILL", &format!("-{group}"));
        }
        shared.world.update(|world| world.ended(&id, group))?;
        Ok(output)
    });
    match ended.await {
        Ok(Ok(Ok(Ok(output)))) => Ok(answer(&output)),
        Ok(Ok(Err(_))) => Err(ToolboxRefusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "command execution timeout",
        )),
        Ok(Err(refusal)) => Err(refusal),
        Ok(Ok(Ok(Err(_)))) | Err(_) => Err(ToolboxRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exec failed")),
    }
}

fn answer(output: &Output) -> Value {
    json!({
        "exitCode": exit_code(output.status),
        "result": String::from_utf8_lossy(&output.stdout),
    })
}
