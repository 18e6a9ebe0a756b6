//! No input is dropped silently.

use crate::{
    contract::Signature,
    diagnostic::{Code, did_you_mean, nearest},
    mapping::{Function, Root, Segment, ValueKind},
};

use super::Checker;

impl Checker<'_> {
    /// Every contract input is used or said to be ignored.
    pub fn inputs(&self, function: &Function, signature: &Signature) {
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
    used_fields(function, &Root::Input)
}

/// The facts of its sandbox that any value of a function refers to.
pub fn used_facts(function: &Function) -> Vec<String> {
    used_fields(function, &Root::Sandbox)
}

fn used_fields(function: &Function, root: &Root) -> Vec<String> {
    let mut used = Vec::new();
    for value in function.values() {
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
