//! Calls, steps and status rules.

use std::time::Duration;

use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Fields, Reader, Reference, Segment, Value, value::parse_path};

/// One HTTP request: which operation, what it is given, what its statuses mean.
#[derive(Clone, Debug)]
pub struct Call {
    /// `METHOD /path`, or an operationId of the document.
    pub operation: Spanned<String>,
    pub path: Vec<(Spanned<String>, Value)>,
    pub query: Vec<(Spanned<String>, Value)>,
    pub header: Vec<(Spanned<String>, Value)>,
    pub body: Option<Value>,
    pub outcomes: Vec<Outcome>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub name: Spanned<String>,
    pub call: Call,
    /// Once for each value of this list, side by side.
    pub for_each: Option<Value>,
    pub poll: Option<Poll>,
    /// How to take back what the step did, if the function fails later.
    pub undo: Vec<Undo>,
    /// Milliseconds that the provider itself may take; the HTTP deadline follows.
    pub deadline_ms: Option<Value>,
    /// A failure is logged and the function goes on.
    pub best_effort: bool,
    /// States in a successful answer that are failures.
    pub reject: Vec<StateRule>,
}

/// A response path and the values it is compared with.
#[derive(Clone, Debug)]
pub struct StateRule {
    pub path: Spanned<Vec<Segment>>,
    pub values: Vec<Spanned<String>>,
}

#[derive(Clone, Debug)]
pub struct Poll {
    pub span: Span,
    pub until: Vec<StateRule>,
    pub fail: Vec<StateRule>,
    pub every: (Duration, Duration),
    pub within: Within,
}

/// How long a poll may last.
#[derive(Clone, Debug)]
pub enum Within {
    Fixed(Duration),
    Config(Spanned<Reference>),
}

#[derive(Clone, Debug)]
pub enum Undo {
    /// End the sandboxes with these ids, as `sandboxes.end` says.
    End(Value),
    Call(Box<Call>),
}

#[derive(Clone, Debug)]
pub struct Outcome {
    pub status: Status,
    pub then: Then,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Single statuses.
    Only(Vec<u16>),
    /// `4xx`
    Class(u16),
    Any,
}

#[derive(Clone, Debug)]
pub enum Then {
    Code(Spanned<String>),
    Ok,
    Confirm(Box<Confirm>),
}

/// A status that is success only once a look shows that the sandbox is gone.
#[derive(Clone, Debug)]
pub struct Confirm {
    pub call: Call,
    pub gone: Vec<u16>,
    pub every: (Duration, Duration),
    pub within: Duration,
}

impl Call {
    /// The keys of a call, out of a node that may have others.
    pub fn read(reader: &Reader, fields: &mut Fields<'_>) -> Option<Self> {
        let operation = fields.required_string("call");
        let path = Value::read_entries(reader, fields.entries("path"));
        let query = Value::read_entries(reader, fields.entries("query"));
        let header = Value::read_entries(reader, fields.entries("header"));
        let body = fields
            .optional("body")
            .map(|node| Value::read(reader, node));
        let outcomes = Outcome::read_all(reader, fields.items("outcomes"));
        Some(Self {
            operation: operation?,
            path,
            query,
            header,
            body,
            outcomes,
        })
    }

    /// A node that is a call and nothing else.
    pub fn read_alone(reader: &Reader, node: &Node, what: &'static str) -> Option<Self> {
        let mut fields = reader.fields(node, what)?;
        let call = Self::read(reader, &mut fields);
        fields.done();
        call
    }
}

impl Step {
    pub fn read(reader: &Reader, name: &Spanned<String>, fields: &mut Fields<'_>) -> Option<Self> {
        let call = Call::read(reader, fields);
        let for_each = fields
            .optional("for_each")
            .map(|node| Value::read(reader, node));
        let poll = fields
            .optional("poll")
            .and_then(|node| Poll::read(reader, node));
        let undo = fields.items("undo");
        let undo = undo
            .into_iter()
            .filter_map(|node| Undo::read(reader, node))
            .collect();
        let deadline_ms = fields
            .optional("deadline_ms")
            .map(|node| Value::read(reader, node));
        let best_effort = fields.flag("best_effort");
        let reject = fields.optional("reject").map_or_else(Vec::new, |node| {
            StateRule::read_all(reader, node, "`reject`")
        });
        Some(Self {
            name: name.clone(),
            call: call?,
            for_each,
            poll,
            undo,
            deadline_ms,
            best_effort,
            reject,
        })
    }
}

impl Step {
    /// Every value of the step, those of its undo included.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        values.extend(&self.for_each);
        values.extend(&self.deadline_ms);
        self.call.collect(values);
        for undo in &self.undo {
            match undo {
                Undo::End(ids) => values.push(ids),
                Undo::Call(call) => call.collect(values),
            }
        }
    }
}

impl Call {
    /// Every value that the call is given, those of its confirmations included.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        let parameters = [&self.path, &self.query, &self.header];
        values.extend(parameters.into_iter().flatten().map(|(_, value)| value));
        values.extend(&self.body);
        for outcome in &self.outcomes {
            if let Then::Confirm(confirm) = &outcome.then {
                confirm.call.collect(values);
            }
        }
    }
}

impl StateRule {
    fn read_all(reader: &Reader, node: &Node, what: &str) -> Vec<Self> {
        let entries = reader.entries(node, what);
        let read = |(name, node): &(Spanned<String>, Node)| {
            let Some(path) = parse_path(&name.value) else {
                let message = format!("`{}` is not a path in the answer", name.value);
                reader.problem(
                    Code::UnknownResponseField,
                    name.span,
                    message,
                    "write for example `status`",
                );
                return None;
            };
            Some(Self {
                path: Spanned::new(path, name.span),
                values: reader.strings(node, "a state"),
            })
        };
        entries.iter().filter_map(read).collect()
    }
}

impl Poll {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`poll`")?;
        let until = fields.required("until");
        let until = until.map_or_else(Vec::new, |node| {
            StateRule::read_all(reader, node, "`until`")
        });
        let fail = fields.optional("fail");
        let fail = fail.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`fail`"));
        let every = fields
            .required("every")
            .and_then(|node| interval(reader, node));
        let within = fields
            .required("within")
            .and_then(|node| within(reader, node));
        fields.done();
        Some(Self {
            span: node.span,
            until,
            fail,
            every: every?,
            within: within?,
        })
    }
}

impl Undo {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        if let Some(ids) = node.get("end") {
            let mut fields = reader.fields(node, "`undo`")?;
            fields.required("end");
            fields.done();
            return Some(Self::End(Value::read(reader, ids)));
        }
        let call = Call::read_alone(reader, node, "`undo`")?;
        Some(Self::Call(Box::new(call)))
    }
}

impl Outcome {
    pub fn read_all(reader: &Reader, nodes: Vec<&Node>) -> Vec<Self> {
        nodes
            .into_iter()
            .filter_map(|node| Self::read(reader, node))
            .collect()
    }

    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a status rule")?;
        let status = fields
            .required("status")
            .and_then(|node| status(reader, node));
        let code = fields.optional_string("code");
        let ok = fields.flag("ok");
        let confirm = fields.optional("confirm");
        let confirm = confirm.map(|node| Confirm::read(reader, node));
        fields.done();
        let then = match (code, ok, confirm) {
            (Some(code), false, None) => Then::Code(code),
            (None, true, None) => Then::Ok,
            (None, false, Some(confirm)) => Then::Confirm(Box::new(confirm?)),
            _ => {
                let help = "give one of `code: S502`, `ok: true` or `confirm: {…}`";
                let message = "a status rule says one thing about its status";
                reader.problem(Code::WrongShape, node.span, message, help);
                return None;
            }
        };
        Some(Self {
            status: status?,
            then,
            span: node.span,
        })
    }
}

impl Confirm {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`confirm`")?;
        let call = Call::read(reader, &mut fields);
        let gone = fields.required("gone").map(|node| codes(reader, node));
        let every = fields
            .required("every")
            .and_then(|node| interval(reader, node));
        let within = fields
            .required("within")
            .and_then(|node| duration(reader, node));
        fields.done();
        Some(Self {
            call: call?,
            gone: gone?,
            every: every?,
            within: within?,
        })
    }
}

fn status(reader: &Reader, node: &Node) -> Option<Status> {
    match node.as_str() {
        Some("any") => return Some(Status::Any),
        Some(text) if text.len() == 3 && text.ends_with("xx") => {
            if let Some(class @ 1..=5) = text.chars().next().and_then(|c| c.to_digit(10)) {
                return Some(Status::Class(class as u16));
            }
        }
        _ => {}
    }
    let codes = codes(reader, node);
    (!codes.is_empty()).then_some(Status::Only(codes))
}

fn codes(reader: &Reader, node: &Node) -> Vec<u16> {
    let read = |node: &Node| match node.kind {
        NodeKind::Integer(code @ 100..=599) => Some(code as u16),
        _ => {
            let message = format!(
                "a status is a number from 100 to 599, found {}",
                node.describe()
            );
            let help = "write `404`, `[401, 403]`, `5xx` or `any`";
            reader.problem(Code::WrongShape, node.span, message, help);
            None
        }
    };
    reader
        .one_or_many(node)
        .into_iter()
        .filter_map(read)
        .collect()
}

fn within(reader: &Reader, node: &Node) -> Option<Within> {
    if let Some(reference) = Value::read(reader, node).as_reference() {
        return Some(Within::Config(Spanned::new(reference.clone(), node.span)));
    }
    duration(reader, node).map(Within::Fixed)
}

fn interval(reader: &Reader, node: &Node) -> Option<(Duration, Duration)> {
    if let NodeKind::List(items) = &node.kind
        && let [first, last] = items.as_slice()
    {
        return Some((duration(reader, first)?, duration(reader, last)?));
    }
    let one = duration(reader, node)?;
    Some((one, one))
}

/// `100ms`, `2s`.
fn duration(reader: &Reader, node: &Node) -> Option<Duration> {
    let text = node.as_str().unwrap_or_default();
    let parsed = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(n), _) => n.parse().ok().map(Duration::from_millis),
        (None, Some(n)) => n.parse().ok().map(Duration::from_secs),
        _ => None,
    };
    let sensible = parsed.filter(|d| !d.is_zero() && *d <= Duration::from_secs(86_400));
    if sensible.is_none() {
        let message = format!(
            "a duration is written `100ms` or `2s`, found {}",
            node.describe()
        );
        reader.problem(
            Code::WrongShape,
            node.span,
            message,
            "write for example `every: [100ms, 1s]`",
        );
    }
    sensible
}
