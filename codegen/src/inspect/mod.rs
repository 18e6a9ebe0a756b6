//! A document before there is a mapping: its operations, what the build repairs, what it refuses.

mod operation;
pub(crate) mod refused;
mod repaired;
mod repairs;

use std::path::Path;

use crate::{
    diagnostic::{Report, Sink},
    document::{Document, Operation},
};

/// The report as text. With `all`, every place of what is repaired.
pub fn inspect(path: &Path, all: bool) -> Result<String, Report> {
    let mut sink = Sink::default();
    let document = crate::read(path, None, &mut sink).and_then(|source| Document::parse(&source, &mut sink));
    let Some(document) = document else {
        return Err(crate::failed(sink));
    };
    // A document in YAML may have keys twice, which only the parser sees.
    sink.gate()?;
    let operations = document.operations();
    let mut text = head(&document, &operations);
    for operation in &operations {
        text.push_str(&operation::described(&document, operation));
    }
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
