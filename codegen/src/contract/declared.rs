//! Schemas that a mapping declares, held against the subset of JSON Schema that inputs and outputs are made from.
//!
//! What passes has a type in Rust, and a validator in the worker: neither may find at its start what can be found here.

use std::cell::RefCell;

use indexmap::IndexMap;

use crate::{
    diagnostic::nearest,
    naming::{WORD, is_word},
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::value::{self, bounds, listed};

/// What of a function a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Input,
    Output,
}

/// The keywords that say something of each type, beside those that say something of all.
const KEYWORDS: [(&str, &[&str]); 6] = [
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "propertyNames",
            "maxProperties",
            "maxBytes",
        ],
    ),
    ("array", &["items", "maxItems", "maxBytes", "default"]),
    (
        "string",
        &["minLength", "maxLength", "format", "contentEncoding", "enum", "default"],
    ),
    ("integer", &["minimum", "maximum", "enum", "default"]),
    ("number", &["minimum", "maximum", "enum", "default"]),
    ("boolean", &["default"]),
];

const ALWAYS: [&str; 4] = ["type", "title", "description", "examples"];

/// Inputs that the runtime itself looks at: they must be required strings.
pub const CHECKED: [&str; 2] = ["sandbox_id", "image"];

/// All keywords that a declared schema may use.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    ALWAYS
        .into_iter()
        .chain(KEYWORDS.iter().flat_map(|(_, of)| of.iter().copied()))
}

/// Where a schema goes beyond the subset, and how.
pub type Beyond = (Span, String);

/// Everything that is wrong with the whole schema of one side of a function.
pub fn check(schema: &Node, side: Side, formats: &IndexMap<String, String>) -> Vec<Beyond> {
    let found = RefCell::default();
    let place = Place {
        side,
        formats,
        depth: 0,
        found: &found,
    };
    place.note(place.whole(schema));
    found.into_inner()
}

/// The runtime itself looks at these, whatever else is done with them: whose the sandbox is, whether the image may be used.
fn known_to_the_runtime(schema: &Node, properties: &Node, name: &str) -> Result<(), Beyond> {
    let Some(property) = properties.get(name) else {
        return Ok(());
    };
    let required = items(schema.get("required")).any(|required| required.as_str() == Some(name));
    let string = property.get("type").and_then(Node::as_str) == Some("string");
    match required && string && property.get("default").is_none() {
        true => Ok(()),
        false => Err((
            property.span,
            format!("`{name}` must be a required string: the worker checks it"),
        )),
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    side: Side,
    formats: &'a IndexMap<String, String>,
    depth: usize,
    found: &'a RefCell<Vec<Beyond>>,
}

impl Place<'_> {
    fn note(self, verdict: Result<(), Beyond>) {
        self.found.borrow_mut().extend(verdict.err());
    }

    fn whole(self, schema: &Node) -> Result<(), Beyond> {
        let kind = kind(schema)?;
        if kind != "object" {
            return Err((schema.span, "inputs and outputs are objects".to_owned()));
        }
        let Some(properties) = schema.get("properties") else {
            let problem = "it does not say which fields there are; write `properties: {}` for none";
            return Err((schema.span, problem.to_owned()));
        };
        if let Some(others) = schema
            .get("additionalProperties")
            .filter(|node| !self.may_have_others(node))
        {
            let problem = "other fields than those of `properties` have no use".to_owned();
            return Err((others.span, problem));
        }
        self.schema(schema);
        if self.side == Side::Input {
            CHECKED
                .into_iter()
                .for_each(|name| self.note(known_to_the_runtime(schema, properties, name)));
        }
        Ok(())
    }

    /// An input may be given more than it uses.
    fn may_have_others(self, others: &Node) -> bool {
        is_false(others) || self.side == Side::Input && matches!(others.kind, NodeKind::Boolean(true))
    }

    /// What is wrong in one part of a schema hides nothing in another.
    fn schema(self, schema: &Node) {
        // A keyword that is not supported may stand for the type.
        if self.keywords(schema) || kind(schema).is_ok() {
            self.note(self.own(schema));
        }
    }

    fn own(self, schema: &Node) -> Result<(), Beyond> {
        match kind(schema)? {
            "object" => self.object(schema)?,
            "array" => {
                let missing = || (schema.span, "an array schema needs `items`".to_owned());
                self.below().schema(schema.get("items").ok_or_else(missing)?);
            }
            "string" => self.string(schema)?,
            "boolean" => {}
            number => bounds(schema, "minimum", "maximum", |node| match node.kind {
                NodeKind::Integer(_) => true,
                NodeKind::Number(_) => number == "number",
                _ => false,
            })?,
        }
        self.sizes(schema)?;
        self.texts(schema)?;
        listed(schema)?;
        self.default(schema)
    }

    fn below(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }

    /// Whether all keywords are supported, and say something of the schema's type.
    fn keywords(self, schema: &Node) -> bool {
        let NodeKind::Mapping(keys) = &schema.kind else {
            return true;
        };
        let before = self.found.borrow().len();
        let kind = kind(schema).unwrap_or_default();
        let of = KEYWORDS.iter().find(|(known, _)| *known == kind).map(|(_, of)| *of);
        for (key, _) in keys {
            let name = key.value.as_str();
            if !keywords().any(|known| known == name) {
                self.note(Err((key.span, format!("the schema keyword `{name}` is not supported"))));
            } else if of.is_some_and(|of| !ALWAYS.iter().chain(of).any(|known| *known == name)) {
                self.note(Err((key.span, format!("`{name}` says nothing of type `{kind}`"))));
            }
        }
        self.found.borrow().len() == before
    }

    fn object(self, schema: &Node) -> Result<(), Beyond> {
        let properties = match schema.get("properties").map(|node| (&node.kind, node.span)) {
            Some((NodeKind::Mapping(properties), _)) => properties.as_slice(),
            Some((_, span)) => return Err((span, "`properties` is a mapping of names to schemas".to_owned())),
            None => &[],
        };
        for (name, property) in properties {
            if !is_word(&name.value) {
                self.note(Err((
                    name.span,
                    format!("`{}` is not a field name: {WORD}", name.value),
                )));
            }
            self.below().schema(property);
        }
        required(schema, properties)?;
        if let Some(others) = schema.get("additionalProperties") {
            match others.kind {
                NodeKind::Boolean(_) => {}
                _ => self.below().below().schema(others),
            }
            if !properties.is_empty() && !is_false(others) && self.depth > 0 {
                let problem = "an object has `properties`, or others by `additionalProperties`, not both";
                return Err((others.span, problem.to_owned()));
            }
        }
        schema.get("propertyNames").map_or(Ok(()), |names| self.names(names))
    }

    fn names(self, names: &Node) -> Result<(), Beyond> {
        match &names.kind {
            NodeKind::Mapping(keys) if keys.iter().all(|(key, _)| key.value == "format") => self.format(names),
            _ => Err((names.span, "`propertyNames` is written `{format: env-name}`".to_owned())),
        }
    }

    fn string(self, schema: &Node) -> Result<(), Beyond> {
        bounds(
            schema,
            "minLength",
            "maxLength",
            |node| matches!(node.kind, NodeKind::Integer(n) if n >= 0),
        )?;
        if let Some(encoding) = schema
            .get("contentEncoding")
            .filter(|node| node.as_str() != Some("base64"))
        {
            return Err((encoding.span, "bytes are written `contentEncoding: base64`".to_owned()));
        }
        self.format(schema)
    }

    /// The worker checks these and no others.
    fn format(self, schema: &Node) -> Result<(), Beyond> {
        let Some(format) = schema.get("format") else {
            return Ok(());
        };
        let name = format.as_str().unwrap_or_default();
        if self.formats.contains_key(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.formats.keys().map(String::as_str).collect();
        let guess = match nearest(name, known.iter().copied()) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => format!("there are `{}`", known.join("`, `")),
        };
        Err((format.span, format!("there is no format `{name}`: {guess}")))
    }

    fn sizes(self, schema: &Node) -> Result<(), Beyond> {
        for keyword in ["maxItems", "maxProperties", "maxBytes"] {
            let size = schema.get(keyword);
            if let Some(size) = size.filter(|node| !matches!(node.kind, NodeKind::Integer(n) if n >= 0)) {
                let problem = format!("`{keyword}` is a whole number, this is {}", size.describe());
                return Err((size.span, problem));
            }
        }
        Ok(())
    }

    fn texts(self, schema: &Node) -> Result<(), Beyond> {
        for keyword in ["title", "description"] {
            if let Some(text) = schema.get(keyword).filter(|node| node.as_str().is_none()) {
                return Err((
                    text.span,
                    format!("`{keyword}` is a string, this is {}", text.describe()),
                ));
            }
        }
        match schema
            .get("examples")
            .filter(|node| !matches!(node.kind, NodeKind::List(_)))
        {
            Some(examples) => Err((examples.span, "`examples` is a list".to_owned())),
            None => Ok(()),
        }
    }

    /// The worker fills in the inputs themselves, not what is within them.
    fn default(self, schema: &Node) -> Result<(), Beyond> {
        let Some(default) = schema.get("default") else {
            return Ok(());
        };
        if self.side == Side::Output || self.depth != 1 {
            return Err((default.span, "only an input itself can have a default".to_owned()));
        }
        match value::misfit(default, schema) {
            Some(problem) => Err((default.span, format!("the default {problem}"))),
            None => Ok(()),
        }
    }
}

fn kind(schema: &Node) -> Result<&'static str, Beyond> {
    if !matches!(schema.kind, NodeKind::Mapping(_)) {
        let problem = format!("a schema is a mapping, this is {}", schema.describe());
        return Err((schema.span, problem));
    }
    let Some(kind) = schema.get("type") else {
        return Err((schema.span, "a schema needs a `type`".to_owned()));
    };
    let name = kind.as_str().unwrap_or_default();
    let known = KEYWORDS.iter().find(|(known, _)| *known == name);
    known
        .map(|(known, _)| *known)
        .ok_or_else(|| (kind.span, format!("the type `{name}` is not supported")))
}

fn required(schema: &Node, properties: &[(Spanned<String>, Node)]) -> Result<(), Beyond> {
    let Some(required) = schema.get("required") else {
        return Ok(());
    };
    let NodeKind::List(names) = &required.kind else {
        return Err((required.span, "`required` is a list of names".to_owned()));
    };
    for (at, node) in names.iter().enumerate() {
        let name = node.as_str().unwrap_or_default();
        if !properties.iter().any(|(known, _)| known.value == name) {
            let problem = format!("`required` names `{name}`, which `properties` does not have");
            return Err((node.span, problem));
        }
        if names[..at].iter().any(|earlier| earlier.as_str() == Some(name)) {
            return Err((node.span, format!("`required` names `{name}` twice")));
        }
    }
    Ok(())
}

fn is_false(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Boolean(false))
}

fn items(list: Option<&Node>) -> impl Iterator<Item = &Node> {
    let items = match list.map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter()
}
