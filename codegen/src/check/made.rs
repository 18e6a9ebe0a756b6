//! What an `undo` names: that its step has made it, and that it is of the kind that is taken back.

use crate::{
    diagnostic::Code,
    document::{OperationId, Type, TypeKind},
    mapping::{Function, Kind, Reference, Root, Segment, Step, Value},
};

use super::{
    Checker,
    started::{acts_on_a_sandbox, copied},
    tags::OWNER,
};

impl Checker<'_> {
    /// What a call has made is in its answer, or was named by the call's own tag.
    pub fn names_what_was_made(&self, kind: Kind, ids: &Value, function: Option<&Function>) {
        let mut made = false;
        let mut given = false;
        let mut answered = Vec::new();
        ids.walk(&mut |value| {
            let Some(reference) = value.as_reference() else { return };
            made |= matches!(reference.root, Root::Step(_) | Root::Attempt | Root::Item);
            given |= matches!(reference.root, Root::Input | Root::Sandbox);
            answered.extend(matches!(reference.root, Root::Step(_)).then_some(reference));
        });
        let (verb, name) = (kind.verb(), kind.name());
        if !made || given {
            let message = format!("`{verb}` names a {name} that this call has not made");
            let help = format!("name the id in its answer: `{verb}: $start.id`");
            return self.problem(Code::UnknownReference, ids.span, message, help);
        }
        let Some(function) = function else { return };
        if kind == Kind::Sandbox && answered.iter().any(|of| self.is_the_caller_s(of, function)) {
            let message = "this is the sandbox that the caller named: if the function fails, it would be ended";
            let help = "remove `end`, or name the id of what the call has made";
            self.problem(Code::UnknownReference, ids.span, message, help);
        } else if let Some(other) = answered
            .iter()
            .find_map(|of| self.is_of_another_kind(kind, of, function))
        {
            let (verb_of_other, other) = (other.verb(), other.name());
            let message = format!("`{verb}` is for a {name}, and this is a {other}");
            let help = format!("write `{verb_of_other}: …`, or name the id of the {name}");
            self.problem(Code::UnknownReference, ids.span, message, help);
        }
    }

    /// Whether it is the id in the answer to a call that is about the sandbox which the caller named, and makes none of it.
    fn is_the_caller_s(&self, reference: &Reference, function: &Function) -> bool {
        let Some((step, operation)) = self.answered_by(reference, function) else {
            return false;
        };
        let call = &step.call;
        let makes_another = !self.only_looks(operation)
            && (copied(&self.operations[operation].path).is_some() || step.inherited.is_some() || OWNER.is_given(call));
        let id = self.mapping.id(Kind::Sandbox).and_then(Value::as_reference);
        acts_on_a_sandbox(call) && !makes_another && id.is_some_and(|id| id.path == reference.path)
    }

    fn answered_by<'f>(&self, reference: &Reference, function: &'f Function) -> Option<(&'f Step, OperationId)> {
        let step = function
            .steps
            .iter()
            .find(|step| reference.names_step(&step.name.value))?;
        Some((step, self.operation(&step.call)?))
    }

    /// The other kind, if that has such an id as the document describes it, and this one has not.
    fn is_of_another_kind(&self, kind: Kind, reference: &Reference, function: &Function) -> Option<Kind> {
        let (_, operation) = self.answered_by(reference, function)?;
        let (Segment::Field(_), above) = reference.path.split_last()? else {
            return None;
        };
        let thing = Reference {
            root: reference.root.clone(),
            path: above.to_vec(),
        };
        let thing = self.walk_plain(self.answer(operation), &thing);
        let other = Kind::ALL.into_iter().find(|other| *other != kind)?;
        let is_described = self
            .described(kind)
            .iter()
            .any(|ty| matches!(ty.kind, TypeKind::Object(..)));
        (is_described && self.is_one(&thing, other) && !self.is_one(&thing, kind)).then_some(other)
    }

    /// Whether a type is that by which the document describes such things, in the calls that list or look at them.
    pub fn is_one(&self, ty: &Type, kind: Kind) -> bool {
        let TypeKind::Object(properties, _) = &ty.kind else {
            return false;
        };
        !properties.is_empty() && self.described(kind).iter().any(|known| known.kind == ty.kind)
    }

    /// What the calls that list or look at such things say that each is.
    fn described(&self, kind: Kind) -> Vec<Type> {
        let looks = self.looks(kind).into_iter();
        let types = looks.filter_map(|(call, path)| {
            let root = Root::Item;
            Some(self.walk_plain(self.answer(self.operation(call)?), &Reference { root, path }))
        });
        types.collect()
    }
}
