//! Functions: their signature, their steps in order, their answer.

use crate::{
    contract::Signature,
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Function, Reference, Step as MappedStep, Undo, Value, ValueKind},
    naming::{WORD, is_word},
    source::Spanned,
};

use super::{
    Checker,
    scope::{Input, Item, Scope, Step},
    values::Place,
};

impl Checker<'_> {
    pub fn functions(&mut self) -> Vec<Signature> {
        let mapping = self.mapping;
        if mapping.functions.is_empty() && !mapping.is_broken("functions") {
            let message = "no function is mapped";
            self.problem(
                Code::MissingKey,
                mapping.provider.span,
                message,
                "add functions below `functions:`",
            );
        }
        self.modules();
        mapping
            .functions
            .iter()
            .map(|function| self.function(function))
            .collect()
    }

    fn function(&mut self, function: &Function) -> Signature {
        let before = self.reader.found();
        let signature = self.checked(function);
        self.follow_ups(before, function.misspelt);
        signature
    }

    fn checked(&mut self, function: &Function) -> Signature {
        let signature = self.signature(function);
        if function.broken || function.served {
            return signature;
        }
        if let Some(via) = &function.via {
            self.via(function, via, &signature);
            return signature;
        }
        let input = self.input_of(&signature);
        let mut scope = Scope {
            sandbox: match &input {
                Input::Of(ty) => ty.property("sandbox_id").is_some(),
                _ => true,
            },
            input,
            function: Some(function),
            later: function.steps.iter().map(|step| step.name.value.as_str()).collect(),
            ..Scope::default()
        };
        if let Some(hook) = &function.hook {
            self.hook(function, hook);
            self.slots(function, &signature, &scope);
            self.remembered(function, &scope);
            return signature;
        }
        if function.steps.is_empty() && function.answer.is_empty() {
            let message = format!(
                "`{}` does nothing: it has neither a call nor an answer",
                function.name.value
            );
            self.problem(
                Code::MissingKey,
                function.name.span,
                message,
                "add `call:`, `steps:` or `answer:`",
            );
        }
        for (at, step) in function.steps.iter().enumerate() {
            self.step_of(step, &mut scope);
            self.always(step, &function.steps[..at]);
        }
        self.slots(function, &signature, &scope);
        self.starts_unsaid(function);
        self.saves_unsaid(function);
        self.releases_slot(function);
        self.runs_a_program(function);
        self.remembered(function, &scope);
        self.answer_of(function, &signature, &scope);
        self.tells_of_its_program(function);
        self.steps_read_all_pages(function);
        self.inputs(function, &signature);
        signature
    }

    /// A hook does everything itself, and has the whole input.
    fn hook(&self, function: &Function, hook: &Spanned<String>) {
        if !is_word(&hook.value) {
            let message = format!("`{}` cannot name a hook", hook.value);
            self.problem(Code::InvalidName, hook.span, message, WORD);
        }
        let same = |other: &&Function| other.hook.as_ref().is_some_and(|other| other.value == hook.value);
        let first = self.mapping.functions.iter().find(same);
        if let Some(first) = first.filter(|first| first.name != function.name) {
            let message = format!("`{}` is the hook of `{}` already", hook.value, first.name.value);
            let help = "give each function a hook of its own";
            self.problem(Code::DuplicateKey, hook.span, message, help);
        }
        if !function.steps.is_empty() || !function.answer.is_empty() || !function.ignored.is_empty() {
            let message = "a function with a hook has no calls, no answer and ignores nothing";
            self.problem(Code::ExclusiveKeys, hook.span, message, "remove `hook`, or the rest");
        }
    }

    fn step_of<'s>(&mut self, step: &'s MappedStep, scope: &mut Scope<'s>) {
        let before = self.reader.found();
        if let Some(found) = &step.unless {
            self.unless(found, scope);
        }
        self.conditions(&step.when, scope);
        scope.item = step.for_each.as_ref().map(|items| Item::Of(self.items(items, scope)));
        scope.known = step.known();
        scope.position = self.step_position(step);
        let index = self.call(&step.call, scope);
        scope.position = None;
        let mut streamed = None;
        if let Some(index) = index {
            streamed = self.stream(step, index);
            self.step_extras(step, index, streamed.clone(), scope);
            if let Some(found) = step.found.as_ref().filter(|_| step.call.stream.is_none()) {
                self.found(found, step, index, scope);
            }
            self.acts_on_ours(&step.call);
        }
        scope.item = None;
        scope.later.retain(|name| *name != step.name.value);
        scope.steps.push(Step {
            name: &step.name.value,
            operation: index,
            many: false,
            optional: step.why_no_answer(),
            answer: streamed,
        });
        if step.may_have_no_answer() {
            scope.unmade.push(&step.name.value);
        }
        // Each answer is undone by itself, also where there is one for each item.
        for undo in &step.undo {
            self.undo(undo, scope);
            if let (Undo::Made(kind, ids), Some(operation)) = (undo, index) {
                self.shown(*kind, ids, operation);
            }
        }
        self.remembered_of(step, scope);
        self.inherits(step, scope);
        scope.known.clear();
        if let Some(done) = scope.steps.last_mut() {
            done.many = step.for_each.is_some();
            done.optional = done.optional.or(step.why_not_made());
        }
        self.combination(step);
        self.stale_elsewhere(step);
        // What is wrong with the call itself may be why it has no tags.
        if self.reader.found() == before {
            self.tags(step);
        }
        if self.reader.found() == before {
            self.tags_both(step);
        }
    }

    /// A step that is made whatever became of the one before cannot use its answer.
    fn always(&self, step: &MappedStep, before: &[MappedStep]) {
        if !step.always {
            return;
        }
        let Some(failing) = before.iter().rev().find(|step| !step.always) else {
            let message = "there is no step before this one that could fail";
            self.problem(
                Code::WrongShape,
                step.name.span,
                message,
                "remove `always`, or move the step down",
            );
            return;
        };
        let mut values = Vec::new();
        step.collect(&mut values);
        for value in values {
            value.walk(&mut |value| {
                let uses = |reference: &Reference| reference.names_step(&failing.name.value);
                if value.as_reference().is_some_and(uses) {
                    let message = format!("`{}` may have failed, and then it has no answer", failing.name.value);
                    self.problem(
                        Code::UnknownReference,
                        value.span,
                        message,
                        "use an earlier step, or remove `always`",
                    );
                }
            });
        }
    }

    fn items(&mut self, items: &Value, scope: &Scope<'_>) -> Type {
        let found = self.infer(items, scope);
        match &found.kind {
            TypeKind::Array(schema) => self.document.type_of(schema),
            TypeKind::Any => Type::any(),
            _ => {
                let message = format!("`for_each` needs a list, this is {}", found.describe());
                self.problem(
                    Code::NotAnArray,
                    items.span,
                    message,
                    "name a list, for example `$start.items[*].id`",
                );
                Type::any()
            }
        }
    }

    fn answer_of(&mut self, function: &Function, signature: &Signature, scope: &Scope<'_>) {
        let scope = &Scope {
            answer: true,
            ..scope.clone()
        };
        let ty = self.document.type_of(&signature.closed_output());
        let value = Value {
            span: function.name.span,
            kind: ValueKind::Object(function.answer.clone()),
        };
        let place = Place {
            name: "answer",
            ty: &ty,
            required: true,
            unknown: Code::UnknownOutput,
            missing: Code::MissingOutput,
        };
        self.value(&value, &place, scope);
    }
}
