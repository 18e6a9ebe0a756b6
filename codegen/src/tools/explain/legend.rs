//! What the names in a function's explanation mean: the roots of its references, and its operators.

use crate::{
    check::Resolved,
    mapping::{Function, Root, Value, ValueKind},
    operator::Operator,
};

use super::call::label;

/// A row for each name that occurs, roots first.
pub fn of(checked: &Resolved, function: &Function) -> Vec<(String, String)> {
    let mut roots: Vec<Root> = Vec::new();
    let mut operators: Vec<&Operator> = Vec::new();
    for value in function.values() {
        value.walk(&mut |value| note(value, &mut roots, &mut operators));
    }
    let mut rows: Vec<(String, String)> = roots
        .iter()
        .filter_map(|root| Some((root.name().to_owned(), root_said(checked, root)?)))
        .collect();
    rows.sort();
    let operators = operators
        .iter()
        .map(|operator| (format!("{}(…)", operator.name), operator.doc.to_owned()));
    rows.extend(operators);
    rows
}

fn note(value: &Value, roots: &mut Vec<Root>, operators: &mut Vec<&'static Operator>) {
    match &value.kind {
        ValueKind::Reference(reference) if !roots.contains(&reference.root) => roots.push(reference.root.clone()),
        ValueKind::Operator(operator, _) if !operators.iter().any(|known| known.name == operator.name) => {
            operators.push(operator);
        }
        _ => {}
    }
}

/// `None` for names that explain themselves: steps stand above with theirs.
fn root_said(checked: &Resolved, root: &Root) -> Option<String> {
    let text = match root {
        Root::Input => "what the caller sent",
        Root::Config => "the worker's configuration",
        Root::Attempt => "the tag of this call, by which what it started is found again",
        Root::Now => "this moment, in seconds since 1970",
        Root::Uuid7 => "an id that nothing else has, each one greater than those before",
        Root::Status => "the statuses that calls were answered with",
        Root::Capabilities => "the capabilities of this provider",
        Root::Sandbox => "what is kept of the sandbox that the function acts on",
        Root::Owned => return Some(owned(checked)),
        Root::Item => "the one of `for each`",
        Root::Id => "the sandbox in question",
        Root::Secs => "the seconds that it is to live from now on",
        Root::Last => "the last item of the page before",
        Root::Headers => "the headers of the answer",
        Root::Position => "where the page begins",
        Root::Lifetime => "how long what is started is to live: idle, and from its start on",
        Root::Step(name) if name == "response" => "the answer of the call",
        Root::Step(_) => return None,
    };
    Some(text.to_owned())
}

fn owned(checked: &Resolved) -> String {
    let sandboxes = checked.mapping.sandboxes.as_ref();
    match sandboxes.and_then(|sandboxes| sandboxes.owned.as_ref()) {
        Some(owned) => format!(
            "the sandboxes of this deployment, as {} lists them",
            label(checked, &owned.call)
        ),
        None => "the sandboxes that this worker has started".to_owned(),
    }
}
