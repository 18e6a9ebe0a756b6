//! A configuration and what is made of it at once: the client, and the key that its requests carry.
//!
//! It is replaced as a whole when the configuration changes. A call keeps the one that it began with, and so its server, its
//! owner and its limits; only the key is always the newest of its server.

use std::sync::Arc;

use secrecy::SecretString;

use crate::{
    call::Key,
    config::{ApiKey, Config},
    error::{Code, Error},
    http::{self, Credentials, Transport},
    manifest::Package,
    provider::{Api, Auth},
};

pub(crate) struct Setup<C: Api> {
    pub config: Arc<Config>,
    pub client: C,
    http: reqwest::Client,
    /// What requests carry that send the key.
    credentials: Credentials,
    /// S503 when there is no API key.
    key: Result<(), Error>,
}

impl<C: Api> Setup<C> {
    /// # Errors
    /// No HTTP client can be made, or the key cannot be sent; says why.
    pub fn new(auth: &Auth, config: Config, package: &Package) -> Result<Self, String> {
        let http = http::client(package, config.request_timeout)?;
        Self::on(http, Credentials::default(), auth, config)
    }

    /// What follows it for another configuration. Connections to the provider stay open; requests that are under way on its
    /// server carry the new key from their next try on, and those to another server never do.
    ///
    /// # Errors
    /// Those of [`Setup::new`].
    pub fn next(&self, auth: &Auth, config: Config, package: &Package) -> Result<Self, String> {
        let http = match config.request_timeout == self.config.request_timeout {
            true => self.http.clone(),
            false => http::client(package, config.request_timeout)?,
        };
        let credentials = match self.is_at(&config) {
            true => self.credentials.clone(),
            false => Credentials::default(),
        };
        Self::on(http, credentials, auth, config)
    }

    fn on(http: reqwest::Client, credentials: Credentials, auth: &Auth, config: Config) -> Result<Self, String> {
        let (key, refusal) = match key(&config) {
            Ok(key) => (Some(key), Ok(())),
            Err(error) => (None, Err(error)),
        };
        credentials.replace(auth, key.as_ref())?;
        let transport = Transport {
            body_limit: config.max_response_bytes,
            credentials: Some(credentials.clone()),
            proven: None,
        };
        Ok(Self {
            client: C::connect(config.base_url(), http.clone(), transport),
            config: Arc::new(config),
            http,
            credentials,
            key: refusal,
        })
    }

    /// Whether a configuration names the same server.
    pub fn is_at(&self, config: &Config) -> bool {
        self.config.base_url() == config.base_url()
    }

    /// S503 when there is no API key to call the provider with.
    pub fn has_key(&self) -> Result<(), Error> {
        self.key.clone()
    }

    /// What a client of another server sends with.
    pub fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// What its requests go through.
    pub fn transport(&self, key: Key) -> Transport {
        Transport {
            body_limit: self.config.max_response_bytes,
            credentials: (key == Key::Sent).then(|| self.credentials.clone()),
            proven: None,
        }
    }
}

fn key(config: &Config) -> Result<SecretString, Error> {
    let refused = |what: &str| {
        let variables = config.key_variables();
        Error::new(Code::S503, format!("the environment variable {variables} {what}"))
    };
    match config.api_key() {
        ApiKey::Present(key) => Ok(key),
        ApiKey::Missing => Err(refused("holds no API key")),
        ApiKey::Malformed => Err(refused("holds something that cannot be an API key")),
    }
}
