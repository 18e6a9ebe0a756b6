//! What callers observe of the worker, between an engine double and a simulated provider.

mod conformance;
mod copies;
mod create;
mod errors;
mod examples;
mod exec;
mod expose_port;
mod faults;
mod files;
mod lifetimes;
mod lists;
mod registered;
mod snapshots;

use testkit::deployment::DeploymentBuilder;
use testkit::{Deployment, E2b};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-e2b");

/// What spec/mapping.yaml maps.
const FUNCTIONS: &[&str] = &[
    "create",
    "exec",
    "stop",
    "list",
    "snapshot",
    "branch",
    "expose_port",
    "fs::read",
    "fs::write",
];

fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER)
        .provider("e2b")
        .functions(FUNCTIONS)
        .simulator(E2b::builder())
        .key_variable("E2B_API_KEY")
}

async fn configured(yaml: &str) -> Deployment {
    worker().config(yaml).start().await
}

/// The provider behind a worker.
fn e2b(deployment: &Deployment) -> &E2b {
    deployment.provider()
}
