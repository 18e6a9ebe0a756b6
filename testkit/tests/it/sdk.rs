//! The real SDK, connected to an engine.

use iii_helpers::observability::OtelConfig;
use iii_sdk::runtime::{WorkerIdentityMode, WorkerMetadata};
use iii_sdk::{IIIClient, InitOptions, register_worker};

pub fn connect(url: &str) -> IIIClient {
    register_worker(url, options())
}

fn options() -> InitOptions {
    InitOptions {
        metadata: Some(WorkerMetadata {
            name: "sdk-under-test".to_owned(),
            ..WorkerMetadata::default()
        }),
        otel: Some(OtelConfig {
            enabled: Some(false),
            ..OtelConfig::default()
        }),
        identity: WorkerIdentityMode::Explicit,
        ..InitOptions::default()
    }
}
