//! Who this worker is, and the `--manifest` document that tells it without a connection.

use std::env;

use serde_json::{Map, Value, json};

/// The provider package, filled from its own build by [`package!`](crate::package!).
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Package, binary and worker name in one.
    pub name: &'static str,
    /// Semantic version of the worker.
    pub version: &'static str,
    /// One line.
    pub description: &'static str,
    /// Target triple the binary was built for.
    pub target: &'static str,
}

/// The [`Package`] of the crate that calls it. A macro, because only there do its own name and version stand in `env!`.
///
/// `TARGET` is set by `provider_codegen::build` in its build.rs.
#[macro_export]
macro_rules! package {
    () => {
        $crate::Package {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            description: ::core::env!("CARGO_PKG_DESCRIPTION"),
            target: ::core::env!("TARGET"),
        }
    };
}

impl Package {
    /// The name that the worker has at the engine: as its supervisor says, as the SDK decides it, which does not tell.
    pub(crate) fn worker_name(&self) -> String {
        let managed = env::var("III_WORKER_NAME").unwrap_or_default();
        match managed.is_empty() {
            true => self.name.to_owned(),
            false => managed,
        }
    }

    /// Where the worker's own modules log: the crate name of its binary.
    pub(crate) fn log_target(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// Pretty JSON `{name, version, description, default_config, supported_targets}`, without a final newline.
pub fn render(package: &Package, default_config: &Map<String, Value>) -> String {
    let manifest = json!({
        "name": package.name,
        "version": package.version,
        "description": package.description,
        "default_config": default_config,
        "supported_targets": [package.target],
    });
    format!("{manifest:#}")
}
