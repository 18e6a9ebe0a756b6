//! The real SDK, connected to an engine.

use std::time::Duration;

use iii_helpers::observability::OtelConfig;
use iii_sdk::runtime::{WorkerIdentityMode, WorkerMetadata};
use iii_sdk::{Error, IIIClient, InitOptions, RegisterFunction, register_worker};
use serde_json::{Value, json};
use testkit::engine::Engine;
use tokio::time::sleep;

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

/// A connected SDK that shuts down with the test.
pub struct Sdk {
    pub client: IIIClient,
}

impl Sdk {
    pub fn connect<const N: usize>(engine: &Engine, functions: [(&str, RegisterFunction); N]) -> Self {
        let client = connect(&engine.url());
        for (id, function) in functions {
            client.register_function(id, function);
        }
        Self { client }
    }

    /// The SDK offers nothing to wait on here, so this polls, with a limit.
    pub async fn fatal_error(&self) -> Error {
        for _ in 0..200 {
            if let Some(error) = self.client.fatal_error() {
                return error;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the SDK did not fail");
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        self.client.shutdown();
    }
}

pub fn echo() -> RegisterFunction {
    RegisterFunction::new_async(|input: Value| async move { Ok::<_, Error>(input) })
}

pub fn answering(text: &'static str) -> RegisterFunction {
    RegisterFunction::new_async(move |_: Value| async move { Ok::<_, Error>(json!(text)) })
}
