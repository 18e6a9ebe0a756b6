//! Types of the generated code.

use std::rc::Rc;

use super::Index;

/// A type of the client or of the code around it, as far as paths lead through it.
#[derive(Clone, Debug, PartialEq)]
pub enum RustType {
    Unit,
    /// A struct of the client.
    Struct(String),
    /// A struct beside the client.
    Own(Rc<Own>),
    Optional(Box<RustType>),
    List(Box<RustType>),
    Map(Box<RustType>),
    /// Any JSON.
    Json,
    Text,
    /// Bytes, which are base64 in JSON.
    Binary,
    Boolean,
    Integer,
    /// A whole number that is not negative.
    Natural,
    /// A whole number that is either.
    Wide,
    Number,
    /// Another leaf.
    Other,
}

/// A struct of the worker or of the runtime, and its fields by the name they have on the wire.
#[derive(Debug, PartialEq)]
pub struct Own {
    pub name: String,
    pub fields: Vec<(String, super::Field)>,
}

impl RustType {
    pub fn optional(self) -> Self {
        Self::Optional(Box::new(self))
    }

    /// Without the option around it.
    pub fn bare(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Integer | Self::Natural | Self::Wide)
    }

    /// Whether it is a string, number or boolean, or any JSON: what can be told apart.
    pub fn is_plain(&self) -> bool {
        self.is_whole() || matches!(self, Self::Text | Self::Boolean | Self::Number | Self::Json)
    }

    /// Whether a value is copied by naming it.
    pub fn is_copied(&self) -> bool {
        let leaf = self.bare();
        leaf.is_whole() || matches!(leaf, Self::Boolean | Self::Number)
    }

    /// A field's name in Rust and its type.
    pub fn field(&self, index: &Index, wire: &str) -> Option<(String, Self)> {
        let field = match self {
            Self::Struct(of) => index.field(of, wire)?,
            Self::Own(of) => of
                .fields
                .iter()
                .find_map(|(name, field)| (name == wire).then_some(field))?,
            _ => return None,
        };
        Some((field.ident.clone(), field.kind.clone()))
    }

    /// Every field of a struct: its name on the wire, in Rust, and its type.
    pub fn fields(&self, index: &Index) -> Vec<(String, String, Self)> {
        let whole = |(wire, field): (&String, &super::Field)| (wire.clone(), field.ident.clone(), field.kind.clone());
        match self {
            Self::Struct(of) => index.fields(of).map(whole).collect(),
            Self::Own(of) => of.fields.iter().map(|(wire, field)| whole((wire, field))).collect(),
            _ => Vec::new(),
        }
    }

    /// The type as it is written outside the client's module.
    pub fn rust(&self) -> String {
        match self {
            Self::Unit | Self::Other => "()".to_owned(),
            Self::Struct(name) => format!("client::types::{name}"),
            Self::Own(own) => own.name.clone(),
            Self::Optional(inner) => format!("Option<{}>", inner.rust()),
            Self::List(item) => format!("Vec<{}>", item.rust()),
            Self::Map(values) => format!("BTreeMap<String, {}>", values.rust()),
            Self::Json => "Value".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Binary => "value::Binary".to_owned(),
            Self::Boolean => "bool".to_owned(),
            Self::Integer => "i64".to_owned(),
            Self::Natural => "u64".to_owned(),
            Self::Wide => "i128".to_owned(),
            Self::Number => "f64".to_owned(),
        }
    }
}

/// The type that holds values of both: whole numbers are one kind, and what has nothing in common is JSON.
pub fn either(one: &RustType, other: &RustType) -> RustType {
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (one, other) if one.is_whole() && other.is_whole() => RustType::Wide,
        (RustType::List(one), RustType::List(other)) => RustType::List(Box::new(either(one, other))),
        _ => RustType::Json,
    }
}
