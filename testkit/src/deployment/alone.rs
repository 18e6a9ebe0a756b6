//! A worker without an engine.

use crate::simulator::Simulator;
use crate::worker::{Worker, WorkerBuilder};

/// A provider, and a worker that is not there yet, which will do something without an engine.
#[derive(Debug)]
pub struct Alone {
    pub(super) args: Vec<String>,
    pub(super) config: String,
    pub(super) worker: WorkerBuilder,
    pub(super) simulator: Box<dyn Simulator>,
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
