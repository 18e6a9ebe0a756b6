//! Values held against the place they are given to.

use serde_json::Value as Json;

use crate::{
    diagnostic::{Code, did_you_mean, nearest},
    document::{Properties, Type, TypeKind},
    mapping::{Arguments, Value, ValueKind},
    source::{Span, Spanned},
};

use super::{Checker, no_operator::no_operator, scope::Scope, types, uses::BodyUse};

/// What to do about something that may be absent and has no fallback.
pub const ALWAYS_THERE: &str = "name a field that is always there; if the document is wrong, mend it in the overlay";

/// A place that takes a value: its name for messages, its type, whether it must be given.
pub struct Place<'a> {
    pub name: &'a str,
    pub ty: &'a Type,
    pub required: bool,
    pub unknown: Code,
    pub missing: Code,
}

impl Checker<'_> {
    /// Checks a value against its place; what it writes of an object is returned for the pruning.
    pub fn value(&mut self, value: &Value, place: &Place<'_>, scope: &Scope<'_>) -> BodyUse {
        self.resolved(place.ty, value.span);
        match (&value.kind, &place.ty.kind) {
            (ValueKind::Object(_) | ValueKind::List(_), TypeKind::Union(arms)) => {
                if !self.alternatives(value, arms, place, scope) {
                    let found = self.infer(value, scope);
                    self.fit(&found, value, place, scope);
                }
                BodyUse::Whole
            }
            (ValueKind::Object(entries), TypeKind::Object(..)) => self.fields(entries, value.span, place, scope),
            (ValueKind::List(items), TypeKind::Array(schema)) => {
                let ty = self.document.type_of(schema);
                for item in items {
                    self.value(
                        item,
                        &Place {
                            ty: &ty,
                            required: true,
                            ..*place
                        },
                        scope,
                    );
                }
                BodyUse::Whole
            }
            _ => {
                let found = self.infer(value, scope);
                self.fit(&found, value, place, scope);
                self.place_unit(value, place);
                match value.kind {
                    ValueKind::Null => BodyUse::Null,
                    _ => BodyUse::Whole,
                }
            }
        }
    }

    pub fn fit(&self, found: &Type, value: &Value, place: &Place<'_>, scope: &Scope<'_>) {
        if let Some(problem) = types::mismatch(self.document, found, place.ty) {
            if let Some((message, help)) = no_operator(value, place.ty) {
                return self.problem(Code::WrongType, value.span, message, help);
            }
            let help = field_or_operator(value, place.ty).unwrap_or_else(|| conversion(value, found, place.ty));
            self.problem(Code::WrongType, value.span, format!("`{}` {problem}", place.name), help);
        } else if found.nullable && place.required && !place.ty.nullable {
            let why = self.why_absent(value);
            let message = format!("`{}` is required, but this value may be absent{why}", place.name);
            let help = self.against_absence(value, place.name);
            self.problem(Code::MayBeAbsent, value.span, message, help);
        } else if self.has_gaps(found, Some(place.ty)) {
            let message = format!(
                "`{}` takes no absent items, but those of this list may be absent",
                place.name
            );
            self.problem(Code::MayBeAbsent, value.span, message, self.against_gaps(value));
        } else if let Some((problem, help)) = self.encoding(value, found, place.ty, scope) {
            self.problem(Code::WrongType, value.span, format!("`{}` {problem}", place.name), help);
        } else {
            self.listed(value, place);
        }
    }

    /// A literal, or one that the value may come to, is among the values that the document lists.
    fn listed(&self, value: &Value, place: &Place<'_>) {
        if let ValueKind::Operator(operator, Arguments::Values(values)) = &value.kind
            && operator.name == "first"
        {
            values.iter().for_each(|value| self.listed(value, place));
        } else if let Some(literal) = literal(value)
            && let Some(values) = types::unlisted(&literal, place.ty)
        {
            let message = format!("`{}` does not take `{}`", place.name, plain(&literal));
            self.problem(
                Code::UnlistedValue,
                value.span,
                message,
                listed_instead(&literal, values),
            );
        }
    }

    /// Whether items of a list may be absent where `wanted` takes none that are.
    pub fn has_gaps(&self, found: &Type, wanted: Option<&Type>) -> bool {
        let items = |ty: &Type| match &ty.kind {
            TypeKind::Array(items) => Some(self.document.type_of(items)),
            _ => None,
        };
        let bears = |wanted: &Type| items(wanted).is_none_or(|item| item.nullable || item.kind == TypeKind::Any);
        items(found).is_some_and(|item| item.nullable) && !wanted.is_some_and(bears)
    }

    fn fields(
        &mut self,
        entries: &[(Spanned<String>, Value)],
        span: Span,
        place: &Place<'_>,
        scope: &Scope<'_>,
    ) -> BodyUse {
        let mut used = indexmap::IndexMap::new();
        let TypeKind::Object(properties, others) = &place.ty.kind else {
            return BodyUse::Whole;
        };
        let mut unknown = Vec::new();
        for (name, value) in entries {
            let Some((schema, required)) = place.ty.property(&name.value) else {
                unknown.push(name);
                continue;
            };
            let ty = self.document.type_of(&schema);
            let required = self.document.demands(&(schema, required));
            let inner = format!("{}.{}", place.name, name.value);
            let inner = Place {
                name: &inner,
                ty: &ty,
                required,
                ..*place
            };
            let fields = self.value(value, &inner, scope);
            self.takes_null(value, &inner);
            used.insert(name.value.clone(), fields);
        }
        self.unknown_fields(&unknown, properties, place);
        self.missing(entries, properties, span, place);
        if others.is_some() && properties.is_empty() {
            return BodyUse::Whole;
        }
        BodyUse::Fields(used)
    }

    /// A null that is written out is sent, so a field of a body must take one. What is required is held against absence.
    fn takes_null(&self, value: &Value, place: &Place<'_>) {
        let is_taken = place.ty.nullable || place.ty.kind == TypeKind::Any || place.required;
        if matches!(value.kind, ValueKind::Null) && !is_taken && place.unknown == Code::UnknownBodyField {
            let message = format!("`{}` takes {}, and no null", place.name, place.ty.describe());
            let help = "leave the field out; if the API takes null there, say so in the overlay: `nullable: true`, in \
                        3.1 `type: […, 'null']`";
            self.problem(Code::WrongType, value.span, message, help);
        }
    }

    /// Fields that there are not: each that is like one that there is, and the others together.
    fn unknown_fields(&self, unknown: &[&Spanned<String>], properties: &Properties, place: &Place<'_>) {
        let known = || properties.keys().map(String::as_str);
        let (near, strange): (Vec<&Spanned<String>>, Vec<_>) =
            unknown.iter().partition(|name| nearest(&name.value, known()).is_some());
        let strange = strange.split_first();
        let first = strange.map(|(first, others)| (*first, others)).into_iter();
        for (name, others) in near.into_iter().map(|name| (name, &[][..])).chain(first) {
            let names = std::iter::once(&name)
                .chain(others)
                .map(|name| format!("`{}`", name.value));
            let fields = if others.is_empty() { "field" } else { "fields" };
            let message = format!(
                "`{}` has no {fields} {}",
                place.name,
                names.collect::<Vec<_>>().join(", ")
            );
            self.problem(place.unknown, name.span, message, did_you_mean(&name.value, known()));
        }
    }

    /// The required fields that are not given, as one problem; a misspelt one is reported where it stands.
    fn missing(&self, entries: &[(Spanned<String>, Value)], properties: &Properties, span: Span, place: &Place<'_>) {
        let given = |name: &str| entries.iter().any(|(given, _)| given.value == name);
        let misspelt = |name: &str| {
            let mut unknown = entries
                .iter()
                .filter(|(given, _)| !properties.contains_key(&given.value));
            unknown.any(|(given, _)| nearest(&given.value, properties.keys().map(String::as_str)) == Some(name))
        };
        let missing: Vec<&str> = properties
            .iter()
            .filter(|(name, said)| self.document.demands(said) && !given(name) && !misspelt(name))
            .map(|(name, _)| name.as_str())
            .collect();
        if missing.is_empty() {
            return;
        }
        let fields = if missing.len() == 1 { "field" } else { "fields" };
        let message = format!("`{}` needs the {fields} `{}`", place.name, missing.join("`, `"));
        let help = format!("add `{}:`", missing.join(":` and `"));
        self.problem(place.missing, span, message, help);
    }

    /// The type of a value, whatever it is for.
    pub fn infer(&mut self, value: &Value, scope: &Scope<'_>) -> Type {
        match &value.kind {
            ValueKind::Null => Type {
                nullable: !self.unread.contains(&value.span),
                ..Type::any()
            },
            ValueKind::Boolean(_) => types::of(TypeKind::Boolean),
            ValueKind::Integer(_) => types::of(TypeKind::Integer),
            ValueKind::Number(_) => types::of(TypeKind::Number),
            ValueKind::String(_) => Type::string(),
            ValueKind::Reference(reference) => self.reference(reference, value.span, scope),
            ValueKind::Operator(operator, arguments) => self.operator(operator, arguments, scope),
            ValueKind::Object(entries) => {
                let mut fields = Properties::new();
                for (name, value) in entries {
                    let ty = self.infer(value, scope);
                    fields.insert(name.value.clone(), (ty.schema(), !ty.nullable));
                }
                types::of(TypeKind::Object(fields, None))
            }
            ValueKind::List(items) => {
                let items: Vec<Type> = items.iter().map(|item| self.infer(item, scope)).collect();
                types::list_of(self.document, &items)
            }
        }
    }
}

/// A field that is called like an operator must be written as one of an `object`.
fn field_or_operator(value: &Value, wanted: &Type) -> Option<String> {
    let ValueKind::Operator(operator, _) = &value.kind else {
        return None;
    };
    let name = operator.name;
    let meant = matches!(&wanted.kind, TypeKind::Object(fields, _) if fields.contains_key(name));
    meant.then(|| format!("`{name}` alone is an operator: for the field write `{{object: {{{name}: …}}}}`"))
}

pub fn literal(value: &Value) -> Option<Json> {
    match &value.kind {
        ValueKind::String(text) => Some(Json::from(text.as_str())),
        ValueKind::Integer(n) => Some(Json::from(*n)),
        ValueKind::Boolean(b) => Some(Json::from(*b)),
        _ => None,
    }
}

/// The listed value that a literal was meant to be.
pub fn listed_instead(literal: &Json, values: &[Json]) -> String {
    let names: Vec<String> = values.iter().map(plain).collect();
    did_you_mean(&plain(literal), names.iter().map(String::as_str))
}

pub fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The operator that would make one type of another.
pub fn conversion(value: &Value, found: &Type, wanted: &Type) -> String {
    match (&found.kind, &wanted.kind) {
        (TypeKind::String, TypeKind::Integer | TypeKind::Number) if found.never_numeric => {
            "take another field: the document says that this text is no number, and no operator makes one of it"
                .to_owned()
        }
        (TypeKind::Number, TypeKind::Integer) if matches!(value.kind, ValueKind::Number(_)) => {
            format!("give a whole number from {} to {}", i64::MIN, i64::MAX)
        }
        (_, TypeKind::String | TypeKind::Integer) if literal(value).is_some() => {
            format!("give {}", wanted.describe())
        }
        (TypeKind::Integer | TypeKind::Number | TypeKind::Boolean, TypeKind::String) => {
            "convert it: `{text: …}`".to_owned()
        }
        (TypeKind::String | TypeKind::Number, TypeKind::Integer) => "convert it: `{integer: …}`".to_owned(),
        (TypeKind::Array(_), TypeKind::Array(_)) => "give a list of such items".to_owned(),
        (_, TypeKind::Array(_)) => "write a list: `[…]`".to_owned(),
        _ => format!("give {}", wanted.describe()),
    }
}
