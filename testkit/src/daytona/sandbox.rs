//! Sandboxes: their states, idleness and representation.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::session::Sessions;
use super::snapshot::{Snapshot, timestamp};
use crate::simulator::{Disk, Fate, Lag, Processes, Tags};

/// What a sandbox runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A virtual machine, which can be forked.
    LinuxVm,
    /// A container.
    Container,
}

/// A sandbox as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxView {
    /// A UUID.
    pub id: String,
    /// Unique.
    pub name: String,
    /// Such as `started` or `destroying`.
    pub state: String,
    /// As given at the start, inherited or set since.
    pub labels: Tags,
    /// What it was started from.
    pub snapshot: String,
    /// Minutes of idleness after which it stops; 0 is never.
    pub auto_stop_interval: i64,
    /// Minutes for which it is kept when it has stopped; negative is for ever.
    pub auto_delete_interval: i64,
    /// Whether its ports are open to everybody.
    pub public: bool,
}

/// What a sandbox does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Starting { until: Duration, fate: Fate },
    Started,
    Stopped { since: Duration },
    Snapshotting { until: Duration, was_stopped: bool },
    Forking { until: Duration },
    Destroying { until: Duration },
}

#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Duration,
    pub(super) phase: Phase,
    /// What is there when it is no more `snapshotting`.
    pub(super) saving: Option<Snapshot>,
    pub(super) snapshot: String,
    pub(super) class: Class,
    pub(super) parent: Option<String>,
    pub(super) labels: Tags,
    pub(super) env: Tags,
    pub(super) auto_stop_interval: i64,
    pub(super) auto_delete_interval: i64,
    pub(super) public: bool,
    pub(super) active_at: Duration,
    /// Requests to its toolbox that are under way: it is not idle.
    pub(super) busy: usize,
    /// From when on a look finds it, and a list has it.
    pub(super) found_at: Duration,
    pub(super) listed_at: Duration,
    // Before the disk, so that processes end before their directory goes.
    pub(super) sessions: Sessions,
    pub(super) processes: Processes,
    pub(super) disk: Disk,
}

impl Sandbox {
    /// Started, without labels, and with the service's defaults.
    pub(super) fn new(name: Option<&str>, snapshot: &str, class: Class, now: Duration, disk: Disk) -> Self {
        let id = Uuid::new_v4().to_string();
        Self {
            name: name.unwrap_or(&id).to_owned(),
            id,
            created: now,
            phase: Phase::Started,
            saving: None,
            snapshot: snapshot.to_owned(),
            class,
            parent: None,
            labels: Tags::new(),
            env: Tags::new(),
            auto_stop_interval: 15,
            auto_delete_interval: -1,
            public: false,
            active_at: now,
            busy: 0,
            found_at: now,
            listed_at: now,
            sessions: Sessions::default(),
            processes: Processes::default(),
            disk,
        }
    }

    pub(super) fn lag_by(&mut self, lag: Lag) {
        self.found_at = self.created + lag.found_after;
        self.listed_at = self.created + lag.listed_after;
    }

    /// What time has done in it. What it has been saved as, if that is done.
    pub(super) fn settle(&mut self, now: Duration, destroyed_after: Duration) -> Option<Snapshot> {
        match self.phase {
            Phase::Snapshotting { until, was_stopped } if now >= until => {
                self.phase = match was_stopped {
                    true => Phase::Stopped { since: until },
                    false => Phase::Started,
                };
                return self.saving.take();
            }
            Phase::Forking { until } if now >= until => self.phase = Phase::Started,
            _ => {}
        }
        if self.state(now) == "started" && self.is_idle(now) {
            self.phase = Phase::Stopped { since: now };
            self.halt();
        }
        if let Phase::Stopped { since } = self.phase
            && minutes(self.auto_delete_interval).is_some_and(|kept| now >= since + kept)
        {
            let until = now + destroyed_after;
            self.phase = Phase::Destroying { until };
        }
        None
    }

    fn is_idle(&self, now: Duration) -> bool {
        let stops_after = minutes(self.auto_stop_interval).filter(|after| !after.is_zero());
        self.busy == 0 && stops_after.is_some_and(|after| now >= self.active_at + after)
    }

    /// Nothing runs in it any more.
    pub(super) fn halt(&mut self) {
        self.sessions = Sessions::default();
        self.processes = Processes::default();
    }

    pub(super) fn is_called(&self, id_or_name: &str) -> bool {
        self.id == id_or_name || self.name == id_or_name
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.phase, Phase::Destroying { .. })
    }

    /// Whether it is to end by itself some time.
    pub(super) fn ends(&self) -> bool {
        self.auto_stop_interval > 0 && self.auto_delete_interval >= 0
    }

    pub(super) fn state(&self, now: Duration) -> &'static str {
        match self.phase {
            Phase::Starting { fate, until } => match fate {
                Fate::Ready if now >= until => "started",
                Fate::Error if now >= until => "error",
                _ => "creating",
            },
            Phase::Started => "started",
            Phase::Stopped { .. } => "stopped",
            Phase::Snapshotting { .. } => "snapshotting",
            Phase::Forking { .. } => "forking",
            Phase::Destroying { .. } => "destroying",
        }
    }

    fn desired_state(&self) -> &'static str {
        match self.phase {
            Phase::Destroying { .. } => "destroyed",
            Phase::Stopped { .. } => "stopped",
            Phase::Snapshotting { was_stopped: true, .. } => "stopped",
            _ => "started",
        }
    }

    /// As a list has it.
    pub(super) fn item(&self, now: Duration, toolbox: &str) -> Value {
        json!({
            "id": self.id,
            "organizationId": "organization",
            "name": self.name,
            "target": "eu",
            "sandboxClass": self.class,
            "state": self.state(now),
            "desiredState": self.desired_state(),
            "snapshot": self.snapshot,
            "user": "daytona",
            "recoverable": false,
            "public": self.public,
            "cpu": 1,
            "gpu": 0,
            "memory": 1,
            "disk": 3,
            "labels": self.labels,
            "autoStopInterval": self.auto_stop_interval,
            "autoArchiveInterval": 10080,
            "autoDeleteInterval": self.auto_delete_interval,
            "createdAt": timestamp(self.created),
            "updatedAt": timestamp(now),
            "lastActivityAt": timestamp(self.active_at),
            "toolboxProxyUrl": toolbox,
        })
    }

    /// As itself.
    pub(super) fn json(&self, now: Duration, toolbox: &str) -> Value {
        let mut shown = self.item(now, toolbox);
        shown["env"] = json!(self.env);
        shown["networkBlockAll"] = json!(false);
        shown["volumes"] = json!([]);
        shown
    }

    pub(super) fn view(&self, now: Duration) -> SandboxView {
        SandboxView {
            id: self.id.clone(),
            name: self.name.clone(),
            state: self.state(now).to_owned(),
            labels: self.labels.clone(),
            snapshot: self.snapshot.clone(),
            auto_stop_interval: self.auto_stop_interval,
            auto_delete_interval: self.auto_delete_interval,
            public: self.public,
        }
    }
}

/// So many minutes, unless the number is negative.
fn minutes(interval: i64) -> Option<Duration> {
    let minutes = u64::try_from(interval).ok()?;
    Some(Duration::from_secs(60 * minutes))
}
