//! Engine double, provider and worker joined: what a test from outside starts with.

mod alone;
mod builder;

use std::any::Any;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

pub use self::alone::Alone;
pub use self::builder::DeploymentBuilder;
use crate::engine::{CallError, Engine, PendingCall};
use crate::morph::Morph;
use crate::simulator::Simulator;
use crate::watched::DEADLINE;
use crate::worker::{Worker, WorkerBuilder};

/// The functions of a provider that maps all but files.
pub const FUNCTIONS: [&str; 7] = ["create", "exec", "stop", "list", "snapshot", "branch", "expose_port"];

/// The functions that a worker registers as a sandbox adapter, whatever its provider.
const ADAPTER: [&str; 17] = [
    "adapter::info",
    "create",
    "exec",
    "stop",
    "list",
    "run",
    "catalog::list",
    "fs::ls",
    "fs::stat",
    "fs::mkdir",
    "fs::rm",
    "fs::chmod",
    "fs::mv",
    "fs::grep",
    "fs::sed",
    "fs::read",
    "fs::write",
];

/// What it registers as one beside these, each where its mapping has it.
const BESIDE: [&str; 4] = ["snapshot", "branch", "expose_port", "extend"];

/// What an adapter is made of.
const ADAPTABLE: [&str; 3] = ["create", "exec", "stop"];

/// Of these fields, those that a function of the family takes; it refuses others.
pub fn fields_of(function: &str, fields: &Value) -> Value {
    let names: &[&str] = match function {
        "create" => &["image", "idle_timeout_secs"],
        "exec" => &["sandbox_id", "cmd", "args", "env", "cwd", "timeout_ms"],
        "list" => &[],
        "branch" => &["sandbox_id", "count"],
        "expose_port" => &["sandbox_id", "port"],
        _ => &["sandbox_id"],
    };
    let taken = names.iter().filter_map(|name| Some((*name, fields.get(name)?.clone())));
    taken.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// How long a supervisor waits for a process that it has told to end.
const SUPERVISOR: Duration = Duration::from_secs(10);

/// A worker that is registered with an engine double and drives a provider, by default a
/// [`Morph`] simulator. Dropping it ends all three.
#[derive(Debug)]
pub struct Deployment {
    /// The worker process. First, so that it ends before what it talks to.
    pub worker: Worker,
    /// The engine double.
    pub engine: Engine,
    simulator: Option<Box<dyn Simulator>>,
    /// Its name in the ids of the family's functions.
    pub(crate) provider: String,
    worker_name: String,
    functions: Vec<String>,
    again: WorkerBuilder,
    begins_with_a_list: bool,
    renews: bool,
}

/// The ids, the count and the trust of an answer of `list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub sandboxes: BTreeSet<String>,
    pub in_flight: u64,
    /// Whether the provider's list was to be had.
    pub reconciled: bool,
}

impl Listed {
    /// A list of these alone, as the provider has it.
    pub fn of(sandboxes: BTreeSet<String>) -> Self {
        Self {
            in_flight: sandboxes.len() as u64,
            sandboxes,
            reconciled: true,
        }
    }
}

impl Deployment {
    /// All defaults: see [`DeploymentBuilder`].
    pub async fn start(binary: impl Into<PathBuf>) -> Self {
        Self::builder(binary).start().await
    }

    /// Starts from the path of a built binary, in a test `env!("CARGO_BIN_EXE_<name>")`.
    pub fn builder(binary: impl Into<PathBuf>) -> DeploymentBuilder {
        DeploymentBuilder::new(Worker::builder(binary))
    }

    /// The simulator, whichever provider's. Panics if the deployment was built without.
    pub fn simulator(&self) -> &dyn Simulator {
        self.simulator.as_deref().expect("a deployment with a simulator")
    }

    /// The simulator. Panics if the deployment was built with another provider.
    pub fn morph(&self) -> &Morph {
        self.provider()
    }

    /// The simulator of a provider. Panics if the deployment was built with another one.
    pub fn provider<S: Simulator>(&self) -> &S {
        let simulator: &dyn Any = self.simulator();
        simulator.downcast_ref().expect("a deployment with this simulator")
    }

    /// Where the worker tells the provider the lifetime of a sandbox that is ready, if it does.
    pub(crate) fn renewal(&self, sandbox: &str) -> Option<String> {
        self.simulator().lifetime_path(sandbox).filter(|_| self.renews)
    }

    /// The full id of one of the worker's functions.
    pub fn id(&self, function: &str) -> String {
        format!("sandbox::provider::{}::{function}", self.provider)
    }

    /// The full ids of the functions of the family that are registered, sorted.
    pub fn family_ids(&self) -> Vec<String> {
        let prefix = self.id("");
        let ids = self.engine.ids().into_iter();
        ids.filter(|id| id.starts_with(&prefix)).collect()
    }

    /// Calls one of the worker's functions by its short name.
    ///
    /// # Errors
    /// As [`Engine::call`].
    pub async fn call(&self, function: &str, payload: Value) -> Result<Value, CallError> {
        self.engine.call(&self.id(function), payload).await
    }

    /// Begins such a call; see [`Engine::begin`].
    pub fn begin(&self, function: &str, payload: Value) -> PendingCall {
        self.engine.begin(&self.id(function), payload)
    }

    /// The full id of one of the worker's functions as a sandbox adapter.
    pub fn adapter_id(&self, function: &str) -> String {
        format!("{}::{function}", self.worker_name)
    }

    /// Calls one of the worker's functions as a sandbox adapter by its short name.
    ///
    /// # Errors
    /// As [`Engine::call`].
    pub async fn adapter(&self, function: &str, payload: Value) -> Result<Value, CallError> {
        self.begin_adapter(function, payload).result().await
    }

    /// Begins such a call; see [`Engine::begin`].
    pub fn begin_adapter(&self, function: &str, payload: Value) -> PendingCall {
        self.engine.begin(&self.adapter_id(function), payload)
    }

    /// Makes the worker the one that the engine's router forwards `sandbox::*` to.
    pub fn bind_adapter(&self) {
        self.engine.bind_sandbox_adapter(&self.worker_name);
    }

    /// Creates a sandbox from the simulator's known snapshot and returns its id, when the worker has sent for it what it
    /// sends by itself: its idle timeout. Panics if that is refused.
    pub async fn sandbox(&self) -> String {
        self.sandbox_with(json!({})).await
    }

    /// [`Deployment::sandbox`] with more fields for `create`.
    pub async fn sandbox_with(&self, fields: Value) -> String {
        let mut payload = json!({"image": self.simulator().known_image()});
        for (name, value) in fields.as_object().into_iter().flatten() {
            payload[name] = value.clone();
        }
        let created = self.call("create", payload).await;
        let created = created.unwrap_or_else(|error| panic!("create was refused: {error}"));
        let id = created["sandbox_id"].as_str();
        let id = id.expect("create answers a sandbox_id").to_owned();
        if let Some(path) = self.simulator().lifetime_path(&id) {
            self.simulator().traffic().wait_for_request("POST", &path, 1).await;
        }
        id
    }

    /// What `list` answers. Panics if it is refused.
    pub async fn listed(&self) -> Listed {
        let listed = self.call("list", json!({})).await;
        let listed = listed.unwrap_or_else(|error| panic!("list was refused: {error}"));
        let sandboxes = listed["sandboxes"].as_array().into_iter().flatten();
        let ids = sandboxes.filter_map(|sandbox| Some(sandbox["sandbox_id"].as_str()?.to_owned()));
        Listed {
            sandboxes: ids.collect(),
            in_flight: listed["in_flight"].as_u64().expect("list answers in_flight"),
            reconciled: listed["reconciled"] == true,
        }
    }

    /// How many sandboxes `list` says are in flight. Panics if there is no list.
    pub async fn in_flight(&self) -> u64 {
        self.listed().await.in_flight
    }

    /// Waits until `list` says that so many are in flight: what is undone at the provider counts until the worker has
    /// heard of it. Panics after 20 s.
    pub async fn wait_for_in_flight(&self, count: u64) {
        let reached = async {
            while self.in_flight().await != count {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(DEADLINE, reached).await.is_err() {
            panic!("waited {DEADLINE:?} in vain for {count} in flight");
        }
    }

    /// The text of a call's refusal. Panics if it is not refused, or if the text does not begin with its code.
    pub async fn refusal(&self, function: &str, payload: Value) -> String {
        let error = match self.call(function, payload).await {
            Ok(answer) => panic!("{function} was not refused but answered {answer}"),
            Err(error) => error,
        };
        let bracket = format!("[{}] ", error.code);
        assert!(error.message.starts_with(&bracket), "{error}");
        assert_eq!(error.stacktrace, None);
        error.message
    }

    /// Kills the worker, as a machine that fails would, and starts it again as it was. Forgets the simulator's requests
    /// so far.
    pub async fn restart(&mut self) {
        self.worker.kill();
        self.worker.exit().await;
        self.engine.wait_connections(0).await;
        if let Some(simulator) = &self.simulator {
            simulator.traffic().clear_requests();
        }
        self.worker = self.again.clone().spawn().await;
        self.settle().await;
    }

    /// Waits until everything is as a test expects to find it.
    async fn settle(&self) {
        let mut ids: Vec<_> = self.functions.iter().map(|name| self.id(name)).collect();
        let is_mapped = |name: &&str| self.functions.iter().any(|function| function == name);
        if ADAPTABLE.iter().all(is_mapped) {
            let beside = BESIDE.into_iter().filter(is_mapped);
            ids.extend(ADAPTER.into_iter().chain(beside).map(|name| self.adapter_id(name)));
        }
        tokio::select! {
            () = self.engine.wait_for(&ids) => {}
            () = self.worker.silent() => panic!("the worker ended too early; {}", self.worker.said()),
        }
        if let (Some(simulator), true) = (&self.simulator, self.begins_with_a_list) {
            let traffic = simulator.traffic();
            traffic.wait_for_request("GET", simulator.list_path(), 1).await;
            traffic.clear_requests();
        }
    }

    /// Sends SIGTERM and waits for the worker to end. Panics after 10 s, when a supervisor would kill it.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.worker.terminate();
        self.worker.exit_within(SUPERVISOR).await
    }
}
