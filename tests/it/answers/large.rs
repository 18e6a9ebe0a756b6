//! Answers beyond what the worker takes.

use serde_json::json;
use testkit::{CallError, Deployment, Fault};

use super::WORKER;

const RUN: &str = "POST /instance/{instance_id}/exec";

fn too_large() -> CallError {
    CallError::unavailable(&format!("exec: the answer is larger than the worker takes ({RUN})"))
}

/// What an exec answers that prints so many bytes.
async fn printed(deployment: &Deployment, bytes: usize) -> Result<usize, CallError> {
    let script = format!("head -c {bytes} /dev/zero | tr '\\0' x");
    let payload = json!({"sandbox_id": deployment.sandbox().await, "cmd": "sh", "args": ["-c", script]});
    let answered = deployment.call("exec", payload).await?;
    Ok(answered["stdout"].as_str().expect("output").len())
}

#[tokio::test]
async fn the_limit_can_be_configured() {
    let deployment = Deployment::builder(WORKER)
        .config("max_response_bytes: 65536")
        .start()
        .await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "cmd": "true"});
    let run = || deployment.morph().fail("POST", "/instance/{id}/exec");
    run().with(Fault::Oversized(65_536)).once();
    assert_eq!(deployment.call("exec", payload).await, Err(too_large()));
    let larger = Deployment::builder(WORKER)
        .config("max_response_bytes: 50000000\nmax_output_bytes: 4000000")
        .start()
        .await;
    assert_eq!(printed(&larger, 4_000_000).await, Ok(4_000_000));
}

#[tokio::test]
async fn an_answer_of_200_mib_is_refused_before_it_fills_the_memory() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "cmd": "true"});
    // With its first error the SDK loads the debug information of this build, which is not what is measured.
    deployment.call("stop", json!({})).await.expect_err("a refusal");
    let before = deployment.worker.peak_memory();
    let huge = Fault::Oversized(200 << 20);
    deployment
        .morph()
        .fail("POST", "/instance/{id}/exec")
        .with(huge)
        .always();
    assert_eq!(deployment.call("exec", payload).await, Err(too_large()));
    let more = deployment.worker.peak_memory() - before;
    assert!(more < 64 << 20, "{} MiB", more >> 20);
}

#[tokio::test]
async fn of_a_long_list_only_what_is_read_is_kept() {
    let deployment = Deployment::start(WORKER).await;
    deployment.sandbox().await;
    assert_eq!(deployment.in_flight().await, 1);
    let before = deployment.worker.peak_memory();
    deployment.morph().rewrite("GET", "/instance", |answer| {
        let list = answer["data"].as_array_mut().expect("a list");
        let mut other = list[0].clone();
        other["metadata"] = json!({"iii-owner": "somebody"});
        other["more"] = vec![json!({"of": "somebody's"}); 40].into();
        list.resize(list.len() + 10_000, other);
    });
    assert_eq!(deployment.in_flight().await, 1);
    let more = deployment.worker.peak_memory() - before;
    // The text alone has 14 MiB.
    assert!(more < 96 << 20, "{} MiB", more >> 20);
}
