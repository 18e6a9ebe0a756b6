//! What no caller was told of does not run on.

use super::acting::{code, image, left, nothing_is_left, starting};
use crate::deployment::DeploymentBuilder;
use crate::simulator::{Fate, Fault};

const SOON: &str = "request_timeout_secs: 1\nready_timeout_secs: 2";

pub async fn a_start_that_fails_leaves_nothing(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    deployment.simulator().set_fates([Fate::Error]);
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S502");
    nothing_is_left(&deployment).await;
    deployment.sandbox().await;
}

pub async fn a_start_that_takes_for_ever_is_given_up_and_ended(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    deployment.simulator().set_fates([Fate::Pending]);
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S502");
    nothing_is_left(&deployment).await;
}

pub async fn a_start_whose_answer_is_lost_runs_for_its_caller_or_not_at_all(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    for fault in [
        Fault::Cut,
        Fault::CutMidBody,
        Fault::Truncated,
        Fault::Status(500),
        Fault::EmptyBody,
    ] {
        traffic.fail(&method, &pattern).with(fault).after_effect().once();
        let told = match deployment.call("create", image(&deployment)).await {
            Ok(created) => created["sandbox_id"].as_str().map(str::to_owned),
            Err(error) => {
                assert_eq!(error.code, "S502", "{error}");
                None
            }
        };
        left(&deployment, &told.clone().into_iter().collect()).await;
        if let Some(sandbox) = told {
            super::acting::stop(&deployment, &sandbox).await;
        }
        nothing_is_left(&deployment).await;
    }
}

/// A refusal is to say that there is nothing, and does not always.
pub async fn a_refusal_after_the_start_leaves_nothing(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    for status in [400, 404, 429] {
        traffic
            .fail(&method, &pattern)
            .with(Fault::Status(status))
            .after_effect()
            .once();
        let answer = deployment.call("create", image(&deployment)).await;
        let told = answer
            .ok()
            .and_then(|created| created["sandbox_id"].as_str().map(str::to_owned));
        left(&deployment, &told.clone().into_iter().collect()).await;
        if let Some(sandbox) = told {
            super::acting::stop(&deployment, &sandbox).await;
        }
    }
    nothing_is_left(&deployment).await;
}
