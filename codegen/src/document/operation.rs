//! Operations: what a call can name, what it must give and what it gets.

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::{
    APIS, Construct, Document, Shape, ShapeKind,
    construct::{below, place},
};

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
    /// Why it cannot be sent.
    pub construct: Option<Construct>,
}

#[derive(Clone, Debug)]
pub struct Body {
    pub required: bool,
    /// `None` when no JSON media type is offered.
    pub schema: Option<Value>,
    pub media_types: Vec<String>,
    /// Why it cannot be sent.
    pub construct: Option<Construct>,
}

/// What a successful answer carries.
#[derive(Clone, Debug)]
pub enum Success {
    Empty,
    Json(Value),
    /// Not JSON.
    Other(Construct),
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// The published id, or one made of method and path; snake case and unique in the document.
    pub id: String,
    pub published_id: Option<String>,
    /// The further API that it belongs to.
    pub api: Option<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub success: Success,
    /// Where it stands: `#/paths/~1files/get`.
    pub pointer: String,
    /// Why it cannot be called.
    pub constructs: Vec<Construct>,
}

impl Operation {
    /// `POST /instance/{id}`, or `files:POST /upload` for an operation of a further API.
    pub fn label(&self) -> String {
        match &self.api {
            Some(api) => format!("{api}:{}", self.request_line()),
            None => self.request_line(),
        }
    }

    /// The operation's node.
    pub fn node<'d>(&self, document: &'d Document) -> &'d Value {
        document.lookup(&self.pointer).unwrap_or(&Value::Null)
    }

    /// The node of its path, with what all of its operations share.
    pub fn item<'d>(&self, document: &'d Document) -> &'d Value {
        let item = self
            .pointer
            .rsplit_once('/')
            .and_then(|(item, _)| document.lookup(item));
        item.unwrap_or(&Value::Null)
    }

    /// `POST /instance/{id}`, as it is sent.
    pub fn request_line(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }

    pub fn at(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.location == location)
    }
}

pub(super) fn all(document: &Document) -> Vec<Operation> {
    let mut operations = of_api(document, &document.root, "#", None);
    for (name, root) in document.apis() {
        operations.extend(of_api(document, root, &below(&below("#", APIS), name), Some(name)));
    }
    make_unique(&mut operations);
    operations
}

fn of_api(document: &Document, root: &Value, root_pointer: &str, api: Option<&str>) -> Vec<Operation> {
    let mut operations = Vec::new();
    let Some(paths) = root["paths"].as_object() else {
        return operations;
    };
    for (path, item) in paths {
        let pointer = place(document, item, below(&below(root_pointer, "paths"), path));
        let item = document.resolve(item);
        for method in Method::ALL {
            let key = method.name().to_lowercase();
            if let Some(node) = item.get(&key).filter(|n| n.is_object()) {
                let at = At {
                    document,
                    root,
                    api,
                    path,
                    item,
                    item_pointer: &pointer,
                    node,
                    pointer: below(&pointer, &key),
                };
                operations.push(at.read(method));
            }
        }
    }
    operations
}

/// One operation's node, and its place in the document.
struct At<'d> {
    document: &'d Document,
    /// Of the API that it belongs to.
    root: &'d Value,
    api: Option<&'d str>,
    path: &'d str,
    item: &'d Value,
    item_pointer: &'d str,
    node: &'d Value,
    pointer: String,
}

impl At<'_> {
    fn read(self, method: Method) -> Operation {
        let published = self.node["operationId"].as_str().filter(|id| !id.is_empty());
        let id = published.map_or_else(|| synthesise(method, self.path), snake);
        let mut constructs = self.own_servers();
        Operation {
            method,
            path: self.path.to_owned(),
            id,
            published_id: published.map(str::to_owned),
            api: self.api.map(str::to_owned),
            parameters: self.parameters(&mut constructs),
            body: self.body(),
            success: self.success(),
            pointer: self.pointer,
            constructs,
        }
    }

    /// A worker has one base URL.
    fn own_servers(&self) -> Vec<Construct> {
        let url = |servers: &Value| servers[0]["url"].as_str().map(str::to_owned);
        let common = url(&self.root["servers"]);
        let places = [(self.item, self.item_pointer), (self.node, self.pointer.as_str())];
        let own = places.into_iter().rev().find(|(node, _)| node["servers"].is_array());
        match own {
            Some((node, pointer)) if url(&node["servers"]) != common => vec![Construct::new(
                &below(pointer, "servers"),
                "it has servers of its own, but a worker has one base URL",
                "remove: true",
            )],
            _ => Vec::new(),
        }
    }

    /// An operation's own parameters override those of its path with the same name and location.
    fn parameters(&self, constructs: &mut Vec<Construct>) -> Vec<Parameter> {
        let mut found: Vec<Parameter> = Vec::new();
        for (node, pointer) in [(self.item, self.item_pointer), (self.node, self.pointer.as_str())] {
            for (at, parameter) in node["parameters"].as_array().into_iter().flatten().enumerate() {
                let pointer = below(&below(pointer, "parameters"), &at.to_string());
                if let Some(reference) = self.document.unresolved(parameter) {
                    constructs.push(Construct::unresolved(&pointer, &reference));
                    continue;
                }
                let pointer = place(self.document, parameter, pointer);
                if let Some(parameter) = parameter_of(self.document, self.document.resolve(parameter), &pointer) {
                    found.retain(|p| (&p.name, p.location) != (&parameter.name, parameter.location));
                    found.push(parameter);
                }
            }
        }
        for name in path_names(self.path) {
            if !found.iter().any(|p| p.location == Location::Path && p.name == name) {
                found.push(Parameter::undeclared(name));
            }
        }
        found.retain(|p| p.location != Location::Path || path_names(self.path).any(|name| name == p.name));
        found
    }

    fn body(&self) -> Option<Body> {
        let node = self.node.get("requestBody")?;
        let pointer = below(&self.pointer, "requestBody");
        if let Some(reference) = self.document.unresolved(node) {
            return Some(Body {
                required: true,
                schema: None,
                media_types: Vec::new(),
                construct: Some(Construct::unresolved(&pointer, &reference)),
            });
        }
        let pointer = below(&place(self.document, node, pointer), "content");
        let body = self.document.resolve(node);
        let content = body["content"].as_object()?;
        let schema = json_schema(content);
        let construct = schema.is_none().then(|| {
            let what = format!("the body is {}, and a call can send JSON only", names(content));
            Construct::new(&pointer, what, "update: {application/json: {schema: {…}}}")
        });
        Some(Body {
            required: body["required"] == Value::Bool(true),
            schema,
            media_types: content.keys().cloned().collect(),
            construct,
        })
    }

    /// The first 2xx with a JSON body, in the order of status; else the first with another body; else empty.
    fn success(&self) -> Success {
        let Some(responses) = self.node["responses"].as_object() else {
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
            match self.response(&responses[status], below(&below(&self.pointer, "responses"), status)) {
                Success::Json(schema) => return Success::Json(schema),
                Success::Other(construct) => drop(other.get_or_insert(construct)),
                Success::Empty => {}
            }
        }
        other.map_or(Success::Empty, Success::Other)
    }

    fn response(&self, node: &Value, pointer: String) -> Success {
        if let Some(reference) = self.document.unresolved(node) {
            return Success::Other(Construct::unresolved(&pointer, &reference));
        }
        let pointer = below(&place(self.document, node, pointer), "content");
        let response = self.document.resolve(node);
        let Some(content) = response["content"].as_object().filter(|c| !c.is_empty()) else {
            return Success::Empty;
        };
        match json_schema(content) {
            Some(schema) => Success::Json(schema),
            None => Success::Other(Construct::new(
                &pointer,
                format!("the answer is {}, and only JSON can be read", names(content)),
                "update: {application/json: {schema: {…}}}",
            )),
        }
    }
}

fn names(content: &Map<String, Value>) -> String {
    content.keys().cloned().collect::<Vec<_>>().join(" or ")
}

/// An id for an operation that has none: `GET /files/{name}` is `get_files_name`.
fn synthesise(method: Method, path: &str) -> String {
    snake(&format!("{} {path}", method.name().to_lowercase()))
}

/// Methods that the generated client has, or is given, whatever the document says.
const TAKEN: [&str; 9] = [
    "api_version",
    "baseurl",
    "client",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "post",
    "pre",
];

fn snake(id: &str) -> String {
    let words: String = id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let id = words.to_snake_case();
    match id.chars().next() {
        None => "operation".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("operation_{id}"),
        Some(_) if TAKEN.contains(&id.as_str()) || syn::parse_str::<syn::Ident>(&id).is_err() => {
            format!("{id}_operation")
        }
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
    let shape = node
        .get("schema")
        .map_or_else(Shape::any, |schema| document.shape(schema));
    let deep = location == Location::Query && node["style"] == "deepObject";
    Some(Parameter {
        name: node["name"].as_str()?.to_owned(),
        location,
        required: location == Location::Path || node["required"] == Value::Bool(true),
        construct: unsendable(node, location, &shape, deep).map(|(what, change)| Construct::new(pointer, what, change)),
        shape,
        deep,
    })
}

impl Parameter {
    /// A name in a path that no parameter describes.
    fn undeclared(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            location: Location::Path,
            required: true,
            shape: Shape::string(),
            deep: false,
            construct: None,
        }
    }
}

/// Why a parameter cannot be sent, and what would change that.
fn unsendable(node: &Value, location: Location, shape: &Shape, deep: bool) -> Option<(&'static str, &'static str)> {
    let list = matches!(shape.kind, ShapeKind::Array(_));
    let object = matches!(shape.kind, ShapeKind::Object(..));
    let style = node["style"].as_str().unwrap_or("form");
    if location == Location::Cookie {
        return Some(("it is a cookie, which no call can send", "update: {required: false}"));
    }
    if node.get("content").is_some() {
        return Some((
            "it is `content`, a document within a parameter",
            "update: {schema: {type: string}}",
        ));
    }
    if list && location == Location::Query && (style != "form" || node["explode"] == Value::Bool(false)) {
        return Some((
            "its list is not sent as a parameter for each item",
            "update: {style: form, explode: true}",
        ));
    }
    if list && location != Location::Query {
        return Some(("it is a list outside the query", "update: {schema: {type: string}}"));
    }
    if object && !deep {
        return Some((
            "it is an object without `style: deepObject`",
            "update: {style: deepObject}",
        ));
    }
    None
}

/// `application/json` before any other JSON type, before anything that may be JSON.
fn json_schema(content: &Map<String, Value>) -> Option<Value> {
    let is = |wanted: fn(&str) -> bool| content.iter().find(move |(name, _)| wanted(essence(name)));
    let open = |media: &&Value| media["schema"].is_object() && media["schema"]["format"] != "binary";
    let found = is(|name| name == "application/json").or_else(|| is(|name| name.ends_with("+json")));
    let any = || {
        is(|name| name == "*/*" || name == "application/*")
            .map(|(_, media)| media)
            .filter(open)
    };
    let media = found.map(|(_, media)| media).or_else(any)?;
    Some(media.get("schema").cloned().unwrap_or(Value::Bool(true)))
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
