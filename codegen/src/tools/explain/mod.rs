//! What a mapping does, as a person would read it: as text for one who edits it, as a page for one who calls it.

mod call;
mod condition;
mod field;
mod function;
mod legend;
mod markdown;
mod outcome;
mod pages;
mod provider;
mod sequence;
mod value;
mod walk;

use std::path::Path;

use crate::{
    check::Resolved,
    contract::{Contract, Signature},
    diagnostic::Report,
    mapping::Function,
    plan::ExamplesPlan,
};

/// A checked mapping, ready to be explained.
pub struct Explained {
    checked: Resolved,
    contract: Contract,
    examples: ExamplesPlan,
}

impl Explained {
    /// Reads and checks `spec/`; only a mapping that holds can be explained.
    pub fn read(spec: &Path) -> Result<Self, Report> {
        let (checked, _) = crate::check_spec(spec)?;
        Ok(Self {
            examples: ExamplesPlan::of(&checked),
            checked,
            contract: Contract::family(),
        })
    }

    /// The names of the mapped functions, in the mapping's order.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        let functions = self.checked.mapping.functions.iter();
        functions.map(|function| function.name.value.as_str())
    }

    /// One function: input, calls in order, answer, outcomes. `None` if it is not mapped.
    pub fn function(&self, name: &str) -> Option<String> {
        let found = self.signed().find(|(function, _)| function.name.value == name);
        found.map(|(function, signature)| self.function_text(function, signature))
    }

    /// The provider, its capabilities, and every function.
    pub fn all(&self) -> String {
        let mut text = self.provider_text();
        for (function, signature) in self.signed() {
            text.push('\n');
            text.push_str(&self.function_text(function, signature));
        }
        text
    }

    /// The name by which a configuration asks for a function, where a worker has it only then.
    fn asked_by(&self, function: &Function) -> Option<&str> {
        let mut functions = self.checked.functions();
        let (_, interface) = functions.find(|(known, _)| known.name == function.name)?;
        interface.optional.as_deref()
    }

    /// The function whose calls are made: another one where a function is served via that.
    fn acting<'f>(&'f self, function: &'f Function) -> &'f Function {
        let mut functions = self.checked.mapping.functions.iter();
        let via = function.via.as_ref();
        let by = via.and_then(|via| functions.find(|mapped| mapped.name.value == via.value));
        by.unwrap_or(function)
    }

    fn signed(&self) -> impl Iterator<Item = (&Function, &Signature)> {
        let functions = self.checked.functions();
        functions.map(|(function, interface)| (function, &interface.signature))
    }
}
