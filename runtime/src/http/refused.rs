//! A refusal: what its head and its body say.
//!
//! Its text is nobody's business: it may hold a secret. Of the body three things are of use: whether it is a page of a
//! server on the way, which of the request's fields it is about, and what the rules of the mapping look for.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use http_body_util::Limited;
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

/// How much of a refusal's body is read, in bytes, and for how long.
const BODY: usize = 64 * 1024;
const TIME: Duration = Duration::from_secs(2);

/// How many fields are read of a refusal.
const FIELDS: usize = 8;

/// An answer that is no success.
#[derive(Clone)]
pub struct Refused {
    pub status: u16,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the body is markup: no API answers that.
    pub is_markup: bool,
    /// The fields of the request that a validation error is about, as it names them: `body.ttl_seconds`.
    pub fields: Vec<String>,
    headers: HeaderMap,
    /// Null where it has none that is JSON.
    body: Value,
}

impl Refused {
    /// The body is read only where something may depend on it.
    pub(super) async fn read(response: Response) -> Self {
        let mut refused = Self::of(response.status(), response.headers());
        let is_markup = names_markup(response.headers());
        match refused.status {
            401 | 403 | 400 | 413 | 422 => {}
            _ if names_json(response.headers()) => {}
            _ => return refused,
        }
        let body = body(response).await;
        match refused.status {
            401 | 403 => refused.is_markup = is_markup || is_markup_body(&body),
            400 | 413 | 422 => refused.fields = fields(&body),
            _ => {}
        }
        refused.body = serde_json::from_slice(&body).unwrap_or_default();
        refused
    }

    /// Whether its head names a page for people.
    pub fn is_a_page(&self) -> bool {
        names_markup(&self.headers)
    }

    /// The text of a header, if it has one.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// Its body, for rules to look into; nobody else is told of it.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// What the head says.
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        Self {
            status: status.as_u16(),
            retry_after: retry_after(headers),
            is_markup: false,
            fields: Vec::new(),
            headers: headers.clone(),
            body: Value::Null,
        }
    }
}

/// Its text is nobody's business.
impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Refused");
        shown.field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)
    }
}

impl StdError for Refused {}

/// As much of it as may be; nothing if it is too large or too slow.
async fn body(response: Response) -> Bytes {
    let (_, body) = http::Response::from(response).into_parts();
    let body = super::read(reqwest::Body::wrap(Limited::new(body, BODY)));
    let read = timeout(TIME, body).await;
    read.ok().and_then(Result::ok).unwrap_or_default()
}

fn names_markup(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    ["html", "xml"].iter().any(|markup| kind.ends_with(markup))
}

fn names_json(headers: &HeaderMap) -> bool {
    media_type(headers).ends_with("json")
}

/// `application/json`, in small letters.
fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

fn is_markup_body(body: &Bytes) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// A validation error, as frameworks write it: `{"detail": [{"loc": ["body", "ttl_seconds"]}]}`.
#[derive(Deserialize)]
struct Validation {
    detail: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    loc: Vec<Value>,
}

fn fields(body: &Bytes) -> Vec<String> {
    let Ok(Validation { detail }) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    // Numbers say which item of a list it is.
    let path = |finding: &Finding| {
        let names: Vec<&str> = finding.loc.iter().filter_map(Value::as_str).collect();
        names.join(".")
    };
    detail.iter().take(FIELDS).map(path).collect()
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    // A moment that has passed is no reason to wait.
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let value = text.parse().expect("a header value");
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn a_provider_asks_for_a_pause_in_seconds() {
        assert_eq!(asked(" 3 "), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_provider_asks_for_a_pause_by_a_date() {
        let soon = Timestamp::now() + Duration::from_secs(100);
        let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon);
        let pause = asked(&text.expect("a date")).expect("a pause").as_secs();
        assert!((95..=100).contains(&pause), "{pause} s");
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(asked(text), None, "for {text:?}");
        }
    }

    #[test]
    fn a_validation_error_names_fields() {
        let body =
            r#"{"detail": [{"loc": ["body", "command", 0], "msg": "m", "type": "t"}, {"loc": ["query", "count"]}]}"#;
        assert_eq!(fields(&Bytes::from(body)), ["body.command", "query.count"]);
        for body in ["", "{}", r#"{"detail": "no"}"#, r#"{"detail": [{"msg": "m"}]}"#, "<p>"] {
            assert!(fields(&Bytes::from(body)).is_empty(), "{body}");
        }
    }

    #[test]
    fn markup_is_known_by_its_name_or_its_begin() {
        for (kind, markup) in [
            ("text/html; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("application/json", false),
        ] {
            let value = kind.parse().expect("a header value");
            assert_eq!(
                names_markup(&HeaderMap::from_iter([(CONTENT_TYPE, value)])),
                markup,
                "{kind}"
            );
        }
        assert!(is_markup_body(&Bytes::from(" \n<html>")));
        assert!(!is_markup_body(&Bytes::from("{}")));
    }
}
