//! Configuration that comes from the engine's `configuration` worker, and changes while the worker runs.

mod changed;
mod described;
mod found;
mod troubled;

use std::time::Duration;

use serde_json::{Value, json};
use testkit::engine::ConfigurationWorker;
use testkit::worker::WorkerBuilder;
use testkit::{CallError, Engine, Morph, Worker};
use tokio::time::{sleep, timeout};

use crate::WORKER;

/// The worker's entry, unless a supervisor names another.
const ENTRY: &str = "sandbox-morph";

const PATIENCE: Duration = Duration::from_secs(20);

/// An engine with a `configuration` worker, a provider, and a worker between them that is told of neither but by the entry.
struct Configured {
    worker: Worker,
    engine: Engine,
    morph: Morph,
}

/// An engine with this `configuration` worker.
async fn engine(worker: ConfigurationWorker) -> Engine {
    let engine = Engine::start().await;
    engine.has_configuration(worker);
    engine
}

/// An entry that leads to this provider, with these keys beside.
fn leading_to(morph: &Morph, more: Value) -> Value {
    let mut entry = json!({"api_base": morph.api_base()});
    for (key, value) in more.as_object().into_iter().flatten() {
        entry[key] = value.clone();
    }
    entry
}

/// A worker on this engine that has the provider's key.
fn worker(engine: &Engine, morph: &Morph) -> WorkerBuilder {
    Worker::builder(WORKER)
        .url(&engine.url())
        .env("MORPH_API_KEY", morph.api_key())
}

impl Configured {
    /// Starts with an entry of these keys.
    async fn with(more: Value) -> Self {
        Self::on(ConfigurationWorker::Current, more).await
    }

    async fn on(kind: ConfigurationWorker, more: Value) -> Self {
        let (engine, morph) = (engine(kind).await, Morph::start().await);
        engine.set_entry(ENTRY, leading_to(&morph, more));
        let worker = worker(&engine, &morph).spawn().await;
        let configured = Self { worker, engine, morph };
        configured.registered("list").await;
        serving(&configured.engine).await;
        configured
    }

    async fn registered(&self, function: &str) {
        let id = family(function);
        tokio::select! {
            _ = self.engine.registered(&id) => {}
            () = self.worker.silent() => panic!("the worker ended too early: {}", self.worker.stderr()),
        }
    }

    /// The operator gives the entry these keys, and no others.
    fn set(&self, more: Value) {
        self.engine.set_entry(ENTRY, leading_to(&self.morph, more));
    }

    async fn call(&self, function: &str, payload: Value) -> Result<Value, CallError> {
        self.engine.call(&family(function), payload).await
    }

    async fn create(&self) -> Result<Value, CallError> {
        self.call("create", json!({"image": "snapshot_base"})).await
    }

    async fn status(&self) -> Value {
        status(&self.engine).await
    }

    /// Waits until a key is in force with this value.
    async fn in_force(&self, key: &str, value: Value) {
        let awaited = format!("{key}: {value}");
        until(&awaited, || async { self.status().await["config"][key] == value }).await;
    }

    /// Waits until the status names this key as wrong, and gives why.
    async fn wrong(&self, key: &str) -> String {
        until(&format!("{key} to be wrong"), || async {
            self.status().await["last_error"]["key"] == key
        })
        .await;
        let status = self.status().await;
        status["last_error"]["reason"].as_str().expect("a reason").to_owned()
    }
}

fn family(function: &str) -> String {
    format!("sandbox::provider::morph::{function}")
}

/// Waits until a worker has registered what a story calls, in whatever order it comes.
async fn serving(engine: &Engine) {
    let own = ["config-status", "doctor", "on-config-change", "configuration-id"];
    let own = own.map(|function| format!("sandbox-morph::{function}"));
    engine.wait_for(&own).await;
    engine.wait_for(&["list", "create"].map(family)).await;
}

async fn status(engine: &Engine) -> Value {
    let status = engine.call("sandbox-morph::config-status", json!({})).await;
    status.expect("a status")
}

/// Asks until something is so. Panics after a while.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let awaited = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(PATIENCE, awaited).await.is_err() {
        panic!("waited {PATIENCE:?} in vain for {what}");
    }
}
