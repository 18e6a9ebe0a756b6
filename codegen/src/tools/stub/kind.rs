//! Shapes of the document as the schemas that a mapping may declare.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value;

use crate::document::{Document, Shape, ShapeKind};

/// Lists of lists go no deeper than this; what is below is declared as an object.
const MAX_DEPTH: usize = 4;

/// The schema in YAML's flow style: `{type: array, items: {type: string}}`.
pub fn schema(document: &Document, shape: &Shape) -> String {
    format!("{{{}}}", keywords(document, shape, 0))
}

/// The schema of an input: it also lists the values that the document allows.
pub fn input_schema(document: &Document, shape: &Shape, format: &str) -> String {
    let mut keywords = keywords(document, shape, 0);
    let values = shape.values.iter().flatten().filter(|value| value.is_string());
    let values: Vec<String> = values.map(Value::to_string).collect();
    if !values.is_empty() {
        keywords.push_str(&format!(", enum: [{}]", values.join(", ")));
    }
    format!("{{{keywords}{format}}}")
}

fn keywords(document: &Document, shape: &Shape, depth: usize) -> String {
    match &shape.kind {
        ShapeKind::Boolean => "type: boolean".to_owned(),
        ShapeKind::Integer => "type: integer".to_owned(),
        ShapeKind::Number => "type: number".to_owned(),
        ShapeKind::String | ShapeKind::Any => "type: string".to_owned(),
        ShapeKind::Object(..) => "type: object".to_owned(),
        ShapeKind::Union(arms) => arms
            .first()
            .map_or_else(String::new, |arm| keywords(document, arm, depth)),
        ShapeKind::Array(_) if depth > MAX_DEPTH => "type: array, items: {type: object}".to_owned(),
        ShapeKind::Array(items) => {
            let items = keywords(document, &document.shape(items), depth + 1);
            format!("type: array, items: {{{items}}}")
        }
    }
}

/// Whether an answer of this shape has a type that can be declared.
pub fn declarable(document: &Document, shape: &Shape) -> bool {
    let mut shape = shape.clone();
    for _ in 0..=MAX_DEPTH {
        match &shape.kind {
            ShapeKind::Union(_) => return false,
            ShapeKind::Array(items) => shape = document.shape(items),
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
