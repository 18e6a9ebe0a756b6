//! What exists, and what requests do to one instance. What makes new ones is in `lineage`.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::process::Child;

use tempfile::TempDir;

use super::body::{ExposeBody, Metadata, TtlBody, WakeBody};
use super::builder::Dialect;
use super::instance::{Instance, InstanceView, Phase, Service, Ttl, has};
use super::lag::Ghost;
use super::refusal::Refusal;
use super::snapshot::{Snapshot, SnapshotView};
use super::streamed::Ending;
use crate::simulator::{self, Clock, Fate, Lag, World as _};

pub(super) type Shared = simulator::Shared<World>;
pub(super) type Reply = Result<Value, Refusal>;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) ready_after: Duration,
    pub(super) inherit_services: bool,
    pub(super) saving: Duration,
    pub(super) filters: bool,
    /// Whether ids may be in any case.
    pub(super) any_case: bool,
    pub(super) services_listed_after: Duration,
    /// How long a snapshot stays `pending`, whatever its request says.
    pub(super) saved_after: Duration,
    pub(super) lag: Lag,
    /// How many copies are made of those that a request asks for.
    pub(super) forks: usize,
    /// How often the tokens of boxes have changed.
    pub(super) rotation: u32,
    /// How often boxes have moved.
    pub(super) place: u32,
    pub(super) dialect: Dialect,
    pub(super) ending: Ending,
}

impl Options {
    /// What a list is filtered by.
    pub(super) fn filter(&self, asked: &Metadata) -> Metadata {
        match self.filters {
            true => asked.clone(),
            false => Metadata::default(),
        }
    }
}

/// What exists at the service.
#[derive(Debug)]
pub struct World {
    pub(super) clock: Clock,
    pub(super) options: Options,
    pub(super) fates: VecDeque<Fate>,
    /// Of the next snapshots.
    pub(super) save_fates: VecDeque<Fate>,
    pub(super) instances: Vec<Instance>,
    pub(super) ghosts: Vec<Ghost>,
    pub(super) snapshots: Vec<Snapshot>,
    /// The commands that instances have; all of this machine's if there is no such folder.
    pub(super) commands: Option<TempDir>,
    pub(super) quota_is_used_up: bool,
}

impl World {
    pub(super) fn new(options: Options) -> Self {
        let clock = Clock::start();
        let snapshots = vec![Snapshot::known(clock.now())];
        Self {
            clock,
            options,
            fates: VecDeque::new(),
            save_fates: VecDeque::new(),
            instances: Vec::new(),
            ghosts: Vec::new(),
            snapshots,
            commands: None,
            quota_is_used_up: false,
        }
    }

    pub(super) fn instance(&mut self, id: &str) -> Result<&mut Instance, Refusal> {
        let now = self.settle();
        self.instances
            .iter_mut()
            .find(|instance| instance.id == id && instance.known.is_by_id(now))
            .ok_or_else(Refusal::no_instance)
    }

    /// The instance if its status is among `statuses`, else a conflict.
    pub(super) fn instance_in(&mut self, id: &str, statuses: &[&str]) -> Result<&mut Instance, Refusal> {
        let now = self.clock.now();
        let instance = self.instance(id)?;
        let status = instance.status(now);
        if statuses.contains(&status) {
            return Ok(instance);
        }
        Err(Refusal::conflict(&format!("Instance is {status}")))
    }

    pub(super) fn show(&mut self, id: &str) -> Reply {
        let now = self.clock.now();
        if let Some(ended) = self.shown_still(id) {
            return Ok(ended);
        }
        Ok(self.instance(id)?.json(now))
    }

    pub(super) fn list(&mut self, filter: &Metadata) -> Value {
        let filter = self.options.filter(filter);
        json!({"object": "list", "data": self.matching(&filter)})
    }

    /// `page` counts from 1.
    pub(super) fn page(&mut self, filter: &Metadata, page: usize, limit: usize) -> Value {
        let all = self.matching(filter);
        let total_pages = all.len().div_ceil(limit);
        let first = page.saturating_sub(1).saturating_mul(limit);
        let shown: Vec<_> = all.iter().skip(first).take(limit).collect();
        json!({
            "instances": shown,
            "total": all.len(),
            "page": page,
            "size": limit,
            "total_pages": total_pages,
            "has_next": page < total_pages,
            "has_prev": page > 1,
        })
    }

    fn matching(&mut self, filter: &Metadata) -> Vec<Value> {
        let now = self.settle();
        let known = self.instances.iter().filter(|i| i.known.is_in_lists(now));
        let listed = known.map(|instance| instance.json(now));
        let ended = self.listed_still().cloned();
        listed.chain(ended).filter(|shown| has(shown, filter)).collect()
    }

    pub(super) fn stop(&mut self, id: &str) -> Result<(), Refusal> {
        self.instance(id)?;
        self.end_instance(id);
        Ok(())
    }

    /// A paused instance is answered unchanged. `keep` also leaves a visible snapshot.
    pub(super) fn pause(&mut self, id: &str, keep: bool) -> Reply {
        let instance = self.instance_in(id, &["ready", "paused"])?;
        let was_ready = instance.phase != Phase::Paused;
        instance.phase = Phase::Paused;
        if keep && was_ready {
            self.take_snapshot(id, None, None, Duration::ZERO)?;
        }
        self.show(id)
    }

    /// Readiness takes time again, and the TTL counts from now.
    pub(super) fn resume(&mut self, id: &str) -> Reply {
        let now = self.clock.now();
        let until = now + self.options.ready_after;
        let instance = self.instance_in(id, &["paused"])?;
        instance.phase = Phase::Starting {
            until,
            fate: Fate::Ready,
        };
        instance.ttl = Ttl::new(instance.ttl.seconds, instance.ttl.action, now);
        self.show(id)
    }

    pub(super) fn exec(&mut self, id: &str, line: &str) -> Result<Child, Refusal> {
        if self.instance(id)?.wake_on_ssh {
            self.wake(id)?;
        }
        let path = match &self.commands {
            Some(folder) => folder.path().into(),
            None => std::env::var_os("PATH").unwrap_or_default(),
        };
        let instance = self.instance_in(id, &["ready"])?;
        let started = instance.processes.start(line, &instance.disk, path);
        started.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))
    }

    /// The service resumes a paused instance before the command, so the command finds it ready.
    fn wake(&mut self, id: &str) -> Result<(), Refusal> {
        let until = self.clock.now();
        let instance = self.instance(id)?;
        if instance.phase == Phase::Paused {
            let fate = Fate::Ready;
            instance.phase = Phase::Starting { until, fate };
        }
        Ok(())
    }

    pub(super) fn expose(&mut self, id: &str, wish: &ExposeBody) -> Reply {
        let listed_at = self.clock.now() + self.options.services_listed_after;
        let instance = self.instance(id)?;
        wish.check(id)?;
        if instance.services.iter().any(|s| s.name == wish.name) {
            let detail = format!("HTTP service {} already exists", wish.name);
            return Err(Refusal::conflict(&detail));
        }
        let auth_mode = wish.auth_mode.unwrap_or_default();
        let service = Service::new(&wish.name, wish.port, auth_mode, id);
        instance.services.push(service.listed_at(listed_at));
        self.show(id)
    }

    pub(super) fn hide(&mut self, id: &str, name: &str) -> Reply {
        let services = &mut self.instance(id)?.services;
        let before = services.len();
        services.retain(|service| service.name != name);
        if services.len() == before {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "HTTP service not found"));
        }
        self.show(id)
    }

    pub(super) fn set_ttl(&mut self, id: &str, wish: &TtlBody) -> Reply {
        let now = self.clock.now();
        let instance = self.instance(id)?;
        let action = wish.ttl_action.or(instance.ttl.action);
        instance.ttl = Ttl::new(wish.ttl_seconds, action, now);
        self.show(id)
    }

    /// Replaces the whole map.
    pub(super) fn set_metadata(&mut self, id: &str, metadata: Metadata) -> Reply {
        self.instance(id)?.metadata = metadata;
        self.show(id)
    }

    pub(super) fn set_wake(&mut self, id: &str, wish: &WakeBody) -> Reply {
        let instance = self.instance(id)?;
        instance.wake_on_ssh = wish.wake_on_ssh;
        instance.wake_on_http = wish.wake_on_http;
        self.show(id)
    }

    pub(super) fn quota(&mut self) -> Value {
        self.settle();
        let quota = json!({
            "quota_code": "concurrent_instances",
            "limit_value": 32,
            "used_value": self.instances.len(),
        });
        let service = json!({
            "service_id": "service_devbox",
            "service_name": "devbox",
            "quotas": [quota],
        });
        json!({"services": [service]})
    }

    pub(super) fn instance_views(&mut self) -> Vec<InstanceView> {
        self.settle();
        self.peek_instances()
    }

    /// As of the last time somebody looked.
    pub(super) fn peek_instances(&self) -> Vec<InstanceView> {
        let now = self.clock.now();
        self.instances.iter().map(|i| i.view(now)).collect()
    }

    pub(super) fn count_snapshots(&self) -> usize {
        self.snapshots.len()
    }

    pub(super) fn snapshot_views(&mut self) -> Vec<SnapshotView> {
        self.settle();
        self.peek_snapshots()
    }

    /// As of the last time somebody looked.
    pub(super) fn peek_snapshots(&self) -> Vec<SnapshotView> {
        let now = self.clock.now();
        self.snapshots.iter().map(|s| s.view(now)).collect()
    }
}
