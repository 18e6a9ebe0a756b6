//! Answers that are streams of events.

use serde_json::{Map, Value, json};

use super::{
    Document,
    media::{Form, Taken, essence, sendable},
};

/// What stands in the envelopes of a Connect stream.
const CONNECT: &str = "application/connect+json";

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
    pub(super) fn of(essence: &str) -> Option<Self> {
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
        let media_type = sendable(name, Form::Json);
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

/// What a Connect stream is opened with: JSON in an envelope.
pub(super) fn opening(document: &Document, content: &Map<String, Value>) -> Option<Taken> {
    let (name, media) = content.iter().find(|(name, _)| essence(name) == CONNECT)?;
    let schema = document.resolve(media).get("schema").cloned();
    Some(Taken {
        name: name.clone(),
        schema: schema.unwrap_or(Value::Bool(true)),
        form: Form::Json,
    })
}
