//! What a step adds to its call: deadlines, failing states, undo.

use serde_json::json;

use crate::{
    diagnostic::Code,
    document::{OperationId, Type, TypeKind},
    mapping::{Arguments, Kind, Reference, Root, Segment, Step as MappedStep, Undo, Value, ValueKind},
    source::Span,
};

use super::{
    Checker,
    scope::{Scope, Step},
    types,
    values::{ALWAYS_THERE, Place},
};

impl Checker<'_> {
    /// The value that keeps a step from being made is one that may be absent: else it never would be.
    pub fn unless(&mut self, found: &Value, scope: &Scope<'_>) {
        let before = self.reader.found();
        self.infer(found, scope);
        if self.reader.found() == before && !self.may_be_absent(found, scope) {
            let message = "this is always there, so the step would never be made";
            let help = "name a value that may be absent, or what a `find` looks for";
            self.problem(Code::NoEffect, found.span, message, help);
        }
    }

    fn may_be_absent(&mut self, value: &Value, scope: &Scope<'_>) -> bool {
        match &value.kind {
            ValueKind::Operator(operator, _) if operator.name == "find" => true,
            ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "first" => {
                values.iter().all(|value| self.may_be_absent(value, scope))
            }
            _ => {
                let found = self.infer(value, scope);
                found.nullable || found.kind == TypeKind::Any
            }
        }
    }

    /// Everything of a step that is not the call itself.
    pub fn step_extras(&mut self, step: &MappedStep, index: OperationId, streamed: Option<Type>, scope: &Scope<'_>) {
        if let Some(deadline) = &step.deadline_ms {
            let ty = types::of(TypeKind::Integer);
            let place = Place {
                name: "deadline_ms",
                ty: &ty,
                required: false,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.value(deadline, &place, scope);
        }
        let answer = Step {
            answer: streamed,
            ..Step::answered(&step.name.value, index)
        };
        self.states_in(&step.reject, answer);
        // That the two exclude each other is told elsewhere.
        if let Some(poll) = step.poll.as_ref().filter(|_| step.call.stream.is_none()) {
            self.poll(poll, index, &step.name.value, scope);
            self.identifies(step, index);
        }
    }

    /// What takes a step back may use its answer and what came before.
    pub fn undo(&mut self, undo: &Undo, scope: &Scope<'_>) {
        match undo {
            Undo::Call(call) => {
                let index = self.call(call, scope);
                self.changes_something(index, call);
                self.no_confirm(call);
                self.asks_the_answer_alone(call);
            }
            Undo::Made(kind, ids) => {
                let before = self.reader.found();
                self.ended(*kind, ids, scope);
                if self.reader.found() == before {
                    self.names_what_was_made(*kind, ids, scope.function);
                }
                self.has_an_ending(*kind, ids.span);
            }
            Undo::Tagged(span) => self.has_an_ending(Kind::Snapshot, *span),
        }
    }

    /// The section of its kind says how something goes.
    fn has_an_ending(&self, kind: Kind, span: Span) {
        let (section, verb) = (kind.section(), kind.verb());
        if self.mapping.ending(kind).is_none() && !self.mapping.is_broken(section) {
            let message = format!("`{verb}` needs `{section}.{verb}`, which says how it is done");
            let help = format!("add `{section}: {{{verb}: {{call: …}}}}`");
            self.problem(Code::MissingSectionCall, span, message, help);
        }
    }

    /// One id, or a list of them.
    fn ended(&mut self, kind: Kind, ids: &Value, scope: &Scope<'_>) {
        let (verb, name) = (kind.verb(), kind.name());
        let found = self.infer(ids, scope);
        let has_gaps = self.has_gaps(&found, None);
        if has_gaps && !found.nullable && self.is_absent_as_a_whole(ids, scope) {
            self.partial.insert(ids.span.start);
            return;
        }
        if found.nullable || has_gaps {
            let message = format!("this id may be absent, and then the {name} would stay");
            self.problem(Code::MayBeAbsent, ids.span, message, ALWAYS_THERE);
            return;
        }
        if matches!(&ids.kind, ValueKind::List(items) if items.is_empty()) {
            let message = format!("`{verb}` names no {name}");
            let help = format!("write for example `{verb}: $start.id`");
            self.problem(Code::WrongType, ids.span, message, help);
            return;
        }
        let ty = match found.kind {
            TypeKind::Array(_) => types::array_of(json!({"type": "string"})),
            _ => Type::string(),
        };
        let place = Place {
            name: verb,
            ty: &ty,
            required: true,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.value(ids, &place, scope);
    }

    /// Whether an item that has no id has nothing else of the thing either: where there is one, its id is always there.
    fn is_absent_as_a_whole(&self, ids: &Value, scope: &Scope<'_>) -> bool {
        let Some(reference) = ids.as_reference() else {
            return false;
        };
        let Root::Step(name) = &reference.root else {
            return false;
        };
        let step = scope.steps.iter().find(|step| step.name == name);
        let Some((operation, (Segment::Field(id), thing))) =
            step.and_then(|step| step.operation).zip(reference.path.split_last())
        else {
            return false;
        };
        let thing = Reference {
            root: reference.root.clone(),
            path: thing.to_vec(),
        };
        let of = self.walk_plain(self.answer(operation), &thing);
        let of = Type { nullable: false, ..of };
        let id = of
            .property(id)
            .map(|(schema, always)| (self.document.type_of(&schema), always));
        matches!(thing.path.last(), Some(Segment::Field(_)))
            && id.is_some_and(|(id, always)| always && !id.nullable && id.kind == TypeKind::String)
    }
}
