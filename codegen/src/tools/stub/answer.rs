//! What an operation answers, as the function's output.

use crate::{
    check::Paged,
    document::{Document, Location, Operation, Type, TypeKind},
    mapping::Segment,
};

use super::{
    Declared, MEND,
    block::{Block, reference},
    kind::{Names, declarable, schema},
};

pub struct Answer {
    pub outputs: Vec<Declared>,
    pub block: Block,
    /// The lines that say how its list goes on, if it comes in pages.
    pub pages: Option<[String; 2]>,
    /// What of it cannot be read or declared, as comments.
    pub notes: Vec<String>,
}

pub fn of(document: &Document, operation: &Operation) -> Answer {
    let mut answer = Answer {
        outputs: Vec::new(),
        block: Block::new("answer"),
        pages: None,
        notes: Vec::new(),
    };
    let Some(body) = operation.success.schema() else {
        return answer;
    };
    let ty = document.type_of(body);
    match &ty.kind {
        TypeKind::Object(properties, _) if !properties.is_empty() => {
            let mut names = Names::default();
            for field in properties.keys() {
                answer.field(document, &ty, field, names.name(field));
            }
        }
        TypeKind::Array(_) => answer.whole(document, &ty, "items"),
        _ => answer.whole(document, &ty, "value"),
    }
    answer.pages = pages(document, operation, &ty);
    answer
}

/// How the list that is read goes on, if the document shows that it does.
fn pages(document: &Document, operation: &Operation, answer: &Type) -> Option<[String; 2]> {
    let paged = Paged::of(document, operation)?;
    let asks_itself = operation
        .at(Location::Query)
        .any(|parameter| parameter.required && paged.takes(&parameter.name));
    if asks_itself {
        return None;
    }
    let (list, items) = match &answer.kind {
        TypeKind::Array(items) => ("$response".to_owned(), document.type_of(items)),
        _ => answer
            .property_names()
            .into_iter()
            .find_map(|name| list(document, answer, &name))?,
    };
    let pages = |id: Option<&[Segment]>| Some(paged.of_step("response", id));
    let known = match id(document, &items) {
        Some(id) if paged.is_understood() => pages(Some(&[Segment::Field(id)])),
        None if paged.goes_on_by_a_token() => pages(None),
        _ => None,
    };
    Some(match known {
        Some(pages) => [format!("items: {list}"), format!("pages: {pages}")],
        None => [
            "# Its document shows pages; say how they go on.".to_owned(),
            "pages: {none: One page holds them all.}".to_owned(),
        ],
    })
}

/// A list that is always there, and what is in it.
fn list(document: &Document, answer: &Type, name: &str) -> Option<(String, Type)> {
    let (schema, always) = answer.property(name)?;
    let ty = document.type_of(&schema);
    match &ty.kind {
        TypeKind::Array(items) if always && !ty.nullable && !name.contains(['.', '[']) => {
            Some((reference("response", name), document.type_of(items)))
        }
        _ => None,
    }
}

/// The field by which items say who they are.
fn id(document: &Document, item: &Type) -> Option<String> {
    let is_id = |name: &String| {
        let (schema, always) = item.property(name)?;
        let ty = document.type_of(&schema);
        let is_plain = matches!(ty.kind, TypeKind::String | TypeKind::Integer) && !name.contains(['.', '[']);
        let is_named = name == "id" || name.ends_with("Id") || name.ends_with("ID") || name.ends_with("_id");
        (always && !ty.nullable && is_plain && is_named).then(|| name.clone())
    };
    let names = item.property_names();
    names
        .iter()
        .find(|name| *name == "id")
        .and_then(is_id)
        .or_else(|| names.iter().find_map(is_id))
}

impl Answer {
    fn field(&mut self, document: &Document, answer: &Type, field: &str, name: String) {
        let Some((found, always)) = answer.property(field) else {
            return;
        };
        let ty = document.type_of(&found);
        // A path in a reference cannot name such a field, and no answer has one that is only written.
        if field.is_empty() || field.contains(['.', '[']) || document.is_write_only(&found) {
            return;
        }
        let value = reference("response", field);
        if !self.is_readable(document, &ty, &value) {
            return;
        }
        let required = always && !ty.nullable;
        let value = read(document, &ty, value);
        let note = match required {
            true => String::new(),
            false => format!("  # {}", ty.describe()),
        };
        self.block.entry(required, format!("{name}: {value}{note}"));
        self.outputs.push(Declared {
            name,
            schema: schema(document, &ty),
            required,
        });
    }

    fn whole(&mut self, document: &Document, ty: &Type, name: &str) {
        let value = "$response".to_owned();
        if !self.is_readable(document, ty, &value) {
            return;
        }
        let required = !ty.nullable;
        let value = read(document, ty, value);
        self.block.entry(required, format!("{name}: {value}"));
        self.outputs.push(Declared {
            name: name.to_owned(),
            schema: schema(document, ty),
            required,
        });
    }

    /// Whether an output can be declared of what is there; a note says why not.
    fn is_readable(&mut self, document: &Document, ty: &Type, value: &str) -> bool {
        if let Some(reference) = &ty.unresolved {
            let what = document.dangling(reference).what;
            self.notes.push(format!("{MEND}{what}, which describes `{value}`."));
            return false;
        }
        let is_declarable = declarable(document, ty);
        if !is_declarable {
            self.notes.push(format!(
                "# No output can be declared of `{value}`, which is {}: read what is within it.",
                ty.describe()
            ));
        }
        is_declarable
    }
}

/// A list of which items may be null is read as one that has none.
fn read(document: &Document, ty: &Type, value: String) -> String {
    match &ty.kind {
        TypeKind::Array(items) if document.type_of(items).nullable => format!("{{must: {value}}}"),
        _ => value,
    }
}
