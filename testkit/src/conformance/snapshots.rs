//! What is saved of a sandbox.

use serde_json::{Value, json};

use super::acting::{code, exec, script};
use crate::deployment::DeploymentBuilder;

pub async fn what_was_saved_is_started_again(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    script(&deployment, &sandbox, "echo kept > f").await;
    let saved = deployment.call("snapshot", json!({"sandbox_id": sandbox})).await;
    let snapshot = saved.expect("a snapshot")["snapshot_id"].take();
    let ids: Vec<_> = deployment
        .simulator()
        .snapshots()
        .into_iter()
        .map(Value::from)
        .collect();
    assert_eq!(ids, std::slice::from_ref(&snapshot));
    script(&deployment, &sandbox, "echo later > f").await;
    let copy = deployment.sandbox_with(json!({"image": snapshot})).await;
    let read = exec(&deployment, &copy, json!({"cmd": "cat", "args": ["f"]})).await;
    assert_eq!(read["stdout"], "kept\n");
    assert_eq!(deployment.in_flight().await, 2);
}

pub async fn a_snapshot_of_somebody_elses_sandbox_is_not_made(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let foreign = deployment.simulator().add(&[("iii-owner", "somebody")]);
    assert_eq!(
        code(&deployment, "snapshot", json!({"sandbox_id": foreign})).await,
        "S002"
    );
    assert_eq!(deployment.simulator().snapshots(), <[String; 0]>::default());
}
