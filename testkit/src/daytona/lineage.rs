//! Where sandboxes and snapshots come from: create, fork, snapshot.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::CONTAINER_SNAPSHOT;
use super::body::{CreateSandbox, CreateSandboxSnapshot, ForkSandbox};
use super::refusal::Refusal;
use super::sandbox::{Class, Phase, Sandbox};
use super::snapshot::Snapshot;
use super::world::{Reply, World};
use crate::simulator::{Fate, World as _};

/// As long as it takes.
const FOR_EVER: Duration = Duration::from_secs(1 << 40);

impl World {
    /// The answer comes before the sandbox has started.
    pub(super) fn create(&mut self, wish: CreateSandbox) -> Reply {
        let now = self.settle();
        refuse_negative("autoStopInterval", wish.auto_stop_interval)?;
        refuse_negative("autoArchiveInterval", wish.auto_archive_interval)?;
        if [wish.cpu, wish.gpu, wish.memory, wish.disk].iter().any(Option::is_some) {
            return Err(Refusal::bad("Cannot specify Sandbox resources when using a snapshot"));
        }
        self.refuse_taken(wish.name.as_deref())?;
        self.refuse_beyond_quota()?;
        let wanted = wish.snapshot.as_deref().unwrap_or(CONTAINER_SNAPSHOT);
        let origin = self.snapshots.iter().find(|one| one.name == wanted || one.id == wanted);
        let origin = origin.ok_or_else(|| Refusal::bad(&format!("Snapshot {wanted} not found")))?;
        let made = Sandbox::new(wish.name.as_deref(), wanted, origin.class, now, origin.disk.copy());
        let made = Sandbox {
            labels: wish.labels.unwrap_or_default(),
            env: wish.env.unwrap_or_default(),
            public: wish.public.unwrap_or_default(),
            auto_stop_interval: wish.auto_stop_interval.unwrap_or(made.auto_stop_interval),
            auto_delete_interval: wish.auto_delete_interval.unwrap_or(made.auto_delete_interval),
            ..made
        };
        Ok(self.begin(made))
    }

    /// A copy, which has everything of its parent but the name. The parent is `forking` for a while.
    pub(super) fn fork(&mut self, id_or_name: &str, wish: &ForkSandbox) -> Reply {
        let now = self.settle();
        self.refuse_taken(wish.name.as_deref())?;
        let parent = self.idle(id_or_name)?;
        if parent.class == Class::Container {
            let message = "Fork is not supported for this sandbox class";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
        }
        if parent.state(now) != "started" {
            return Err(Refusal::bad("Sandbox must be started to be forked"));
        }
        self.refuse_beyond_quota()?;
        let until = now + self.options.busy_for;
        let parent = self.idle(id_or_name)?;
        parent.phase = Phase::Forking { until };
        let copy = Sandbox::new(
            wish.name.as_deref(),
            &parent.snapshot,
            parent.class,
            now,
            parent.disk.copy(),
        );
        let copy = Sandbox {
            parent: Some(parent.id.clone()),
            labels: parent.labels.clone(),
            env: parent.env.clone(),
            public: parent.public,
            auto_stop_interval: parent.auto_stop_interval,
            auto_delete_interval: parent.auto_delete_interval,
            ..copy
        };
        Ok(self.begin(copy))
    }

    pub(super) fn forks(&mut self, id_or_name: &str) -> Reply {
        let now = self.settle();
        let id = self.sandbox(id_or_name)?.id.clone();
        let toolbox = self.toolbox();
        let children = self.sandboxes.iter().filter(|one| one.parent.as_deref() == Some(&id));
        Ok(children.map(|one| one.json(now, &toolbox)).collect())
    }

    fn begin(&mut self, sandbox: Sandbox) -> Value {
        let now = self.clock.now();
        let until = now + self.options.started_after;
        let fate = self.fates.pop_front().unwrap_or(Fate::Ready);
        let mut sandbox = Sandbox {
            phase: Phase::Starting { until, fate },
            active_at: until,
            ..sandbox
        };
        sandbox.lag_by(self.options.lag);
        let mut shown = sandbox.json(now, &self.toolbox());
        // What is answered may be behind what is true.
        shown["state"] = json!("creating");
        self.sandboxes.push(sandbox);
        shown
    }

    /// The sandbox is answered, not the snapshot, which is there once the sandbox has done with it. A name that is taken is
    /// taken once more.
    pub(super) fn save(&mut self, id_or_name: &str, wish: &CreateSandboxSnapshot) -> Reply {
        let now = self.settle();
        if wish.name.trim().is_empty() {
            return Err(Refusal::invalid("name should not be empty"));
        }
        let fate = self.save_fates.pop_front().unwrap_or(Fate::Ready);
        let busy_for = match fate {
            Fate::Pending => FOR_EVER,
            Fate::Ready | Fate::Error => self.options.busy_for,
        };
        let sandbox = self.idle(id_or_name)?;
        let state = sandbox.state(now);
        let is_vm = sandbox.class == Class::LinuxVm;
        if !["started", "stopped"].contains(&state) {
            return Err(Refusal::bad("Sandbox is neither started nor stopped"));
        }
        if wish.include_memory == Some(true) && !is_vm {
            return Err(Refusal::bad("Memory can be saved of virtual machines alone"));
        }
        let saved = Snapshot::new(&wish.name, now, sandbox.class, sandbox.disk.copy());
        sandbox.saving = (fate != Fate::Error).then_some(saved);
        sandbox.phase = Phase::Snapshotting {
            until: now + busy_for,
            was_stopped: state == "stopped",
        };
        self.show(id_or_name)
    }

    pub(super) fn show_snapshot(&mut self, id_or_name: &str) -> Reply {
        self.settle();
        let mut all = self.snapshots.iter();
        let found = all.find(|one| one.id == id_or_name || one.name == id_or_name);
        Ok(found.ok_or_else(|| Refusal::no_snapshot(id_or_name))?.json())
    }

    /// By the id alone.
    pub(super) fn delete_snapshot(&mut self, id: &str) -> Result<(), Refusal> {
        self.settle();
        let found = self.snapshots.iter().find(|one| one.id == id);
        if found.ok_or_else(|| Refusal::no_snapshot(id))?.is_known() {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "Snapshot belongs to another organization",
            ));
        }
        self.snapshots.retain(|one| one.id != id);
        Ok(())
    }
}

fn refuse_negative(name: &str, minutes: Option<i64>) -> Result<(), Refusal> {
    match minutes {
        Some(..0) => Err(Refusal::invalid(&format!("{name} must not be less than 0"))),
        Some(_) | None => Ok(()),
    }
}
