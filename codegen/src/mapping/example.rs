//! Examples of a function: what a caller gives, what is asked of the provider and answered by it, what comes of it.

use std::sync::Arc;

use crate::{
    diagnostic::Code,
    document::{Document, Operation},
    naming,
    source::{Source, Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Reader, Sample, Value};

type Entries = Vec<(Spanned<String>, Value)>;

/// A file of examples beside the mapping.
#[derive(Debug)]
pub struct Beside {
    pub source: Arc<Source>,
    /// By the name of their function.
    pub examples: Vec<(Spanned<String>, Vec<Example>)>,
}

/// One example, which is a test of the function.
#[derive(Clone, Debug)]
pub struct Example {
    /// The file that it stands in: the mapping, or the one beside it.
    pub source: Arc<Source>,
    pub span: Span,
    pub summary: Spanned<String>,
    /// What the worker is configured with.
    pub config: Entries,
    pub input: Value,
    /// What the provider answers whenever it is asked.
    pub given: Vec<Exchange>,
    /// The requests of the function, in their order.
    pub exchanges: Vec<Exchange>,
    pub end: End,
}

/// What a caller is answered.
#[derive(Clone, Debug)]
pub enum End {
    Output(Value),
    Error {
        code: Spanned<String>,
        /// What the message has in it.
        message: Option<Spanned<String>>,
    },
}

/// A request as it is expected, and what the provider answers to it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// As a call of the mapping names it.
    pub call: Spanned<String>,
    /// The further API that the call names.
    pub api: Option<String>,
    pub path: Entries,
    pub query: Entries,
    pub header: Entries,
    pub body: Option<Value>,
    pub response: Response,
}

/// What the provider answers.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// What is said of it; see [`Response::status_of`].
    pub status: Option<Spanned<u16>>,
    pub header: Entries,
    pub body: Option<Value>,
    /// The events of a stream.
    pub events: Option<Spanned<Vec<Value>>>,
}

impl Response {
    /// Its status: the first success of the document, if it is not said.
    pub fn status_of(&self, operation: &Operation, document: &Document) -> u16 {
        let said = self.status.as_ref().map(|status| status.value);
        said.unwrap_or_else(|| operation.first_success(document))
    }
}

impl Example {
    /// The examples of one function.
    pub fn read_all(reader: &Reader, nodes: Vec<&Node>) -> Vec<Self> {
        nodes.into_iter().filter_map(|node| Self::read(reader, node)).collect()
    }

    /// The file beside the mapping: examples by the name of their function.
    pub fn read_file(reader: &Reader, root: &Node) -> Vec<(Spanned<String>, Vec<Self>)> {
        let functions = reader.entries(root, "the file of examples").iter();
        let functions = functions.filter(|(name, _)| !name.value.starts_with("x-"));
        functions
            .map(|(name, node)| (name.clone(), Self::read_all(reader, reader.one_or_many(node))))
            .collect()
    }

    /// The name of its test: that of a function in Rust.
    pub fn test(&self) -> String {
        naming::words(&self.summary.value)
    }

    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "an example")?;
        let summary = fields.required_string("summary");
        let config = samples(reader, fields.entries("config"));
        let input = fields.optional("input").map(|node| sample(reader, node));
        let given = Exchange::read_all(reader, fields.items("given"));
        let exchanges = Exchange::read_all(reader, fields.items("exchanges"));
        let output = fields.optional("output").map(|node| sample(reader, node));
        let error = fields.optional("error").map(|node| error(reader, node));
        fields.done();
        let end = match (output, error) {
            (Some(output), None) => End::Output(output),
            (None, Some(error)) => error?,
            _ => {
                let help = "write what is answered: `output: {…}`, or `error: {code: S502}`";
                reader.problem(Code::ExclusiveKeys, node.span, "an example ends in one way", help);
                return None;
            }
        };
        Some(Self {
            source: reader.source.clone(),
            span: node.span,
            summary: summary?,
            config,
            input: input.unwrap_or_else(|| Value::empty(node.span)),
            given,
            exchanges,
            end,
        })
    }
}

impl Exchange {
    fn read_all(reader: &Reader, nodes: Vec<&Node>) -> Vec<Self> {
        nodes.into_iter().filter_map(|node| Self::read(reader, node)).collect()
    }

    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "an exchange")?;
        let call = fields.required_string("call");
        let path = samples(reader, fields.entries("path"));
        let query = samples(reader, fields.entries("query"));
        let header = samples(reader, fields.entries("header"));
        let body = fields.optional("body").map(|node| sample(reader, node));
        let response = fields.optional("response");
        let response = response.map(|node| Response::read(reader, node));
        fields.done();
        let call = call?;
        Some(Self {
            api: reader.api_of(&call.value).map(|api| api.name.value.clone()),
            call,
            path,
            query,
            header,
            body,
            response: match response {
                Some(response) => response?,
                None => Response::default(),
            },
        })
    }

    /// The further API whose operation it names, and the name within that API.
    pub fn target(&self) -> (Option<&str>, &str) {
        let name = self.call.value.as_str();
        let api = self.api.as_deref();
        let within = api.and_then(|api| name.strip_prefix(api)?.strip_prefix(':'));
        (api, within.unwrap_or(name))
    }
}

impl Response {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a response")?;
        let status = fields.optional("status").and_then(|node| status(reader, node));
        let header = samples(reader, fields.entries("header"));
        let body = fields.optional("body").map(|node| sample(reader, node));
        let events = fields.optional("events");
        let events = events.map(|node| {
            let events = reader.one_or_many(node).into_iter();
            Spanned::new(events.map(|event| sample(reader, event)).collect(), node.span)
        });
        fields.done();
        if let (Some(body), Some(_)) = (&body, &events) {
            let message = "an answer is a stream of events, or it has a body";
            reader.problem(Code::ExclusiveKeys, body.span, message, "remove `body`, or `events`");
        }
        Some(Self {
            status,
            header,
            body,
            events,
        })
    }
}

/// A value of an example, which computes little: what else is an operator in the mapping is a field here.
fn sample(reader: &Reader, node: &Node) -> Value {
    Value::read_by(Sample::operator, reader, node)
}

fn samples(reader: &Reader, entries: &[(Spanned<String>, Node)]) -> Entries {
    Value::read_entries_by(Sample::operator, reader, entries)
}

fn error(reader: &Reader, node: &Node) -> Option<End> {
    let mut fields = reader.fields(node, "`error`")?;
    let code = fields.required_string("code");
    let message = fields.optional_string("message");
    fields.done();
    Some(End::Error { code: code?, message })
}

fn status(reader: &Reader, node: &Node) -> Option<Spanned<u16>> {
    match node.kind {
        NodeKind::Integer(status @ 200..=599) => {
            u16::try_from(status).ok().map(|status| Spanned::new(status, node.span))
        }
        _ => {
            let message = format!("a status is a number from 200 to 599, found {}", node.describe());
            reader.problem(Code::WrongShape, node.span, message, "write for example `status: 404`");
            None
        }
    }
}
