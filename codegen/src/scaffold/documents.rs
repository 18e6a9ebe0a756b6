//! The provider's documents: what each is called in `spec/`, its server, and the key that its API wants.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use serde_json::Value;

use crate::{
    diagnostic::{Report, Sink},
    document::{Document, Operation},
    source::Source,
};

use super::{Request, words::words};

/// A document to be vendored.
pub struct Vendored {
    /// The name of a further API; `None` for the main one.
    pub api: Option<String>,
    /// In `spec/`.
    pub file: String,
    pub overlay: String,
    pub source: Arc<Source>,
    pub document: Document,
    pub operations: Vec<Operation>,
}

/// How the API key travels.
#[derive(Debug, PartialEq)]
pub enum Key {
    Bearer,
    Header(String),
}

/// Reads them all; what cannot be used as a whole is refused.
pub fn read(request: &Request) -> Result<Vec<Vendored>, Report> {
    let mut sink = Sink::default();
    let mut taken = BTreeSet::from(["mapping", "overlay", "openapi"].map(str::to_owned));
    let mut vendored = Vec::new();
    for (at, path) in request.documents.iter().enumerate() {
        let source = crate::read(path, None, &mut sink);
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

/// The first absolute one that the document names.
pub fn server(document: &Document) -> Option<&str> {
    let servers = document.root["servers"].as_array().into_iter().flatten();
    let mut urls = servers.filter_map(|server| server["url"].as_str());
    let absolute = |url: &&str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(|c: char| c == '{' || c.is_whitespace()))
    };
    urls.find(absolute)
}

/// What the likeliest operation asks for, else the first that the document knows of.
pub fn key(document: &Document, likely: Option<&Operation>) -> Option<Key> {
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
    asked
        .chain(known)
        .find_map(|name| kind(document.resolve(&schemes[name.as_str()])))
}

fn kind(scheme: &Value) -> Option<Key> {
    let is = |key: &str, value: &str| {
        scheme[key]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    if is("type", "http") && is("scheme", "bearer") {
        return Some(Key::Bearer);
    }
    let token = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let name = scheme["name"].as_str().filter(token);
    match name {
        Some(name) if is("type", "apiKey") && is("in", "header") => Some(Key::Header(name.to_owned())),
        _ => None,
    }
}
