//! Lists, however long they are.

use std::collections::BTreeSet;

use super::acting::running;
use crate::deployment::{Deployment, DeploymentBuilder, Listed};
use crate::simulator::{Fault, Lag};

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

pub async fn a_list_that_cannot_be_had_keeps_the_count(worker: DeploymentBuilder) {
    let deployment = worker.config("request_timeout_secs: 2").start().await;
    let sandbox = deployment.sandbox().await;
    let simulator = deployment.simulator();
    for fault in [
        Fault::Status(401),
        Fault::Status(500),
        Fault::Nonsense,
        Fault::Truncated,
        Fault::Cut,
    ] {
        simulator
            .traffic()
            .fail("GET", simulator.list_path())
            .with(fault.clone())
            .always();
        let listed = deployment.listed().await;
        assert_eq!((listed.in_flight, listed.reconciled), (1, false), "{fault:?}");
        simulator.traffic().clear_faults();
    }
    assert_eq!(deployment.listed().await, Listed::of(BTreeSet::from([sandbox])));
}

pub async fn what_is_no_sandbox_costs_the_list_nothing(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let simulator = deployment.simulator();
    simulator.set_lag(Lag::default());
    let sandbox = deployment.sandbox().await;
    simulator.list_everything("GET", simulator.list_path());
    simulator.add(&[("iii-owner", "somebody"), ("owner", "somebody")]);
    assert_eq!(deployment.listed().await, Listed::of(BTreeSet::from([sandbox])));
    assert_eq!(running(&deployment).len(), 2);
}
