//! fs::read and fs::write: by programs, since the API has no files; where the configuration says so.

use serde_json::{Value, json};
use testkit::{
    CallError, Deployment,
    deployment::{DeploymentBuilder, FUNCTIONS},
};

mod broken;
mod content;
mod offered;

use crate::WORKER;

const RUN: &str = "/instance/{id}/exec";

/// A worker that offers them.
pub fn worker() -> DeploymentBuilder {
    let functions: Vec<_> = FUNCTIONS.into_iter().chain(["fs::read", "fs::write"]).collect();
    Deployment::builder(WORKER)
        .config("functions: [fs]")
        .functions(&functions)
}

/// A sandbox whose files are read and written.
struct Disk {
    deployment: Deployment,
    sandbox: String,
}

impl Disk {
    async fn of(worker: DeploymentBuilder) -> Self {
        let deployment = worker.start().await;
        let sandbox = deployment.sandbox().await;
        deployment.morph().clear_requests();
        Self { deployment, sandbox }
    }

    fn writing(&self, path: &str, bytes: &str) -> Value {
        json!({"sandbox_id": self.sandbox, "path": path, "bytes_base64": bytes})
    }

    async fn write(&self, path: &str, bytes: &str) -> Result<Value, CallError> {
        self.deployment.call("fs::write", self.writing(path, bytes)).await
    }

    async fn read(&self, path: &str) -> Result<String, CallError> {
        let payload = json!({"sandbox_id": self.sandbox, "path": path});
        let answer = self.deployment.call("fs::read", payload).await?;
        Ok(answer["bytes_base64"].as_str().expect("base64").to_owned())
    }

    /// What a shell in the sandbox prints.
    async fn script(&self, script: &str) -> String {
        let payload = json!({"sandbox_id": self.sandbox, "cmd": "sh", "args": ["-c", script]});
        let answer = self.deployment.call("exec", payload).await.expect("an answer");
        answer["stdout"].as_str().expect("text").to_owned()
    }

    /// How many programs were run since the last time.
    fn programs(&self) -> usize {
        let programs = self.deployment.morph().requests_to("POST", RUN).len();
        self.deployment.morph().clear_requests();
        programs
    }
}

/// So many bytes as base64, a multiple of three.
fn base64(length: usize) -> String {
    "aB+/".repeat(length / 3)
}
