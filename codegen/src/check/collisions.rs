//! What only shows when all calls of an operation are seen together.

use crate::{diagnostic::Code, document::Operation};

use super::{BodyUse, Checker, Use};

impl Checker<'_> {
    pub fn collisions(&self) {
        for (index, used) in &self.uses {
            let operation = &self.operations[*index];
            self.bodies(operation, used);
        }
    }

    /// The client sends a body always or never.
    fn bodies(&self, operation: &Operation, used: &Use) {
        let Some(schema) = operation.body.as_ref().and_then(|body| body.schema.as_ref()) else {
            return;
        };
        let needs = matches!(&self.document.type_of(schema).kind, crate::document::TypeKind::Object(fields, _)
            if fields.values().any(|said| self.document.demands(said)));
        if !needs || !matches!(used.body, Some(BodyUse::Fields(_))) {
            return;
        }
        for span in &used.without_body {
            let message = format!(
                "another call gives `{}` a body, so this one needs one too",
                operation.label()
            );
            self.problem(Code::MissingBodyField, *span, message, "add `body:`");
        }
    }
}
