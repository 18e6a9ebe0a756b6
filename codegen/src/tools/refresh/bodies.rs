//! The body of a call in the new document, field by field as the mapping gives it.

use serde_json::Value as Json;

use crate::{
    check::{Typed, alike},
    diagnostic::{Code, did_you_mean},
    document::{Form, Operation, TypeKind},
    mapping::{Call, Value, ValueKind},
    source::{Span, Spanned},
};

use super::{Comparison, renamed};

impl Comparison<'_> {
    pub fn body(&self, call: &Call, old: &Operation, new: &Operation) {
        let Some(given) = &call.body else {
            let required = |operation: &Operation| operation.body.as_ref().is_some_and(|body| body.required);
            if required(new) && !required(old) {
                let message = format!("`{}` requires a body in the new document", new.label());
                self.breaks(Code::NewlyRequired, call.operation.span, message, "add `body:`");
            }
            return;
        };
        let schema = |operation: &Operation| operation.body.as_ref().and_then(|body| body.schema.clone());
        let form = |operation: &Operation| operation.body.as_ref().map(|body| body.form);
        match (schema(old), schema(new)) {
            (Some(_), Some(_)) if let Some((before, now)) = form(old).zip(form(new)).filter(reread) => {
                let (before, now) = (before.describe(), now.describe());
                let message = format!("`body` is sent as {now} in the new document, it was {before}");
                self.breaks(Code::Retyped, given.span, message, format!("give {now}"));
            }
            (Some(before), Some(now)) => {
                let (before, now) = (self.old.document.type_of(&before), self.new.type_of(&now));
                let before = Typed::new(&self.old.document, &before);
                self.given(given, "body", before, Typed::new(self.new, &now));
            }
            (Some(_), None) => {
                let message = format!("`{}` takes no body that can be sent in the new document", new.label());
                let help = "remove `body`, or look where its fields have gone";
                self.breaks(Code::Gone, given.span, message, help);
            }
            (None, _) => {}
        }
    }

    /// A value in its place, before and now.
    pub fn given(&self, value: &Value, name: &str, old: Typed<'_>, new: Typed<'_>) {
        match (&value.kind, &old.ty.kind, &new.ty.kind) {
            (ValueKind::Object(entries), TypeKind::Object(..), TypeKind::Object(..)) => {
                for (field, value) in entries {
                    self.field(field, value, name, old, new);
                }
                self.required(entries, value.span, name, old, new);
            }
            (ValueKind::List(items), TypeKind::Array(before), TypeKind::Array(now)) => {
                let (before, now) = (old.document.type_of(before), new.document.type_of(now));
                for item in items {
                    self.given(item, name, old.part(&before), new.part(&now));
                }
            }
            _ => self.leaf(value, name, old, new),
        }
    }

    fn field(&self, field: &Spanned<String>, value: &Value, name: &str, old: Typed<'_>, new: Typed<'_>) {
        let Some((before, _)) = old.ty.property(&field.value) else {
            return;
        };
        let full = format!("{name}.{}", field.value);
        let Some((now, _)) = new.ty.property(&field.value) else {
            let message = format!("`{name}` has no field `{}` in the new document", field.value);
            let (known, names) = (old.ty.property_names(), new.ty.property_names());
            let help = renamed(&field.value, &known, names.iter().map(String::as_str), "remove it");
            self.breaks(Code::Gone, field.span, message, help);
            return;
        };
        let (before, now) = (old.document.type_of(&before), new.document.type_of(&now));
        self.given(value, &full, old.part(&before), new.part(&now));
    }

    fn required(&self, given: &[(Spanned<String>, Value)], span: Span, name: &str, old: Typed<'_>, new: Typed<'_>) {
        let TypeKind::Object(properties, _) = &new.ty.kind else {
            return;
        };
        let demanded =
            |of: Typed<'_>, field: &str| of.ty.property(field).is_some_and(|said| of.document.demands(&said));
        for (field, _) in properties.iter().filter(|(_, said)| new.document.demands(said)) {
            let missing = !given.iter().any(|(name, _)| name.value == *field);
            if missing && !demanded(old, field) {
                let message = format!("`{name}` requires the field `{field}` in the new document");
                self.breaks(Code::NewlyRequired, span, message, format!("add `{field}:`"));
            }
        }
    }

    fn leaf(&self, value: &Value, name: &str, old: Typed<'_>, new: Typed<'_>) {
        if !alike(old, new) {
            let (before, now) = (old.ty.describe(), new.ty.describe());
            let message = format!("`{name}` takes {now} in the new document, it took {before}");
            self.breaks(Code::Retyped, value.span, message, format!("give {now}"));
            return;
        }
        let Some((literal, listed)) = literal(value).zip(new.ty.values.as_ref()) else {
            return;
        };
        if !listed.contains(&literal) {
            let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let message = format!("`{name}` does not take `{}` in the new document", plain(&literal));
            let names: Vec<String> = listed.iter().map(plain).collect();
            let help = did_you_mean(&plain(&literal), names.iter().map(String::as_str));
            self.breaks(Code::ValueGone, value.span, message, help);
        }
    }
}

/// Whether what was one value is now something else, or the other way round.
pub fn reread((before, now): &(Form, Form)) -> bool {
    let is_plain = |form: &Form| matches!(form, Form::Plain(_));
    before != now && (is_plain(before) || is_plain(now))
}

fn literal(value: &Value) -> Option<Json> {
    match &value.kind {
        ValueKind::String(text) => Some(text.as_str().into()),
        ValueKind::Integer(number) => Some((*number).into()),
        ValueKind::Boolean(value) => Some((*value).into()),
        _ => None,
    }
}
