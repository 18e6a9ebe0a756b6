//! Copies of a sandbox.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::adapting::{self, create, exec, rows, script, stop};
use crate::deployment::DeploymentBuilder;

pub async fn copies_have_ids_of_their_own(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let parent = create(&deployment, json!({"name": "parent", "env": {"KEPT": "yes"}})).await;
    let branched = deployment
        .adapter("branch", json!({"sandbox_id": parent, "count": 2}))
        .await
        .expect("copies");
    let copies: BTreeSet<_> = branched["sandbox_ids"]
        .as_array()
        .expect("ids")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(copies.len(), 2);
    let all = rows(&deployment).await;
    assert_eq!(all.len(), 3, "{all:?}");
    for copy in copies {
        assert_eq!(
            (&all[copy]["image"], &all[copy]["name"]),
            (&json!("python"), &Value::Null)
        );
        assert_eq!(script(&deployment, copy, "echo $KEPT").await, "yes\n");
        stop(&deployment, copy).await;
    }
    assert_eq!(exec(&deployment, &parent, json!({"cmd": "true"})).await["exit_code"], 0);
}
