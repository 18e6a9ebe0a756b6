//! What sandboxes are started from: the template that is always there, and snapshots.

use std::time::Duration;

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::sandbox::{Origin, fresh_id};
use super::world::World;
use crate::simulator::{Disk, Known};

/// The alias of the template that exists from the start.
pub const KNOWN_TEMPLATE: &str = "base";

const KNOWN_ID: &str = "rki5dems9wqfm4r03t7g";

#[derive(Debug)]
pub(super) struct Template {
    id: String,
    alias: Option<String>,
    /// The sandbox that it was made of, and the names it was given.
    snapshot: Option<(String, Vec<String>)>,
    disk: Disk,
}

impl Template {
    /// The one that nobody made.
    pub(super) fn known() -> Self {
        Self {
            id: KNOWN_ID.to_owned(),
            alias: Some(KNOWN_TEMPLATE.to_owned()),
            snapshot: None,
            disk: Disk::empty(),
        }
    }

    /// What a snapshot is started by: `<templateID>:default`, unless it has a name.
    fn snapshot_id(&self) -> Option<String> {
        let (_, names) = self.snapshot.as_ref()?;
        let named = names.first().map(|name| format!("{name}:default"));
        Some(named.unwrap_or_else(|| format!("{}:default", self.id)))
    }

    fn is_called(&self, name: &str) -> bool {
        let tagged = |own: &str| name == own || name.strip_suffix(":default") == Some(own);
        tagged(&self.id) || self.alias.as_deref().is_some_and(tagged) || self.snapshot_id().as_deref() == Some(name)
    }

    fn shown(&self) -> Option<Value> {
        let (_, names) = self.snapshot.as_ref()?;
        Some(json!({"snapshotID": self.snapshot_id(), "names": names}))
    }
}

impl World {
    /// What a sandbox begins with that is started from this template: its id, an alias, or a snapshot's id.
    pub(super) fn origin(&self, name: &str) -> Result<Origin, Refusal> {
        let found = self.templates.iter().find(|template| template.is_called(name));
        let template = found.ok_or_else(|| Refusal::no_template(name))?;
        Ok(Origin {
            template_id: template.id.clone(),
            alias: template.alias.clone(),
            disk: template.disk.copy(),
        })
    }

    /// Saves a running sandbox, which lives on.
    pub(super) fn save(&mut self, id: &str, name: Option<String>) -> Result<Value, Refusal> {
        let disk = self.running(id)?.disk.copy();
        let template = Template {
            id: fresh_id('t'),
            alias: None,
            snapshot: Some((id.to_owned(), name.into_iter().collect())),
            disk,
        };
        let shown = template.shown();
        self.ids
            .extend([template.id.clone()].into_iter().chain(template.snapshot_id()));
        self.templates.push(template);
        Ok(json!(shown))
    }

    /// The snapshots of a sandbox, or all, newest first.
    pub(super) fn snapshots_of(&self, sandbox: Option<&str>) -> Vec<Value> {
        let of = |template: &&Template| {
            let origin = template.snapshot.as_ref().map(|(id, _)| id.as_str());
            origin.is_some() && (sandbox.is_none() || origin == sandbox)
        };
        let all = self.templates.iter().rev().filter(of);
        all.filter_map(Template::shown).collect()
    }

    pub(super) fn delete_template(&mut self, name: &str) -> Result<(), Refusal> {
        let at = self.templates.iter().position(|template| template.is_called(name));
        let at = at.ok_or_else(|| Refusal::no_template(name))?;
        self.templates.remove(at);
        Ok(())
    }

    pub(super) fn snapshot_ids(&self) -> Vec<String> {
        self.templates.iter().filter_map(Template::snapshot_id).collect()
    }

    pub(super) fn forget_snapshots(&mut self) {
        self.templates.retain(|template| template.snapshot.is_none());
    }

    pub(super) fn known_snapshots(&self) -> Vec<Known> {
        let ids = self.snapshot_ids().into_iter();
        let known = ids.map(|id| Known {
            id,
            kind: "snapshot",
            tags: Default::default(),
        });
        known.collect()
    }
}

/// How long it takes to save a sandbox, beyond what copying its files takes.
pub(super) async fn take_time(how_long: Duration) {
    if !how_long.is_zero() {
        tokio::time::sleep(how_long).await;
    }
}
