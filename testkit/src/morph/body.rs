//! What requests must look like: key, query and body, read without leniency.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refusal::Refusal;
use super::world::Shared;
use crate::simulator::{Tags, query_pairs};

pub(super) type Metadata = Tags;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TtlAction {
    Stop,
    Pause,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthMode {
    #[default]
    None,
    ApiKey,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartBody {
    pub(super) metadata: Option<Metadata>,
    pub(super) ttl_seconds: Option<u32>,
    pub(super) ttl_action: Option<TtlAction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecBody {
    pub(super) command: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotBody {
    pub(super) metadata: Option<Metadata>,
    pub(super) sync: Option<bool>,
    pub(super) digest: Option<String>,
    pub(super) ttl_seconds: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BranchBody {
    pub(super) snapshot_metadata: Option<Metadata>,
    pub(super) instance_metadata: Option<ChildMetadata>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ChildMetadata {
    Same(Metadata),
    Each(Vec<Metadata>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposeBody {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) auth_mode: Option<AuthMode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TtlBody {
    // Required though nullable: plain `Option` would take a missing field for null.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) ttl_seconds: Option<u32>,
    pub(super) ttl_action: Option<TtlAction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WakeBody {
    #[serde(default)]
    pub(super) wake_on_ssh: bool,
    #[serde(default)]
    pub(super) wake_on_http: bool,
}

/// A request, authorised if extracted. Extracted last, so that routing comes before the key, as in the service.
#[derive(Debug)]
pub(super) struct Call {
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        authorise(request.headers(), &shared.api_key)?;
        Ok(Self::read(request).await)
    }
}

fn authorise(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    let header = headers.get(AUTHORIZATION).and_then(|h| h.to_str().ok());
    match header.and_then(|header| header.strip_prefix("Bearer ")) {
        Some(token) if token == key => Ok(()),
        Some(_) => Err(Refusal::new(StatusCode::FORBIDDEN, "Invalid API key")),
        None => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Not authenticated")),
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

    /// The body, whatever it is.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.body
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Refuses query parameters other than `known`, and one that comes twice; `metadata` stands for `metadata[..]`.
    pub(super) fn only(&self, known: &[&str]) -> Result<&Self, Refusal> {
        let mut keys = BTreeSet::new();
        if let Some((key, _)) = self.query.iter().find(|(key, _)| !keys.insert(key)) {
            return Err(Refusal::invalid(
                &["query", key],
                "Input should come once",
                "value_error",
            ));
        }
        let name = |key: &str| key.split('[').next().unwrap_or_default().to_owned();
        let stranger = self.query.iter().find(|(key, _)| {
            let bracketed = key.ends_with(']');
            !known.contains(&name(key).as_str()) || bracketed != (name(key) == "metadata")
        });
        match stranger {
            None => Ok(self),
            Some((key, _)) => Err(Refusal::invalid(
                &["query", key],
                "Extra inputs are not permitted",
                "extra_forbidden",
            )),
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.parameter(name).ok_or_else(|| Refusal::missing(&["query", name]))
    }

    pub(super) fn count(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.parameter(name) else {
            return Ok(default);
        };
        text.parse().ok().filter(|&count| count >= 1).ok_or_else(|| {
            let message = "Input should be a valid integer, greater than or equal to 1";
            Refusal::invalid(&["query", name], message, "int_parsing")
        })
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.parameter(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::invalid(
                &["query", name],
                "Input should be a valid boolean",
                "bool_parsing",
            )),
        }
    }

    /// The `metadata[key]=value` pairs.
    pub(super) fn filter(&self) -> Metadata {
        let inner = |key: &str| Some(key.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
        self.query
            .iter()
            .filter_map(|(key, value)| Some((inner(key)?, value.clone())))
            .collect()
    }

    /// Refuses a body where the document has none.
    pub(super) fn without_body(&self) -> Result<&Self, Refusal> {
        match self.body.is_empty() {
            true => Ok(self),
            false => Err(Refusal::invalid(
                &["body"],
                "Extra inputs are not permitted",
                "extra_forbidden",
            )),
        }
    }

    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        match self.body.is_empty() {
            true => Err(Refusal::missing(&["body"])),
            false => self.parse(),
        }
    }

    /// A body that may be absent, empty or null.
    pub(super) fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Refusal> {
        match self.body.is_empty() {
            true => Ok(T::default()),
            false => Ok(self.parse::<Option<T>>()?.unwrap_or_default()),
        }
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let (kind, _) = kind.split_once(';').unwrap_or((kind, ""));
        if kind.trim() != "application/json" {
            let message = "Input should be sent as application/json";
            return Err(Refusal::invalid(&["body"], message, "model_attributes_type"));
        }
        let value: Value = serde_json::from_slice(&self.body)
            .map_err(|e| Refusal::invalid(&["body"], &e.to_string(), "json_invalid"))?;
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let location = ["body", path.as_str()];
            let depth = if path == "." { 1 } else { 2 };
            Refusal::invalid(&location[..depth], &error.inner().to_string(), "value_error")
        })
    }
}

/// Refuses zero, where the service asks for a positive number.
pub(super) fn refuse_zero(field: &str, value: Option<u32>) -> Result<(), Refusal> {
    match value {
        Some(0) => Err(Refusal::invalid(
            &["body", field],
            "Input should be greater than or equal to 1",
            "greater_than_equal",
        )),
        Some(_) | None => Ok(()),
    }
}

impl ExecBody {
    /// What the service joins and gives to a shell. Nothing to run is refused here, whatever a shell makes of it.
    pub(super) fn line(&self) -> Result<String, Refusal> {
        let line = self.command.join(" ");
        match line.is_empty() {
            true => Err(Refusal::invalid(
                &["body", "command"],
                "List should have at least 1 item",
                "too_short",
            )),
            false => Ok(line),
        }
    }
}

impl ExposeBody {
    /// Port 0 is none, and the name is part of one DNS label together with the instance's id.
    pub(super) fn check(&self, instance_id: &str) -> Result<(), Refusal> {
        if self.port == 0 {
            let message = "Input should be between 1 and 65535";
            return Err(Refusal::invalid(&["body", "port"], message, "greater_than_equal"));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let longest = 62 - instance_id.len();
        let edges = self.name.starts_with('-') || self.name.ends_with('-');
        if self.name.is_empty() || self.name.len() > longest || edges || !self.name.chars().all(allowed) {
            let message = "Input should be usable in a DNS label";
            return Err(Refusal::invalid(&["body", "name"], message, "string_pattern_mismatch"));
        }
        Ok(())
    }
}
