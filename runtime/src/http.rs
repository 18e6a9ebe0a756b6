//! The HTTP client of a worker: who it says it is, how it proves it, how much it takes.

mod admission;
mod credentials;
mod envelope;
mod form;
mod plain;
mod proof;
mod raw;
mod refused;
mod segments;

use std::{error::Error as StdError, fmt, iter, ops::RangeInclusive, sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::stream;
use http_body_util::{LengthLimitError, Limited};
use reqwest::{Client, Request, Response, StatusCode, redirect::Policy};
use serde::de::IgnoredAny;

use crate::manifest::Package;

pub use credentials::Credentials;
pub use form::{Form, Head, Part};
pub(crate) use plain::plain;
pub use proof::{Proof, Proven};
pub use raw::with_body;
pub use refused::Refused;
pub use segments::encode_segments;

/// How long the provider may take to accept a connection, at most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// All tries to connect fit into the time of a request, so that one that was never sent is known for that.
const CONNECT_SHARE: f64 = 0.3;

/// What every request of the generated client goes through.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The largest answer that is read, in bytes.
    pub body_limit: usize,
    /// The API key, where it is sent.
    pub credentials: Option<Credentials>,
    /// What proves who calls, besides the key.
    pub proven: Option<Proven>,
}

/// Makes the client. A redirect is never followed: it could turn one call into another, and carry the key elsewhere.
pub fn client(package: &Package, request_timeout: Duration) -> Result<Client, String> {
    install_tls();
    Client::builder()
        .user_agent(format!("{}/{}", package.name, package.version))
        .connect_timeout(CONNECT_TIMEOUT.min(request_timeout.mul_f64(CONNECT_SHARE)))
        .redirect(Policy::none())
        .build()
        .map_err(|error| format!("no HTTP client: {}", causes(&error)))
}

/// The TLS implementation of the whole process, once.
fn install_tls() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        // Fails if there is one already, which then serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// What the client makes of the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It reads it.
    Read,
    /// It reads it, unless its status is in one of these ranges: an answer with that carries nothing to be read, and this
    /// JSON is read in its place.
    Unless {
        bare: &'static [RangeInclusive<u16>],
        nothing: &'static str,
    },
    /// It reads the bytes, whatever they are, as base64.
    Bytes,
    /// It reads the text, whatever it says.
    Text,
    /// It is content with the status, so nobody else would notice that it belongs to half an answer, or to the page of
    /// a server on the way.
    Unread,
    /// It is handed on as it comes, and whoever takes it knows how much may come and where the end is.
    Streamed,
}

impl Answer {
    /// What is handed on of an answer that is not read.
    fn instead_of(self, status: StatusCode) -> Option<&'static str> {
        match self {
            Self::Read | Self::Bytes | Self::Text | Self::Streamed => None,
            Self::Unless { bare, nothing } => {
                let is_bare = bare.iter().any(|range| range.contains(&status.as_u16()));
                is_bare.then_some(nothing)
            }
            Self::Unread => Some(""),
        }
    }
}

/// Sends a request and reads its answer to the end, in plain JSON, or as the JSON string that stands for it, unless that is a
/// stream; one beyond the limit is an error, and so is one that is no success: [`refused`] tells what it says.
pub async fn execute(
    client: &Client,
    transport: &Transport,
    mut request: Request,
    answer: Answer,
) -> reqwest::Result<Response> {
    envelope::put(&mut request);
    if let Some(credentials) = &transport.credentials {
        credentials.put(&mut request);
    }
    if let Some(proven) = &transport.proven {
        proven.put(&mut request);
    }
    let response = client.execute(request).await?;
    if !response.status().is_success() {
        let refused = failing(Refused::read(response).await);
        return read(refused).await.map(|body| http::Response::new(body).into());
    }
    if answer == Answer::Streamed {
        return Ok(response);
    }
    let instead = answer.instead_of(response.status());
    let (head, body) = http::Response::from(response).into_parts();
    if answer == Answer::Bytes {
        // The limit is for what is handed on.
        let body = Limited::new(body, raw::before(transport.body_limit));
        let body = raw::base64(reqwest::Body::wrap(body)).await?;
        return Ok(http::Response::from_parts(head, body).into());
    }
    let body = read(reqwest::Body::wrap(Limited::new(body, transport.body_limit))).await?;
    let body = match instead {
        _ if answer == Answer::Text => raw::text(&body),
        Some(_) if is_torn(&body) => read(failing(NoAnswer)).await?,
        Some(nothing) => Bytes::from_static(nothing.as_bytes()),
        None => admission::wait(body, plain).await,
    };
    Ok(http::Response::from_parts(head, body).into())
}

/// The whole of a body, held once: neither in pieces as well, nor in a smaller place before.
async fn read(body: reqwest::Body) -> reqwest::Result<Bytes> {
    let mut response = Response::from(http::Response::new(body));
    let announced = usize::try_from(response.content_length().unwrap_or_default());
    let mut whole = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(piece) = response.chunk().await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// JSON that is not complete, or markup.
fn is_torn(body: &Bytes) -> bool {
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => serde_json::from_slice::<IgnoredAny>(body).is_err(),
        Some(b'<') => true,
        _ => false,
    }
}

/// A body that cannot be read: errors of the client are its own, and only it can make one.
fn failing(why: impl StdError + Send + Sync + 'static) -> reqwest::Body {
    reqwest::Body::wrap_stream(stream::once(async { Err::<Bytes, _>(why) }))
}

/// The client's error for an answer that is of no use for this reason.
pub(crate) async fn failed(why: impl StdError + Send + Sync + 'static) -> progenitor_client::Error<()> {
    match read(failing(why)).await {
        Err(error) => progenitor_client::Error::ResponseBodyError(error),
        Ok(_) => progenitor_client::Error::Custom(String::new()),
    }
}

/// Why the client failed, if [`failed`] said so.
pub(crate) fn reason<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    sources(error).find_map(|source| source.downcast_ref())
}

/// A success whose body is none that the operation may have answered.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is no answer")
    }
}

impl StdError for NoAnswer {}

/// What an answer says that is no success.
pub fn refused(error: &reqwest::Error) -> Option<&Refused> {
    sources(error).find_map(|source| source.downcast_ref())
}

/// Whether an answer was none; see [`Answer::Unread`].
pub fn is_no_answer(error: &reqwest::Error) -> bool {
    sources(error).any(|source| source.is::<NoAnswer>())
}

/// Whether an answer was cut off because it was too large.
pub fn is_too_large(error: &reqwest::Error) -> bool {
    sources(error).any(|source| source.is::<LengthLimitError>())
}

/// What lies behind an error, without its own text, which has the URL: `tcp connect error: Connection refused`.
pub fn causes(error: &reqwest::Error) -> String {
    let texts: Vec<String> = sources(error).map(ToString::to_string).collect();
    texts.join(": ")
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    iter::successors(error.source(), |&source| source.source())
}
