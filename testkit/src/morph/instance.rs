//! Instances: their phases, expiry and representation.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::body::{AuthMode, Metadata, TtlAction};
use super::lag::Known;
use super::lineage::fresh_id;
use crate::simulator::{Disk, Fate, Processes};

/// An instance as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceView {
    /// `morphvm_..`.
    pub id: String,
    /// `pending`, `ready`, `paused` or `error`.
    pub status: String,
    /// As given at the start or set since.
    pub metadata: Metadata,
    /// `None`: it never expires.
    pub ttl_seconds: Option<u32>,
    /// Unix seconds.
    pub ttl_expire_at: Option<u64>,
    /// What it was started from.
    pub snapshot_id: String,
    /// Unix seconds.
    pub created: u64,
    /// Exposed ports, oldest first.
    pub services: Vec<Service>,
}

/// An exposed port.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// Unique within the instance.
    pub name: String,
    /// The port inside.
    pub port: u16,
    /// The public address.
    pub url: String,
    /// `none` or `api_key`.
    pub auth_mode: String,
    /// From when on the instance's description has it.
    #[serde(skip)]
    listed_at: Duration,
}

impl Service {
    pub(super) fn new(name: &str, port: u16, auth_mode: AuthMode, instance_id: &str) -> Self {
        let host = instance_id.replace('_', "-");
        Self {
            name: name.to_owned(),
            port,
            url: format!("https://{name}-{host}.http.cloud.morph.so"),
            auth_mode: match auth_mode {
                AuthMode::None => "none".to_owned(),
                AuthMode::ApiKey => "api_key".to_owned(),
            },
            listed_at: Duration::ZERO,
        }
    }

    /// The same service, left out of the instance's description until then.
    pub(super) fn listed_at(self, listed_at: Duration) -> Self {
        Self { listed_at, ..self }
    }

    /// The same service of another instance, which has an address of its own.
    pub(super) fn inherited_by(&self, instance_id: &str) -> Self {
        let host = instance_id.replace('_', "-");
        Self {
            url: format!("https://{}-{host}.http.cloud.morph.so", self.name),
            ..self.clone()
        }
    }
}

/// Whether an instance as it is shown has all these metadata.
pub(super) fn has(shown: &Value, filter: &Metadata) -> bool {
    let mut wanted = filter.iter();
    wanted.all(|(key, value)| shown["metadata"].get(key).is_some_and(|own| own == value.as_str()))
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Starting { until: Duration, fate: Fate },
    Paused,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Ttl {
    pub(super) seconds: Option<u32>,
    pub(super) expires_at: Option<Duration>,
    pub(super) action: Option<TtlAction>,
}

impl Ttl {
    /// Counts from `now` on; there is no idle time, activity does not extend it.
    pub(super) fn new(seconds: Option<u32>, action: Option<TtlAction>, now: Duration) -> Self {
        let expires_at = seconds.map(|seconds| now + Duration::from_secs(seconds.into()));
        Self {
            seconds,
            expires_at,
            action,
        }
    }
}

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) id: String,
    pub(super) created: Duration,
    pub(super) known: Known,
    pub(super) phase: Phase,
    pub(super) snapshot_id: String,
    pub(super) metadata: Metadata,
    pub(super) ttl: Ttl,
    pub(super) saving_until: Duration,
    pub(super) wake_on_ssh: bool,
    pub(super) wake_on_http: bool,
    pub(super) services: Vec<Service>,
    // Before the disk, so that processes end before their directory goes.
    pub(super) processes: Processes,
    pub(super) disk: Disk,
}

impl Instance {
    /// Without metadata, TTL and services.
    pub(super) fn new(created: Duration, phase: Phase, snapshot_id: &str, disk: Disk) -> Self {
        Self {
            id: fresh_id("morphvm"),
            created,
            known: Known::default(),
            phase,
            snapshot_id: snapshot_id.to_owned(),
            metadata: Metadata::new(),
            ttl: Ttl::default(),
            saving_until: Duration::ZERO,
            wake_on_ssh: false,
            wake_on_http: false,
            services: Vec::new(),
            processes: Processes::default(),
            disk,
        }
    }

    pub(super) fn status(&self, now: Duration) -> &'static str {
        match self.phase {
            Phase::Paused => "paused",
            Phase::Starting { fate, until } => match fate {
                Fate::Ready if now < self.saving_until => "saving",
                Fate::Ready if now >= until => "ready",
                Fate::Error if now >= until => "error",
                _ => "pending",
            },
        }
    }

    pub(super) fn json(&self, now: Duration) -> Value {
        let listed = self.services.iter().filter(|service| service.listed_at <= now);
        let services: Vec<_> = listed.collect();
        json!({
            "id": self.id,
            "object": "instance",
            "created": self.created.as_secs(),
            "status": self.status(now),
            "spec": {"vcpus": 1, "memory": 1024, "disk_size": 8192},
            "refs": {"snapshot_id": self.snapshot_id, "image_id": "morphvm-minimal"},
            "networking": {"internal_ip": "10.0.0.2", "http_services": services},
            "metadata": self.metadata,
            "ttl": {
                "ttl_seconds": self.ttl.seconds,
                "ttl_expire_at": self.ttl.expires_at.map(|at| at.as_secs()),
                "ttl_action": self.ttl.action,
            },
            "wake_on": {
                "wake_on_ssh": self.wake_on_ssh,
                "wake_on_http": self.wake_on_http,
            },
        })
    }

    pub(super) fn view(&self, now: Duration) -> InstanceView {
        InstanceView {
            id: self.id.clone(),
            status: self.status(now).to_owned(),
            metadata: self.metadata.clone(),
            ttl_seconds: self.ttl.seconds,
            ttl_expire_at: self.ttl.expires_at.map(|at| at.as_secs()),
            snapshot_id: self.snapshot_id.clone(),
            created: self.created.as_secs(),
            services: self.services.clone(),
        }
    }
}
