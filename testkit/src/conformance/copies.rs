//! Copies of a running sandbox.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::acting::{code, image, left, running, script, stop};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::simulator::Fate;

/// So many copies of a sandbox. Panics if there are others.
async fn copies(deployment: &Deployment, sandbox: &str, count: usize) -> BTreeSet<String> {
    let branched = deployment
        .call("branch", json!({"sandbox_id": sandbox, "count": count}))
        .await;
    let branched = branched.unwrap_or_else(|error| panic!("branch was refused: {error}"));
    let ids = branched["sandbox_ids"].as_array().expect("a list").iter();
    let ids: BTreeSet<_> = ids.filter_map(Value::as_str).map(str::to_owned).collect();
    assert_eq!(ids.len(), count, "{branched}");
    ids
}

pub async fn copies_run_beside_each_other_with_what_was_there(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let parent = deployment.sandbox().await;
    script(&deployment, &parent, "echo kept > f").await;
    let copies = copies(&deployment, &parent, 3).await;
    for copy in &copies {
        assert_eq!(
            script(&deployment, copy, "cat f; echo mine > f").await["stdout"],
            "kept\n"
        );
    }
    assert_eq!(script(&deployment, &parent, "cat f").await["stdout"], "kept\n");
    let mut all = copies.clone();
    all.insert(parent.clone());
    assert_eq!(running(&deployment), all);
    assert_eq!(deployment.listed().await.sandboxes, all);
    // Copies before what they were made from, for whom that matters.
    for sandbox in copies.iter().chain([&parent]) {
        stop(&deployment, sandbox).await;
    }
    super::acting::nothing_is_left(&deployment).await;
}

pub async fn copies_take_places_and_give_them_back(worker: DeploymentBuilder) {
    let deployment = worker.config("max_concurrent_sandboxes: 3").start().await;
    let parent = deployment.sandbox().await;
    let three = json!({"sandbox_id": parent, "count": 3});
    assert_eq!(code(&deployment, "branch", three).await, "S400", "all or none");
    assert_eq!(running(&deployment).len(), 1);
    let copies = copies(&deployment, &parent, 2).await;
    assert_eq!(code(&deployment, "create", image(&deployment)).await, "S400");
    for copy in &copies {
        stop(&deployment, copy).await;
    }
    deployment.sandbox().await;
}

pub async fn if_one_copy_fails_none_is_left(worker: DeploymentBuilder) {
    let deployment = worker.config("ready_timeout_secs: 5").start().await;
    let parent = deployment.sandbox().await;
    deployment
        .simulator()
        .set_fates([Fate::Ready, Fate::Error, Fate::Ready]);
    let payload = json!({"sandbox_id": parent, "count": 3});
    assert_eq!(code(&deployment, "branch", payload).await, "S502");
    left(&deployment, &BTreeSet::from([parent])).await;
    deployment.wait_for_in_flight(1).await;
}
