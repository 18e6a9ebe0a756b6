//! Snapshots.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sandbox::Class;
use super::{CONTAINER_SNAPSHOT, KNOWN_SNAPSHOT};
use crate::simulator::Disk;

/// A snapshot as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotView {
    /// A UUID.
    pub id: String,
    /// Unique, unless somebody has taken a name twice.
    pub name: String,
}

#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Duration,
    pub(super) class: Class,
    pub(super) disk: Disk,
}

impl Snapshot {
    pub(super) fn new(name: &str, created: Duration, class: Class, disk: Disk) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            name: name.to_owned(),
            created,
            class,
            disk,
        }
    }

    /// Those that nobody made.
    pub(super) fn known(now: Duration) -> Vec<Self> {
        let known = [(KNOWN_SNAPSHOT, Class::LinuxVm), (CONTAINER_SNAPSHOT, Class::Container)];
        known
            .map(|(name, class)| Self::new(name, now, class, Disk::empty()))
            .into()
    }

    pub(super) fn is_known(&self) -> bool {
        [KNOWN_SNAPSHOT, CONTAINER_SNAPSHOT].contains(&self.name.as_str())
    }

    pub(super) fn json(&self) -> Value {
        let created = timestamp(self.created);
        json!({
            "id": self.id,
            "organizationId": "organization",
            "general": self.is_known(),
            "name": self.name,
            "state": "active",
            "size": null,
            "entrypoint": null,
            "cpu": 1,
            "gpu": 0,
            "mem": 1,
            "disk": 3,
            "errorReason": null,
            "createdAt": created,
            "updatedAt": created,
            "lastUsedAt": null,
            "sandboxClass": self.class,
        })
    }

    pub(super) fn view(&self) -> SnapshotView {
        SnapshotView {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}

/// RFC 3339, with milliseconds.
pub(super) fn timestamp(since_epoch: Duration) -> String {
    let millis = i64::try_from(since_epoch.as_millis()).unwrap_or_default();
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    format!("{at:.3}")
}
