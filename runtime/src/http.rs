//! The HTTP client of a worker: who it says it is, how it proves it, how much it takes.

use std::{error::Error as StdError, iter, sync::OnceLock, time::Duration};

use http_body_util::{LengthLimitError, Limited};
use reqwest::{
    Client, Request, Response,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{manifest::Package, provider::Auth};

/// How long the provider may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What every request of the generated client goes through.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The largest answer that is read, in bytes.
    pub body_limit: usize,
}

/// Makes the client. The key travels in a header that is marked sensitive, so that nothing prints it; without a key
/// there is a client all the same, which is then not called.
///
/// A redirect is never followed: it could turn one call into another, and carry the key elsewhere.
pub fn client(package: &Package, auth: &Auth, key: Option<&SecretString>) -> Result<Client, String> {
    install_tls();
    let headers = key.map(|key| credentials(auth, key)).transpose()?;
    Client::builder()
        .default_headers(headers.unwrap_or_default())
        .user_agent(format!("{}/{}", package.name, package.version))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .build()
        .map_err(|error| format!("no HTTP client: {}", causes(&error)))
}

fn credentials(auth: &Auth, key: &SecretString) -> Result<HeaderMap, String> {
    let text = SecretString::from(format!("{}{}", auth.prefix, key.expose_secret()));
    let value = HeaderValue::from_str(text.expose_secret());
    let mut value = value.map_err(|_| "the API key cannot be sent".to_owned())?;
    value.set_sensitive(true);
    let name = HeaderName::from_bytes(auth.header.as_bytes()).map_err(|error| error.to_string())?;
    Ok(HeaderMap::from_iter([(name, value)]))
}

/// The TLS implementation of the whole process, once.
fn install_tls() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        // Fails if there is one already, which then serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Sends a request; an answer beyond the limit ends in an error while it is read.
pub async fn execute(client: &Client, transport: &Transport, request: Request) -> reqwest::Result<Response> {
    let response = client.execute(request).await?;
    let limited =
        http::Response::from(response).map(|body| reqwest::Body::wrap(Limited::new(body, transport.body_limit)));
    Ok(Response::from(limited))
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
