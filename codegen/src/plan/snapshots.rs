//! The calls by which the runtime finds and deletes snapshots of which nobody was told.

use serde::Serialize;

use crate::{client::RustType, mapping::Snapshots};

use super::{
    CallPlan, Planner,
    listed::ListedPlan,
    sandboxes::{DescribedPlan, of_item},
};

#[derive(Debug, Serialize)]
pub struct SnapshotsPlan {
    pub doc: String,
    /// `mapping.yaml:62`
    pub origin: String,
    pub calls: Vec<CallPlan>,
    pub made: ListedPlan,
    /// What a snapshot says of itself.
    pub described: DescribedPlan,
}

impl Planner<'_> {
    pub fn snapshots(&self, snapshots: &Snapshots) -> SnapshotsPlan {
        let names = of_item();
        let fields = vec![
            self.field("id", self.id(&snapshots.id, &names)),
            self.field(
                "attempt",
                self.told(&snapshots.attempt, &RustType::Text.optional(), &names),
            ),
        ];
        SnapshotsPlan {
            doc: format!(
                "How the worker finds and deletes snapshots of which nobody was told, {}.",
                self.origin(snapshots.span)
            ),
            origin: self.origin(snapshots.span),
            calls: vec![
                self.listing_call(&snapshots.made, "snapshots", "made"),
                self.section_call(&snapshots.delete, "snapshots", "delete", "()"),
            ],
            made: self.listed(&snapshots.made, "made", [&snapshots.id, &snapshots.attempt]),
            described: DescribedPlan::new(fields, Vec::new()),
        }
    }
}
