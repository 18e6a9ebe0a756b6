//! The one message that opens a Connect stream, in its envelope.

use reqwest::{
    Body, Request,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};

const CONNECT: &str = "application/connect+json";

const VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");

/// Puts the body of a Connect stream into an envelope: no flags, its length, and the JSON. Says the version of the protocol,
/// unless the request does.
pub(super) fn put(request: &mut Request) {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !essence.trim().eq_ignore_ascii_case(CONNECT) {
        return;
    }
    let message = request.body().and_then(Body::as_bytes).unwrap_or(b"{}");
    // A message of 4 GiB would not fit into memory.
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let envelope = [&[0], length.to_be_bytes().as_slice(), message].concat();
    *request.body_mut() = Some(envelope.into());
    let version = request.headers_mut().entry(VERSION);
    version.or_insert(HeaderValue::from_static("1"));
}

#[cfg(test)]
mod tests {
    use reqwest::Client;

    use super::*;

    fn sent(kind: &str, version: Option<&str>) -> Request {
        crate::http::install_tls();
        let mut request = Client::new()
            .post("http://localhost")
            .header(CONTENT_TYPE, kind)
            .body("{\"a\":1}");
        if let Some(version) = version {
            request = request.header(VERSION, version);
        }
        let mut request = request.build().expect("a request");
        put(&mut request);
        request
    }

    #[test]
    fn a_connect_stream_is_opened_by_one_envelope() {
        let request = sent("Application/Connect+JSON; charset=utf-8", None);
        let body = request.body().and_then(Body::as_bytes).expect("a body");
        assert_eq!(body, b"\0\0\0\0\x07{\"a\":1}");
        assert_eq!(request.headers()[VERSION], "1");
        assert_eq!(sent(CONNECT, Some("2")).headers()[VERSION], "2");
    }

    #[test]
    fn no_other_request_has_an_envelope() {
        for kind in ["application/json", "application/connect+proto"] {
            let request = sent(kind, None);
            assert_eq!(request.body().and_then(Body::as_bytes), Some(b"{\"a\":1}".as_slice()));
            assert!(!request.headers().contains_key(VERSION), "{kind}");
        }
    }
}
