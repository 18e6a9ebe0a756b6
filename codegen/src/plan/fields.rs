//! The parts of a request, and the inputs that each is made of.

use crate::{
    check::IDLE,
    mapping::{Call, Root, Segment, Value, ValueKind},
};

use super::literal;

/// `Field` expressions for everything that a call gives, if some of it is the caller's; else none.
pub fn fields(call: &Call) -> Vec<String> {
    let mut fields = Vec::new();
    for (location, name, value) in call.parameters() {
        fields.push((format!("{}.{}", location.name(), name.value), value));
    }
    if let Some(body) = &call.body {
        within("body", body, &mut fields);
    }
    if fields.iter().all(|(_, value)| inputs(value).is_empty()) {
        return Vec::new();
    }
    let field = |(at, value): &(String, &Value)| {
        let inputs: Vec<String> = inputs(value).into_iter().map(literal).collect();
        format!("Field {{ at: {}, inputs: &[{}] }}", literal(at), inputs.join(", "))
    };
    fields.iter().map(field).collect()
}

/// The fields of a body, and theirs.
fn within<'v>(at: &str, value: &'v Value, fields: &mut Vec<(String, &'v Value)>) {
    match &value.kind {
        ValueKind::Object(entries) => {
            for (name, value) in entries {
                within(&format!("{at}.{}", name.value), value, fields);
            }
        }
        _ => fields.push((at.to_owned(), value)),
    }
}

/// The inputs that a value is made of, each once.
fn inputs(value: &Value) -> Vec<&str> {
    let mut names = Vec::new();
    value.walk(&mut |value| {
        let name = match value
            .as_reference()
            .map(|reference| (&reference.root, reference.path.first()))
        {
            Some((Root::Input, Some(Segment::Field(name)))) => name.as_str(),
            Some((Root::Lifetime, _)) => IDLE,
            _ => return,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    });
    names
}
