//! Calls of a worker's functions, made as the engine makes them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tokio_util::task::TaskTracker;

use crate::{engine::Handler, error::Reported, provider::Api, worker::Worker};

pub(super) struct Caller<C: Api> {
    worker: Arc<Worker<C>>,
    handlers: Arc<BTreeMap<String, Handler>>,
    /// Calls under way. They go on if nobody waits for them, as they do when an engine is lost.
    calls: TaskTracker,
    /// Whether anything was called that may have made something.
    has_acted: Arc<AtomicBool>,
}

impl<C: Api> Clone for Caller<C> {
    fn clone(&self) -> Self {
        Self {
            worker: self.worker.clone(),
            handlers: self.handlers.clone(),
            calls: self.calls.clone(),
            has_acted: self.has_acted.clone(),
        }
    }
}

impl<C: Api> Caller<C> {
    pub fn new(worker: Arc<Worker<C>>) -> Self {
        let registered = worker.registrations().into_iter();
        let handlers = registered.map(|registration| (registration.id, registration.handler));
        Self {
            handlers: Arc::new(handlers.collect()),
            worker,
            calls: TaskTracker::new(),
            has_acted: Arc::default(),
        }
    }

    /// Whether the family has a function here, by its short name.
    pub fn has(&self, function: &str) -> bool {
        self.handlers.contains_key(&self.worker.function_id(function))
    }

    /// Whether the worker is a sandbox adapter.
    pub fn adapts(&self) -> bool {
        self.handlers.contains_key(&self.adapter_id("create"))
    }

    fn adapter_id(&self, function: &str) -> String {
        format!("{}::{function}", self.worker.package.worker_name())
    }

    /// Calls a function of the family by its short name.
    ///
    /// # Errors
    /// What a caller would be told.
    pub async fn call(&self, function: &str, payload: Value) -> Result<Value, Refused> {
        self.call_by(&self.worker.function_id(function), payload).await
    }

    /// Calls a function of the engine's router, `sandbox::…`, that it would forward to the worker.
    ///
    /// # Errors
    /// What a caller would be told.
    pub async fn call_routed(&self, function: &str, payload: Value) -> Result<Value, Refused> {
        let operation = function.trim_start_matches("sandbox::");
        self.call_by(&self.adapter_id(operation), payload).await
    }

    async fn call_by(&self, id: &str, payload: Value) -> Result<Value, Refused> {
        let handler = self.handlers.get(id).cloned().ok_or_else(|| lost(id))?;
        if !id.ends_with("::list") {
            self.has_acted.store(true, Ordering::Relaxed);
        }
        let answering = self.calls.spawn(handler(payload));
        let answer = answering.await.map_err(|_| lost(id))?;
        answer.map_err(Refused::from)
    }

    pub fn has_acted(&self) -> bool {
        self.has_acted.load(Ordering::Relaxed)
    }

    /// Resolves when no call is under way any more.
    pub async fn settled(&self) {
        self.calls.close();
        self.calls.wait().await;
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub code: String,
    /// The code is in it, too.
    pub text: String,
}

/// An error of the adapter is JSON in the message of another.
impl From<Reported> for Refused {
    fn from(Reported { code, message }: Reported) -> Self {
        let json = message.find('{').map(|begin| &message[begin..]);
        let told: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
        let field = |name: &str| told.as_ref().and_then(|told| told[name].as_str());
        match (field("code"), field("message")) {
            (Some(code), Some(words)) => Self {
                code: code.to_owned(),
                text: format!("[{code}] {words}"),
            },
            _ => Self { code, text: message },
        }
    }
}

fn lost(function: &str) -> Refused {
    Refused {
        code: "S502".to_owned(),
        text: format!("{function} did not come to an end"),
    }
}
