//! `multipart/form-data`, RFC 7578.

use std::fmt;

use bytes::Bytes;
use futures::stream;
use reqwest::{
    RequestBuilder,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde_json::Value;
use uuid::Uuid;

use crate::value::Binary;

const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// A form, part by part. Bytes are sent from where they are, as often as the form is made anew.
pub struct Form {
    /// Random, so that no part has it by accident.
    boundary: String,
    pieces: Vec<Bytes>,
}

/// What it holds may be a secret.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length: usize = self.pieces.iter().map(Bytes::len).sum();
        write!(f, "a form of {length} bytes")
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl Form {
    pub fn new() -> Self {
        Self {
            boundary: format!("form-{}", Uuid::new_v4().simple()),
            pieces: Vec::new(),
        }
    }

    /// With a part, or several of that name, or none; sent as `media_type` if the document names one.
    #[must_use]
    pub fn with(mut self, name: &str, media_type: Option<&str>, part: &impl Part) -> Self {
        part.add(&Head { name, media_type }, &mut self);
        self
    }

    /// The request with this form as its body.
    pub fn send_by(mut self, request: RequestBuilder) -> RequestBuilder {
        self.pieces.push(format!("--{}--\r\n", self.boundary).into());
        let length: usize = self.pieces.iter().map(Bytes::len).sum();
        let pieces = stream::iter(self.pieces.into_iter().map(Ok::<_, std::convert::Infallible>));
        request
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={}", self.boundary))
            // Not every server takes a form whose length it does not know before.
            .header(CONTENT_LENGTH, length)
            .body(reqwest::Body::wrap_stream(pieces))
    }

    fn push(&mut self, head: &Head<'_>, filename: Option<&str>, media_type: Option<&str>, body: Bytes) {
        let mut lines = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"",
            self.boundary,
            quoted(head.name)
        );
        if let Some(filename) = filename {
            lines.push_str(&format!("; filename=\"{}\"", quoted(filename)));
        }
        if let Some(media_type) = head.media_type.or(media_type) {
            lines.push_str(&format!("\r\nContent-Type: {media_type}"));
        }
        lines.push_str("\r\n\r\n");
        self.pieces.extend([lines.into(), body, Bytes::from_static(b"\r\n")]);
    }
}

/// What stands between quotation marks, as browsers write it: the name ends nowhere else.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// What a part says of itself.
#[derive(Debug)]
pub struct Head<'a> {
    name: &'a str,
    media_type: Option<&'a str>,
}

/// What can be a part of a form.
pub trait Part {
    fn add(&self, head: &Head<'_>, to: &mut Form);
}

/// A file has a name: many servers take what has none for a field. Without another it is the part's.
impl Part for Binary {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        let filename = self.name().unwrap_or(head.name);
        to.push(head, Some(filename), Some(BYTES), self.bytes());
    }
}

impl Part for String {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        to.push(head, None, None, self.clone().into());
    }
}

impl Part for bool {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        self.to_string().add(head, to);
    }
}

impl Part for i64 {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        self.to_string().add(head, to);
    }
}

/// Text as it is, an object or a list as JSON, and nothing where it is null.
impl Part for Value {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        match self {
            Value::Null => {}
            Value::String(text) => text.add(head, to),
            Value::Bool(_) | Value::Number(_) => self.to_string().add(head, to),
            Value::Array(_) | Value::Object(_) => to.push(head, None, Some(JSON), self.to_string().into()),
        }
    }
}

impl<P: Part> Part for Option<P> {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        if let Some(part) = self {
            part.add(head, to);
        }
    }
}

/// As many parts of one name.
impl<P: Part> Part for Vec<P> {
    fn add(&self, head: &Head<'_>, to: &mut Form) {
        self.iter().for_each(|part| part.add(head, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: Form) -> String {
        let boundary = form.boundary.clone();
        let text = String::from_utf8(form.pieces.concat()).expect("text");
        text.replace(&boundary, "B")
    }

    #[test]
    fn each_value_is_a_part_and_none_is_where_nothing_is() {
        let nothing: Option<String> = None;
        let form = Form::new()
            .with("path", None, &"/tmp/é".to_owned())
            .with("mode", None, &420_i64)
            .with("none", None, &nothing)
            .with("null", None, &Value::Null)
            .with("tags", None, &vec!["a".to_owned(), "b".to_owned()])
            .with("more", None, &serde_json::json!({"a": 1}));
        let part = |name: &str, value: &str| {
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let more = "--B\r\nContent-Disposition: form-data; name=\"more\"\r\nContent-Type: application/json\r\n\r\n";
        let expected = [
            part("path", "/tmp/é"),
            part("mode", "420"),
            part("tags", "a"),
            part("tags", "b"),
            format!("{more}{{\"a\":1}}\r\n"),
        ];
        assert_eq!(text(form), expected.concat());
    }

    #[test]
    fn a_name_ends_where_its_quotation_marks_are() {
        let file = Binary::default();
        let form = Form::new().with("a\"\r\nX: y", Some("text/csv"), &file);
        let expected = "--B\r\nContent-Disposition: form-data; name=\"a%22%0D%0AX: y\"; \
                        filename=\"a%22%0D%0AX: y\"\r\nContent-Type: text/csv\r\n\r\n\r\n";
        assert_eq!(text(form), expected);
    }
}
