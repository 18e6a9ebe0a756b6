//! The operations that the mapping calls, and what has become of them.

use serde_json::Value;

use crate::{
    diagnostic::{Code, nearest},
    document::Operation,
    mapping::Call,
};

use super::Comparison;

impl Comparison<'_> {
    pub fn calls(&self) {
        for call in self.old.mapping.calls() {
            let old = self.old.operation(call);
            if !self.is_still_there(call) {
                self.lost(call, old);
            }
            if let Some(new) = self.counterpart(call, old) {
                self.parameters(call, old, new);
                self.body(call, old, new);
            }
        }
    }

    /// An operation that the provider is to take away.
    pub fn deprecated(&self) {
        for (operation, _) in self.old.used() {
            let is_marked = |node: &Value| node["deprecated"] == true;
            let Some(new) = self
                .moved(operation)
                .filter(|_| !is_marked(operation.node(&self.old.document)))
            else {
                continue;
            };
            let call = self
                .old
                .mapping
                .calls()
                .into_iter()
                .find(|call| self.old.operation(call).label() == operation.label());
            if let Some(call) = call.filter(|_| is_marked(new.node(self.new))) {
                let note = format!("`{}` is deprecated in the new document", new.label());
                self.notes_at(call.operation.span, &note);
            }
        }
    }

    fn is_still_there(&self, call: &Call) -> bool {
        self.named(call).is_some()
    }

    /// The operation of the new document that a call names.
    pub fn named(&self, call: &Call) -> Option<&Operation> {
        let (api, name) = call.target();
        self.operations.find(api, name).map(|id| &self.operations[id])
    }

    /// What a call's operation is in the new document, however it is named there.
    fn counterpart(&self, call: &Call, old: &Operation) -> Option<&Operation> {
        self.named(call).or_else(|| self.moved(old))
    }

    /// What an operation is in the new document.
    pub fn moved(&self, old: &Operation) -> Option<&Operation> {
        self.places.of(old).map(|at| &self.operations[at])
    }

    fn lost(&self, call: &Call, old: &Operation) {
        let name = &call.operation.value;
        if let Some(new) = self.moved(old) {
            // One who writes ids is told the new id.
            let by_id = *name != old.label();
            let new = match &new.published_id {
                Some(id) if by_id => match &new.api {
                    Some(api) => format!("{api}:{id}"),
                    None => id.clone(),
                },
                _ => new.label(),
            };
            let message = format!("`{name}` is `{new}` in the new document");
            self.breaks(
                Code::OperationMoved,
                call.operation.span,
                message,
                format!("write `call: {new}`"),
            );
            return;
        }
        let message = format!("`{name}` is gone from the new document");
        let same = self
            .fresh()
            .filter(|new| new.api == old.api && new.method == old.method);
        let fresh: Vec<String> = same.map(Operation::label).collect();
        let help = match nearest(&old.label(), fresh.iter().map(String::as_str)) {
            Some(label) => format!("is it `{label}` now?"),
            None => "nothing new is like it: do without it, or with another call".to_owned(),
        };
        self.breaks(Code::OperationGone, call.operation.span, message, help);
    }

    /// Operations that only the new document has.
    pub fn fresh(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|new| self.places.is_fresh(new))
    }
}
