//! Text and bytes: the same string in JSON, and never one in place of the other.

use crate::{
    document::{Plain, Success, Type, TypeKind},
    mapping::{Root, Value, ValueKind},
    operator::Kind,
};

use super::{Checker, scope::Scope};

/// How text becomes what bytes are in a mapping.
const AS_BASE64: &str =
    "convert it: `{to_base64: …}`; an input that is base64 already says `contentEncoding: base64` in its schema";

/// What to do with base64 where text is wanted.
const AS_TEXT: &str =
    "convert it: `{from_base64: …}`; if base64 is what the API takes, say so in the overlay: `format: byte`";

/// What does not fit, as the end of a sentence, and what to do.
pub type Unfit = (&'static str, &'static str);

impl Checker<'_> {
    /// Whether one of text and bytes stands where the other is wanted. What a provider answers as a string may be base64 without
    /// saying so.
    pub fn encoding(&self, value: &Value, found: &Type, wanted: &Type, scope: &Scope<'_>) -> Option<Unfit> {
        match (&found.kind, &wanted.kind) {
            (TypeKind::String, TypeKind::Binary) if is_worded(value) || self.is_plain_text(value, scope) => {
                Some(("takes base64, this is text", AS_BASE64))
            }
            (TypeKind::Binary, TypeKind::String) if !is_encoded(value) => Some(("takes text, this is base64", AS_TEXT)),
            _ => None,
        }
    }

    /// Whether it is the whole of an answer that is text, and no JSON.
    fn is_plain_text(&self, value: &Value, scope: &Scope<'_>) -> bool {
        let Some((Root::Step(name), [])) = value.as_reference().map(|of| (&of.root, of.path.as_slice())) else {
            return false;
        };
        let step = scope
            .steps
            .iter()
            .find(|step| step.name == name && step.answer.is_none());
        let operation = step.and_then(|step| step.operation);
        operation.is_some_and(|index| matches!(self.operations[index].success, Success::Plain(Plain::Text, _)))
    }
}

/// Whether the mapping itself makes base64 of it.
fn is_encoded(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Operator(operator, _) if operator.yields == Kind::Base64)
}

/// Whether a string is in the words of the mapping or of a caller.
fn is_worded(value: &Value) -> bool {
    match &value.kind {
        ValueKind::String(_) => true,
        ValueKind::Reference(reference) => {
            matches!(reference.root, Root::Input | Root::Config | Root::Attempt | Root::Uuid7)
        }
        ValueKind::Operator(operator, _) => operator.yields == Kind::String,
        _ => false,
    }
}
