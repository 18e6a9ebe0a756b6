//! Slots: that what a function starts can be counted, undone and remembered.

use serde_json::Value as Json;

use crate::{
    contract::Signature,
    diagnostic::Code,
    document::TypeKind,
    mapping::{Arguments, Function, Kind, SlotRule, Step, Undo, Value, ValueKind},
};

use super::{Checker, scope::Scope, types, values::Place};

impl Checker<'_> {
    pub fn slots(&mut self, function: &Function, signature: &Signature, scope: &Scope<'_>) {
        match &function.slots {
            Some(SlotRule::Take(count)) => {
                let ty = types::of(TypeKind::Integer);
                let place = Place {
                    name: "take",
                    ty: &ty,
                    required: true,
                    unknown: Code::SlotMismatch,
                    missing: Code::SlotMismatch,
                };
                self.value(count, &place, &scope.at_the_start(function));
                self.taken(count, function, signature);
                self.count(count, function, signature);
            }
            Some(SlotRule::Free(span)) if !scope.sandbox => {
                let message = "a function that frees a slot must have a `sandbox_id` input";
                self.problem(Code::SlotMismatch, *span, message, "remove `slots`, or add the input");
            }
            _ => {}
        }
        if !matches!(function.slots, Some(SlotRule::Take(_))) {
            self.not_taken(function);
        }
    }

    /// What is started without a slot would run beside those that are counted.
    fn not_taken(&self, function: &Function) {
        let ends = function.steps.iter().flat_map(|step| &step.undo);
        let mut ends = ends.filter_map(|undo| match undo {
            Undo::Made(Kind::Sandbox, ids) => Some(ids),
            Undo::Made(..) | Undo::Tagged(_) | Undo::Call(_) => None,
        });
        if let Some(ids) = ends.next() {
            let message = "this step starts sandboxes, but the function takes no slots for them";
            self.problem(
                Code::SlotMismatch,
                ids.span,
                message,
                "add `slots: {take: 1}`, or undo it by a call",
            );
        }
    }

    /// A number that is written out is known to fit what the function answers.
    fn count(&self, count: &Value, function: &Function, signature: &Signature) {
        let ValueKind::Integer(number) = count.kind else {
            return;
        };
        // Another function may call what it likes its `count`.
        let is_contract = self.contract.function(&signature.name).is_some();
        let is_counted = signature.takes("count") && !function.ignored.iter().any(|(name, _)| name.value == "count");
        if is_contract && is_counted {
            let message = format!("as many start as `count` says, and this takes {number} of the cap for them");
            let help = "write `take: $input.count`, or say why it is none: `ignored: {count: why}`";
            return self.problem(Code::SlotMismatch, count.span, message, help);
        }
        if let Some(times) = function.steps.iter().find_map(starts_so_often)
            && times != number
        {
            let message = format!("a step starts {times}, and this takes {number} of the cap for them");
            return self.problem(
                Code::SlotMismatch,
                count.span,
                message,
                format!("write `take: {times}`"),
            );
        }
        let many = signature.output["properties"].get("sandbox_ids").is_some() || signature.output.is_null();
        if number < 1 || (number > 1 && !many) {
            let (message, help) = match many {
                true => (
                    "a function that starts sandboxes takes at least one slot",
                    "write `take: 1`, or more",
                ),
                false => (
                    "a function that answers one `sandbox_id` takes one slot",
                    "write `take: 1`",
                ),
            };
            self.problem(Code::SlotMismatch, count.span, message, help);
        }
    }

    /// What is started must be known by its id, and undone when something fails after it.
    fn taken(&self, count: &Value, function: &Function, signature: &Signature) {
        if !answers_ids(&signature.output) {
            let message = "a function that takes slots must answer `sandbox_id`, a required string, or `sandbox_ids`, a \
                           required list of strings";
            self.problem(Code::SlotMismatch, count.span, message, "add the id to its output");
        }
        // What a hook does is its own to undo.
        if function.hook.is_none() && !function.steps.iter().any(|step| step.creates(Kind::Sandbox)) {
            self.not_undone(count, function);
        }
    }

    fn not_undone(&self, count: &Value, function: &Function) {
        let undone = function.steps.iter().flat_map(|step| &step.undo);
        let mut calls = undone.filter_map(|undo| match undo {
            Undo::Call(call) => Some(call),
            Undo::Made(..) | Undo::Tagged(_) => None,
        });
        let (span, message, help) = match calls.next() {
            Some(call) => (
                call.operation.span,
                "what starts a sandbox is undone by `end`, not by a call: else the worker would not know what it has started",
                "write `undo: {end: $step.id}`; `sandboxes.end` says by which call",
            ),
            None => (
                count.span,
                "no step of a function that takes slots says how to undo it, so a failure would leak a sandbox",
                "add `undo: {end: $step.id}` to the step that starts",
            ),
        };
        self.problem(Code::SlotMismatch, span, message, help);
    }

    pub fn remembered(&mut self, function: &Function, scope: &Scope<'_>) {
        let before = scope.at_the_start(function);
        for (name, value) in &function.remember {
            if self.known_before(name, value, &before) {
                self.kept(name, value, &before);
            }
        }
        if let Some((name, _)) = function.remember.first()
            && !matches!(function.slots, Some(SlotRule::Take(_)))
        {
            let message = "only a function that starts sandboxes can remember something of them";
            self.problem(
                Code::SlotMismatch,
                name.span,
                message,
                "add `slots: {take: …}` or remove `remember`",
            );
        }
    }
}

/// How many a step starts, where that is written out.
fn starts_so_often(step: &Step) -> Option<i64> {
    let times = step.for_each.as_ref().filter(|_| step.creates(Kind::Sandbox))?;
    match &times.kind {
        ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "times" => match values.as_slice()
        {
            [
                Value {
                    kind: ValueKind::Integer(times),
                    ..
                },
            ] => Some(*times),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the ids of what has started can be read from the output.
fn answers_ids(output: &Json) -> bool {
    let required = |name: &str| {
        output["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|n| n == name))
    };
    let kind = |pointer: &str| output.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
    let one = required("sandbox_id") && kind("/properties/sandbox_id/type") == "string";
    let many = required("sandbox_ids") && kind("/properties/sandbox_ids/items/type") == "string";
    // The runtime prefers the list where there are both.
    match output["properties"].get("sandbox_ids") {
        _ if output.is_null() => true,
        Some(_) => many,
        None => one,
    }
}
