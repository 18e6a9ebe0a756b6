//! What requests must look like: key, query and body, read without leniency.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;
use super::world::Shared;
use crate::simulator::{Tags, query_pairs};

/// The header that a key needs not, and that a token of a user does.
const ORGANIZATION: &str = "x-daytona-organization-id";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateSandbox {
    pub(super) name: Option<String>,
    pub(super) snapshot: Option<String>,
    #[serde(rename = "user")]
    _user: Option<String>,
    pub(super) env: Option<Tags>,
    pub(super) labels: Option<Tags>,
    pub(super) public: Option<bool>,
    #[serde(rename = "networkBlockAll")]
    _network_block_all: Option<bool>,
    #[serde(rename = "target")]
    _target: Option<String>,
    pub(super) cpu: Option<u32>,
    pub(super) gpu: Option<u32>,
    pub(super) memory: Option<u32>,
    pub(super) disk: Option<u32>,
    pub(super) auto_stop_interval: Option<i64>,
    pub(super) auto_archive_interval: Option<i64>,
    pub(super) auto_delete_interval: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) labels: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateSandboxSnapshot {
    pub(super) name: String,
    pub(super) include_memory: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForkSandbox {
    pub(super) name: Option<String>,
}

/// A request, authorised if extracted. Extracted last, so that routing comes before the key, as in the service.
#[derive(Debug)]
pub(super) struct Call {
    query: Vec<(String, String)>,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let call = Self::read(request).await;
        match call.has_key(&shared.api_key) {
            true => Ok(call),
            false => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized")),
        }
    }
}

impl Call {
    /// A request with whatever key.
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Self {
            query: query_pairs(&parts),
            headers: parts.headers,
            body,
        }
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        let header = self.header(AUTHORIZATION.as_str());
        header.and_then(|header| header.strip_prefix("Bearer ")) == Some(key)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// `type/subtype`, without parameters.
    pub(super) fn media_type(&self) -> &str {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        kind.split(';').next().unwrap_or_default().trim()
    }

    /// Refuses query parameters other than `known`, and one that comes twice unless it is a list.
    pub(super) fn only(&self, known: &[&str], lists: &[&str]) -> Result<&Self, Refusal> {
        if self.header(ORGANIZATION).is_some() {
            return Err(Refusal::invalid("a key belongs to an organization already"));
        }
        let mut keys = BTreeSet::new();
        for (key, _) in &self.query {
            let is_list = lists.contains(&key.as_str());
            if !is_list && !known.contains(&key.as_str()) {
                return Err(Refusal::invalid(&format!("property {key} should not exist")));
            }
            if !is_list && !keys.insert(key) {
                return Err(Refusal::invalid(&format!("{key} must be one value")));
            }
        }
        Ok(self)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
    }

    pub(super) fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.query.iter().filter(move |(key, _)| key == name);
        pairs.map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.parameter(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::invalid(&format!("{name} must be a boolean value"))),
        }
    }

    /// A number between 1 and `most`.
    pub(super) fn count(&self, name: &str, most: usize) -> Result<Option<usize>, Refusal> {
        let parsed = self.parameter(name).map(str::parse::<usize>).transpose();
        let in_range = parsed
            .ok()
            .filter(|count| count.is_none_or(|n| (1..=most).contains(&n)));
        in_range.ok_or_else(|| Refusal::invalid(&format!("{name} must be a number from 1 to {most}")))
    }

    /// Refuses a body where the document has none.
    pub(super) fn without_body(&self) -> Result<&Self, Refusal> {
        match self.body.is_empty() {
            true => Ok(self),
            false => Err(Refusal::invalid("no body is expected")),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.media_type() != "application/json" {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "application/json is expected",
            ));
        }
        let value: Value = serde_json::from_slice(&self.body).map_err(|error| Refusal::bad(&error.to_string()))?;
        serde_path_to_error::deserialize(value)
            .map_err(|error| Refusal::invalid(&format!("{}: {}", error.path(), error.inner())))
    }
}
