//! What the client generator refused, as a problem of the mapping.
//!
//! It names no place, and panics as often as it explains. So each operation is tried alone: the one that fails alone is
//! the culprit, and is reported where the mapping first calls it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::{Resolved, Use},
    client::{self, Index},
    diagnostic::{Code, Diagnostic, Report, Sink},
    document::Unsupported,
    lower,
};

/// The culprits, or the whole document if only the operations together are refused.
pub fn explain(checked: &Resolved, error: &str) -> Report {
    let mut sink = Sink::default();
    for (index, used) in &checked.uses {
        if let Err(error) = client::generate(&lower::only(checked, *index), &BTreeSet::new(), &BTreeMap::new()) {
            let pointer = &checked.operations[*index].pointer;
            let help = "what no call gives and nobody reads is not generated: leave out what it names, or map another operation";
            sink.push(problem(checked, used, pointer, &said(&error)).help(help));
        }
    }
    sink.gate().err().unwrap_or_else(|| whole(checked, error))
}

/// Parameters that the client has, but calls by names in which they are not found again, such as `+1`.
pub fn unnamed(checked: &Resolved, index: &Index) -> Result<(), Report> {
    let mut sink = Sink::default();
    for (operation, used) in checked.used() {
        let arguments = &index.methods[&operation.id].arguments;
        for sent in used.parameters(operation) {
            if !arguments.iter().any(|argument| argument.is_of(&sent.argument)) {
                let what = format!("the client has no name for a parameter that is called `{}`", sent.wire);
                let construct = Unsupported::new(&checked.document, &sent.parameter.pointer, what, "remove: true");
                let problem = problem(checked, used, &construct.pointer, &construct.what);
                sink.push(problem.help(construct.mend.as_str()));
            }
        }
    }
    sink.gate()
}

fn problem(checked: &Resolved, used: &Use, pointer: &str, what: &str) -> Diagnostic {
    let span = used.place.unwrap_or(checked.mapping.provider.span);
    let message = format!("{pointer} cannot be used: {what}");
    Diagnostic::new(Code::UnsupportedConstruct, &checked.mapping.source, span, message)
}

fn said(error: &str) -> String {
    format!("the client generator says: {}", error.trim())
}

fn whole(checked: &Resolved, error: &str) -> Report {
    let message = format!("the operations together cannot be used: {}", said(error));
    let mapping = &checked.mapping;
    let problem = Diagnostic::new(
        Code::UnsupportedConstruct,
        &mapping.source,
        mapping.provider.span,
        message,
    )
    .help("map fewer of them, to find those that get in each other's way");
    Report {
        problems: vec![problem],
    }
}
