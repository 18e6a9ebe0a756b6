//! The answers that the mapping reads, field by field as it reads them.

use serde_json::Value as Json;

use crate::{
    check::{Reads, Typed, alike},
    diagnostic::{Code, Diagnostic, did_you_mean},
    document::{Operation, Type, TypeKind},
    mapping::{Segment, StateRule, Step, Undo},
    source::Span,
};

use super::{Comparison, bodies::reread, overlap};

/// A place in an answer, before and now.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub old: Typed<'a>,
    pub new: Typed<'a>,
    /// Whether something on the way may be absent.
    absent: (bool, bool),
}

impl Comparison<'_> {
    /// `verdict` is what the check says of the new document: whether the mapping bears with an absent value.
    pub fn answers(&self, verdict: &[Diagnostic]) {
        for (operation, used) in self.old.used() {
            self.events(operation, &used.events, verdict);
            let (Some(before), Some(new)) = (operation.success.schema(), self.moved(operation)) else {
                continue;
            };
            if used.reads.is_empty() {
                continue;
            }
            let Some(now) = new.success.schema() else {
                let message = format!("`{}` answers nothing that can be read in the new document", new.label());
                let help = "read it from another call's answer";
                self.breaks_at(Code::Gone, places(&used.reads), message, help);
                continue;
            };
            let forms = operation.success.form().zip(new.success.form());
            if let Some((before, now)) = forms.filter(reread) {
                let (before, now) = (before.describe(), now.describe());
                let message = format!(
                    "the answer of `{}` is {now} in the new document, it was {before}",
                    new.label()
                );
                self.breaks_at(Code::Retyped, places(&used.reads), message, "read it as what it is now");
                continue;
            }
            let (before, now) = (self.old.document.type_of(before), self.new.type_of(now));
            let pair = Pair {
                old: Typed::new(&self.old.document, &before),
                new: Typed::new(self.new, &now),
                absent: (before.nullable, now.nullable),
            };
            self.reads(&used.reads, &new.label(), "", pair, verdict);
        }
        let steps = self.old.mapping.functions.iter().flat_map(|function| &function.steps);
        steps.for_each(|step| self.states(step));
    }

    /// What is read of each event of a stream.
    fn events(&self, operation: &Operation, reads: &Reads, verdict: &[Diagnostic]) {
        let (Some(before), Some(new), false) = (&operation.events, self.moved(operation), reads.is_empty()) else {
            return;
        };
        let Some(now) = &new.events else {
            let message = format!(
                "`{}` answers without a stream of events in the new document",
                new.label()
            );
            let help = "remove `stream`, and read the answer";
            self.breaks_at(Code::Gone, places(reads), message, help);
            return;
        };
        let (before, now) = (self.old.document.type_of(&before.schema), self.new.type_of(&now.schema));
        let pair = Pair {
            old: Typed::new(&self.old.document, &before),
            new: Typed::new(self.new, &now),
            absent: (before.nullable, now.nullable),
        };
        self.reads(reads, &new.label(), "", pair, verdict);
    }

    fn reads(&self, reads: &Reads, label: &str, path: &str, pair: Pair<'_>, verdict: &[Diagnostic]) {
        if !self.read(reads, label, path, pair, verdict) {
            return;
        }
        for (field, inner) in &reads.fields {
            self.field_read(field, inner, label, path, pair, verdict);
        }
        let lists = (&pair.old.ty.kind, &pair.new.ty.kind);
        if let (Some(each), (TypeKind::Array(before), TypeKind::Array(now))) = (&reads.each, lists) {
            let (before, now) = (pair.old.document.type_of(before), pair.new.document.type_of(now));
            let next = pair.with(&before, &now, pair.absent);
            self.reads(each, label, &format!("{path}[*]"), next, verdict);
        }
    }

    fn field_read(&self, field: &str, inner: &Reads, label: &str, path: &str, pair: Pair<'_>, verdict: &[Diagnostic]) {
        let dot = if path.is_empty() { "" } else { "." };
        let full = format!("{path}{dot}{field}");
        let Some((before, always)) = pair.old.ty.property(field) else {
            return;
        };
        // One that is only required any more has been described before.
        let still_read = |(schema, _): &(Json, bool)| {
            let is_described = *schema != Json::Bool(true) || before == Json::Bool(true);
            is_described && !pair.new.document.is_write_only(schema)
        };
        let Some((now, still)) = pair.new.ty.property(field).filter(still_read) else {
            self.field_gone(field, &full, label, inner, pair);
            return;
        };
        let (before, now) = (pair.old.document.type_of(&before), pair.new.document.type_of(&now));
        let absent = (
            pair.absent.0 || !always || before.nullable,
            pair.absent.1 || !still || now.nullable,
        );
        self.reads(inner, label, &full, pair.with(&before, &now, absent), verdict);
    }

    /// The type of what is read as it stands, or gone through. False if it has become another.
    fn read(&self, reads: &Reads, label: &str, path: &str, pair: Pair<'_>, verdict: &[Diagnostic]) -> bool {
        let what = if path.is_empty() {
            format!("the answer of `{label}`")
        } else {
            format!("`{path}` of `{label}`")
        };
        // The items of a list that is gone through are compared one level further in.
        let both_lists = [pair.old, pair.new]
            .iter()
            .all(|typed| matches!(typed.ty.kind, TypeKind::Array(_)));
        let same = (reads.each.is_some() && both_lists) || alike(pair.new, pair.old);
        let (before, now) = (pair.old.ty.describe(), pair.new.ty.describe());
        if !same && self.takes_both(reads, pair, verdict) {
            let note = format!("{what} is {now} now, it was {before}; the mapping takes both");
            self.notes_at(reads.places[0], &note);
        } else if !same {
            let message = format!("{what} is {now} in the new document, it was {before}");
            self.breaks_at(Code::Retyped, places(reads), message, converted(pair));
        } else if pair.absent == (false, true) {
            reads
                .places
                .iter()
                .for_each(|place| self.nullable(*place, &what, verdict));
        }
        same
    }

    /// Whether what is read has become wider, and the mapping bears with that wherever it reads it.
    fn takes_both(&self, reads: &Reads, pair: Pair<'_>, verdict: &[Diagnostic]) -> bool {
        let wider = reads.fields.is_empty() && reads.each.is_none() && alike(pair.old, pair.new);
        wider && !reads.places.is_empty() && !reads.places.iter().any(|place| self.is_refused(*place, verdict))
    }

    fn is_refused(&self, place: Span, verdict: &[Diagnostic]) -> bool {
        let source = &self.old.mapping.source;
        let mut problems = verdict.iter();
        problems.any(|problem| problem.source == *source && overlap(problem.span, place))
    }

    fn nullable(&self, place: Span, what: &str, verdict: &[Diagnostic]) {
        if self.is_refused(place, verdict) || self.needed().iter().any(|span| overlap(*span, place)) {
            let message = format!("{what} may be absent in the new document");
            self.breaks(
                Code::NewlyNullable,
                place,
                message,
                "say that it must be there: `{must: …}`; or what else it is: `{first: [this, another]}`",
            );
            return;
        }
        self.notes_at(place, &format!("{what} may be absent now, which the mapping allows"));
    }

    /// Values that must be there whatever their place takes: without an id, nothing can be ended or counted.
    fn needed(&self) -> Vec<Span> {
        let mapping = &self.old.mapping;
        let sandboxes = mapping.sandboxes.iter().flat_map(|s| [&s.id, &s.image, &s.started_at]);
        let undo = mapping
            .functions
            .iter()
            .flat_map(|function| &function.steps)
            .flat_map(|step| &step.undo);
        let ends = undo.filter_map(|undo| match undo {
            Undo::Made(_, ids) => Some(ids),
            Undo::Tagged(_) | Undo::Call(_) => None,
        });
        let snapshots = mapping.snapshots.iter().map(|s| &s.id);
        sandboxes.chain(snapshots).chain(ends).map(|value| value.span).collect()
    }

    /// The states that a step waits for or rejects.
    fn states(&self, step: &Step) {
        let Some(operation) = self.named(&step.call) else {
            return;
        };
        let poll = step.poll.iter().flat_map(|poll| poll.until.iter().chain(&poll.fail));
        poll.chain(&step.reject).for_each(|rule| self.state(rule, operation));
    }

    fn state(&self, rule: &StateRule, operation: &Operation) {
        let Some(schema) = operation.success.schema() else {
            return;
        };
        let mut ty = self.new.type_of(schema);
        for segment in &rule.path.value {
            let next = match (segment, &ty.kind) {
                (Segment::Each, TypeKind::Array(items)) => Some((**items).clone()),
                (Segment::Field(name), _) => ty.property(name).map(|(schema, _)| schema),
                (Segment::Each, _) => None,
            };
            let Some(next) = next else { return };
            ty = self.new.type_of(&next);
        }
        let Some(listed) = &ty.values else { return };
        for state in rule
            .test
            .compared()
            .iter()
            .filter(|state| !listed.contains(&state.value.as_str().into()))
        {
            let message = format!("the new document knows no state `{}` here", state.value);
            let help = did_you_mean(&state.value, listed.iter().filter_map(|value| value.as_str()));
            self.breaks(Code::ValueGone, state.span, message, help);
        }
    }
}

impl<'a> Pair<'a> {
    fn with<'b>(self, old: &'b Type, new: &'b Type, absent: (bool, bool)) -> Pair<'b>
    where
        'a: 'b,
    {
        Pair {
            old: self.old.part(old),
            new: self.new.part(new),
            absent,
        }
    }
}

/// The operator that makes of what it is now what it was.
fn converted(pair: Pair<'_>) -> &'static str {
    use TypeKind::{Boolean, Integer, Number, String};
    match (&pair.new.ty.kind, &pair.old.ty.kind) {
        (Integer | Number | Boolean, String) => "convert it: `{text: …}`",
        (String, Integer) => "convert it: `{integer: …}`",
        _ => "read it as what it is now",
    }
}

/// Every place in the mapping at which something at or below this is read.
pub fn places(reads: &Reads) -> Vec<Span> {
    let mut all = reads.places.clone();
    all.extend(reads.fields.values().flat_map(places));
    all.extend(reads.each.iter().flat_map(|each| places(each)));
    all
}
