//! Operators that compare: `find` and `omit_if`. What can never be the same is a mistake.

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Reference, Segment, Value, ValueKind},
    source::Spanned,
};

use super::{
    Checker,
    scope::Scope,
    types,
    values::{conversion, listed_instead, literal, plain},
};

/// The named arguments of an operator, with their types.
pub struct Given<'v> {
    pub entries: &'v [(Spanned<String>, Value)],
    pub types: Vec<Type>,
}

impl Given<'_> {
    fn get(&self, key: &str) -> Option<(&Value, &Type)> {
        let mut all = self.entries.iter().zip(&self.types);
        all.find_map(|((name, value), ty)| (name.value == key).then_some((value, ty)))
    }
}

impl Checker<'_> {
    /// What it omits is absent, whatever the value is.
    pub fn omit_if(&mut self, given: &Given<'_>) -> Type {
        let (Some((_, value)), Some((list, unwanted))) = (given.get("value"), given.get("in")) else {
            return Type::any();
        };
        match &list.kind {
            ValueKind::List(items) => {
                for item in items.iter().filter(|item| literal(item).is_some()) {
                    let found = self.infer(item, &Scope::default());
                    self.comparable("omit_if", item, &found, value);
                }
            }
            _ => self.comparable("omit_if", list, &self.item_of(unwanted), value),
        }
        Type {
            nullable: true,
            values: None,
            ..value.clone()
        }
    }

    /// What one of the cases is, or the default; absent where neither is.
    pub fn switch(&mut self, given: &Given<'_>) -> Type {
        let (Some((_, of)), Some((cases, found))) = (given.get("of"), given.get("cases")) else {
            return Type::any();
        };
        let ValueKind::Object(entries) = &cases.kind else {
            let message = "`switch`: `cases` is a mapping of values of `of` to what it yields for them";
            self.problem(Code::WrongArguments, cases.span, message, "write `cases: {201: true}`");
            return Type::any();
        };
        entries.iter().for_each(|(name, _)| self.may_be(name, of));
        let named = entries.iter().filter_map(|(name, _)| found.property(&name.value));
        let mut arms: Vec<Type> = named
            .map(|(schema, always)| {
                let ty = self.document.type_of(&schema);
                let nullable = ty.nullable || !always;
                Type { nullable, ..ty }
            })
            .collect();
        let default = given.get("default").map(|(_, ty)| ty.clone());
        let is_absent = default.as_ref().is_none_or(|ty| ty.nullable) || arms.iter().any(|ty| ty.nullable);
        arms.extend(default);
        Type {
            nullable: is_absent,
            ..types::either(self.document, &arms)
        }
    }

    /// A case is one that the value may come to.
    fn may_be(&self, name: &Spanned<String>, of: &Type) {
        let text = name.value.as_str();
        let fits = match (&of.values, &of.kind) {
            (Some(values), _) => values.iter().any(|value| plain(value) == text),
            (None, TypeKind::Integer) => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
            (None, TypeKind::Boolean) => matches!(text, "true" | "false"),
            _ => true,
        };
        if !fits {
            let message = format!("`switch`: `of` is never `{text}`: it is {}", of.describe());
            let help = match &of.values {
                Some(values) => listed_instead(&text.into(), values),
                None => "write the value as text: `cases: {201: …}`, `cases: {'true': …}`".to_owned(),
            };
            self.problem(Code::NoEffect, name.span, message, help);
        }
    }

    /// The type of the field that is taken. Where none is found the answer is unreadable, so it may stand where a value is
    /// required.
    pub fn find(&mut self, given: &Given<'_>, scope: &Scope<'_>) -> Type {
        let (Some((list, items)), Some((conditions, wanted)), Some((take, _))) =
            (given.get("in"), given.get("where"), given.get("take"))
        else {
            return Type::any();
        };
        if self.is_within_items(list) {
            return Type::any();
        }
        let item = self.item_of(items);
        match &conditions.kind {
            ValueKind::Object(conditions) => {
                for (name, value) in conditions {
                    let field = self.field_of(list, &item, name, scope);
                    if let Some((condition, _)) = wanted.property(&name.value) {
                        self.comparable("find", value, &self.document.type_of(&condition), &field);
                    }
                }
            }
            _ => {
                let message = "`find`: `where` is a mapping of fields to values";
                let help = "write `where: {name: …}`";
                self.problem(Code::WrongArguments, conditions.span, message, help);
            }
        }
        let ValueKind::String(name) = &take.kind else {
            let message = "`find`: `take` is the name of a field";
            self.problem(Code::WrongArguments, take.span, message, "write `take: url`");
            return Type::any();
        };
        Type {
            nullable: false,
            values: None,
            ..self.field_of(list, &item, &Spanned::new(name.clone(), take.span), scope)
        }
    }

    fn is_within_items(&self, list: &Value) -> bool {
        let Some(reference) = list.as_reference() else {
            return false;
        };
        let Some(each) = reference.path.iter().position(|segment| *segment == Segment::Each) else {
            return false;
        };
        let message = format!("`find` goes through one list by itself, and `{reference}` is what is in its items");
        let whole = Reference {
            root: reference.root.clone(),
            path: reference.path[..each].to_vec(),
        };
        self.problem(Code::NotAnArray, list.span, message, format!("write `in: {whole}`"));
        true
    }

    fn item_of(&self, list: &Type) -> Type {
        match &list.kind {
            TypeKind::Array(items) => self.document.type_of(items),
            _ => Type::any(),
        }
    }

    /// A field of the items of a list. It is named here and nowhere else, so it is also read here.
    fn field_of(&mut self, list: &Value, item: &Type, name: &Spanned<String>, scope: &Scope<'_>) -> Type {
        let field = item.property(&name.value);
        if let Some(reference) = list.as_reference() {
            let mut reference = reference.clone();
            reference.path.push(Segment::Each);
            reference.path.push(Segment::Field(name.value.clone()));
            self.reference(&reference, name.span, scope);
        } else if field.is_none() {
            self.no_field(item, &name.value, "find: in[*]", name.span, Code::WrongArguments);
        }
        field.map_or_else(Type::any, |(schema, _)| self.document.type_of(&schema))
    }

    /// Two values of which one may be the other.
    fn comparable(&self, operator: &str, value: &Value, found: &Type, other: &Type) {
        let fits = |one, another| types::mismatch(self.document, one, another).is_none();
        if !fits(found, other) && !fits(other, found) {
            let message = format!(
                "`{operator}`: this is {}, what it is compared with is {}: they are never the same",
                found.describe(),
                other.describe()
            );
            self.problem(Code::NoEffect, value.span, message, conversion(value, found, other));
        } else if let Some(literal) = literal(value)
            && let Some(values) = types::unlisted(&literal, other)
        {
            let message = format!(
                "`{operator}`: what this is compared with is never `{}`",
                plain(&literal)
            );
            self.problem(
                Code::UnlistedValue,
                value.span,
                message,
                listed_instead(&literal, values),
            );
        }
    }
}
