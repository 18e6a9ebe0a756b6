//! What callers observe of this worker, between an engine double and Daytona's simulator.

mod conformance;
mod daytona;
mod faults;

use testkit::{Daytona, Deployment, deployment::DeploymentBuilder};

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
    Deployment::builder(env!("CARGO_BIN_EXE_sandbox-daytona"))
        .provider("daytona")
        .functions(FUNCTIONS)
        .key_variable("DAYTONA_API_KEY")
        .config("functions: [extend]")
        .simulator(Daytona::builder())
}
