//! Media types: which of them are JSON, and what JSON is sent as.

use serde_json::{Map, Value, json};

use super::Document;

/// What JSON is sent as where a document leaves that open.
pub const JSON: &str = "application/json";

/// What stands in the envelopes of a Connect stream.
pub(super) const CONNECT: &str = "application/connect+json";

/// How the events of a stream are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each behind its length.
    Connect,
    /// Fields with names, and an empty line behind each event.
    Sse,
    /// A line of JSON each.
    Lines,
}

impl Framing {
    fn of(essence: &str) -> Option<Self> {
        match essence {
            CONNECT => Some(Self::Connect),
            "text/event-stream" => Some(Self::Sse),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-seq"
            | "application/stream+json"
            | "application/x-json-stream" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// An answer that is a stream of events.
#[derive(Clone, Debug)]
pub struct Events {
    pub framing: Framing,
    pub media_type: String,
    /// What each event is; of a server-sent one, `{event, data}`.
    pub schema: Value,
}

/// The media type that is a stream of events.
pub(super) fn events(document: &Document, content: &Map<String, Value>) -> Option<Events> {
    content.iter().find_map(|(name, media)| {
        let framing = Framing::of(&essence(name))?;
        let media = document.resolve(media);
        let schema = event(document, framing, media);
        let media_type = sendable(name);
        Some(Events {
            framing,
            media_type,
            schema,
        })
    })
}

/// The schema of one event. OpenAPI 3.2 has a keyword for that; before, documents gave it as that of the whole, or said
/// that the whole is text.
fn event(document: &Document, framing: Framing, media: &Value) -> Value {
    let item = media.get("itemSchema");
    let whole = media
        .get("schema")
        .filter(|schema| document.resolve(schema)["type"] != "string");
    match (framing, item, whole) {
        (Framing::Sse, Some(item), _) => named(document, item),
        (Framing::Sse, None, data) => json!({
            "type": "object",
            "required": ["event"],
            "properties": {"event": {"type": "string"}, "data": data.cloned().unwrap_or(Value::Bool(true))},
        }),
        (_, Some(item), _) => item.clone(),
        (_, None, Some(list)) if document.resolve(list)["type"] == "array" => document
            .resolve(list)
            .get("items")
            .cloned()
            .unwrap_or(Value::Bool(true)),
        (_, None, whole) => whole.cloned().unwrap_or(Value::Bool(true)),
    }
}

/// A server-sent event whose data is described as the text that it is: what that text holds is said beside it.
fn named(document: &Document, item: &Value) -> Value {
    let mut event = document.resolve(item).clone();
    let data = &event["properties"]["data"];
    if let Some(held) = document.resolve(data).get("contentSchema").cloned() {
        event["properties"]["data"] = held;
    }
    event
}

/// The schema of what a Connect stream is opened with.
pub(super) fn connect_media(document: &Document, content: &Map<String, Value>) -> Option<(String, Value)> {
    let (name, media) = content.iter().find(|(name, _)| essence(name) == CONNECT)?;
    let schema = document.resolve(media).get("schema").cloned();
    Some((name.clone(), schema.unwrap_or(Value::Bool(true))))
}

/// Streams of framed messages, each of which is JSON: none of them is JSON as a whole.
const FRAMED: [&str; 4] = ["connect", "grpc", "grpc-web", "stream"];

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

fn is_json(essence: &str) -> bool {
    let subtype = essence
        .strip_suffix("+json")
        .and_then(|essence| essence.split_once('/'));
    let whole = |(_, subtype): (&str, &str)| !FRAMED.contains(&subtype);
    essence == "text/json" || subtype.is_some_and(whole)
}

/// The media type as a header has it: that of the document, unless it is a range or no media type.
pub(super) fn sendable(media_type: &str) -> String {
    let essence = essence(media_type);
    let visible = media_type.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let sound = visible && essence.contains('/') && !essence.contains(['*', ' ']);
    let parameters = media_type.trim().split_once(';');
    match (sound, parameters) {
        (false, _) => JSON.to_owned(),
        (true, None) => essence,
        (true, Some((_, parameters))) => format!("{essence};{parameters}"),
    }
}

/// Without parameters, and in lower case: media types are the same in any.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}
