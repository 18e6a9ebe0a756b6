//! A provider's `spec/` folder to the Rust of its worker.
//!
//! ```text
//! openapi.json ─ overlay ─▶ document ─ lower, prune ─▶ client.rs
//! mapping.yaml ─ parse ─▶ mapping ─ check against document and contract ─▶ plan ─ templates ─▶ provider.rs
//! ```

pub mod build;
mod check;
mod client;
mod contract;
pub mod diagnostic;
mod document;
mod lower;
mod mapping;
mod naming;
mod operator;
mod overlay;
mod plan;
mod refusal;
mod render;
mod scalar;
pub mod source;
mod tools;
mod yaml;

use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Report, Sink};
use document::Document;
use mapping::Mapping;
use source::{Source, Span, Spanned};

pub use build::build;
pub use tools::{explain, inspect, new, refresh, schema, stub};

/// The generated files, and the files they were made from.
#[derive(Debug)]
pub struct Generated {
    /// The REST client, to be included as a module.
    pub client: String,
    /// Types, handlers and registrations.
    pub provider: String,
    /// JSON Schemas of the functions, which `provider` includes: the name of each file, and its text.
    pub schemas: Vec<(String, String)>,
    /// The client's document, as the client generator was given it.
    pub lowered: String,
    /// What the templates were given, as JSON.
    pub plan: String,
    /// What is sound and still has to be known, a sentence each.
    pub notes: Vec<String>,
    pub inputs: Vec<PathBuf>,
}

impl Generated {
    /// The files that a build compiles or includes: the name of each, and its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let code = [("client.rs", &self.client), ("provider.rs", &self.provider)];
        let schemas = self.schemas.iter().map(|(name, text)| (name.as_str(), text));
        code.into_iter()
            .chain(schemas)
            .map(|(name, text)| (name, text.as_str()))
    }

    /// The generated module of one function (`fs::read` is the module `fs_read`), or `None` if it is not mapped.
    pub fn module(&self, function: &str) -> Option<String> {
        let name = naming::module(function);
        let file = syn::parse_file(&self.provider).ok()?;
        let item = file
            .items
            .into_iter()
            .find(|item| matches!(item, syn::Item::Mod(module) if module.ident == name))?;
        Some(render::format(&syn::File {
            shebang: None,
            attrs: Vec::new(),
            items: vec![item],
        }))
    }
}

/// The whole pipeline: reads `spec/`, checks it and generates.
pub fn generate(spec: &Path) -> Result<Generated, Report> {
    let (checked, inputs) = check_spec(spec)?;
    generated(&checked, inputs)
}

pub(crate) fn generated(checked: &check::Checked, inputs: Vec<PathBuf>) -> Result<Generated, Report> {
    let lowered = lower::lower(checked);
    let client =
        client::generate(&lowered, &checked.read_loosely()).map_err(|error| refusal::explain(checked, &error))?;
    refusal::unnamed(checked, &client.index)?;
    let plan = plan::plan(checked, &client.index);
    let provider = render::render(&plan).map_err(|error| defect(checked, &error))?;
    Ok(Generated {
        client: client.text,
        provider,
        schemas: plan
            .schemas()
            .map(|schema| (schema.file.clone(), schema.text.clone()))
            .collect(),
        lowered: serde_json::to_string_pretty(&lowered).unwrap_or_default(),
        plan: serde_json::to_string_pretty(&plan).unwrap_or_default(),
        notes: checked.notes(),
        inputs,
    })
}

/// Reads and checks `spec/`; the notes on it. What passes generates: that is tried too, and takes no more than a blink.
pub fn check_only(spec: &Path) -> Result<Vec<String>, Report> {
    generate(spec).map(|generated| generated.notes)
}

pub(crate) fn check_spec(spec: &Path) -> Result<(check::Checked, Vec<PathBuf>), Report> {
    let mut sink = Sink::default();
    let path = spec.join("mapping.yaml");
    let mut inputs = vec![path.clone()];
    let mapping = read(&path, None, &mut sink).and_then(|source| Mapping::parse(&source, &mut sink));
    let Some(mapping) = mapping else {
        return Err(failed(sink));
    };
    let document = document(spec, &mapping, &mut inputs, &mut sink);
    let Some(document) = document else {
        return Err(failed(sink));
    };
    let checked = check::check(mapping, document, &contract::Contract::family(), &mut sink);
    sink.gate()?;
    Ok((checked, inputs))
}

/// The mapping and the repaired document of a `spec/` folder, whatever else is wrong with the mapping.
pub(crate) fn read_spec(spec: &Path) -> Result<(Mapping, Document), Report> {
    let mut sink = Sink::default();
    let mapping = read(&spec.join("mapping.yaml"), None, &mut sink);
    let mapping = mapping.and_then(|source| Mapping::parse(&source, &mut sink));
    let Some(mapping) = mapping else {
        return Err(failed(sink));
    };
    let mut sink = Sink::default();
    let document = document(spec, &mapping, &mut Vec::new(), &mut sink);
    sink.gate()?;
    let document = document.ok_or_else(|| failed(sink))?;
    Ok((mapping, document))
}

/// The documents that the mapping names, each with its overlay applied, as one.
fn document(spec: &Path, mapping: &Mapping, inputs: &mut Vec<PathBuf>, sink: &mut Sink) -> Option<Document> {
    let mut read = |document, overlay| repaired(spec, mapping, document, overlay, inputs, sink);
    let main = read(&mapping.api.document, mapping.api.overlay.as_ref());
    let further: Vec<_> = mapping
        .apis
        .iter()
        .map(|api| (&api.name.value, read(&api.document, api.overlay.as_ref())))
        .collect();
    let mut document = main?;
    for (name, other) in further {
        document.graft(name, other?);
    }
    Some(document)
}

/// One document with its overlay applied.
fn repaired(
    spec: &Path,
    mapping: &Mapping,
    document: &Spanned<String>,
    overlay: Option<&Spanned<String>>,
    inputs: &mut Vec<PathBuf>,
    sink: &mut Sink,
) -> Option<Document> {
    let named = |name: &Spanned<String>| (spec.join(&name.value), (mapping, name.span));
    let (path, place) = named(document);
    inputs.push(path.clone());
    let source = read(&path, Some(place), sink)?;
    let mut document = Document::parse(&source, sink)?;
    if let Some(name) = overlay {
        let (path, place) = named(name);
        inputs.push(path.clone());
        let source = read(&path, Some(place), sink)?;
        let before = sink.len();
        overlay::apply(&source, &mut document, sink);
        // What a broken overlay leaves unrepaired would be reported as mistakes of the mapping.
        if sink.len() > before {
            return None;
        }
    }
    Some(document)
}

/// Reads a file; a problem is reported where the file is named, or at the file itself.
fn read(path: &Path, named: Option<(&Mapping, Span)>, sink: &mut Sink) -> Option<std::sync::Arc<Source>> {
    match Source::read(path) {
        Ok(source) => Some(source),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            sink.extend(not_text(path));
            None
        }
        Err(error) => {
            let own = Source::new(path.display().to_string(), "");
            let (source, span) = named.map_or((&own, Span::default()), |(mapping, span)| (&mapping.source, span));
            let message = format!("cannot read {}: {error}", path.display());
            sink.push(
                Diagnostic::new(Code::UnreadableFile, source, span, message).help("check the name and the folder"),
            );
            None
        }
    }
}

/// A file in another encoding, at the first byte that is not UTF-8.
fn not_text(path: &Path) -> Sink {
    let bytes = std::fs::read(path).unwrap_or_default();
    let at = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes));
    let span = Span { start: at, end: at };
    let mut sink = Sink::default();
    sink.push(
        Diagnostic::new(Code::YamlSyntax, &source, span, "the file is not UTF-8 from here on")
            .help("save the file as UTF-8"),
    );
    sink
}

fn failed(mut sink: Sink) -> Report {
    match sink.gate() {
        Err(report) => report,
        Ok(()) => Report { problems: Vec::new() },
    }
}

/// A defect of this crate, at the mapping.
fn defect(checked: &check::Checked, error: &str) -> Report {
    let problem = Diagnostic::new(
        Code::UnsupportedConstruct,
        &checked.mapping.source,
        checked.mapping.provider.span,
        format!("the code cannot be generated, which is a defect of the generator: {error}"),
    );
    Report {
        problems: vec![problem],
    }
}
