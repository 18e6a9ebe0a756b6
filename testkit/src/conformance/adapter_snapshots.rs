//! What was saved, as an image of another sandbox.

use serde_json::json;

use super::adapting::{self, create, rows};
use crate::deployment::DeploymentBuilder;

pub async fn a_snapshot_is_started_by_its_id(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let sandbox = create(&deployment, json!({"env": {"KEPT": "yes"}})).await;
    adapting::script(&deployment, &sandbox, "echo saved > saved").await;
    let saved = deployment
        .adapter("snapshot", json!({"sandbox_id": sandbox}))
        .await
        .expect("a snapshot");
    let snapshot = saved["snapshot_id"].as_str().expect("an id");
    let name = format!("snapshot:{snapshot}");
    let created = deployment
        .adapter("create", json!({"image": name}))
        .await
        .expect("a sandbox");
    assert_eq!(created["image"], name.as_str());
    let copy = created["sandbox_id"].as_str().expect("an id");
    assert_ne!(copy, sandbox);
    assert_eq!(rows(&deployment).await[copy]["image"], name.as_str());
    assert_eq!(adapting::script(&deployment, copy, "cat saved").await, "saved\n");
}
