//! What arrived.

use axum::extract::Query;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::Value;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Upper case.
    pub method: String,
    /// Without the leading `/api` and without the query, not percent-decoded.
    pub path: String,
    /// Decoded pairs in their order.
    pub query: Vec<(String, String)>,
    /// `None` if empty; a body that is not JSON is a string here.
    pub body: Option<Value>,
    /// All headers.
    pub headers: HeaderMap,
}

impl Seen {
    pub(crate) fn new(parts: &Parts, body: &[u8]) -> Self {
        let path = parts.uri.path();
        let body = (!body.is_empty()).then(|| {
            serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
        });
        Self {
            method: parts.method.to_string(),
            path: path.strip_prefix("/api").unwrap_or(path).to_owned(),
            query: query_pairs(parts),
            body,
            headers: parts.headers.clone(),
        }
    }

    /// The first value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
    }

    /// `METHOD path?query`, the query decoded.
    pub fn line(&self) -> String {
        line(&self.method, &self.path, &self.query)
    }
}

/// `METHOD path?query`.
pub(crate) fn line(method: &str, path: &str, query: &[(String, String)]) -> String {
    let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("{method} {path}{mark}{}", pairs.join("&"))
}

pub(crate) fn query_pairs(parts: &Parts) -> Vec<(String, String)> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    pairs.map(|Query(pairs)| pairs).unwrap_or_default()
}
