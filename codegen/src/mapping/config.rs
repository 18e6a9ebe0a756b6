//! Configuration keys that the mapping declares.

use serde_json::Value as Json;

use crate::{
    diagnostic::{Code, did_you_mean},
    source::Spanned,
    yaml::{Node, NodeKind},
};

use super::Reader;

/// A configuration key beside those that every worker has.
#[derive(Debug)]
pub struct ConfigKey {
    pub name: Spanned<String>,
    /// What it means, for operators.
    pub description: Option<String>,
    pub kind: ConfigKind,
    pub default: Option<Json>,
    /// Whether a configuration without it is refused.
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKind {
    String,
    Integer,
    Boolean,
}

impl ConfigKey {
    pub fn read_all(reader: &Reader, entries: &[(Spanned<String>, Node)], broken: &mut Vec<String>) -> Vec<Self> {
        let mut keys = Vec::new();
        for (name, node) in entries {
            match Self::read(reader, name, node) {
                Some(key) => keys.push(key),
                None => broken.push(format!("config.{}", name.value)),
            }
        }
        keys
    }

    fn read(reader: &Reader, name: &Spanned<String>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a configuration key")?;
        let kind = fields.required_string("type");
        let description = fields.optional_string("description");
        let default = fields.optional("default").cloned();
        let required = fields.flag("required");
        fields.done();
        let kind = kind?;
        let kind = match kind.value.as_str() {
            "string" => ConfigKind::String,
            "integer" => ConfigKind::Integer,
            "boolean" => ConfigKind::Boolean,
            other => {
                let help = did_you_mean(other, ["string", "integer", "boolean"]);
                reader.problem(Code::WrongShape, kind.span, format!("no type `{other}`"), help);
                return None;
            }
        };
        if let Some(default) = &default
            && !kind.fits(default)
        {
            let message = format!("the default is {}, not of the key's type", default.describe());
            reader.problem(Code::WrongType, default.span, message, "make type and default agree");
        }
        if let Some(default) = default.as_ref().filter(|_| required) {
            let message = "a key that is required has no default";
            reader.problem(
                Code::ExclusiveKeys,
                default.span,
                message,
                "remove `default`, or `required`",
            );
        }
        Some(Self {
            name: name.clone(),
            description: description.map(|text| text.value),
            kind,
            default: default.map(|node| node.to_json()),
            required,
        })
    }
}

impl ConfigKind {
    fn fits(self, node: &Node) -> bool {
        matches!(
            (self, &node.kind),
            (Self::String, NodeKind::String(_))
                | (Self::Integer, NodeKind::Integer(_))
                | (Self::Boolean, NodeKind::Boolean(_))
        )
    }
}
