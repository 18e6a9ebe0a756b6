//! The worker: what was generated from `spec/`, run by the runtime.

mod generated {
    include!(concat!(env!("OUT_DIR"), "/provider.rs"));
}

fn main() -> std::process::ExitCode {
    provider_runtime::run(generated::provider(), &provider_runtime::package!())
}
