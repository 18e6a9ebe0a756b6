//! Snapshots.

use std::time::Duration;

use serde_json::{Value, json};

use super::KNOWN_SNAPSHOT;
use super::body::Metadata;
use super::instance::Service;
use crate::simulator::{Disk, Fate};

/// A snapshot as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotView {
    /// `snapshot_..`.
    pub id: String,
    /// `pending`, `ready` or `failed`.
    pub status: String,
    /// As given when it was made.
    pub metadata: Metadata,
    /// As given when it was made.
    pub digest: Option<String>,
    /// Unix seconds.
    pub created: u64,
}

#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) created: Duration,
    pub(super) ready_at: Duration,
    pub(super) fate: Fate,
    pub(super) expires_at: Option<Duration>,
    pub(super) metadata: Metadata,
    pub(super) digest: Option<String>,
    pub(super) services: Vec<Service>,
    pub(super) disk: Disk,
}

impl Snapshot {
    /// The one that nobody made.
    pub(super) fn known(now: Duration) -> Self {
        Self {
            id: KNOWN_SNAPSHOT.to_owned(),
            created: now,
            ready_at: now,
            fate: Fate::Ready,
            expires_at: None,
            metadata: Metadata::new(),
            digest: None,
            services: Vec::new(),
            disk: Disk::empty(),
        }
    }

    pub(super) fn has(&self, filter: &Metadata, digest: Option<&str>) -> bool {
        let mut wanted = filter.iter();
        wanted.all(|(key, value)| self.metadata.get(key) == Some(value))
            && digest.is_none_or(|digest| self.digest.as_deref() == Some(digest))
    }

    pub(super) fn status(&self, now: Duration) -> &'static str {
        match self.fate {
            Fate::Ready if now >= self.ready_at => "ready",
            Fate::Error if now >= self.ready_at => "failed",
            _ => "pending",
        }
    }

    pub(super) fn json(&self, now: Duration) -> Value {
        json!({
            "id": self.id,
            "object": "snapshot",
            "created": self.created.as_secs(),
            "status": self.status(now),
            "spec": {"vcpus": 1, "memory": 1024, "disk_size": 8192},
            "refs": {"image_id": "morphvm-minimal"},
            "digest": self.digest,
            "metadata": self.metadata,
        })
    }

    pub(super) fn view(&self, now: Duration) -> SnapshotView {
        SnapshotView {
            id: self.id.clone(),
            status: self.status(now).to_owned(),
            metadata: self.metadata.clone(),
            digest: self.digest.clone(),
            created: self.created.as_secs(),
        }
    }
}
