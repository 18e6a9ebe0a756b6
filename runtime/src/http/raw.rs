//! Bodies that are no JSON: sent as they are, and answered as the JSON string that a mapping has of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use reqwest::{RequestBuilder, Response, header::CONTENT_LENGTH};

/// A request with a body as it is, whose length is told even if it is empty.
pub fn with_body(request: RequestBuilder, body: impl Into<Bytes>) -> RequestBuilder {
    let body = body.into();
    request.header(CONTENT_LENGTH, body.len()).body(body)
}

/// The bytes that four characters of base64 stand for.
const GROUP: usize = 3;

/// How many bytes become at most so many characters of base64.
pub(super) fn before(characters: usize) -> usize {
    characters / 4 * GROUP
}

/// A body as base64, in quotation marks. What has come is encoded, and not kept.
pub(super) async fn base64(body: reqwest::Body) -> reqwest::Result<Bytes> {
    let mut response = Response::from(http::Response::new(body));
    let announced = usize::try_from(response.content_length().unwrap_or_default()).unwrap_or_default();
    let mut text = String::with_capacity(announced / GROUP * 4 + 8);
    let mut pending = BytesMut::new();
    text.push('"');
    while let Some(piece) = response.chunk().await? {
        pending.extend_from_slice(&piece);
        let whole = pending.len() / GROUP * GROUP;
        STANDARD.encode_string(pending.split_to(whole), &mut text);
    }
    STANDARD.encode_string(pending, &mut text);
    text.push('"');
    Ok(text.into())
}

/// A body as text. What is no UTF-8 becomes U+FFFD.
pub(super) fn text(body: &Bytes) -> Bytes {
    serde_json::Value::from(String::from_utf8_lossy(body))
        .to_string()
        .into()
}
