//! What a document offers, and a call cannot say that it means: notes on the choice that was made.

use std::collections::BTreeSet;

use crate::{
    document::{Form, JSON, Operation},
    mapping::{Call, Status},
};

use super::Resolved;

impl Resolved {
    /// One sentence each, with its place: one for each operation, at the first call of it.
    pub(super) fn offers(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut calls = self.mapping.calls();
        calls.retain(|call| seen.insert(self.operation_id(call)));
        let notes = calls.into_iter().flat_map(|call| {
            let operation = self.operation(call);
            let said = [one_of_several(operation, call), self.only_redirects(operation, call)];
            said.into_iter()
                .flatten()
                .map(|note| self.at(call.operation.span, &note))
        });
        notes.collect()
    }

    /// An operation whose only answers are those that lead elsewhere: a worker follows none of them.
    fn only_redirects(&self, operation: &Operation, call: &Call) -> Option<String> {
        let statuses = operation.statuses(&self.document);
        let redirect = statuses.iter().find(|status| status.starts_with('3'))?;
        if statuses
            .iter()
            .any(|status| status.starts_with('2') || *status == "default")
        {
            return None;
        }
        let is_read = |status: &Status| match status {
            Status::Only(codes) => codes.iter().any(|code| code.to_string() == *redirect),
            Status::Class(class) => *class == 3,
            Status::Any => false,
        };
        let is_taken = call.outcomes.iter().any(|rule| is_read(&rule.status));
        (!is_taken).then(|| {
            format!(
                "`{}` answers {redirect} and names no success; a redirect is not followed and fails, unless a rule takes \
                 it: `{{status: {redirect}, ok: true}}`",
                operation.label()
            )
        })
    }
}

/// A body that may be JSON of several kinds, none of which is the plain one.
fn one_of_several(operation: &Operation, call: &Call) -> Option<String> {
    let body = operation.body.as_ref().filter(|body| body.form == Form::Json)?;
    let others: Vec<&str> = body.other_json().collect();
    let is_plain = body.media_type.split(';').next() == Some(JSON);
    let is_chosen = is_plain || others.is_empty() || call.body.is_none();
    (!is_chosen).then(|| {
        format!(
            "`{}` takes its body as {} or {}; it is sent as the first: if another is meant, remove the first in the overlay",
            operation.label(),
            body.media_type,
            others.join(" or ")
        )
    })
}
