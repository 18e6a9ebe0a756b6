//! Many consumers at once, while requests fail, the engine goes away and the worker is started anew.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::acting::running;
use super::adapting::{self, Fault as Refusal, IMAGE, rows, script};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::engine::CallError;
use crate::simulator::Fault;

const SOON: &str =
    "request_timeout_secs: 2\nready_timeout_secs: 4\nmax_concurrent_sandboxes: 40\nimages: {python: $known_image}";

const ROUNDS: usize = 3;

const CONSUMERS: usize = 6;

/// How long the worker may go on undoing, and `list` be behind.
const SETTLED: Duration = Duration::from_secs(90);

/// What consumers know.
#[derive(Clone, Debug, Default)]
struct Told {
    running: BTreeSet<String>,
    /// Asked to stop, without being told that it has.
    doubtful: BTreeSet<String>,
}

/// The calls of a session that meets no fault, as method and pattern.
async fn calls(deployment: &Deployment) -> Vec<(String, String)> {
    let traffic = deployment.simulator().traffic();
    traffic.clear_requests();
    session(deployment, &Mutex::default(), true, "").await;
    let seen = traffic.requests().into_iter();
    let calls: BTreeSet<_> = seen
        .map(|seen| (seen.method, deployment.simulator().pattern(&seen.path)))
        .collect();
    calls.into_iter().collect()
}

fn arm(deployment: &Deployment, calls: &[(String, String)], rng: &mut Rng) {
    let (method, pattern) = &calls[rng.usize(..calls.len())];
    let rule = deployment.simulator().traffic().fail(method, pattern);
    match rng.u8(..4) {
        0 => rule.with(Fault::Status(500)).once(),
        1 => rule.with(Fault::Cut).after_effect().once(),
        2 => rule.with(Fault::CutMidBody).after_effect().once(),
        _ => rule.with(Fault::Stall).after_effect().once(),
    }
}

async fn answer(deployment: &Deployment, function: &str, payload: Value) -> Option<Value> {
    match deployment.begin_adapter(function, payload).within(SETTLED).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            judge(&error);
            None
        }
    }
}

/// A refusal is the contract's, or the engine's that has lost the worker.
fn judge(error: &CallError) {
    if !["invocation_stopped", "function_not_found"].contains(&error.code.as_str()) {
        Refusal::of(error);
    }
}

/// A sandbox is started, used, and perhaps stopped.
async fn session(deployment: &Deployment, told: &Mutex<Told>, stops: bool, mark: &str) {
    let told = || told.lock().unwrap_or_else(PoisonError::into_inner);
    let create = json!({"image": IMAGE, "env": {"MARK": mark}});
    let Some(created) = answer(deployment, "create", create).await else {
        return;
    };
    let id = created["sandbox_id"].as_str().expect("an id").to_owned();
    told().running.insert(id.clone());
    let program = json!({"sandbox_id": id, "argv": ["sh", "-c", "echo $MARK"], "timeout_ms": 3000});
    if let Some(ran) = answer(deployment, "exec", program).await {
        assert_eq!(ran["stdout"], format!("{mark}\n"));
    }
    answer(deployment, "list", json!({})).await;
    if stops {
        told().running.remove(&id);
        told().doubtful.insert(id.clone());
        if answer(deployment, "stop", json!({"sandbox_id": id})).await.is_some() {
            told().doubtful.remove(&id);
        }
    }
}

/// Waits until those run that consumers count on, and none that nobody knows of.
async fn settled(deployment: &Deployment, told: &Told, seed: u64) {
    let is_true = async || {
        deployment.listed().await;
        let rows = rows(deployment).await;
        let all_there = told.running.iter().all(|id| rows.contains_key(id));
        let all_known = rows
            .keys()
            .all(|id| told.running.contains(id) || told.doubtful.contains(id));
        all_there && all_known && rows.len() == running(deployment).len()
    };
    let settles = async {
        while !is_true().await {
            sleep(Duration::from_millis(200)).await;
        }
    };
    if timeout(SETTLED, settles).await.is_err() {
        panic!(
            "seed {seed}: {told:?}, but {:?} at {:?}",
            rows(deployment).await,
            running(deployment)
        );
    }
}

pub async fn whatever_fails_no_sandbox_is_lost_and_none_is_left(worker: DeploymentBuilder) {
    let seed = crate::seed("STORM_SEED");
    let mut rng = Rng::with_seed(seed);
    let mut deployment = worker.config(SOON).start().await;
    let calls = calls(&deployment).await;
    let told = Mutex::new(Told::default());
    for round in 0..ROUNDS {
        let sessions = (0..CONSUMERS).map(|number| {
            arm(&deployment, &calls, &mut rng);
            let (deployment, told) = (&deployment, &told);
            let mark = format!("{round}-{number}");
            async move { session(deployment, told, number % 2 == 0, &mark).await }
        });
        join_all(sessions.collect::<Vec<_>>()).await;
        deployment.simulator().traffic().clear_faults();
        deployment.simulator().traffic().release_stalled();
        match round {
            0 => deployment.restart().await,
            _ => {
                deployment.engine.drop_connections();
                for function in ["list", "exec", "create"] {
                    deployment.engine.registered(&deployment.adapter_id(function)).await;
                    deployment.engine.registered(&deployment.id(function)).await;
                }
            }
        }
        let known = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        settled(&deployment, &known, seed).await;
    }
    let left = rows(&deployment).await;
    for id in left.keys() {
        script(&deployment, id, "echo $MARK").await;
        adapting::stop(&deployment, id).await;
    }
    super::acting::nothing_is_left(&deployment).await;
}
