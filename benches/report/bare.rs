//! The client that the worker is held against: requests, and nothing around them.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
};
use reqwest::{Client, Url, redirect};

/// A request as the worker has made it.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A client without anything around it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bare(Client);

impl Bare {
    pub fn new() -> Self {
        // The workspace builds reqwest without one; all but the first time this is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().redirect(redirect::Policy::none()).no_proxy();
        Self(builder.build().expect("a client"))
    }

    /// The body of the answer. Panics if it is no success.
    pub async fn send(&self, request: &Request) -> Bytes {
        let sending = self.0.request(request.method.clone(), request.url.clone());
        let sending = sending.headers(request.headers.clone()).body(request.body.clone());
        let answer = sending.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("a body")
    }

    /// The body at an address. Panics if there is none.
    pub async fn get(&self, address: &str) -> Bytes {
        let answer = self.0.get(address).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("a body")
    }
}
