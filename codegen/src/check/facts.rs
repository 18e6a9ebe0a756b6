//! What is kept of each sandbox: what the provider says of it, and what is remembered of one that starts.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::Type,
    mapping::{Function, Kind, Root, Sandboxes, Step, Value},
    source::Spanned,
};

use super::{Checker, scope::Scope, types, values::Place};

impl Checker<'_> {
    /// A fact as the provider tells it. Anybody may have written it, so it may be absent whatever the document says.
    pub fn told(&mut self, name: &Spanned<String>, value: &Value, scope: &Scope<'_>) {
        let found = self.fact_of(name, value, &Type::any(), scope);
        if name.value == "id" {
            let message = "`$sandbox.id` is the sandbox's id already";
            self.problem(Code::InvalidName, name.span, message, "give the fact another name");
        }
        let fact = Type {
            nullable: true,
            ..types::of(found.kind)
        };
        self.facts.entry(name.value.clone()).or_insert(fact);
    }

    /// What is remembered in its place must be such a value too.
    pub fn kept(&mut self, name: &Spanned<String>, value: &Value, scope: &Scope<'_>) {
        let known = self.facts.get(&name.value).cloned();
        let wanted = known.unwrap_or_else(Type::any);
        self.fact_of(name, value, &wanted, scope);
        let facts = self.mapping.sandboxes.iter().flat_map(Sandboxes::all_facts);
        let facts: Vec<&str> = facts.map(|(name, _)| name.value.as_str()).collect();
        if !self.mapping.is_broken("sandboxes") && !facts.contains(&name.value.as_str()) {
            let message = format!("no fact `{}` is kept of a sandbox", name.value);
            self.problem(
                Code::UnknownReference,
                name.span,
                message,
                did_you_mean(&name.value, facts.iter().copied()),
            );
        }
    }

    /// What a look at one sandbox tells beside what a list does.
    pub fn told_by_one(&mut self, sandboxes: &Sandboxes, scope: &Scope<'_>) {
        for (name, value) in &sandboxes.facts_of_one {
            if sandboxes.facts.iter().any(|(known, _)| known.value == name.value) {
                let message = format!("`{}` is among `sandboxes.facts` already", name.value);
                self.problem(Code::DuplicateKey, name.span, message, "remove one of them");
            }
            self.told(name, value, scope);
        }
    }

    /// What is remembered of what a step starts is read of its answer.
    pub fn remembered_of(&mut self, step: &Step, scope: &Scope<'_>) {
        for (name, value) in &step.remember {
            self.kept(name, value, scope);
        }
        if let Some((name, _)) = step.remember.first()
            && !step.creates(Kind::Sandbox)
            && !scope.function.is_some_and(Function::lacks_its_undo)
        {
            let message = "only a step that starts sandboxes can remember something of them";
            let help = "move it to the step with `undo: {end: …}`";
            self.problem(Code::SlotMismatch, name.span, message, help);
        }
    }

    /// What the function itself remembers is known before its steps. A value of one of them is reported.
    pub fn known_before(&self, name: &Spanned<String>, value: &Value, scope: &Scope<'_>) -> bool {
        let mut later = None;
        value.walk(&mut |value| {
            if let Some(Root::Step(step)) = value.as_reference().map(|reference| &reference.root)
                && scope.later.contains(&step.as_str())
            {
                later = Some((step.clone(), value.span));
            }
        });
        let Some((step, span)) = later else { return true };
        let message = format!(
            "`remember` of the function is read before its steps, and `{}` is of `{step}`",
            name.value
        );
        let help = format!("write `remember` at the step `{step}`");
        self.problem(Code::LaterStep, span, message, help);
        false
    }

    fn fact_of(&mut self, name: &Spanned<String>, value: &Value, wanted: &Type, scope: &Scope<'_>) -> Type {
        let found = self.infer(value, scope);
        let place = Place {
            name: &name.value,
            ty: wanted,
            required: false,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.fit(&found, value, &place, scope);
        self.place_unit(value, &place);
        found
    }
}
