//! A plain HTTP client for the control API and the toolboxes.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use testkit::Daytona;
use testkit::daytona::KNOWN_SNAPSHOT;

use crate::http::http;

pub type Answer = (StatusCode, Value);

pub struct Api<'a> {
    http: Client,
    daytona: &'a Daytona,
}

impl<'a> Api<'a> {
    pub fn of(daytona: &'a Daytona) -> Self {
        Self { http: http(), daytona }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.send(method, &format!("{}{path}", self.daytona.api_base()))
    }

    pub fn send(&self, method: &str, url: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, url).bearer_auth(self.daytona.api_key())
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

    /// Creates a sandbox, and gives what is answered.
    pub async fn create(&self, fields: Value) -> Value {
        let (status, made) = self.post("/sandbox", fields).await;
        assert_eq!(status, 200, "{made}");
        made
    }

    /// The id of a sandbox that has started.
    pub async fn started(&self, fields: Value) -> String {
        let made = self.create(fields).await;
        self.daytona.advance(Duration::from_secs(1));
        id(&made)
    }

    /// The id of a virtual machine that has started.
    pub async fn vm(&self) -> String {
        self.started(json!({"snapshot": KNOWN_SNAPSHOT})).await
    }

    pub async fn state(&self, id: &str) -> Value {
        self.get(&format!("/sandbox/{id}")).await.1["state"].take()
    }

    /// A request to the toolbox of a sandbox.
    pub async fn inside(&self, method: &str, id: &str, path: &str) -> RequestBuilder {
        let shown = self.get(&format!("/sandbox/{id}/toolbox-proxy-url")).await.1;
        let base = shown["url"].as_str().expect("the address of a toolbox");
        self.send(method, &format!("{base}/{id}{path}"))
    }

    pub async fn exec(&self, id: &str, body: Value) -> Answer {
        answer(self.inside("POST", id, "/process/execute").await.json(&body)).await
    }
}

pub fn id(shown: &Value) -> String {
    shown["id"].as_str().expect("an id").to_owned()
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    let body = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    (status, body)
}
