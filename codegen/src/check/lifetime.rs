//! How long sandboxes live: that each says so, and that the call which sets it sets what it is told to.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{OperationId, Type, TypeKind},
    mapping::{Function, Kind, Lifetime, Reference, Root, Sandboxes, Segment},
    source::Span,
};

use super::{
    Checker,
    listings::refers,
    scope::{Item, Scope},
    types,
    values::Place,
};

/// What `$lifetime` has.
const FIELDS: [&str; 2] = ["idle_secs", "starting_secs"];

impl Checker<'_> {
    pub fn lifetime(&mut self, sandboxes: &Sandboxes) {
        // Where nothing describes a sandbox that is reported.
        let Some(lifetime) = sandboxes.lifetime.as_ref().filter(|_| sandboxes.are_described()) else {
            return;
        };
        let set = &lifetime.set;
        let scope = Scope {
            id: true,
            sandbox: true,
            secs: true,
            ..Scope::default()
        };
        let index = self.call(set, &scope);
        self.changes_something(index, set);
        self.uses_id("set", set, Kind::Sandbox);
        self.tells_that_it_is_gone(set, Kind::Sandbox);
        self.no_confirm(set);
        if !set.values().any(|value| refers(value, &Root::Secs)) {
            let message = "`set` does not say how long the sandbox is to live";
            let help = "give `$secs` to the field that takes the seconds from now";
            self.lacks(Kind::Sandbox, Code::UnusedInput, set.operation.span, message, help);
        }
        self.tells_apart("ends_at", &lifetime.ends_at, Kind::Sandbox);
        if let Some(operation) = index {
            self.answered_lifetime(sandboxes, lifetime, operation);
        }
    }

    /// What is read of an answer to `set`, where it is the sandbox. One that says nothing is believed.
    fn answered_lifetime(&mut self, sandboxes: &Sandboxes, lifetime: &Lifetime, operation: OperationId) {
        let before = self.reader.found();
        let uses = self.uses.clone();
        let named = self.reported.borrow().clone();
        let scope = Scope {
            item: Some(Item::Answer {
                operation,
                path: Vec::new(),
            }),
            ..Scope::default()
        };
        let id = self.infer(&sandboxes.id, &scope);
        self.infer(&lifetime.ends_at, &scope);
        if let Some(secs) = &lifetime.secs {
            self.infer(secs, &scope);
        }
        let is_one = self.reader.take_from(before).is_empty() && !id.nullable;
        // What the document leaves open may be anything.
        if is_one && matches!(id.kind, TypeKind::String) {
            self.answers_lifetime = true;
        } else {
            self.uses = uses;
            self.reported.replace(named);
        }
    }

    /// What each sandbox says of how long it lives. Anybody may have written it.
    pub fn lives(&mut self, lifetime: &Lifetime, scope: &Scope<'_>) {
        let found = self.infer(&lifetime.ends_at, scope);
        if !is_moment(&found) {
            let message = format!("`ends_at` is a moment, this is {}", found.describe());
            let help = "name seconds since 1970 or RFC 3339, or convert it: `{rfc3339_ms: …}`";
            self.problem(Code::WrongType, lifetime.ends_at.span, message, help);
        }
        let whole = types::of(TypeKind::Integer);
        for (name, value) in lifetime.described().filter(|(name, _)| *name != "ends_at") {
            let found = self.infer(value, scope);
            let place = Place {
                name,
                ty: &whole,
                required: false,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.fit(&found, value, &place, scope);
            self.place_unit(value, &place);
        }
    }

    /// The worker keeps a sandbox for as long as a program in it may run, and lets it idle when the program has ended.
    pub fn runs_a_program(&self, function: &Function) {
        let sandboxes = self.mapping.sandboxes.as_ref();
        let sets = sandboxes.is_some_and(|sandboxes| sandboxes.lifetime.is_some());
        let is_told = function.steps.iter().any(|step| step.deadline_ms.is_some());
        if sets && function.name.value == "exec" && !function.steps.is_empty() && !is_told {
            let message = "no call of `exec` says how long its program may run, so its sandbox could end before it";
            let help = "add `deadline_ms: $input.timeout_ms` to the call that runs it";
            self.problem(Code::UnusedInput, function.name.span, message, help);
        }
    }

    /// `$lifetime.idle_secs`: how long what a function starts is to live.
    pub fn lifetime_of(&self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        if scope.function.is_none() {
            return self.out_of_place(reference, span, "`$lifetime` is for what a function starts");
        }
        let sandboxes = self.mapping.sandboxes.as_ref();
        if sandboxes.is_none_or(|sandboxes| sandboxes.lifetime.is_none()) && !self.mapping.is_broken("sandboxes") {
            let message = format!("`{reference}` needs `sandboxes.lifetime`, which says how lifetimes are set");
            let help = "add `sandboxes: {lifetime: {ends_at: $item.…, set: {call: …}}}`";
            self.problem(Code::MissingSectionCall, span, message, help);
        }
        match reference.path.as_slice() {
            [Segment::Field(name)] if FIELDS.contains(&name.as_str()) => {}
            [Segment::Field(name)] => {
                let message = format!("`$lifetime` has no `{name}`");
                let help = did_you_mean(name, FIELDS);
                self.problem(Code::UnknownReference, span, message, help);
            }
            _ => return self.out_of_place(reference, span, "write `$lifetime.idle_secs`"),
        }
        types::of(TypeKind::Integer)
    }
}

/// Whether it may be seconds since 1970 or a text.
fn is_moment(found: &Type) -> bool {
    match &found.kind {
        TypeKind::Union(arms) => arms.iter().all(is_moment),
        kind => matches!(
            kind,
            TypeKind::Integer | TypeKind::Number | TypeKind::String | TypeKind::Any
        ),
    }
}
