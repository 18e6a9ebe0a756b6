//! The calls by which the runtime finds and deletes snapshots of which nobody was told.

use serde::Serialize;

use crate::mapping::Snapshots;

use super::{CallPlan, Planner, sandboxes::of_each};

#[derive(Debug, Serialize)]
pub struct SnapshotsPlan {
    pub doc: String,
    pub calls: Vec<CallPlan>,
    /// An iterator over references to what the list has.
    pub items: String,
    /// Fields of the runtime's `Snapshot`.
    pub fields: Vec<String>,
}

impl Planner<'_> {
    pub fn snapshots(&self, snapshots: &Snapshots) -> SnapshotsPlan {
        let (items, kind) = self.listed(&snapshots.made);
        let names = of_each(kind);
        SnapshotsPlan {
            doc: format!(
                "How the worker finds and deletes snapshots of which nobody was told, {}.",
                self.origin(snapshots.span)
            ),
            calls: vec![
                self.section_call(&snapshots.made.call, "snapshots", "made"),
                self.section_call(&snapshots.delete, "snapshots", "delete"),
            ],
            items,
            fields: vec![
                self.field("id", &snapshots.id, &names),
                format!("attempt: {}", self.told(&snapshots.attempt, &names)),
            ],
        }
    }
}
