//! Values of the mapping as a person would read them: `first(input.idle_timeout_secs, 600)`.

use crate::{
    mapping::{Arguments, Part, Value, ValueKind},
    source::Spanned,
};

pub fn said(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null => "nothing".to_owned(),
        ValueKind::Boolean(value) => value.to_string(),
        ValueKind::Integer(value) => value.to_string(),
        ValueKind::Number(value) => value.to_string(),
        ValueKind::String(text) => format!("'{text}'"),
        ValueKind::Reference(reference) => reference.to_string().split_off(1),
        ValueKind::Operator(operator, arguments) => format!("{}({})", operator.name, arguments_said(arguments)),
        ValueKind::Object(entries) => format!("{{{}}}", named(entries)),
        ValueKind::List(items) => format!("[{}]", listed(items)),
    }
}

fn arguments_said(arguments: &Arguments) -> String {
    match arguments {
        Arguments::Values(values) => listed(values),
        Arguments::Named(entries) => named(entries),
        Arguments::Template(parts) => format!("'{}'", parts.iter().map(part).collect::<String>()),
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Value(value) => format!("{{{}}}", said(value)),
    }
}

fn listed(values: &[Value]) -> String {
    values.iter().map(said).collect::<Vec<_>>().join(", ")
}

fn named(entries: &[(Spanned<String>, Value)]) -> String {
    let entry = |(name, value): &(Spanned<String>, Value)| format!("{}: {}", name.value, said(value));
    entries.iter().map(entry).collect::<Vec<_>>().join(", ")
}

/// A row for each field, fields of fields as `metadata.owner`.
pub fn fields(name: &str, value: &Value) -> Vec<(String, String)> {
    match &value.kind {
        ValueKind::Object(entries) if !entries.is_empty() => entries
            .iter()
            .flat_map(|(field, value)| fields(&joined(name, &field.value), value))
            .collect(),
        _ => vec![(name.to_owned(), said(value))],
    }
}

/// `body` and `ttl` are `body ttl`; `body ttl` and `secs` are `body ttl.secs`.
fn joined(name: &str, field: &str) -> String {
    match name.contains(' ') {
        true => format!("{name}.{field}"),
        false => format!("{name} {field}"),
    }
}
