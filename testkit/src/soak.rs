//! Many calls on one worker, and how much memory it has on the way.

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::morph::Fault;

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
pub async fn soak(house: &Deployment, calls: usize, every: usize) -> Vec<(usize, u64)> {
    let mut memory = Vec::new();
    for done in (every..=calls).step_by(every) {
        let rounds = every / ROUND;
        let started: Vec<bool> = stream::iter(0..rounds)
            .map(|number| round(house, number))
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        // Two faults that are armed at a time may meet the same start.
        let lost = started.iter().filter(|started| !**started).count();
        assert!((1..=rounds.div_ceil(LOST)).contains(&lost), "{lost} of {rounds} lost");
        assert_eq!(house.morph().instances(), []);
        house.morph().clear_faults();
        memory.push((done, house.worker.memory()));
    }
    memory
}

/// One sandbox from its start to its end, with a call between that is refused. Whether it was started.
async fn round(house: &Deployment, number: usize) -> bool {
    if number.is_multiple_of(LOST) {
        let starts = house.morph().fail("POST", "/instance").with(Fault::Cut);
        starts.after_effect().once();
    }
    let image = json!({"image": house.morph().known_snapshot()});
    let created = house.call("create", image).await;
    ends(house, "list", json!({}), None).await;
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
    ends(house, "exec", of(json!({"cmd": "true"})), None).await;
    ends(house, "exec", of(json!({})), Some("S001")).await;
    ends(house, "expose_port", of(json!({"port": 8080})), None).await;
    ends(house, "stop", of(json!({})), None).await;
    true
}

/// Calls a function, which is done or refused with a code.
async fn ends(house: &Deployment, function: &str, payload: Value, refusal: Option<&str>) {
    let answer = house.call(function, payload).await;
    let code = answer.as_ref().err().map(|error| error.code.as_str());
    assert_eq!(code, refusal, "{function}: {answer:?}");
}
