//! No input is dropped silently.

use crate::{
    contract::Signature,
    diagnostic::{Code, did_you_mean, nearest},
    mapping::{Function, Root, Segment, Value, ValueKind},
};

use super::Checker;

/// The input by which a caller says how long what is started may idle.
pub const IDLE: &str = "idle_timeout_secs";

impl Checker<'_> {
    /// Every contract input is used or said to be ignored.
    pub fn inputs(&self, function: &Function, signature: &Signature) {
        // A call whose operation is not known may be given it by what its API shares.
        let lost = function.calls().any(|call| self.operation(call).is_none());
        if signature.input.is_null() || lost {
            return;
        }
        let used = used_inputs(function);
        let in_contract = self.contract.function(&signature.name).is_some();
        // What a function takes beyond the contract, it may have for its answer only.
        let is_used = |name: &str| match in_contract || name == "sandbox_id" {
            true => function.hears(name),
            false => used.iter().any(|used| used == name),
        };
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
            } else if is_used(&name.value) {
                let message = format!("the input `{}` is declared as ignored, but used", name.value);
                self.problem(Code::UnusedInput, name.span, message, "remove it from `ignored`");
            }
        }
        for name in known.iter().copied() {
            let ignored = function.ignored.iter().any(|(given, _)| given.value == name);
            // A misspelt use, or a misspelt reason, is reported where it stands.
            let misspelt = |given: &str| !known.contains(&given) && nearest(given, known.iter().copied()) == Some(name);
            if used.iter().any(|given| misspelt(given))
                || function.ignored.iter().any(|(given, _)| misspelt(&given.value))
            {
                continue;
            }
            if !is_used(name) && !ignored {
                let message = format!("no step of `{}` uses its input `{name}`", signature.name);
                let help = format!("use `$input.{name}`, or say `ignored: {{{name}: why}}`");
                self.problem(Code::UnusedInput, function.name.span, message, help);
            }
        }
    }
}

impl Function {
    /// Whether an input makes a difference: it reaches a call, is remembered, or something of the answer is computed from it.
    /// An answer that repeats it does not count, nor do slots that are taken for it; but where there is no call, the answer
    /// is all that the function does.
    fn hears(&self, input: &str) -> bool {
        let mut heard: Vec<&Value> = self.remember.iter().map(|(_, value)| value).collect();
        self.steps.iter().for_each(|step| step.collect(&mut heard));
        let answer = self.answer.iter().map(|(_, value)| value);
        heard.extend(answer.filter(|value| self.steps.is_empty() || value.as_reference().is_none()));
        // How long what it starts is to live is for its caller to say.
        let by_lifetime = || input == IDLE && !fields(heard.iter().copied(), &Root::Lifetime).is_empty();
        // What is kept of a sandbox is kept of the one that `sandbox_id` names.
        let by_facts = || input == "sandbox_id" && !fields(heard.iter().copied(), &Root::Sandbox).is_empty();
        fields(heard.iter().copied(), &Root::Input)
            .iter()
            .any(|name| name == input)
            || by_facts()
            || by_lifetime()
    }
}

/// The names of the inputs that any value of a function refers to.
pub fn used_inputs(function: &Function) -> Vec<String> {
    let mut used = fields(function.values(), &Root::Input);
    if !fields(function.values(), &Root::Lifetime).is_empty() && !used.iter().any(|name| name == IDLE) {
        used.push(IDLE.to_owned());
    }
    used
}

/// The facts of its sandbox that any value of a function refers to.
pub fn used_facts(function: &Function) -> Vec<String> {
    fields(function.values(), &Root::Sandbox)
}

fn fields<'v>(values: impl IntoIterator<Item = &'v Value>, root: &Root) -> Vec<String> {
    let mut used = Vec::new();
    for value in values {
        value.walk(&mut |value| {
            if let ValueKind::Reference(reference) = &value.kind
                && reference.root == *root
                && let Some(Segment::Field(name)) = reference.path.first()
                && !used.contains(name)
            {
                used.push(name.clone());
            }
        });
    }
    used
}
