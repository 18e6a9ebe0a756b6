//! A worker whose provider is a test's own.

use std::{path::Path, sync::Arc};

use crate::{
    config::{Config, Defaults},
    manifest::Package,
    provider::{Api, Auth, Provider, Sandboxes, Snapshots},
    worker::Worker,
};

/// A variable that is there, whatever it holds: the worker takes it for its key.
const KEY: &str = "PATH";

/// A worker with the default configuration and no functions, on a provider that has these calls.
pub(crate) fn worker<C: Api>(sandboxes: Sandboxes<C>, snapshots: Option<Snapshots<C>>) -> Arc<Worker<C>> {
    let provider = Provider {
        name: "double",
        api_base: "http://localhost",
        auth: Auth {
            header: "Authorization",
            prefix: "Bearer ",
        },
        api_key_env: KEY,
        config: &[],
        capabilities: &[],
        optional: &[],
        codes: &[],
        sandboxes: Some(sandboxes),
        snapshots,
        adapter: None,
        functions: Vec::new(),
    };
    let defaults = Defaults {
        api_base: "http://localhost",
        api_key_env: KEY,
        optional: &[],
    };
    let config = Config::load(None::<&Path>, &defaults, &[]).expect("defaults").config;
    let package = Package {
        name: "double",
        version: "1.0.0",
        description: "",
        target: "",
    };
    Arc::new(Worker::new(provider, config, &package).expect("a worker"))
}
