//! Calls that list, look at or end what the worker has to answer for: that each says which, and that a list is one.

use std::collections::BTreeSet;

use crate::{
    diagnostic::Code,
    document::{OperationId, TypeKind},
    mapping::{Call, Kind, Listing, Root, SINGLE_STEP, Segment, Value, ValueKind},
    source::Span,
};

use super::{
    Checker, Resolved,
    scope::{Item, Scope, Step},
};

/// A list in an answer.
pub struct Listed<'l> {
    pub call: &'l Call,
    pub items: &'l Value,
    /// What the answer is called.
    pub answer: &'l str,
    /// What is in the list.
    pub things: &'l str,
}

impl Listed<'_> {
    /// Where only the answer is known.
    pub fn scope(&self, operation: OperationId) -> Scope<'_> {
        Scope::of_answer(Step::answered(self.answer, operation))
    }
}

impl Checker<'_> {
    /// A call that lists such things, each with its `id`. One of its items, if there are any to be read.
    pub fn listing(&mut self, list: &Listing, name: &str, kind: Kind, id: &Value) -> Option<Item> {
        let listed = Listed {
            call: &list.call,
            items: &list.items,
            answer: SINGLE_STEP,
            things: kind.section(),
        };
        let item = self.listed_item(&listed);
        let scope = Scope {
            position: list
                .pages()
                .and_then(|pages| self.position(&listed, pages, item.as_ref())),
            ..Scope::default()
        };
        let operation = self.call(&list.call, &scope)?;
        if list.call.accepts() {
            let message = "a list without an answer cannot be told from an empty one";
            let help = format!("remove the `ok` outcomes of `{name}`");
            self.problem(Code::ExclusiveKeys, list.call.operation.span, message, help);
        }
        self.reads_all_pages(list, name, operation, id);
        if let Some(item) = &item {
            self.states_of_items(&list.except, item);
        }
        item
    }

    /// One of the items of a list, if the document has the operation.
    pub fn listed_item(&mut self, list: &Listed<'_>) -> Option<Item> {
        let operation = self.operation(list.call)?;
        let reference = list.items.as_reference();
        let was_whole = reference.is_some_and(|reference| self.reads_whole(operation, &reference.path));
        let before = self.reader.found();
        let found = self.infer(list.items, &list.scope(operation));
        if self.reader.found() > before {
            return None;
        }
        let things = list.things;
        let Some(reference) = list.items.as_reference() else {
            let message = "`items` is a reference to the list in the answer";
            let help = format!("write `${0}.data`, or `${0}`", list.answer);
            self.problem(Code::WrongShape, list.items.span, message, help);
            return None;
        };
        if reference.path.contains(&Segment::Each) {
            let message = format!("`{reference}` is what is in the items, not the list of {things}");
            let help = "name one list, without `[*]`";
            self.problem(Code::NotAnArray, list.items.span, message, help);
            return None;
        }
        if !matches!(found.kind, TypeKind::Array(_)) {
            let message = format!("`{reference}` is {}, not a list", found.describe());
            let help = format!("name the list of {things}");
            self.problem(Code::NotAnArray, list.items.span, message, help);
            return None;
        }
        let mut path = reference.path.clone();
        // Its items are gone through: what of them is read is said by the fields of one.
        self.uses.entry(operation).or_default().reads.at(&path).whole = was_whole;
        path.push(Segment::Each);
        Some(Item::Answer { operation, path })
    }

    fn reads_whole(&mut self, operation: OperationId, path: &[Segment]) -> bool {
        self.uses.entry(operation).or_default().reads.at(path).whole
    }

    /// Something is missing in a section. In one with mistakes it may be what one of them was meant for.
    pub fn lacks(&self, kind: Kind, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        if !self.mapping.is_broken(kind.section()) {
            self.problem(code, span, message, help);
        }
    }

    /// What is the same for all of them tells none from another.
    pub fn tells_apart(&self, name: &str, value: &Value, kind: Kind) {
        // What is no text, and what could not be read, is told as that.
        let is_text = matches!(
            value.kind,
            ValueKind::String(_) | ValueKind::Reference(_) | ValueKind::Operator(..)
        );
        if refers(value, &Root::Item) || !is_text {
            return;
        }
        let things = kind.section();
        let message = format!("`{name}` is the same for all {things}: it reads nothing of `$item`");
        let help = format!("name the field that has it: `{name}: $item.…`");
        self.problem(Code::SameForAll, value.span, message, help);
    }

    /// A call for one of them that does not say which is for all of them, or for the wrong one.
    pub fn uses_id(&self, name: &str, call: &Call, kind: Kind) {
        let mut values = Vec::new();
        call.collect(&mut values);
        if !values.iter().any(|value| says_which(value)) {
            let thing = kind.name();
            let message = format!("`{name}` does not say which {thing} it is for");
            let help = format!("give `$id` to the parameter that names the {thing}");
            self.lacks(kind, Code::UnusedInput, call.operation.span, message, help);
        }
    }
}

impl Resolved {
    /// The operations by which the worker hears of what it owns. Anybody may have written to that, and each is read as far
    /// as it can be.
    pub fn read_loosely(&self) -> BTreeSet<String> {
        let sandboxes = self.mapping.sandboxes.as_ref();
        let owned = sandboxes.and_then(|section| section.owned.as_ref());
        let made = sandboxes.and_then(|section| section.made.as_ref());
        let lifetime = sandboxes.and_then(|section| section.lifetime.as_ref());
        let calls = [
            owned.map(|owned| &owned.call),
            made.map(|made| &made.call),
            sandboxes.and_then(|section| section.one.as_ref()),
            lifetime.filter(|_| self.answers_lifetime).map(|lifetime| &lifetime.set),
            self.mapping.snapshots.as_ref().map(|section| &section.made.call),
        ];
        let ids = calls.into_iter().flatten().map(|call| self.operation(call).id.clone());
        ids.collect()
    }
}

/// Whether a value says which sandbox or snapshot a call is for: by its id, or by what is kept of it.
pub fn says_which(value: &Value) -> bool {
    refers(value, &Root::Id) || refers(value, &Root::Sandbox)
}

/// Whether a value reads something of this root.
pub fn refers(value: &Value, root: &Root) -> bool {
    let mut found = false;
    value.walk(&mut |value| found |= value.as_reference().is_some_and(|reference| reference.root == *root));
    found
}
