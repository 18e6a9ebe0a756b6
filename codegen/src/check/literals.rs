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
            self.problem(Code::InvalidLiteral, place.span, message, help);
        }
    }

    /// Texts and numbers that an operator cannot compute with.
    pub fn computable(&self, operator: &Operator, value: &Value) {
        let refuse = |place: &Value, takes: &str, found: &str| {
            let message = format!("`{}` takes {takes}, `{found}` is not", operator.name);
            self.problem(Code::InvalidLiteral, place.span, message, operator.usage());
        };
        let (fits, takes): (fn(&str) -> bool, _) = match operator.name {
            "rfc3339" => (|text| text.parse::<Timestamp>().is_ok(), "a moment"),
            "integer" => (|text| text.parse::<i64>().is_ok(), "a whole number"),
            "times" => {
                if let ValueKind::Integer(number @ (..=0 | 10_001..)) = value.kind {
                    refuse(value, "a number from 1 to 10,000", &number.to_string());
                }
                return;
            }
            "secs_to_ms" | "secs_to_mins" | "secs_text" | "ms_to_secs" => {
                if let ValueKind::Integer(number @ ..0) = value.kind {
                    refuse(value, "a number that is not negative", &number.to_string());
                }
                return;
            }
            _ => return,
        };
        for (text, place) in texts(value).into_iter().filter(|(text, _)| !fits(text)) {
            refuse(place, takes, text);
        }
    }

    /// A shell line runs something, within a time that passes, with variables that a shell can have; a piece has bytes.
    pub fn runnable(&self, operator: &Operator, name: &str, value: &Value) {
        let (problem, span) = match (operator.name, name, &value.kind) {
            ("shell", "argv", ValueKind::List(items)) if items.is_empty() => ("names no program", value.span),
            (
                "shell",
                "timeout_ms" | "default_timeout_secs" | "max_output_bytes" | "max_bytes",
                ValueKind::Integer(..=0),
            )
            | ("chunks", "bytes", ValueKind::Integer(..=0)) => ("must be at least 1", value.span),
            ("shell", "env", ValueKind::Object(variables)) => {
                match variables.iter().find(|(name, _)| !is_variable(&name.value)) {
                    Some((name, _)) => ("has a name that is not a variable name", name.span),
                    None => return,
                }
            }
            _ => return,
        };
        let message = format!("`{}`: {name} {problem}", operator.name);
        self.problem(Code::InvalidLiteral, span, message, operator.usage());
    }
}

/// `[A-Za-z_][A-Za-z0-9_]*`.
fn is_variable(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(inner)
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
                Part::Value(_) => None,
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
