//! Polls: what they wait for, what they begin with, how long they last.

use crate::{
    diagnostic::Code,
    document::{OperationId, Type, TypeKind},
    mapping::{Poll, Reference, Root, Segment, Step, Value, ValueKind, Within, path_text},
    source::Spanned,
};

use super::{
    Checker, Reads,
    scope::Scope,
    types,
    units::{self, Unit},
    values::Place,
};

/// An answer, or a part of one, that a poll begins with.
pub struct First {
    operation: OperationId,
    path: Vec<Segment>,
    /// The operation that is polled.
    poll: OperationId,
}

impl Checker<'_> {
    pub fn poll(&mut self, poll: &Poll, index: OperationId, step: &str, scope: &Scope<'_>) {
        self.states(&poll.until, index, step);
        self.states(&poll.fail, index, step);
        if poll.until.is_empty() {
            let message = "the poll names no state in which it ends";
            self.problem(Code::MissingKey, poll.span, message, "add `until: {status: [ready]}`");
        }
        if poll.fail.is_empty() {
            let message = "the poll names no state in which it fails, so a failed start would wait for the deadline";
            self.problem(
                Code::PollWithoutFail,
                poll.span,
                message,
                "add `fail: {status: [error]}`",
            );
        }
        self.either(poll);
        if let Some(first) = &poll.first {
            self.first(first, poll, index, scope);
        }
        if let Within::Config(reference) = &poll.within {
            self.within(reference, scope);
        }
    }

    /// Notes what a poll looks at, if the answer says which one it is about.
    pub fn identifies(&mut self, step: &Step, index: OperationId) {
        let mapping = self.mapping;
        let Some((kind, parameter)) = mapping.looks_at(step) else {
            return;
        };
        let Some(id) = mapping.id(kind).and_then(Value::as_reference) else {
            return;
        };
        if self.has(&self.answer(index), &id.path) {
            self.uses.entry(index).or_default().reads.glance(&id.path);
            self.identified.insert(step.call.id, (kind, parameter.value.clone()));
        }
    }

    /// A state ends the poll or fails it.
    fn either(&self, poll: &Poll) {
        for rule in &poll.fail {
            let same = poll.until.iter().filter(|until| until.path.value == rule.path.value);
            let waited: Vec<&str> = same
                .flat_map(|until| until.test.values())
                .map(|state| state.value.as_str())
                .collect();
            for state in rule
                .test
                .values()
                .iter()
                .filter(|state| waited.contains(&state.value.as_str()))
            {
                let message = format!("the poll waits for `{}` and fails by it", state.value);
                self.problem(
                    Code::ShadowedRule,
                    state.span,
                    message,
                    "leave it under `until` or under `fail`",
                );
            }
        }
    }

    /// The time is read from the configuration, and from nowhere else.
    fn within(&mut self, reference: &Spanned<Reference>, scope: &Scope<'_>) {
        let value = Value {
            span: reference.span,
            kind: ValueKind::Reference(reference.value.clone()),
        };
        if reference.value.root != Root::Config {
            let message = format!(
                "`within` is a duration or a configuration key, not `{}`",
                reference.value
            );
            let help = "write for example `60s` or `$config.ready_timeout_secs`";
            self.problem(Code::UnknownReference, value.span, message, help);
            return;
        }
        if let Some(unit) = units::of(&value).filter(|unit| *unit != Unit::Seconds) {
            let message = format!("`within` is in seconds, this value is in {unit}");
            self.problem(Code::MixedUnits, value.span, message, "name a key in seconds");
            return;
        }
        let ty = types::of(TypeKind::Integer);
        let place = Place {
            name: "within",
            ty: &ty,
            required: true,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.value(&value, &place, scope);
    }

    /// Judged like an answer of the poll itself, so it must be of the same type.
    fn first(&mut self, first: &Value, poll: &Poll, index: OperationId, scope: &Scope<'_>) {
        let Some(found) = self.earlier(first, index, scope) else {
            return;
        };
        let found = Type {
            nullable: false,
            ..found
        };
        let problem = types::mismatch(self.document, &found, &self.answer(index));
        let states = poll.until.iter().chain(&poll.fail);
        let lacking = states.map(|rule| &rule.path.value).find(|path| !self.has(&found, path));
        let lacking = lacking.map(|path| format!("has no `{}`", path_text(path).trim_start_matches('.')));
        if let Some(problem) = problem.or(lacking) {
            let label = self.operations[index].label();
            let help = format!("name an earlier answer that is what `{label}` answers, too");
            self.problem(Code::WrongType, first.span, format!("`first` {problem}"), help);
        }
    }

    /// What an earlier answer is.
    fn earlier(&mut self, first: &Value, poll: OperationId, scope: &Scope<'_>) -> Option<Type> {
        let reference = first.as_reference().filter(|reference| match reference.root {
            Root::Item => scope.item.is_some(),
            Root::Step(_) => true,
            _ => false,
        });
        let Some(reference) = reference else {
            let message = "`first` is an earlier answer, which the poll begins with";
            let help = "name a step, such as `$start`, or `$item` where it is one of the answers of `for_each`";
            self.problem(Code::UnknownReference, first.span, message, help);
            return None;
        };
        let Root::Step(name) = &reference.root else {
            return Some(self.reference(reference, first.span, scope));
        };
        let Some(step) = scope.steps.iter().find(|step| step.name == name) else {
            self.no_step(name, first.span, scope);
            return None;
        };
        let operation = step.operation?;
        if step.many {
            let message = format!("`${name}` has one answer for each item");
            let help = format!("go through them: `for_each: ${name}[*]` and `first: $item`");
            self.problem(Code::NotAnArray, first.span, message, help);
            return None;
        }
        if !self.answers_json(operation, reference, first.span) {
            return None;
        }
        self.firsts.push(First {
            operation,
            path: reference.path.clone(),
            poll,
        });
        Some(self.walk(
            self.answer(operation),
            reference,
            first.span,
            Code::UnknownResponseField,
        ))
    }

    /// What is read of a poll's answer is read of the one that it begins with, if that has it.
    pub fn passed_on(&mut self) {
        // One may begin with the answer of another that does.
        for _ in 0..self.firsts.len() {
            for First { operation, path, poll } in &self.firsts {
                let read = self.uses.get(poll).map(|used| used.reads.clone()).unwrap_or_default();
                let mut wanted = Reads::default();
                *wanted.at(path) = read;
                self.uses.entry(*operation).or_default().reads.pass_on(&wanted);
            }
        }
    }
}
