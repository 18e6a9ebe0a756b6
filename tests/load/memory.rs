//! A large answer is in memory once: neither its body nor what was made of it stays beside what the caller is sent.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::WORKER;

const RUN: &str = "/instance/{id}/exec";
const CALLS: usize = 8;

/// Of each body, about.
const BYTES: usize = 15_000_000;

/// Beyond the sum of the bodies.
const MORE: u64 = 150 << 20;

/// A build without optimisation writes and reads them slowly beside the fault suite; how fast is not what is measured.
const LIMIT: Duration = Duration::from_secs(240);

/// How many programs run at once, all of whose answers come in the same moment.
async fn all_at_once(deployment: &Deployment, payload: &Value) -> Vec<Value> {
    deployment.morph().fail("POST", RUN).with(Fault::Stall).times(CALLS);
    let calls = (0..CALLS).map(|_| deployment.begin("exec", payload.clone()).within(LIMIT));
    let calls: Vec<_> = calls.collect();
    deployment.morph().wait_for_fault_hits(CALLS).await;
    deployment.morph().release_stalled();
    let answers = join_all(calls).await.into_iter();
    answers.map(|answer| answer.expect("an answer")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_large_answers_at_once_take_little_more_than_their_bodies() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "cmd": "true", "timeout_ms": LIMIT.as_millis()});
    // With its first error the SDK loads the debug information of this build, which is not what is measured.
    deployment.call("stop", json!({})).await.expect_err("a refusal");
    let before = deployment.worker.memory();
    // Text with line ends is written otherwise in JSON, and so is read into another place first.
    let output = "0123456\n".repeat(BYTES / 9);
    let written = output.clone();
    deployment
        .morph()
        .rewrite("POST", RUN, move |answer| answer["stdout"] = json!(written));
    let answers = all_at_once(&deployment, &payload).await;
    assert!(answers.iter().all(|answer| answer["stdout"] == output.as_str()));
    let more = deployment.worker.peak_memory() - before;
    let limit = (CALLS * BYTES) as u64 + MORE;
    println!("{} MiB", more >> 20);
    assert!(more < limit, "{} MiB", more >> 20);
}
