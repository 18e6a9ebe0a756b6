//! Slots: that what a function starts can be counted, undone and remembered.

use crate::{
    contract::Signature,
    diagnostic::{Code, did_you_mean},
    document::ShapeKind,
    mapping::{Function, SlotRule, Step, Value},
};

use super::{Checker, scope::Scope, types, values::Place};

impl Checker<'_> {
    pub fn slots(&mut self, function: &Function, signature: &Signature, scope: &Scope<'_>) {
        match &function.slots {
            Some(SlotRule::Take(count)) => {
                let shape = types::of(ShapeKind::Integer);
                let place = Place {
                    name: "take",
                    shape: &shape,
                    required: true,
                    unknown: Code::SlotMismatch,
                    missing: Code::SlotMismatch,
                };
                self.value(count, &place, &scope.at_the_start(function));
                self.taken(count, function, signature);
            }
            Some(SlotRule::Free(span)) if !scope.sandbox => {
                let message = "a function that frees a slot must have a `sandbox_id` input";
                self.problem(Code::SlotMismatch, *span, message, "remove `slots`, or add the input");
            }
            _ => {}
        }
    }

    /// What is started must be known by its id, and undone when something fails after it.
    fn taken(&self, count: &Value, function: &Function, signature: &Signature) {
        let output = |name: &str| signature.output.is_null() || signature.output["properties"].get(name).is_some();
        if !output("sandbox_id") && !output("sandbox_ids") {
            let message = "a function that takes slots must answer `sandbox_id` or `sandbox_ids`";
            self.problem(Code::SlotMismatch, count.span, message, "add the id to its output");
        }
        if !function.steps.iter().any(Step::starts) {
            let message =
                "no step of a function that takes slots says how to undo it, so a failure would leak a sandbox";
            let help = "add `undo: {end: $step.id}` to the step that starts";
            self.problem(Code::SlotMismatch, count.span, message, help);
        }
    }

    pub fn remembered(&mut self, function: &Function, scope: &Scope<'_>) {
        let facts: Vec<&str> = self
            .mapping
            .sandboxes
            .iter()
            .flat_map(|s| &s.facts)
            .map(|(name, _)| name.value.as_str())
            .collect();
        let before = scope.at_the_start(function);
        let known = self.mapping.is_broken("sandboxes");
        for (name, value) in &function.remember {
            self.infer(value, &before);
            if !known && !facts.contains(&name.value.as_str()) {
                let message = format!("no fact `{}` is kept of a sandbox", name.value);
                self.problem(
                    Code::UnknownReference,
                    name.span,
                    message,
                    did_you_mean(&name.value, facts.iter().copied()),
                );
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
