//! A schema as a type: references are followed, parts are merged, alternatives stand side by side.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{Document, Properties, Type, TypeKind};

pub(super) fn of(document: &Document, schema: &Value) -> Type {
    let mut reading = Reading {
        document,
        within: Vec::new(),
        done: HashMap::new(),
    };
    reading.read(schema)
}

/// Deeper than any document goes from part to part; keeps a hostile one from exhausting the stack.
const MAX_DEPTH: usize = 128;

struct Reading<'d> {
    document: &'d Document,
    /// The schemas that are being read: one that contains itself without end says nothing.
    within: Vec<&'d Value>,
    /// Alternatives that have been read: they share alternatives, and each is read once however many ways lead to it.
    done: HashMap<*const Value, Type>,
}

impl<'d> Reading<'d> {
    fn read(&mut self, schema: &'d Value) -> Type {
        if let Some(reference) = self.document.unresolved(schema) {
            return Type {
                unresolved: Some(reference),
                ..Type::any()
            };
        }
        let node = self.document.resolve(schema);
        let mut ty = self.node(node);
        // Beside a reference too: documents say it there, whatever their version makes of it.
        ty.nullable |= schema["nullable"] == Value::Bool(true);
        ty
    }

    fn node(&mut self, node: &'d Value) -> Type {
        let itself = self.within.iter().any(|outer| std::ptr::eq(*outer, node));
        if itself || self.within.len() > MAX_DEPTH || !node.is_object() {
            return Type::any();
        }
        if let Some(ty) = self.done.get(&std::ptr::from_ref(node)) {
            return ty.clone();
        }
        self.within.push(node);
        let mut ty = self.combined(node).unwrap_or_else(|| typed(node));
        self.within.pop();
        ty.nullable |= node["nullable"] == Value::Bool(true) || has_null_type(node);
        if ty.values.is_none() {
            ty.values = allowed(node);
        }
        if let Some(values) = &mut ty.values {
            ty.nullable |= values.contains(&Value::Null);
            values.retain(|value| !value.is_null());
        }
        self.done.insert(node, ty.clone());
        ty
    }

    fn combined(&mut self, node: &'d Value) -> Option<Type> {
        if let Some(parts) = node["allOf"].as_array() {
            return Some(self.merged(node, parts));
        }
        let arms = node["oneOf"].as_array().or_else(|| node["anyOf"].as_array())?;
        let document = self.document;
        let is_null = |arm: &&Value| document.resolve(arm)["type"] == "null";
        let nullable = arms.iter().any(|arm| is_null(&arm));
        let mut types: Vec<Type> = arms
            .iter()
            .filter(|arm| !is_null(arm))
            .map(|arm| self.read(arm))
            .collect();
        // Alternatives that only demand other fields leave the object itself as it is.
        if node["properties"].is_object() {
            return None;
        }
        let mut ty = match types.len() {
            0 => Type::any(),
            1 => types.remove(0),
            _ => union(types),
        };
        ty.nullable |= nullable;
        Some(ty)
    }

    /// `allOf`: the parts and the node itself as one object; of scalars, the first that says anything.
    fn merged(&mut self, node: &'d Value, parts: &'d [Value]) -> Type {
        let document = self.document;
        let mut all: Vec<(&Value, Type)> = parts
            .iter()
            .map(|part| (document.resolve(part), self.read(part)))
            .collect();
        let nullable = !all.is_empty() && all.iter().all(|(_, ty)| ty.nullable);
        all.push((node, typed(node)));
        let unresolved = all.iter().find_map(|(_, ty)| ty.unresolved.clone());
        let is_object = |(_, ty): &(&Value, Type)| matches!(ty.kind, TypeKind::Object(..));
        if !all.iter().any(is_object) {
            let values = all.iter().find_map(|(_, ty)| ty.values.clone());
            let mut types = all.into_iter().map(|(_, ty)| ty);
            let ty = types.find(|ty| ty.kind != TypeKind::Any);
            return Type {
                values,
                unresolved,
                ..ty.unwrap_or_else(Type::any)
            };
        }
        let mut properties = Properties::new();
        for (_, ty) in &all {
            if let TypeKind::Object(own, _) = &ty.kind {
                own.iter().for_each(|(name, said)| add(&mut properties, name, said));
            }
        }
        self.demand(&mut properties, node, &mut HashSet::new(), 0);
        let others = others(&all, properties.is_empty());
        Type {
            nullable,
            unresolved,
            ..Type::plain(TypeKind::Object(properties, others))
        }
    }

    /// What any part demands is required, whichever part describes it.
    fn demand(&self, properties: &mut Properties, node: &'d Value, seen: &mut HashSet<*const Value>, depth: usize) {
        if depth > MAX_DEPTH || !seen.insert(node) {
            return;
        }
        require(properties, node);
        for part in node["allOf"].as_array().into_iter().flatten() {
            self.demand(properties, self.document.resolve(part), seen, depth + 1);
        }
    }
}

/// One more part that describes a property: both hold.
fn add(properties: &mut Properties, name: &str, (schema, required): &(Value, bool)) {
    match properties.get_mut(name) {
        None => {
            properties.insert(name.to_owned(), (schema.clone(), *required));
        }
        Some((known, always)) => {
            *always |= *required;
            if known != schema {
                *known = json!({"allOf": [known, schema]});
            }
        }
    }
}

/// What the parts of an object say of properties that none of them names.
fn others(parts: &[(&Value, Type)], nothing_named: bool) -> Option<Box<Value>> {
    if parts
        .iter()
        .any(|(node, _)| node["additionalProperties"] == Value::Bool(false))
    {
        return None;
    }
    let said = parts
        .iter()
        .find_map(|(node, ty)| match (&node["additionalProperties"], &ty.kind) {
            (said @ (Value::Bool(true) | Value::Object(_)), _) => Some(Box::new(said.clone())),
            // Parts of a part have said it.
            (_, TypeKind::Object(own, Some(others))) if !own.is_empty() || **others != Value::Bool(true) => {
                Some(others.clone())
            }
            _ => None,
        });
    // `type: object` alone says nothing of them, and does not open the parts beside it.
    said.or_else(|| nothing_named.then(|| Box::new(Value::Bool(true))))
}

/// Alternatives of alternatives are alternatives, and two that are the same are one.
fn union(types: Vec<Type>) -> Type {
    let nullable = types.iter().any(|ty| ty.nullable);
    let unresolved = types.iter().find_map(|ty| ty.unresolved.clone());
    let mut arms: Vec<Type> = Vec::new();
    for ty in types {
        let inner = match ty.kind {
            TypeKind::Union(inner) => inner,
            _ => vec![ty],
        };
        for arm in inner {
            if !arms.contains(&arm) {
                arms.push(arm);
            }
        }
    }
    let kind = match arms.iter().all(|arm| arm.kind == arms[0].kind) {
        true => arms.swap_remove(0).kind,
        false => TypeKind::Union(arms),
    };
    Type {
        nullable,
        unresolved,
        ..Type::plain(kind)
    }
}

fn require(properties: &mut Properties, node: &Value) {
    for name in node["required"].as_array().into_iter().flatten() {
        if let Some((_, required)) = name.as_str().and_then(|name| properties.get_mut(name)) {
            *required = true;
        }
    }
}

fn typed(node: &Value) -> Type {
    let types: Vec<&str> = match &node["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let types: Vec<&str> = types.into_iter().filter(|name| *name != "null").collect();
    let kind = match types.as_slice() {
        [one] => of_type(one, node),
        [] => implied(node),
        many => TypeKind::Union(many.iter().map(|t| Type::plain(of_type(t, node))).collect()),
    };
    Type::plain(kind)
}

/// A schema without `type` is what its other keywords speak of.
fn implied(node: &Value) -> TypeKind {
    if node["properties"].is_object() || node["additionalProperties"].is_object() {
        return of_type("object", node);
    }
    if node.get("items").is_some() {
        return of_type("array", node);
    }
    let first = node.get("const").or_else(|| node["enum"].as_array()?.first());
    match first {
        Some(Value::String(_)) => TypeKind::String,
        Some(Value::Bool(_)) => TypeKind::Boolean,
        Some(Value::Number(n)) if n.is_i64() || n.is_u64() => TypeKind::Integer,
        Some(Value::Number(_)) => TypeKind::Number,
        _ => TypeKind::Any,
    }
}

fn of_type(name: &str, node: &Value) -> TypeKind {
    match name {
        "boolean" => TypeKind::Boolean,
        "integer" => TypeKind::Integer,
        "number" => TypeKind::Number,
        "string" => TypeKind::String,
        "array" => {
            let items = node.get("items").cloned().unwrap_or(Value::Bool(true));
            TypeKind::Array(Box::new(items))
        }
        "object" => object(node),
        _ => TypeKind::Any,
    }
}

fn object(node: &Value) -> TypeKind {
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
    TypeKind::Object(properties, others)
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
