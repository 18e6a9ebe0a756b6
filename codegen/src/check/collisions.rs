//! What only shows when all calls of an operation are seen together.

use crate::{
    diagnostic::Code,
    document::{Location, Operation},
    lower::deep_name,
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
        for (place, name) in names(operation, used) {
            let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            let letters = letters.to_lowercase();
            let label = format!("the {place} `{name}`");
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
        let needs = matches!(&self.document.shape(schema).kind, crate::document::ShapeKind::Object(fields, _)
            if fields.values().any(|(_, required)| *required));
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

/// The arguments that the client's method has.
fn names(operation: &Operation, used: &Use) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    for parameter in &operation.parameters {
        let name = &parameter.name;
        match parameter.location {
            Location::Path => names.push(("path parameter", name.clone())),
            Location::Query if parameter.deep => {
                let keys = used.deep.get(name).into_iter().flatten();
                names.extend(keys.map(|key| ("query parameter", deep_name(name, key))));
            }
            Location::Query if used.query.contains(name) => names.push(("query parameter", name.clone())),
            Location::Header if used.header.contains(name) => names.push(("header", name.clone())),
            _ => {}
        }
    }
    if used.body.is_some() {
        names.push(("body, which it calls", "body".to_owned()));
    }
    names
}
