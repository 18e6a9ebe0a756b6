//! Operators: what their arguments must be, and what they yield.

use serde_json::Value as Json;

use crate::{
    diagnostic::Code,
    document::{Shape, ShapeKind},
    mapping::{Arguments, Part, Segment, Value, ValueKind},
    operator::{Kind, Operator, Takes},
    source::Spanned,
};

use super::{Checker, scope::Scope, types};

impl Checker<'_> {
    pub fn operator(&mut self, operator: &Operator, arguments: &Arguments, scope: &Scope<'_>) -> Shape {
        let mut shapes = Vec::new();
        match (arguments, &operator.takes) {
            (Arguments::Values(values), Takes::One(kind) | Takes::Many(kind)) => {
                for value in values {
                    shapes.push(self.argument(operator, "its argument", *kind, value, scope));
                    self.argument_unit(operator, value);
                }
                self.argument_units(operator, values);
            }
            (Arguments::Named(entries), Takes::Named(fields)) => {
                for (name, value) in entries {
                    let field = fields.iter().find(|field| field.name == name.value);
                    let kind = field.map_or(Kind::Any, |field| field.kind);
                    shapes.push(self.argument(operator, &name.value, kind, value, scope));
                }
                if operator.name == "find" {
                    self.find(entries, scope);
                }
            }
            (Arguments::Template(parts), _) => {
                for part in parts {
                    if let Part::Reference(value) = part {
                        shapes.push(self.argument(operator, "a part of it", Kind::Any, value, scope));
                    }
                }
            }
            _ => {}
        }
        if operator.name == "concat" {
            // An absent value adds nothing, an absent item of a list stays.
            return types::anything(shapes.iter().any(|shape| self.has_gaps(shape, None)));
        }
        yields(operator, &shapes)
    }

    fn argument(&mut self, operator: &Operator, name: &str, kind: Kind, value: &Value, scope: &Scope<'_>) -> Shape {
        let found = self.infer(value, scope);
        let wanted = shape_of(kind);
        if let Some(problem) = types::mismatch(self.document, &found, &wanted) {
            let message = format!("`{}`: {name} {problem}", operator.name);
            self.problem(Code::WrongArguments, value.span, message, operator.usage());
        } else if found.nullable && matches!(operator.takes, Takes::One(_)) && !operator.optional {
            let message = format!("`{}`: {name} may be absent", operator.name);
            let help = "give a fallback: `{first: [this, another]}`";
            self.problem(Code::WrongArguments, value.span, message, help);
        }
        found
    }

    /// `find` reads fields of the list's items, which are named here and nowhere else.
    fn find(&mut self, entries: &[(Spanned<String>, Value)], scope: &Scope<'_>) {
        let get = |key: &str| {
            entries
                .iter()
                .find_map(|(name, value)| (name.value == key).then_some(value))
        };
        let (Some(list), Some(conditions), Some(take)) = (get("in"), get("where"), get("take")) else {
            return;
        };
        let mut fields: Vec<Spanned<String>> = Vec::new();
        match &conditions.kind {
            ValueKind::Object(conditions) => fields.extend(conditions.iter().map(|(name, _)| name.clone())),
            _ => {
                let message = "`find`: `where` is a mapping of fields to values";
                self.problem(
                    Code::WrongArguments,
                    conditions.span,
                    message,
                    "write `where: {name: …}`",
                );
            }
        }
        match &take.kind {
            ValueKind::String(name) => fields.push(Spanned::new(name.clone(), take.span)),
            _ => {
                let message = "`find`: `take` is the name of a field";
                self.problem(Code::WrongArguments, take.span, message, "write `take: url`");
            }
        }
        let Some(reference) = list.as_reference() else {
            return;
        };
        for field in fields {
            let mut item = reference.clone();
            item.path.push(Segment::Each);
            item.path.push(Segment::Field(field.value));
            self.reference(&item, field.span, scope);
        }
    }
}

/// `first` and the like are absent only if all their values are; other operators that pass absence on, if one is.
fn yields(operator: &Operator, arguments: &[Shape]) -> Shape {
    let shape = match operator.yields {
        Kind::Same => arguments
            .iter()
            .find(|a| a.kind != ShapeKind::Any)
            .cloned()
            .unwrap_or_else(Shape::any),
        kind => shape_of(kind),
    };
    let many = matches!(operator.takes, Takes::Many(_));
    let absent = if many {
        !arguments.is_empty() && arguments.iter().all(|a| a.nullable)
    } else {
        arguments.iter().any(|a| a.nullable)
    };
    let nullable = match operator.name {
        // What `find` does not find makes the answer unreadable; it may stand where a value is required.
        "find" => false,
        // What it omits is absent, whatever it is given.
        "omit_if" => true,
        _ => operator.optional && absent,
    };
    Shape {
        nullable,
        values: None,
        ..shape
    }
}

fn shape_of(kind: Kind) -> Shape {
    match kind {
        Kind::Any | Kind::Same => Shape::any(),
        Kind::Boolean => types::of(ShapeKind::Boolean),
        Kind::Integer => types::of(ShapeKind::Integer),
        Kind::String => Shape::string(),
        Kind::List => types::array_of(Json::Bool(true)),
        Kind::Map => types::map(),
    }
}
