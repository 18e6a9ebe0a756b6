//! The calls by which the runtime finds and deletes snapshots of which nobody was told.

use serde::Serialize;

use crate::mapping::Snapshots;

use super::{
    CallPlan, Planner,
    sandboxes::{DescribedPlan, listed, of_item},
};

#[derive(Debug, Serialize)]
pub struct SnapshotsPlan {
    pub doc: String,
    pub calls: Vec<CallPlan>,
    /// The list in the answer to `made`: an expression of a value that may be one.
    pub made: String,
    /// What a snapshot says of itself.
    pub described: DescribedPlan,
}

impl Planner<'_> {
    pub fn snapshots(&self, snapshots: &Snapshots) -> SnapshotsPlan {
        let names = of_item();
        let fields = vec![
            format!("id: {}", self.told_by("id", &snapshots.id, &names)),
            format!("attempt: {}", self.told(&snapshots.attempt, &names)),
        ];
        SnapshotsPlan {
            doc: format!(
                "How the worker finds and deletes snapshots of which nobody was told, {}.",
                self.origin(snapshots.span)
            ),
            calls: vec![
                self.section_call(&snapshots.made.call, "snapshots", "made"),
                self.section_call(&snapshots.delete, "snapshots", "delete"),
            ],
            made: listed(&snapshots.made, "call_made(&cx).await?"),
            described: DescribedPlan::new(fields, Vec::new()),
        }
    }
}
