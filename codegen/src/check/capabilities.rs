//! Capabilities are what is mapped, never a promise.

use crate::{
    diagnostic::{Code, did_you_mean, nearest},
    source::Spanned,
};

use super::Checker;

impl Checker<'_> {
    pub fn capabilities(&self) {
        let mapped: Vec<&str> = self.mapping.functions.iter().map(|f| f.name.value.as_str()).collect();
        for capability in &self.mapping.capabilities {
            let tag = &capability.tag;
            if capability.functions.is_empty() {
                let message = format!("the capability `{}` names no function", tag.value);
                self.problem(
                    Code::UnknownCapability,
                    tag.span,
                    message,
                    "name the functions that make it true",
                );
                continue;
            }
            for function in &capability.functions {
                if !mapped.contains(&function.value.as_str()) {
                    let message = format!(
                        "the capability `{}` needs `{}`, which is not mapped",
                        tag.value, function.value
                    );
                    let help = did_you_mean(&function.value, mapped.iter().copied());
                    self.problem(Code::UnknownCapability, function.span, message, help);
                }
            }
            self.of_the_contract(&tag.value, capability);
        }
        for (tag, functions) in &self.contract.capabilities {
            let all = functions.iter().all(|function| mapped.contains(&function.as_str()));
            let said = self.mapping.capabilities.iter().any(|c| c.tag.value == *tag);
            if all && !said {
                let message = format!(
                    "`{}` is mapped, but the capability `{tag}` is not given",
                    functions.join("`, `")
                );
                let (span, help) = match self.misspelt(tag) {
                    Some(given) => (given.span, format!("did you mean `{tag}`?")),
                    None => (
                        self.mapping.provider.span,
                        format!("add `{tag}: [{}]` to `capabilities`", functions.join(", ")),
                    ),
                };
                self.problem(Code::UnknownCapability, span, message, help);
            }
        }
    }

    /// The tag of the mapping that a tag of the contract has become.
    fn misspelt(&self, tag: &str) -> Option<&Spanned<String>> {
        let known = |given: &str| self.contract.capabilities.iter().any(|(known, _)| known == given);
        let mut given = self.mapping.capabilities.iter().map(|capability| &capability.tag);
        given.find(|given| !known(&given.value) && nearest(&given.value, [tag]).is_some())
    }

    /// A tag of the contract stands for the contract's functions.
    fn of_the_contract(&self, tag: &str, capability: &crate::mapping::Capability) {
        let Some((_, wanted)) = self.contract.capabilities.iter().find(|(known, _)| known == tag) else {
            return;
        };
        let given: Vec<&str> = capability.functions.iter().map(|given| given.value.as_str()).collect();
        for function in wanted {
            // A misspelt name is reported where it stands.
            let misspelt =
                |given: &&str| !wanted.contains(&(*given).to_owned()) && nearest(given, [function.as_str()]).is_some();
            if given.iter().any(misspelt) {
                continue;
            }
            if !capability.functions.iter().any(|given| given.value == *function) {
                let message = format!("the capability `{tag}` stands for `{function}` too");
                self.problem(
                    Code::UnknownCapability,
                    capability.tag.span,
                    message,
                    format!("add `{function}`"),
                );
            }
        }
    }
}
