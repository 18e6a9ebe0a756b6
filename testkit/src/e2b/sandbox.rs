//! Sandboxes: what there is of one, and how it is shown.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::wish::{Metadata, NewSandbox};
use crate::simulator::{Disk, Known, Processes};

/// A sandbox as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxView {
    /// Lower case letters and digits.
    pub id: String,
    /// `running` or `paused`.
    pub state: &'static str,
    /// As given when it was made, or of its parent.
    pub metadata: Metadata,
    /// What it was started from.
    pub template_id: String,
    /// Unix seconds.
    pub started_at: u64,
    /// When it is killed or paused, unix seconds.
    pub ends_at: u64,
    /// What programs and files ask for, if they ask for anything.
    pub token: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Running,
    Paused,
}

/// A program that runs.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) pid: u32,
    pub(super) tag: Option<String>,
}

#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) id: String,
    pub(super) template_id: String,
    alias: Option<String>,
    pub(super) started: Duration,
    pub(super) ends: Duration,
    pub(super) state: State,
    pub(super) metadata: Metadata,
    pub(super) token: Option<String>,
    traffic_token: Option<String>,
    env: BTreeMap<String, String>,
    auto_pause: bool,
    pub(super) listed_from: Duration,
    pub(super) found_from: Duration,
    pub(super) running: Vec<Running>,
    // Before the disk, so that processes end before their directory goes.
    pub(super) processes: Processes,
    pub(super) disk: Disk,
}

/// What a new sandbox begins with.
pub(super) struct Origin {
    pub(super) template_id: String,
    pub(super) alias: Option<String>,
    pub(super) disk: Disk,
}

impl Sandbox {
    pub(super) fn new(origin: Origin, wish: NewSandbox, now: Duration, timeout: u32) -> Self {
        let private = wish.network.and_then(|network| network.allow_public_traffic) == Some(false);
        Self {
            id: fresh_id('i'),
            template_id: origin.template_id,
            alias: origin.alias,
            started: now,
            ends: now + Duration::from_secs(timeout.into()),
            state: State::Running,
            metadata: wish.metadata,
            token: wish.secure.then(fresh_token),
            traffic_token: private.then(fresh_token),
            env: wish.env_vars,
            auto_pause: wish.auto_pause,
            listed_from: now,
            found_from: now,
            running: Vec::new(),
            processes: Processes::default(),
            disk: origin.disk,
        }
    }

    /// A copy of this one: its files, metadata and network, with a life and a token of its own.
    pub(super) fn copy(&self, now: Duration, timeout: u32) -> Self {
        Self {
            id: fresh_id('i'),
            template_id: self.template_id.clone(),
            alias: self.alias.clone(),
            started: now,
            ends: now + Duration::from_secs(timeout.into()),
            state: State::Running,
            metadata: self.metadata.clone(),
            token: self.token.as_ref().map(|_| fresh_token()),
            traffic_token: self.traffic_token.as_ref().map(|_| fresh_token()),
            env: self.env.clone(),
            auto_pause: self.auto_pause,
            listed_from: now,
            found_from: now,
            running: Vec::new(),
            processes: Processes::default(),
            disk: self.disk.copy(),
        }
    }

    pub(super) fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// What its lifetime's end does to it; false: it is gone.
    pub(super) fn expire(&mut self) -> bool {
        self.pause();
        self.auto_pause
    }

    /// Nothing runs in it any more.
    pub(super) fn pause(&mut self) {
        self.state = State::Paused;
        self.running.clear();
        self.processes = Processes::default();
    }

    /// The sandbox as its maker is told of it.
    pub(super) fn made(&self, domain: Option<&str>) -> Value {
        let mut shown = json!({
            "templateID": self.template_id,
            "sandboxID": self.id,
            "clientID": "6532622b",
            "envdVersion": ENVD_VERSION,
            "domain": domain,
            "trafficAccessToken": self.traffic_token,
        });
        self.add_optional(&mut shown);
        shown
    }

    pub(super) fn listed(&self) -> Value {
        let mut shown = json!({
            "templateID": self.template_id,
            "sandboxID": self.id,
            "clientID": "6532622b",
            "startedAt": rfc3339(self.started),
            "endAt": rfc3339(self.ends),
            "envdVersion": ENVD_VERSION,
            "cpuCount": 2,
            "memoryMB": 512,
            "diskSizeMB": 1024,
            "metadata": self.metadata,
            "state": self.state(),
        });
        if let Some(alias) = &self.alias {
            shown["alias"] = json!(alias);
        }
        shown
    }

    pub(super) fn detail(&self, domain: Option<&str>) -> Value {
        let mut shown = self.listed();
        shown["domain"] = json!(domain);
        self.add_optional(&mut shown);
        shown
    }

    fn add_optional(&self, shown: &mut Value) {
        if let Some(alias) = &self.alias {
            shown["alias"] = json!(alias);
        }
        if let Some(token) = &self.token {
            shown["envdAccessToken"] = json!(token);
        }
    }

    pub(super) fn state(&self) -> &'static str {
        match self.state {
            State::Running => "running",
            State::Paused => "paused",
        }
    }

    pub(super) fn has(&self, filter: &Metadata) -> bool {
        let mut wanted = filter.iter();
        wanted.all(|(key, value)| self.metadata.get(key) == Some(value))
    }

    pub(super) fn view(&self) -> SandboxView {
        SandboxView {
            id: self.id.clone(),
            state: self.state(),
            metadata: self.metadata.clone(),
            template_id: self.template_id.clone(),
            started_at: self.started.as_secs(),
            ends_at: self.ends.as_secs(),
            token: self.token.clone(),
        }
    }

    pub(super) fn known(&self) -> Known {
        Known {
            id: self.id.clone(),
            kind: "sandbox",
            tags: self.metadata.clone(),
        }
    }
}

/// New enough for streams without standard input and for files as octets.
const ENVD_VERSION: &str = "0.6.13";

pub(super) fn rfc3339(since_epoch: Duration) -> String {
    let millis = i64::try_from(since_epoch.as_millis()).expect("a time of this era");
    let at = Timestamp::from_millisecond(millis).expect("a time of this era");
    at.to_string()
}

/// Twenty characters.
pub(super) fn fresh_id(first: char) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{first}{}", &random[..19])
}

pub(super) fn fresh_token() -> String {
    format!("ea_{}", uuid::Uuid::new_v4().simple())
}
