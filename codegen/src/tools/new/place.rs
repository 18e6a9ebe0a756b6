//! Everything that an operation takes, as places that values are put in.

use serde_json::Value;

use crate::{
    document::{Document, Key, Location, Operation, Parameter, Type, TypeKind},
    naming::letters,
    operator,
    scalar::scalar,
};

use super::{
    documents,
    text::{comment, indented},
};

/// Objects within required fields are followed this deep.
const MAX_DEPTH: usize = 4;

/// How many places are laid out; what follows is given as a whole.
const MOST: usize = 100;

/// A parameter, or a field of the body.
pub struct Place {
    /// `None`: the body.
    pub location: Option<Location>,
    /// Of a field, the names that lead to it; of a body that is no object, none.
    pub path: Vec<String>,
    pub ty: Type,
    pub required: bool,
    /// What the document says of it.
    pub said: String,
    /// What the API would take it for, if it might be left out.
    pub default: Option<Value>,
    /// In YAML, once there is one.
    pub value: Option<String>,
    /// Beside the value, for the person who looks it through.
    pub note: Option<String>,
}

impl Place {
    pub fn name(&self) -> &str {
        self.path.last().map_or("body", String::as_str)
    }

    pub fn is_called(&self, name: &str) -> bool {
        letters(self.name()) == name
    }

    /// Whether nothing is put in what must be given.
    pub fn is_missing(&self) -> bool {
        self.required && self.value.is_none()
    }

    fn line(&self) -> String {
        let name = scalar(self.name());
        let note = match (&self.note, &self.value) {
            (Some(note), _) => format!("  # {}", comment(note)),
            (None, Some(_)) => String::new(),
            (None, None) => format!("  # {}", comment(&wanted(&self.ty))),
        };
        format!("{name}: {}{note}", self.value.as_deref().unwrap_or("…"))
    }
}

/// `a string, one of eu, us`
pub fn wanted(ty: &Type) -> String {
    let values = ty.values.iter().flatten().filter_map(|value| value.as_str());
    let values: Vec<&str> = values.take(8).collect();
    match values.is_empty() {
        true => ty.describe().to_owned(),
        false => format!("{}, one of {}", ty.describe(), values.join(", ")),
    }
}

/// What an operation takes, required or not, in the order in which it is written.
pub fn places(document: &Document, operation: &Operation) -> Vec<Place> {
    let mut places = Vec::new();
    for location in [Location::Path, Location::Query, Location::Header] {
        let given = operation
            .at(location)
            .filter(|parameter| !is_key(document, operation, parameter));
        places.extend(given.map(|parameter| Place {
            location: Some(location),
            path: vec![parameter.name.clone()],
            ty: parameter.ty.clone(),
            required: parameter.required,
            said: String::new(),
            default: None,
            value: None,
            note: None,
        }));
    }
    let body = operation.body.as_ref();
    if let Some((body, schema)) = body.and_then(|body| Some((body, body.schema.as_ref()?))) {
        let ty = document.type_of(schema);
        match known(&ty) {
            true => fields(document, &ty, &mut Vec::new(), &mut places),
            false => places.push(field(ty, Vec::new(), body.required, &Value::Null)),
        }
    }
    places
}

/// The header that carries the key is the worker's own.
pub fn is_key(document: &Document, operation: &Operation, parameter: &Parameter) -> bool {
    let header = || match documents::key(document, Some(operation)) {
        Some(Key::Header(name)) => parameter.is_called(&name),
        _ => false,
    };
    parameter.location == Location::Header && operation.api.is_none() && header()
}

fn known(ty: &Type) -> bool {
    matches!(&ty.kind, TypeKind::Object(properties, _) if !properties.is_empty())
}

fn fields(document: &Document, ty: &Type, path: &mut Vec<String>, places: &mut Vec<Place>) {
    let TypeKind::Object(properties, _) = &ty.kind else {
        return;
    };
    for (name, (schema, required)) in properties {
        let inner = document.type_of(schema);
        path.push(name.clone());
        if *required && known(&inner) && path.len() < MAX_DEPTH && places.len() < MOST {
            fields(document, &inner, path, places);
        } else {
            places.push(field(inner, path.clone(), *required, document.resolve(schema)));
        }
        path.pop();
    }
}

fn field(ty: Type, path: Vec<String>, required: bool, schema: &Value) -> Place {
    Place {
        location: None,
        path,
        ty,
        required,
        said: schema["description"].as_str().unwrap_or_default().to_owned(),
        default: schema.get("default").cloned(),
        value: None,
        note: None,
    }
}

/// The entries `path:`, `query:`, `header:` and `body:` of a call, with what has a value or must have one.
pub fn lines(operation: &Operation, places: &[Place]) -> Vec<String> {
    let mut lines = Vec::new();
    for location in [Location::Path, Location::Query, Location::Header] {
        let here = places.iter().filter(|place| place.location == Some(location));
        let here: Vec<String> = here.filter(|place| shown(place)).map(Place::line).collect();
        if !here.is_empty() {
            lines.push(format!("{}:", location.name()));
            lines.extend(indented(2, here));
        }
    }
    lines.extend(body(operation, places));
    lines
}

fn body(operation: &Operation, places: &[Place]) -> Vec<String> {
    let fields = places.iter().filter(|place| place.location.is_none() && shown(place));
    let fields: Vec<&Place> = fields.collect();
    let empty = || {
        operation
            .body
            .as_ref()
            .is_some_and(|body| body.required && body.schema.is_some())
    };
    match fields.as_slice() {
        [] if empty() => vec!["body: {}".to_owned()],
        [] => Vec::new(),
        [whole] if whole.path.is_empty() => vec![whole.line()],
        fields => {
            let lines = indented(2, object(fields, 0));
            std::iter::once("body:".to_owned()).chain(lines).collect()
        }
    }
}

fn shown(place: &Place) -> bool {
    place.required || place.value.is_some()
}

/// Fields of an object, those of objects within it one level further in.
fn object(fields: &[&Place], depth: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut names = 0;
    let mut only = "";
    for group in fields.chunk_by(|one, other| one.path[depth] == other.path[depth]) {
        names += 1;
        only = &group[0].path[depth];
        match group {
            [one] if one.path.len() == depth + 1 => lines.push(one.line()),
            within => {
                lines.push(format!("{}:", scalar(only)));
                lines.extend(indented(2, object(within, depth + 1)));
            }
        }
    }
    // A map with an operator's name as its one key would apply it.
    if names == 1 && (operator::find(only).is_some() || only == "object") {
        let within = indented(2, lines).collect::<Vec<_>>();
        return std::iter::once("object:".to_owned()).chain(within).collect();
    }
    lines
}
