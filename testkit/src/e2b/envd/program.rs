//! Programs in a sandbox: how one is started, and how it is sent a signal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::process::Child;

use super::Inside;
use super::connect::RpcError;
use crate::e2b::call::Arrived;
use crate::e2b::routes::Sim;
use crate::e2b::sandbox::{Running, Sandbox};
use crate::e2b::world::World;
use crate::signal;
use crate::simulator::shell;

/// The users of a sandbox.
const USERS: [&str; 2] = ["user", "root"];

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartRequest {
    process: Wish,
    tag: Option<String>,
    /// Absent, its input is a pipe that nobody closes.
    stdin: Option<bool>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    cmd: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    envs: BTreeMap<String, String>,
    cwd: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalRequest {
    process: Selector,
    signal: Signal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
enum Selector {
    Pid(u32),
    Tag(String),
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Signal {
    #[serde(rename = "SIGNAL_SIGKILL")]
    Kill,
    #[serde(rename = "SIGNAL_SIGTERM")]
    Term,
}

impl StartRequest {
    /// Starts it with its arguments as they are. What is no program ends with 127, as a shell has it.
    pub(super) fn run(&self, inside: &Inside, world: &mut World, user: &str) -> Result<Child, RpcError> {
        world.programs.push(json!(self));
        let path = match &world.commands {
            Some(folder) => folder.path().into(),
            None => std::env::var_os("PATH").unwrap_or_default(),
        };
        let gone = |_| RpcError::new("unavailable", "the sandbox is gone");
        let sandbox = inside.sandbox(world).map_err(gone)?;
        let folder = self.folder(sandbox)?;
        let mut command = shell(&folder, &sandbox.disk, path);
        command
            .args(["-c", "exec \"$@\"", "sh", &self.process.cmd])
            .args(&self.process.args)
            .envs([("USER", user), ("LOGNAME", user)])
            .envs(sandbox.env())
            .envs(&self.process.envs)
            .stdin(if self.stdin == Some(false) {
                Stdio::null()
            } else {
                Stdio::piped()
            });
        let started = sandbox.processes.spawn(command);
        let child = started.map_err(|error| RpcError::invalid(format!("error starting process: {error}")))?;
        sandbox.running.extend(child.id().map(|pid| Running {
            pid,
            tag: self.tag.clone(),
        }));
        Ok(child)
    }

    fn folder(&self, sandbox: &Sandbox) -> Result<PathBuf, RpcError> {
        let Some(given) = self.process.cwd.as_deref().filter(|given| !given.is_empty()) else {
            return Ok(sandbox.disk.root().to_owned());
        };
        let folder = sandbox.disk.root().join(given);
        match folder.is_dir() {
            true => Ok(folder),
            false => Err(RpcError::invalid(format!("cwd '{given}' does not exist"))),
        }
    }
}

/// Whom a call is for: the user of the template, if it does not say.
pub(super) fn user(arrived: &Arrived) -> Result<String, RpcError> {
    let unknown = || RpcError::new("unauthenticated", "invalid username");
    let Some(header) = arrived.header("Authorization") else {
        return Ok(USERS[0].to_owned());
    };
    let encoded = header.strip_prefix("Basic ").ok_or_else(unknown)?;
    let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| unknown())?;
    let text = String::from_utf8(decoded).map_err(|_| unknown())?;
    let name = text.split(':').next().unwrap_or_default().to_owned();
    Some(name).filter(|name| is_user(name)).ok_or_else(unknown)
}

pub(super) fn is_user(name: &str) -> bool {
    USERS.contains(&name)
}

/// Answers when the signal is sent.
pub(super) async fn signal(State(sim): Sim, inside: Inside) -> Response {
    if inside.arrived.media_type() != "application/json" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let wish: SignalRequest = match serde_json::from_slice(&inside.arrived.body) {
        Ok(wish) => wish,
        Err(error) => {
            let error = RpcError::invalid(format!("unmarshal message: {error}"));
            return refused(StatusCode::BAD_REQUEST, &error);
        }
    };
    match sim.world.update(|world| wish.send(&inside, world)) {
        true => Json(json!({})).into_response(),
        false => refused(StatusCode::NOT_FOUND, &RpcError::new("not_found", "process not found")),
    }
}

fn refused(status: StatusCode, error: &RpcError) -> Response {
    (status, Json::<Value>(error.shown())).into_response()
}

impl SignalRequest {
    /// Whether the process was there.
    fn send(&self, inside: &Inside, world: &mut World) -> bool {
        let running = inside.sandbox(world).map(|sandbox| sandbox.running.clone());
        let mut running = running.unwrap_or_default().into_iter();
        let found = running.find(|one| match &self.process {
            Selector::Pid(pid) => one.pid == *pid,
            Selector::Tag(tag) => one.tag.as_ref() == Some(tag),
        });
        let name = match self.signal {
            Signal::Kill => "KILL",
            Signal::Term => "TERM",
        };
        found.is_some_and(|one| signal::send(name, &one.pid.to_string()))
    }
}
