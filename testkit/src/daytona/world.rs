//! What exists, and what requests do to one sandbox. What makes new ones is in `lineage`.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::refusal::Refusal;
use super::sandbox::{Phase, Sandbox, SandboxView};
use super::snapshot::{Snapshot, SnapshotView};
use crate::simulator::{self, Clock, Fate, Lag, Tags, World as _};

pub(super) type Shared = simulator::Shared<World>;
pub(super) type Reply = Result<Value, Refusal>;

/// Seconds for which a signed address works, and the most of them.
const SIGNED_FOR: u32 = 60;
const SIGNED_FOR_AT_MOST: u32 = 86_400;

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) started_after: Duration,
    /// How long a sandbox is `snapshotting` or `forking`.
    pub(super) busy_for: Duration,
    pub(super) destroyed_after: Duration,
    /// The most items of a page, whatever is asked for.
    pub(super) page: usize,
    pub(super) filters: bool,
    pub(super) lag: Lag,
}

/// A sandbox that has ended and is shown as it was all the same.
#[derive(Debug)]
pub(super) struct Ghost {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) shown: Value,
    pub(super) found_until: Duration,
    pub(super) listed_until: Duration,
}

/// What exists at the service.
#[derive(Debug)]
pub struct World {
    pub(super) clock: Clock,
    pub(super) options: Options,
    /// `http://127.0.0.1:<port>`.
    pub(super) origin: String,
    pub(super) fates: VecDeque<Fate>,
    /// Of the next snapshots.
    pub(super) save_fates: VecDeque<Fate>,
    pub(super) sandboxes: Vec<Sandbox>,
    pub(super) ghosts: Vec<Ghost>,
    pub(super) snapshots: Vec<Snapshot>,
    /// The commands that sandboxes have; all of this machine's if there is no such folder.
    pub(super) commands: Option<TempDir>,
    pub(super) quota_is_used_up: bool,
    pub(super) toolbox_moves: usize,
}

impl World {
    pub(super) fn new(options: Options) -> Self {
        let clock = Clock::start();
        let snapshots = Snapshot::known(clock.now());
        Self {
            clock,
            options,
            origin: String::new(),
            fates: VecDeque::new(),
            save_fates: VecDeque::new(),
            sandboxes: Vec::new(),
            ghosts: Vec::new(),
            snapshots,
            commands: None,
            quota_is_used_up: false,
            toolbox_moves: 0,
        }
    }

    /// Where every toolbox is below the proxy.
    pub(super) fn toolbox_segment(&self) -> String {
        match self.toolbox_moves {
            0 => "toolbox".to_owned(),
            moves => format!("toolbox-{moves}"),
        }
    }

    pub(super) fn toolbox(&self) -> String {
        format!("{}/proxy/{}", self.origin, self.toolbox_segment())
    }

    pub(super) fn sandbox(&mut self, id_or_name: &str) -> Result<&mut Sandbox, Refusal> {
        let now = self.settle();
        self.sandboxes
            .iter_mut()
            .find(|sandbox| sandbox.is_called(id_or_name) && now >= sandbox.found_at)
            .ok_or_else(|| Refusal::no_sandbox(id_or_name))
    }

    /// The sandbox if nothing else is under way in it.
    pub(super) fn idle(&mut self, id_or_name: &str) -> Result<&mut Sandbox, Refusal> {
        let now = self.settle();
        let sandbox = self.sandbox(id_or_name)?;
        match (sandbox.state(now), sandbox.phase) {
            ("started" | "stopped" | "error", _) => Ok(sandbox),
            // It hangs: nothing is under way any more.
            (_, Phase::Starting { until, .. }) if now >= until => Ok(sandbox),
            _ => Err(Refusal::busy()),
        }
    }

    pub(super) fn show(&mut self, id_or_name: &str) -> Reply {
        let now = self.settle();
        let ended = self.ghosts.iter().find(|ghost| {
            let is_it = ghost.id == id_or_name || ghost.name == id_or_name;
            is_it && now < ghost.found_until
        });
        if let Some(ended) = ended {
            return Ok(ended.shown.clone());
        }
        let toolbox = self.toolbox();
        Ok(self.sandbox(id_or_name)?.json(now, &toolbox))
    }

    /// It begins to end, from whatever rests.
    pub(super) fn destroy(&mut self, id_or_name: &str) -> Reply {
        let now = self.settle();
        let id = self.idle(id_or_name)?.id.clone();
        let mut others = self.sandboxes.iter();
        if others.any(|one| one.parent.as_deref() == Some(&id) && !one.is_ending()) {
            return Err(Refusal::bad("Cannot delete a sandbox that has active fork children"));
        }
        self.haunt(&id);
        let until = now + self.options.destroyed_after;
        let sandbox = self.sandbox(&id)?;
        sandbox.phase = Phase::Destroying { until };
        sandbox.halt();
        self.show_as_it_is(&id)
    }

    fn show_as_it_is(&mut self, id: &str) -> Reply {
        let now = self.clock.now();
        let toolbox = self.toolbox();
        let sandbox = self.sandboxes.iter().find(|sandbox| sandbox.id == id);
        Ok(sandbox.ok_or_else(|| Refusal::no_sandbox(id))?.json(now, &toolbox))
    }

    /// Looks and lists may be behind: they show one that ends as it was.
    pub(super) fn haunt(&mut self, id: &str) {
        let now = self.clock.now();
        let (lag, toolbox) = (self.options.lag, self.toolbox());
        self.ghosts
            .retain(|ghost| now < ghost.found_until.max(ghost.listed_until));
        let Some(sandbox) = self.sandboxes.iter().find(|sandbox| sandbox.id == id) else {
            return;
        };
        self.ghosts.push(Ghost {
            id: sandbox.id.clone(),
            name: sandbox.name.clone(),
            shown: sandbox.json(now, &toolbox),
            found_until: now + lag.found_for,
            listed_until: now + lag.listed_for,
        });
    }

    pub(super) fn stop_at_once(&mut self, id: &str) -> Result<(), Refusal> {
        let since = self.clock.now();
        let sandbox = self.sandbox(id)?;
        sandbox.phase = Phase::Stopped { since };
        sandbox.halt();
        Ok(())
    }

    pub(super) fn stop(&mut self, id_or_name: &str) -> Reply {
        let now = self.settle();
        let sandbox = self.idle(id_or_name)?;
        if sandbox.state(now) != "started" {
            return Err(Refusal::bad("Sandbox is not started"));
        }
        sandbox.phase = Phase::Stopped { since: now };
        sandbox.halt();
        self.show(id_or_name)
    }

    pub(super) fn start_again(&mut self, id_or_name: &str) -> Reply {
        let now = self.settle();
        let until = now + self.options.started_after;
        let sandbox = self.idle(id_or_name)?;
        if sandbox.state(now) != "stopped" {
            return Err(Refusal::bad("Sandbox is not stopped"));
        }
        let fate = Fate::Ready;
        sandbox.phase = Phase::Starting { until, fate };
        sandbox.active_at = until;
        self.show(id_or_name)
    }

    pub(super) fn set_labels(&mut self, id_or_name: &str, labels: Tags) -> Reply {
        let sandbox = self.sandbox(id_or_name)?;
        sandbox.labels = labels;
        Ok(json!({"labels": sandbox.labels}))
    }

    pub(super) fn set_public(&mut self, id_or_name: &str, public: bool) -> Reply {
        self.sandbox(id_or_name)?.public = public;
        self.show(id_or_name)
    }

    pub(super) fn set_auto_stop(&mut self, id_or_name: &str, minutes: i64) -> Reply {
        if minutes < 0 {
            return Err(Refusal::bad("Auto-stop interval must be non-negative"));
        }
        self.sandbox(id_or_name)?.auto_stop_interval = minutes;
        self.show(id_or_name)
    }

    pub(super) fn set_auto_delete(&mut self, id_or_name: &str, minutes: i64) -> Reply {
        self.sandbox(id_or_name)?.auto_delete_interval = minutes;
        self.show(id_or_name)
    }

    /// Something has happened in a sandbox: it is not idle.
    pub(super) fn touch(&mut self, id: &str) -> Result<(), Refusal> {
        let now = self.settle();
        self.sandbox(id)?.active_at = now;
        Ok(())
    }

    pub(super) fn preview(&mut self, id_or_name: &str, port: u16) -> Reply {
        let sandbox = self.sandbox(id_or_name)?;
        let id = &sandbox.id;
        Ok(json!({
            "sandboxId": id,
            "url": format!("https://{port}-{id}.proxy.daytona.works"),
            "token": format!("preview-token-of-{id}"),
        }))
    }

    pub(super) fn signed_preview(&mut self, id_or_name: &str, port: u16, secs: Option<u32>) -> Reply {
        let secs = secs.unwrap_or(SIGNED_FOR);
        if !(1..=SIGNED_FOR_AT_MOST).contains(&secs) {
            return Err(Refusal::bad("expiresInSeconds must be between 1 and 86400"));
        }
        let now = self.clock.now().as_nanos();
        let token = format!("signed{now:x}");
        let id = self.sandbox(id_or_name)?.id.clone();
        Ok(json!({
            "sandboxId": id,
            "port": port,
            "url": format!("https://{port}-{token}.proxy.daytona.works"),
            "token": token,
        }))
    }

    pub(super) fn refuse_beyond_quota(&self) -> Result<(), Refusal> {
        match self.quota_is_used_up {
            true => Err(Refusal::bad("Total CPU limit exceeded. Maximum allowed: 10.")),
            false => Ok(()),
        }
    }

    pub(super) fn refuse_taken(&self, name: Option<&str>) -> Result<(), Refusal> {
        let Some(name) = name else {
            return Ok(());
        };
        if name.is_empty() {
            return Err(Refusal::invalid("name should not be empty"));
        }
        match self.sandboxes.iter().any(|sandbox| sandbox.name == name) {
            false => Ok(()),
            true => Err(Refusal::new(
                StatusCode::CONFLICT,
                &format!("Sandbox with name {name} already exists"),
            )),
        }
    }

    pub(super) fn views(&mut self) -> Vec<SandboxView> {
        self.settle();
        self.peek()
    }

    /// As of the last time somebody looked.
    pub(super) fn peek(&self) -> Vec<SandboxView> {
        let now = self.clock.now();
        self.sandboxes.iter().map(|sandbox| sandbox.view(now)).collect()
    }

    pub(super) fn snapshot_views(&mut self) -> Vec<SnapshotView> {
        self.settle();
        self.snapshots.iter().map(Snapshot::view).collect()
    }
}
