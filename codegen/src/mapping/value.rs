//! The value language: a scalar is itself, `$root.path` is a reference, a one-key map with an operator's name applies it.

use crate::{
    diagnostic::{Code, did_you_mean},
    operator::{self, Operator, Takes},
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Reader, Reference, Root, template};

#[derive(Clone, Debug)]
pub struct Value {
    pub span: Span,
    pub kind: ValueKind,
}

#[derive(Clone, Debug)]
pub enum ValueKind {
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    String(String),
    Reference(Reference),
    Operator(&'static Operator, Arguments),
    Object(Vec<(Spanned<String>, Value)>),
    List(Vec<Value>),
}

#[derive(Clone, Debug)]
pub enum Arguments {
    /// One value, or a list of them.
    Values(Vec<Value>),
    Named(Vec<(Spanned<String>, Value)>),
    Template(Vec<Part>),
}

/// A piece of a template: text, or a value that is put in.
#[derive(Clone, Debug)]
pub enum Part {
    Text(String),
    Value(Value),
}

impl Part {
    fn value(&self) -> Option<&Value> {
        match self {
            Part::Value(value) => Some(value),
            Part::Text(_) => None,
        }
    }
}

impl Value {
    pub fn read(reader: &Reader, node: &Node) -> Self {
        Self::read_by(operator::find, reader, node)
    }

    /// Reads a value in which these operators are known: any other name is that of a field.
    pub fn read_by(known: Known, reader: &Reader, node: &Node) -> Self {
        let kind = match &node.kind {
            NodeKind::Null => ValueKind::Null,
            NodeKind::Boolean(value) => ValueKind::Boolean(*value),
            NodeKind::Integer(value) => ValueKind::Integer(*value),
            NodeKind::Number(value) => ValueKind::Number(*value),
            NodeKind::String(text) => string(reader, node.span, text),
            NodeKind::List(items) => {
                ValueKind::List(items.iter().map(|item| Self::read_by(known, reader, item)).collect())
            }
            NodeKind::Mapping(entries) => mapping(known, reader, entries),
        };
        Self { span: node.span, kind }
    }

    pub fn read_entries(reader: &Reader, entries: &[(Spanned<String>, Node)]) -> Vec<(Spanned<String>, Self)> {
        Self::read_entries_by(operator::find, reader, entries)
    }

    pub fn read_entries_by(
        known: Known,
        reader: &Reader,
        entries: &[(Spanned<String>, Node)],
    ) -> Vec<(Spanned<String>, Self)> {
        let entries = entries.iter();
        entries
            .map(|(name, node)| (name.clone(), Self::read_by(known, reader, node)))
            .collect()
    }

    /// A mapping without entries.
    pub fn empty(span: Span) -> Self {
        Self {
            span,
            kind: ValueKind::Object(Vec::new()),
        }
    }

    pub fn as_reference(&self) -> Option<&Reference> {
        match &self.kind {
            ValueKind::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// The path of several segments that it is, where it is one.
    pub fn segments(&self) -> Option<&Self> {
        match &self.kind {
            ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "segments" => values.first(),
            _ => None,
        }
    }

    /// Every value within, itself included.
    pub fn walk<'v>(&'v self, visit: &mut dyn FnMut(&'v Value)) {
        visit(self);
        self.parts().into_iter().for_each(|value| value.walk(visit));
    }

    /// The values that it is made of.
    pub fn parts(&self) -> Vec<&Value> {
        match &self.kind {
            ValueKind::List(items) | ValueKind::Operator(_, Arguments::Values(items)) => items.iter().collect(),
            ValueKind::Object(entries) | ValueKind::Operator(_, Arguments::Named(entries)) => {
                entries.iter().map(|(_, value)| value).collect()
            }
            ValueKind::Operator(_, Arguments::Template(parts)) => parts.iter().filter_map(Part::value).collect(),
            _ => Vec::new(),
        }
    }

    /// What is read in it of an answer, but by these operators.
    pub fn read_but_by(&self, operators: &[&str]) -> Option<&Reference> {
        match &self.kind {
            ValueKind::Operator(operator, _) if operators.contains(&operator.name) => None,
            ValueKind::Reference(reference) if matches!(reference.root, Root::Step(_)) => Some(reference),
            _ => self.parts().into_iter().find_map(|value| value.read_but_by(operators)),
        }
    }
}

/// The operator of a name, if it is one.
pub type Known = fn(&str) -> Option<&'static Operator>;

/// `$$` stands for a dollar sign that begins a plain string.
pub(super) fn string(reader: &Reader, span: Span, text: &str) -> ValueKind {
    match text.strip_prefix('$') {
        None => ValueKind::String(text.to_owned()),
        Some(plain) if plain.starts_with('$') => ValueKind::String(plain.to_owned()),
        Some(reference) => match Reference::parse(reference) {
            Some(reference) => ValueKind::Reference(reference),
            None => {
                let message = format!("`{text}` is not a reference");
                let help = "write `$step.path.to[*].field`, or `$$` for a string that begins with a dollar sign";
                reader.problem(Code::UnknownReference, span, message, help);
                ValueKind::Null
            }
        },
    }
}

fn mapping(known: Known, reader: &Reader, entries: &[(Spanned<String>, Node)]) -> ValueKind {
    if let [(name, node)] = entries {
        if name.value == "object" {
            let entries = reader.entries(node, "`object`");
            return ValueKind::Object(Value::read_entries_by(known, reader, entries));
        }
        if let Some(operator) = known(&name.value) {
            return match arguments(known, reader, operator, name.span, node) {
                Some(arguments) => ValueKind::Operator(operator, arguments),
                None => ValueKind::Null,
            };
        }
    }
    ValueKind::Object(Value::read_entries_by(known, reader, entries))
}

fn arguments(known: Known, reader: &Reader, operator: &'static Operator, span: Span, node: &Node) -> Option<Arguments> {
    match operator.takes {
        Takes::One(_) => Some(Arguments::Values(vec![Value::read_by(known, reader, node)])),
        Takes::Many(_) => many(reader, operator, node),
        Takes::Named(fields) => named(reader, operator, fields, span, node),
        Takes::Template => template::read(known, reader, span, node).map(Arguments::Template),
    }
}

fn many(reader: &Reader, operator: &Operator, node: &Node) -> Option<Arguments> {
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => Some(Arguments::Values(
            items.iter().map(|item| Value::read(reader, item)).collect(),
        )),
        _ => {
            let message = format!("`{}` takes a list of values, found {}", operator.name, node.describe());
            reader.problem(Code::WrongArguments, node.span, message, operator.usage());
            None
        }
    }
}

fn named(
    reader: &Reader,
    operator: &Operator,
    known: &'static [operator::Field],
    span: Span,
    node: &Node,
) -> Option<Arguments> {
    let NodeKind::Mapping(entries) = &node.kind else {
        let message = format!("`{}` takes named values, found {}", operator.name, node.describe());
        reader.problem(Code::WrongArguments, node.span, message, operator.usage());
        return None;
    };
    let mut sound = true;
    for (name, _) in entries {
        if !known.iter().any(|field| field.name == name.value) {
            sound = false;
            let message = format!("`{}` takes no `{}`", operator.name, name.value);
            let help = did_you_mean(&name.value, known.iter().map(|field| field.name));
            reader.problem(Code::WrongArguments, name.span, message, help);
        }
    }
    for (name, node) in entries.iter().filter(|(_, node)| matches!(node.kind, NodeKind::Null)) {
        sound = false;
        let message = format!("`{}` of `{}` has nothing after it", name.value, operator.name);
        let help = format!("write a value after `{}:`, or remove the key", name.value);
        reader.problem(Code::WrongShape, node.span, message, help);
    }
    // One that is missing may be the one that is misspelt.
    let is_misspelt = |(name, _): &(Spanned<String>, Node)| known.iter().all(|field| field.name != name.value);
    if entries.iter().any(is_misspelt) {
        return None;
    }
    for field in known.iter().filter(|field| field.required) {
        if !entries.iter().any(|(name, _)| name.value == field.name) {
            sound = false;
            let message = format!("`{}` needs `{}`", operator.name, field.name);
            reader.problem(Code::WrongArguments, span, message, operator.usage());
        }
    }
    sound.then(|| Arguments::Named(Value::read_entries(reader, entries)))
}
