//! No sandbox is forgotten: whatever goes wrong while one is started, it is ended, and its slot is free.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Morph};

mod doubtful;
mod snapshots;
mod undo;

use crate::WORKER;

const ONE: &str = "/instance/{id}";

/// A worker with room for one sandbox only, so that a slot that is lost shows at once.
async fn deployment() -> Deployment {
    deployment_for(1).await
}

/// A worker with room for so many sandboxes, which are ready at the second look.
async fn deployment_for(cap: usize) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nrequest_timeout_secs: 3\nready_timeout_secs: 3");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    Deployment::builder(WORKER).config(&yaml).morph(quick).start().await
}

/// [`deployment_for`] so many, where a start lives hardly longer than it may idle.
async fn with_little_time(cap: usize) -> Deployment {
    let yaml = format!("max_concurrent_sandboxes: {cap}\nrequest_timeout_secs: 3\nready_timeout_secs: 1");
    let quick = Morph::builder().ready_after(Duration::from_millis(50));
    Deployment::builder(WORKER).config(&yaml).morph(quick).start().await
}

fn image() -> Value {
    json!({"image": "snapshot_base"})
}

/// The tag of the call that sent the latest `POST /instance`.
fn attempt(deployment: &Deployment) -> String {
    let sent = deployment.morph().requests_to("POST", "/instance").pop();
    let body = sent.expect("a start").body.expect("a body");
    body["metadata"]["iii-attempt"].as_str().expect("a tag").to_owned()
}

/// The start takes effect, but its answer is lost.
fn lose_the_answer(deployment: &Deployment) {
    deployment.morph().lose_answer("POST", "/instance");
}

const LOST: &str = "[S502] provider unavailable: create (start): the connection broke before the answer was complete \
                    (POST /instance)";
