//! The worker: what was generated from `spec/`, run by the runtime.

use std::process::ExitCode;

mod generated {
    include!(concat!(env!("OUT_DIR"), "/provider.rs"));
}

const PACKAGE: provider_runtime::Package = provider_runtime::Package {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    description: env!("CARGO_PKG_DESCRIPTION"),
    target: env!("TARGET"),
};

fn main() -> ExitCode {
    provider_runtime::run(generated::provider(), &PACKAGE)
}
