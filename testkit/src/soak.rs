//! Many calls on one worker, and how much memory it has on the way.

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::simulator::Fault;

/// Calls of one round.
const ROUND: usize = 6;

/// Rounds under way at a time.
const AT_A_TIME: usize = 8;

/// Every so many rounds the answer to a start is lost.
const LOST: usize = 10;

/// Makes `calls` calls in rounds that leave nothing behind, and gives the worker's resident memory in bytes after each
/// `every` of them. Linux only.
///
/// # Panics
/// If a call ends otherwise than it must, or something is left.
pub async fn soak(deployment: &Deployment, calls: usize, every: usize) -> Vec<(usize, u64)> {
    let mut memory = Vec::new();
    for done in (every..=calls).step_by(every) {
        let rounds = every / ROUND;
        let started: Vec<bool> = stream::iter(0..rounds)
            .map(|number| round(deployment, number))
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        // Two faults that are armed at a time may meet the same start.
        let lost = started.iter().filter(|started| !**started).count();
        assert!((1..=rounds.div_ceil(LOST)).contains(&lost), "{lost} of {rounds} lost");
        assert_eq!(deployment.morph().instances(), []);
        deployment.morph().clear_faults();
        memory.push((done, deployment.worker.memory()));
    }
    memory
}

/// One sandbox from its start to its end, with a call between that is refused. Whether it was started.
async fn round(deployment: &Deployment, number: usize) -> bool {
    if number.is_multiple_of(LOST) {
        let starts = deployment.morph().fail("POST", "/instance").with(Fault::Cut);
        starts.after_effect().once();
    }
    let image = json!({"image": deployment.morph().known_snapshot()});
    let created = deployment.call("create", image).await;
    ends(deployment, "list", json!({}), None).await;
    let sandbox = match created {
        Ok(answer) => answer["sandbox_id"].clone(),
        Err(error) => {
            assert_eq!(error.code, "S502", "create: {error}");
            return false;
        }
    };
    let of = |more: Value| {
        let mut payload = more;
        payload["sandbox_id"] = sandbox.clone();
        payload
    };
    ends(deployment, "exec", of(json!({"cmd": "true"})), None).await;
    ends(deployment, "exec", of(json!({})), Some("S001")).await;
    ends(deployment, "expose_port", of(json!({"port": 8080})), None).await;
    ends(deployment, "stop", of(json!({})), None).await;
    true
}

/// Calls a function, which is done or refused with a code.
async fn ends(deployment: &Deployment, function: &str, payload: Value, refusal: Option<&str>) {
    let answer = deployment.call(function, payload).await;
    let code = answer.as_ref().err().map(|error| error.code.as_str());
    assert_eq!(code, refusal, "{function}: {answer:?}");
}
