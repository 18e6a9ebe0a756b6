//! What a request has on the wire where the client generator, which knows few media types and names, has it otherwise.

use std::collections::BTreeMap;

use crate::{
    check::{Resolved, Sent, Use},
    document::{Framing, JSON, Location, Operation},
};

/// What the requests of one operation have.
#[derive(Debug, Default, PartialEq)]
pub struct Wire {
    /// The path, with `{}` for each parameter.
    pub path: Option<String>,
    pub content_type: Option<String>,
    pub accept: Option<String>,
    /// By what the client calls a parameter, what it is called in the request.
    pub names: BTreeMap<String, String>,
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
    // The protocol asks by the media type of the request.
    let events = operation
        .events
        .as_ref()
        .filter(|events| events.framing != Framing::Connect);
    Wire {
        path: operation
            .path
            .contains("//")
            .then(|| pattern(&operation.path, &used.parameters(operation))),
        content_type: body.map(|body| body.media_type.clone()).filter(|media| media != JSON),
        accept: match used.streamed {
            true => events.map(|events| events.media_type.clone()),
            false => Some(accepts).filter(|accepts| accepts != JSON && !used.reads.is_empty()),
        },
        names: renamed(&used.parameters(operation)),
    }
}

/// Names of parameters that the client calls otherwise. What is in the path has no name in the request.
fn renamed(sent: &[Sent<'_>]) -> BTreeMap<String, String> {
    sent.iter()
        .filter(|sent| sent.argument != sent.wire && sent.parameter.location != Location::Path)
        .map(|sent| (sent.argument.clone(), sent.wire.clone()))
        .collect()
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
