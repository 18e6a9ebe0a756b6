//! What is read of an answer that is a stream of events.

use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Arguments, Reader, Reference, Root, Segment, StateRule, Value, ValueKind};

/// The names of an event, and of what ended the stream, in what is said of them.
pub const EVENT: &str = "event";
pub const END: &str = "end";

#[derive(Clone, Debug)]
pub struct Stream {
    pub span: Span,
    pub stdout: Option<Pieces>,
    pub stderr: Option<Pieces>,
    /// The event that ends it.
    pub end: Told,
    /// The event that says that the call has failed.
    pub fail: Option<Told>,
    pub exit_code: Option<ExitCode>,
    pub timed_out: Option<TimedOut>,
}

/// Something that some events tell.
#[derive(Clone, Debug)]
pub struct Told {
    pub span: Span,
    /// What an event has to be, all of it.
    pub only: Vec<StateRule>,
    /// Where in such an event it is; no path is the event itself.
    pub path: Vec<Segment>,
}

/// Output that comes piece by piece.
#[derive(Clone, Debug)]
pub struct Pieces {
    pub told: Told,
    /// Whether each is base64.
    pub base64: bool,
}

/// Where the end has the exit code.
#[derive(Clone, Debug)]
pub struct ExitCode {
    pub span: Span,
    pub path: Vec<Segment>,
    /// What the end says of a program that has ended with 0, where zeros are left out.
    pub zero: Vec<StateRule>,
}

/// What says that a program was ended because its time was over.
#[derive(Clone, Debug)]
pub struct TimedOut {
    pub span: Span,
    /// Codes with which the stream ends.
    pub error: Vec<Spanned<String>>,
    /// What the end says, all of it.
    pub end: Vec<StateRule>,
}

/// The ways to write what an event tells.
const TOLD: &str = "write `$event.path`, or `{where: {type: [exit]}, take: $event.path}`";
const CODE: &str = "write `$end.path`, or `{take: $end.path, zero: {exited: ['true']}}` where a zero is left out";
const PIECES: &str =
    "write `$event.path`, `{from_base64: $event.path}` or `{where: {type: [stdout]}, take: $event.path}`";

impl Stream {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`stream`")?;
        let stdout = fields.optional("stdout").map(|node| Pieces::read(reader, node));
        let stderr = fields.optional("stderr").map(|node| Pieces::read(reader, node));
        let end = fields.required("end").map(|node| Told::read(reader, node));
        let fail = fields.optional("fail").map(|node| Told::read(reader, node));
        let exit_code = fields.optional("exit_code").map(|node| ExitCode::read(reader, node));
        let timed_out = fields.optional("timed_out").map(|node| TimedOut::read(reader, node));
        fields.done();
        Some(Self {
            span: node.span,
            stdout: stdout.flatten(),
            stderr: stderr.flatten(),
            end: end??,
            fail: fail.flatten(),
            exit_code: exit_code.flatten(),
            timed_out: timed_out.flatten(),
        })
    }

    /// Each output by its name.
    pub fn outputs(&self) -> impl Iterator<Item = (&'static str, &Pieces)> {
        let outputs = [("stdout", &self.stdout), ("stderr", &self.stderr)];
        outputs
            .into_iter()
            .filter_map(|(name, pieces)| Some((name, pieces.as_ref()?)))
    }
}

impl Told {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return Some(Self {
                span: node.span,
                only: Vec::new(),
                path: path(reader, node, EVENT, TOLD)?,
            });
        }
        let mut fields = reader.fields(node, "what an event tells")?;
        let only = fields.required("where");
        let take = fields.optional("take");
        fields.done();
        Some(Self {
            span: node.span,
            only: StateRule::read_all(reader, only?, "`where`"),
            path: match take {
                Some(take) => path(reader, take, EVENT, TOLD)?,
                None => Vec::new(),
            },
        })
    }
}

impl Pieces {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let is_some = |key: &str| node.get(key).is_some();
        if !is_some("where") && !is_some("take") {
            let (path, base64) = piece(reader, node)?;
            let told = Told {
                span: node.span,
                only: Vec::new(),
                path,
            };
            return Some(Self { told, base64 });
        }
        let mut fields = reader.fields(node, "what an event tells")?;
        let only = fields.required("where");
        let take = fields.required("take");
        fields.done();
        let only = StateRule::read_all(reader, only?, "`where`");
        let (path, base64) = piece(reader, take?)?;
        let told = Told {
            span: node.span,
            only,
            path,
        };
        Some(Self { told, base64 })
    }
}

impl ExitCode {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return Some(Self {
                span: node.span,
                path: path(reader, node, END, CODE)?,
                zero: Vec::new(),
            });
        }
        let mut fields = reader.fields(node, "`exit_code`")?;
        let take = fields.required("take");
        let zero = fields.required("zero");
        fields.done();
        Some(Self {
            span: node.span,
            zero: StateRule::read_all(reader, zero?, "`zero`"),
            path: path(reader, take?, END, CODE)?,
        })
    }
}

impl TimedOut {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`timed_out`")?;
        let error = fields.optional("error");
        let error = error.map_or_else(Vec::new, |node| reader.strings(node, "a code"));
        let end = fields.optional("end");
        let end = end.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`end`"));
        if fields.done() && error.is_empty() && end.is_empty() {
            let message = "`timed_out` says nothing";
            let help = "write `{error: [deadline_exceeded]}`, or what the end says then: `{end: {status: [killed]}}`";
            reader.problem(Code::WrongShape, node.span, message, help);
        }
        Some(Self {
            span: node.span,
            error,
            end,
        })
    }
}

/// Where a piece of output is, and whether it is base64.
fn piece(reader: &Reader, node: &Node) -> Option<(Vec<Segment>, bool)> {
    let is_base64 = node.get("from_base64").is_some();
    let value = Value::read(reader, node);
    let inner = match &value.kind {
        ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "from_base64" => values.first()?,
        _ => &value,
    };
    let path = below(EVENT, inner.as_reference()).filter(|path| !path.is_empty());
    if path.is_none() {
        reader.problem(
            Code::WrongShape,
            node.span,
            "this is where in an event its output is",
            PIECES,
        );
    }
    Some((path?, is_base64))
}

fn path(reader: &Reader, node: &Node, root: &str, help: &str) -> Option<Vec<Segment>> {
    let value = Value::read(reader, node);
    let path = below(root, value.as_reference());
    if path.is_none() {
        let message = format!("this is a place below `${root}`");
        reader.problem(Code::WrongShape, node.span, message, help);
    }
    path
}

/// The path of a reference below this root, if it has no `[*]`.
fn below(root: &str, reference: Option<&Reference>) -> Option<Vec<Segment>> {
    let reference = reference.filter(|reference| reference.root == Root::Step(root.to_owned()))?;
    let is_plain = !reference.path.contains(&Segment::Each);
    is_plain.then(|| reference.path.clone())
}
