//! Typed inputs and outputs, from JSON Schemas.

use std::rc::Rc;

use heck::ToUpperCamelCase;
use serde::Serialize;
use serde_json::Value;

use crate::{
    client::{Field, Own, RustType},
    naming::ident,
};

#[derive(Clone, Debug, Serialize)]
pub struct StructPlan {
    pub name: String,
    pub doc: String,
    pub derives: String,
    pub fields: Vec<FieldPlan>,
}

impl StructPlan {
    /// The struct as a type.
    pub fn as_type(&self) -> RustType {
        let field = |field: &FieldPlan| {
            let own = Field {
                ident: field.ident.clone(),
                kind: field.ty.clone(),
            };
            (field.wire.clone(), own)
        };
        RustType::Own(Rc::new(Own {
            name: self.name.clone(),
            fields: self.fields.iter().map(field).collect(),
        }))
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct FieldPlan {
    #[serde(skip)]
    pub wire: String,
    #[serde(skip)]
    pub ty: RustType,

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
            let kind = type_of(property, &mut |_| RustType::Json);
            let ty = if present { kind } else { kind.optional() };
            FieldPlan {
                ident: ident(field),
                attribute: attribute(&renamed(field)),
                kind: ty.rust(),
                wire: field.clone(),
                ty,
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
    let mut structs = Structs::default();
    structs.object(name, doc, schema, &|field| given.contains(&field.to_owned()));
    structs.made
}

/// Structs for an object and the objects within it.
#[derive(Default)]
struct Structs {
    made: Vec<StructPlan>,
}

impl Structs {
    fn object(&mut self, name: &str, doc: &str, schema: &Value, wanted: &dyn Fn(&str) -> bool) {
        let mut fields = Vec::new();
        for (field, property) in properties(schema).filter(|(field, _)| wanted(field)) {
            let within = format!("{name}{}", field.to_upper_camel_case());
            let kind = type_of(property, &mut |object| self.nested(&within, field, object));
            let required = is_required(schema, field);
            let ty = if required { kind } else { kind.optional() };
            fields.push(FieldPlan {
                ident: ident(field),
                attribute: attribute(&match required {
                    true => renamed(field),
                    false => renamed(field) + "skip_serializing_if = \"Option::is_none\"",
                }),
                kind: ty.rust(),
                wire: field.clone(),
                ty,
            });
        }
        self.made.push(StructPlan {
            name: name.to_owned(),
            doc: doc.to_owned(),
            derives: "Deserialize, Serialize".to_owned(),
            fields,
        });
    }

    /// The struct of an object within. `hen_s` and `s` of `hen` would be one name, so the later gets a number.
    fn nested(&mut self, name: &str, field: &str, schema: &Value) -> RustType {
        let numbered = (2..).map(|n| format!("{name}{n}"));
        let taken = |name: &String| self.made.iter().any(|made| made.name == *name);
        let free = std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|name| !taken(name));
        let name = free.unwrap_or_default();
        self.object(&name, &format!("`{field}` of the answer."), schema, &|_| true);
        self.made.last().map_or(RustType::Json, StructPlan::as_type)
    }
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

/// A schema's type; `object` gives that of an object with known fields.
fn type_of(schema: &Value, object: &mut dyn FnMut(&Value) -> RustType) -> RustType {
    let known = properties(schema).next().is_some();
    match schema["type"].as_str().unwrap_or_default() {
        "string" => RustType::Text,
        "boolean" => RustType::Boolean,
        "number" => RustType::Number,
        "integer" if schema["minimum"].as_i64().is_some_and(|minimum| minimum >= 0) => RustType::Natural,
        "integer" => RustType::Integer,
        "array" => RustType::List(Box::new(type_of(&schema["items"], object))),
        "object" if known => object(schema),
        "object" => match schema.get("additionalProperties").filter(|s| s.is_object()) {
            Some(values) => RustType::Map(Box::new(type_of(values, object))),
            None => RustType::Json,
        },
        _ => RustType::Json,
    }
}

/// What the runtime counts and lists, as the contract's `list` answers it.
pub fn owned(list: &Value) -> RustType {
    let mut structs = Structs::default();
    structs.object("Owned", "", list, &|_| true);
    structs.made.last().map_or(RustType::Json, StructPlan::as_type)
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
