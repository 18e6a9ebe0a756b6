//! Whose a sandbox is, and what a worker says that it can do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::acting::{code, image, nothing_is_left, registered, running, stop};
use crate::deployment::{Deployment, DeploymentBuilder, Listed};

/// The worker's functions that act on a sandbox, each with what it requires beside the id.
fn acting(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    let all = [
        ("exec", json!({"cmd": "true"})),
        ("snapshot", json!({})),
        ("branch", json!({"count": 1})),
        ("expose_port", json!({"port": 80})),
        ("fs::read", json!({"path": "f"})),
        ("fs::write", json!({"path": "f", "bytes_base64": ""})),
        ("extend", json!({"secs": 60})),
    ];
    let registered = registered(deployment);
    all.into_iter().filter(|(name, _)| registered.contains(*name)).collect()
}

fn of(sandbox: &str, fields: &Value) -> Value {
    let mut payload = fields.clone();
    payload["sandbox_id"] = sandbox.into();
    payload
}

pub async fn a_restarted_worker_finds_its_own(worker: DeploymentBuilder) {
    let mut deployment = worker.config("max_concurrent_sandboxes: 2").start().await;
    let ours = BTreeSet::from([deployment.sandbox().await, deployment.sandbox().await]);
    deployment.restart().await;
    assert_eq!(deployment.listed().await, Listed::of(ours.clone()));
    assert_eq!(
        code(&deployment, "create", image(&deployment)).await,
        "S400",
        "they count"
    );
    for sandbox in &ours {
        stop(&deployment, sandbox).await;
    }
    nothing_is_left(&deployment).await;
}

pub async fn what_others_have_started_is_neither_listed_nor_counted_nor_ended(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let somebody = ["iii-owner", "owner"].map(|tag| (tag, "somebody"));
    let theirs = [deployment.simulator().add(&somebody), deployment.simulator().add(&[])];
    let ours = deployment.sandbox().await;
    assert_eq!(deployment.listed().await, Listed::of(BTreeSet::from([ours.clone()])));
    for foreign in &theirs {
        for (function, fields) in acting(&deployment) {
            assert_eq!(
                code(&deployment, function, of(foreign, &fields)).await,
                "S002",
                "{function}"
            );
        }
        assert_eq!(code(&deployment, "stop", of(foreign, &json!({}))).await, "S002");
    }
    stop(&deployment, &ours).await;
    assert_eq!(running(&deployment), BTreeSet::from(theirs));
}

pub async fn a_sandbox_that_nobody_knows_is_none_and_has_stopped(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    // One that was there: its id has the provider's form.
    let gone = deployment.simulator().add(&[]);
    deployment.simulator().remove(&gone);
    for (function, fields) in acting(&deployment) {
        let text = deployment.refusal(function, of(&gone, &fields)).await;
        assert_eq!(text, "[S002] no such sandbox", "{function}");
    }
    stop(&deployment, &gone).await;
    let requests = deployment.simulator().traffic().requests();
    let acts = requests
        .iter()
        .filter(|seen| !["GET", "DELETE"].contains(&seen.method.as_str()));
    assert_eq!(acts.count(), 0, "nothing is done to it");
}

pub async fn a_sandbox_is_stopped_once_and_as_often_as_it_is_asked(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    for _ in 0..3 {
        stop(&deployment, &sandbox).await;
    }
    nothing_is_left(&deployment).await;
}

pub async fn what_it_can_do_is_what_it_has_functions_for(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let created = deployment.call("create", image(&deployment)).await.expect("a sandbox");
    let said = created["capabilities"].as_array().expect("a list").iter();
    let all = ["snapshot", "branch", "expose_port", "extend", "fs"];
    // A provider may have more of its own.
    let said: BTreeSet<_> = said.filter_map(Value::as_str).filter(|tag| all.contains(tag)).collect();
    let registered = registered(&deployment);
    let can = all.into_iter().filter(|tag| match *tag {
        "fs" => registered.contains("fs::read") && registered.contains("fs::write"),
        tag => registered.contains(tag),
    });
    assert_eq!(said, can.collect());
}
