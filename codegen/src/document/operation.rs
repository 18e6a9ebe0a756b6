//! Operations: what a call can name, what it must give and what it gets.

use serde_json::Value;

use super::{
    APIS, Body, Document, Location, Parameter, Success, Unsupported,
    ids::{make_unique, snake, synthesise},
    unsupported::{below, place},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub constructs: Vec<Unsupported>,
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

    /// A parameter by its name.
    pub fn called(&self, location: Location, name: &str) -> Option<&Parameter> {
        self.at(location).find(|parameter| parameter.is_called(name))
    }

    pub fn at(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.location == location)
    }
}

/// A path whose item is a reference that cannot be followed.
pub struct LostPath {
    pub api: Option<String>,
    pub path: String,
    pub construct: Unsupported,
}

impl LostPath {
    /// Whether a name such as `GET /files` is of an operation that may be here.
    pub fn is_of(&self, api: Option<&str>, name: &str) -> bool {
        let path = name.split_once(' ').map(|(_, path)| path);
        self.api.as_deref() == api && path == Some(self.path.as_str())
    }
}

/// Each API: its name, its document and where that stands.
fn apis(document: &Document) -> impl Iterator<Item = (Option<&str>, &Value, String)> {
    let further = document.apis();
    let further = further.map(|(name, root)| (Some(name), root, below(&below("#", APIS), name)));
    std::iter::once((None, &document.root, "#".to_owned())).chain(further)
}

pub(super) fn all(document: &Document) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (name, root, pointer) in apis(document) {
        operations.extend(of_api(document, root, &pointer, name));
    }
    make_unique(&mut operations);
    operations
}

pub(super) fn lost(document: &Document) -> Vec<LostPath> {
    let mut lost = Vec::new();
    for (api, root, pointer) in apis(document) {
        for (path, item) in root["paths"].as_object().into_iter().flatten() {
            if let Some(reference) = document.unresolved(item) {
                let pointer = place(document, item, below(&below(&pointer, "paths"), path));
                lost.push(LostPath {
                    api: api.map(str::to_owned),
                    path: path.clone(),
                    construct: Unsupported::unresolved(&pointer, &reference),
                });
            }
        }
    }
    lost
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
pub(super) struct At<'d> {
    pub document: &'d Document,
    /// Of the API that it belongs to.
    root: &'d Value,
    api: Option<&'d str>,
    pub path: &'d str,
    pub item: &'d Value,
    pub item_pointer: &'d str,
    pub node: &'d Value,
    pub pointer: String,
}

impl At<'_> {
    fn read(self, method: Method) -> Operation {
        let published = self.node["operationId"].as_str().filter(|id| !id.is_empty());
        let id = published.map_or_else(|| synthesise(method, self.path), snake);
        let mut constructs = self.own_servers();
        constructs.extend(self.odd_path());
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

    /// Between its braces a path has names, and braces nowhere else. What follows a `#` is never sent.
    fn odd_path(&self) -> Option<Unsupported> {
        let mut parts = self.path.split('{');
        let before = parts.next().unwrap_or_default();
        let named = |part: &str| {
            let (name, after) = part.split_once('}').unwrap_or_default();
            !name.is_empty() && !after.contains('}')
        };
        let sound = !before.contains('}') && parts.all(named);
        let what = match sound {
            true if self.path.contains('#') => "what follows the `#` in it is never sent",
            true => return None,
            false => "a brace in it is not one of two with a name between",
        };
        let root = self
            .api
            .map_or_else(|| "#".to_owned(), |api| below(&below("#", APIS), api));
        let paths = below(&root, "paths");
        let changes = [
            (below("", self.path), "remove: true"),
            (String::new(), "update: {'/…': {…}}"),
        ];
        let changes = changes.each_ref().map(|(below, change)| (below.as_str(), *change));
        Some(Unsupported {
            pointer: below(&paths, self.path),
            ..Unsupported::with(&paths, what, &changes)
                .after("write it in the overlay under another path, and call that")
        })
    }

    /// A worker has one base URL.
    fn own_servers(&self) -> Vec<Unsupported> {
        let url = |servers: &Value| servers[0]["url"].as_str().map(str::to_owned);
        let common = url(&self.root["servers"]);
        let places = [(self.item, self.item_pointer), (self.node, self.pointer.as_str())];
        let own = places.into_iter().rev().find(|(node, _)| node["servers"].is_array());
        match own {
            Some((node, pointer)) if url(&node["servers"]) != common => vec![
                Unsupported::new(
                    &below(pointer, "servers"),
                    "it has servers of its own, but a worker has one base URL",
                    "remove: true",
                )
                .after("another URL takes an API of its own under `apis`; if the base URL serves it too, say so in the overlay"),
            ],
            _ => Vec::new(),
        }
    }
}
