//! What functions take and answer: the family's contract, and what a mapping declares beside it.
//!
//! Schemas are a small subset of JSON Schema, because typed inputs are made from them.

mod adapter;
mod declared;
mod value;

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Sink},
    source::Source,
    yaml::{self, Node},
};

pub use adapter::{SIZES, adapter, conditions};
#[cfg(test)]
pub use declared::keywords;
pub use declared::{CHECKED, Side};

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
    /// A worker has it only if its configuration lists it.
    pub optional: bool,
    /// The section of a mapping with which the runtime serves it.
    pub section: Option<String>,
    /// The function of the provider by which the runtime can serve it, where a mapping says so.
    pub via: Option<String>,
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
                optional: node["optional"] == true,
                section: node["section"].as_str().map(str::to_owned),
                via: node["via"].as_str().map(str::to_owned),
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
    /// The names of its inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        entries(&self.input["properties"]).map(|(name, _)| name.as_str())
    }

    /// The names of its outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        entries(&self.output["properties"]).map(|(name, _)| name.as_str())
    }

    pub fn takes(&self, input: &str) -> bool {
        self.inputs().any(|name| name == input)
    }

    /// Whether a caller must give an input.
    pub fn requires(&self, input: &str) -> bool {
        strings(&self.input["required"]).iter().any(|name| name == input)
    }

    pub fn answers(&self, output: &str) -> bool {
        entries(&self.output["properties"]).any(|(name, _)| name == output)
    }

    /// The input as handlers see it: the runtime has filled in the defaults, so those fields are always there.
    pub fn filled_input(&self) -> Value {
        let mut filled = self.input.clone();
        // A mapping can use none but those that have a name.
        filled["additionalProperties"] = Value::Bool(false);
        let mut required = strings(&filled["required"]);
        let defaulted = entries(&filled["properties"]).filter(|(_, property)| property.get("default").is_some());
        required.extend(defaulted.map(|(name, _)| name.clone()));
        filled["required"] = required.into();
        filled
    }

    /// The input as a caller gives it: no fields but those it names, unless it says that there may be others.
    pub fn closed_input(&self) -> Value {
        closed(&self.input)
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

impl Contract {
    /// Holds a schema that a mapping declares against the subset; true if it fits.
    pub fn takes(&self, source: &Arc<Source>, schema: &Node, side: Side, sink: &mut Sink) -> bool {
        let beyond = declared::check(schema, side, &self.formats);
        let sound = beyond.is_empty();
        for (span, problem) in beyond {
            let help = "write `{type: object, required: […], properties: {name: {type: string}}}`";
            sink.push(Diagnostic::new(Code::ContractSchema, source, span, problem).help(help));
        }
        sound
    }
}
