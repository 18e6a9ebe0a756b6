//! Operations: what a call can name, what it must give and what it gets.

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::{Document, Shape};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
    Patch,
    Head,
    Options,
}

impl Method {
    pub const ALL: [Method; 7] = [
        Method::Get,
        Method::Put,
        Method::Post,
        Method::Delete,
        Method::Patch,
        Method::Head,
        Method::Options,
    ];

    /// `GET`.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
            Method::Patch => "PATCH",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
        }
    }
}

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
    pub shape: Shape,
    /// `style: deepObject`: an object sent as `name[key]=value`.
    pub deep: bool,
}

#[derive(Clone, Debug)]
pub struct Body {
    pub required: bool,
    /// `None` when no JSON media type is offered.
    pub schema: Option<Value>,
    pub media_types: Vec<String>,
}

/// What a successful answer carries.
#[derive(Clone, Debug)]
pub enum Success {
    Empty,
    Json(Value),
    /// Media types that are not JSON.
    Other(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// The published id, or one made of method and path; snake case and unique in the document.
    pub id: String,
    pub published_id: Option<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub success: Success,
}

impl Operation {
    /// `POST /instance/{id}`.
    pub fn label(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }

    pub fn at(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.location == location)
    }
}

pub(super) fn all(document: &Document) -> Vec<Operation> {
    let mut operations = Vec::new();
    let Some(paths) = document.root["paths"].as_object() else {
        return operations;
    };
    for (path, item) in paths {
        let item = document.resolve(item);
        for method in Method::ALL {
            if let Some(node) = item.get(method.name().to_lowercase()).filter(|n| n.is_object()) {
                operations.push(read(document, path, method, item, node));
            }
        }
    }
    make_unique(&mut operations);
    operations
}

fn read(document: &Document, path: &str, method: Method, item: &Value, node: &Value) -> Operation {
    let published = node["operationId"].as_str().filter(|id| !id.is_empty());
    let id = published.map_or_else(|| synthesise(method, path), snake);
    Operation {
        method,
        path: path.to_owned(),
        id,
        published_id: published.map(str::to_owned),
        parameters: parameters(document, path, item, node),
        body: body(document, node),
        success: success(document, node),
    }
}

/// An id for an operation that has none: `GET /files/{name}` is `get_files_name`.
fn synthesise(method: Method, path: &str) -> String {
    snake(&format!("{} {path}", method.name().to_lowercase()))
}

fn snake(id: &str) -> String {
    let words: String = id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let id = words.to_snake_case();
    match id.chars().next() {
        None => "operation".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("operation_{id}"),
        Some(_) => id,
    }
}

/// Ids that are the same in snake case would name the same client method.
fn make_unique(operations: &mut [Operation]) {
    let mut seen = std::collections::BTreeSet::new();
    for operation in operations {
        let mut id = operation.id.clone();
        let mut n = 1;
        while !seen.insert(id.clone()) {
            n += 1;
            id = format!("{}_{n}", operation.id);
        }
        operation.id = id;
    }
}

/// An operation's own parameters override those of its path with the same name and location.
fn parameters(document: &Document, path: &str, item: &Value, node: &Value) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for list in [&item["parameters"], &node["parameters"]] {
        for parameter in list.as_array().into_iter().flatten() {
            if let Some(parameter) = parameter_of(document, document.resolve(parameter)) {
                found.retain(|p| (&p.name, p.location) != (&parameter.name, parameter.location));
                found.push(parameter);
            }
        }
    }
    for name in path_names(path) {
        if !found.iter().any(|p| p.location == Location::Path && p.name == name) {
            found.push(Parameter {
                name: name.to_owned(),
                location: Location::Path,
                required: true,
                shape: Shape::string(),
                deep: false,
            });
        }
    }
    found.retain(|p| p.location != Location::Path || path_names(path).any(|name| name == p.name));
    found
}

/// The names in the braces of a path template.
pub fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

fn parameter_of(document: &Document, node: &Value) -> Option<Parameter> {
    let location = match node["in"].as_str()? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    };
    let schema = node.get("schema").or_else(|| {
        let content = node["content"].as_object()?;
        content.values().next()?.get("schema")
    });
    Some(Parameter {
        name: node["name"].as_str()?.to_owned(),
        location,
        required: location == Location::Path || node["required"] == Value::Bool(true),
        shape: schema.map_or_else(Shape::any, |schema| document.shape(schema)),
        deep: node["style"] == "deepObject",
    })
}

fn body(document: &Document, node: &Value) -> Option<Body> {
    let body = document.resolve(node.get("requestBody")?);
    let content = body["content"].as_object()?;
    Some(Body {
        required: body["required"] == Value::Bool(true),
        schema: json_schema(content),
        media_types: content.keys().cloned().collect(),
    })
}

/// `application/json` before any other JSON type, in the order written.
fn json_schema(content: &Map<String, Value>) -> Option<Value> {
    let plain = content.iter().find(|(name, _)| essence(name) == "application/json");
    let any = || content.iter().find(|(name, _)| essence(name).ends_with("+json"));
    let (_, media) = plain.or_else(any)?;
    Some(media.get("schema").cloned().unwrap_or(Value::Bool(true)))
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The first 2xx with a JSON body, in the order of status; else the first with another body; else empty.
fn success(document: &Document, node: &Value) -> Success {
    let Some(responses) = node["responses"].as_object() else {
        return Success::Empty;
    };
    let mut statuses: Vec<&String> = responses.keys().filter(|s| s.starts_with('2')).collect();
    statuses.sort();
    if statuses.is_empty()
        && let Some((name, _)) = responses.get_key_value("default")
    {
        statuses.push(name);
    }
    let mut other = None;
    for status in statuses {
        let response = document.resolve(&responses[status]);
        let Some(content) = response["content"].as_object().filter(|c| !c.is_empty()) else {
            continue;
        };
        if let Some(schema) = json_schema(content) {
            return Success::Json(schema);
        }
        other.get_or_insert_with(|| Success::Other(content.keys().cloned().collect()));
    }
    other.unwrap_or(Success::Empty)
}
