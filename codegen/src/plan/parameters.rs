//! What generated functions are given: the variables that their values need, as parameters and as arguments.

use std::collections::BTreeSet;

use crate::{
    mapping::{Call, Reference, Root, Step, Value, ValueKind},
    naming::variable,
};

use super::{Planner, expression::Names};

/// Which variables an expression needs.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    pub input: bool,
    pub item: bool,
    pub id: bool,
    pub secs: bool,
    pub owned: bool,
    /// Where a page begins.
    pub position: bool,
    /// Facts of the sandbox that the function acts on.
    pub sandbox: bool,
    pub steps: BTreeSet<String>,
    /// The status of a step that has been made.
    pub status: bool,
}

impl Needs {
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut needs = Self::default();
        for value in values {
            value.walk(&mut |value| {
                if let ValueKind::Reference(reference) = &value.kind {
                    needs.note(reference);
                }
            });
        }
        needs
    }

    /// What a call needs, where it is sent and how it is confirmed included.
    pub fn of_call(call: &Call) -> Self {
        let mut values = Vec::new();
        call.collect(&mut values);
        Self::of(values)
    }

    /// What some steps need, with all that is done beside them.
    pub fn of_steps<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Self {
        let mut values = Vec::new();
        steps.into_iter().for_each(|step| step.collect(&mut values));
        Self::of(values)
    }

    fn note(&mut self, reference: &Reference) {
        match &reference.root {
            Root::Input => self.input = true,
            Root::Item => self.item = true,
            Root::Id => self.id = true,
            Root::Secs => self.secs = true,
            Root::Owned => self.owned = true,
            Root::Position => self.position = true,
            Root::Sandbox => self.sandbox = true,
            Root::Status => self.status = true,
            Root::Step(name) => drop(self.steps.insert(name.clone())),
            _ => {}
        }
    }
}

impl Planner<'_> {
    /// What a step's function needs: for its call, and for how it is undone, which may use its own answer too.
    pub fn needs(&self, step: &Step) -> Needs {
        let mut values = Vec::new();
        step.collect(&mut values);
        let mut needs = Needs::of(values.into_iter().filter(|value| !step.decides_how_often(value)));
        needs.steps.remove(&step.name.value);
        needs
    }

    /// Parameters of a call's function after `cx`.
    pub fn parameters(&self, needs: &Needs, names: &Names) -> Vec<String> {
        let mut parameters = Vec::new();
        if needs.input {
            parameters.push("input: &Input".to_owned());
        }
        for (name, place) in names.steps.iter().filter(|(name, _)| needs.steps.contains(name)) {
            parameters.push(format!("{}: {}", variable(name), place.declared));
        }
        if needs.item {
            let declared = names.item.as_ref().map_or("Value", |item| item.declared.as_str());
            parameters.push(format!("item: {declared}"));
        }
        if needs.id {
            parameters.push("id: &str".to_owned());
        }
        if needs.secs {
            parameters.push("secs: u64".to_owned());
        }
        if let Some(position) = names.position.as_ref().filter(|_| needs.position) {
            parameters.push(format!("page: {}", position.declared));
        }
        parameters
    }

    /// What is passed for [`Planner::parameters`]: by the handler, which owns the variables, or within a step's
    /// function, where all are references but the step's own answer.
    pub fn arguments(&self, needs: &Needs, names: &Names, within: Option<&str>) -> String {
        let reference = |name: &str| if within.is_none_or(|own| own == name) { "&" } else { "" };
        let mut text = String::new();
        if needs.input {
            text.push_str(&format!(", {}input", reference("input")));
        }
        for (name, _) in names.steps.iter().filter(|(name, _)| needs.steps.contains(name)) {
            text.push_str(&format!(", {}{}", reference(name), variable(name)));
        }
        if needs.item {
            let item = names.item.as_ref();
            let is_copied = item.is_some_and(|item| item.is_reference() || item.ty.is_copied());
            let cloned = within.is_some() && !is_copied;
            text.push_str(if cloned { ", item.clone()" } else { ", item" });
        }
        if needs.id {
            text.push_str(", id");
        }
        if needs.secs {
            text.push_str(", secs");
        }
        if needs.position {
            text.push_str(", page");
        }
        text
    }
}
