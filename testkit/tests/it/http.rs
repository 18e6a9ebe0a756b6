//! A plain HTTP client.

use reqwest::{Client, redirect};

pub fn http() -> Client {
    // The workspace builds reqwest without one; all but the first time this is refused.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(redirect::Policy::none());
    builder.build().expect("a client")
}
