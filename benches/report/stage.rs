//! The worker between an engine double and a provider that answers from memory.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use testkit::Deployment;
use tokio::time::sleep;

use crate::{
    WORKER,
    bare::{Bare, Request},
    load::Run,
    provider::{OWNER, Provider},
};

/// What a call sends beside its answer is sent within this time.
const BESIDE: Duration = Duration::from_millis(100);

/// Long enough for the largest of all.
const LIMIT: Duration = Duration::from_secs(120);

/// Everything that a call goes through.
#[derive(Debug)]
pub struct Stage {
    pub deployment: Deployment,
    pub provider: Provider,
    pub bare: Bare,
}

impl Stage {
    /// The worker with these lines of configuration, of which a cap of 10,000 is one.
    pub async fn start(config: &str) -> Self {
        let provider = Provider::start().await;
        Self::with(provider, WORKER.as_ref(), "morph", "MORPH_API_KEY", config).await
    }

    /// Another worker, which offers `list` alone.
    pub async fn of(worker: &Path, name: &str, key_variable: &str) -> Self {
        let provider = Provider::start().await;
        Self::with(provider, worker, name, key_variable, "").await
    }

    async fn with(provider: Provider, worker: &Path, name: &str, key_variable: &str, config: &str) -> Self {
        let deployment = Deployment::builder(worker)
            .provider(name)
            .provider_url(&provider.api_base())
            .env(key_variable, "bench")
            .config(&format!("owner: {OWNER}\nmax_concurrent_sandboxes: 10000\n{config}"));
        Self {
            deployment: deployment.start().await,
            provider,
            bare: Bare::new(),
        }
    }

    /// Calls a function. Panics if it is refused.
    pub async fn call(&self, function: &str, payload: Value) -> Value {
        let answer = self.deployment.begin(function, payload).within(LIMIT).await;
        answer.unwrap_or_else(|error| panic!("{function}: {error}"))
    }

    /// The id of a new sandbox.
    pub async fn sandbox(&self) -> String {
        let created = self.call("create", json!({"image": "snapshot_base"})).await;
        created["sandbox_id"].as_str().expect("an id").to_owned()
    }

    /// What a call of a function asks of the provider before it is answered. What was sent before has to be over. A
    /// lifetime is set beside the call, and is not among it.
    pub async fn requests_of(&self, function: &str, payload: Value) -> Vec<Request> {
        sleep(BESIDE).await;
        self.provider.record();
        self.call(function, payload).await;
        sleep(BESIDE).await;
        let mut requests = self.provider.recorded();
        requests.retain(|request| !request.url.path().ends_with("/ttl"));
        requests
    }

    /// Makes the same requests without the worker.
    pub async fn bare(&self, requests: &[Request]) {
        for request in requests {
            self.bare.send(request).await;
        }
    }
}

/// Two ways to do the same, in turn.
pub struct Pair {
    pub measured: Run,
    pub bare: Run,
}

impl Pair {
    /// Each a few times.
    pub async fn of<M, B>(rounds: usize, mut measured: M, mut bare: B) -> Self
    where
        M: AsyncFnMut() -> Run,
        B: AsyncFnMut() -> Run,
    {
        let (mut all, mut all_bare) = (Run::default(), Run::default());
        for _ in 0..rounds {
            all_bare = all_bare.and(bare().await);
            all = all.and(measured().await);
        }
        Self {
            measured: all,
            bare: all_bare,
        }
    }
}
