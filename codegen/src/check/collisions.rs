//! What only shows when all calls of an operation are seen together.

use crate::{
    client::letters,
    diagnostic::Code,
    document::{Location, Operation},
};

use super::{BodyUse, Checker, Use};

impl Checker<'_> {
    pub fn collisions(&self) {
        for (index, used) in &self.uses {
            let operation = &self.operations[*index];
            self.arguments(operation, used);
            self.bodies(operation, used);
        }
    }

    /// The client has one argument for names that differ in case, punctuation or place only.
    fn arguments(&self, operation: &Operation, used: &Use) {
        let mut seen: Vec<(String, String)> = Vec::new();
        let parameters = used.parameters(operation).into_iter();
        let named = parameters.map(|(parameter, name)| (format!("the {} `{name}`", kind(parameter.location)), name));
        let body = used.body.as_ref();
        let body = body.map(|_| ("the body, which it calls `body`".to_owned(), "body".to_owned()));
        for (label, name) in named.chain(body) {
            let letters = letters(&name);
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == letters) {
                let message = format!(
                    "{} cannot be used: the client cannot tell {other} and {label} apart",
                    operation.pointer
                );
                let help = "leave one of them out of every call of this operation";
                self.problem(
                    Code::UnsupportedConstruct,
                    used.place.unwrap_or_default(),
                    message,
                    help,
                );
            }
            seen.push((letters, label));
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

fn kind(location: Location) -> &'static str {
    match location {
        Location::Path => "path parameter",
        Location::Query => "query parameter",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}
