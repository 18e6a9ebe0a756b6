//! Literals that the worker would refuse each time it meets them: what is written in the mapping needs no call to be wrong.

use jiff::Timestamp;

use crate::{
    diagnostic::Code,
    document::{Location, Parameter},
    mapping::{Arguments, Part, Value, ValueKind},
    operator::Operator,
};

use super::Checker;

impl Checker<'_> {
    /// Texts that a path or a header cannot carry.
    pub fn sendable(&self, parameter: &Parameter, value: &Value) {
        let (fits, takes, help): (fn(&str) -> bool, _, _) = match parameter.location {
            Location::Path => (
                fits_in_path,
                "one segment of a path",
                "leave out spaces, `/`, `?`, `#`, `%`, `;` and `\\`",
            ),
            Location::Header => (
                is_visible,
                "visible ASCII characters",
                "leave out line breaks and other letters",
            ),
            Location::Query | Location::Cookie => return,
        };
        for (text, place) in texts(value).into_iter().filter(|(text, _)| !fits(text)) {
            let message = format!("`{}` takes {takes}, `{}` is not", parameter.name, text.escape_debug());
            self.problem(Code::WrongType, place.span, message, help);
        }
    }

    /// Arguments that an operator cannot compute with.
    pub fn computable(&self, operator: &Operator, value: &Value) {
        let (fits, takes): (fn(&str) -> bool, _) = match operator.name {
            "rfc3339" => (|text| text.parse::<Timestamp>().is_ok(), "a moment"),
            "integer" => (|text| text.parse::<i64>().is_ok(), "a whole number"),
            _ => return,
        };
        for (text, place) in texts(value).into_iter().filter(|(text, _)| !fits(text)) {
            let message = format!("`{}` takes {takes}, `{text}` is not", operator.name);
            self.problem(Code::WrongArguments, place.span, message, operator.usage());
        }
    }

    /// A shell line runs something.
    pub fn program(&self, operator: &Operator, name: &str, value: &Value) {
        if (operator.name, name) == ("shell", "argv")
            && matches!(&value.kind, ValueKind::List(items) if items.is_empty())
        {
            let message = "`shell`: argv names no program";
            self.problem(Code::WrongArguments, value.span, message, operator.usage());
        }
    }
}

/// The texts that are a value, or may be: those of its alternatives. Of a template only the pieces are known.
fn texts(value: &Value) -> Vec<(&str, &Value)> {
    match &value.kind {
        ValueKind::String(text) => vec![(text, value)],
        ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "first" => {
            values.iter().flat_map(texts).collect()
        }
        ValueKind::Operator(_, Arguments::Template(parts)) => {
            let pieces = parts.iter().filter_map(|part| match part {
                Part::Text(text) => Some((text.as_str(), value)),
                Part::Reference(_) => None,
            });
            pieces.collect()
        }
        _ => Vec::new(),
    }
}

/// As the worker takes it (runtime/src/input/format.rs).
fn fits_in_path(text: &str) -> bool {
    let passes = |c: char| match c {
        '/' | '?' | '#' | '%' | '\\' | ';' => false,
        _ => c.is_ascii_graphic() || !c.is_ascii() && c.is_alphanumeric(),
    };
    !text.is_empty() && text.chars().all(passes)
}

fn is_visible(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}
