//! A provider that answers from memory: what is measured is the worker and not a simulator.
//!
//! It takes every request for a good one and keeps no sandbox: whatever it is asked for is there, is ready, and has the
//! tags of [`OWNER`]. Its shapes are Morph's, and of E2B's the list of sandboxes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, RawQuery, Request as Arrived, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::bare::Request;

/// Whose everything is.
pub const OWNER: &str = "bench";

type Sim = State<Arc<Shared>>;

/// A listening provider. Dropping it closes its port.
#[derive(Debug)]
pub struct Provider {
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    /// `http://127.0.0.1:<port>`.
    origin: String,
    /// Of every request, in microseconds.
    latency: AtomicU64,
    asked: AtomicUsize,
    /// What was asked for, if somebody wants to know.
    record: Mutex<Option<Vec<Request>>>,
    /// What programs answer in sandboxes of which that was said.
    outputs: Mutex<HashMap<String, Bytes>>,
    pages: Mutex<Vec<Bytes>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared {
            origin: format!("http://{address}"),
            pages: Mutex::new(vec![Bytes::from_static(br#"{"object": "list", "data": []}"#)]),
            ..Shared::default()
        });
        let router = router(shared.clone());
        // Fails only if the connection has ended already.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let serving = async move { axum::serve(listener, router).await.expect("a listener") };
        Self {
            shared,
            serving: tokio::spawn(serving),
        }
    }

    pub fn api_base(&self) -> String {
        format!("{}/api", self.shared.origin)
    }

    /// How long each request takes from now on.
    pub fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).expect("a short time");
        self.shared.latency.store(micros, Ordering::Relaxed);
    }

    /// What every program in this sandbox writes from now on.
    pub fn set_output(&self, sandbox: &str, stdout: &str, stderr: &str) {
        let output = json!({"exit_code": 0, "stdout": stdout, "stderr": stderr}).to_string();
        let mut outputs = self.shared.outputs.lock().expect("nobody panics with it");
        outputs.insert(sandbox.to_owned(), output.into());
    }

    /// What a list of sandboxes answers from now on.
    pub fn set_pages(&self, pages: Vec<Bytes>) {
        *self.shared.pages.lock().expect("nobody panics with it") = pages;
    }

    /// How many requests there were.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::Relaxed)
    }

    /// From now on requests are kept, until [`Provider::recorded`].
    pub fn record(&self) {
        *self.shared.record.lock().expect("nobody panics with it") = Some(Vec::new());
    }

    pub fn recorded(&self) -> Vec<Request> {
        let recorded = self.shared.record.lock().expect("nobody panics with it").take();
        recorded.unwrap_or_default()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let instance = Router::new()
        .route("/", get(show).delete(async || StatusCode::NO_CONTENT))
        .route("/ttl", post(set_ttl))
        .route("/exec", post(exec))
        .route("/snapshot", post(save))
        .route("/branch", post(branch))
        .route("/http", post(expose));
    let api = Router::new()
        .route("/instance", get(list).post(start))
        .nest("/instance/{id}", instance)
        .route("/v2/sandboxes", get(list));
    Router::new()
        .nest("/api", api)
        .layer(from_fn_with_state(shared.clone(), arrive))
        .with_state(shared)
}

/// Counts and delays a request, and keeps it if that is wanted.
async fn arrive(State(shared): Sim, request: Arrived, next: Next) -> Response {
    shared.asked.fetch_add(1, Ordering::Relaxed);
    let is_wanted = shared.record.lock().expect("nobody panics with it").is_some();
    let request = match is_wanted {
        true => kept(&shared, request).await,
        false => request,
    };
    let latency = Duration::from_micros(shared.latency.load(Ordering::Relaxed));
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    next.run(request).await
}

async fn kept(shared: &Shared, request: Arrived) -> Arrived {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let url = format!("{}{}", shared.origin, parts.uri);
    let kept = Request {
        method: parts.method.clone(),
        url: url.parse().expect("it has led here"),
        headers: parts.headers.clone(),
        body: body.clone(),
    };
    if let Some(record) = &mut *shared.record.lock().expect("nobody panics with it") {
        record.push(kept);
    }
    Arrived::from_parts(parts, Body::from(body))
}

async fn start(Json(wish): Json<Value>) -> Json<Value> {
    let mut started = instance(&fresh("morphvm"), &wish["metadata"], &json!([]));
    started["ttl"] = ttl(&wish);
    Json(started)
}

async fn set_ttl(Path(id): Path<String>, Json(wish): Json<Value>) -> Json<Value> {
    let mut shown = instance(&id, &json!({"iii-owner": OWNER}), &json!([]));
    shown["ttl"] = ttl(&wish);
    Json(shown)
}

/// What was asked for, from now on.
fn ttl(wish: &Value) -> Value {
    let secs = wish["ttl_seconds"].as_u64().expect("seconds");
    let now = UNIX_EPOCH.elapsed().expect("a time of this era").as_secs();
    json!({"ttl_seconds": secs, "ttl_expire_at": now + secs, "ttl_action": "stop"})
}

async fn show(Path(id): Path<String>) -> Json<Value> {
    Json(instance(&id, &json!({"iii-owner": OWNER}), &json!([])))
}

async fn exec(State(shared): Sim, Path(id): Path<String>, _line: Bytes) -> Response {
    let output = shared.outputs.lock().expect("nobody panics with it").get(&id).cloned();
    let silent = Bytes::from_static(br#"{"exit_code": 0, "stdout": "", "stderr": ""}"#);
    json_body(output.unwrap_or(silent))
}

async fn save(Json(wish): Json<Value>) -> Json<Value> {
    Json(snapshot(&wish["metadata"]))
}

async fn branch(Json(wish): Json<Value>) -> Json<Value> {
    let copy = instance(&fresh("morphvm"), &wish["instance_metadata"], &json!([]));
    Json(json!({"snapshot": snapshot(&wish["snapshot_metadata"]), "instances": [copy]}))
}

async fn expose(Path(id): Path<String>, Json(wish): Json<Value>) -> Json<Value> {
    let url = format!(
        "https://{}-{id}.http.example.com",
        wish["name"].as_str().unwrap_or_default()
    );
    let service = json!({"name": wish["name"], "port": wish["port"], "url": url, "auth_mode": "none"});
    Json(instance(&id, &json!({"iii-owner": OWNER}), &json!([service])))
}

/// The first page, or the one whose number the token is.
async fn list(State(shared): Sim, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let token = query.split('&').find_map(|pair| pair.strip_prefix("nextToken="));
    let number: usize = token.map_or(0, |token| token.parse().expect("a token of ours"));
    let pages = shared.pages.lock().expect("nobody panics with it");
    let answer = json_body(pages[number].clone());
    match number + 1 < pages.len() {
        true => ([("X-Next-Token", (number + 1).to_string())], answer).into_response(),
        false => answer,
    }
}

fn json_body(body: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn fresh(kind: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{kind}_{:08x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An instance as Morph shows it, which lives for a year.
pub fn instance(id: &str, metadata: &Value, services: &Value) -> Value {
    json!({
        "id": id,
        "object": "instance",
        "created": 1_764_460_800,
        "status": "ready",
        "spec": {"vcpus": 1, "memory": 1024, "disk_size": 8192},
        "refs": {"snapshot_id": "snapshot_base", "image_id": "morphvm-minimal"},
        "networking": {"internal_ip": "10.0.0.2", "http_services": services},
        "metadata": metadata,
        "ttl": {"ttl_seconds": 31_536_000, "ttl_expire_at": 4_102_444_800_u64, "ttl_action": "stop"},
        "wake_on": {"wake_on_ssh": false, "wake_on_http": false},
    })
}

fn snapshot(metadata: &Value) -> Value {
    json!({
        "id": fresh("snapshot"),
        "object": "snapshot",
        "created": 1_764_460_800,
        "status": "ready",
        "spec": {"vcpus": 1, "memory": 1024, "disk_size": 8192},
        "refs": {"image_id": "morphvm-minimal"},
        "digest": null,
        "metadata": metadata,
    })
}
