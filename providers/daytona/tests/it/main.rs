//! What callers observe of this worker, between an engine double and Daytona's simulator.

mod configuration;
mod conformance;
mod daytona;
mod examples;
mod faults;

use testkit::{Daytona, Deployment, deployment::DeploymentBuilder, mapping};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-daytona");

const MAPPING: &str = include_str!("../../spec/mapping.yaml");

/// A worker that finds its key under its own name.
fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER)
        .provider("daytona")
        .functions(&mapping::functions(MAPPING))
        .key_variable("DAYTONA_API_KEY")
        .config("functions: [extend]")
        .simulator(Daytona::builder())
}
