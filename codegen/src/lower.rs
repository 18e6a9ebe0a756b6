//! The used part of a document as OpenAPI 3.0.3 that the client generator takes.
//!
//! Nothing of the published schemas is passed on: the lowered document is built anew from [`Type`]s, and holds only the
//! operations, parameters, body fields and answer fields that the mapping uses. So constructs that nobody uses cannot
//! break the generator, and a changed field that nobody reads cannot break a worker in production.
//!
//! - Answers are tolerant: enumerations are plain strings, what may be null is optional, defaults are the server's.
//! - Error answers are left out, so that each arrives with its status whatever its body is.
//! - One success answer stands for all of 2xx.

mod wire;

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

pub use wire::{Part, Wire, Written, wires};

use crate::{
    check::{BodyUse, Reads, Resolved, Sent, Use},
    document::{Document, Form, JSON, Operation, OperationId, Plain, Taken, Type, TypeKind},
    naming::letters,
};

/// All operations in use.
pub fn lower(checked: &Resolved) -> Value {
    of(checked, checked.used())
}

/// One operation alone, to see whether it is the one that cannot be taken.
pub fn only(checked: &Resolved, id: OperationId) -> Value {
    let used = checked.uses.get(&id).map(|used| (&checked.operations[id], used));
    of(checked, used.into_iter())
}

fn of<'c>(checked: &'c Resolved, uses: impl Iterator<Item = (&'c Operation, &'c Use)>) -> Value {
    let mut lowering = Lowering {
        document: &checked.document,
        schemas: Map::new(),
        names: BTreeSet::new(),
    };
    let mut paths = Map::new();
    for (operation, used) in uses {
        let path = wire::path(&operation.path, &used.parameters(operation));
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method.key()] = lowering.operation(operation, used);
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "The used part of the provider's API", "version": checked.document.api_version()},
        "paths": paths,
        "components": {"schemas": lowering.schemas},
    })
}

struct Lowering<'a> {
    document: &'a Document,
    schemas: Map<String, Value>,
    names: BTreeSet<String>,
}

impl Lowering<'_> {
    fn operation(&mut self, operation: &Operation, used: &Use) -> Value {
        let mut lowered = json!({
            "operationId": operation.id,
            "summary": operation.request_line(),
            "parameters": parameters(self.document, operation, used),
            "responses": {"2XX": self.success(operation, used)},
        });
        if let (Some(body), Some(written)) = (&operation.body, &used.body) {
            let schema = body
                .schema
                .as_ref()
                .map_or_else(Type::any, |s| self.document.type_of(s));
            let name = format!("{}Body", operation.id.to_upper_camel_case());
            let schema = match body.form {
                Form::Json => self.body(&schema, written, &name),
                Form::Plain(Plain::Bytes) => bytes(),
                Form::Plain(Plain::Text) => json!({"type": "string"}),
                Form::Parts => self.parts(&schema, written, &name),
            };
            lowered["requestBody"] = json!({"required": true, "content": {JSON: {"schema": schema}}});
        }
        lowered
    }

    fn success(&mut self, operation: &Operation, used: &Use) -> Value {
        if used.streamed {
            return json!({"description": "", "content": {"application/octet-stream": {"schema": bytes()}}});
        }
        match operation.success.schema() {
            Some(schema) if !used.reads.is_empty() => {
                let name = format!("{}Answer", operation.id.to_upper_camel_case());
                let ty = self.document.type_of(schema);
                let schema = match self.answer(&ty, &used.reads, &name) {
                    // Of a plain value that may not be there only JSON can say so.
                    plain if ty.nullable && !is_nested(&plain) => json!({}),
                    schema => schema,
                };
                json!({"description": "", "content": {JSON: {"schema": schema}}})
            }
            _ => json!({"description": ""}),
        }
    }

    /// An object of the fields that are read; what is read as it stands is left as it is.
    fn answer(&mut self, ty: &Type, reads: &Reads, name: &str) -> Value {
        if reads.passed {
            return json!({});
        }
        if reads.whole {
            return leaf(self.document, ty);
        }
        match &ty.kind {
            // Names that the client cannot tell apart are looked up in JSON.
            _ if alike(reads.fields.keys()) => json!({}),
            _ if ty.is_described() && !reads.fields.is_empty() => {
                let mut properties = Map::new();
                let mut required = Vec::new();
                for (field, reads) in &reads.fields {
                    let Some((schema, always)) = ty.property(field) else {
                        continue;
                    };
                    let inner = self.document.type_of(&schema);
                    let inner_name = format!("{name}{}", field.to_upper_camel_case());
                    let mut lowered = self.answer(&inner, reads, &inner_name);
                    if always && !reads.passed && !inner.nullable && !matches!(inner.kind, TypeKind::Any) {
                        required.push(field.clone());
                    } else if lowered.get("type").is_some() {
                        // What may be left out may as well be null; without this a list or map may not.
                        lowered["nullable"] = json!(true);
                    }
                    properties.insert(field.clone(), lowered);
                }
                self.component(name, properties, required)
            }
            TypeKind::Array(items) => match &reads.each {
                // One that is null must not make the others unreadable.
                Some(_) if self.document.type_of(items).nullable => json!({"type": "array", "items": {}}),
                Some(each) => {
                    let items = self.document.type_of(items);
                    let item = self.answer(&items, each, &format!("{name}Item"));
                    json!({"type": "array", "items": item})
                }
                None => leaf(self.document, ty),
            },
            // One of another type must not make the tags unreadable.
            TypeKind::Object(_, Some(_)) if reads.tags => {
                json!({"type": "object", "additionalProperties": {}})
            }
            _ => leaf(self.document, ty),
        }
    }

    /// An object of the fields that are written.
    fn body(&mut self, ty: &Type, written: &BodyUse, name: &str) -> Value {
        let fields = match written {
            BodyUse::Fields(fields) => fields,
            BodyUse::Whole => return sent(self.document, ty),
            // An `Option` that is empty is left out, and a null is not.
            BodyUse::Null => return json!({}),
        };
        if alike(fields.keys()) {
            return json!({});
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (field, written) in fields {
            let Some(said) = ty.property(field) else {
                continue;
            };
            let always = self.document.demands(&said);
            let inner = self.document.type_of(&said.0);
            let inner_name = format!("{name}{}", field.to_upper_camel_case());
            let mut schema = self.body(&inner, written, &inner_name);
            let is_collection = schema["type"] == "array" || schema["additionalProperties"].is_object();
            // What has to be there and may be null is sent as null where nothing is given.
            let is_typed = schema.get("type").is_some();
            let is_sent_as_null = always && inner.nullable && (is_typed || matches!(written, BodyUse::Null));
            // Or the client would take an empty list or map where nothing is given.
            if (is_sent_as_null && is_typed) || (is_collection && !always) {
                schema["nullable"] = json!(true);
            }
            properties.insert(field.clone(), schema);
            if always && (!inner.nullable || is_sent_as_null) {
                required.push(field.clone());
            }
        }
        self.component(name, properties, required)
    }

    /// An object of the parts that are sent.
    fn parts(&mut self, ty: &Type, written: &BodyUse, name: &str) -> Value {
        let BodyUse::Fields(fields) = written else {
            return json!({});
        };
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in fields.keys() {
            let Some(said) = ty.property(field) else {
                continue;
            };
            let nullable = self.document.type_of(&said.0).nullable;
            let always = self.document.demands(&said) && !nullable;
            let mut schema = part(self.document, &said.0);
            if !always && schema["type"] == "array" {
                schema["nullable"] = json!(true);
            }
            properties.insert(field.clone(), schema);
            required.extend(always.then(|| field.clone()));
        }
        self.component(name, properties, required)
    }

    fn component(&mut self, name: &str, properties: Map<String, Value>, required: Vec<String>) -> Value {
        let mut unique = name.to_owned();
        let mut n = 1;
        while !self.names.insert(unique.clone()) {
            n += 1;
            unique = format!("{name}{n}");
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        self.schemas.insert(unique.clone(), schema);
        json!({"$ref": format!("#/components/schemas/{unique}")})
    }
}

/// What the client takes as bytes.
fn bytes() -> Value {
    json!({"type": "string", "format": "binary"})
}

/// A part of a body: bytes, text, several of either, or JSON.
fn part(document: &Document, schema: &Value) -> Value {
    let ty = document.type_of(schema);
    match &ty.kind {
        TypeKind::Binary if !document.is_base64(schema) => bytes(),
        TypeKind::Array(items) => json!({"type": "array", "items": part(document, items)}),
        TypeKind::Object(..) => json!({}),
        _ => sent(document, &ty),
    }
}

/// Whether a lowered schema is a list or an object.
fn is_nested(schema: &Value) -> bool {
    schema.get("$ref").is_some() || ["array", "object"].iter().any(|kind| schema["type"] == *kind)
}

/// Whether fields have names that differ in case, punctuation or script only: the client would call them the same.
fn alike<'n>(names: impl Iterator<Item = &'n String>) -> bool {
    let mut seen = BTreeSet::new();
    names.into_iter().any(|name| !seen.insert(letters(name)))
}

/// A value that is taken as it is: typed as far as it is plain, else any JSON.
fn leaf(document: &Document, ty: &Type) -> Value {
    match &ty.kind {
        TypeKind::Boolean => json!({"type": "boolean"}),
        TypeKind::Integer => json!({"type": "integer"}),
        TypeKind::Number => json!({"type": "number"}),
        TypeKind::String | TypeKind::Binary => json!({"type": "string"}),
        TypeKind::Array(items) => {
            json!({"type": "array", "items": scalar(&document.type_of(items))})
        }
        TypeKind::Object(known, Some(others)) if known.is_empty() => {
            json!({"type": "object", "additionalProperties": scalar(&document.type_of(others))})
        }
        _ => json!({}),
    }
}

/// A value that is sent. A number is any JSON, so that it is written as the mapping has it: 200 as a float is `200.0`.
fn sent(document: &Document, ty: &Type) -> Value {
    match &ty.kind {
        TypeKind::Number => json!({}),
        _ => leaf(document, ty),
    }
}

fn scalar(ty: &Type) -> Value {
    match &ty.kind {
        TypeKind::String | TypeKind::Binary if !ty.nullable => json!({"type": "string"}),
        TypeKind::Integer if !ty.nullable => json!({"type": "integer"}),
        _ => json!({}),
    }
}

fn parameters(document: &Document, operation: &Operation, used: &Use) -> Vec<Value> {
    let sent = used.parameters(operation);
    sent.iter().map(|sent| lowered_parameter(document, sent)).collect()
}

fn lowered_parameter(document: &Document, sent: &Sent<'_>) -> Value {
    let parameter = sent.parameter;
    let schema = match parameter.taken(document, sent.key.as_deref()) {
        Taken::AsItIs => self::sent(document, &parameter.ty),
        Taken::Text { .. } => json!({"type": "string"}),
        Taken::Texts { .. } => json!({"type": "array", "items": {"type": "string"}}),
    };
    json!({
        "name": sent.argument,
        "in": parameter.location.name(),
        "required": parameter.required && sent.key.is_none(),
        "schema": schema,
    })
}
