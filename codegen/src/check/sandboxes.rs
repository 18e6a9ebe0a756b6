//! The `sandboxes` section: its calls, and what each sandbox says of itself in them.

use crate::{
    diagnostic::Code,
    document::{OperationId, Type, TypeKind},
    mapping::{Call, Kind, Root, SINGLE_STEP, Sandboxes, Segment, Value, ValueKind},
};

use super::{
    Checker,
    listings::refers,
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
            sandbox: true,
            ..Scope::default()
        };
        self.owned_sandboxes(sandboxes);
        self.made_sandboxes(sandboxes);
        if let Some(call) = &sandboxes.one
            && let Some(operation) = self.call(call, &scope)
        {
            self.uses_id("one", call, Kind::Sandbox);
            self.looked_at_by(sandboxes, call);
            self.tells_that_it_is_gone(call, Kind::Sandbox);
            self.no_confirm(call);
            let item = Item::Answer {
                operation,
                path: self.item_of_one(sandboxes, operation),
            };
            self.states_of_items(&sandboxes.except_of_one, &item);
            self.description(sandboxes, item.clone());
            let scope = Scope {
                item: Some(item),
                ..Scope::default()
            };
            self.told_by_one(sandboxes, &scope);
            if !call.accepts() {
                let message = "`one` does not say which status means that the sandbox is gone";
                let help = "add `outcomes: [{status: 404, ok: true}]`";
                self.lacks(Kind::Sandbox, Code::MissingKey, call.operation.span, message, help);
            }
        }
        if let Some(call) = &sandboxes.end {
            let index = self.call(call, &scope);
            self.changes_something(index, call);
            self.uses_id("end", call, Kind::Sandbox);
            self.tells_that_it_is_gone(call, Kind::Sandbox);
            self.no_confirm(call);
        }
        self.lifetime(sandboxes);
        self.owner(sandboxes);
        self.of_each(sandboxes);
        self.attempt(sandboxes);
        self.untagged(sandboxes);
        if !sandboxes.are_described() && sandboxes.untagged.is_none() {
            let message = "neither `owned` nor `one` says how a sandbox is looked at";
            self.lacks(
                Kind::Sandbox,
                Code::MissingKey,
                sandboxes.span,
                message,
                "add `one: {call: GET …}`; if the provider has no such call and no tags, say `untagged: why`",
            );
        }
    }

    /// A look that needs a fact cannot be what tells it.
    fn looked_at_by(&self, sandboxes: &Sandboxes, one: &Call) {
        let listed = |name: &String| sandboxes.facts.iter().any(|(fact, _)| fact.value == *name);
        let facts = one.facts();
        let untold = facts.iter().find(|name| sandboxes.owned.is_none() || !listed(name));
        if let Some(name) = untold {
            let message = format!("`one` is called with the fact `{name}`, and no list tells it");
            let help = format!("call `one` with `$id`, or add `owned` and read `{name}` under `sandboxes.facts`");
            self.lacks(
                Kind::Sandbox,
                Code::MissingSectionCall,
                one.operation.span,
                message,
                help,
            );
        }
    }

    /// Where there are no tags none is read, and where nothing describes a sandbox, nothing is.
    fn untagged(&self, sandboxes: &Sandboxes) {
        let Some(untagged) = &sandboxes.untagged else { return };
        let tags = [("owner", &sandboxes.owner), ("attempt", &sandboxes.attempt)];
        let read = tags.into_iter().find_map(|(name, value)| Some((name, value.as_ref()?)));
        if let Some((name, _)) = read {
            let message = format!("sandboxes are said to be `untagged`, and `{name}` reads a tag of theirs");
            self.problem(Code::TagMismatch, untagged.span, message, "remove one of them");
        }
        let mut given = sandboxes
            .values()
            .filter(|value| !matches!(value.kind, ValueKind::Null));
        if let Some(value) = given.next().filter(|_| !sandboxes.are_described()) {
            let message = "nothing describes a sandbox, so nothing can be read of one";
            let help = "remove this, or add `owned` or `one`";
            self.problem(Code::NoEffect, value.span, message, help);
        }
    }

    /// This list is of the deployment, whichever call asks for it.
    fn owned_sandboxes(&mut self, sandboxes: &Sandboxes) {
        let Some(owned) = &sandboxes.owned else {
            return;
        };
        let mut values = Vec::new();
        owned.call.collect(&mut values);
        for value in values.into_iter().filter(|value| refers(value, &Root::Attempt)) {
            let message = "`owned` lists what the deployment owns, and `$attempt` is of one call";
            self.problem(Code::UnknownReference, value.span, message, "ask for `$config.owner`");
        }
        if let Some(item) = self.listing(owned, "owned", Kind::Sandbox, &sandboxes.id) {
            self.description(sandboxes, item);
        }
    }

    /// This list is of one call.
    fn made_sandboxes(&mut self, sandboxes: &Sandboxes) {
        let Some(made) = &sandboxes.made else {
            return;
        };
        let span = made.call.operation.span;
        if sandboxes.owned.is_none() {
            let message = "`made` is the shorter of two lists, and there is no `owned`";
            let help = "add `owned`, the list of all that the deployment owns";
            self.lacks(Kind::Sandbox, Code::MissingKey, span, message, help);
        }
        if sandboxes.attempt.is_none() {
            let message = "`made` lists what a call has made, and `attempt` does not say where its tag is read";
            let help = "add `attempt: $item.…`, a tag that the starting call sets to `$attempt`";
            self.lacks(Kind::Sandbox, Code::MissingKey, span, message, help);
        }
        let mut values = Vec::new();
        made.call.collect(&mut values);
        if !values.into_iter().any(|value| refers(value, &Root::Attempt)) {
            let message = "`made` lists what a call has made, and asks for the tag of none";
            let help = "filter by `$attempt`, or remove `made`: `owned` serves as well";
            self.lacks(Kind::Sandbox, Code::UnusedInput, span, message, help);
        }
        if let Some(item) = self.listing(made, "made", Kind::Sandbox, &sandboxes.id) {
            self.description(sandboxes, item);
        }
    }

    /// Where in the answer to a look at one it is.
    fn item_of_one(&mut self, sandboxes: &Sandboxes, operation: OperationId) -> Vec<Segment> {
        let Some(item) = &sandboxes.item_of_one else {
            return Vec::new();
        };
        let scope = Scope::of_answer(Step::answered(SINGLE_STEP, operation));
        let before = self.reader.found();
        let found = self.infer(item, &scope);
        if self.reader.found() > before {
            return Vec::new();
        }
        let reference = item
            .as_reference()
            .filter(|reference| !reference.path.contains(&Segment::Each));
        let Some(reference) = reference.filter(|_| matches!(found.kind, TypeKind::Object(..) | TypeKind::Any)) else {
            let message = format!("`item` is one object in the answer, this is {}", found.describe());
            self.problem(Code::WrongType, item.span, message, "write `$response.machine`");
            return Vec::new();
        };
        reference.path.clone()
    }

    /// The worker touches what carries its owner's tag, and nothing else.
    fn owner(&self, sandboxes: &Sandboxes) {
        if sandboxes.owner.is_none() && sandboxes.are_described() && sandboxes.untagged.is_none() {
            let message = "`sandboxes` does not say whose a sandbox is, so all would be taken for somebody else's";
            let help = "add `owner: $item.…`, a tag that the starting call sets to `$config.owner`; if the provider has no tags, say `untagged: why`";
            self.lacks(Kind::Sandbox, Code::UnknownTag, sandboxes.id.span, message, help);
        }
    }

    fn of_each(&self, sandboxes: &Sandboxes) {
        if !sandboxes.are_described() {
            return;
        }
        self.tells_apart("id", &sandboxes.id, Kind::Sandbox);
        for (name, value) in [("owner", &sandboxes.owner), ("attempt", &sandboxes.attempt)] {
            if let Some(value) = value {
                self.tells_apart(name, value, Kind::Sandbox);
            }
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
                self.problem(Code::MayBeAbsent, value.span, message, help);
            }
        }
        for value in optional.into_iter().flatten() {
            self.describes(value, &scope);
            self.is_tag(value, &scope);
        }
        if let Some(lifetime) = &sandboxes.lifetime {
            self.lives(lifetime, &scope);
        }
        for (name, value) in &sandboxes.facts {
            self.told(name, value, &scope);
        }
    }

    pub fn describes(&mut self, value: &Value, scope: &Scope<'_>) -> Type {
        let found = self.infer(value, scope);
        if !matches!(found.kind, TypeKind::String | TypeKind::Any) {
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
