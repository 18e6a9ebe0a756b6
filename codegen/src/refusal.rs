//! What the client generator refused, as a problem of the mapping.
//!
//! It names no place, and panics as often as it explains. So each operation is tried alone: the one that fails alone is
//! the culprit, and is reported where the mapping first calls it.

use crate::{
    check::Checked,
    client,
    diagnostic::{Code, Diagnostic, Report, Sink},
    document::Construct,
    lower,
};

/// The culprits, or the whole document if only the operations together are refused.
pub fn explain(checked: &Checked, error: &str) -> Report {
    let mut sink = Sink::default();
    for (index, used) in &checked.uses {
        if let Err(error) = client::generate(&lower::only(checked, *index)) {
            let pointer = &checked.operations[*index].pointer;
            let construct = Construct::new(pointer, said(&error), "update: {…}");
            let span = used.place.unwrap_or(checked.mapping.provider.span);
            let message = format!("{} cannot be used: {}", construct.pointer, construct.what);
            let problem = Diagnostic::new(Code::UnsupportedConstruct, &checked.mapping.source, span, message);
            sink.push(problem.help(construct.mend));
        }
    }
    sink.gate().err().unwrap_or_else(|| whole(checked, error))
}

fn said(error: &str) -> String {
    format!("the client generator says: {}", error.trim())
}

fn whole(checked: &Checked, error: &str) -> Report {
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
