//! The API key as requests carry it.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::{
    Request,
    header::{HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::provider::Auth;

/// A header with the key, for all clients of a server: replaced, it is another one from their next request on.
#[derive(Clone, Debug, Default)]
pub struct Credentials(Arc<RwLock<Option<(HeaderName, HeaderValue)>>>);

impl Credentials {
    /// Requests carry this key from now on, or none.
    ///
    /// # Errors
    /// The key cannot be sent; then the one before it stays.
    pub(crate) fn replace(&self, auth: &Auth, key: Option<&SecretString>) -> Result<(), String> {
        let header = key.map(|key| header(auth, key)).transpose()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = header;
        Ok(())
    }

    /// Gives a request the key, unless it proves by itself who calls.
    pub(super) fn put(&self, request: &mut Request) {
        let header = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((name, value)) = header {
            request.headers_mut().entry(name).or_insert(value);
        }
    }
}

/// The key travels in a header that is marked sensitive, so that nothing prints it.
fn header(auth: &Auth, key: &SecretString) -> Result<(HeaderName, HeaderValue), String> {
    let text = SecretString::from(format!("{}{}", auth.prefix, key.expose_secret()));
    let value = HeaderValue::from_str(text.expose_secret());
    let mut value = value.map_err(|_| "the API key cannot be sent".to_owned())?;
    value.set_sensitive(true);
    let name = HeaderName::from_bytes(auth.header.as_bytes()).map_err(|error| error.to_string())?;
    Ok((name, value))
}
