//! Requests to the control API: key, query and body, read without leniency.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Shared;
use super::refusal::Refusal;
use crate::simulator::query_pairs;

/// The header with the account's key.
pub(super) const KEY: &str = "X-API-Key";

/// Headers that are for what runs in a sandbox alone.
const INSIDE: [&str; 3] = ["E2b-Sandbox-Id", "E2b-Sandbox-Port", "X-Access-Token"];

/// What arrived, whatever it is for.
#[derive(Debug)]
pub(super) struct Arrived {
    query: Vec<(String, String)>,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request to the control API with the account's key. Extracted last, so that routing comes before the key.
#[derive(Debug)]
pub(super) struct Call(Arrived);

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let arrived = Arrived::read(request).await;
        if let Some(header) = INSIDE.into_iter().find(|header| arrived.header(header).is_some()) {
            return Err(Refusal::bad_request(&format!("{header} is for sandboxes alone")));
        }
        match arrived.header(KEY) {
            Some(key) if key == shared.api_key => Ok(Self(arrived)),
            Some(_) => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "Invalid API key, please visit https://e2b.dev/docs/api-key for more information.",
            )),
            None => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "authorization header is missing",
            )),
        }
    }
}

impl std::ops::Deref for Call {
    type Target = Arrived;

    fn deref(&self) -> &Arrived {
        &self.0
    }
}

impl Arrived {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Self {
            query: query_pairs(&parts),
            headers: parts.headers,
            body,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type of the body, without parameters.
    pub(super) fn media_type(&self) -> &str {
        let whole = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        whole.split(';').next().unwrap_or_default().trim()
    }

    /// Refuses query parameters other than `known`, and one that comes twice.
    pub(super) fn only(&self, known: &[&str]) -> Result<&Self, Refusal> {
        let mut keys = BTreeSet::new();
        for (key, _) in &self.query {
            if !known.contains(&key.as_str()) {
                let message = format!("parameter \"{key}\" in query has an error: it is not known");
                return Err(Refusal::bad_request(&message));
            }
            if !keys.insert(key) {
                let message = format!("parameter \"{key}\" in query has an error: it comes twice");
                return Err(Refusal::bad_request(&message));
            }
        }
        Ok(self)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&self, name: &str, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.parameter(name) else {
            return Ok(most);
        };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| {
            let message = format!("parameter \"{name}\" in query has an error: number must be between 1 and {most}");
            Refusal::bad_request(&message)
        })
    }

    /// Refuses a body where the document has none.
    pub(super) fn without_body(&self) -> Result<&Self, Refusal> {
        match self.body.is_empty() {
            true => Ok(self),
            false => Err(Refusal::bad_request("request body has an error: it takes none")),
        }
    }

    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        match self.body.is_empty() {
            true => Err(Refusal::bad_request(
                "request body has an error: value is required but missing",
            )),
            false => self.json(),
        }
    }

    /// A body that may be absent.
    pub(super) fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Refusal> {
        match self.body.is_empty() {
            true => Ok(T::default()),
            false => self.json(),
        }
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.media_type() != "application/json" {
            let message = format!(
                "request body has an error: header Content-Type has unexpected value \"{}\"",
                self.media_type()
            );
            return Err(Refusal::bad_request(&message));
        }
        let wrong =
            |error: &dyn std::fmt::Display| Refusal::bad_request(&format!("request body has an error: {error}"));
        let value: Value = serde_json::from_slice(&self.body).map_err(|error| wrong(&error))?;
        serde_path_to_error::deserialize(value).map_err(|error| wrong(&error))
    }
}
