//! Lists, however long they are.

use std::collections::BTreeSet;

use crate::deployment::{Deployment, DeploymentBuilder, Listed};
use crate::simulator::Fault;

/// A sandbox of the worker and others like it, as earlier workers would have left them.
async fn several(deployment: &Deployment, count: usize) -> BTreeSet<String> {
    let one = deployment.sandbox().await;
    let more = (1..count).map(|_| deployment.simulator().add_like(&one));
    let ids: BTreeSet<_> = more.chain([one.clone()]).collect();
    assert_eq!(ids.len(), count);
    ids
}

pub async fn a_thousand_sandboxes_are_listed_and_counted(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let ours = several(&deployment, 1_000).await;
    (0..50).for_each(|_| drop(deployment.simulator().add(&[])));
    assert_eq!(deployment.listed().await, Listed::of(ours));
}

/// If the list has pages at all. Otherwise its only one fails.
pub async fn a_page_that_fails_is_no_shorter_truth(worker: DeploymentBuilder) {
    let deployment = worker.config("request_timeout_secs: 2").start().await;
    let ours = several(&deployment, 450).await;
    let simulator = deployment.simulator();
    simulator.traffic().clear_requests();
    assert_eq!(deployment.listed().await, Listed::of(ours.clone()));
    let requests = simulator.traffic().requests_to("GET", simulator.list_path()).len();
    let pages = requests.max(1);
    simulator
        .traffic()
        .fail("GET", simulator.list_path())
        .with(Fault::Status(400))
        .nth(pages);
    let listed = deployment.listed().await;
    assert!(!listed.reconciled, "page {pages} has failed");
    assert_eq!(listed.in_flight, 450, "and the count stays");
    assert_eq!(deployment.listed().await, Listed::of(ours));
}
