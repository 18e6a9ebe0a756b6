//! What a step adds to its call: deadlines, polling, failing states, undo.

use crate::{
    diagnostic::{Code, did_you_mean},
    mapping::{Poll, StateRule, Step, Undo, Value, ValueKind, Within},
};

use super::{
    Checker,
    scope::{Item, Scope},
    types,
    values::Place,
};

impl Checker<'_> {
    /// Everything of a step that is not the call itself.
    pub fn step_extras(&mut self, step: &Step, index: usize, scope: &Scope<'_>) {
        if let Some(deadline) = &step.deadline_ms {
            let shape = types::of(crate::document::ShapeKind::Integer);
            let place = Place {
                name: "deadline_ms",
                shape: &shape,
                required: false,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.value(deadline, &place, scope);
        }
        self.states(&step.reject, index);
        if let Some(poll) = &step.poll {
            self.poll(poll, index, scope);
        }
    }

    fn poll(&mut self, poll: &Poll, index: usize, scope: &Scope<'_>) {
        self.states(&poll.until, index);
        self.states(&poll.fail, index);
        if poll.fail.is_empty() {
            let message = "the poll names no state in which it fails, so a failed start would wait for the deadline";
            self.problem(
                Code::PollWithoutFail,
                poll.span,
                message,
                "add `fail: {status: [error]}`",
            );
        }
        if let Within::Config(reference) = &poll.within {
            let value = Value {
                span: reference.span,
                kind: ValueKind::Reference(reference.value.clone()),
            };
            let shape = types::of(crate::document::ShapeKind::Integer);
            let place = Place {
                name: "within",
                shape: &shape,
                required: true,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.value(&value, &place, scope);
        }
    }

    fn states(&mut self, rules: &[StateRule], index: usize) {
        for rule in rules {
            let item = Item::Answer {
                operation: index,
                path: Vec::new(),
            };
            let scope = Scope {
                item: Some(item),
                ..Scope::default()
            };
            let reference = crate::mapping::Reference {
                root: crate::mapping::Root::Item,
                path: rule.path.value.clone(),
            };
            let shape = self.reference(&reference, rule.path.span, &scope);
            for value in &rule.values {
                let literal = serde_json::Value::from(value.value.as_str());
                if let Some(known) = types::unlisted(&literal, &shape) {
                    let names: Vec<&str> = known.iter().filter_map(|v| v.as_str()).collect();
                    let message = format!("the document knows no state `{}` here", value.value);
                    self.problem(Code::WrongType, value.span, message, did_you_mean(&value.value, names));
                }
            }
        }
    }

    /// What takes a step back may use its answer and what came before.
    pub fn undo(&mut self, undo: &Undo, scope: &Scope<'_>) {
        match undo {
            Undo::Call(call) => {
                self.call(call, scope);
                self.no_confirm(call);
            }
            Undo::End(ids) => {
                self.infer(ids, scope);
                let ends = self.mapping.sandboxes.as_ref().is_some_and(|s| s.end.is_some());
                if !ends && !self.mapping.is_broken("sandboxes") {
                    let message = "`end` needs `sandboxes.end`, which says how a sandbox is ended";
                    self.problem(Code::UnknownTag, ids.span, message, "add `sandboxes: {end: {call: …}}`");
                }
            }
        }
    }
}
