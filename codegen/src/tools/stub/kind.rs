//! Types of the document as the schemas that a mapping may declare.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value;

use crate::document::{Document, Type, TypeKind};

/// Lists of lists go no deeper than this; what is below is declared as an object.
const MAX_DEPTH: usize = 4;

/// The schema in YAML's flow style: `{type: array, items: {type: string}}`.
pub fn schema(document: &Document, ty: &Type) -> String {
    format!("{{{}}}", keywords(document, ty, 0))
}

/// The schema of an input: it also lists the values that the document allows.
pub fn input_schema(document: &Document, ty: &Type, format: &str) -> String {
    let mut keywords = keywords(document, ty, 0);
    let values = ty.values.iter().flatten().filter(|value| value.is_string());
    let values: Vec<String> = values.map(Value::to_string).collect();
    if !values.is_empty() && ty.kind == TypeKind::String {
        keywords.push_str(&format!(", enum: [{}]", values.join(", ")));
    }
    format!("{{{keywords}{format}}}")
}

fn keywords(document: &Document, ty: &Type, depth: usize) -> String {
    match &ty.kind {
        TypeKind::Boolean => "type: boolean".to_owned(),
        TypeKind::Integer => "type: integer".to_owned(),
        TypeKind::Number => "type: number".to_owned(),
        TypeKind::String | TypeKind::Any => "type: string".to_owned(),
        TypeKind::Binary => "type: string, contentEncoding: base64".to_owned(),
        TypeKind::Object(..) => "type: object".to_owned(),
        TypeKind::Union(arms) => arms
            .first()
            .map_or_else(String::new, |arm| keywords(document, arm, depth)),
        TypeKind::Array(_) if depth > MAX_DEPTH => "type: array, items: {type: object}".to_owned(),
        TypeKind::Array(items) => {
            let items = keywords(document, &document.type_of(items), depth + 1);
            format!("type: array, items: {{{items}}}")
        }
    }
}

/// Whether an answer of this type has a type that can be declared.
pub fn declarable(document: &Document, ty: &Type) -> bool {
    let mut ty = ty.clone();
    for _ in 0..=MAX_DEPTH {
        match &ty.kind {
            TypeKind::Union(_) => return false,
            TypeKind::Array(items) => ty = document.type_of(items),
            _ => return true,
        }
    }
    // A list of lists without end, of which the declaration says less.
    false
}

/// Names that a function's fields can have, each given once.
#[derive(Default)]
pub struct Names {
    given: BTreeSet<String>,
}

impl Names {
    /// `X-Request-ID` is `x_request_id`.
    pub fn name(&mut self, name: &str) -> String {
        let words: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
            .collect();
        let snake = words.to_snake_case();
        let base = match snake.starts_with(|c: char| c.is_ascii_lowercase()) {
            true => snake,
            false => format!("field_{snake}").trim_end_matches('_').to_owned(),
        };
        let mut unique = base.clone();
        let mut n = 1;
        while !self.given.insert(unique.clone()) {
            n += 1;
            unique = format!("{base}_{n}");
        }
        unique
    }
}
