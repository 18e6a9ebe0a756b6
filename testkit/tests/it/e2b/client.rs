//! A plain HTTP client for the simulator, and a reader of Connect's envelopes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use testkit::E2b;

use crate::http::http;

pub type Answer = (StatusCode, Value);

pub struct Api<'a> {
    http: Client,
    pub e2b: &'a E2b,
}

/// A sandbox, and the token of what runs in it.
pub struct Made {
    pub id: String,
    pub token: String,
}

impl<'a> Api<'a> {
    pub fn of(e2b: &'a E2b) -> Self {
        Self { http: http(), e2b }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.keyless(method, path).header("X-API-Key", self.e2b.api_key())
    }

    pub fn keyless(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.e2b.api_base());
        self.http.request(verb(method), url)
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request("POST", path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request("DELETE", path)).await
    }

    /// A secure sandbox that lives for an hour.
    pub async fn made(&self) -> Made {
        self.made_with(json!({})).await
    }

    pub async fn made_with(&self, fields: Value) -> Made {
        let mut wish = json!({"templateID": "base", "timeout": 3600, "secure": true});
        for (name, value) in fields.as_object().expect("fields") {
            wish[name] = value.clone();
        }
        let (status, made) = self.post("/sandboxes", wish).await;
        assert_eq!(status, 201, "{made}");
        Made {
            id: made["sandboxID"].as_str().expect("an id").to_owned(),
            token: made["envdAccessToken"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// A request to what runs in a sandbox.
    pub fn inside(&self, made: &Made, method: &str, path: &str) -> RequestBuilder {
        let request = self.routed(&made.id, method, path);
        request.header("X-Access-Token", &made.token)
    }

    /// The same without the token.
    pub fn routed(&self, id: &str, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.e2b.envd_base());
        let request = self.http.request(verb(method), url);
        request.header("E2b-Sandbox-Id", id).header("E2b-Sandbox-Port", "49983")
    }

    /// A call that starts a program, ready to be sent with a body.
    pub fn starting(&self, made: &Made) -> RequestBuilder {
        self.inside(made, "POST", "/process.Process/Start")
            .header("Content-Type", "application/connect+json")
            .header("Connect-Protocol-Version", "1")
    }

    pub async fn run(&self, made: &Made, process: Value) -> Told {
        self.run_with(self.starting(made), process).await
    }

    pub async fn run_with(&self, request: RequestBuilder, process: Value) -> Told {
        let message = json!({"process": process, "stdin": false});
        told(request.body(envelope(&message)).send().await.expect("an answer")).await
    }
}

fn verb(method: &str) -> Method {
    Method::from_bytes(method.as_bytes()).expect("a method")
}

/// One message with its head.
pub fn envelope(message: &Value) -> Vec<u8> {
    let message = message.to_string().into_bytes();
    let length = u32::try_from(message.len()).expect("a short message");
    [&[0], length.to_be_bytes().as_slice(), &message].concat()
}

/// What a stream told.
#[derive(Debug)]
pub struct Told {
    /// The names of the events, in their order, what is written again and again being named once.
    pub events: Vec<String>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: Option<Value>,
    /// What the last envelope says; none: there was none.
    pub last: Option<Value>,
    /// The lengths of the pieces that came.
    pub pieces: Vec<usize>,
    pub pid: u64,
}

pub async fn told(mut response: Response) -> Told {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/connect+json");
    let (mut bytes, mut pieces) = (Vec::new(), Vec::new());
    while let Ok(Some(piece)) = response.chunk().await {
        pieces.push(piece.len());
        bytes.extend(piece);
    }
    let mut told = Told {
        events: Vec::new(),
        stdout: Vec::new(),
        stderr: Vec::new(),
        end: None,
        last: None,
        pieces,
        pid: 0,
    };
    let mut rest = bytes.as_slice();
    while rest.len() >= 5 {
        let length = u32::from_be_bytes(rest[1..5].try_into().expect("four bytes")) as usize;
        let Some(message) = rest.get(5..5 + length) else {
            break;
        };
        let message: Value = serde_json::from_slice(message).expect("JSON");
        match rest[0] {
            0 => told.take(&message["event"]),
            2 => told.last = Some(message),
            other => panic!("flags {other}"),
        }
        rest = &rest[5 + length..];
    }
    told
}

impl Told {
    fn take(&mut self, event: &Value) {
        let (name, event) = event
            .as_object()
            .and_then(|event| event.iter().next())
            .expect("an event");
        if self.events.last() != Some(name) {
            self.events.push(name.clone());
        }
        match name.as_str() {
            "start" => self.pid = event["pid"].as_u64().expect("a pid"),
            "data" => self.write(event),
            "end" => self.end = Some(event.clone()),
            "keepalive" => assert_eq!(*event, json!({})),
            other => panic!("the event {other}"),
        }
    }

    fn write(&mut self, data: &Value) {
        for (name, bytes) in data.as_object().expect("data") {
            let bytes = BASE64_STANDARD.decode(bytes.as_str().expect("text")).expect("base64");
            match name.as_str() {
                "stdout" => self.stdout.extend(bytes),
                "stderr" => self.stderr.extend(bytes),
                other => panic!("the stream {other}"),
            }
        }
    }

    /// The code of the error in the last envelope.
    pub fn error(&self) -> &str {
        let last = self.last.as_ref().expect("a last envelope");
        last["error"]["code"].as_str().unwrap_or_default()
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let (status, body, _) = whole(request).await;
    (status, body)
}

pub async fn whole(request: RequestBuilder) -> (StatusCode, Value, HeaderMap) {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    (status, body, headers)
}
