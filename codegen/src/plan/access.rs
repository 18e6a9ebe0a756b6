//! A path through a typed answer, as Rust.
//!
//! The expression borrows what it names: `&T`, or `Option<&T>` once something on the way may be absent. So a field that
//! the client does not have, or has otherwise, is a compile error.

use crate::{
    client::{Index, Type},
    mapping::{Segment, path_text},
};

/// A borrowed place: its expression, its type and whether it may be absent.
#[derive(Clone)]
pub struct Place {
    pub code: String,
    pub kind: Type,
    pub optional: bool,
    /// How the place is declared as a parameter, for those that are variables.
    pub declared: String,
}

impl Place {
    pub fn new(code: impl Into<String>, kind: Type, optional: bool) -> Self {
        Self {
            code: code.into(),
            kind,
            optional,
            declared: String::new(),
        }
    }

    pub fn declared(self, declared: impl Into<String>) -> Self {
        Self {
            declared: declared.into(),
            ..self
        }
    }

    /// Whether its expression is a variable that holds a reference.
    fn is_reference(&self) -> bool {
        !self.optional && self.code.chars().all(|c| c.is_alphanumeric() || c == '_')
    }

    /// A JSON value by an expression that takes the place out of its variable, and the field that is gone then: it can be
    /// taken once. `&response.stdout` and `response.stdout.as_ref()` can be.
    pub fn taken(&self) -> Option<(String, String)> {
        let code = self
            .code
            .strip_prefix('&')
            .or_else(|| self.code.strip_suffix(".as_ref()"))?;
        let is_field = code.contains('.') && code.chars().all(|c| c.is_alphanumeric() || "_.#".contains(c));
        is_field.then(|| (format!("Value::from({code})"), code.to_owned()))
    }

    /// The place as a JSON value.
    pub fn json(&self) -> String {
        let and = if self.code.starts_with('&') { "" } else { "&" };
        format!("json({and}{})", self.code)
    }
}

/// The value at the end of a path, as JSON.
pub fn read(index: &Index, from: Place, path: &[Segment]) -> String {
    match down(index, from, path) {
        Ok(place) => place.json(),
        Err((place, rest)) => beyond(index, &place, rest),
    }
}

/// Goes down through fields; stops, with what is left, at `[*]` and where the types end.
pub fn down<'p>(index: &Index, from: Place, path: &'p [Segment]) -> Result<Place, (Place, &'p [Segment])> {
    let mut place = from;
    for (depth, segment) in path.iter().enumerate() {
        let Segment::Field(name) = segment else {
            return Err((place, &path[depth..]));
        };
        match field(index, &place, name) {
            Some(next) => place = next,
            None => return Err((place, &path[depth..])),
        }
    }
    Ok(place)
}

/// An iterator over the items of the list at the end of a path, and the type of each.
pub fn list(index: &Index, from: Place, path: &[Segment]) -> (String, Type) {
    match down(index, from.clone(), path) {
        Ok(Place {
            code,
            kind: Type::List(item),
            optional,
            ..
        }) => {
            let items = match optional {
                true => format!("{code}.into_iter().flatten()"),
                false => format!("{}.iter()", receiver(&code)),
            };
            (items, *item)
        }
        // The client has no type for it.
        _ => (
            format!("cx.items({})?.into_iter()", read(index, from, path)),
            Type::Json,
        ),
    }
}

fn field(index: &Index, place: &Place, name: &str) -> Option<Place> {
    match &place.kind {
        Type::Struct(of) => {
            let field = index.field(of, name)?;
            Some(step(place, &field.ident, &field.kind))
        }
        Type::Map(values) => {
            let key = super::literal(name);
            let code = match place.optional {
                false => format!("{}.get({key})", receiver(&place.code)),
                true => format!("{}.and_then(|map| map.get({key}))", place.code),
            };
            Some(Place::new(code, (**values).clone(), true))
        }
        _ => None,
    }
}

fn step(place: &Place, ident: &str, kind: &Type) -> Place {
    let (inner, optional) = match kind {
        Type::Optional(inner) => ((**inner).clone(), true),
        other => (other.clone(), false),
    };
    let base = receiver(&place.code);
    let code = match (place.optional, optional) {
        (false, false) => format!("&{base}.{ident}"),
        (false, true) => format!("{base}.{ident}.as_ref()"),
        (true, false) => format!("{}.map(|found| &found.{ident})", place.code),
        (true, true) => format!("{}.and_then(|found| found.{ident}.as_ref())", place.code),
    };
    Place::new(code, inner, place.optional || optional)
}

/// `&start.refs` is `start.refs` before a dot.
fn receiver(code: &str) -> &str {
    code.strip_prefix('&').unwrap_or(code)
}

/// Past `[*]` of a typed list the items are visited; past the types, fields are looked up in JSON.
fn beyond(index: &Index, place: &Place, rest: &[Segment]) -> String {
    let Some((Segment::Each, after)) = rest.split_first() else {
        return untyped(place, rest);
    };
    let Type::List(item) = &place.kind else {
        return untyped(place, rest);
    };
    let inner = read(index, Place::new("item", (**item).clone(), false), after);
    let list = match place.optional {
        false => format!("{}.iter()", receiver(&place.code)),
        true => format!("{}.into_iter().flatten()", place.code),
    };
    format!("list({list}.map(|item| {inner}))")
}

fn untyped(place: &Place, rest: &[Segment]) -> String {
    let path = super::literal(&path_text(rest));
    match &place.kind {
        Type::Json if place.is_reference() => format!("peek({}, {path})", place.code),
        _ => format!("at({}, {path})", place.json()),
    }
}
