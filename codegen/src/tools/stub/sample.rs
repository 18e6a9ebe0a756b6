//! Values made up by the types of a document: enough for one that is read to be there, and nothing else.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use crate::{
    document::{Document, Type, TypeKind},
    mapping::Segment,
    scalar::in_flow,
};

use super::block;

/// Objects within objects are made up this deep.
const DEPTH: usize = 8;

/// What a text is, where nothing says more.
pub const TEXT: &str = "text";

/// A moment.
pub const MOMENT: &str = "2026-01-01T00:00:00Z";

/// The same in seconds.
pub const SECONDS: i64 = 1_767_225_600;

pub struct Samples<'d> {
    pub document: &'d Document,
    /// Whether something was left out because it is nested too deep.
    is_cut: Cell<bool>,
}

impl<'d> Samples<'d> {
    pub fn new(document: &'d Document) -> Self {
        let is_cut = Cell::new(false);
        Self { document, is_cut }
    }

    /// Whether a value could not be made up as a whole.
    pub fn is_endless(&self) -> bool {
        self.is_cut.get()
    }

    /// A value of a schema, with what is required.
    pub fn of(&self, schema: &Value) -> Value {
        self.within(schema, DEPTH)
    }

    fn within(&self, schema: &Value, depth: usize) -> Value {
        let ty = self.document.type_of(schema);
        if let Some(first) = ty.values.iter().flatten().next() {
            return first.clone();
        }
        self.of_type(&ty, schema, depth)
    }

    fn of_type(&self, ty: &Type, schema: &Value, depth: usize) -> Value {
        match &ty.kind {
            TypeKind::Boolean => Value::Bool(true),
            TypeKind::Integer | TypeKind::Number => self.number(schema),
            TypeKind::String | TypeKind::Any if self.says(schema, "format") == &json!("date-time") => json!(MOMENT),
            TypeKind::String | TypeKind::Any => json!(TEXT),
            TypeKind::Binary => json!({ "to_base64": TEXT }),
            TypeKind::Array(_) => json!([]),
            TypeKind::Union(arms) => arms.first().map_or(Value::Null, |arm| self.of_type(arm, schema, depth)),
            TypeKind::Object(properties, _) => {
                let required = properties.iter().filter(|(_, (_, required))| *required);
                let required: Vec<_> = required.collect();
                if depth == 0 && !required.is_empty() {
                    self.is_cut.set(true);
                    return Value::Object(Map::new());
                }
                let fields = required
                    .into_iter()
                    .map(|(name, (schema, _))| (name.clone(), self.within(schema, depth - 1)));
                Value::Object(fields.collect())
            }
        }
    }

    fn number(&self, schema: &Value) -> Value {
        match self.says(schema, "minimum").as_i64() {
            Some(least) if least > 1 => json!(least),
            _ => json!(1),
        }
    }

    fn says<'s>(&'s self, schema: &'s Value, key: &str) -> &'s Value {
        &self.document.resolve(schema)[key]
    }

    /// What is where a path leads, if the document says it.
    pub fn type_at(&self, ty: &Type, path: &[Segment]) -> Option<Type> {
        path.iter()
            .try_fold(ty.clone(), |ty, segment| match (segment, &ty.kind) {
                (Segment::Field(name), _) => Some(self.document.type_of(&ty.property(name)?.0)),
                (Segment::Each, TypeKind::Array(items)) => Some(self.document.type_of(items)),
                (Segment::Each, _) => None,
            })
    }

    /// Puts something where a path leads, and makes what is not there on the way; of a list its first item.
    pub fn put(&self, at: &mut Value, ty: &Type, path: &[Segment], value: Value) {
        let Some((first, rest)) = path.split_first() else {
            *at = value;
            return;
        };
        match first {
            Segment::Field(name) => {
                let schema = ty.property(name).map(|(schema, _)| schema);
                let inner = schema
                    .as_ref()
                    .map_or_else(Type::any, |schema| self.document.type_of(schema));
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                let made = || match (&schema, rest) {
                    (Some(schema), [_, ..]) => self.of(schema),
                    _ => Value::Null,
                };
                let field = at
                    .as_object_mut()
                    .map(|fields| fields.entry(name.clone()).or_insert_with(made));
                if let Some(field) = field {
                    self.put(field, &inner, rest, value);
                }
            }
            Segment::Each => {
                let items = match &ty.kind {
                    TypeKind::Array(items) => Some(&**items),
                    _ => None,
                };
                let inner = items.map_or_else(Type::any, |items| self.document.type_of(items));
                if at.as_array().is_none_or(Vec::is_empty) {
                    *at = json!([items.map_or(Value::Null, |items| self.of(items))]);
                }
                for item in at.as_array_mut().into_iter().flatten() {
                    self.put(item, &inner, rest, value.clone());
                }
            }
        }
    }
}

/// What a path leads to: of a list what each of its items has.
pub fn at(value: &Value, path: &[Segment]) -> Option<Value> {
    match path.split_first() {
        None => Some(value.clone()),
        Some((Segment::Field(name), rest)) => at(value.get(name)?, rest),
        Some((Segment::Each, rest)) => {
            let items = value.as_array()?.iter();
            Some(items.filter_map(|item| at(item, rest)).collect())
        }
    }
}

/// In one line, as an example writes it: a text that begins with a dollar sign is a reference.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with('$') => block::path(text),
        Value::String(text) => in_flow(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", in_flow(name), flow(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}
