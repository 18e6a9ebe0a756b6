//! An account of which no more is to be had.

use super::acting::{code, image, nothing_is_left};
use crate::deployment::DeploymentBuilder;

pub async fn a_quota_that_is_used_up_is_s501(worker: DeploymentBuilder) {
    let deployment = worker
        .config("request_timeout_secs: 1\nready_timeout_secs: 2")
        .start()
        .await;
    let simulator = deployment.simulator();
    simulator.set_quota_used_up(true);
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S501");
    nothing_is_left(&deployment).await;
    simulator.set_quota_used_up(false);
    deployment.sandbox().await;
}
