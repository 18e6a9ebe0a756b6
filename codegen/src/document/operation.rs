//! Operations: what a call can name, what it must give and what it gets.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{
    APIS, Body, Document, Events, Location, Parameter, Success, Unsupported,
    ids::{make_unique, snake, synthesise},
    plain_pointer,
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

    /// The key of an operation in its path's item.
    pub fn key(self) -> &'static str {
        match self {
            Method::Get => "get",
            Method::Put => "put",
            Method::Post => "post",
            Method::Delete => "delete",
            Method::Patch => "patch",
            Method::Head => "head",
            Method::Options => "options",
        }
    }

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
    /// The events that it answers with where it is asked for them.
    pub events: Option<Events>,
    /// The media types that its answers are asked for by.
    pub accepts: Vec<String>,
    /// The headers that the document declares of its successful answers; none may say that it declares none.
    pub answer_headers: Vec<String>,
    /// The successful statuses whose answer carries no JSON, though that of others does.
    pub bare: Vec<RangeInclusive<u16>>,
    /// Where it stands: `#/paths/~1files/get`.
    pub pointer: String,
    /// Where its path stands, or what the path refers to and has it.
    item: String,
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
        document.lookup(&self.item).unwrap_or(&Value::Null)
    }

    /// `POST /instance/{id}`, as it is sent.
    pub fn request_line(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }

    /// The first status that the document gives a success.
    pub fn first_success(&self, document: &Document) -> u16 {
        let statuses = self.statuses(document);
        let successes = statuses.iter().filter_map(|status| status.parse().ok());
        successes
            .filter(|status| (200..300).contains(status))
            .min()
            .unwrap_or(200)
    }

    /// The statuses of its answers, as the document has them: `200`, `4XX`, `default`.
    pub fn statuses<'d>(&self, document: &'d Document) -> Vec<&'d str> {
        let responses = document.resolve(&self.node(document)["responses"]).as_object();
        let statuses = responses.into_iter().flat_map(|responses| responses.keys());
        statuses.map(String::as_str).collect()
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

/// A path, or an operation, that is a reference which cannot be followed.
pub struct LostPath {
    pub api: Option<String>,
    pub path: String,
    /// `None`: any that the path does not have itself.
    method: Option<Method>,
    pub construct: Unsupported,
}

impl LostPath {
    /// Whether a name such as `GET /files` is of an operation that may be here.
    pub fn is_of(&self, api: Option<&str>, name: &str) -> bool {
        let (method, path) = name.split_once(' ').unwrap_or_default();
        let is_meant = self.method.is_none_or(|lost| lost.name() == method);
        self.api.as_deref() == api && path == self.path && is_meant
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
        for (path, item, pointer) in paths(root, &pointer) {
            let mut add = |node: &Value, pointer: String, method: Option<Method>| {
                lost.extend(document.unresolved(node).map(|reference| LostPath {
                    api: api.map(str::to_owned),
                    path: path.clone(),
                    method,
                    construct: Unsupported::unresolved(document, &place(document, node, pointer), &reference),
                }));
            };
            for (item, pointer) in items(document, item, &pointer) {
                for method in Method::ALL {
                    let node = item.get(method.key()).unwrap_or(&Value::Null);
                    add(node, below(&pointer, method.key()), Some(method));
                }
            }
            add(item, pointer, None);
        }
    }
    lost
}

/// The paths of an API as they are sent, each with its item and where that stands.
fn paths<'r>(root: &'r Value, pointer: &str) -> impl Iterator<Item = (String, &'r Value, String)> {
    let pointer = below(pointer, "paths");
    let paths = root["paths"].as_object().into_iter().flatten();
    let paths = paths.filter(|(path, _)| !path.starts_with("x-"));
    paths.map(move |(path, item)| (sent(path), item, below(&pointer, path)))
}

/// A path without a slash before it is one with.
fn sent(path: &str) -> String {
    match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    }
}

/// The item of a path, then what it refers to: each may say something of the operations.
fn items<'d>(document: &'d Document, item: &'d Value, pointer: &str) -> Vec<(&'d Value, String)> {
    let mut items = vec![(item, pointer.to_owned())];
    let mut node = item;
    while items.len() < 32
        && let Some(reference) = node["$ref"].as_str()
        && let Some(target) = document.lookup(reference)
    {
        items.push((target, plain_pointer(reference).into_owned()));
        node = target;
    }
    items
}

/// The operation of a method, where it stands, and where the item stands that has it.
fn of_method<'d>(
    document: &'d Document,
    items: &[(&'d Value, String)],
    method: Method,
) -> Option<(&'d Value, String, String)> {
    items.iter().find_map(|(item, pointer)| {
        let node = item.get(method.key())?;
        let at = place(document, node, below(pointer, method.key()));
        let node = Some(document.resolve(node)).filter(|node| node.is_object())?;
        Some((node, at, pointer.clone()))
    })
}

fn of_api(document: &Document, root: &Value, root_pointer: &str, api: Option<&str>) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item, pointer) in paths(root, root_pointer) {
        let items = items(document, item, &pointer);
        for method in Method::ALL {
            if let Some((node, pointer, item)) = of_method(document, &items, method) {
                let at = At {
                    document,
                    root,
                    api,
                    path: &path,
                    items: &items,
                    item,
                    node,
                    pointer,
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
    /// The item of its path, then what that refers to, each with its place.
    pub items: &'d [(&'d Value, String)],
    /// Where the item stands that has it.
    pub item: String,
    pub node: &'d Value,
    pub pointer: String,
}

impl At<'_> {
    fn read(self, method: Method) -> Operation {
        let published = self.node["operationId"].as_str().filter(|id| !id.is_empty());
        let id = published.map_or_else(|| synthesise(method, self.path), snake);
        let answers = self.answers();
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
            success: answers.success,
            events: answers.events,
            accepts: answers.media_types,
            answer_headers: answers.headers,
            bare: answers.bare,
            pointer: self.pointer,
            item: self.item,
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
        let (_, pointer) = self.items.first()?;
        let published = pointer.strip_prefix(paths.as_str()).unwrap_or_default();
        let changes = [(published, "remove: true"), ("", "update: {'/…': {…}}")];
        Some(Unsupported {
            pointer: pointer.clone(),
            ..Unsupported::with(self.document, &paths, what, &changes)
                .after("write it in the overlay under another path, and call that")
        })
    }

    /// A worker has one base URL. A list of no servers says nothing, and no URL is that of the document.
    fn own_servers(&self) -> Vec<Unsupported> {
        let url = |servers: &Value| {
            let url = servers[0]["url"].as_str().unwrap_or_default();
            url.trim_end_matches('/').to_owned()
        };
        let items = self.items.iter().map(|(item, pointer)| (*item, pointer.as_str()));
        let mut places = std::iter::once((self.node, self.pointer.as_str())).chain(items);
        let own = places.find(|(node, _)| node["servers"].as_array().is_some_and(|servers| !servers.is_empty()));
        match own {
            Some((node, pointer)) if url(&node["servers"]) != url(&self.root["servers"]) => vec![
                Unsupported::new(
                    self.document,
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
