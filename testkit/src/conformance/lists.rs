//! Lists: that they are had, and what stands in them.

use std::collections::BTreeSet;

use super::acting::running;
use crate::deployment::{DeploymentBuilder, Listed};
use crate::simulator::{Fault, Lag};

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
