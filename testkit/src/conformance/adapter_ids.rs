//! By which ids sandboxes are known, to whom, and for how long.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::acting::{nothing_is_left, running};
use super::adapting::{self, create, offered, refused, rows, script, stop, with};
use crate::deployment::{Deployment, DeploymentBuilder};

const NOBODY: &str = "6a0c1f5e-5b1e-4d4f-9a3b-0f8f4f0f7a11";

/// The functions that act on a sandbox, each with what it requires beside the id.
fn acting(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    let all = [
        ("exec", json!({"cmd": "true"})),
        ("fs::ls", json!({"path": "."})),
        ("fs::stat", json!({"path": "."})),
        ("fs::mkdir", json!({"path": "d"})),
        ("fs::rm", json!({"path": "d"})),
        ("fs::chmod", json!({"path": ".", "mode": "0755"})),
        ("fs::mv", json!({"src": "a", "dst": "b"})),
        ("fs::grep", json!({"path": ".", "pattern": "x"})),
        ("fs::sed", json!({"path": ".", "pattern": "x", "replacement": "y"})),
        ("fs::read", json!({"path": "f"})),
        ("fs::write", json!({"path": "f", "content": ""})),
        ("snapshot", json!({})),
        ("branch", json!({"count": 1})),
        ("expose_port", json!({"port": 80})),
        ("extend", json!({"secs": 60})),
    ];
    let offered = offered(deployment);
    all.into_iter().filter(|(name, _)| offered.contains(*name)).collect()
}

async fn code(deployment: &Deployment, function: &str, fields: &Value, sandbox: &str) -> String {
    let payload = with(fields.clone(), json!({"sandbox_id": sandbox}));
    refused(deployment, function, payload).await.code
}

pub async fn what_is_no_uuid_is_a_mistake_and_an_unknown_one_is_no_sandbox(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    create(&deployment, json!({})).await;
    let provided = running(&deployment).pop_first().expect("it runs");
    // Some providers have UUIDs, too, which are none of the adapter's.
    let of_provider = if Uuid::try_parse(&provided).is_ok() {
        "S002"
    } else {
        "S001"
    };
    let stopping = [("stop", json!({}))];
    for (function, fields) in acting(&deployment).into_iter().chain(stopping) {
        assert_eq!(
            code(&deployment, function, &fields, &provided).await,
            of_provider,
            "{function}"
        );
        for wrong in ["x", "", "6a0c1f5e-5b1e-4d4f-9a3b-0f8f4f0f7a1"] {
            assert_eq!(
                code(&deployment, function, &fields, wrong).await,
                "S001",
                "{function} {wrong}"
            );
        }
        assert_eq!(code(&deployment, function, &fields, NOBODY).await, "S002", "{function}");
    }
    assert_eq!(
        code(&deployment, "exec", &json!({"cmd": "a b", "args": ["c"]}), NOBODY).await,
        "S002",
        "before all else"
    );
    assert_eq!(running(&deployment).len(), 1);
}

pub async fn one_that_was_stopped_is_told_to_have_stopped(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let sandbox = create(&deployment, json!({})).await;
    stop(&deployment, &sandbox).await;
    nothing_is_left(&deployment).await;
    for (function, fields) in acting(&deployment) {
        assert_eq!(
            code(&deployment, function, &fields, &sandbox).await,
            "S004",
            "{function}"
        );
    }
    for _ in 0..2 {
        assert_eq!(code(&deployment, "stop", &json!({}), &sandbox).await, "S002");
        assert_eq!(
            code(&deployment, "stop", &json!({"wait": true}), &sandbox).await,
            "S002"
        );
    }
    assert!(rows(&deployment).await.is_empty());
}

pub async fn one_that_has_ended_by_itself_can_still_be_stopped(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let (one, two) = (
        create(&deployment, json!({})).await,
        create(&deployment, json!({})).await,
    );
    for ended in running(&deployment) {
        deployment.simulator().remove(&ended);
    }
    assert_eq!(code(&deployment, "exec", &json!({"cmd": "true"}), &one).await, "S004");
    stop(&deployment, &two).await;
    assert_eq!(code(&deployment, "stop", &json!({}), &two).await, "S002");
    nothing_is_left(&deployment).await;
}

pub async fn those_of_others_are_not_shown(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let somebody = ["iii-owner", "owner"].map(|tag| (tag, "somebody"));
    let theirs = [deployment.simulator().add(&somebody), deployment.simulator().add(&[])];
    let ours = create(&deployment, json!({})).await;
    // A list of the provider, which `list` asks for beside its answer, and does not wait for.
    deployment.listed().await;
    assert_eq!(rows(&deployment).await.keys().collect::<Vec<_>>(), [&ours]);
    stop(&deployment, &ours).await;
    assert_eq!(running(&deployment), BTreeSet::from(theirs));
}

/// Both faces of the worker show the same sandboxes.
pub async fn a_sandbox_of_the_familys_create_has_a_uuid_too(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let provided = deployment.sandbox().await;
    let rows = rows(&deployment).await;
    let (id, row) = rows.iter().next().expect("a row");
    assert_eq!(
        (rows.len(), &row["image"]),
        (1, &json!("python")),
        "by its name in the catalog"
    );
    assert_eq!(script(&deployment, id, "echo hi").await, "hi\n");
    stop(&deployment, id).await;
    assert!(!running(&deployment).contains(&provided));
}
