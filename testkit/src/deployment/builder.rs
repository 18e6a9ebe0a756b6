//! What is deployed, and how it is started.

use std::os::fd::OwnedFd;

use super::{Alone, Deployment, FUNCTIONS};
use crate::engine::Engine;
use crate::morph::{Morph, MorphBuilder};
use crate::simulator::{Options, Simulator};
use crate::worker::WorkerBuilder;

/// What to deploy. The worker gets `--url <engine>`, and `--config` with a file that leads it to the provider, `api_base:
/// <provider address>` and whatever else that takes, plus the lines of [`DeploymentBuilder::config`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct DeploymentBuilder {
    worker: WorkerBuilder,
    worker_name: String,
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
    pub(super) fn new(worker: WorkerBuilder) -> Self {
        Self {
            worker_name: worker.name(),
            worker,
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

    /// The name that the worker registers itself by. Default: its executable's.
    pub fn worker_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.worker_name);
        self
    }

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

    /// Adds lines to the worker's configuration. `$known_image` in them is the image that the simulator always has.
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
            config: format!("{}{}", simulator.config(), known(&self.config, simulator.as_ref())),
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
        let config = match &simulator {
            Some(simulator) => known(&self.config, simulator.as_ref()),
            None => self.config,
        };
        let config = format!("{address}{config}");
        let has_other_key = self.worker.sets(&self.key_variable);
        let mut worker = self.worker.url(&engine.url()).config(&config);
        if let Some(simulator) = &simulator {
            worker = worker.default_env(&self.key_variable, simulator.api_key());
        }
        let deployment = Deployment {
            worker: worker.clone().spawn().await,
            engine,
            simulator,
            provider: self.provider,
            worker_name: self.worker_name,
            functions: self.functions,
            again: worker,
            begins_with_a_list: self.begins_with_a_list && !has_other_key,
            renews: self.renews,
        };
        deployment.settle().await;
        deployment
    }
}

/// A configuration whose image is one of this simulator's.
fn known(config: &str, simulator: &dyn Simulator) -> String {
    config.replace("$known_image", simulator.known_image())
}
