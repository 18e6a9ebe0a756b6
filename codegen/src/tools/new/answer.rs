//! Where an answer likely has what a function answers.

use crate::document::{Document, Operation, Shape, ShapeKind, Success};

use super::words::bare;

/// Where more than so many fields might do, none is likely.
const CANDIDATES: usize = 4;

/// What is looked for: names without case and punctuation, likeliest first, and the kind of value.
pub struct Sought<'s> {
    pub names: &'s [&'s str],
    pub fits: fn(&Shape) -> bool,
}

/// A field that fits, or those that may be meant.
pub enum Found {
    /// The reference to it, and its shape.
    Field(String, Shape),
    Candidates(Vec<String>),
}

/// A field of an answer.
struct Field {
    reference: String,
    name: String,
    shape: Shape,
    /// Whether it is always there.
    always: bool,
}

pub fn shape_of(document: &Document, operation: &Operation) -> Option<Shape> {
    match &operation.success {
        Success::Json(schema) => Some(document.shape(schema)),
        _ => None,
    }
}

/// Searches an answer, and objects in it; `root` is how the mapping refers to it.
pub fn find(document: &Document, answer: &Shape, root: &str, sought: &Sought<'_>) -> Found {
    let mut fields = own(document, answer, root, true);
    let within: Vec<Field> = fields
        .iter()
        .flat_map(|field| own(document, &field.shape, &field.reference, field.always))
        .collect();
    // What the answer says itself counts before what objects in it say.
    if let Some(field) = sought.in_fields(&fields).or_else(|| sought.in_fields(&within)) {
        return Found::Field(field.reference.clone(), field.shape.clone());
    }
    fields.extend(within);
    let named: Vec<String> = fields
        .iter()
        .filter(|field| sought.names.contains(&field.name.as_str()))
        .map(Field::shown)
        .collect();
    if !named.is_empty() {
        return Found::Candidates(named);
    }
    let fitting: Vec<&Field> = fields.iter().filter(|field| (sought.fits)(&field.shape)).collect();
    match fitting.len() > CANDIDATES {
        true => Found::Candidates(Vec::new()),
        false => Found::Candidates(fitting.into_iter().map(Field::shown).collect()),
    }
}

impl Sought<'_> {
    fn in_fields<'f>(&self, fields: &'f [Field]) -> Option<&'f Field> {
        self.names.iter().find_map(|name| {
            fields
                .iter()
                .find(|field| field.always && field.name == *name && (self.fits)(&field.shape))
        })
    }
}

impl Field {
    fn shown(&self) -> String {
        let always = if self.always { "" } else { ", may be absent" };
        format!("{} ({}{always})", self.reference, self.shape.describe())
    }
}

/// The ids of what an answer lists: `$response.items[*].id`.
pub fn ids(document: &Document, answer: &Shape, root: &str, sought: &Sought<'_>) -> Option<String> {
    let of_items = |shape: &Shape, root: &str| {
        let ShapeKind::Array(items) = &shape.kind else {
            return None;
        };
        match find(document, &document.shape(items), &format!("{root}[*]"), sought) {
            Found::Field(reference, _) => Some(reference),
            Found::Candidates(_) => None,
        }
    };
    let lists = own(document, answer, root, true);
    of_items(answer, root).or_else(|| lists.iter().find_map(|list| of_items(&list.shape, &list.reference)))
}

fn own(document: &Document, shape: &Shape, root: &str, always: bool) -> Vec<Field> {
    let ShapeKind::Object(properties, _) = &shape.kind else {
        return Vec::new();
    };
    // A reference can name no others.
    let plain = |name: &&String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let names = properties.keys().filter(plain);
    names
        .filter_map(|name| {
            let (schema, required) = shape.property(name)?;
            let found = document.shape(&schema);
            Some(Field {
                reference: format!("{root}.{name}"),
                name: bare(name),
                always: always && required && !found.nullable,
                shape: found,
            })
        })
        .collect()
}
