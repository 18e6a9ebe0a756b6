//! The status that a step was answered with, as a value.

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Reference, Segment},
    source::Span,
};

use super::{Checker, scope::Scope, types};

impl Checker<'_> {
    /// The status of an earlier step: absent where that was not made, or was not answered.
    pub fn status_of(&mut self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        let [Segment::Field(name)] = reference.path.as_slice() else {
            return self.out_of_place(
                reference,
                span,
                "write `$status.step`, of a single call `$status.response`",
            );
        };
        if scope.function.is_none() {
            return self.out_of_place(reference, span, "`$status` is for the steps of a function");
        }
        let Some(step) = scope.steps.iter().find(|step| step.name == name) else {
            self.no_step(name, span, scope);
            return Type::any();
        };
        if step.many {
            let message = format!("`{name}` is made once for each item, and has a status each time");
            self.problem(Code::NotAnArray, span, message, "name a step that is made once");
            return Type::any();
        }
        Type {
            nullable: scope.unmade.contains(&step.name),
            ..types::of(TypeKind::Integer)
        }
    }
}
