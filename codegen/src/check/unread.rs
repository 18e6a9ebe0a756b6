//! Steps that there are not, and answers of which nothing can be read.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Form, OperationId, Success},
    mapping::{Reference, Segment},
    source::Span,
};

use super::{Checker, scope::Scope};

impl Checker<'_> {
    /// Reports an answer of which nothing can be read, once for each reader of it; true if there is one.
    pub fn answers_json(&self, index: OperationId, reference: &Reference, span: Span) -> bool {
        let operation = &self.operations[index];
        match &operation.success {
            Success::Json(_) => return true,
            Success::Events => self.unread_stream(index, span),
            Success::Plain(..) if !reference.path.iter().any(|part| matches!(part, Segment::Field(_))) => return true,
            Success::Plain(plain, _) => {
                let reader = format!("`{}` as fields of `${}`", operation.label(), reference.root.name());
                if self.reported.borrow_mut().insert(reader) {
                    let (what, root) = (Form::Plain(*plain).describe(), reference.root.name());
                    let message = format!("`{}` answers {what}, which has no fields", operation.label());
                    let help =
                        format!("read it as a whole: `${root}`; if it is JSON all the same, say so in the overlay");
                    self.problem(Code::UnknownResponseField, span, message, help);
                }
            }
            Success::Other(construct) => self.construct(construct, span),
            Success::Empty => {
                let reader = format!("`{}` without `${}`", operation.label(), reference.root.name());
                if self.reported.borrow_mut().insert(reader) {
                    let message = format!(
                        "`{}` answers without a JSON body, so `{reference}` has nothing to read",
                        operation.label()
                    );
                    let help = "read it from another call's answer; if the document leaves the body out, add it in the overlay";
                    self.problem(Code::UnknownResponseField, span, message, help);
                }
            }
        }
        false
    }

    pub fn no_step(&self, name: &str, span: Span, scope: &Scope<'_>) {
        if scope.later.contains(&name) {
            let message = format!("the step `{name}` comes later");
            self.problem(
                Code::LaterStep,
                span,
                message,
                "refer to an earlier step, or move the steps",
            );
            return;
        }
        let steps = scope.steps.iter().map(|step| step.name);
        if !self.is_first(name, span, scope) {
            return;
        }
        let known: Vec<&str> = steps.chain(["input", "config", "attempt"]).collect();
        let message = format!("`${name}` is neither a step nor anything else that is known here");
        self.problem(Code::UnknownReference, span, message, did_you_mean(name, known));
    }

    /// A name that is misspelt where it is given is missed wherever its function uses it, and what all calls of an API are
    /// given stands in each of them.
    fn is_first(&self, name: &str, span: Span, scope: &Scope<'_>) -> bool {
        let function = scope.function.map_or("", |function| &function.name.value);
        let steps = scope.steps.iter().map(|step| step.name);
        let steps: Vec<&str> = steps.chain(scope.later.iter().copied()).collect();
        let mut reported = self.reported.borrow_mut();
        let here = reported.insert(format!("${name} at {}", span.start));
        let in_function = reported.insert(format!("${name} in `{function}` beside {}", steps.join(" ")));
        here && in_function
    }
}
