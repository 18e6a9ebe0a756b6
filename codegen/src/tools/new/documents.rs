//! The provider's documents: what each is called in `spec/`, its server, and the key that its API wants.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use serde_json::Value;

use crate::{
    diagnostic::{Report, Sink},
    document::{Document, Key, Operation, Operations, Scheme, Server},
    source::Source,
    spec,
};

use super::{Doing, Request, words::words};

/// A document to be vendored.
pub struct Vendored {
    /// The name of a further API; `None` for the main one.
    pub api: Option<String>,
    /// In `spec/`.
    pub file: String,
    pub overlay: String,
    pub source: Arc<Source>,
    pub document: Document,
    pub operations: Operations,
}

/// Reads them all; what cannot be used as a whole is refused.
pub fn read(request: &Request, tell: &mut dyn FnMut(Doing<'_>)) -> Result<Vec<Vendored>, Report> {
    let mut sink = Sink::default();
    let mut taken = BTreeSet::from(["mapping", "overlay", "openapi"].map(str::to_owned));
    let mut vendored = Vec::new();
    for (at, path) in request.documents.iter().enumerate() {
        tell(Doing::Reading(path));
        let source = spec::read(path, None, &mut sink);
        let Some((source, document)) = source.and_then(|source| {
            let document = Document::parse(&source, &mut sink)?;
            Some((source, document))
        }) else {
            continue;
        };
        let api = (at > 0).then(|| api_name(path, &request.name, &mut taken));
        vendored.push(named(api, source, document));
    }
    sink.gate()?;
    Ok(vendored)
}

fn named(api: Option<String>, source: Arc<Source>, document: Document) -> Vendored {
    let json = serde_json::from_str::<serde::de::IgnoredAny>(&source.text).is_ok();
    let kind = if json { "json" } else { "yaml" };
    let stem = api.as_deref().unwrap_or("openapi");
    let overlay = match &api {
        Some(api) => format!("{api}.overlay.yaml"),
        None => "overlay.yaml".to_owned(),
    };
    Vendored {
        file: format!("{stem}.{kind}"),
        overlay,
        operations: document.operations(),
        api,
        source,
        document,
    }
}

/// The file's stem without what every document is called: `shed.toolbox.openapi.yaml` is `toolbox`.
fn api_name(path: &Path, provider: &str, taken: &mut BTreeSet<String>) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    let stem = stem.unwrap_or_default();
    let provider = words(provider);
    let usual = ["openapi", "swagger", "api", "spec", "json", "yaml"];
    let parts: Vec<&str> = stem
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty() && !usual.contains(part) && words(part) != provider)
        .collect();
    let base = match parts.first() {
        Some(first) if first.starts_with(|c: char| c.is_ascii_lowercase()) => parts.join("_"),
        _ => "further".to_owned(),
    };
    let mut name = base.clone();
    let mut n = 1;
    while !taken.insert(name.clone()) {
        n += 1;
        name = format!("{base}_{n}");
    }
    name
}

/// Whether one of them can be used as it is.
pub fn names_server(document: &Document) -> bool {
    let servers = document.servers(None);
    servers
        .iter()
        .any(|server| matches!(server, Server::Whole(url) if !is_local(url)))
}

/// Whether a server is the machine of whoever wrote the document.
pub fn is_local(url: &str) -> bool {
    const HOSTS: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];
    let host = url.split_once("//").map_or("", |(_, rest)| rest);
    HOSTS.iter().any(|local| {
        let rest = host.strip_prefix(local);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}

/// The first whole one that the document names, else the first that its defaults make whole. One of a developer's machine is
/// taken if there is no other.
pub fn server(document: &Document) -> Option<String> {
    let servers = document.servers(None);
    let wholes = servers.iter().filter_map(|server| match server {
        Server::Whole(url) => Some(url.clone()),
        _ => None,
    });
    let known: Vec<String> = wholes.chain(by_defaults(&servers)).collect();
    let elsewhere = known.iter().find(|url| !is_local(url));
    elsewhere.or(known.first()).cloned()
}

/// The server that the document names by a template whose variables have defaults, where it names no other that could be used.
pub fn server_by_defaults(document: &Document) -> Option<String> {
    let filled = || by_defaults(&document.servers(None)).filter(|url| !is_local(url));
    (!names_server(document)).then(filled).flatten()
}

fn by_defaults(servers: &[Server]) -> Option<String> {
    servers.iter().find_map(|server| match server {
        Server::Template(_, filled) => filled.clone(),
        _ => None,
    })
}

/// The key of [`scheme`].
pub fn key(document: &Document, likely: Option<&Operation>) -> Option<Key> {
    scheme(document, likely).map(|scheme| scheme.key)
}

/// What the likeliest operation asks for, else the first that the document knows of.
pub fn scheme(document: &Document, likely: Option<&Operation>) -> Option<Scheme> {
    let schemes = &document.root["components"]["securitySchemes"];
    let asked = likely
        .and_then(|operation| document.lookup(&operation.pointer)?.get("security"))
        .unwrap_or(&document.root["security"]);
    let mut asked: Vec<&serde_json::Map<String, Value>> = asked
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    // One key alone is what a worker can send.
    asked.sort_by_key(|together| together.len());
    let asked = asked.into_iter().flat_map(|together| together.keys());
    let known = schemes.as_object().into_iter().flat_map(|schemes| schemes.keys());
    let names: Vec<&String> = asked.chain(known).collect();
    let mut schemes = document.schemes();
    let at = |schemes: &[Scheme], fits: fn(&Key) -> bool| {
        let find = |name: &&String| {
            schemes
                .iter()
                .position(|scheme| scheme.name == **name && fits(&scheme.key))
        };
        names.iter().find_map(find)
    };
    let plain = at(&schemes, |key| matches!(key, Key::Bearer | Key::Header(_)));
    let at = plain.or_else(|| at(&schemes, |key| matches!(key, Key::Prefixed(..))))?;
    Some(schemes.swap_remove(at))
}
