//! Lists: of sandboxes by a cursor, eventually consistent, and of snapshots by the number of the page.

use serde_json::{Value, json};

use super::body::Call;
use super::refusal::Refusal;
use super::world::{Reply, World};
use crate::simulator::{Tags, World as _};

/// The most that a page can be asked to have.
const LARGEST_PAGE: usize = 200;

/// What a page has if it is not asked for.
const USUAL_PAGE: usize = 100;

/// Every state that a list can be asked for.
const STATES: [&str; 22] = [
    "creating",
    "restoring",
    "destroyed",
    "destroying",
    "started",
    "stopped",
    "starting",
    "stopping",
    "error",
    "build_failed",
    "pending_build",
    "building_snapshot",
    "unknown",
    "pulling_snapshot",
    "archived",
    "archiving",
    "resizing",
    "snapshotting",
    "forking",
    "pausing",
    "paused",
    "resuming",
];

/// What a list of sandboxes is asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    id: Option<String>,
    name: Option<String>,
    labels: Tags,
    states: Vec<String>,
    after: Option<String>,
    limit: usize,
}

impl Wanted {
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        let known = ["cursor", "limit", "id", "name", "labels", "includeErroredDeleted"];
        call.only(&known, &["states"])?.without_body()?;
        call.flag("includeErroredDeleted")?;
        let states: Vec<_> = call.parameters("states").map(str::to_owned).collect();
        if let Some(state) = states.iter().find(|state| !STATES.contains(&state.as_str())) {
            return Err(Refusal::invalid(&format!("{state} is not a valid state")));
        }
        let labels = call.parameter("labels").map(serde_json::from_str).transpose();
        let labels = labels.map_err(|_| Refusal::invalid("labels must be a JSON object of strings"))?;
        let after = call.parameter("cursor").map(decoded).transpose()?;
        Ok(Self {
            id: call.parameter("id").map(str::to_owned),
            name: call.parameter("name").map(str::to_owned),
            labels: labels.unwrap_or_default(),
            states,
            after,
            limit: call.count("limit", LARGEST_PAGE)?.unwrap_or(USUAL_PAGE),
        })
    }

    fn is(&self, item: &Value) -> bool {
        let is = |field: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| item[field] == *wanted);
        let has = |(name, label): (&String, &String)| item["labels"][name] == *label;
        let state = item["state"].as_str().unwrap_or_default();
        let in_state = self.states.is_empty() || self.states.iter().any(|wanted| wanted == state);
        is("id", &self.id) && is("name", &self.name) && self.labels.iter().all(has) && in_state
    }

    /// The same of whatever labels.
    fn of_whatever_labels(self) -> Self {
        Self {
            labels: Tags::new(),
            ..self
        }
    }
}

impl World {
    pub(super) fn list(&mut self, wanted: Wanted) -> Value {
        let wanted = match self.options.filters {
            true => wanted,
            false => wanted.of_whatever_labels(),
        };
        let mut items = self.items();
        items.retain(|item| wanted.is(item));
        items.sort_by_key(place);
        items.retain(|item| wanted.after.as_ref().is_none_or(|after| place(item) > *after));
        let limit = wanted.limit.min(self.options.page);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| encoded(&place(last)));
        json!({"items": items, "nextCursor": next})
    }

    /// What the index has, which may be behind.
    fn items(&mut self) -> Vec<Value> {
        let now = self.settle();
        let toolbox = self.toolbox();
        let ghosts = self.ghosts.iter().filter(|ghost| now < ghost.listed_until);
        let ghosts: Vec<_> = ghosts.collect();
        let listed = self.sandboxes.iter().filter(|one| now >= one.listed_at);
        let listed = listed.filter(|one| !ghosts.iter().any(|ghost| ghost.id == one.id));
        let mut items: Vec<_> = listed.map(|one| one.item(now, &toolbox)).collect();
        items.extend(ghosts.iter().map(|ghost| as_item(&ghost.shown)));
        items
    }

    pub(super) fn list_snapshots(&mut self, call: &Call) -> Reply {
        self.settle();
        let known = ["page", "limit", "name", "sort", "order"];
        call.only(&known, &[])?.without_body()?;
        let name = call.parameter("name").unwrap_or_default().to_lowercase();
        let limit = call.count("limit", LARGEST_PAGE)?.unwrap_or(USUAL_PAGE);
        let page = call.count("page", usize::MAX)?.unwrap_or(1);
        let all = self
            .snapshots
            .iter()
            .filter(|one| one.name.to_lowercase().contains(&name));
        let all: Vec<_> = all.map(super::snapshot::Snapshot::json).collect();
        let first = (page - 1).saturating_mul(limit);
        let items: Vec<_> = all.iter().skip(first).take(limit).collect();
        Ok(json!({
            "items": items,
            "total": all.len(),
            "page": page,
            "totalPages": all.len().div_ceil(limit),
        }))
    }
}

/// What a look has and an item of a list has not is left out.
fn as_item(shown: &Value) -> Value {
    let mut item = shown.clone();
    if let Some(fields) = item.as_object_mut() {
        for field in ["env", "networkBlockAll", "volumes"] {
            fields.remove(field);
        }
    }
    item
}

/// Where an item stands: by its age.
fn place(item: &Value) -> String {
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    format!("{}~{}", text("createdAt"), text("id"))
}

fn encoded(place: &str) -> String {
    place.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decoded(cursor: &str) -> Result<String, Refusal> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = cursor.as_bytes().chunks(2).map(byte).collect();
    let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    place
        .filter(|place| place.contains('~'))
        .ok_or_else(|| Refusal::bad("Invalid cursor"))
}
