//! The `snapshots` section: its calls, and what each snapshot says of itself in them.

use crate::{
    diagnostic::Code,
    mapping::{Kind, Snapshots},
};

use super::{
    Checker,
    scope::{Item, Scope},
    values::ALWAYS_THERE,
};

impl Checker<'_> {
    pub fn snapshots(&mut self) {
        let mapping = self.mapping;
        let Some(snapshots) = &mapping.snapshots else {
            return;
        };
        let scope = Scope {
            id: true,
            ..Scope::default()
        };
        let delete = &snapshots.delete;
        let index = self.call(delete, &scope);
        self.changes_something(index, delete);
        self.uses_id("delete", delete, Kind::Snapshot);
        self.tells_that_it_is_gone(delete, Kind::Snapshot);
        self.no_confirm(delete);
        if let Some(item) = self.listing(&snapshots.made, "made", Kind::Snapshot, &snapshots.id) {
            self.described_snapshot(snapshots, item);
        }
        self.tells_apart("id", &snapshots.id, Kind::Snapshot);
        self.tells_apart("attempt", &snapshots.attempt, Kind::Snapshot);
        self.is_used(snapshots);
    }

    /// Of a call that does not say that it makes one, nothing is looked for.
    fn is_used(&self, snapshots: &Snapshots) {
        let functions = &self.mapping.functions;
        let steps = || functions.iter().flat_map(|function| &function.steps);
        let judged = functions.iter().all(|function| !function.broken);
        if judged && !self.mapping.is_broken("functions") && !steps().any(|step| step.creates(Kind::Snapshot)) {
            let message = "no step says that it makes a snapshot, so none is ever looked for";
            let help = "add `undo: {delete: $response.id}` to the call that makes one, or remove the section";
            self.problem(Code::NoEffect, snapshots.id.span, message, help);
        }
    }

    fn described_snapshot(&mut self, snapshots: &Snapshots, item: Item) {
        let scope = Scope {
            item: Some(item),
            ..Scope::default()
        };
        if self.describes(&snapshots.id, &scope).nullable {
            let message = "this may be absent, and then the snapshot could not be read";
            self.problem(Code::MayBeAbsent, snapshots.id.span, message, ALWAYS_THERE);
        }
        self.describes(&snapshots.attempt, &scope);
        self.is_tag(&snapshots.attempt, &scope);
    }
}
