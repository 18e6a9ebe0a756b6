//! A document before there is a mapping: its operations, what the build repairs, what it refuses.

mod operation;
pub(crate) mod refused;
mod repaired;
mod repairs;

use std::path::Path;

use crate::{
    diagnostic::{Report, Sink},
    document::{Document, Operation},
    spec,
    tools::layout,
};

/// The report as text. With `all`, every place of what is repaired.
pub fn inspect(path: &Path, all: bool) -> Result<String, Report> {
    let mut sink = Sink::default();
    let document = spec::read(path, None, &mut sink).and_then(|source| Document::parse(&source, &mut sink));
    let Some(document) = document else {
        return Err(sink.into_report());
    };
    // A document in YAML may have keys twice, which only the parser sees.
    sink.gate()?;
    let operations = document.operations();
    let mut text = head(&document, &operations);
    for operation in operations.iter() {
        text.push_str(&operation::described(&document, operation));
    }
    text.push_str(&reached(&document));
    text.push_str(&repaired::section(&document, &operations, all));
    text.push_str(&refused::section(&document, &operations));
    Ok(text)
}

fn head(document: &Document, operations: &[Operation]) -> String {
    let root = &document.root;
    let text = |node: &serde_json::Value| node.as_str().unwrap_or_default().to_owned();
    let servers = root["servers"].as_array().into_iter().flatten();
    let servers: Vec<String> = servers.map(|server| text(&server["url"])).collect();
    let servers = match servers.is_empty() {
        true => "no server".to_owned(),
        false => servers.join(", "),
    };
    format!(
        "{} {}, OpenAPI {}, {} operations, {servers}\n",
        text(&root["info"]["title"]),
        document.api_version(),
        text(&root["openapi"]),
        operations.len(),
    )
}

/// What of servers and keys has to be said in the mapping, and how.
fn reached(document: &Document) -> String {
    let servers = document.servers(None);
    let servers = servers.iter().filter_map(|server| Some(("server", server.help()?)));
    let schemes = document.schemes();
    let keys = schemes.iter().map(|scheme| {
        let text = format!("{} ({}): {}", scheme.name, scheme.what, scheme.help());
        ("key", text)
    });
    let rows: Vec<(&str, String)> = servers.chain(keys).collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("\nHow it is reached\n{}", layout::rows(2, &rows)),
    }
}
