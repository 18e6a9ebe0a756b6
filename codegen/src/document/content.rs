//! Bodies, of requests and of answers.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde_json::{Map, Value, json};

use super::{
    Unsupported,
    events::{Events, events},
    media::{Form, Plain, acceptable, essence, is_json, of_answer, of_body, sendable},
    operation::At,
    unsupported::{below, place},
};

#[derive(Clone, Debug)]
pub struct Body {
    pub required: bool,
    /// `None` when no media type is offered that can be sent.
    pub schema: Option<Value>,
    /// How it is written.
    pub form: Form,
    /// What it is sent as.
    pub media_type: String,
    /// The media types of parts, where the document names one.
    pub part_types: BTreeMap<String, String>,
    pub media_types: Vec<String>,
    /// Why it cannot be sent.
    pub construct: Option<Unsupported>,
}

impl Body {
    /// The other media types that are JSON.
    pub fn other_json(&self) -> impl Iterator<Item = &str> {
        let others = self.media_types.iter().map(String::as_str);
        others.filter(|name| is_json(&essence(name)) && sendable(name, self.form) != self.media_type)
    }
}

/// What a successful answer carries.
#[derive(Clone, Debug)]
pub enum Success {
    Empty,
    Json(Value),
    /// One value that is no JSON, and the schema of that.
    Plain(Plain, Value),
    /// Events, and nothing else.
    Events,
    /// Nothing that can be read.
    Other(Unsupported),
}

impl Success {
    /// The schema of what can be read.
    pub fn schema(&self) -> Option<&Value> {
        match self {
            Self::Json(schema) | Self::Plain(_, schema) => Some(schema),
            Self::Empty | Self::Events | Self::Other(_) => None,
        }
    }

    /// How it is read.
    pub fn form(&self) -> Option<Form> {
        match self {
            Self::Json(_) => Some(Form::Json),
            Self::Plain(plain, _) => Some(Form::Plain(*plain)),
            Self::Empty | Self::Events | Self::Other(_) => None,
        }
    }
}

/// The successful answers of an operation, as one.
#[derive(Clone, Debug)]
pub struct Answers {
    pub success: Success,
    /// The events that it may be asked for, in place of JSON where it has both.
    pub events: Option<Events>,
    /// The media types that are read, which are asked for.
    pub media_types: Vec<String>,
    /// The names of the headers that are declared.
    pub headers: Vec<String>,
    /// The statuses whose answer carries no JSON, though that of others does.
    pub bare: Vec<RangeInclusive<u16>>,
}

/// What one status carries.
enum Carried {
    Nothing,
    Json(Value, String),
    Plain(Plain, Value, String),
    Other(Unsupported),
    /// What it refers to is not there.
    Lost(Unsupported),
}

impl<'d> At<'d> {
    pub(super) fn body(&self) -> Option<Body> {
        let node = self.node.get("requestBody")?;
        let pointer = place(self.document, node, below(&self.pointer, "requestBody"));
        if let Some(reference) = self.document.unresolved(node) {
            return Some(Body {
                required: true,
                schema: None,
                form: Form::Json,
                media_type: String::new(),
                part_types: BTreeMap::new(),
                media_types: Vec::new(),
                construct: Some(Unsupported::unresolved(self.document, &pointer, &reference)),
            });
        }
        let pointer = below(&pointer, "content");
        let body = self.document.resolve(node);
        let content = body["content"].as_object()?;
        let taken = of_body(self.document, content);
        let construct = taken.is_none().then(|| self.unsendable(content, &pointer));
        let form = taken.as_ref().map_or(Form::Json, |taken| taken.form);
        let name = taken.as_ref().map(|taken| taken.name.as_str());
        Some(Body {
            required: body["required"] == Value::Bool(true),
            form,
            media_type: name.map_or_else(String::new, |name| sendable(name, form)),
            part_types: name.map_or_else(BTreeMap::new, |name| part_types(self.document.resolve(&content[name]))),
            schema: taken.map(|taken| taken.schema),
            media_types: content.keys().cloned().collect(),
            construct,
        })
    }

    fn unsendable(&self, content: &Map<String, Value>, pointer: &str) -> Unsupported {
        if content.keys().any(|name| essence(name) == "multipart/form-data") {
            let what = "the parts of the body are not described: they are the properties of an object, whose names \
                        differ in more than case and punctuation";
            let change = "update: {multipart/form-data: {schema: {type: object, properties: {file: {…}}}}}";
            return Unsupported::new(self.document, pointer, what, change).after("describe them in the overlay");
        }
        let what = format!(
            "the body is {}, and a call sends JSON, text, bytes or multipart/form-data",
            names(content)
        );
        Unsupported::new(self.document, pointer, what, AS_JSON)
            .after("if the API takes JSON there too, say so in the overlay")
    }

    /// What all of 2xx carry. A field is always there if each of them has it.
    pub(super) fn answers(&self) -> Answers {
        let mut successes = self.successes();
        successes.sort_by_key(|(status, ..)| *status);
        let headers = successes.iter().flat_map(|(_, node, _)| self.headers(node)).collect();
        let events = successes.iter().find_map(|(_, node, _)| self.events(node));
        let statuses: Vec<(&str, Carried)> = successes
            .into_iter()
            .map(|(status, node, pointer)| (status, self.response(node, pointer)))
            .collect();
        let bare = bare(&statuses);
        let mut media_types: Vec<String> = Vec::new();
        let mut schemas: Vec<Value> = Vec::new();
        let mut plain = None;
        let mut other = None;
        let mut lost = None;
        for (_, carried) in statuses {
            match carried {
                Carried::Json(schema, media) => {
                    schemas.extend(Some(schema).filter(|schema| !schemas.contains(schema)));
                    media_types.extend(Some(media).filter(|media| !media_types.contains(media)));
                }
                Carried::Plain(of, schema, media) => drop(plain.get_or_insert((of, schema, media))),
                Carried::Other(construct) => drop(other.get_or_insert(construct)),
                Carried::Lost(construct) => drop(lost.get_or_insert(construct)),
                Carried::Nothing => {}
            }
        }
        let json = one_of(schemas, !bare.is_empty()).map(Success::Json);
        let plain = plain.filter(|_| json.is_none()).map(|(of, schema, media)| {
            media_types.push(media);
            Success::Plain(of, schema)
        });
        let streamed = events.as_ref().map(|_| Success::Events);
        let read = json.or(plain).or(streamed);
        let success = lost.map(Success::Other).or(read).or(other.map(Success::Other));
        Answers {
            success: success.unwrap_or(Success::Empty),
            events,
            media_types,
            headers,
            bare,
        }
    }

    /// The successful statuses, each with its response and where that stands; where none is named, `default` is one.
    fn successes(&self) -> Vec<(&'d str, &'d Value, String)> {
        let node = &self.node["responses"];
        let pointer = place(self.document, node, below(&self.pointer, "responses"));
        let responses = self.document.resolve(node).as_object().into_iter().flatten();
        let placed = |(status, node): (&'d String, &'d Value)| (status.as_str(), node, below(&pointer, status));
        let named = responses.clone().filter(|(status, _)| status.starts_with('2'));
        let named: Vec<_> = named.map(placed).collect();
        if !named.is_empty() {
            return named;
        }
        let default = responses.filter(|(status, _)| *status == "default");
        default.map(placed).collect()
    }

    fn headers(&self, response: &Value) -> Vec<String> {
        let headers = self.document.resolve(response)["headers"].as_object();
        headers
            .into_iter()
            .flat_map(|headers| headers.keys().cloned())
            .collect()
    }

    fn events(&self, response: &Value) -> Option<Events> {
        events(self.document, self.document.resolve(response)["content"].as_object()?)
    }

    fn response(&self, node: &Value, pointer: String) -> Carried {
        let pointer = place(self.document, node, pointer);
        if let Some(reference) = self.document.unresolved(node) {
            return Carried::Lost(Unsupported::unresolved(self.document, &pointer, &reference));
        }
        let pointer = below(&pointer, "content");
        let response = self.document.resolve(node);
        let Some(content) = response["content"].as_object().filter(|c| !c.is_empty()) else {
            return Carried::Nothing;
        };
        match of_answer(self.document, content) {
            Some(taken) => {
                let media = acceptable(&taken.name, taken.form);
                match taken.form {
                    Form::Plain(plain) => Carried::Plain(plain, taken.schema, media),
                    _ => Carried::Json(taken.schema, media),
                }
            }
            None => {
                let what = format!(
                    "the answer is {}, and only JSON, text and bytes can be read",
                    names(content)
                );
                let construct = Unsupported::new(self.document, &pointer, what, AS_JSON);
                Carried::Other(construct.after("if it is JSON all the same, say so in the overlay"))
            }
        }
    }
}

/// The schema of what is of one of several, or perhaps not there.
fn one_of(mut schemas: Vec<Value>, or_nothing: bool) -> Option<Value> {
    match schemas.len() {
        0 => None,
        1 if !or_nothing => schemas.pop(),
        _ => {
            schemas.extend(or_nothing.then(|| json!({"type": "null"})));
            Some(json!({ "anyOf": schemas }))
        }
    }
}

/// The statuses that carry no JSON, if some do. One that the document does not know is read.
fn bare(statuses: &[(&str, Carried)]) -> Vec<RangeInclusive<u16>> {
    let is_json = |carried: &Carried| matches!(carried, Carried::Json(..));
    let mut ranges: Vec<RangeInclusive<u16>> = Vec::new();
    if !statuses.iter().any(|(_, carried)| is_json(carried)) {
        return ranges;
    }
    let said = |name: &str| statuses.iter().find(|(status, _)| status.eq_ignore_ascii_case(name));
    for status in 200..=299 {
        let found = said(&status.to_string()).or_else(|| said("2XX"));
        if found.is_none_or(|(_, carried)| is_json(carried)) {
            continue;
        }
        match ranges.last_mut() {
            Some(range) if *range.end() + 1 == status => *range = *range.start()..=status,
            _ => ranges.push(status..=status),
        }
    }
    ranges
}

/// What parts are sent as, where the document names one media type.
fn part_types(media: &Value) -> BTreeMap<String, String> {
    let encodings = media["encoding"].as_object().into_iter().flatten();
    let named = encodings.filter_map(|(name, encoding)| {
        let media_type = encoding["contentType"].as_str()?;
        let is_one = !media_type.contains([',', '*']) && media_type.contains('/');
        is_one.then(|| (name.clone(), media_type.trim().to_owned()))
    });
    named.collect()
}

/// The change that adds JSON to the media types.
const AS_JSON: &str = "update: {application/json: {schema: {…}}}";

fn names(content: &Map<String, Value>) -> String {
    match content.is_empty() {
        true => "of no media type".to_owned(),
        false => content.keys().cloned().collect::<Vec<_>>().join(" or "),
    }
}
