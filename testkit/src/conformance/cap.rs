//! No more sandboxes run than may, and whoever is refused is refused at once.

use futures::future::join_all;

use super::acting::{code, image, nothing_is_left, running, starting, stop};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::simulator::Fault;

/// How many of so many starts at once succeed. Panics if another is refused otherwise than by the cap.
async fn started(deployment: &Deployment, calls: usize) -> usize {
    let calls = (0..calls).map(|_| deployment.begin("create", image(deployment)).result());
    let answers = join_all(calls).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    for refusal in refused {
        assert_eq!(refusal.code, "S400", "{refusal}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

pub async fn beyond_the_cap_nothing_is_sent_and_nothing_waits(worker: DeploymentBuilder) {
    let deployment = worker.config("max_concurrent_sandboxes: 2").start().await;
    let (one, two) = (deployment.sandbox().await, deployment.sandbox().await);
    let traffic = deployment.simulator().traffic();
    traffic.clear_requests();
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S400");
    let starts = traffic.requests().into_iter().filter(|seen| seen.method != "GET");
    assert_eq!(starts.count(), 0);
    stop(&deployment, &one).await;
    let three = deployment.sandbox().await;
    assert_eq!(running(&deployment), [two, three].into());
}

pub async fn however_many_come_at_once_no_more_run(worker: DeploymentBuilder) {
    let deployment = worker.config("max_concurrent_sandboxes: 3").start().await;
    assert_eq!(started(&deployment, 12).await, 3);
    assert_eq!(running(&deployment).len(), 3);
    assert_eq!(deployment.in_flight().await, 3);
}

pub async fn what_has_failed_takes_no_place(worker: DeploymentBuilder) {
    let config = "max_concurrent_sandboxes: 1\nrequest_timeout_secs: 1\nready_timeout_secs: 2";
    let deployment = worker.config(config).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    for fault in [Fault::Status(401), Fault::Status(500), Fault::Nonsense] {
        traffic.fail(&method, &pattern).with(fault.clone()).always();
        assert_ne!(
            code(&deployment, "create", image(&deployment)).await,
            "S400",
            "{fault:?}"
        );
        traffic.clear_faults();
        nothing_is_left(&deployment).await;
    }
    deployment.sandbox().await;
}
