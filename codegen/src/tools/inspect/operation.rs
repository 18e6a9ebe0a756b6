//! One operation: how a mapping names it, what it takes and answers.

use crate::{
    document::{Body, Document, Form, Location, Operation, Success, Type, TypeKind},
    tools::layout,
};

/// How many fields of an answer are named.
const MOST: usize = 12;

pub fn described(document: &Document, operation: &Operation) -> String {
    let id = match &operation.published_id {
        Some(id) => format!("id {id}"),
        None => format!("no id, called {}", operation.id),
    };
    let mut rows = Vec::new();
    for location in [Location::Path, Location::Query, Location::Header, Location::Cookie] {
        let names: Vec<String> = operation
            .at(location)
            .map(|parameter| named(&parameter.name, parameter.ty.describe(), parameter.required))
            .collect();
        if !names.is_empty() {
            rows.push((location.name(), names.join(", ")));
        }
    }
    rows.extend(body(document, operation).map(|text| ("body", text)));
    rows.push(("answers", answer(document, operation)));
    format!("\n{}\n  {id}\n{}", operation.label(), layout::rows(4, &rows))
}

/// Optional ones end in a question mark.
fn named(name: &str, kind: &str, required: bool) -> String {
    let mark = if required { "" } else { "?" };
    let kind = kind.trim_start_matches("an ").trim_start_matches("a ");
    format!("{name}{mark} ({kind})")
}

fn body(document: &Document, operation: &Operation) -> Option<String> {
    let body = operation.body.as_ref()?;
    let may = if body.required { "" } else { "may be left out: " };
    Some(match &body.schema {
        None => format!("{may}{}", body.media_types.join(", ")),
        Some(schema) => {
            let fields = fields(document, &document.type_of(schema));
            format!("{may}{}{fields}", sent_as(body))
        }
    })
}

/// The media type, if it is no JSON.
fn sent_as(body: &Body) -> String {
    match body.form {
        Form::Json => String::new(),
        _ => format!("{}, ", body.media_type),
    }
}

fn answer(document: &Document, operation: &Operation) -> String {
    let accepts = &operation.accepts;
    match &operation.success {
        Success::Events => {
            let events = operation.events.iter();
            let said = events.map(|events| {
                let of = fields(document, &document.type_of(&events.schema));
                format!("events, {}: {of}", events.media_type)
            });
            said.collect()
        }
        Success::Empty => "nothing".to_owned(),
        Success::Other(construct) => construct.what.clone(),
        Success::Json(schema) => fields(document, &document.type_of(schema)),
        Success::Plain(_, schema) => format!(
            "{}, {}",
            accepts.join(", "),
            fields(document, &document.type_of(schema))
        ),
    }
}

fn fields(document: &Document, ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Object(properties, _) if !properties.is_empty() => {
            let field = |(name, (schema, required)): (&String, &(serde_json::Value, bool))| {
                let ty = document.type_of(schema);
                named(name, ty.describe(), *required && !ty.nullable)
            };
            let mut names: Vec<String> = properties.iter().take(MOST).map(field).collect();
            if properties.len() > MOST {
                names.push(format!("and {} more", properties.len() - MOST));
            }
            names.join(", ")
        }
        TypeKind::Array(items) => format!("a list of: {}", item(document, &document.type_of(items))),
        _ => ty.describe().to_owned(),
    }
}

/// Lists of lists are not followed.
fn item(document: &Document, ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Array(_) => ty.describe().to_owned(),
        _ => fields(document, ty),
    }
}
