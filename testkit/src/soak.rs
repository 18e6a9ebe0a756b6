//! Many calls on one worker, and how much memory it has on the way.

use futures::{StreamExt, stream};
use serde_json::json;

use crate::deployment::Deployment;
use crate::morph::Fault;

/// Calls of one round.
const ROUND: usize = 5;

/// Rounds under way at a time.
const AT_A_TIME: usize = 8;

/// Every so many rounds the answer to a start is lost.
const LOST: usize = 10;

/// Makes `calls` calls in rounds that leave nothing behind, and gives the worker's resident memory in bytes after each
/// `every` of them. Linux only.
pub async fn soak(house: &Deployment, calls: usize, every: usize) -> Vec<(usize, u64)> {
    let mut memory = Vec::new();
    for done in (every..=calls).step_by(every) {
        stream::iter(0..every / ROUND)
            .for_each_concurrent(AT_A_TIME, |number| round(house, number))
            .await;
        memory.push((done, house.worker.memory()));
    }
    memory
}

/// One sandbox from its start to its end, with a call between that is refused.
async fn round(house: &Deployment, number: usize) {
    if number.is_multiple_of(LOST) {
        let starts = house.morph().fail("POST", "/instance").with(Fault::Cut);
        starts.after_effect().once();
    }
    let created = house
        .call("create", json!({"image": house.morph().known_snapshot()}))
        .await;
    let sandbox = json!({"sandbox_id": created.map(|answer| answer["sandbox_id"].clone()).unwrap_or_default()});
    let mut port = sandbox.clone();
    port["port"] = json!(8080);
    for (function, payload) in [
        ("expose_port", &port),
        ("list", &sandbox),
        ("exec", &sandbox),
        ("stop", &sandbox),
    ] {
        // Some are refused, which is part of it.
        let _ = house.call(function, payload.clone()).await;
    }
}
