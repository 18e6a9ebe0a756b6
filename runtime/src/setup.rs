//! A configuration and what is made of it at once: the client, and the key that its requests carry.
//!
//! It is replaced as a whole when the configuration changes. A call keeps the one that it began with, and so its server, its
//! owner and its limits; only the key is always the newest of its server.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    call::Key,
    config::{ApiKey, Config},
    error::{Code, Error},
    http::{self, Credentials, Transport},
    manifest::Package,
    presence::Presence,
    provider::{Api, Auth},
};

pub(crate) struct Setup<C: Api> {
    pub config: Arc<Config>,
    pub client: C,
    /// Whether there is such an API on its server.
    pub presence: Arc<Presence>,
    http: reqwest::Client,
    /// What requests carry that send the key.
    credentials: Credentials,
    /// The API key; without one, why the provider cannot be called.
    key: Result<SecretString, Error>,
}

impl<C: Api> Setup<C> {
    /// # Errors
    /// No HTTP client can be made, or the key cannot be sent; says why.
    pub fn new(auth: &Auth, config: Config, package: &Package) -> Result<Self, String> {
        let http = http::client(package, config.request_timeout)?;
        Self::on(http, Server::default(), auth, config)
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
        let server = match self.is_at(&config) {
            true => Server {
                credentials: self.credentials.clone(),
                presence: self.presence.clone(),
            },
            false => Server::default(),
        };
        Self::on(http, server, auth, config)
    }

    fn on(http: reqwest::Client, server: Server, auth: &Auth, config: Config) -> Result<Self, String> {
        let Server { credentials, presence } = server;
        let key = key(&config);
        credentials.replace(auth, key.as_ref().ok())?;
        let transport = Transport {
            body_limit: config.max_response_bytes,
            credentials: Some(credentials.clone()),
            proven: None,
        };
        Ok(Self {
            client: C::connect(config.base_url(), http.clone(), transport),
            config: Arc::new(config),
            presence,
            http,
            credentials,
            key,
        })
    }

    /// Whether a configuration names the same server.
    fn is_at(&self, config: &Config) -> bool {
        self.config.base_url() == config.base_url()
    }

    /// Whether the sandboxes of another one are the same: those of one owner, on one server, in one account. Which account
    /// that is may depend on the provider's own keys, too.
    pub fn has_the_sandboxes_of(&self, other: &Self) -> bool {
        let (config, others) = (&self.config, &other.config);
        self.is_at(others)
            && config.owner == others.owner
            && config.extra == others.extra
            && self.exposed_key() == other.exposed_key()
    }

    fn exposed_key(&self) -> Option<&str> {
        self.key.as_ref().ok().map(SecretString::expose_secret)
    }

    /// Whether the provider can be called.
    ///
    /// # Errors
    /// S502 when the configuration lacks what the provider needs, S503 when there is no API key.
    pub fn can_call(&self) -> Result<(), Error> {
        self.key.as_ref().map(drop).map_err(Clone::clone)
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

/// What lasts as long as the server is the same.
#[derive(Default)]
struct Server {
    credentials: Credentials,
    presence: Arc<Presence>,
}

fn key(config: &Config) -> Result<SecretString, Error> {
    if let Some(lacks) = config.lacks() {
        return Err(Error::new(
            Code::S502,
            format!("{lacks}, without which the provider cannot be called"),
        ));
    }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Defaults, ExtraKey, ExtraKind};

    #[derive(Clone)]
    struct NoClient;

    impl Api for NoClient {
        fn connect(_: &str, _: reqwest::Client, _: Transport) -> Self {
            Self
        }

        fn base(&self) -> &str {
            ""
        }

        fn elsewhere(&self, _: &str, _: reqwest::Client, _: Transport) -> Self {
            Self
        }
    }

    const DEFAULTS: Defaults = Defaults {
        api_base: "http://localhost/api",
        api_key_env: "PATH",
        optional: &[],
    };

    const TEAM: [ExtraKey; 1] = [ExtraKey {
        name: "team",
        description: "A key of the provider.",
        kind: ExtraKind::String,
        default: None,
        required: false,
    }];

    const AUTH: Auth = Auth {
        header: "Authorization",
        prefix: "",
    };

    const PACKAGE: Package = Package {
        name: "double",
        version: "1.0.0",
        description: "",
        target: "",
    };

    fn config(more: Value) -> Config {
        Config::of_entry("entry", &more, &DEFAULTS, &TEAM).expect("a configuration")
    }

    #[test]
    fn the_sandboxes_are_others_with_another_server_owner_key_or_team() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, "another key").expect("a file");
        let before = Setup::<NoClient>::new(&AUTH, config(json!({})), &PACKAGE).expect("a setup");
        for (entry, are_the_same) in [
            (json!({}), true),
            (json!({"max_concurrent_sandboxes": 1, "request_timeout_secs": 3}), true),
            (json!({"api_base": "http://localhost/api/"}), true),
            (json!({"api_base": "http://localhost/v2"}), false),
            (json!({"owner": "b"}), false),
            (json!({"api_key_env": "HOME"}), false),
            (json!({"api_key_env": "NOT_SET_AT_ALL"}), false),
            (json!({"api_key_env": ["NOT_SET_AT_ALL", "PATH"]}), true),
            (json!({"api_key_file": file}), false),
            (json!({"team": "red"}), false),
        ] {
            let next = before.next(&AUTH, config(entry.clone()), &PACKAGE).expect("a setup");
            assert_eq!(next.has_the_sandboxes_of(&before), are_the_same, "{entry}");
            assert_eq!(before.has_the_sandboxes_of(&next), are_the_same, "{entry}");
        }
    }

    #[test]
    fn what_is_known_of_a_server_is_not_taken_for_another() {
        let before = Setup::<NoClient>::new(&AUTH, config(json!({})), &PACKAGE).expect("a setup");
        let other = json!({"api_base": "http://localhost/v2"});
        let elsewhere = before.next(&AUTH, config(other), &PACKAGE).expect("a setup");
        let here = before
            .next(&AUTH, config(json!({"owner": "b"})), &PACKAGE)
            .expect("a setup");
        elsewhere.presence.missing();
        // An answer that was under way.
        before.presence.answered();
        assert!(elsewhere.presence.is_missing());
        here.presence.missing();
        assert!(!here.presence.is_missing());
    }
}
