//! A value of an example as its test takes it: what is not known before the test runs has a word of its own.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    operator::{self, Operator},
    scalar::{in_flow, quoted},
};

use super::{Arguments, ConfigKey, Example, Part, Root, Segment, Value, ValueKind};

/// What is sent or answered, or is expected to be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// A literal that is neither a list nor a mapping.
    Is(Json),
    /// Whatever it is.
    Any,
    /// A text.
    Text(Vec<Piece>),
    /// A text that has this in it.
    Contains(String),
    /// A text that is this as JSON.
    ToJson(Box<Sample>),
    /// A text that is the base64 of this.
    ToBase64(Box<Sample>),
    List(Vec<Sample>),
    Object(Vec<(String, Sample)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Plain(String),
    /// The tag of the call.
    Attempt,
    /// Where the provider of the test is.
    Server,
}

/// What the keys of the configuration are, as far as that is said.
type Configured<'c> = dyn Fn(&str) -> Option<Sample> + 'c;

/// The owner of what the worker of an example starts.
pub const OWNER: &str = "examples";

impl Sample {
    /// The operators that an example knows.
    pub fn operator(name: &str) -> Option<&'static Operator> {
        const KNOWN: [&str; 3] = ["template", "to_json", "to_base64"];
        operator::find(name).filter(|operator| KNOWN.contains(&operator.name))
    }

    /// What a text has to have in it, of `{contains: text}`.
    pub fn contained(value: &Value) -> Option<&str> {
        match &value.kind {
            ValueKind::Object(entries) => match entries.as_slice() {
                [
                    (
                        name,
                        Value {
                            kind: ValueKind::String(text),
                            ..
                        },
                    ),
                ] if name.value == "contains" => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value of an example that has passed the check.
    fn of(value: &Value, configured: &Configured<'_>) -> Self {
        if let Some(text) = Self::contained(value) {
            return Self::Contains(text.to_owned());
        }
        let inner = |value: &Value| Self::of(value, configured);
        match &value.kind {
            ValueKind::Null => Self::Is(Json::Null),
            ValueKind::Boolean(value) => Self::Is((*value).into()),
            ValueKind::Integer(value) => Self::Is((*value).into()),
            ValueKind::Number(value) => Self::Is((*value).into()),
            ValueKind::String(text) => Self::Is(text.as_str().into()),
            ValueKind::Reference(_) => named(value, configured),
            ValueKind::Operator(operator, Arguments::Values(values)) => {
                let of = Box::new(values.first().map_or(Self::Any, inner));
                match operator.name {
                    "to_base64" => Self::ToBase64(of),
                    _ => Self::ToJson(of),
                }
            }
            ValueKind::Operator(_, Arguments::Template(parts)) => Self::Text(pieces(parts, configured)),
            ValueKind::Operator(_, Arguments::Named(_)) => Self::Any,
            ValueKind::Object(entries) => {
                let entries = entries.iter().map(|(name, value)| (name.value.clone(), inner(value)));
                Self::Object(entries.collect())
            }
            ValueKind::List(items) => Self::List(items.iter().map(inner).collect()),
        }
    }

    /// The pieces of what is a text, or is sent as one.
    pub fn pieces(&self) -> Option<Vec<Piece>> {
        match self {
            Self::Text(pieces) => Some(pieces.clone()),
            Self::Is(Json::String(text)) => Some(vec![Piece::Plain(text.clone())]),
            Self::Is(plain) => Some(vec![Piece::Plain(plain.to_string())]),
            _ => None,
        }
    }
}

/// As the mapping would write it, in one line.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(Json::String(text)) => f.write_str(&in_flow(text)),
            Self::Is(plain) => write!(f, "{plain}"),
            Self::Any => f.write_str("$any"),
            Self::Text(pieces) => match pieces.as_slice() {
                [Piece::Attempt] => f.write_str("$attempt"),
                [Piece::Server] => f.write_str("$server"),
                pieces => f.write_str(&quoted(&pieces.iter().map(Piece::said).collect::<String>())),
            },
            Self::Contains(text) => write!(f, "{{contains: {}}}", in_flow(text)),
            Self::ToJson(of) => write!(f, "{{to_json: {of}}}"),
            Self::ToBase64(of) => write!(f, "{{to_base64: {of}}}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(name, value)| format!("{}: {value}", in_flow(name)));
                write!(f, "{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Piece {
    /// As a template would write it.
    pub fn said(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Attempt => "{$attempt}",
            Self::Server => "{$server}",
        }
    }
}

impl Example {
    /// One of its values.
    pub fn sample(&self, value: &Value, keys: &[ConfigKey]) -> Sample {
        Sample::of(value, &|key| self.configured(key, keys))
    }

    /// What a configuration key is, as far as the example or the mapping says it.
    pub fn configured(&self, key: &str, keys: &[ConfigKey]) -> Option<Sample> {
        if let Some((_, value)) = self.config.iter().find(|(name, _)| name.value == key) {
            return Some(Sample::of(value, &|_| None));
        }
        match key {
            "owner" => Some(Sample::Is(OWNER.into())),
            "api_base" => Some(Sample::Text(vec![Piece::Server])),
            _ => {
                let declared = keys.iter().find(|declared| declared.name.value == key)?;
                declared.default.clone().map(Sample::Is)
            }
        }
    }
}

fn named(value: &Value, configured: &Configured<'_>) -> Sample {
    let Some(reference) = value.as_reference() else {
        return Sample::Any;
    };
    match (&reference.root, reference.path.as_slice()) {
        (Root::Attempt, _) => Sample::Text(vec![Piece::Attempt]),
        (Root::Step(name), []) if name == "server" => Sample::Text(vec![Piece::Server]),
        (Root::Config, [Segment::Field(key)]) => configured(key).unwrap_or(Sample::Any),
        _ => Sample::Any,
    }
}

fn pieces(parts: &[Part], configured: &Configured<'_>) -> Vec<Piece> {
    let pieces = parts.iter().flat_map(|part| match part {
        Part::Text(text) => vec![Piece::Plain(text.clone())],
        Part::Value(value) => Sample::of(value, configured).pieces().unwrap_or_default(),
    });
    pieces.collect()
}
