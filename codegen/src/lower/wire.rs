//! What a request has on the wire where the client generator, which knows few media types and names, has it otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::{BodyUse, Resolved, Sent, Use},
    document::{Body, Form, Framing, JSON, Location, Operation, Plain},
};

/// What the requests of one operation have.
#[derive(Debug, Default, PartialEq)]
pub struct Wire {
    /// The path, with `{}` for each parameter.
    pub path: Option<String>,
    pub content_type: Option<String>,
    pub accept: Option<String>,
    /// How the body is written, if it is no JSON.
    pub body: Option<Written>,
    /// By what the client calls a parameter, what it is called in the request.
    pub names: BTreeMap<String, String>,
    /// What the client calls the parameters that are several segments of the path.
    pub segments: BTreeSet<String>,
}

/// How a body is written that is no JSON.
#[derive(Debug, PartialEq)]
pub enum Written {
    Bytes,
    Text,
    /// The parts of a `multipart/form-data`, in the order in which the mapping gives them.
    Parts(Vec<Part>),
}

#[derive(Debug, PartialEq)]
pub struct Part {
    pub name: String,
    /// The media type that the document names for it.
    pub media_type: Option<String>,
}

/// Of the operations in use, by id, those that have something otherwise.
pub fn wires(checked: &Resolved) -> BTreeMap<String, Wire> {
    let wires = checked
        .used()
        .map(|(operation, used)| (operation.id.clone(), wire(operation, used)));
    wires.filter(|(_, wire)| *wire != Wire::default()).collect()
}

fn wire(operation: &Operation, used: &Use) -> Wire {
    let body = operation.body.as_ref().filter(|_| used.body.is_some());
    let accepts = operation.accepts.join(", ");
    // A Connect stream is asked for by the media type of the request.
    let events = operation
        .events
        .as_ref()
        .filter(|events| events.framing != Framing::Connect);
    Wire {
        path: operation
            .path
            .contains("//")
            .then(|| pattern(&operation.path, &used.parameters(operation))),
        content_type: body
            .filter(|body| body.form != Form::Parts && body.media_type != JSON)
            .map(|body| body.media_type.clone()),
        body: body
            .zip(used.body.as_ref())
            .and_then(|(body, given)| written(body, given)),
        accept: match used.streamed {
            true => events.map(|events| events.media_type.clone()),
            false => Some(accepts).filter(|accepts| accepts != JSON && !used.reads.is_empty()),
        },
        names: renamed(&used.parameters(operation)),
        segments: of_segments(used, &used.parameters(operation)),
    }
}

fn written(body: &Body, given: &BodyUse) -> Option<Written> {
    match (body.form, given) {
        (Form::Json, _) => None,
        (Form::Plain(Plain::Bytes), _) => Some(Written::Bytes),
        (Form::Plain(Plain::Text), _) => Some(Written::Text),
        (Form::Parts, BodyUse::Whole | BodyUse::Null) => Some(Written::Parts(Vec::new())),
        (Form::Parts, BodyUse::Fields(fields)) => {
            let parts = fields.keys().map(|name| Part {
                name: name.clone(),
                media_type: body.part_types.get(name).cloned(),
            });
            Some(Written::Parts(parts.collect()))
        }
    }
}

/// Names of parameters that the client calls otherwise. What is in the path has no name in the request.
fn renamed(sent: &[Sent<'_>]) -> BTreeMap<String, String> {
    sent.iter()
        .filter(|sent| sent.argument != sent.wire && sent.parameter.location != Location::Path)
        .map(|sent| (sent.argument.clone(), sent.wire.clone()))
        .collect()
}

/// Parameters of the path whose slashes stay.
fn of_segments(used: &Use, sent: &[Sent<'_>]) -> BTreeSet<String> {
    let in_path = sent.iter().filter(|sent| sent.parameter.location == Location::Path);
    let given = in_path.filter(|sent| used.segments.contains(&sent.parameter.name));
    given.map(|sent| sent.argument.clone()).collect()
}

/// A path whose parameters are called as the client calls them.
pub(super) fn path(path: &str, sent: &[Sent<'_>]) -> String {
    with_each(path, sent, |argument| format!("{{{argument}}}"))
}

fn pattern(path: &str, sent: &[Sent<'_>]) -> String {
    with_each(path, sent, |_| "{}".to_owned())
}

/// The path with what stands before each parameter, and something else for it.
fn with_each(path: &str, sent: &[Sent<'_>], of: impl Fn(&str) -> String) -> String {
    let instead = |name: &str| {
        let mut in_path = sent.iter().filter(|sent| sent.parameter.location == Location::Path);
        let found = in_path.find(|sent| sent.wire == name);
        let (before, argument) = found.map_or(("", name), |sent| (&sent.parameter.before, &sent.argument));
        format!("{before}{}", of(argument))
    };
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| {
        let (name, after) = part.split_once('}').unwrap_or((part, ""));
        format!("{path}{}{after}", instead(name))
    })
}
