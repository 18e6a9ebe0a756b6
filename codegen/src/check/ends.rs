//! What ends a sandbox: that it frees its slot, is of a sandbox that is ours, and that only what is gone is taken for gone.

use crate::{
    diagnostic::Code,
    mapping::{Call, Function, Kind, Outcome, Root, Segment, SlotRule, Status, Then, Value},
};

use super::{
    Checker,
    listings::{refers, says_which},
};

impl Checker<'_> {
    /// Statuses of a key, of too many requests, and of the provider's own trouble say nothing of the thing itself.
    pub fn tells_that_it_is_gone(&self, call: &Call, kind: Kind) {
        let accepted = |outcome: &&Outcome| matches!(outcome.then, Then::Ok);
        for outcome in call.outcomes.iter().filter(accepted) {
            let is_of_it = |status: &u16| matches!(status, 400 | 404..=407 | 409..=428 | 430..=499);
            let sound = matches!(&outcome.status, Status::Only(statuses) if statuses.iter().all(is_of_it));
            if !sound {
                let name = kind.name();
                let message = format!("this status is no sign that the {name} is gone: it may run on");
                let help = "name the status for that alone: `{status: 404, ok: true}`";
                self.problem(Code::FalseSuccess, outcome.span, message, help);
            }
        }
    }

    /// What a function ends no longer counts.
    pub fn releases_slot(&self, function: &Function) {
        let end = self.mapping.ending(Kind::Sandbox).and_then(|end| self.operation(end));
        // One that only looks ends nothing, and is reported as that.
        let end = end.filter(|end| !self.only_looks(*end));
        let ends = |call: &Call| end.is_some() && self.operation(call) == end && self.is_of_the_input(call);
        let Some(step) = function.steps.iter().find(|step| ends(&step.call)) else {
            return;
        };
        match function.slots {
            Some(SlotRule::Free(_)) if step.is_conditional() => {
                let message = "this may not be made, and then the sandbox runs on while its slot is free";
                let key = if step.unless.is_some() { "unless" } else { "when" };
                let help = format!("remove `{key}`, or end the sandbox in a function of its own");
                self.problem(Code::SlotMismatch, step.call.operation.span, message, help);
            }
            Some(SlotRule::Free(_)) => self.tells_that_it_is_gone(&step.call, Kind::Sandbox),
            _ => {
                let message = "this ends the sandbox, but its slot stays taken";
                let help = "add `slots: {free: true}` to the function";
                self.problem(Code::SlotMismatch, step.call.operation.span, message, help);
            }
        }
    }

    fn is_of_the_input(&self, call: &Call) -> bool {
        let is_sandbox = |value: &Value| input(value) == Some("sandbox_id") || refers(value, &Root::Sandbox);
        call.path.iter().any(|(_, value)| is_sandbox(value))
    }

    /// Only of `sandbox_id` the worker makes sure that the sandbox is ours.
    pub fn acts_on_ours(&self, call: &Call) {
        let sandboxes = self.mapping.sandboxes.as_ref();
        let looks = sandboxes.map(|section| {
            let set = section.lifetime.as_ref().map(|lifetime| &lifetime.set);
            [section.one.as_ref(), section.end.as_ref(), set]
        });
        for known in looks.into_iter().flatten().flatten() {
            let Some(place) = self.place_of_id(known).filter(|_| known.server.is_none()) else {
                continue;
            };
            for (name, value) in &call.path {
                let other = input(value).filter(|field| *field != "sandbox_id");
                if let Some(field) = other
                    && self.place_of(call, &name.value) == Some(place.clone())
                {
                    let message = format!(
                        "this names a sandbox, and the worker makes sure of `sandbox_id` only, not of `{field}`"
                    );
                    let help = "call the input `sandbox_id`: `$input.sandbox_id`";
                    return self.problem(Code::SlotMismatch, value.span, message, help);
                }
            }
        }
    }

    /// The path up to the parameter that is given `$id`.
    fn place_of_id(&self, call: &Call) -> Option<String> {
        let (name, _) = call.path.iter().find(|(_, value)| says_which(value))?;
        self.place_of(call, &name.value)
    }

    fn place_of(&self, call: &Call, name: &str) -> Option<String> {
        let operation = &self.operations[self.operation(call)?];
        let (before, _) = operation.path.split_once(&format!("{{{name}}}"))?;
        Some(format!("{}:{before}", operation.api.as_deref().unwrap_or_default()))
    }
}

/// The input that a value is.
fn input(value: &Value) -> Option<&str> {
    let reference = value.as_reference().filter(|reference| reference.root == Root::Input)?;
    match reference.path.as_slice() {
        [Segment::Field(name)] => Some(name),
        _ => None,
    }
}
