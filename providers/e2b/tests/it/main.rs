//! What callers observe of the worker, between an engine double and a simulated provider.

mod configuration;
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
use testkit::{Deployment, E2b, mapping};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-e2b");

const MAPPING: &str = include_str!("../../spec/mapping.yaml");

fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER)
        .provider("e2b")
        .functions(&mapping::functions(MAPPING))
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
