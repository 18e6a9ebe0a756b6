//! Typed inputs and outputs, from JSON Schemas.

use heck::ToUpperCamelCase;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
pub struct StructPlan {
    pub name: String,
    pub doc: String,
    pub derives: String,
    pub fields: Vec<FieldPlan>,
}

#[derive(Debug, Serialize)]
pub struct FieldPlan {
    pub ident: String,
    /// `#[serde(…)]`, or nothing.
    pub attribute: String,
    pub kind: String,
}

/// The input as a struct of the fields that are used. A default makes a field present.
pub fn input(name: &str, doc: &str, schema: &Value, used: &[String]) -> StructPlan {
    let fields = properties(schema)
        .filter(|(field, _)| used.contains(field))
        .map(|(field, property)| {
            let present = is_required(schema, field) || property.get("default").is_some();
            let kind = type_of(property, name, field);
            FieldPlan {
                ident: ident(field),
                attribute: attribute(&renamed(field)),
                kind: if present { kind } else { format!("Option<{kind}>") },
            }
        })
        .collect();
    StructPlan {
        name: name.to_owned(),
        doc: doc.to_owned(),
        derives: "Clone, Deserialize".to_owned(),
        fields,
    }
}

/// The output as structs, the outermost last. An absent optional field is left out.
pub fn output(name: &str, doc: &str, schema: &Value, given: &[String]) -> Vec<StructPlan> {
    let mut structs = Vec::new();
    object(
        name,
        doc,
        schema,
        &|field| given.contains(&field.to_owned()),
        &mut structs,
    );
    structs
}

fn object(name: &str, doc: &str, schema: &Value, wanted: &dyn Fn(&str) -> bool, structs: &mut Vec<StructPlan>) {
    let mut fields = Vec::new();
    for (field, property) in properties(schema).filter(|(field, _)| wanted(field)) {
        nested(name, field, property, structs);
        let kind = type_of(property, name, field);
        let required = is_required(schema, field);
        fields.push(FieldPlan {
            ident: ident(field),
            attribute: attribute(&match required {
                true => renamed(field),
                false => renamed(field) + "skip_serializing_if = \"Option::is_none\"",
            }),
            kind: if required { kind } else { format!("Option<{kind}>") },
        });
    }
    structs.push(StructPlan {
        name: name.to_owned(),
        doc: doc.to_owned(),
        derives: "Deserialize, Serialize".to_owned(),
        fields,
    });
}

/// `rename = "self", ` for a field that Rust cannot call by its name.
fn renamed(field: &str) -> String {
    match ident(field).trim_start_matches("r#") == field {
        true => String::new(),
        false => format!("rename = \"{field}\", "),
    }
}

fn attribute(arguments: &str) -> String {
    match arguments {
        "" => String::new(),
        some => format!("#[serde({})]", some.trim_end_matches(", ")),
    }
}

/// Structs for the objects within a property.
fn nested(name: &str, field: &str, property: &Value, structs: &mut Vec<StructPlan>) {
    match property["type"].as_str() {
        Some("object") if has_properties(property) => {
            let inner = nested_name(name, field);
            object(
                &inner,
                &format!("`{field}` of the answer."),
                property,
                &|_| true,
                structs,
            );
        }
        Some("array") => nested(name, field, &property["items"], structs),
        _ => {}
    }
}

fn nested_name(name: &str, field: &str) -> String {
    format!("{name}{}", field.to_upper_camel_case())
}

fn has_properties(schema: &Value) -> bool {
    schema["properties"]
        .as_object()
        .is_some_and(|properties| !properties.is_empty())
}

fn type_of(schema: &Value, name: &str, field: &str) -> String {
    match schema["type"].as_str().unwrap_or_default() {
        "string" => "String".to_owned(),
        "boolean" => "bool".to_owned(),
        "number" => "f64".to_owned(),
        "integer" if schema["minimum"].as_i64().is_some_and(|minimum| minimum >= 0) => "u64".to_owned(),
        "integer" => "i64".to_owned(),
        "array" => format!("Vec<{}>", type_of(&schema["items"], name, field)),
        "object" if has_properties(schema) && name.ends_with("Output") => nested_name(name, field),
        "object" => match schema.get("additionalProperties").filter(|s| s.is_object()) {
            Some(values) => format!("BTreeMap<String, {}>", type_of(values, name, field)),
            None => "Value".to_owned(),
        },
        _ => "Value".to_owned(),
    }
}

pub fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

pub fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|required| required == name)
}

/// A field name as Rust has it: keywords get `r#`, or a `_` where that is not allowed.
pub fn ident(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() {
        return name.to_owned();
    }
    let raw = format!("r#{name}");
    if syn::parse_str::<syn::Ident>(&raw).is_ok() {
        raw
    } else {
        format!("{name}_")
    }
}
