//! Answers, and what faults make of them.

use std::fmt;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::Value;

use super::fault::Fault;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut by an injected fault")
    }
}

impl std::error::Error for Cut {}

/// An answer whose body is complete.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: Option<HeaderValue>,
    /// Headers that belong to the answer.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            kind: Some(HeaderValue::from_static("application/json")),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        }
    }

    /// The same with another body.
    pub(crate) fn with_json(self, body: &Value) -> Self {
        Self {
            headers: self.headers,
            ..Self::json(self.status, body)
        }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(kind) = self.kind {
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        response
    }

    /// A status that allows a body, for faults that are about the body.
    fn with_body_status(mut self) -> Self {
        if self.status == StatusCode::NO_CONTENT {
            self.status = StatusCode::OK;
        }
        self
    }
}

/// What is sent instead of `real`, which is `None` if the request had no effect. `injected` is the provider's form of a
/// refusal with a status.
pub(crate) fn spoil(
    fault: &Fault,
    real: Option<Answer>,
    injected: impl Fn(u16) -> Value,
) -> Result<Response<Body>, Cut> {
    let real = real.unwrap_or_else(|| Answer::json(StatusCode::OK, &injected(200)));
    Ok(match fault {
        Fault::Cut | Fault::CutIfReused => return Err(Cut),
        Fault::Status(code) => refusal(*code, &injected(*code)),
        Fault::StatusWithBody(code, body) => refusal(*code, body),
        Fault::RetryAfter(code, after) => with_header(refusal(*code, &injected(*code)), RETRY_AFTER, after),
        Fault::Redirect(to) => with_header(refusal(307, &injected(307)), LOCATION, to),
        Fault::CutMidBody => cut_mid_body(real.with_body_status()),
        Fault::Truncated => truncated(real.with_body_status()).into_response(),
        Fault::Oversized(bytes) => oversized(real.with_body_status(), *bytes).into_response(),
        Fault::Without(fields) => without(real, fields).into_response(),
        Fault::Nonsense => page(200).into_response(),
        Fault::Page(code) => page(*code).into_response(),
        Fault::Bytes(body) => Answer {
            status: StatusCode::OK,
            kind: Some(HeaderValue::from_static("application/json")),
            headers: HeaderMap::new(),
            body: Bytes::from(body.clone()),
        }
        .into_response(),
        Fault::EmptyBody => Response::new(Body::empty()),
        Fault::Stall | Fault::Slow(_) | Fault::Impostor(_) => real.into_response(),
    })
}

fn refusal(code: u16, body: &Value) -> Response<Body> {
    let status = StatusCode::from_u16(code).expect("a valid status in a fault");
    Answer::json(status, body).into_response()
}

fn with_header(mut response: Response<Body>, name: HeaderName, value: &str) -> Response<Body> {
    let value = HeaderValue::from_str(value).expect("a valid header value in a fault");
    response.headers_mut().insert(name, value);
    response
}

fn half(body: &Bytes) -> Bytes {
    if body.is_empty() {
        return Bytes::from_static(b"{\"id\":");
    }
    body.slice(..body.len() / 2)
}

fn truncated(real: Answer) -> Answer {
    Answer {
        body: half(&real.body),
        ..real
    }
}

fn cut_mid_body(real: Answer) -> Response<Body> {
    let promised = real.body.len().max(64);
    let first = stream::iter([Ok::<_, Cut>(half(&real.body))]);
    let cut = stream::once(async {
        // Without a pause the error overtakes the bytes that are still in the server's buffer.
        tokio::task::yield_now().await;
        Err(Cut)
    });
    let mut response = real.into_response();
    *response.body_mut() = Body::from_stream(first.chain(cut));
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(promised));
    response
}

/// Put together from bytes: to write a long text as JSON takes long.
fn oversized(real: Answer, bytes: usize) -> Answer {
    let rest = match serde_json::from_slice(&real.body) {
        Ok(Value::Object(fields)) if !fields.is_empty() => format!(",{}", &Value::Object(fields).to_string()[1..]),
        _ => "}".to_owned(),
    };
    let padding = vec![b'x'; bytes];
    let body = [br#"{"padding":""#, padding.as_slice(), b"\"", rest.as_bytes()].concat();
    Answer {
        body: Bytes::from(body),
        kind: Some(HeaderValue::from_static("application/json")),
        ..real
    }
}

fn without(real: Answer, fields: &[&str]) -> Answer {
    let Ok(mut body) = serde_json::from_slice(&real.body) else {
        return real;
    };
    strip(&mut body, fields);
    real.with_json(&body)
}

fn strip(value: &mut Value, fields: &[&str]) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| !fields.contains(&name.as_str()));
            object.values_mut().for_each(|value| strip(value, fields));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| strip(value, fields)),
        _ => {}
    }
}

fn page(code: u16) -> Answer {
    Answer {
        status: StatusCode::from_u16(code).expect("a valid status in a fault"),
        kind: Some(HeaderValue::from_static("text/html")),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"<!doctype html><title>Welcome</title>"),
    }
}

/// Collects what the router made. A body that breaks off is as long as it came.
pub(crate) async fn collected(response: Response<Body>) -> Answer {
    let (mut head, body) = response.into_parts();
    let kind = head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(Ok(piece)) = pieces.next().await {
        whole.extend_from_slice(&piece);
    }
    Answer {
        status: head.status,
        kind,
        headers: head.headers,
        body: Bytes::from(whole),
    }
}
