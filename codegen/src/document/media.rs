//! Media types: which of them is taken of several, how its bytes are read, and what it is sent as.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Document, TypeKind,
    events::{Framing, opening},
};
use crate::naming::letters;

/// What JSON is sent as where a document leaves that open.
pub const JSON: &str = "application/json";

/// How a body is written, or an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Plain(Plain),
    /// `multipart/form-data`: each field of an object is a part.
    Parts,
}

impl Form {
    /// For a sentence: "bytes".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Plain(Plain::Bytes) => "bytes",
            Self::Plain(Plain::Text) => "text",
            Self::Parts => "the parts of a form",
        }
    }
}

/// What is one value, and no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Bytes: a mapping has them as base64.
    Bytes,
    Text,
}

/// The media type that is taken of those that a document offers.
pub(super) struct Taken {
    /// As the document writes it.
    pub name: String,
    pub schema: Value,
    pub form: Form,
}

/// Streams of framed messages, each of which is JSON: none of them is JSON as a whole.
const FRAMED: [&str; 4] = ["connect", "grpc", "grpc-web", "stream"];

/// The media type of a body: JSON before bytes before text before the opening of a Connect stream before parts.
pub(super) fn of_body(document: &Document, content: &Map<String, Value>) -> Option<Taken> {
    let taken = of_answer(document, content).or_else(|| opening(document, content));
    taken.or_else(|| {
        let mut parts = content
            .iter()
            .filter(|(name, _)| essence(name) == "multipart/form-data");
        parts.find_map(|(name, media)| {
            let schema = document.resolve(media).get("schema")?;
            has_parts(document, schema).then(|| Taken {
                name: name.clone(),
                schema: schema.clone(),
                form: Form::Parts,
            })
        })
    })
}

/// The media type of an answer: JSON before bytes before text before a number as text.
pub(super) fn of_answer(document: &Document, content: &Map<String, Value>) -> Option<Taken> {
    if let Some((name, schema)) = json_media(document, content) {
        let form = Form::Json;
        return Some(Taken { name, schema, form });
    }
    let plain = |wanted: Plain| {
        let mut found = content.iter().filter_map(|(name, media)| {
            let (of, schema) = plain(document, name, document.resolve(media))?;
            (of == wanted).then(|| (name.clone(), schema))
        });
        let (name, schema) = found.next()?;
        let form = Form::Plain(wanted);
        Some(Taken { name, schema, form })
    };
    plain(Plain::Bytes)
        .or_else(|| plain(Plain::Text))
        .or_else(|| plain_number(document, content))
}

/// A number or a boolean as text, which is JSON as it stands.
fn plain_number(document: &Document, content: &Map<String, Value>) -> Option<Taken> {
    let is_number = |schema: &Value| {
        let kind = document.type_of(schema).kind;
        matches!(kind, TypeKind::Integer | TypeKind::Number | TypeKind::Boolean)
    };
    let mut texts = content.iter().filter(|(name, _)| essence(name) == "text/plain");
    let (name, schema) = texts.find_map(|(name, media)| {
        let schema = document.resolve(media).get("schema")?;
        is_number(schema).then_some((name, schema))
    })?;
    Some(Taken {
        name: name.clone(),
        schema: schema.clone(),
        form: Form::Json,
    })
}

/// What of a media type is one value: text where the type says so or where it is base64 on the way too, else bytes.
fn plain(document: &Document, name: &str, media: &Value) -> Option<(Plain, Value)> {
    let essence = essence(name);
    let (kind, subtype) = essence.split_once('/')?;
    let is_framed = subtype.starts_with("connect+") || subtype.starts_with("grpc") || subtype.ends_with("+json");
    if kind == "multipart" || is_framed || is_json(&essence) || Framing::of(&essence).is_some() {
        return None;
    }
    let schema = media.get("schema").unwrap_or(&Value::Bool(true));
    let bytes = json!({"type": "string", "contentEncoding": "base64"});
    match document.type_of(schema).kind {
        TypeKind::Binary if document.is_base64(schema) => Some((Plain::Text, bytes)),
        TypeKind::Binary => Some((Plain::Bytes, bytes)),
        TypeKind::Any | TypeKind::String if kind == "text" => Some((Plain::Text, json!({"type": "string"}))),
        // A form is no bytes, whatever is not said of it.
        TypeKind::Any | TypeKind::String if essence != "application/x-www-form-urlencoded" => {
            Some((Plain::Bytes, bytes))
        }
        _ => None,
    }
}

/// Whether a schema describes parts, of names that can be told apart.
fn has_parts(document: &Document, schema: &Value) -> bool {
    let TypeKind::Object(properties, _) = document.type_of(schema).kind else {
        return false;
    };
    let mut seen = BTreeSet::new();
    !properties.is_empty() && properties.keys().all(|name| seen.insert(letters(name)))
}

/// The media type that is JSON, and the schema of that: `application/json` before any other JSON type, before anything
/// that may be JSON.
pub(super) fn json_media(document: &Document, content: &Map<String, Value>) -> Option<(String, Value)> {
    let media = || content.iter().map(|(name, media)| (name, document.resolve(media)));
    let is = |wanted: fn(&str) -> bool| media().find(move |(name, _)| wanted(&essence(name)));
    let open = |media: &Value| media["schema"].is_object() && media["schema"]["format"] != "binary";
    let any = || is(|name| name == "*/*" || name == "application/*").filter(|(_, media)| open(media));
    let found = is(|name| name == JSON).or_else(|| is(is_json)).or_else(any);
    let (name, media) = found?;
    let schema = media.get("schema").cloned().unwrap_or(Value::Bool(true));
    Some((name.clone(), schema))
}

/// Whether it is JSON as a whole, of a kind that is not plain.
pub(super) fn is_json(essence: &str) -> bool {
    let subtype = essence
        .strip_suffix("+json")
        .and_then(|essence| essence.split_once('/'));
    let whole = |(_, subtype): (&str, &str)| !FRAMED.contains(&subtype);
    essence == "text/json" || subtype.is_some_and(whole)
}

/// The media type as a header has it: that of the document, unless it is a range or no media type.
pub(super) fn sendable(media_type: &str, form: Form) -> String {
    let essence = essence(media_type);
    let sound = is_sound(media_type) && !essence.contains('*');
    let parameters = media_type.trim().split_once(';');
    match (sound, parameters) {
        (false, _) => match form {
            Form::Json => JSON.to_owned(),
            Form::Plain(Plain::Bytes) => "application/octet-stream".to_owned(),
            Form::Plain(Plain::Text) => "text/plain".to_owned(),
            Form::Parts => "multipart/form-data".to_owned(),
        },
        (true, None) => essence,
        (true, Some((_, parameters))) => format!("{essence};{parameters}"),
    }
}

/// What an answer of a media type is asked for by: a range is one, too.
pub(super) fn acceptable(media_type: &str, form: Form) -> String {
    match form {
        Form::Json => sendable(media_type, form),
        _ if is_sound(media_type) => media_type.trim().to_owned(),
        _ => "*/*".to_owned(),
    }
}

fn is_sound(media_type: &str) -> bool {
    let essence = essence(media_type);
    let visible = media_type.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    visible && essence.contains('/') && !essence.contains(' ')
}

/// Without parameters, and in lower case: media types are the same in any.
pub(super) fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}
