//! One schema, however it was written, as one of a few shapes.

use indexmap::IndexMap;
use serde_json::Value;

use super::Document;

/// Property name to its schema (unresolved, so that recursion stays lazy) and whether it is required.
pub type Properties = IndexMap<String, (Value, bool)>;

#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub kind: ShapeKind,
    pub nullable: bool,
    /// The values allowed, where the schema lists them (`enum`, `const`).
    pub values: Option<Vec<Value>>,
    /// A reference that could not be followed stands in its place.
    pub unresolved: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ShapeKind {
    Any,
    Boolean,
    Integer,
    Number,
    String,
    Array(Box<Value>),
    /// Known properties, and the schema of any others (`None`: there are no others).
    Object(Properties, Option<Box<Value>>),
    /// Several alternatives that are not one shape.
    Union(Vec<Shape>),
}

impl Shape {
    pub fn any() -> Self {
        Self::plain(ShapeKind::Any)
    }

    pub fn string() -> Self {
        Self::plain(ShapeKind::String)
    }

    fn plain(kind: ShapeKind) -> Self {
        Self {
            kind,
            nullable: false,
            values: None,
            unresolved: None,
        }
    }

    /// For a sentence: "a string", "a list".
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            ShapeKind::Any => "any value",
            ShapeKind::Boolean => "a boolean",
            ShapeKind::Integer => "a whole number",
            ShapeKind::Number => "a number",
            ShapeKind::String => "a string",
            ShapeKind::Array(_) => "a list",
            ShapeKind::Object(properties, Some(_)) if properties.is_empty() => "a map",
            ShapeKind::Object(..) => "an object",
            ShapeKind::Union(_) => "one of several types",
        }
    }

    /// A property of an object, or of every alternative that is one. The flag says whether it is always there.
    pub fn property(&self, name: &str) -> Option<(Value, bool)> {
        match &self.kind {
            ShapeKind::Object(properties, others) => match properties.get(name) {
                Some((schema, required)) => Some((schema.clone(), *required && !self.nullable)),
                None => others.as_ref().map(|schema| ((**schema).clone(), false)),
            },
            ShapeKind::Union(arms) => {
                let mut found = arms.iter().filter_map(|arm| arm.property(name));
                let (first, _) = found.next()?;
                let same = found.all(|(other, _)| other == first);
                Some((if same { first } else { Value::Bool(true) }, false))
            }
            ShapeKind::Any => Some((Value::Bool(true), false)),
            _ => None,
        }
    }

    /// The names that [`Shape::property`] knows.
    pub fn property_names(&self) -> Vec<String> {
        match &self.kind {
            ShapeKind::Object(properties, _) => properties.keys().cloned().collect(),
            ShapeKind::Union(arms) => arms.iter().flat_map(Shape::property_names).collect(),
            _ => Vec::new(),
        }
    }
}

pub(super) fn of(document: &Document, schema: &Value) -> Shape {
    read(document, schema, &mut Vec::new())
}

/// `within` are the schemas that are being read: one that contains itself without end says nothing.
fn read<'d>(document: &'d Document, schema: &'d Value, within: &mut Vec<&'d Value>) -> Shape {
    if let Some(reference) = document.unresolved(schema) {
        return Shape {
            unresolved: Some(reference),
            ..Shape::any()
        };
    }
    let node = document.resolve(schema);
    if within.iter().any(|outer| std::ptr::eq(*outer, node)) || !node.is_object() {
        return Shape::any();
    }
    within.push(node);
    let mut shape = combined(document, node, within).unwrap_or_else(|| typed(node));
    within.pop();
    // Beside a reference too: documents say it there, whatever their version makes of it.
    let said = |node: &Value| node["nullable"] == Value::Bool(true);
    shape.nullable |= said(schema) || said(node) || has_null_type(node);
    if shape.values.is_none() {
        shape.values = allowed(node);
    }
    if let Some(values) = &mut shape.values {
        shape.nullable |= values.contains(&Value::Null);
        values.retain(|value| !value.is_null());
    }
    shape
}

fn combined<'d>(document: &'d Document, node: &'d Value, within: &mut Vec<&'d Value>) -> Option<Shape> {
    if let Some(parts) = node["allOf"].as_array() {
        return Some(merged(document, node, parts, within));
    }
    let arms = node["oneOf"].as_array().or_else(|| node["anyOf"].as_array())?;
    let is_null = |arm: &&Value| document.resolve(arm)["type"] == "null";
    let nullable = arms.iter().any(|arm| is_null(&arm));
    let mut shapes: Vec<Shape> = arms
        .iter()
        .filter(|arm| !is_null(arm))
        .map(|arm| read(document, arm, within))
        .collect();
    // Alternatives that only demand other fields leave the object itself as it is.
    if node["properties"].is_object() {
        return None;
    }
    let mut shape = match shapes.len() {
        0 => Shape::any(),
        1 => shapes.remove(0),
        _ => union(shapes),
    };
    shape.nullable |= nullable;
    Some(shape)
}

fn union(shapes: Vec<Shape>) -> Shape {
    let nullable = shapes.iter().any(|shape| shape.nullable);
    let first = &shapes[0];
    let kind = if shapes.iter().all(|shape| shape.kind == first.kind) {
        first.kind.clone()
    } else {
        ShapeKind::Union(shapes)
    };
    Shape {
        nullable,
        ..Shape::plain(kind)
    }
}

/// `allOf`: the parts and the node itself as one object; of scalars, the first that says anything.
fn merged<'d>(document: &'d Document, node: &'d Value, parts: &'d [Value], within: &mut Vec<&'d Value>) -> Shape {
    let mut all: Vec<Shape> = parts.iter().map(|part| read(document, part, within)).collect();
    all.push(typed(node));
    let mut properties = Properties::new();
    let mut others = None;
    let mut object = false;
    for shape in &all {
        if let ShapeKind::Object(own, more) = &shape.kind {
            object = true;
            properties.extend(own.clone());
            others = others.or_else(|| more.clone());
        }
    }
    let nullable = !all[..all.len() - 1].is_empty() && all[..all.len() - 1].iter().all(|s| s.nullable);
    if object {
        require(&mut properties, node);
        let kind = ShapeKind::Object(properties, others);
        return Shape {
            nullable,
            ..Shape::plain(kind)
        };
    }
    all.into_iter()
        .find(|shape| shape.kind != ShapeKind::Any)
        .unwrap_or_else(Shape::any)
}

fn require(properties: &mut Properties, node: &Value) {
    for name in node["required"].as_array().into_iter().flatten() {
        if let Some((_, required)) = name.as_str().and_then(|name| properties.get_mut(name)) {
            *required = true;
        }
    }
}

fn typed(node: &Value) -> Shape {
    let types: Vec<&str> = match &node["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let types: Vec<&str> = types.into_iter().filter(|name| *name != "null").collect();
    let kind = match types.as_slice() {
        [one] => of_type(one, node),
        [] => implied(node),
        many => ShapeKind::Union(many.iter().map(|t| Shape::plain(of_type(t, node))).collect()),
    };
    Shape::plain(kind)
}

/// A schema without `type` is what its other keywords speak of.
fn implied(node: &Value) -> ShapeKind {
    if node["properties"].is_object() || node["additionalProperties"].is_object() {
        return of_type("object", node);
    }
    if node.get("items").is_some() {
        return of_type("array", node);
    }
    let first = node.get("const").or_else(|| node["enum"].as_array()?.first());
    match first {
        Some(Value::String(_)) => ShapeKind::String,
        Some(Value::Bool(_)) => ShapeKind::Boolean,
        Some(Value::Number(n)) if n.is_i64() || n.is_u64() => ShapeKind::Integer,
        Some(Value::Number(_)) => ShapeKind::Number,
        _ => ShapeKind::Any,
    }
}

fn of_type(name: &str, node: &Value) -> ShapeKind {
    match name {
        "boolean" => ShapeKind::Boolean,
        "integer" => ShapeKind::Integer,
        "number" => ShapeKind::Number,
        "string" => ShapeKind::String,
        "array" => {
            let items = node.get("items").cloned().unwrap_or(Value::Bool(true));
            ShapeKind::Array(Box::new(items))
        }
        "object" => object(node),
        _ => ShapeKind::Any,
    }
}

fn object(node: &Value) -> ShapeKind {
    let mut properties = Properties::new();
    for (name, schema) in node["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), (schema.clone(), false));
    }
    require(&mut properties, node);
    let others = match &node["additionalProperties"] {
        Value::Object(schema) => Some(Box::new(Value::Object(schema.clone()))),
        Value::Bool(true) => Some(Box::new(Value::Bool(true))),
        // JSON Schema's default is open; a document that lists properties means those.
        Value::Null if properties.is_empty() => Some(Box::new(Value::Bool(true))),
        _ => None,
    };
    ShapeKind::Object(properties, others)
}

fn has_null_type(node: &Value) -> bool {
    match &node["type"] {
        Value::Array(types) => types.iter().any(|name| name == "null"),
        name => name == "null",
    }
}

fn allowed(node: &Value) -> Option<Vec<Value>> {
    if let Some(value) = node.get("const") {
        return Some(vec![value.clone()]);
    }
    node["enum"].as_array().cloned()
}
