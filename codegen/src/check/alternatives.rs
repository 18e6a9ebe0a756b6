//! Literals where one of several types is taken.

use crate::{
    diagnostic::Sink,
    document::{Properties, Type, TypeKind},
    mapping::{Value, ValueKind},
    source::Spanned,
};

use super::{
    Checker,
    scope::Scope,
    types,
    values::{Place, literal},
};

impl Checker<'_> {
    /// Holds a literal against the alternatives that it may be: one that takes it is enough, or else the problems with the
    /// likeliest are told. False if it is none of them.
    pub fn alternatives(&mut self, value: &Value, arms: &[Type], place: &Place<'_>, scope: &Scope<'_>) -> bool {
        let before = self.reader.found();
        let mut likeliest: Option<Sink> = None;
        for ty in arms.iter().filter(|arm| literal_fits(value, arm)) {
            let named = self.reported.borrow().clone();
            self.value(value, &Place { ty, ..*place }, scope);
            let problems = self.reader.take_from(before);
            if problems.is_empty() {
                return true;
            }
            self.reported.replace(named);
            if likeliest.as_ref().is_none_or(|best| problems.len() < best.len()) {
                likeliest = Some(problems);
            }
        }
        if self.decided_when_sent(value, arms, place, scope) {
            return true;
        }
        let any = likeliest.is_some();
        self.reader.extend(likeliest.unwrap_or_default());
        any
    }

    /// Whether an object has fields of several alternatives, of which some may be absent: which of them it is shows when it is
    /// sent. Only those are left that take what is always sent, and one of them must get all that it requires.
    fn decided_when_sent(&mut self, value: &Value, arms: &[Type], place: &Place<'_>, scope: &Scope<'_>) -> bool {
        let ValueKind::Object(entries) = &value.kind else {
            return false;
        };
        let before = self.reader.found();
        let mut sent: Vec<&str> = Vec::new();
        for (name, value) in entries {
            if !self.infer(value, scope).nullable {
                sent.push(&name.value);
            }
        }
        self.reader.take_from(before);
        let takes = |arm: &&Type| sent.iter().all(|name| has(arm, name)) && self.takes_literals(arm, entries);
        let left: Vec<Type> = arms.iter().filter(takes).cloned().collect();
        let has_all = |arm: &Type| entries.iter().all(|(name, _)| has(arm, &name.value));
        if left.iter().any(has_all) || !left.iter().any(|arm| self.may_be_whole(arm, entries)) {
            return false;
        }
        let named = self.reported.borrow().clone();
        let ty = together(left);
        self.value(value, &Place { ty: &ty, ..*place }, scope);
        let problems = self.reader.take_from(before);
        if !problems.is_empty() {
            self.reported.replace(named);
        }
        problems.is_empty()
    }

    /// Whether all that an alternative requires is among the fields, whether they are always there or not.
    fn may_be_whole(&self, arm: &Type, entries: &[(Spanned<String>, Value)]) -> bool {
        let is_given = |name: &String| entries.iter().any(|(given, _)| given.value == *name);
        let TypeKind::Object(fields, _) = &arm.kind else {
            return false;
        };
        let mut fields = fields.iter();
        fields.all(|(name, said)| !self.document.demands(said) || is_given(name))
    }

    /// Whether an alternative takes what is written out of an object.
    fn takes_literals(&self, arm: &Type, entries: &[(Spanned<String>, Value)]) -> bool {
        entries.iter().all(|(name, value)| {
            let known = literal(value).zip(arm.property(&name.value));
            known.is_none_or(|(literal, (schema, _))| {
                types::unlisted(&literal, &self.document.type_of(&schema)).is_none()
            })
        })
    }
}

/// Whether an alternative describes a field.
fn has(arm: &Type, name: &str) -> bool {
    matches!(&arm.kind, TypeKind::Object(fields, _) if fields.contains_key(name))
}

/// An object with the fields of each of several: what all of them require is required.
fn together(arms: Vec<Type>) -> Type {
    let choice = types::of(TypeKind::Union(arms));
    let names = choice.property_names().into_iter();
    let fields: Properties = names
        .filter_map(|name| Some((name.clone(), choice.property(&name)?)))
        .collect();
    types::of(TypeKind::Object(fields, None))
}

fn literal_fits(value: &Value, arm: &Type) -> bool {
    matches!(
        (&value.kind, &arm.kind),
        (ValueKind::Object(_), TypeKind::Object(..)) | (ValueKind::List(_), TypeKind::Array(_))
    )
}
