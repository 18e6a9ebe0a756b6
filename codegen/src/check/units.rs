//! Units of time, as far as names tell them: `timeout_ms` is in milliseconds, `ttl_seconds` in seconds.
//!
//! A number knows no unit, so a mix-up passes every type check and shows itself as sandboxes that live a thousand times
//! too long. Names that end in a unit are common enough, in the contract and in documents, to find it before that.

use std::fmt;

use heck::ToSnakeCase;

use crate::{
    diagnostic::Code,
    mapping::{Arguments, Reference, Segment, Value, ValueKind},
    operator::Operator,
};

use super::{Checker, values::Place};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Milliseconds => "milliseconds",
            Unit::Seconds => "seconds",
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
        })
    }
}

impl Checker<'_> {
    /// A conversion of something that is in another unit already.
    pub fn argument_unit(&self, operator: &Operator, value: &Value) {
        let (Some(wanted), Some(found)) = (takes(operator.name), of(value)) else {
            return;
        };
        if wanted != found {
            let message = format!("`{}` takes {wanted}, this is in {found}", operator.name);
            self.problem(
                Code::MixedUnits,
                value.span,
                message,
                "give a value of that unit, or leave the operator out",
            );
        }
    }

    /// Values that are compared, or stand in for each other, in different units.
    pub fn argument_units(&self, operator: &Operator, values: &[Value]) {
        if !matches!(operator.name, "first" | "max" | "min" | "sum") {
            return;
        }
        let mut known = values.iter().filter_map(|value| of(value).map(|unit| (unit, value)));
        let Some((first, _)) = known.next() else { return };
        for (unit, value) in known.filter(|(unit, _)| *unit != first) {
            let message = format!(
                "`{}`: this is in {unit}, the value before it is in {first}",
                operator.name
            );
            self.problem(Code::MixedUnits, value.span, message, conversion(unit, first));
        }
    }

    /// A value in one unit for an argument whose name says another.
    pub fn named_unit(&self, operator: &Operator, name: &str, value: &Value) {
        self.unit(&format!("{}: {name}", operator.name), name, value);
    }

    /// A value in one unit for a place whose name says another.
    pub fn place_unit(&self, value: &Value, place: &Place<'_>) {
        self.unit(place.name, place.name.rsplit('.').next().unwrap_or_default(), value);
    }

    fn unit(&self, place: &str, name: &str, value: &Value) {
        let (Some(wanted), Some(found)) = (of_name(name), of(value)) else {
            return;
        };
        if wanted != found {
            let message = format!("`{place}` is in {wanted}, this value is in {found}");
            self.problem(Code::MixedUnits, value.span, message, conversion(found, wanted));
        }
    }
}

/// What a conversion takes.
fn takes(operator: &str) -> Option<Unit> {
    match operator {
        "ms_to_secs" | "rfc3339_ms" => Some(Unit::Milliseconds),
        "secs_to_ms" | "secs_to_mins" | "secs_text" | "rfc3339" => Some(Unit::Seconds),
        _ => None,
    }
}

/// The unit that a value is in, if its names or its operator say.
pub fn of(value: &Value) -> Option<Unit> {
    match &value.kind {
        ValueKind::Reference(reference) => of_reference(reference),
        ValueKind::Operator(operator, Arguments::Values(values)) => match operator.name {
            "secs_to_ms" => Some(Unit::Milliseconds),
            "ms_to_secs" => Some(Unit::Seconds),
            "secs_to_mins" => Some(Unit::Minutes),
            "first" | "max" | "min" | "sum" | "integer" | "text" => values.iter().find_map(of),
            _ => None,
        },
        ValueKind::Operator(operator, Arguments::Named(entries)) => {
            let named = |wanted: &str| entries.iter().find(|(name, _)| name.value == wanted);
            match (operator.name, named("value"), named("take").map(|(_, take)| &take.kind)) {
                ("omit_if", Some((_, value)), _) => of(value),
                ("find", _, Some(ValueKind::String(field))) => of_name(field),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_reference(reference: &Reference) -> Option<Unit> {
    match reference.path.last() {
        Some(Segment::Field(name)) => of_name(name),
        None => of_name(reference.root.name()),
        _ => None,
    }
}

fn of_name(name: &str) -> Option<Unit> {
    match name.to_snake_case().rsplit('_').next()? {
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" => Some(Unit::Milliseconds),
        "sec" | "secs" | "seconds" => Some(Unit::Seconds),
        "mins" | "minutes" => Some(Unit::Minutes),
        "hours" => Some(Unit::Hours),
        _ => None,
    }
}

fn conversion(from: Unit, to: Unit) -> String {
    let operator = match (from, to) {
        (Unit::Milliseconds, Unit::Seconds) => "ms_to_secs",
        (Unit::Seconds, Unit::Milliseconds) => "secs_to_ms",
        (Unit::Seconds, Unit::Minutes) => "secs_to_mins",
        _ => return "give a value of that unit".to_owned(),
    };
    format!("convert it: `{{{operator}: …}}`")
}
