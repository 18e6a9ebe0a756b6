//! Functions: their signature, their steps in order, their answer.

use crate::{
    contract::{Signature, check_schema},
    diagnostic::{Code, Sink, did_you_mean, nearest},
    document::{Shape, ShapeKind},
    mapping::{Function, Root, Segment, SlotRule, Step as MappedStep, Undo, Value, ValueKind},
    source::Spanned,
    yaml::Node,
};

use serde_json::Value as Json;

use super::{
    Checker,
    scope::{Input, Item, Scope, Step},
    types,
    values::Place,
};

impl Checker<'_> {
    pub fn functions(&mut self) -> Vec<Signature> {
        let mapping = self.mapping;
        if mapping.functions.is_empty() {
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

    /// `fs::read` and `fs_read` would be one module.
    fn modules(&self) {
        let module = |function: &Function| function.name.value.replace("::", "_");
        let functions = &self.mapping.functions;
        for (at, function) in functions.iter().enumerate() {
            if let Some(same) = functions[..at]
                .iter()
                .find(|earlier| module(earlier) == module(function))
            {
                let message = format!(
                    "`{}` and `{}` have the same name in Rust",
                    same.name.value, function.name.value
                );
                self.problem(
                    Code::DuplicateKey,
                    function.name.span,
                    message,
                    "give one of them another name",
                );
            }
        }
    }

    fn function(&mut self, function: &Function) -> Signature {
        let signature = self.signature(function);
        if function.broken {
            return signature;
        }
        let input = self.input_of(&signature);
        let mut scope = Scope {
            sandbox: match &input {
                Input::Of(shape) => shape.property("sandbox_id").is_some(),
                _ => true,
            },
            input,
            later: function.steps.iter().map(|step| step.name.value.as_str()).collect(),
            ..Scope::default()
        };
        if let Some(hook) = &function.hook {
            self.hook(function, hook);
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
        for step in &function.steps {
            self.step_of(step, &mut scope);
        }
        self.slots(function, &signature, &scope);
        self.remembered(function, &scope);
        self.answer_of(function, &signature, &scope);
        self.inputs(function, &signature);
        signature
    }

    /// A hook does everything itself, and has the whole input.
    fn hook(&self, function: &Function, hook: &Spanned<String>) {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !hook.value.starts_with(|c: char| c.is_ascii_lowercase()) || !hook.value.chars().all(word) {
            let message = format!("`{}` cannot name a hook", hook.value);
            self.problem(
                Code::WrongShape,
                hook.span,
                message,
                "use lower case letters, digits and `_`",
            );
        }
        if !function.steps.is_empty() || !function.answer.is_empty() || !function.ignored.is_empty() {
            let message = "a function with a hook has no calls, no answer and ignores nothing";
            self.problem(Code::WrongShape, hook.span, message, "remove `hook`, or the rest");
        }
    }

    fn input_of(&self, signature: &Signature) -> Input {
        match &signature.input {
            Json::Null => Input::Unknown,
            _ => Input::Of(self.document.shape(&signature.filled_input())),
        }
    }

    /// The contract's signature, or the one that the mapping declares; null where it declares none that is sound.
    fn signature(&self, function: &Function) -> Signature {
        let name = &function.name.value;
        let declared = |node: &Option<Node>| {
            let node = node.as_ref()?;
            let mut sink = Sink::default();
            let sound = check_schema(&self.mapping.source, node, &mut sink);
            self.reader.extend(sink);
            Some(if sound { node.to_json() } else { Json::Null })
        };
        let (input, output) = (declared(&function.input), declared(&function.output));
        if let Some(signature) = self.contract.function(name) {
            for node in [&function.input, &function.output].into_iter().flatten() {
                let message = format!("`{name}` is in the family's contract, which says what it takes and answers");
                self.problem(Code::UnknownKey, node.span, message, "remove `input` and `output`");
            }
            return signature.clone();
        }
        if !function.broken && (input.is_none() || output.is_none() || function.description.is_none()) {
            let message = format!("`{name}` is not in the contract and does not say what it takes and answers");
            let names = self.contract.functions.iter().map(|f| f.name.as_str());
            let guess = nearest(name, names)
                .map(|n| format!("did you mean `{n}`? else "))
                .unwrap_or_default();
            let help = format!("{guess}add `description:`, `input:` and `output:`");
            self.problem(Code::UnknownFunction, function.name.span, message, help);
        }
        self.function_name(&function.name);
        Signature {
            name: name.clone(),
            description: function
                .description
                .as_ref()
                .map_or_else(String::new, |d| d.value.clone()),
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
        }
    }

    fn function_name(&self, name: &Spanned<String>) {
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if !name.value.split("::").all(word) {
            let message = format!("`{}` cannot name a function", name.value);
            self.problem(
                Code::WrongShape,
                name.span,
                message,
                "use lower case letters, digits and `_`; `::` nests",
            );
        }
    }

    fn step_of<'s>(&mut self, step: &'s MappedStep, scope: &mut Scope<'s>) {
        scope.item = step.for_each.as_ref().map(|items| Item::Of(self.items(items, scope)));
        let index = self.call(&step.call, scope);
        if let Some(index) = index {
            self.step_extras(step, index, scope);
        }
        scope.item = None;
        scope.later.retain(|name| *name != step.name.value);
        scope.steps.push(Step {
            name: &step.name.value,
            operation: index,
            many: false,
            optional: step.best_effort || step.call.accepts(),
        });
        // Each answer is undone by itself, also where there is one for each item.
        for undo in &step.undo {
            self.undo(undo, scope);
        }
        if let Some(done) = scope.steps.last_mut() {
            done.many = step.for_each.is_some();
        }
        self.combination(step);
    }

    /// Keys of a step that exclude each other.
    fn combination(&self, step: &MappedStep) {
        let reject = !step.reject.is_empty();
        let problem = if step.best_effort && !step.undo.is_empty() {
            (
                "a step whose failure does not matter cannot be undone",
                "remove `best_effort` or `undo`",
            )
        } else if step.best_effort && step.for_each.is_some() {
            (
                "a step for each of a list cannot be `best_effort`",
                "remove `best_effort` or `for_each`",
            )
        } else if step.poll.is_some() && step.call.accepts() {
            (
                "a poll needs an answer, but an outcome counts a status without one as success",
                "let the outcomes give codes only, or remove `poll`",
            )
        } else if step.poll.is_some() && reject {
            (
                "a poll names its failing states under `fail`",
                "move the states from `reject` to `fail`",
            )
        } else if reject && step.call.accepts() {
            (
                "`reject` needs an answer, but an outcome counts a status without one as success",
                "let the outcomes give codes only, or remove `reject`",
            )
        } else {
            return;
        };
        self.problem(Code::WrongShape, step.name.span, problem.0, problem.1);
    }

    fn items(&mut self, items: &Value, scope: &Scope<'_>) -> Shape {
        let found = self.infer(items, scope);
        match &found.kind {
            ShapeKind::Array(schema) => self.document.shape(schema),
            ShapeKind::Any => Shape::any(),
            _ => {
                let message = format!("`for_each` needs a list, this is {}", found.describe());
                self.problem(
                    Code::NotAnArray,
                    items.span,
                    message,
                    "name a list, for example `$start.items[*].id`",
                );
                Shape::any()
            }
        }
    }

    fn slots(&mut self, function: &Function, signature: &Signature, scope: &Scope<'_>) {
        let output = |name: &str| signature.output.is_null() || signature.output["properties"].get(name).is_some();
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
                if !output("sandbox_id") && !output("sandbox_ids") {
                    let message = "a function that takes slots must answer `sandbox_id` or `sandbox_ids`";
                    self.problem(Code::SlotMismatch, count.span, message, "add the id to its output");
                }
                let started = function
                    .steps
                    .iter()
                    .any(|step| step.undo.iter().any(|undo| matches!(undo, Undo::End(_))));
                if !started {
                    let message =
                        "no step of a function that takes slots says how to undo it, so a failure would leak a sandbox";
                    self.problem(
                        Code::SlotMismatch,
                        count.span,
                        message,
                        "add `undo: {end: $step.id}` to the step that starts",
                    );
                }
            }
            Some(SlotRule::Free(span)) if !scope.sandbox => {
                let message = "a function that frees a slot must have a `sandbox_id` input";
                self.problem(Code::SlotMismatch, *span, message, "remove `slots`, or add the input");
            }
            _ => {}
        }
    }

    fn remembered(&mut self, function: &Function, scope: &Scope<'_>) {
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

    fn answer_of(&mut self, function: &Function, signature: &Signature, scope: &Scope<'_>) {
        let scope = &Scope {
            answer: true,
            ..scope.clone()
        };
        let shape = self.document.shape(&signature.closed_output());
        let value = Value {
            span: function.name.span,
            kind: ValueKind::Object(function.answer.clone()),
        };
        let place = Place {
            name: "answer",
            shape: &shape,
            required: true,
            unknown: Code::UnknownOutput,
            missing: Code::MissingOutput,
        };
        self.value(&value, &place, scope);
    }

    /// Every contract input is used or said to be ignored.
    fn inputs(&self, function: &Function, signature: &Signature) {
        if signature.input.is_null() {
            return;
        }
        let used = used_inputs(function);
        let known: Vec<&str> = signature.input["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        for (name, _) in &function.ignored {
            if !known.contains(&name.value.as_str()) {
                let message = format!("`{}` has no input `{}`", signature.name, name.value);
                self.problem(
                    Code::UnknownReference,
                    name.span,
                    message,
                    did_you_mean(&name.value, known.iter().copied()),
                );
            } else if used.contains(&name.value) {
                let message = format!("the input `{}` is declared as ignored, but used", name.value);
                self.problem(Code::UnusedInput, name.span, message, "remove it from `ignored`");
            }
        }
        for name in known.iter().copied() {
            // The runtime itself acts on the sandbox that `sandbox_id` names.
            let ignored = function.ignored.iter().any(|(given, _)| given.value == name);
            // A misspelt use, or a misspelt reason, is reported where it stands.
            let misspelt = |given: &str| !known.contains(&given) && nearest(given, known.iter().copied()) == Some(name);
            if used.iter().any(|given| misspelt(given))
                || function.ignored.iter().any(|(given, _)| misspelt(&given.value))
            {
                continue;
            }
            if !used.iter().any(|given| given == name) && !ignored && name != "sandbox_id" {
                let message = format!("no step of `{}` uses its input `{name}`", signature.name);
                let help = format!("use `$input.{name}`, or say `ignored: {{{name}: why}}`");
                self.problem(Code::UnusedInput, function.name.span, message, help);
            }
        }
    }
}

/// The names of the inputs that any value of a function refers to.
pub fn used_inputs(function: &Function) -> Vec<String> {
    let mut used = Vec::new();
    for value in function.values() {
        value.walk(&mut |value| {
            if let ValueKind::Reference(reference) = &value.kind
                && reference.root == Root::Input
                && let Some(Segment::Field(name)) = reference.path.first()
                && !used.contains(name)
            {
                used.push(name.clone());
            }
        });
    }
    used
}
