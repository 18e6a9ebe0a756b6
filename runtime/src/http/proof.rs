//! What proves to a further API who calls, where that is not the worker's key. It is a secret like the key: nothing prints
//! it, and no error says it.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Request,
    header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// Where in a request it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A header, and what stands in it before the secret.
    Header(&'static str, &'static str),
    /// The base64 of `user:password`.
    Basic,
    Cookie(&'static str),
    /// A parameter of the query. No URL is in the log or in an error.
    Query(&'static str),
}

/// A secret at its place.
#[derive(Clone)]
pub struct Proven(Place);

#[derive(Clone)]
enum Place {
    Header(HeaderName, HeaderValue),
    Query(&'static str, SecretString),
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proven")
    }
}

impl Proof {
    /// # Errors
    /// S502: the secret has characters that cannot be sent at this place.
    pub(crate) fn by(self, secret: &SecretString) -> Result<Proven, Error> {
        let unusable = || Error::unreadable("a secret of the sandbox cannot be sent");
        let header = |name: HeaderName, text: SecretString| {
            let mut value = HeaderValue::from_str(text.expose_secret()).map_err(|_| unusable())?;
            value.set_sensitive(true);
            Ok(Proven(Place::Header(name, value)))
        };
        let secret = secret.expose_secret();
        match self {
            Self::Header(name, prefix) => {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
                header(name, SecretString::from(format!("{prefix}{secret}")))
            }
            Self::Basic => header(
                AUTHORIZATION,
                SecretString::from(format!("Basic {}", STANDARD.encode(secret))),
            ),
            Self::Cookie(name) if secret.chars().all(may_be_in_a_cookie) => {
                header(COOKIE, SecretString::from(format!("{name}={secret}")))
            }
            Self::Cookie(_) => Err(unusable()),
            Self::Query(name) => Ok(Proven(Place::Query(name, SecretString::from(secret)))),
        }
    }
}

/// RFC 6265 has no others in the value of a cookie.
fn may_be_in_a_cookie(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\')
}

impl Proven {
    /// Puts it into a request.
    pub(super) fn put(&self, request: &mut Request) {
        match &self.0 {
            Place::Header(name, value) => drop(request.headers_mut().insert(name, value.clone())),
            Place::Query(name, secret) => {
                request
                    .url_mut()
                    .query_pairs_mut()
                    .append_pair(name, secret.expose_secret());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::*;

    fn put(proof: Proof, secret: &str) -> Request {
        let url = Url::parse("https://box.example/files?path=x").expect("a URL");
        let mut request = Request::new(Method::GET, url);
        proof
            .by(&SecretString::from(secret))
            .expect("it can be sent")
            .put(&mut request);
        request
    }

    #[test]
    fn a_secret_stands_where_the_scheme_has_it() {
        for (proof, name, value) in [
            (Proof::Header("X-Token", ""), "x-token", "s3cret"),
            (
                Proof::Header("Authorization", "Bearer "),
                "authorization",
                "Bearer s3cret",
            ),
            (Proof::Basic, "authorization", "Basic czNjcmV0"),
            (Proof::Cookie("session"), "cookie", "session=s3cret"),
        ] {
            let request = put(proof, "s3cret");
            let sent = request.headers().get(name).expect("a header");
            assert_eq!((sent.to_str().ok(), sent.is_sensitive()), (Some(value), true));
        }
        let request = put(Proof::Query("key"), "s3&ret");
        assert_eq!(request.url().query(), Some("path=x&key=s3%26ret"));
    }

    #[test]
    fn nothing_prints_a_secret() {
        for proof in [
            Proof::Header("X-Token", ""),
            Proof::Basic,
            Proof::Cookie("c"),
            Proof::Query("q"),
        ] {
            let proven = proof.by(&SecretString::from("s3cret")).expect("it can be sent");
            assert_eq!(format!("{proven:?}"), "Proven");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_not_said() {
        for (proof, secret) in [
            (Proof::Header("X-Token", ""), "s3cret\n"),
            (Proof::Cookie("c"), "s3cret; other=1"),
            (Proof::Cookie("c"), "s3 cret"),
        ] {
            let error = proof
                .by(&SecretString::from(secret))
                .expect_err("it cannot be sent")
                .to_string();
            assert!(error.contains("cannot be sent") && !error.contains("s3"), "{error}");
        }
    }
}
