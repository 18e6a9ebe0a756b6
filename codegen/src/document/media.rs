//! Media types: which of them are JSON, and what JSON is sent as.

use serde_json::{Map, Value};

use super::Document;

/// What JSON is sent as where a document leaves that open.
pub const JSON: &str = "application/json";

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
