//! Parameters: what a call gives beside the body, and why some cannot be given.

use serde_json::Value;

use crate::naming::is_header;

use super::{
    Document, Type, TypeKind, Unsupported,
    operation::At,
    unsupported::{below, place},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

impl Location {
    /// The key of a call under which its parameters stand.
    pub fn name(self) -> &'static str {
        match self {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub location: Location,
    pub required: bool,
    pub ty: Type,
    /// How an object is sent, key by key.
    pub spread: Option<Spread>,
    /// What stands before the value in the path: `.` or `;name=`.
    pub before: String,
    /// Why it cannot be sent.
    pub construct: Option<Unsupported>,
    /// Where it is described, or where its path is.
    pub pointer: String,
}

/// How each key of an object in the query is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// `style: deepObject`: as `name[key]=value`.
    Deep,
    /// `style: form`, exploded, as it is unless the document says otherwise: as `key=value`.
    Form,
}

/// How the client takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// As a boolean or number.
    AsItIs,
    /// As a string, which a number or boolean of the mapping becomes unless it is one already.
    Text { converted: bool },
    /// As a list of strings.
    Texts { converted: bool },
}

/// Header parameters that no call gives: what OpenAPI says shall be ignored, since media types and security schemes say the
/// same, and what frames a request.
pub const IGNORED_HEADERS: [&str; 7] = [
    "Accept",
    "Authorization",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Host",
    "Transfer-Encoding",
];

impl At<'_> {
    /// An operation's own parameters override those of its path with the same name and location.
    pub(super) fn parameters(&self, constructs: &mut Vec<Unsupported>) -> Vec<Parameter> {
        let mut found: Vec<Parameter> = Vec::new();
        let items = self.items.iter().rev().map(|(item, pointer)| (*item, pointer.as_str()));
        for (node, pointer) in items.chain([(self.node, self.pointer.as_str())]) {
            for (at, parameter) in node["parameters"].as_array().into_iter().flatten().enumerate() {
                let pointer = below(&below(pointer, "parameters"), &at.to_string());
                let pointer = place(self.document, parameter, pointer);
                if let Some(reference) = self.document.unresolved(parameter) {
                    constructs.push(Unsupported::unresolved(self.document, &pointer, &reference));
                    continue;
                }
                let node = self.document.resolve(parameter);
                constructs.extend(whole_query(self.document, node, &pointer));
                if let Some(parameter) = parameter_of(self.document, node, &pointer) {
                    found.retain(|p| (&p.name, p.location) != (&parameter.name, parameter.location));
                    found.push(parameter);
                }
            }
        }
        for name in path_names(self.path) {
            if !found.iter().any(|p| p.location == Location::Path && p.name == name) {
                found.push(Parameter::undeclared(name, &self.item));
            }
        }
        found.retain(|p| p.location != Location::Path || path_names(self.path).any(|name| name == p.name));
        found
    }
}

/// A query that is one value, which came with OpenAPI 3.2 and has no name to be given by.
fn whole_query(document: &Document, node: &Value, pointer: &str) -> Option<Unsupported> {
    let is_needed = node["in"] == "querystring" && node["required"] == Value::Bool(true);
    is_needed.then(|| {
        let changes = [("", "remove: true")];
        Unsupported::with(
            document,
            pointer,
            "the whole query is one parameter, which no call can give",
            &changes,
        )
        .after("write in the overlay the parameters that it is made of, in its place")
    })
}

/// The names in the braces of a path template.
pub fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

fn parameter_of(document: &Document, node: &Value, pointer: &str) -> Option<Parameter> {
    let location = match node["in"].as_str()? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    };
    let name = node["name"].as_str()?;
    if location == Location::Header && IGNORED_HEADERS.iter().any(|ignored| ignored.eq_ignore_ascii_case(name)) {
        return None;
    }
    let ty = node
        .get("schema")
        .map_or_else(Type::any, |schema| document.type_of(schema));
    let spread = spread(node, location, &ty);
    Some(Parameter {
        name: name.to_owned(),
        location,
        required: location == Location::Path || node["required"] == Value::Bool(true),
        construct: (location == Location::Header && !is_header(name))
            .then_some(("its name cannot be that of a header", NOT_AT_ALL))
            .or_else(|| unsendable(document, node, location, &ty, spread))
            .map(|(what, changes)| Unsupported::with(document, pointer, what, changes)),
        ty,
        spread,
        before: before(node, location, name),
        pointer: pointer.to_owned(),
    })
}

impl Parameter {
    /// Whether a mapping means it by this name: header names are the same in any case.
    pub fn is_called(&self, name: &str) -> bool {
        match self.location {
            Location::Header => self.name.eq_ignore_ascii_case(name),
            _ => self.name == name,
        }
    }

    /// How the client takes it, or this key of it.
    pub fn taken(&self, document: &Document, key: Option<&str>) -> Taken {
        let text = |ty: &Type| Taken::Text {
            converted: !ty.is_text(),
        };
        if let Some(key) = key {
            let property = self.ty.property(key);
            return text(&property.map_or_else(Type::any, |(schema, _)| document.type_of(&schema)));
        }
        match &self.ty.kind {
            TypeKind::Boolean | TypeKind::Integer | TypeKind::Number => Taken::AsItIs,
            TypeKind::Array(items) => Taken::Texts {
                converted: !document.type_of(items).is_text(),
            },
            _ => text(&self.ty),
        }
    }

    /// What the value of a key is sent under.
    pub fn name_of(&self, key: &str) -> String {
        match self.spread {
            Some(Spread::Deep) => format!("{}[{key}]", self.name),
            Some(Spread::Form) | None => key.to_owned(),
        }
    }

    /// A name in a path that no parameter describes.
    fn undeclared(name: &str, pointer: &str) -> Self {
        Self {
            name: name.to_owned(),
            location: Location::Path,
            required: true,
            ty: Type::string(),
            spread: None,
            before: String::new(),
            construct: None,
            pointer: pointer.to_owned(),
        }
    }
}

fn before(node: &Value, location: Location, name: &str) -> String {
    match node["style"].as_str() {
        Some("label") if location == Location::Path => ".".to_owned(),
        Some("matrix") if location == Location::Path => format!(";{name}="),
        _ => String::new(),
    }
}

fn spread(node: &Value, location: Location, ty: &Type) -> Option<Spread> {
    let style = node["style"].as_str().unwrap_or("form");
    let is_object = matches!(ty.kind, TypeKind::Object(..));
    match style {
        _ if location != Location::Query || node.get("content").is_some() => None,
        "deepObject" => Some(Spread::Deep),
        "form" if is_object && node["explode"] != Value::Bool(false) => Some(Spread::Form),
        _ => None,
    }
}

/// The end of the action of an overlay, and where below the parameter it is.
type Changes = &'static [(&'static str, &'static str)];

const PATH_STYLES: [&str; 3] = ["simple", "label", "matrix"];

const NOT_AT_ALL: Changes = &[("", "remove: true")];

/// The schema may be a reference or alternatives, so nothing of it is kept.
const AS_TEXT: Changes = &[("/schema", "remove: true"), ("", "update: {schema: {type: string}}")];

/// Why a parameter cannot be sent, and what would change that.
fn unsendable(
    document: &Document,
    node: &Value,
    location: Location,
    ty: &Type,
    spread: Option<Spread>,
) -> Option<(&'static str, Changes)> {
    let style = node["style"].as_str().unwrap_or("form");
    let in_query = location == Location::Query;
    let refused: (_, Changes) = match &ty.kind {
        _ if location == Location::Cookie => (
            "it is a cookie, which no call can send",
            &[("", "update: {required: false}")],
        ),
        _ if node.get("content").is_some() => (
            "it is `content`, a document within a parameter",
            &[("/content", "remove: true"), ("", "update: {schema: {type: string}}")],
        ),
        _ if location == Location::Path
            && node["style"]
                .as_str()
                .is_some_and(|style| !PATH_STYLES.contains(&style)) =>
        {
            (
                "its style is none that a parameter of the path can have",
                &[("", "update: {style: simple}")],
            )
        }
        TypeKind::Array(_) if !in_query => ("it is a list outside the query", AS_TEXT),
        TypeKind::Array(_) if style != "form" || node["explode"] == Value::Bool(false) => {
            ("its list is not sent as a parameter for each item", AS_TEXT)
        }
        TypeKind::Array(items) if !document.type_of(items).may_be_plain() => (
            "the items of its list are lists or objects",
            &[
                ("/schema", "remove: true"),
                ("", "update: {schema: {type: array, items: {type: string}}}"),
            ],
        ),
        TypeKind::Object(..) if !in_query => ("it is an object outside the query", AS_TEXT),
        TypeKind::Object(..) if spread.is_none() => ("its object is not sent as a parameter for each key", AS_TEXT),
        _ => return None,
    };
    Some(refused)
}
