//! Paths through shapes: `.networking.services[*].url`.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Shape, ShapeKind, Success},
    mapping::{Reference, Segment, path_text},
    source::Span,
};

use super::{Checker, types};

impl Checker<'_> {
    /// Goes down a path through a shape.
    pub fn walk(&self, mut shape: Shape, reference: &Reference, span: Span, missing: Code) -> Shape {
        let mut optional = shape.nullable;
        let mut inner: Option<Vec<bool>> = None;
        for (depth, segment) in reference.path.iter().enumerate() {
            let so_far = format!("${}{}", reference.root.name(), path_text(&reference.path[..depth]));
            match segment {
                Segment::Each => {
                    let ShapeKind::Array(items) = &shape.kind else {
                        if shape.kind != ShapeKind::Any {
                            let message = format!("`{so_far}` is {}, not a list", shape.describe());
                            self.problem(Code::NotAnArray, span, message, "leave out `[*]` here");
                        }
                        return Shape::any();
                    };
                    inner.get_or_insert_default().push(optional);
                    shape = self.document.shape(items);
                    optional = shape.nullable;
                }
                Segment::Field(_) if !self.resolved(&shape, span) => return Shape::any(),
                Segment::Field(name) => {
                    let Some((schema, always)) = shape.property(name) else {
                        self.no_field(&shape, name, &so_far, span, missing);
                        return Shape::any();
                    };
                    shape = self.document.shape(&schema);
                    optional = optional || !always || shape.nullable;
                }
            }
        }
        shape.nullable = optional;
        self.resolved(&shape, span);
        self.collected(shape, inner)
    }

    /// Reports a schema that is not there; true if there is one.
    pub fn resolved(&self, shape: &Shape, span: Span) -> bool {
        if let Some(reference) = &shape.unresolved {
            self.construct(&self.document.dangling(reference), span);
        }
        shape.unresolved.is_none()
    }

    /// A path with `[*]` yields a list of what stands behind it.
    pub fn collected(&self, shape: Shape, inner: Option<Vec<bool>>) -> Shape {
        let Some(outer) = inner else { return shape };
        Shape {
            nullable: outer.contains(&true),
            ..types::array_of(shape.schema())
        }
    }

    /// Reports a field that a shape does not have.
    pub fn no_field(&self, shape: &Shape, name: &str, so_far: &str, span: Span, code: Code) {
        let names = shape.property_names();
        let help = if matches!(shape.kind, ShapeKind::Array(_)) {
            format!("it is a list: write `{so_far}[*].{name}`")
        } else {
            did_you_mean(name, names.iter().map(String::as_str))
        };
        let message = format!("`{so_far}` is {} and has no field `{name}`", shape.describe());
        self.problem(code, span, message, help);
    }

    /// The shape at the end of a path that has been checked before.
    pub fn walk_plain(&self, mut shape: Shape, reference: &Reference) -> Shape {
        for segment in &reference.path {
            let schema = match (segment, &shape.kind) {
                (Segment::Each, ShapeKind::Array(items)) => Some((**items).clone()),
                (Segment::Field(name), _) => shape.property(name).map(|(schema, _)| schema),
                _ => None,
            };
            shape = schema.map_or_else(Shape::any, |schema| self.document.shape(&schema));
        }
        shape
    }

    /// The shape of an operation's successful answer.
    pub fn answer(&self, operation: usize) -> Shape {
        match &self.operations[operation].success {
            Success::Json(schema) => self.document.shape(schema),
            _ => types::of(ShapeKind::Object(Default::default(), None)),
        }
    }
}
