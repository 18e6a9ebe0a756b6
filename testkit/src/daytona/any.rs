//! The world as stories that are the same for every provider know it, and what time does in it.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::KNOWN_SNAPSHOT;
use super::sandbox::{Class, Phase, Sandbox};
use super::world::World;
use crate::simulator::{self, Disk, Fate, Known, Lag, Tags};

/// How long the text of a UUID is.
const UUID: usize = 36;

impl simulator::World for World {
    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
    }

    fn settle(&mut self) -> Duration {
        let now = self.clock.now();
        let destroyed_after = self.options.destroyed_after;
        for sandbox in &mut self.sandboxes {
            self.snapshots.extend(sandbox.settle(now, destroyed_after));
        }
        self.sandboxes
            .retain(|sandbox| !matches!(sandbox.phase, Phase::Destroying { until } if now >= until));
        now
    }

    fn end(&mut self) {
        self.sandboxes.clear();
        self.snapshots.clear();
    }

    fn known_image(&self) -> &'static str {
        KNOWN_SNAPSHOT
    }

    fn sandboxes(&self) -> Vec<simulator::Sandbox> {
        let there = self.sandboxes.iter().filter(|sandbox| !sandbox.is_ending());
        let shown = |sandbox: &Sandbox| simulator::Sandbox {
            id: sandbox.id.clone(),
            tags: sandbox.labels.clone(),
            ends: sandbox.ends(),
        };
        there.map(shown).collect()
    }

    /// Those also that are still being made.
    fn snapshots(&self) -> Vec<String> {
        let made = self.snapshots.iter().filter(|snapshot| !snapshot.is_known());
        let saving = self.sandboxes.iter().filter_map(|sandbox| sandbox.saving.as_ref());
        made.chain(saving).map(|snapshot| snapshot.id.clone()).collect()
    }

    fn known(&self) -> Vec<Known> {
        let with_name = |tags: &Tags, name: &str| {
            let mut tags = tags.clone();
            tags.insert("name".to_owned(), name.to_owned());
            tags
        };
        let sandboxes = self.sandboxes.iter().map(|one| Known {
            id: one.id.clone(),
            kind: "sandbox",
            tags: with_name(&one.labels, &one.name),
        });
        let snapshots = self.snapshots.iter().map(|one| Known {
            id: one.id.clone(),
            kind: "snapshot",
            tags: with_name(&Tags::new(), &one.name),
        });
        sandboxes.chain(snapshots).collect()
    }

    /// Workers name things by a UUID, and more perhaps.
    fn is_id(&self, segment: &str) -> bool {
        let begin = segment.get(..UUID).map(Uuid::parse_str);
        matches!(begin, Some(Ok(_)))
    }

    fn add(&mut self, tags: Tags) -> String {
        let now = self.clock.now();
        let sandbox = Sandbox::new(None, "snapshot-of-somebody", Class::LinuxVm, now, Disk::empty());
        let id = sandbox.id.clone();
        self.sandboxes.push(Sandbox {
            labels: tags,
            ..sandbox
        });
        id
    }

    fn add_like(&mut self, id: &str) -> Option<String> {
        let like = self.sandbox(id).ok()?;
        let added = Sandbox::new(None, &like.snapshot, like.class, like.created, like.disk.copy());
        let added = Sandbox {
            labels: like.labels.clone(),
            env: like.env.clone(),
            phase: like.phase,
            auto_stop_interval: like.auto_stop_interval,
            auto_delete_interval: like.auto_delete_interval,
            active_at: like.active_at,
            ..added
        };
        let id = added.id.clone();
        self.sandboxes.push(added);
        Some(id)
    }

    fn remove(&mut self, id: &str) {
        self.haunt(id);
        self.sandboxes.retain(|sandbox| sandbox.id != id);
    }

    fn remove_snapshots(&mut self) {
        self.snapshots.retain(super::snapshot::Snapshot::is_known);
        self.sandboxes.iter_mut().for_each(|sandbox| sandbox.saving = None);
    }

    fn set_ready_after(&mut self, sandboxes: Duration, snapshots: Duration) {
        self.options.started_after = sandboxes;
        self.options.busy_for = snapshots;
    }

    fn set_fates(&mut self, fates: VecDeque<Fate>) {
        self.fates = fates;
    }

    fn set_lag(&mut self, lag: Lag) {
        self.options.lag = lag;
    }

    fn set_filters(&mut self, filters: bool) {
        self.options.filters = filters;
    }

    fn set_commands(&mut self, folder: TempDir) {
        self.commands = Some(folder);
    }

    fn list_path(&self) -> &'static str {
        "/sandbox"
    }

    fn set_quota_used_up(&mut self, used_up: bool) {
        self.quota_is_used_up = used_up;
    }

    fn has_lifetimes(&self) -> bool {
        true
    }

    fn injected(&self, status: u16) -> Value {
        json!({"path": "/api", "statusCode": status, "error": "Injected", "message": "injected fault"})
    }
}
