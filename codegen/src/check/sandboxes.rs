//! The `sandboxes` section: its calls, and what each sandbox says of itself in them.

use crate::{
    diagnostic::Code,
    document::{Shape, ShapeKind},
    mapping::{Call, Root, Sandboxes, Segment, Value},
};

use super::{
    Checker,
    scope::{Item, Scope, Step},
    values::ALWAYS_THERE,
};

impl Checker<'_> {
    pub fn sandboxes(&mut self) {
        let mapping = self.mapping;
        let Some(sandboxes) = &mapping.sandboxes else {
            return;
        };
        let scope = Scope {
            id: true,
            ..Scope::default()
        };
        if let Some(call) = &sandboxes.end {
            let index = self.call(call, &scope);
            self.changes_something(index, call);
            self.uses_id("end", call);
            self.no_confirm(call);
        }
        if let Some(call) = &sandboxes.one
            && let Some(operation) = self.call(call, &scope)
        {
            self.uses_id("one", call);
            self.no_confirm(call);
            self.description(
                sandboxes,
                Item::Answer {
                    operation,
                    path: Vec::new(),
                },
            );
            if !call.accepts() {
                let message = "`one` does not say which status means that the sandbox is gone";
                let help = "add `outcomes: [{status: 404, ok: true}]`";
                self.problem(Code::MissingKey, call.operation.span, message, help);
            }
        }
        self.owned_sandboxes(sandboxes);
        self.owner(sandboxes);
        self.of_each(sandboxes);
        self.attempt(sandboxes);
        if sandboxes.owned.is_none() && sandboxes.one.is_none() {
            let message = "neither `owned` nor `one` says how a sandbox is looked at";
            self.problem(
                Code::MissingKey,
                sandboxes.span,
                message,
                "add `one: {call: GET …}`, or remove the section",
            );
        }
    }

    fn owned_sandboxes(&mut self, sandboxes: &Sandboxes) {
        let Some(owned) = &sandboxes.owned else {
            return;
        };
        let Some(operation) = self.call(&owned.call, &Scope::default()) else {
            return;
        };
        if owned.call.accepts() {
            let message = "a list without an answer cannot be told from an empty one";
            self.problem(
                Code::WrongShape,
                owned.call.operation.span,
                message,
                "remove the `ok` outcomes of `owned`",
            );
        }
        let step = Step {
            name: "response",
            operation: Some(operation),
            many: false,
            optional: false,
        };
        let scope = Scope {
            steps: vec![step],
            ..Scope::default()
        };
        let found = self.infer(&owned.items, &scope);
        let Some(reference) = owned.items.as_reference() else {
            let message = "`items` is a reference to the list in the answer";
            self.problem(
                Code::WrongShape,
                owned.items.span,
                message,
                "write `$response.data`, or `$response`",
            );
            return;
        };
        if reference.path.contains(&Segment::Each) {
            let message = format!("`{reference}` is what is in the items, not the list of sandboxes");
            self.problem(
                Code::NotAnArray,
                owned.items.span,
                message,
                "name one list, without `[*]`",
            );
            return;
        }
        if !matches!(found.kind, ShapeKind::Array(_)) {
            let message = format!("`{reference}` is {}, not a list", found.describe());
            self.problem(
                Code::NotAnArray,
                owned.items.span,
                message,
                "name the list of sandboxes",
            );
            return;
        }
        let mut path = reference.path.clone();
        // Its items are gone through: what of them is read is said by the fields of a sandbox.
        self.uses.entry(operation).or_default().reads.at(&path).whole = false;
        path.push(Segment::Each);
        self.description(sandboxes, Item::Answer { operation, path });
    }

    /// The worker touches what carries its owner's tag, and nothing else.
    fn owner(&self, sandboxes: &Sandboxes) {
        if sandboxes.owner.is_none() && (sandboxes.owned.is_some() || sandboxes.one.is_some()) {
            let message = "`sandboxes` does not say whose a sandbox is, so all would be taken for somebody else's";
            let help = "add `owner: $item.…`, a tag that the starting call sets to `$config.owner`";
            self.problem(Code::UnknownTag, sandboxes.id.span, message, help);
        }
    }

    /// What is the same for all of them tells no sandbox from another.
    fn of_each(&self, sandboxes: &Sandboxes) {
        let values = [
            ("id", Some(&sandboxes.id)),
            ("owner", sandboxes.owner.as_ref()),
            ("attempt", sandboxes.attempt.as_ref()),
        ];
        for (name, value) in values {
            let Some(value) = value.filter(|value| !refers(value, &Root::Item)) else {
                continue;
            };
            let message = format!("`{name}` is the same for all sandboxes: it reads nothing of `$item`");
            let help = format!("name the field that has it: `{name}: $item.…`");
            self.problem(Code::UnknownTag, value.span, message, help);
        }
    }

    /// A call for one sandbox that does not say which is for all of them, or for the wrong one.
    fn uses_id(&self, name: &str, call: &Call) {
        let mut values = Vec::new();
        call.collect(&mut values);
        if !values.iter().any(|value| refers(value, &Root::Id)) {
            let message = format!("`{name}` does not say which sandbox it is for");
            let help = "give `$id` to the parameter that names the sandbox";
            self.problem(Code::UnusedInput, call.operation.span, message, help);
        }
    }

    fn description(&mut self, sandboxes: &Sandboxes, item: Item) {
        let scope = Scope {
            item: Some(item),
            ..Scope::default()
        };
        const FALLBACK: &str =
            "give a fallback: `{first: [this, another]}`; if the document is wrong, mend it in the overlay";
        let needed = [
            (&sandboxes.id, ALWAYS_THERE),
            (&sandboxes.image, FALLBACK),
            (&sandboxes.started_at, FALLBACK),
        ];
        let optional = [sandboxes.owner.as_ref(), sandboxes.attempt.as_ref()];
        for (value, help) in needed {
            if self.describes(value, &scope).nullable {
                let message = "this may be absent, and then the sandbox could not be read";
                self.problem(Code::WrongType, value.span, message, help);
            }
        }
        for value in optional.into_iter().flatten() {
            self.describes(value, &scope);
        }
        for (_, value) in &sandboxes.facts {
            self.infer(value, &scope);
        }
    }

    fn describes(&mut self, value: &Value, scope: &Scope<'_>) -> Shape {
        let found = self.infer(value, scope);
        if !matches!(found.kind, ShapeKind::String | ShapeKind::Any) {
            let message = format!("this must be a string, it is {}", found.describe());
            self.problem(
                Code::WrongType,
                value.span,
                message,
                "name a string, or convert it with `{text: …}`",
            );
        }
        found
    }
}

fn refers(value: &Value, root: &Root) -> bool {
    let mut found = false;
    value.walk(&mut |value| found |= value.as_reference().is_some_and(|reference| reference.root == *root));
    found
}
