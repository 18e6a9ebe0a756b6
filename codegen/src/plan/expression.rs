//! Values of the mapping as Rust expressions of type `Value`.

use std::collections::BTreeSet;

use crate::{
    client::Type,
    mapping::{Arguments, Part, Reference, Root, Value, ValueKind},
    naming::ident,
    operator::{Operator, Takes},
};

use super::{
    Planner,
    access::{self, Place},
    literal,
};

/// The Rust variables that stand for the roots of references, at one place.
#[derive(Clone, Default)]
pub struct Names {
    /// Steps before this place: name and place.
    pub steps: Vec<(String, Place)>,
    /// What `$item` is.
    pub item: Option<Place>,
}

impl Names {
    pub fn step(&self, name: &str) -> Option<&Place> {
        self.steps
            .iter()
            .find_map(|(known, place)| (known == name).then_some(place))
    }
}

/// Which variables an expression needs.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    pub input: bool,
    pub item: bool,
    pub id: bool,
    pub secs: bool,
    pub owned: bool,
    pub steps: BTreeSet<String>,
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

    fn note(&mut self, reference: &Reference) {
        match &reference.root {
            Root::Input => self.input = true,
            Root::Item => self.item = true,
            Root::Id => self.id = true,
            Root::Secs => self.secs = true,
            Root::Owned => self.owned = true,
            Root::Step(name) => drop(self.steps.insert(name.clone())),
            _ => {}
        }
    }
}

impl Planner<'_> {
    /// A value as an expression of type `Value`; `?` may occur in it.
    pub fn value(&self, value: &Value, names: &Names) -> String {
        match &value.kind {
            ValueKind::Null => "Value::Null".to_owned(),
            ValueKind::Boolean(b) => format!("json(&{b})"),
            ValueKind::Integer(n) => format!("json(&{})", integer(*n)),
            ValueKind::Number(n) => format!("json(&{n:?})"),
            ValueKind::String(text) => format!("json({})", literal(text)),
            ValueKind::Reference(reference) => self.reference(reference, names),
            ValueKind::Operator(operator, arguments) => self.operator(operator, arguments, names),
            ValueKind::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item, names)).collect();
                format!("list([{}])", items.join(", "))
            }
            ValueKind::Object(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("({}, {})", literal(&name.value), self.value(value, names)))
                    .collect();
                format!("object([{}])", entries.join(", "))
            }
        }
    }

    /// Where a text of a step's answer is.
    fn text(&self, value: &Value, names: &Names) -> Option<Place> {
        let ValueKind::Reference(Reference {
            root: Root::Step(name),
            path,
        }) = &value.kind
        else {
            return None;
        };
        let place = access::down(self.index, names.step(name)?.clone(), path).ok()?;
        (place.kind == Type::Text).then_some(place)
    }

    /// A text of an answer, or what one operator makes of it, without a copy: the expression, and the field that is empty
    /// after it.
    pub fn taking(&self, value: &Value, names: &Names) -> Option<(String, String)> {
        match &value.kind {
            ValueKind::Reference(_) => self.text(value, names)?.taken(),
            ValueKind::Operator(operator, Arguments::Values(values)) => {
                let ([of], false) = (values.as_slice(), matches!(operator.takes, Takes::Many(_))) else {
                    return None;
                };
                let (code, field) = self.taking(of, names)?;
                Some((format!("value::{}({}{code})?", operator.name, operator.context), field))
            }
            _ => None,
        }
    }

    fn reference(&self, reference: &Reference, names: &Names) -> String {
        let path = &reference.path;
        let first = match path.first() {
            Some(crate::mapping::Segment::Field(name)) => name.as_str(),
            _ => "",
        };
        match &reference.root {
            Root::Input => self.input_path(reference),
            Root::Config => format!("cx.config({})", literal(first)),
            Root::Attempt => "cx.attempt()".to_owned(),
            Root::Capabilities => "cx.capabilities()".to_owned(),
            Root::Sandbox => format!("cx.fact({})", literal(first)),
            Root::Owned => format!("json(&owned.{first})"),
            Root::Id => "json(id)".to_owned(),
            Root::Secs => "json(&secs)".to_owned(),
            Root::Lifetime => format!("cx.lifetime({})", literal(first)),
            Root::Item => match &names.item {
                Some(item) => access::read(self.index, item.clone(), path),
                None => "Value::Null".to_owned(),
            },
            Root::Step(name) => match names.step(name) {
                Some(place) => access::read(self.index, place.clone(), path),
                None => "Value::Null".to_owned(),
            },
        }
    }

    /// Inputs are fields of the typed input; what lies deeper is JSON.
    fn input_path(&self, reference: &Reference) -> String {
        let Some((crate::mapping::Segment::Field(name), rest)) = reference.path.split_first() else {
            return "json(input)".to_owned();
        };
        let field = format!("json(&input.{})", ident(name));
        if rest.is_empty() {
            return field;
        }
        format!("at({field}, {})", literal(&crate::mapping::path_text(rest)))
    }

    fn operator(&self, operator: &Operator, arguments: &Arguments, names: &Names) -> String {
        let name = operator.name;
        let context = operator.context;
        match arguments {
            Arguments::Template(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.part(part, names)).collect();
                format!("value::{name}([{}])?", parts.join(", "))
            }
            Arguments::Named(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(field, value)| format!("{}: {}", ident(&field.value), self.value(value, names)))
                    .collect();
                let of = heck::ToUpperCamelCase::to_upper_camel_case(name);
                let rest = if operator.has_more_than(fields.len()) {
                    ", ..Default::default()"
                } else {
                    ""
                };
                format!("value::{name}({context}value::{of} {{ {}{rest} }})?", fields.join(", "))
            }
            Arguments::Values(values) => {
                let looked_at = |value| self.text(value, names).filter(|_| operator.only_looks());
                let argument = |value| looked_at(value).map_or_else(|| self.value(value, names), |text| text.code);
                let values: Vec<String> = values.iter().map(argument).collect();
                match operator.takes {
                    Takes::Many(_) => {
                        format!("value::{name}({context}[{}])?", values.join(", "))
                    }
                    _ => format!("value::{name}({context}{})?", values.join(", ")),
                }
            }
        }
    }

    fn part(&self, part: &Part, names: &Names) -> String {
        match part {
            Part::Text(text) => format!("json({})", literal(text)),
            Part::Reference(value) => self.value(value, names),
        }
    }
}

/// A literal without a suffix is an `i32` to the compiler.
fn integer(n: i64) -> String {
    match i32::try_from(n) {
        Ok(n) => n.to_string(),
        Err(_) => format!("{n}_i64"),
    }
}
