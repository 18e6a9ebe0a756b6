//! How large a sandbox has to be at least, for providers that tell how large their images make them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::acting::{nothing_is_left, running};
use super::adapting::{self, IMAGE, create, refused, stop};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::simulator::Fault;

/// What no image of a simulator has.
const HUGE: u32 = 1_000_000;

/// By these names the providers tell of it.
const TOLD_BY: [&str; 6] = ["spec", "vcpus", "cpuCount", "memoryMB", "cpu", "memory"];

fn sized(field: &str, asked: u32) -> Value {
    let mut payload = json!({"image": IMAGE});
    payload[field] = asked.into();
    payload
}

/// The requests of a sandbox that is started by its size and listed, as method and pattern.
async fn calls(deployment: &Deployment) -> BTreeSet<(String, String)> {
    let traffic = deployment.simulator().traffic();
    traffic.clear_requests();
    let sandbox = create(deployment, json!({"cpus": 1})).await;
    deployment.listed().await;
    stop(deployment, &sandbox).await;
    let seen = traffic.requests().into_iter();
    seen.map(|seen| (seen.method, deployment.simulator().pattern(&seen.path)))
        .collect()
}

pub async fn what_is_as_large_as_was_asked_for_runs(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    for fields in [
        json!({"cpus": 1}),
        json!({"memory_mb": 512}),
        json!({"cpus": 1, "memory_mb": 1}),
        json!({"cpus": null, "memory_mb": null}),
    ] {
        create(&deployment, fields).await;
    }
    assert_eq!(running(&deployment).len(), 4);
}

pub async fn what_is_smaller_is_ended_and_it_is_told_what_the_image_has(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    for field in ["cpus", "memory_mb"] {
        let fault = refused(&deployment, "create", sized(field, HUGE)).await;
        assert_eq!(
            (fault.code.as_str(), fault.kind.as_str()),
            ("S400", "config"),
            "{fault:?}"
        );
        assert!(
            fault.message.contains(field) && fault.message.contains("the image has "),
            "{}",
            fault.message
        );
        nothing_is_left(&deployment).await;
    }
}

/// Nothing else depends on it.
pub async fn one_that_does_not_say_how_large_it_is_runs_unless_that_was_asked_for(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    for (method, pattern) in calls(&deployment).await {
        let rule = deployment.simulator().traffic().fail(&method, &pattern);
        rule.with(Fault::Without(&TOLD_BY)).after_effect().always();
    }
    let sandbox = create(&deployment, json!({})).await;
    assert!(deployment.listed().await.reconciled);
    for field in ["cpus", "memory_mb"] {
        let fault = refused(&deployment, "create", sized(field, 1)).await;
        assert_eq!(fault.code, "S400", "{field}: {fault:?}");
        assert!(
            fault.message.contains(field) && fault.message.contains("not known"),
            "{}",
            fault.message
        );
    }
    stop(&deployment, &sandbox).await;
    nothing_is_left(&deployment).await;
}
