//! Fields of answers that the new document does not have.

use serde_json::Value as Json;

use crate::{
    check::{Reads, Typed, alike},
    diagnostic::Code,
    document::TypeKind,
    source::Span,
};

use super::{
    Comparison,
    answers::{Pair, places},
    renamed,
};

impl Comparison<'_> {
    /// What is read of a lost field is lost with it.
    pub fn field_gone(&self, field: &str, full: &str, label: &str, inner: &Reads, pair: Pair<'_>) {
        let message = format!("the answer of `{label}` has no `{full}` in the new document");
        let (known, names) = (pair.old.ty.property_names(), pair.new.ty.property_names());
        let otherwise = match alone(field, inner, pair) {
            Some(name) => format!("is it `{name}` now?"),
            None => "read it from another field, or another call's answer".to_owned(),
        };
        let help = renamed(field, &known, names.iter().map(String::as_str), &otherwise);
        self.breaks_at(Code::Gone, own(inner), message, help);
        self.told.borrow_mut().extend(places(inner));
    }
}

/// Where the mapping reads a thing as it stands; if it only reads what is below it, where it does that.
fn own(reads: &Reads) -> Vec<Span> {
    match reads.places.is_empty() {
        true => places(reads),
        false => reads.places.clone(),
    }
}

/// The only field that the new document alone has, if what was read of the lost one can be read of it.
fn alone(field: &str, inner: &Reads, pair: Pair<'_>) -> Option<String> {
    let known = pair.old.ty.property_names();
    let names = pair.new.ty.property_names().into_iter();
    let fresh: Vec<String> = names.filter(|name| !known.contains(name)).collect();
    let [name] = fresh.as_slice() else { return None };
    let (before, _) = pair.old.ty.property(field)?;
    let (now, _) = pair.new.ty.property(name)?;
    let (before, now) = (pair.old.document.type_of(&before), pair.new.document.type_of(&now));
    let same = alike(pair.new.part(&now), pair.old.part(&before));
    (same && has(pair.new.part(&now), inner)).then(|| name.clone())
}

/// Whether a type has what is read.
fn has(typed: Typed<'_>, reads: &Reads) -> bool {
    let inner = |schema: Json, reads: &Reads| has(typed.part(&typed.document.type_of(&schema)), reads);
    let each = match (&reads.each, &typed.ty.kind) {
        (Some(each), TypeKind::Array(items)) => inner((**items).clone(), each),
        (each, _) => each.is_none(),
    };
    let mut fields = reads.fields.iter();
    each && fields.all(|(name, reads)| typed.ty.property(name).is_some_and(|(schema, _)| inner(schema, reads)))
}
