//! Sessions: a shell in a sandbox that lives from command to command.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::refusal::ToolboxRefusal;
use super::world::{Shared, World};
use crate::simulator::shell;

/// Clients from this version of the SDK on are given both streams.
const APART_SINCE: (u64, u64) = (0, 167);

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The sessions of a sandbox by their names.
pub(super) type Sessions = BTreeMap<String, Session>;

#[derive(Debug)]
pub(super) struct Session {
    input: Arc<Mutex<ChildStdin>>,
    /// What its commands have written.
    logs: Arc<TempDir>,
    commands: Vec<String>,
    /// Kept, so that it is reaped.
    _shell: Child,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateSession {
    session_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SessionExecute {
    command: String,
    run_async: Option<bool>,
    r#async: Option<bool>,
    #[serde(rename = "suppressInputEcho")]
    _suppress_input_echo: Option<bool>,
}

fn no_session() -> ToolboxRefusal {
    ToolboxRefusal::new(StatusCode::NOT_FOUND, "session not found")
}

pub(super) fn open(world: &mut World, id: &str, wish: CreateSession) -> Result<(), ToolboxRefusal> {
    let path = world.path();
    let sandbox = world.inside(id)?;
    if sandbox.sessions.contains_key(&wish.session_id) {
        return Err(ToolboxRefusal::new(StatusCode::CONFLICT, "session already exists"));
    }
    let mut command = shell(sandbox.disk.root(), &sandbox.disk, path);
    command
        .envs(&sandbox.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = sandbox.processes.spawn(command);
    let mut shell = started.map_err(|error| ToolboxRefusal::bad(&error.to_string()))?;
    let input = shell.stdin.take().ok_or_else(no_session)?;
    let session = Session {
        input: Arc::new(Mutex::new(input)),
        logs: Arc::new(tempfile::tempdir().expect("a temporary directory")),
        commands: Vec::new(),
        _shell: shell,
    };
    sandbox.sessions.insert(wish.session_id, session);
    Ok(())
}

pub(super) fn show(world: &mut World, id: &str, session: &str) -> Result<Value, ToolboxRefusal> {
    let sandbox = world.inside(id)?;
    let found = sandbox.sessions.get(session).ok_or_else(no_session)?;
    let commands = found.commands.iter().enumerate();
    let commands: Vec<_> = commands
        .map(|(number, command)| json!({"id": number.to_string(), "command": command}))
        .collect();
    Ok(json!({"sessionId": session, "commands": commands}))
}

/// The shell ends with its input.
pub(super) fn close(world: &mut World, id: &str, session: &str) -> Result<(), ToolboxRefusal> {
    let sandbox = world.inside(id)?;
    sandbox.sessions.remove(session).ok_or_else(no_session)?;
    Ok(())
}

/// Runs a command in the session's shell, and answers when that has gone on to the next line: never, if it ends the shell.
pub(super) async fn run(
    shared: Arc<Shared>,
    id: &str,
    session: &str,
    wish: SessionExecute,
    version: Option<&str>,
) -> Result<Value, ToolboxRefusal> {
    let (input, logs, number) = shared.world.update(|world| {
        let sandbox = world.inside(id)?;
        let found = sandbox.sessions.get_mut(session).ok_or_else(no_session)?;
        found.commands.push(wish.command.clone());
        Ok((
            Arc::clone(&found.input),
            Arc::clone(&found.logs),
            found.commands.len() - 1,
        ))
    })?;
    let log = |kind: &str| logs.path().join(format!("{number}.{kind}"));
    let [out, err, code, done] = ["out", "err", "code", "done"].map(log);
    let line = format!(
        "{{ {}\n}} >{} 2>{}; echo $? >{code}; mv {code} {}\n",
        wish.command,
        out.display(),
        err.display(),
        done.display(),
        code = code.display(),
    );
    let written = input.lock().await.write_all(line.as_bytes()).await;
    written.map_err(|error| ToolboxRefusal::bad(&error.to_string()))?;
    if wish.run_async.or(wish.r#async) == Some(true) {
        return Ok(json!({"cmdId": number.to_string()}));
    }
    while !done.exists() {
        sleep(LOOK_EVERY).await;
    }
    let exit_code = text(&done).trim().parse::<i64>().unwrap_or(-1);
    let (out, err) = (text(&out), text(&err));
    Ok(match is_apart(version) {
        true => {
            json!({"cmdId": number.to_string(), "exitCode": exit_code, "stdout": out, "stderr": err, "output": out})
        }
        false => json!({"cmdId": number.to_string(), "exitCode": exit_code, "output": out + &err}),
    })
}

fn text(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
}

fn is_apart(version: Option<&str>) -> bool {
    let mut numbers = version.unwrap_or_default().split('.').map(str::parse);
    let version = (numbers.next(), numbers.next());
    matches!(version, (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= APART_SINCE)
}
