//! Engine double, provider and worker joined: what a test from outside starts with.

use std::any::Any;
use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::engine::{CallError, Engine, PendingCall};
use crate::morph::{Morph, MorphBuilder};
use crate::simulator::{Options, Simulator};
use crate::watched::DEADLINE;
use crate::worker::{Worker, WorkerBuilder};

/// The functions of a provider that maps all but files.
pub const FUNCTIONS: [&str; 7] = ["create", "exec", "stop", "list", "snapshot", "branch", "expose_port"];

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
    prefix: String,
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
        DeploymentBuilder {
            worker: Worker::builder(binary),
            provider: "morph".to_owned(),
            functions: FUNCTIONS.map(str::to_owned).to_vec(),
            config: String::new(),
            key_variable: "MORPH_API_KEY".to_owned(),
            simulator: Box::new(Morph::builder()),
            elsewhere: None,
            begins_with_a_list: true,
            renews: true,
        }
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
        format!("{}{function}", self.prefix)
    }

    /// The full ids of the functions of the family that are registered, sorted.
    pub fn family_ids(&self) -> Vec<String> {
        let ids = self.engine.ids().into_iter();
        ids.filter(|id| id.starts_with(&self.prefix)).collect()
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
        let ids: Vec<_> = self.functions.iter().map(|name| self.id(name)).collect();
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

/// A provider, and a worker that is not there yet, which will do something without an engine.
#[derive(Debug)]
pub struct Alone {
    args: Vec<String>,
    config: String,
    worker: WorkerBuilder,
    simulator: Box<dyn Simulator>,
}

impl Alone {
    /// The simulator, whichever provider's.
    pub fn simulator(&self) -> &dyn Simulator {
        self.simulator.as_ref()
    }

    /// Adds an argument for the worker.
    pub fn add_arg(&mut self, arg: &str) {
        self.args.push(arg.to_owned());
    }

    /// Starts the worker.
    pub async fn spawn(&self) -> Worker {
        let worker = self.worker.clone().config(&self.config);
        self.args
            .iter()
            .fold(worker, |worker, arg| worker.arg(arg))
            .spawn()
            .await
    }
}

/// What to deploy. The worker gets `--url <engine>`, and `--config` with a file that leads it to the provider, `api_base:
/// <provider address>` and whatever else that takes, plus the lines of [`DeploymentBuilder::config`].
#[derive(Debug)]
#[must_use = "nothing runs before `start`"]
pub struct DeploymentBuilder {
    worker: WorkerBuilder,
    provider: String,
    functions: Vec<String>,
    config: String,
    key_variable: String,
    simulator: Box<dyn Options>,
    elsewhere: Option<String>,
    begins_with_a_list: bool,
    renews: bool,
}

impl DeploymentBuilder {
    /// Makes the function prefix `sandbox::provider::<name>::`. Default: `morph`.
    pub fn provider(mut self, name: &str) -> Self {
        name.clone_into(&mut self.provider);
        self
    }

    /// The short names of the functions to wait for. Default: [`FUNCTIONS`].
    pub fn functions(mut self, names: &[impl AsRef<str>]) -> Self {
        self.functions = names.iter().map(|name| name.as_ref().to_owned()).collect();
        self
    }

    /// Adds lines to the worker's configuration.
    pub fn config(mut self, yaml: &str) -> Self {
        self.config.push_str(yaml);
        self.config.push('\n');
        self
    }

    /// The environment variable that gets the simulator's key. Default: `MORPH_API_KEY`.
    pub fn key_variable(mut self, name: &str) -> Self {
        name.clone_into(&mut self.key_variable);
        self
    }

    /// Sets an environment variable of the worker; it outranks the key set by default.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.worker = self.worker.env(name, value);
        self
    }

    /// Adds an argument for the worker.
    pub fn arg(mut self, arg: &str) -> Self {
        self.worker = self.worker.arg(arg);
        self
    }

    /// Gives the worker the end of a pipe of the test's own as standard error.
    pub fn stderr_to(mut self, end: impl Into<OwnedFd>) -> Self {
        self.worker = self.worker.stderr_to(end);
        self
    }

    /// Starts the simulator with these options.
    pub fn morph(self, options: MorphBuilder) -> Self {
        self.simulator(options)
    }

    /// Starts another provider's simulator with these options.
    pub fn simulator(mut self, options: impl Options + 'static) -> Self {
        self.simulator = Box::new(options);
        self
    }

    /// Uses the provider at `url` instead of a simulator; its key comes by
    /// [`DeploymentBuilder::env`].
    pub fn provider_url(mut self, url: &str) -> Self {
        self.elsewhere = Some(url.to_owned());
        self
    }

    /// For a worker that does not begin with a list of its sandboxes. Without this, [`DeploymentBuilder::start`] waits
    /// for the list to be asked for and forgets the request.
    pub fn without_first_list(mut self) -> Self {
        self.begins_with_a_list = false;
        self
    }

    /// For a worker that sets no lifetimes beside its answers.
    pub fn without_renewals(mut self) -> Self {
        self.renews = false;
        self
    }

    /// Starts the simulator, and without an engine the worker with these arguments, that does something and ends.
    pub async fn alone(self, args: &[&str]) -> Alone {
        let simulator = self.simulator.start().await;
        Alone {
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            config: format!("{}{}", simulator.config(), self.config),
            worker: self.worker.default_env(&self.key_variable, simulator.api_key()),
            simulator,
        }
    }

    /// Starts everything and waits until all functions are registered. Panics with the worker's
    /// output if it ends before that.
    pub async fn start(self) -> Deployment {
        let engine = Engine::start().await;
        let (simulator, address) = match self.elsewhere {
            Some(url) => (None, format!("api_base: {url}\n")),
            None => {
                let simulator = self.simulator.start().await;
                let address = simulator.config();
                (Some(simulator), address)
            }
        };
        let config = format!("{address}{}", self.config);
        let has_other_key = self.worker.sets(&self.key_variable);
        let mut worker = self.worker.url(&engine.url()).config(&config);
        if let Some(simulator) = &simulator {
            worker = worker.default_env(&self.key_variable, simulator.api_key());
        }
        let deployment = Deployment {
            worker: worker.clone().spawn().await,
            engine,
            simulator,
            prefix: format!("sandbox::provider::{}::", self.provider),
            functions: self.functions,
            again: worker,
            begins_with_a_list: self.begins_with_a_list && !has_other_key,
            renews: self.renews,
        };
        deployment.settle().await;
        deployment
    }
}
