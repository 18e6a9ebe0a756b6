//! A program from its start to its end, told as a stream of events.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::Inside;
use super::connect::{self, RpcError, STREAM};
use super::frames::{self, Frames};
use super::output::Output;
use super::program::{StartRequest, user};
use crate::e2b::Shared;
use crate::e2b::routes::Sim;
use crate::e2b::world::World;
use crate::signal;

/// How often a program that is silent is told to be alive, if the caller does not say.
const KEEPALIVE: Duration = Duration::from_secs(90);

/// Longer than anything runs.
const A_DAY: Duration = Duration::from_secs(86_400);

/// How long a program that was killed has to be told so, before the call's own end is.
const RACE: Duration = Duration::from_millis(300);

/// Answers at once, and then tells what happens. Whether somebody listens is nothing to the program.
pub(super) async fn start(State(sim): Sim, inside: Inside) -> Response {
    if inside.arrived.media_type() != STREAM {
        let accepted = [("Accept-Post", STREAM)];
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, accepted).into_response();
    }
    match begin(&sim, &inside) {
        Ok(program) => {
            let (frames, response) = frames::stream();
            tokio::spawn(program.tell(frames));
            response
        }
        Err(error) => frames::failed(&error).await,
    }
}

/// A program that runs.
struct Program {
    sim: Arc<Shared>,
    sandbox: String,
    child: Child,
    pid: u32,
    deadline: Option<Instant>,
    keepalive: Duration,
}

fn begin(sim: &Arc<Shared>, inside: &Inside) -> Result<Program, RpcError> {
    connect::check_version(&inside.arrived)?;
    let limit = connect::timeout(&inside.arrived)?;
    let user = user(&inside.arrived)?;
    let request: StartRequest = connect::message(&inside.arrived.body)?;
    let child = sim.world.update(|world| request.run(inside, world, &user))?;
    let asked = inside.arrived.header("Keepalive-Ping-Interval").map(str::parse);
    let asked = asked.and_then(Result::ok).map(Duration::from_secs);
    let option = sim.world.read(|world| world.options.keepalive);
    Ok(Program {
        sim: Arc::clone(sim),
        sandbox: inside.sandbox.clone(),
        pid: child.id().unwrap_or_default(),
        child,
        deadline: limit.map(|limit| Instant::now() + limit),
        keepalive: option.or(asked).unwrap_or(KEEPALIVE),
    })
}

/// How a program's output ended.
enum Over {
    Closed,
    Deadline,
    Gone,
}

impl Program {
    async fn tell(mut self, mut frames: Frames) {
        frames.events(Some(json!({"start": {"pid": self.pid}}))).await;
        let over = self.tell_output(&mut frames, self.deadline).await;
        if matches!(over, Over::Gone) {
            return frames.break_off().await;
        }
        if matches!(over, Over::Deadline) {
            // The program alone: what it has started lives on.
            signal::send("KILL", &self.pid.to_string());
            let wins = fastrand::bool();
            let until = Instant::now() + RACE;
            if !wins || matches!(self.tell_output(&mut frames, Some(until)).await, Over::Deadline) {
                self.forget();
                let error = RpcError::new("deadline_exceeded", "context deadline exceeded");
                return frames.end(Some(&error)).await;
            }
        }
        let ended = self.child.wait().await;
        match (self.forget(), ended) {
            (true, Ok(status)) => {
                frames.events(Some(json!({"end": end(status)}))).await;
                frames.end(None).await;
            }
            (false, _) | (_, Err(_)) => frames.break_off().await,
        }
    }

    /// Tells what is written until everybody has closed the output, until `deadline`, or until the sandbox is gone.
    async fn tell_output(&mut self, frames: &mut Frames, deadline: Option<Instant>) -> Over {
        let mut stdout = Output::new("stdout", self.child.stdout.take());
        let mut stderr = Output::new("stderr", self.child.stderr.take());
        let mut alive = interval_at(Instant::now() + self.keepalive, self.keepalive);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let over = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let sim = Arc::clone(&self.sim);
        let is_gone = |world: &World| world.sandboxes.iter().all(|one| one.id != self.sandbox).then_some(());
        let gone = sim.world.wait(A_DAY, is_gone);
        tokio::pin!(over, gone);
        let ended = loop {
            if stdout.is_over() && stderr.is_over() {
                break Over::Closed;
            }
            tokio::select! {
                biased;
                _ = &mut gone => break Over::Gone,
                () = &mut over => break Over::Deadline,
                event = stdout.next() => frames.events(event).await,
                event = stderr.next() => frames.events(event).await,
                _ = alive.tick() => frames.events(Some(json!({"keepalive": {}}))).await,
            }
        };
        (self.child.stdout, self.child.stderr) = (stdout.rest(), stderr.rest());
        ended
    }

    /// Whether the sandbox is still there.
    fn forget(&self) -> bool {
        self.sim.world.update(|world| {
            let Some(sandbox) = world.sandboxes.iter_mut().find(|one| one.id == self.sandbox) else {
                return false;
            };
            let ran = sandbox.running.len();
            sandbox.running.retain(|one| one.pid != self.pid);
            sandbox.processes.forget_unless_alive(self.pid);
            sandbox.running.len() < ran
        })
    }
}

/// The last event but for the stream's own end. What is zero is left out.
fn end(status: ExitStatus) -> Value {
    match (status.code(), status.signal()) {
        (Some(0), _) => json!({"exited": true, "status": "exit status 0"}),
        (Some(code), _) => {
            let told = format!("exit status {code}");
            json!({"exitCode": code, "exited": true, "status": told, "error": told})
        }
        (None, signal) => {
            let told = format!("signal: {}", signal_name(signal.unwrap_or_default()));
            json!({"exitCode": -1, "status": told, "error": told})
        }
    }
}

fn signal_name(signal: i32) -> String {
    match signal {
        6 => "aborted".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        other => format!("signal {other}"),
    }
}
