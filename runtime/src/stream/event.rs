//! One event, and what is found in it.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Broken;
use crate::http::plain;

/// JSON; of server-sent events `{event, data}`, in which data that is JSON is read.
#[derive(Debug, PartialEq)]
pub(super) struct Event {
    json: Value,
    /// The data of a server-sent event as it came: text that happens to be JSON is text all the same.
    data: Option<String>,
}

impl Event {
    pub fn of_json(text: &[u8]) -> Result<Self, Broken> {
        let json = serde_json::from_slice(&plain(Bytes::copy_from_slice(text)));
        let json = json.map_err(|_| Broken::Unreadable)?;
        Ok(Self { json, data: None })
    }

    /// A server-sent event.
    pub fn named(name: String, data: String) -> Self {
        let read = serde_json::from_slice(&plain(Bytes::copy_from_slice(data.as_bytes())));
        let read = read.unwrap_or_else(|_| Value::from(data.as_str()));
        Self {
            json: json!({"event": name, "data": read}),
            data: Some(data),
        }
    }

    pub fn is_object(&self) -> bool {
        self.json.is_object()
    }

    /// What a path such as `.event.data` leads to.
    pub fn value(&self, at: &str) -> Option<&Value> {
        find(&self.json, at)
    }

    /// Text at a path, where something is.
    pub fn text(&self, at: &str) -> Result<Option<Cow<'_, str>>, Broken> {
        if let (".data", Some(data)) = (at, &self.data) {
            return Ok(Some(Cow::from(data)));
        }
        match self.value(at) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(Cow::from(text))),
            Some(_) => Err(Broken::Unreadable),
        }
    }
}

/// What a path of fields leads to.
pub(super) fn find<'v>(value: &'v Value, at: &str) -> Option<&'v Value> {
    at.split('.').skip(1).try_fold(value, |value, name| value.get(name))
}
