//! A function of the mapping, laid out for one operation of the document: everything it takes and answers.
//!
//! What is required stands ready, what is optional stands commented out. The stub declares its own input and output, so
//! it passes the check as it is; a function of the contract keeps the call and drops the declarations.

mod answer;
pub(crate) mod block;
mod example;
mod kind;
mod known;
mod request;
mod sample;
mod start;
mod streamed;

use std::path::{Path, PathBuf};

use heck::ToSnakeCase;

use crate::{
    contract::Contract,
    diagnostic::{Report, Sink, did_you_mean, nearest},
    document::{self, Document, Operation, Success},
    scalar::scalar,
    spec::{Repaired, Spec},
};

use answer::Answer;
use block::Block;
pub use known::Known;

/// The operations of a provider's document, repaired by its overlay.
pub struct Operations {
    folder: PathBuf,
    document: Document,
    operations: document::Operations,
    known: Known,
}

impl Operations {
    /// Reads the document that `spec/mapping.yaml` names. The rest of the mapping may have mistakes.
    pub fn read(folder: &Path) -> Result<Self, Report> {
        let spec = Spec::of(folder);
        let mut sink = Sink::default();
        let Some(mapping) = spec.mapping(&mut sink) else {
            return Err(sink.into_report());
        };
        let mut sink = Sink::default();
        let document = spec.document(&mapping, &mut sink);
        sink.gate()?;
        let Some(Repaired { document, .. }) = document else {
            return Err(sink.into_report());
        };
        let operations = document.operations();
        let known = Known::of(&mapping, &operations);
        Ok(Self {
            folder: folder.to_owned(),
            document,
            operations,
            known,
        })
    }

    /// `POST /instance`, one for each operation.
    pub fn labels(&self) -> Vec<String> {
        self.operations.iter().map(Operation::label).collect()
    }

    /// "did you mean `files:POST /upload`?", of a name that no operation has: which API it is of may have been left out.
    pub fn meant(&self, name: &str) -> String {
        let same = self
            .operations
            .iter()
            .find(|operation| operation.request_line() == name);
        if let Some(operation) = same {
            return format!("did you mean `{}`?", operation.label());
        }
        let lines: Vec<String> = self.operations.iter().map(Operation::request_line).collect();
        let near = nearest(name, lines.iter().map(String::as_str));
        let near = near.and_then(|near| {
            self.operations
                .iter()
                .find(|operation| operation.request_line() == near)
        });
        match near {
            Some(operation) => format!("did you mean `{}`?", operation.label()),
            None => {
                let labels = self.labels();
                did_you_mean(name, labels.iter().map(String::as_str))
            }
        }
    }

    /// The stub of an operation, by `METHOD /path` or by its id, with a first example; to stand under `functions:`.
    pub fn stub(&self, name: &str) -> Option<String> {
        let further = name.split_once(':').filter(|(api, _)| {
            let mut apis = self.operations.iter().filter_map(|operation| operation.api.as_deref());
            apis.any(|known| known == *api)
        });
        let index = match further {
            Some((api, name)) => self.operations.find(Some(api), name),
            None => self.operations.find(None, name),
        }?;
        let mut stub = stub(&self.document, &self.operations[index], &self.known);
        let mapping = Spec::of(&self.folder).mapping(&mut Sink::default());
        // What has to be mended first decides what an example is.
        if let Some(mapping) = mapping.filter(|_| !stub.contains(MEND)) {
            let lines = example::of(&self.document, &self.operations, mapping, &stub);
            lines.iter().for_each(|line| stub.push_str(&format!("    {line}\n")));
        }
        Some(stub)
    }
}

/// How a comment begins that says why a stub does not pass as it is.
const MEND: &str = "# Mend first: ";

/// The stub of one operation.
pub fn stub(document: &Document, operation: &Operation, known: &Known) -> String {
    let request = request::of(document, operation, known);
    let said = Said::of(document, operation, known, &request);
    let mut function = Block::new(function_name(operation));
    function.line(format!("description: {}", scalar(&description(document, operation))));
    function.block(declared("input", &request.inputs));
    function.block(declared("output", &said.outputs));
    said.function.into_iter().for_each(|line| function.line(line));
    function.line(format!("call: {}", operation.label()));
    request.notes.into_iter().for_each(|note| function.line(note));
    said.notes.into_iter().for_each(|note| function.line(note));
    function.entries_of(request.block);
    said.call.into_iter().for_each(|line| function.line(line));
    if let Some(stream) = said.stream {
        function.block(stream);
    }
    function.line(statuses(document, operation));
    function.line("outcomes: []".to_owned());
    function.block(said.answer);
    function.text()
}

/// What a stub says besides what the request takes.
struct Said {
    outputs: Vec<Declared>,
    /// Lines of the function, and of its call.
    function: Vec<String>,
    call: Vec<String>,
    notes: Vec<String>,
    stream: Option<Block>,
    answer: Block,
}

impl Said {
    fn of(document: &Document, operation: &Operation, known: &Known, request: &request::Request) -> Self {
        let events = operation
            .events
            .as_ref()
            .filter(|_| matches!(operation.success, Success::Events));
        if let Some(streamed) = events.and_then(|events| streamed::of(document, events)) {
            return Self {
                stream: Some(streamed.stream),
                ..Self::plain(Answer {
                    outputs: streamed.outputs,
                    block: streamed.answer,
                    pages: None,
                    notes: Vec::new(),
                })
            };
        }
        if known.starts(operation) {
            return match start::of(document, operation, known, &request.inputs, request.is_tagged) {
                Ok(start) => Self {
                    function: vec![start.slots.clone()],
                    call: start.lines.clone(),
                    ..Self::plain(start.with(answer::of(document, operation)))
                },
                Err(why) => Self::plain(answer::of(document, operation)).noting(format!("{MEND}{why}.")),
            };
        }
        let frees = known.ends(operation).then(|| "slots: {free: true}".to_owned());
        let said = Self {
            function: frees.into_iter().collect(),
            ..Self::plain(answer::of(document, operation))
        };
        match operation.success {
            Success::Events => said.noting(STREAM.to_owned()),
            _ => said,
        }
    }

    fn noting(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    fn plain(answer: Answer) -> Self {
        Self {
            outputs: answer.outputs,
            function: Vec::new(),
            call: answer.pages.into_iter().flatten().collect(),
            notes: answer.notes,
            stream: None,
            answer: answer.block,
        }
    }
}

/// What a document does not say of a stream.
const STREAM: &str =
    "# Mend first: the answer is a stream of events; say which one is the end: `stream: {end: $event.…}`.";

/// A field of the function's input or output.
pub struct Declared {
    pub name: String,
    /// In YAML: `{type: string}`.
    pub schema: String,
    pub required: bool,
}

fn declared(title: &str, fields: &[Declared]) -> Block {
    let mut block = Block::new(title);
    block.line("type: object".to_owned());
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name.as_str())
        .collect();
    if required.is_empty() {
        block.line("properties: {}".to_owned());
        block.optional_lines(fields.iter().map(|field| format!("{}: {}", field.name, field.schema)));
        return block;
    }
    block.line(format!("required: [{}]", required.join(", ")));
    let mut properties = Block::new("properties");
    for field in fields {
        properties.entry(field.required, format!("{}: {}", field.name, field.schema));
    }
    block.block(properties);
    block
}

/// A name for the function: the operation's id without the path and method that some frameworks put at its end.
fn function_name(operation: &Operation) -> String {
    let ending = format!("{} {}", operation.path, operation.method.name()).to_snake_case();
    let short = operation.id.strip_suffix(&ending).map(|id| id.trim_end_matches('_'));
    let name = short.filter(|name| !name.is_empty()).unwrap_or(&operation.id);
    match Contract::family().function(name) {
        None => name.to_owned(),
        Some(_) => format!("{name}_operation"),
    }
}

fn description(document: &Document, operation: &Operation) -> String {
    let node = operation.node(document);
    let said = ["summary", "description"]
        .into_iter()
        .find_map(|key| node[key].as_str());
    let line = said.and_then(|said| said.lines().find(|line| !line.trim().is_empty()));
    line.map_or_else(|| operation.label(), |line| line.trim().to_owned())
}

/// What the document says of other statuses, as a comment above the rules for them.
fn statuses(document: &Document, operation: &Operation) -> String {
    let mut failing = operation.statuses(document);
    failing.retain(|status| !status.starts_with('2'));
    match failing.is_empty() {
        true => "# The document declares success only. Rules look like {status: 404, ok: true}.".to_owned(),
        false => format!(
            "# The document declares {}. Rules look like {{status: 404, ok: true}}.",
            failing.join(", ")
        ),
    }
}
