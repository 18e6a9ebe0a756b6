//! What a worker knows again that is started anew, for providers with tags.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::acting::nothing_is_left;
use super::adapting::{self, create, refused, script, stop};
use crate::deployment::DeploymentBuilder;

/// Longer than the first list takes on any machine.
const FOUND: Duration = Duration::from_secs(60);

pub async fn a_restarted_worker_knows_its_sandboxes_with_all_that_was_asked_for(worker: DeploymentBuilder) {
    let images = "images: {python: $known_image, node: $known_image}";
    let mut deployment = worker.config(images).start().await;
    let name = "two words, \"quotes\" & ünïcode";
    let named = create(
        &deployment,
        json!({"image": "node", "name": name, "env": {"KEPT": "it's"}}),
    )
    .await;
    let plain = create(&deployment, json!({})).await;
    let stopped = create(&deployment, json!({})).await;
    stop(&deployment, &stopped).await;
    for _ in 0..2 {
        deployment.restart().await;
        // `list` does not wait for the list that a worker begins with.
        let found = "the sandboxes that run already count";
        deployment.worker.wait_for_line_within(FOUND, found).await;
        let rows = adapting::rows(&deployment).await;
        let ids: BTreeSet<_> = rows.keys().collect();
        assert_eq!(ids, BTreeSet::from([&named, &plain]));
        assert_eq!(
            (&rows[&named]["name"], &rows[&named]["image"]),
            (&json!(name), &json!("node"))
        );
        assert_eq!(
            (&rows[&plain]["name"], &rows[&plain]["image"]),
            (&Value::Null, &json!("python"))
        );
        assert_eq!(script(&deployment, &named, "printf %s \"$KEPT\"").await, "it's");
        let late = refused(&deployment, "exec", json!({"sandbox_id": stopped, "cmd": "true"})).await;
        assert_eq!(late.code, "S002", "it is forgotten");
    }
    stop(&deployment, &named).await;
    stop(&deployment, &plain).await;
    nothing_is_left(&deployment).await;
}

pub async fn what_runs_of_an_image_counts(worker: DeploymentBuilder) {
    let images = "images: {python: $known_image, node: {image: $known_image, max: 1}}";
    let mut deployment = worker.config(images).start().await;
    let sandbox = create(&deployment, json!({"image": "node"})).await;
    deployment.restart().await;
    assert_eq!(
        refused(&deployment, "create", json!({"image": "node"})).await.code,
        "S400"
    );
    create(&deployment, json!({})).await;
    stop(&deployment, &sandbox).await;
    create(&deployment, json!({"image": "node"})).await;
}
