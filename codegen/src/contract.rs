//! What functions take and answer: the family's contract, and what a mapping declares beside it.
//!
//! Schemas are a small subset of JSON Schema, because typed inputs are made from them.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Sink},
    source::{Source, Span, Spanned},
    yaml::{self, Node, NodeKind},
};

const TEXT: &str = include_str!("../contract.yaml");

/// The family's functions, tags and codes.
#[derive(Debug)]
pub struct Contract {
    pub functions: Vec<Signature>,
    pub capabilities: Vec<(String, Vec<String>)>,
    /// What each format of a string means.
    pub formats: IndexMap<String, String>,
    /// What a caller may conclude from each code.
    pub codes: IndexMap<String, String>,
}

/// One function's description, input and output.
#[derive(Clone, Debug)]
pub struct Signature {
    pub name: String,
    pub description: String,
    pub input: Value,
    pub output: Value,
}

impl Contract {
    /// The contract that ships with this crate.
    pub fn family() -> Self {
        let source = Source::new("contract.yaml", TEXT);
        let mut sink = Sink::default();
        let root = yaml::parse(&source, &mut sink).map(|node| node.to_json());
        let root = root.unwrap_or_default();
        let functions = entries(&root["functions"])
            .map(|(name, node)| Signature {
                name: name.clone(),
                description: text(&node["description"]),
                input: node["input"].clone(),
                output: node["output"].clone(),
            })
            .collect();
        let capabilities = entries(&root["capabilities"])
            .map(|(tag, functions)| (tag.clone(), strings(functions)))
            .collect();
        Self {
            functions,
            capabilities,
            formats: meanings(&root["formats"]),
            codes: meanings(&root["codes"]),
        }
    }

    pub fn function(&self, name: &str) -> Option<&Signature> {
        self.functions.iter().find(|signature| signature.name == name)
    }
}

impl Signature {
    /// The input as handlers see it: the runtime has filled in the defaults, so those fields are always there.
    pub fn filled_input(&self) -> Value {
        let mut filled = closed(&self.input);
        let mut required = strings(&filled["required"]);
        let defaulted = entries(&filled["properties"]).filter(|(_, property)| property.get("default").is_some());
        required.extend(defaulted.map(|(name, _)| name.clone()));
        filled["required"] = required.into();
        filled
    }

    /// The output, with no fields but those it names.
    pub fn closed_output(&self) -> Value {
        closed(&self.output)
    }
}

/// In a document `properties: {}` may mean anything; in a signature it means none.
fn closed(schema: &Value) -> Value {
    let mut closed = schema.clone();
    if closed.get("properties").is_some() && closed.get("additionalProperties").is_none() {
        closed["additionalProperties"] = Value::Bool(false);
    }
    closed
}

fn entries(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flatten()
}

fn meanings(node: &Value) -> IndexMap<String, String> {
    entries(node).map(|(name, means)| (name.clone(), text(means))).collect()
}

fn text(node: &Value) -> String {
    node.as_str().unwrap_or_default().to_owned()
}

fn strings(node: &Value) -> Vec<String> {
    node.as_array().into_iter().flatten().map(text).collect()
}

/// The keywords that a declared schema may use.
pub const KEYWORDS: [&str; 17] = [
    "type",
    "description",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "propertyNames",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "default",
    "enum",
    "examples",
    "title",
];

/// Holds a schema that a mapping declares against the subset; true if it fits.
pub fn check_schema(source: &Arc<Source>, node: &Node, sink: &mut Sink) -> bool {
    match unsupported(node, true) {
        None => true,
        Some((span, problem)) => {
            sink.push(
                Diagnostic::new(Code::ContractSchema, source, span, problem)
                    .help("write `{type: object, required: […], properties: {name: {type: string}}}`"),
            );
            false
        }
    }
}

/// The first place that is outside the subset, and why.
type Unsupported = Option<(Span, String)>;

fn unsupported(schema: &Node, top: bool) -> Unsupported {
    let NodeKind::Mapping(keys) = &schema.kind else {
        return Some((
            schema.span,
            format!("a schema is a mapping, this is {}", schema.describe()),
        ));
    };
    if let Some((keyword, _)) = keys.iter().find(|(key, _)| !KEYWORDS.contains(&key.value.as_str())) {
        return Some((
            keyword.span,
            format!("the schema keyword `{}` is not supported", keyword.value),
        ));
    }
    let Some(kind) = schema.get("type") else {
        return Some((schema.span, "a schema needs a `type`".to_owned()));
    };
    let name = kind.as_str().unwrap_or_default();
    if top && name != "object" {
        return Some((kind.span, "inputs and outputs are objects".to_owned()));
    }
    match name {
        "object" => object_unsupported(schema),
        "array" => match schema.get("items") {
            Some(items) => unsupported(items, false),
            None => Some((schema.span, "an array schema needs `items`".to_owned())),
        },
        "string" | "integer" | "number" | "boolean" => None,
        other => Some((kind.span, format!("the type `{other}` is not supported"))),
    }
}

fn object_unsupported(schema: &Node) -> Unsupported {
    let properties = match schema.get("properties").map(|node| (&node.kind, node.span)) {
        Some((NodeKind::Mapping(properties), _)) => properties.as_slice(),
        Some((_, span)) => return Some((span, "`properties` is a mapping of names to schemas".to_owned())),
        None => &[],
    };
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for (name, _) in properties {
        if !name.value.starts_with(|c: char| c.is_ascii_lowercase()) || !name.value.chars().all(word) {
            let problem = format!(
                "`{}` is not a field name: use lower case letters, digits and `_`",
                name.value
            );
            return Some((name.span, problem));
        }
    }
    let others = schema
        .get("additionalProperties")
        .filter(|node| matches!(node.kind, NodeKind::Mapping(_)));
    required_unsupported(schema, properties).or_else(|| {
        properties
            .iter()
            .map(|(_, schema)| schema)
            .chain(others)
            .find_map(|schema| unsupported(schema, false))
    })
}

fn required_unsupported(schema: &Node, properties: &[(Spanned<String>, Node)]) -> Unsupported {
    let required = schema.get("required")?;
    let NodeKind::List(names) = &required.kind else {
        return Some((required.span, "`required` is a list of names".to_owned()));
    };
    let known = |node: &&Node| {
        !properties
            .iter()
            .any(|(name, _)| Some(name.value.as_str()) == node.as_str())
    };
    let node = names.iter().find(known)?;
    let name = node.as_str().unwrap_or_default();
    Some((
        node.span,
        format!("`required` names `{name}`, which `properties` does not have"),
    ))
}
