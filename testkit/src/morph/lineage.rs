//! Where instances and snapshots come from: start, snapshot, branch.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::{BranchBody, ChildMetadata, Metadata, SnapshotBody, StartBody, refuse_zero};
use super::instance::{Instance, Phase, Service, Ttl};
use super::lag::Known;
use super::refusal::Refusal;
use super::snapshot::Snapshot;
use super::world::{Reply, World};
use crate::simulator::{Fate, World as _};

impl World {
    pub(super) fn start(&mut self, snapshot_id: &str, wish: StartBody) -> Reply {
        refuse_zero("ttl_seconds", wish.ttl_seconds)?;
        let ttl = Ttl::new(wish.ttl_seconds, wish.ttl_action, self.clock.now());
        let metadata = wish.metadata.unwrap_or_default();
        let now = self.settle();
        self.refuse_beyond_quota()?;
        if self.snapshot(snapshot_id)?.status(now) != "ready" {
            return Err(Refusal::conflict("Snapshot is pending"));
        }
        let id = self.spawn(snapshot_id, metadata, ttl)?;
        self.show_new(&id)
    }

    /// What a start answers: services that an instance has from its snapshot are listed only later.
    fn show_new(&mut self, id: &str) -> Reply {
        let now = self.clock.now();
        let new = self.instances.iter().find(|instance| instance.id == id);
        let mut shown = new.ok_or_else(Refusal::no_instance)?.json(now);
        shown["networking"]["http_services"] = json!([]);
        Ok(shown)
    }

    fn refuse_beyond_quota(&self) -> Result<(), Refusal> {
        match self.quota_is_used_up {
            true => Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "Quota exhausted")),
            false => Ok(()),
        }
    }

    /// The ids of copies that are in all like an instance, its metadata too, as far as there is room for them.
    pub(super) fn fork(&mut self, id: &str, count: usize) -> Result<Vec<Option<String>>, Refusal> {
        self.instance_in(id, &["ready"])?;
        let now = self.settle();
        let (room, known) = (self.options.forks, Known::from(now, self.options.lag));
        let forks = (0..count).map(|number| {
            let copy = (number < room).then(|| self.add_like(id)).flatten();
            if let Some(copy) = self.instances.last_mut().filter(|one| Some(&one.id) == copy.as_ref()) {
                (copy.created, copy.known) = (now, known);
            }
            copy
        });
        Ok(forks.collect())
    }

    fn spawn(&mut self, snapshot_id: &str, metadata: Metadata, ttl: Ttl) -> Result<String, Refusal> {
        let now = self.settle();
        let fate = self.fates.front().copied().unwrap_or(Fate::Ready);
        let until = now + self.options.ready_after;
        let origin = self.snapshot(snapshot_id)?;
        let phase = Phase::Starting { until, fate };
        let mut instance = Instance::new(now, phase, snapshot_id, origin.disk.copy());
        let inherited = origin.services.iter();
        instance.services = inherited.map(|s| s.inherited_by(&instance.id)).collect();
        instance.metadata = metadata;
        instance.ttl = ttl;
        instance.known = Known::from(now, self.options.lag);
        let id = instance.id.clone();
        self.fates.pop_front();
        self.instances.push(instance);
        Ok(id)
    }

    pub(super) fn snapshot(&mut self, id: &str) -> Result<&mut Snapshot, Refusal> {
        self.settle();
        self.snapshots
            .iter_mut()
            .find(|snapshot| snapshot.id == id)
            .ok_or_else(Refusal::no_snapshot)
    }

    pub(super) fn show_snapshot(&mut self, id: &str) -> Reply {
        let now = self.clock.now();
        Ok(self.snapshot(id)?.json(now))
    }

    pub(super) fn list_snapshots(&mut self, filter: &Metadata, digest: Option<&str>) -> Value {
        let now = self.settle();
        let filter = self.options.filter(filter);
        let matching = self.snapshots.iter().filter(|s| s.has(&filter, digest));
        let data: Vec<_> = matching.map(|snapshot| snapshot.json(now)).collect();
        json!({"object": "list", "data": data})
    }

    pub(super) fn delete_snapshot(&mut self, id: &str) -> Result<(), Refusal> {
        self.snapshot(id)?;
        self.snapshots.retain(|snapshot| snapshot.id != id);
        Ok(())
    }

    /// Ready in the answer only if the request says `sync: true`, as the document has it.
    pub(super) fn make_snapshot(&mut self, id: &str, digest: Option<&str>, wish: SnapshotBody) -> Reply {
        refuse_zero("ttl_seconds", wish.ttl_seconds)?;
        let delay = match wish.sync {
            Some(true) => Duration::ZERO,
            Some(false) | None => self.options.ready_after,
        };
        self.instance_in(id, &["ready", "paused"])?;
        let digest = wish.digest.or_else(|| digest.map(str::to_owned));
        let snapshot_id = self.take_snapshot(id, wish.metadata, digest, delay)?;
        let now = self.clock.now();
        let saved = now + self.options.saving;
        self.instance(id)?.saving_until = saved;
        let snapshot = self.snapshot(&snapshot_id)?;
        let ttl = wish.ttl_seconds.map(|s| Duration::from_secs(s.into()));
        snapshot.expires_at = ttl.map(|ttl| now + ttl);
        Ok(snapshot.json(now))
    }

    /// The id of a snapshot of the instance as it is now.
    pub(super) fn take_snapshot(
        &mut self,
        id: &str,
        metadata: Option<Metadata>,
        digest: Option<String>,
        delay: Duration,
    ) -> Result<String, Refusal> {
        let now = self.clock.now();
        let inherit = self.options.inherit_services;
        let delay = delay.max(self.options.saved_after);
        let fate = self.save_fates.pop_front().unwrap_or(Fate::Ready);
        let instance = self.instance(id)?;
        let services: &[Service] = if inherit { &instance.services } else { &[] };
        let snapshot = Snapshot {
            id: fresh_id("snapshot"),
            created: now,
            ready_at: now + delay,
            fate,
            expires_at: None,
            metadata: metadata.unwrap_or_default(),
            digest,
            services: services.to_vec(),
            disk: instance.disk.copy(),
        };
        let snapshot_id = snapshot.id.clone();
        self.snapshots.push(snapshot);
        Ok(snapshot_id)
    }

    /// Children have neither the TTL nor the metadata of their parent: the request has no field
    /// for the former, and whether either is inherited is documented nowhere.
    pub(super) fn branch(&mut self, id: &str, count: usize, digest: Option<&str>, wish: BranchBody) -> Reply {
        self.instance_in(id, &["ready"])?;
        self.refuse_beyond_quota()?;
        let metadata = each_child(count, wish.instance_metadata)?;
        let digest = digest.map(str::to_owned);
        let snapshot_id = self.take_snapshot(id, wish.snapshot_metadata, digest, Duration::ZERO)?;
        let mut instances = Vec::new();
        for metadata in metadata {
            let child = self.spawn(&snapshot_id, metadata, Ttl::default())?;
            instances.push(self.show_new(&child)?);
        }
        let snapshot = self.show_snapshot(&snapshot_id)?;
        Ok(json!({"snapshot": snapshot, "instances": instances}))
    }
}

fn each_child(count: usize, given: Option<ChildMetadata>) -> Result<Vec<Metadata>, Refusal> {
    match given {
        None => Ok(vec![Metadata::new(); count]),
        Some(ChildMetadata::Same(metadata)) => Ok(vec![metadata; count]),
        Some(ChildMetadata::Each(list)) if list.len() == count => Ok(list),
        Some(ChildMetadata::Each(_)) => Err(Refusal::invalid(
            &["body", "instance_metadata"],
            "List should have one item per instance",
            "value_error",
        )),
    }
}

/// `<kind>_` and eight characters, the form of the service's ids.
pub(super) fn fresh_id(kind: &str) -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("{kind}_{}", &random[..8])
}
