//! Bodies, of requests and of answers: only JSON is sent and read.

use serde_json::{Map, Value};

use super::{
    Unsupported,
    operation::At,
    unsupported::{below, place},
};

#[derive(Clone, Debug)]
pub struct Body {
    pub required: bool,
    /// `None` when no JSON media type is offered.
    pub schema: Option<Value>,
    pub media_types: Vec<String>,
    /// Why it cannot be sent.
    pub construct: Option<Unsupported>,
}

/// What a successful answer carries.
#[derive(Clone, Debug)]
pub enum Success {
    Empty,
    Json(Value),
    /// Not JSON.
    Other(Unsupported),
}

impl At<'_> {
    pub(super) fn body(&self) -> Option<Body> {
        let node = self.node.get("requestBody")?;
        let pointer = place(self.document, node, below(&self.pointer, "requestBody"));
        if let Some(reference) = self.document.unresolved(node) {
            return Some(Body {
                required: true,
                schema: None,
                media_types: Vec::new(),
                construct: Some(Unsupported::unresolved(&pointer, &reference)),
            });
        }
        let pointer = below(&pointer, "content");
        let body = self.document.resolve(node);
        let content = body["content"].as_object()?;
        let schema = json_schema(content);
        let construct = schema.is_none().then(|| {
            let what = format!("the body is {}, and a call can send JSON only", names(content));
            Unsupported::new(&pointer, what, AS_JSON).after("if the API takes JSON there too, say so in the overlay")
        });
        Some(Body {
            required: body["required"] == Value::Bool(true),
            schema,
            media_types: content.keys().cloned().collect(),
            construct,
        })
    }

    /// The first 2xx with a JSON body, in the order of status; else the first with another body; else empty.
    pub(super) fn success(&self) -> Success {
        let Some(responses) = self.node["responses"].as_object() else {
            return Success::Empty;
        };
        let mut statuses: Vec<&String> = responses.keys().filter(|s| s.starts_with('2')).collect();
        statuses.sort();
        if statuses.is_empty()
            && let Some((name, _)) = responses.get_key_value("default")
        {
            statuses.push(name);
        }
        let mut other = None;
        for status in statuses {
            match self.response(&responses[status], below(&below(&self.pointer, "responses"), status)) {
                Success::Json(schema) => return Success::Json(schema),
                Success::Other(construct) => drop(other.get_or_insert(construct)),
                Success::Empty => {}
            }
        }
        other.map_or(Success::Empty, Success::Other)
    }

    fn response(&self, node: &Value, pointer: String) -> Success {
        let pointer = place(self.document, node, pointer);
        if let Some(reference) = self.document.unresolved(node) {
            return Success::Other(Unsupported::unresolved(&pointer, &reference));
        }
        let pointer = below(&pointer, "content");
        let response = self.document.resolve(node);
        let Some(content) = response["content"].as_object().filter(|c| !c.is_empty()) else {
            return Success::Empty;
        };
        match json_schema(content) {
            Some(schema) => Success::Json(schema),
            None => {
                let what = format!("the answer is {}, and only JSON can be read", names(content));
                let construct = Unsupported::new(&pointer, what, AS_JSON);
                Success::Other(construct.after("if it is JSON all the same, say so in the overlay"))
            }
        }
    }
}

/// The change that adds JSON to the media types.
const AS_JSON: &str = "update: {application/json: {schema: {…}}}";

fn names(content: &Map<String, Value>) -> String {
    match content.is_empty() {
        true => "of no media type".to_owned(),
        false => content.keys().cloned().collect::<Vec<_>>().join(" or "),
    }
}

/// `application/json` before any other JSON type, before anything that may be JSON.
fn json_schema(content: &Map<String, Value>) -> Option<Value> {
    let is = |wanted: fn(&str) -> bool| content.iter().find(move |(name, _)| wanted(&essence(name)));
    let open = |media: &&Value| media["schema"].is_object() && media["schema"]["format"] != "binary";
    let found = is(|name| name == "application/json").or_else(|| is(|name| name.ends_with("+json")));
    let any = || {
        is(|name| name == "*/*" || name == "application/*")
            .map(|(_, media)| media)
            .filter(open)
    };
    let media = found.map(|(_, media)| media).or_else(any)?;
    Some(media.get("schema").cloned().unwrap_or(Value::Bool(true)))
}

/// Without parameters, and in lower case: media types are the same in any.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}
