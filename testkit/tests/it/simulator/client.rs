//! A plain HTTP client for the simulator.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use testkit::Morph;

use crate::http::http;

pub type Answer = (StatusCode, Value);

pub struct Api<'a> {
    http: Client,
    morph: &'a Morph,
}

impl<'a> Api<'a> {
    pub fn of(morph: &'a Morph) -> Self {
        Self { http: http(), morph }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}{path}", self.morph.api_base());
        self.http.request(method, url).bearer_auth(self.morph.api_key())
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request("POST", path).json(&body)).await
    }

    /// A POST without a body.
    pub async fn act(&self, path: &str) -> Answer {
        answer(self.request("POST", path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request("DELETE", path)).await
    }

    /// The id of an instance that is ready.
    pub async fn ready_instance(&self) -> String {
        let path = format!("/instance?snapshot_id={}", self.morph.known_snapshot());
        let (status, started) = self.post(&path, json!({})).await;
        assert_eq!(status, 200, "{started}");
        self.morph.advance(std::time::Duration::from_secs(1));
        started["id"].as_str().expect("an id").to_owned()
    }

    pub async fn exec(&self, id: &str, command: &[&str]) -> Answer {
        let path = format!("/instance/{id}/exec");
        self.post(&path, json!({"command": command})).await
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    (response.status(), body(response).await)
}

/// Null if empty, a string if not JSON.
async fn body(response: Response) -> Value {
    let text = response.text().await.expect("a body");
    match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
