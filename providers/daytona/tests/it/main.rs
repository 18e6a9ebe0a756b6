//! What callers observe of this worker, between an engine double and Daytona's simulator.

mod conformance;
mod daytona;
mod examples;
mod faults;

use testkit::{Daytona, Deployment, deployment::DeploymentBuilder};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-daytona");

/// What spec/mapping.yaml maps. A function that is mapped is added here.
const FUNCTIONS: &[&str] = &[
    "create",
    "exec",
    "stop",
    "list",
    "snapshot",
    "branch",
    "extend",
    "expose_port",
    "fs::read",
    "fs::write",
];

/// A worker that finds its key under its own name.
fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER)
        .provider("daytona")
        .functions(FUNCTIONS)
        .key_variable("DAYTONA_API_KEY")
        .config("functions: [extend]")
        .simulator(Daytona::builder())
}
