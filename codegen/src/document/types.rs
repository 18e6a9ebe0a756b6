//! One schema, however it was written, as one of a few types.

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};

/// Property name to its schema (unresolved, so that recursion stays lazy) and whether it is required.
pub type Properties = IndexMap<String, (Value, bool)>;

#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub kind: TypeKind,
    pub nullable: bool,
    /// The values allowed, where the schema lists them (`enum`, `const`).
    pub values: Option<Vec<Value>>,
    /// A reference that could not be followed stands in its place.
    pub unresolved: Option<String>,
    /// Whether the format of a text says that it is no number, as that of a moment or a UUID does.
    pub never_numeric: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    Any,
    Boolean,
    Integer,
    Number,
    String,
    /// Bytes: in JSON a string of base64, in any other body and in a part of one as they are.
    Binary,
    Array(Box<Value>),
    /// Known properties, and the schema of any others (`None`: there are no others).
    Object(Properties, Option<Box<Value>>),
    /// Several alternatives that are not one type.
    Union(Vec<Type>),
}

impl Type {
    pub fn any() -> Self {
        Self::plain(TypeKind::Any)
    }

    pub fn string() -> Self {
        Self::plain(TypeKind::String)
    }

    pub(super) fn plain(kind: TypeKind) -> Self {
        Self {
            kind,
            nullable: false,
            values: None,
            unresolved: None,
            never_numeric: false,
        }
    }

    /// A schema that is read as this type.
    pub fn schema(&self) -> Value {
        let mut schema = match &self.kind {
            TypeKind::Any => json!({}),
            TypeKind::Boolean => json!({"type": "boolean"}),
            TypeKind::Integer => json!({"type": "integer"}),
            TypeKind::Number => json!({"type": "number"}),
            TypeKind::String => json!({"type": "string"}),
            TypeKind::Binary => json!({"type": "string", "contentEncoding": "base64"}),
            TypeKind::Array(items) => json!({"type": "array", "items": items}),
            TypeKind::Object(properties, others) => object_schema(properties, others.as_deref()),
            TypeKind::Union(arms) => {
                let arms: Vec<Value> = arms.iter().map(Type::schema).collect();
                json!({ "anyOf": arms })
            }
        };
        if self.nullable {
            schema["nullable"] = Value::Bool(true);
        }
        if let Some(values) = &self.values {
            schema["enum"] = values.clone().into();
        }
        schema
    }

    /// For a sentence: "a string", "a list".
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            TypeKind::Any => "any value",
            TypeKind::Boolean => "a boolean",
            TypeKind::Integer => "a whole number",
            TypeKind::Number => "a number",
            TypeKind::String => "a string",
            TypeKind::Binary => "base64",
            TypeKind::Array(_) => "a list",
            TypeKind::Object(properties, Some(_)) if properties.is_empty() => "a map",
            TypeKind::Object(..) => "an object",
            TypeKind::Union(_) => "one of several types",
        }
    }

    /// A property of an object, or of an alternative that has it. The flag says whether it is always there.
    pub fn property(&self, name: &str) -> Option<(Value, bool)> {
        match &self.kind {
            TypeKind::Object(properties, others) => match properties.get(name) {
                Some((schema, required)) => Some((schema.clone(), *required && !self.nullable)),
                None => others.as_ref().map(|schema| ((**schema).clone(), false)),
            },
            TypeKind::Union(arms) => self.of_arms(arms.iter().map(|arm| arm.property(name))),
            TypeKind::Any => Some((Value::Bool(true), false)),
            _ => None,
        }
    }

    /// A property that an object, or some alternative, names.
    pub(super) fn named(&self, name: &str) -> Option<(Value, bool)> {
        match &self.kind {
            TypeKind::Object(properties, _) => properties
                .get(name)
                .map(|(schema, required)| (schema.clone(), *required && !self.nullable)),
            TypeKind::Union(arms) => self.of_arms(arms.iter().map(|arm| arm.named(name))),
            _ => None,
        }
    }

    /// What alternatives say of a property, of each that has it.
    fn of_arms(&self, said: impl Iterator<Item = Option<(Value, bool)>>) -> Option<(Value, bool)> {
        let mut always = !self.nullable;
        let mut schemas: Vec<Value> = Vec::new();
        for said in said {
            always &= said.as_ref().is_some_and(|(_, required)| *required);
            schemas.extend(
                said.map(|(schema, _)| schema)
                    .filter(|schema| !schemas.contains(schema)),
            );
        }
        let schema = match schemas.len() {
            0 => return None,
            1 => schemas.swap_remove(0),
            _ if schemas.contains(&Value::Bool(true)) => Value::Bool(true),
            _ => json!({ "anyOf": schemas }),
        };
        Some((schema, always))
    }

    /// Whether it is a string, of whatever.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, TypeKind::String | TypeKind::Binary)
    }

    /// Whether it is one of several types.
    pub(super) fn is_choice(&self) -> bool {
        matches!(self.kind, TypeKind::Union(_))
    }

    pub(super) fn may_be_object(&self) -> bool {
        match &self.kind {
            TypeKind::Object(..) => true,
            TypeKind::Union(arms) => arms.iter().any(Type::may_be_object),
            _ => false,
        }
    }

    /// Whether it is an object whose properties are known, or one of several such.
    pub fn is_described(&self) -> bool {
        match &self.kind {
            TypeKind::Object(properties, _) => !properties.is_empty(),
            TypeKind::Union(arms) => arms.iter().all(Type::is_described),
            _ => false,
        }
    }

    /// Whether a string, number or boolean fits.
    pub fn may_be_plain(&self) -> bool {
        match &self.kind {
            TypeKind::Array(_) | TypeKind::Object(..) => false,
            TypeKind::Union(arms) => arms.iter().any(Type::may_be_plain),
            _ => true,
        }
    }

    /// Whether it may be a list or an object.
    pub fn may_be_nested(&self) -> bool {
        match &self.kind {
            TypeKind::Array(_) | TypeKind::Object(..) => true,
            TypeKind::Union(arms) => arms.iter().any(Type::may_be_nested),
            _ => false,
        }
    }

    /// The names that [`Type::property`] knows.
    pub fn property_names(&self) -> Vec<String> {
        match &self.kind {
            TypeKind::Object(properties, _) => properties.keys().cloned().collect(),
            TypeKind::Union(arms) => {
                let names = arms.iter().flat_map(Type::property_names);
                let unique: IndexSet<String> = names.collect();
                unique.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn object_schema(properties: &Properties, others: Option<&Value>) -> Value {
    let required: Vec<&str> = properties
        .iter()
        .filter(|(_, (_, required))| *required)
        .map(|(name, _)| name.as_str())
        .collect();
    let schemas: Map<String, Value> = properties
        .iter()
        .map(|(name, (schema, _))| (name.clone(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "properties": schemas,
        "required": required,
        "additionalProperties": others.unwrap_or(&Value::Bool(false)),
    })
}
