//! An OpenAPI document as the checker sees it: operations by method and path, and schemas as plain types.
//!
//! A document says the same thing in many ways (`anyOf` with null, `allOf`, type arrays, `nullable`, references).
//! [`Document::type_of`] reads them all as one of a few [`Type`]s; everything after looks at types only.

mod access;
mod anchors;
mod asked;
mod content;
mod events;
mod ids;
mod media;
mod operation;
mod operations;
mod parameter;
mod reading;
mod typed;
mod types;
mod unique;
mod unsupported;

use std::{borrow::Cow, sync::Arc};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

pub use access::{Key, Proof, Scheme, Server};
pub use content::{Body, Success};
pub use events::{Events, Framing};
pub use media::{Form, JSON, Plain};
pub use operation::{LostPath, Method, Operation};
pub use operations::{OperationId, Operations};
pub use parameter::{IGNORED_HEADERS, Location, Parameter, Spread, Taken};
pub use types::{Properties, Type, TypeKind};
use unique::Read;
pub use unsupported::{Unsupported, below};

use crate::{
    diagnostic::{Code, Diagnostic, Sink},
    source::{Source, Span},
    yaml,
};

/// Where further documents stand in the main one: a name that OpenAPI leaves to extensions.
const APIS: &str = "x-apis";

/// The versions of OpenAPI that are read, the last as far as a document uses nothing that is new in it.
const VERSIONS: [&str; 3] = ["3.0", "3.1", "3.2"];

/// A document after the overlay, with those of further APIs.
#[derive(Clone, Debug)]
pub struct Document {
    pub source: Arc<Source>,
    pub root: Value,
}

impl Document {
    pub fn parse(source: &Arc<Source>, sink: &mut Sink) -> Option<Self> {
        let mut root: Value = match unique::read(source.text.trim_start_matches('\u{feff}')) {
            Ok(Read::Sound(root)) => root,
            Ok(Read::Twice(root, error)) => {
                sink.extend(duplicates(source, &error));
                root
            }
            Err(error) if source.name.ends_with(".json") => {
                sink.push(json_syntax(source, &error));
                return None;
            }
            Err(_) => yaml::parse(source, sink)?.to_json(),
        };
        if let Some(root) = root.as_object_mut() {
            // The name is ours: what a document says under it describes no API of the mapping.
            root.shift_remove(APIS);
        }
        if let Some(version @ Value::Number(_)) = root.get_mut("openapi") {
            // 3.1 without quotes.
            *version = Value::String(version.to_string());
        }
        if anchors::may_be_in(&source.text) {
            anchors::as_pointers(&mut root);
        }
        let mut document = Self {
            source: source.clone(),
            root,
        };
        let known = document.check_version(sink);
        if document.is_of("3.0") {
            ignore_siblings(&mut document.root);
        }
        known.then_some(document)
    }

    fn check_version(&self, sink: &mut Sink) -> bool {
        let version = self.root["openapi"].as_str().unwrap_or_default();
        let known = VERSIONS.iter().any(|minor| self.is_of(minor));
        let paths = self.root["paths"].is_object();
        if !known || !paths {
            let found = match version {
                _ if self.root.get("swagger").is_some() => "it is Swagger 2.0".to_owned(),
                "" => "it has no `openapi` version".to_owned(),
                _ if !paths => "it has no `paths`".to_owned(),
                other => format!("it says `openapi: {other}`"),
            };
            let message = format!("not an OpenAPI 3.0, 3.1 or 3.2 document: {found}");
            sink.push(
                Diagnostic::new(Code::NotOpenApi, &self.source, self.version_place(), message)
                    .help("vendor the document that the provider publishes, converted to OpenAPI 3.0, 3.1 or 3.2"),
            );
        }
        known && paths
    }

    /// Whether bytes of this schema are sent as base64, wherever they stand.
    pub fn is_base64(&self, schema: &Value) -> bool {
        typed::is_base64(self.resolve(schema))
    }

    /// Whether the document is of this minor version.
    fn is_of(&self, minor: &str) -> bool {
        let version = self.root["openapi"].as_str().unwrap_or_default();
        let rest = version.strip_prefix(minor);
        rest.is_some_and(|patch| patch.is_empty() || patch.starts_with('.'))
    }

    /// Where the document says what it is. Only sought for a problem, as it is read a second time for it.
    fn version_place(&self) -> Span {
        let root = yaml::parse(&self.source, &mut Sink::default());
        let of = |key: &str| root.as_ref()?.get(key).map(|node| node.span);
        of("swagger").or_else(|| of("openapi")).unwrap_or_default()
    }

    /// The version that the document gives of the API.
    pub fn api_version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or("0")
    }

    /// Takes in a further API's document: its operations, and its schemas under names of their own.
    pub fn graft(&mut self, name: &str, mut other: Document) {
        readdress(&mut other.root, &format!("#/{APIS}/{name}/"));
        if let Some(root) = self.root.as_object_mut() {
            let mut apis = match root.shift_remove(APIS) {
                Some(Value::Object(apis)) => apis,
                _ => Map::new(),
            };
            apis.insert(name.to_owned(), other.root);
            root.insert(APIS.to_owned(), Value::Object(apis));
        }
    }

    /// The further APIs by name.
    fn apis(&self) -> impl Iterator<Item = (&str, &Value)> {
        let apis = self.root.get(APIS).and_then(Value::as_object);
        apis.into_iter().flatten().map(|(name, root)| (name.as_str(), root))
    }

    /// Every operation, in document order.
    pub fn operations(&self) -> Operations {
        Operations::new(operation::all(self))
    }

    /// Paths whose operations are not known.
    pub fn lost_paths(&self) -> Vec<LostPath> {
        operation::lost(self)
    }

    /// Follows a `$ref` within the document, through chains; anything else is itself.
    pub fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        let mut node = node;
        for _ in 0..32 {
            let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
                return node;
            };
            match self.lookup(reference) {
                Some(target) => node = target,
                None => return &Value::Null,
            }
        }
        &Value::Null
    }

    /// The reference, of a chain that begins here, that cannot be followed.
    pub fn unresolved(&self, node: &Value) -> Option<String> {
        let mut node = node;
        let mut last = "";
        for _ in 0..32 {
            last = node.get("$ref").and_then(Value::as_str)?;
            match self.lookup(last) {
                Some(target) => node = target,
                None => break,
            }
        }
        Some(last.to_owned())
    }

    /// Why a reference cannot be followed, with the first place at which it stands.
    pub fn dangling(&self, reference: &str) -> Unsupported {
        let pointer = unsupported::find_reference(&self.root, reference, "#").unwrap_or_else(|| "#".to_owned());
        Unsupported::unresolved(self, &pointer, reference)
    }

    /// The node that a reference such as `#/components/schemas/X` names.
    pub fn lookup(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix('#')?;
        let plain = || self.root.pointer(&plain_pointer(pointer));
        self.root.pointer(pointer).or_else(plain)
    }

    pub fn type_of(&self, schema: &Value) -> Type {
        reading::of(self, schema)
    }

    /// Whether whoever sends an object must give a property that it requires: one that is `readOnly` is required of
    /// answers only.
    pub fn demands(&self, (schema, required): &(Value, bool)) -> bool {
        *required && !self.is_marked(schema, "readOnly", 0)
    }

    /// Whether a property is in requests only: no answer has it.
    pub fn is_write_only(&self, schema: &Value) -> bool {
        self.is_marked(schema, "writeOnly", 0)
    }

    /// Whether a schema, what it refers to, or a part of either has a flag.
    fn is_marked(&self, schema: &Value, flag: &str, depth: usize) -> bool {
        const MAX_DEPTH: usize = 16;
        let node = self.resolve(schema);
        let parts = [schema, node].into_iter().filter_map(|node| node["allOf"].as_array());
        let mut parts = parts.flatten();
        [schema, node].iter().any(|node| node[flag] == Value::Bool(true))
            || depth < MAX_DEPTH && parts.any(|part| self.is_marked(part, flag, depth + 1))
    }
}

/// A reference is a URI, in which a pointer is percent-encoded.
fn plain_pointer(pointer: &str) -> Cow<'_, str> {
    percent_decode_str(pointer).decode_utf8_lossy()
}

fn json_syntax(source: &Arc<Source>, error: &serde_json::Error) -> Diagnostic {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let message = format!("JSON syntax: {said}");
    Diagnostic::new(Code::YamlSyntax, source, json_place(source, error), message).help("mend the JSON here")
}

fn json_place(source: &Arc<Source>, error: &serde_json::Error) -> Span {
    let at = source.line_start(error.line()) + error.column().saturating_sub(1);
    let at = source.text.floor_char_boundary(at);
    Span { start: at, end: at }
}

/// All keys that JSON has twice, which the parser of YAML finds; else, as not all JSON is YAML to it, the first.
fn duplicates(source: &Arc<Source>, first: &serde_json::Error) -> Sink {
    let mut all = Sink::default();
    yaml::parse(source, &mut all);
    if all.is_empty() || all.codes().any(|code| code != Code::DuplicateKey) {
        all = Sink::default();
        let place = json_place(source, first);
        let problem = Diagnostic::new(Code::DuplicateKey, source, place, "the key before this is given twice");
        all.push(problem.help("keep one of the two"));
    }
    all
}

/// In OpenAPI 3.0, what a schema says beside a reference does not count.
fn ignore_siblings(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            if fields.get("$ref").is_some_and(Value::is_string) {
                fields.retain(|keyword, _| !reading::SHAPING.contains(&keyword.as_str()));
            }
            fields.values_mut().for_each(ignore_siblings);
        }
        Value::Array(items) => items.iter_mut().for_each(ignore_siblings),
        _ => {}
    }
}

/// References within a document still lead there when it stands within another.
fn readdress(node: &mut Value, prefix: &str) {
    match node {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "$ref" => {
                        if let Some(rest) = text.strip_prefix("#/") {
                            *text = format!("{prefix}{rest}");
                        }
                    }
                    other => readdress(other, prefix),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| readdress(item, prefix)),
        _ => {}
    }
}
