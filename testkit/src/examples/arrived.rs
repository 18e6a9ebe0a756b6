//! A request as it arrived, held against one that is expected.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::compared::Comparison;
use super::difference::Difference;
use super::written::{Exchange, Form, RequestLine, Sample};
use crate::simulator::{form, line, query_pairs};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) method: String,
    /// Percent-decoded.
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl Arrived {
    pub(super) fn new(parts: &Parts, body: Bytes) -> Self {
        let segments = parts.uri.path().split('/').skip(1);
        Self {
            method: parts.method.to_string(),
            segments: segments
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            query: query_pairs(parts),
            headers: parts.headers.clone(),
            body,
        }
    }

    /// `GET /things?after=x`, decoded.
    pub(super) fn line(&self) -> String {
        line(&self.method, &format!("/{}", self.segments.join("/")), &self.query)
    }

    /// Whether it is of an operation, whatever its parameters are.
    pub(super) fn is_of(&self, line: &RequestLine) -> bool {
        let fits = |(segment, found): (&Sample, &String)| match segment {
            Sample::Is(Value::String(text)) => text == found,
            _ => true,
        };
        self.method == line.method
            && self
                .behind_the_server(line)
                .is_some_and(|found| line.path.iter().zip(found).all(fits))
    }

    /// The segments of the operation's own path.
    fn behind_the_server(&self, line: &RequestLine) -> Option<&[String]> {
        let before = self.segments.len().checked_sub(line.path.len())?;
        (before == 0 || line.further).then(|| &self.segments[before..])
    }

    /// What of it is not as expected: all of path, query and body, of the headers those that are.
    pub(super) fn compared(&self, expected: &Exchange, comparison: &mut Comparison) {
        let segments = self.behind_the_server(&expected.line).unwrap_or_default();
        for (segment, found) in expected.line.path.iter().zip(segments) {
            comparison.text("path", segment, found);
        }
        comparison.pairs("query", &expected.query, &self.query);
        for (name, value) in &expected.header {
            let place = format!("header.{name}");
            match self.header(name) {
                Some(found) => comparison.text(&place, value, found),
                None => {
                    let expected = comparison.said(value);
                    comparison.differences.push(Difference::missing(&place, expected));
                }
            }
        }
        self.body(expected.body.as_ref(), comparison);
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn body(&self, expected: Option<&(Form, Sample)>, comparison: &mut Comparison) {
        let Some((form, expected)) = expected else {
            if !self.body.is_empty() {
                comparison.differences.push(Difference::beyond("body", self.shown()));
            }
            return;
        };
        match form {
            Form::Json => match self.json() {
                Some(found) => comparison.value("body", expected, &found),
                None => comparison.text("body", expected, &String::from_utf8_lossy(&self.body)),
            },
            Form::Bytes => comparison.value("body", expected, &STANDARD.encode(&self.body).into()),
            Form::Text => comparison.text("body", expected, &String::from_utf8_lossy(&self.body)),
            Form::Parts => self.parts(expected, comparison),
        }
    }

    /// JSON, in an envelope where its type is that of a stream of them.
    fn json(&self) -> Option<Value> {
        let is_framed = self
            .header(CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.contains("/connect+"));
        let message = if is_framed { self.body.get(5..)? } else { &self.body };
        serde_json::from_slice(message).ok()
    }

    fn parts(&self, expected: &Sample, comparison: &mut Comparison) {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let (Sample::Object(expected), Ok(parts)) = (expected, form::read(kind, &self.body)) else {
            return comparison.text("body", expected, &self.shown());
        };
        let mut found = serde_json::Map::new();
        for part in parts {
            let is_bytes = matches!(
                expected.iter().find(|(name, _)| *name == part.name),
                Some((_, Sample::ToBase64(_)))
            );
            let value = match (is_bytes, part.kind.as_deref()) {
                (true, _) => STANDARD.encode(&part.body).into(),
                (_, Some("application/json")) => serde_json::from_slice(&part.body).unwrap_or_default(),
                _ => Value::from(String::from_utf8_lossy(&part.body).into_owned()),
            };
            found.insert(part.name, value);
        }
        let texts = expected.iter().map(|(name, value)| {
            let value = match value {
                // A number is a text in a form.
                Sample::Is(plain) if !plain.is_string() => Sample::Is(plain.to_string().into()),
                other => other.clone(),
            };
            (name.clone(), value)
        });
        comparison.value("body", &Sample::Object(texts.collect()), &found.into());
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
