//! The world as stories that are the same for every provider know it.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::refusal::error;
use super::sandbox::Sandbox;
use super::template::KNOWN_TEMPLATE;
use super::world::World;
use crate::simulator::{self, Fate, Known, Lag, Tags};

impl simulator::World for World {
    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
    }

    fn settle(&mut self) -> Duration {
        self.pass()
    }

    fn end(&mut self) {
        self.sandboxes.clear();
        self.ghosts.clear();
        self.templates.clear();
    }

    fn known_image(&self) -> &'static str {
        KNOWN_TEMPLATE
    }

    fn sandboxes(&self) -> Vec<simulator::Sandbox> {
        let shown = |sandbox: &Sandbox| simulator::Sandbox {
            id: sandbox.id.clone(),
            tags: sandbox.metadata.clone(),
            ends: true,
        };
        self.sandboxes.iter().map(shown).collect()
    }

    fn snapshots(&self) -> Vec<String> {
        self.snapshot_ids()
    }

    fn known(&self) -> Vec<Known> {
        let sandboxes = self.sandboxes.iter().map(Sandbox::known);
        sandboxes.chain(self.known_snapshots()).collect()
    }

    fn is_id(&self, segment: &str) -> bool {
        self.ids.contains(segment)
    }

    fn add(&mut self, tags: Tags) -> String {
        self.add_one(tags)
    }

    fn add_like(&mut self, id: &str) -> Option<String> {
        self.add_one_like(id)
    }

    fn remove(&mut self, id: &str) {
        self.take(id);
    }

    fn remove_snapshots(&mut self) {
        self.forget_snapshots();
    }

    /// What is being made is answered when it is ready, so that its request takes so long.
    fn set_ready_after(&mut self, sandboxes: Duration, snapshots: Duration) {
        self.options.making = sandboxes;
        self.options.saving = snapshots;
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
        "/v2/sandboxes"
    }

    fn set_quota_used_up(&mut self, used_up: bool) {
        self.options.quota_used_up = used_up;
    }

    fn lifetime_path(&self, id: &str) -> Option<String> {
        Some(format!("/sandboxes/{id}/timeout"))
    }

    fn has_lifetimes(&self) -> bool {
        true
    }

    fn config(&self, origin: &str) -> String {
        format!("envd_base: {origin}\n")
    }

    fn injected(&self, status: u16) -> Value {
        error(status, "injected fault")
    }
}
