//! A provider that takes only so many requests is asked no faster.

use futures::future::join_all;

use super::acting::{code, image, nothing_is_left, running, starting};
use crate::deployment::DeploymentBuilder;
use crate::simulator::RateLimit;

pub async fn a_provider_that_is_asked_too_fast_is_asked_again_later(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    traffic.limit([RateLimit::per_second(4).of(&method, &pattern).retry_after(1)]);
    let calls = (0..8).map(|_| deployment.begin("create", image(&deployment)).result());
    for answer in join_all(calls).await {
        answer.expect("a sandbox");
    }
    assert!(traffic.refused() > 0, "none was one too many");
    assert_eq!(running(&deployment).len(), 8);
    assert_eq!(deployment.in_flight().await, 8);
}

pub async fn one_that_never_has_time_is_s500(worker: DeploymentBuilder) {
    let config = "request_timeout_secs: 1\nready_timeout_secs: 2";
    let deployment = worker.config(config).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    traffic.limit([RateLimit::per_second(0).of(&method, &pattern).retry_after(5)]);
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S500");
    nothing_is_left(&deployment).await;
}
