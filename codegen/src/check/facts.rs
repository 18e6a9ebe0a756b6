//! What is kept of each sandbox: what the provider says of it, and what is remembered of one that starts.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::Type,
    mapping::Value,
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
        let facts = self.mapping.sandboxes.iter().flat_map(|sandboxes| &sandboxes.facts);
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

    fn fact_of(&mut self, name: &Spanned<String>, value: &Value, wanted: &Type, scope: &Scope<'_>) -> Type {
        let found = self.infer(value, scope);
        let place = Place {
            name: &name.value,
            ty: wanted,
            required: false,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.fit(&found, value, &place);
        self.place_unit(value, &place);
        found
    }
}
