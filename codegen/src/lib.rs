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
mod spec;
mod tools;
mod yaml;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use contract::Contract;
use diagnostic::{Code, Diagnostic, Report, Sink};
use document::Document;
use mapping::Mapping;
use source::Source;
use spec::{Repaired, Spec};

pub use build::build;
pub use tools::{examples, explain, inspect, new, refresh, schema, stub};

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
    /// A test of each example, and what they take, as JSON.
    pub tests: String,
    pub examples: String,
    /// What is sound and still has to be known, a sentence each.
    pub notes: Vec<String>,
    pub inputs: Vec<PathBuf>,
}

impl Generated {
    /// The files that a build compiles or includes: the name of each, and its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let code = [
            ("client.rs", &self.client),
            ("provider.rs", &self.provider),
            ("examples.rs", &self.tests),
            ("examples.json", &self.examples),
        ];
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

pub(crate) fn generated(checked: &check::Resolved, inputs: Vec<PathBuf>) -> Result<Generated, Report> {
    let lowered = lower::lower(checked);
    let client = client::generate(&lowered, &checked.read_loosely(), &lower::wires(checked))
        .map_err(|error| refusal::explain(checked, &error))?;
    refusal::unnamed(checked, &client.index)?;
    let plan = plan::plan(checked, &client.index);
    let provider = render::render(&plan).map_err(|error| defect(checked, &error))?;
    let examples = plan::ExamplesPlan::of(checked);
    let tests = render::tests(&examples).map_err(|error| defect(checked, &error))?;
    Ok(Generated {
        client: client.text,
        provider,
        schemas: plan
            .schemas()
            .map(|schema| (schema.file.clone(), schema.text.clone()))
            .collect(),
        lowered: serde_json::to_string_pretty(&lowered).unwrap_or_default(),
        tests,
        examples: serde_json::to_string_pretty(&examples).unwrap_or_default(),
        plan: serde_json::to_string_pretty(&plan).unwrap_or_default(),
        notes: checked.notes(),
        inputs,
    })
}

/// Reads and checks `spec/`; the notes on it. What passes generates: that is tried too, and takes no more than a blink.
pub fn check_only(spec: &Path) -> Result<Vec<String>, Report> {
    generate(spec).map(|generated| generated.notes)
}

/// Reads and checks `spec/`; and the files that it was read from.
pub(crate) fn check_spec(spec: &Path) -> Result<(check::Resolved, Vec<PathBuf>), Report> {
    let spec = Spec::of(spec);
    let mut sink = Sink::default();
    let Some(mapping) = spec.mapping(&mut sink) else {
        return Err(sink.into_report());
    };
    let inputs = spec.files(&mapping);
    let document = spec.document(&mapping, &mut sink).filter(|repaired| repaired.whole);
    let Some(Repaired { document, .. }) = document else {
        return Err(sink.into_report());
    };
    let checked = check::check(mapping, document, &Contract::family(), sink)?;
    Ok((checked, inputs))
}

/// Checks the mapping of a folder, with its examples, against a document that is there already.
pub(crate) fn check_mapping(spec: &Spec, document: Document) -> Result<check::Resolved, Report> {
    let mut sink = Sink::default();
    let Some(mapping) = spec.mapping(&mut sink) else {
        return Err(sink.into_report());
    };
    check::check(mapping, document, &Contract::family(), sink)
}

/// Checks the text of a mapping against a document that is there already.
pub(crate) fn check_text(mapping: &Arc<Source>, document: Document) -> Result<check::Resolved, Report> {
    let mut sink = Sink::default();
    let Some(mapping) = Mapping::parse(mapping, &mut sink) else {
        return Err(sink.into_report());
    };
    check::check(mapping, document, &Contract::family(), sink)
}

/// A defect of this crate, at the mapping.
fn defect(checked: &check::Resolved, error: &str) -> Report {
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
