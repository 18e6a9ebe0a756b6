//! What a step waits for: that it may be absent, and that the look which finds it is answered like the step's call.

use crate::{
    diagnostic::Code,
    document::{Method, OperationId},
    mapping::{Found, Step as MappedStep},
};

use super::{
    Checker,
    scope::{Scope, Step},
    types,
};

impl Checker<'_> {
    pub fn found(&mut self, found: &Found, step: &MappedStep, index: OperationId, scope: &Scope<'_>) {
        let look = self.call(&found.call, scope);
        self.no_confirm(&found.call);
        self.combined(found, step);
        let mut own = scope.clone();
        own.later.retain(|name| *name != step.name.value);
        own.steps.push(Step::answered(&step.name.value, index));
        self.unless(&found.value, &own);
        if let Some(look) = look {
            self.looks_alike(found, look, index);
            self.looks.push((index, look));
        }
    }

    fn looks_alike(&self, found: &Found, look: OperationId, index: OperationId) {
        let span = found.call.operation.span;
        if self.operations[look].method != Method::Get {
            let message = "what is found is looked for by a GET";
            return self.problem(Code::UnknownOperation, span, message, "name a GET operation");
        }
        if let Some(problem) = types::mismatch(self.document, &self.answer(look), &self.answer(index)) {
            let message = format!("what the look answers takes the place of the step's answer, and it {problem}");
            let help = "name a GET that is answered like the step's call";
            self.problem(Code::WrongType, span, message, help);
        }
    }

    fn combined(&self, found: &Found, step: &MappedStep) {
        if step.poll.is_some() || !step.reject.is_empty() || found.call.accepts() {
            let message = "what is found decides alone whether the step is done";
            let help = "remove `poll` and `reject`, and let the look's outcomes give codes only";
            self.problem(Code::ExclusiveKeys, found.span, message, help);
        }
    }

    /// What is read of a step's answer is read of a look that takes its place.
    pub fn read_of_looks(&mut self) {
        for (step, look) in &self.looks {
            let reads = self.uses.get(step).map(|used| used.reads.clone()).unwrap_or_default();
            self.uses.entry(*look).or_default().reads.pass_on(&reads);
        }
    }
}
