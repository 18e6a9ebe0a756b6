//! The world as stories that are the same for every provider know it.

use std::collections::VecDeque;
use std::time::Duration;

use tempfile::TempDir;

use super::KNOWN_SNAPSHOT;
use super::body::TtlAction;
use super::instance::{Instance, Phase};
use super::world::World;
use crate::simulator::{self, Disk, Fate, Known, Lag, Sandbox, Tags};

impl simulator::World for World {
    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
    }

    /// Expiry is lazy: it happens when somebody looks.
    fn settle(&mut self) -> Duration {
        let now = self.clock.now();
        self.snapshots
            .retain(|snapshot| snapshot.expires_at.is_none_or(|at| now < at));
        self.instances.retain_mut(|instance| {
            if instance.ttl.expires_at.is_none_or(|at| now < at) {
                return true;
            }
            instance.ttl.expires_at = None;
            instance.phase = Phase::Paused;
            instance.ttl.action == Some(TtlAction::Pause)
        });
        now
    }

    fn end(&mut self) {
        self.instances.clear();
        self.snapshots.clear();
    }

    fn known_image(&self) -> &'static str {
        KNOWN_SNAPSHOT
    }

    fn sandboxes(&self) -> Vec<Sandbox> {
        let shown = |instance: &Instance| Sandbox {
            id: instance.id.clone(),
            tags: instance.metadata.clone(),
            ends: instance.ttl.seconds.is_some(),
        };
        self.instances.iter().map(shown).collect()
    }

    fn snapshots(&self) -> Vec<String> {
        let made = self.snapshots.iter().filter(|snapshot| snapshot.id != KNOWN_SNAPSHOT);
        made.map(|snapshot| snapshot.id.clone()).collect()
    }

    fn known(&self) -> Vec<Known> {
        let instances = self.instances.iter().map(|one| Known {
            id: one.id.clone(),
            kind: "instance",
            tags: one.metadata.clone(),
        });
        let snapshots = self.snapshots.iter().map(|one| Known {
            id: one.id.clone(),
            kind: "snapshot",
            tags: one.metadata.clone(),
        });
        instances.chain(snapshots).collect()
    }

    fn is_id(&self, segment: &str) -> bool {
        // A jar is acted on by `lid0_` and its id.
        let id = segment.strip_prefix("lid").and_then(|lid| lid.split_once('_'));
        let id = id.map_or(segment, |(_, id)| id);
        id.starts_with("morphvm_") || id.starts_with("snapshot_")
    }

    /// Ready at once, without a TTL, whatever the fates.
    fn add(&mut self, tags: Tags) -> String {
        let until = self.clock.now();
        let ready = Phase::Starting {
            until,
            fate: Fate::Ready,
        };
        let instance = Instance::new(until, ready, "snapshot_of_somebody", Disk::empty());
        let id = instance.id.clone();
        self.instances.push(Instance {
            metadata: tags,
            ..instance
        });
        id
    }

    fn add_like(&mut self, id: &str) -> Option<String> {
        let like = self.instance(id).ok()?;
        let mut added = Instance::new(like.created, like.phase, &like.snapshot_id, like.disk.copy());
        added.services = like.services.iter().map(|s| s.inherited_by(&added.id)).collect();
        added.metadata = like.metadata.clone();
        added.ttl = like.ttl.clone();
        let id = added.id.clone();
        self.instances.push(added);
        Some(id)
    }

    fn remove(&mut self, id: &str) {
        drop(self.end_instance(id));
    }

    fn remove_snapshots(&mut self) {
        self.snapshots.retain(|snapshot| snapshot.id == KNOWN_SNAPSHOT);
    }

    fn set_ready_after(&mut self, sandboxes: Duration, snapshots: Duration) {
        self.options.ready_after = sandboxes;
        self.options.saved_after = snapshots;
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
        self.options.dialect.list_path()
    }

    fn set_quota_used_up(&mut self, used_up: bool) {
        self.quota_is_used_up = used_up;
    }

    fn lifetime_path(&self, id: &str) -> Option<String> {
        let sets = self.options.dialect.sets_lifetimes();
        sets.then(|| format!("/instance/{id}/ttl"))
    }

    fn has_lifetimes(&self) -> bool {
        self.options.dialect.has_ttls()
    }

    fn ids_in_any_case(&self) -> bool {
        self.options.any_case
    }
}
