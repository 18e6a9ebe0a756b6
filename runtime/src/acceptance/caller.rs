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

    pub fn has(&self, function: &str) -> bool {
        self.handlers.contains_key(&self.worker.function_id(function))
    }

    /// # Errors
    /// What a caller would be told.
    pub async fn call(&self, function: &str, payload: Value) -> Result<Value, Reported> {
        let handler = self.handlers.get(&self.worker.function_id(function)).cloned();
        let handler = handler.ok_or_else(|| lost(function))?;
        if function != "list" {
            self.has_acted.store(true, Ordering::Relaxed);
        }
        let answering = self.calls.spawn(handler(payload));
        answering.await.unwrap_or_else(|_| Err(lost(function)))
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

fn lost(function: &str) -> Reported {
    Reported {
        code: "S502".to_owned(),
        message: format!("{function} did not come to an end"),
    }
}
